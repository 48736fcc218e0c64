//! The sales console: accounts and contacts of the CRM's mirror beside what the portal knows of them,
//! and every invitation that was sent.
//!
//! Pages only. They read the mirror and show the words of the CRM (account, contact, lead); what they
//! do is done by `invitations`. Registrations for staff are in `registration`. All sales reps see all
//! accounts.

pub mod account;
mod account_contacts;
pub mod accounts;
pub mod domains;
pub mod invitation;
pub mod invitations;
pub mod invite;
pub mod invite_lead;
mod inviting;
pub mod leads;
pub mod overview;
mod read;
pub mod store;
mod words;
