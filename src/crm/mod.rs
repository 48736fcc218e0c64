//! The customer-relationship systems: one port, several adapters, connections side by side.

pub mod builtin;
pub mod http;
pub mod port;
