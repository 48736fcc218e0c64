//! What tests share: a database of their own on each engine, a clock they move, systems to talk to.

pub mod browser;
pub mod company;
pub mod crm_stand_in;
pub mod database;
pub mod delay;
pub mod directories;
pub mod dump;
pub mod dynamics365;
pub mod feed;
pub mod filling;
pub mod html;
pub mod hubspot;
pub mod job;
pub mod letters;
pub mod limited;
pub mod many;
pub mod odoo;
pub mod outbox;
pub mod portal;
pub mod program;
pub mod receiver;
pub mod salesforce;
pub mod seed;
pub mod served;
pub mod sink;
pub mod smtp_sink;
pub mod source;
pub mod writes;

pub use database::{TestDb, each_engine};
pub use portal::{Plan, Portal};
