//! What the demonstration needs around the portal, all of it off unless asked for.

pub mod provider;
