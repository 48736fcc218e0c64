//! What tests share: a database of their own on each engine, a clock they move.

pub mod database;

pub use database::{TestDb, each_engine};
