//! Vestibule.
pub mod audit;
pub mod crm;
pub mod db;
pub mod demo;
pub mod kernel;
pub mod outbox;
pub mod settings;
