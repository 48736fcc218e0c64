//! Vestibule.
pub mod db;
pub mod kernel;
pub mod settings;
