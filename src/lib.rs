//! Vestibule: the room between a company's front door and its CRM.
//!
//! Start at [`router`], the one list of every URL, and follow a URL into its feature folder. A
//! feature's `mod.rs` says what it is; `model.rs` has its types, `<verb>.rs` one action each,
//! `store.rs` its SQL, `pages.rs` its pages. `docs/architecture.md` has the map.

pub mod access;
pub mod api;
pub mod app;
pub mod audit;
pub mod cli;
pub mod clients;
pub mod contracts;
pub mod crm;
pub mod db;
pub mod demo;
pub mod directory;
pub mod invitations;
pub mod kernel;
pub mod mail;
pub mod operations;
pub mod organizations;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod registration;
pub mod router;
pub mod sales;
pub mod settings;
pub mod sign_in;
pub mod signals;
pub mod tasks;
pub mod web;
pub mod webhooks;
pub mod workers;
