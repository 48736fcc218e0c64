//! The built-in CRM: accounts, contacts, contracts, leads and their histories.
//!
//! A real small CRM in the portal's own database, and a stranger to it all the same: portal
//! features reach it through [`crate::crm::port`] only, it never touches their tables, and what it
//! tells them goes through the same change feed as any other CRM's. Its people use the actions
//! below through the pages at `/crm`; start reading at [`model`], then [`records`], the one way by
//! which anything here is written.

mod adapter;
mod apply;
mod changes;
mod find_contract;
mod forget;
pub mod import;
mod invite;
mod list;
mod lists;
pub mod model;
mod opt_out;
mod orders;
pub mod pages;
mod records;
mod save_account;
mod save_contact;
mod save_contract;
mod save_lead;
pub mod store;
mod stored;
pub mod typed;

pub use adapter::adapter;
pub use forget::forget_applied;
pub use invite::{Invite, Invited, REQUESTED, invite};
pub use list::List;
pub use lists::{
    Place, list_accounts, list_activities, list_activities_of_account, list_contacts,
    list_contracts, list_leads,
};
pub use model::{Saved, crm_user};
pub use opt_out::{OptOut, OptedOut, opt_out};
pub use orders::{
    CaseStatus, Order, OrderStatus, StoredCase, list_cases, list_orders, put_case, put_order,
};
pub use records::{find_account, find_contact, find_contract, find_lead};
pub use save_account::{SaveAccount, find_by_number, save_account};
pub use save_contact::{SaveContact, save_contact};
pub use save_contract::{SaveContract, save_contract};
pub use save_lead::{SaveLead, save_lead};
