//! Registration through real pages, a real provider and a CRM behind the HTTP contract.

mod deciding;
mod desk;
mod guessing;
pub mod house;
mod racing;
mod steps;
mod waiting;
