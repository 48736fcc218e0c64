//! `/operations/catalogue`: the roles and services, edited by operators in versions.
//!
//! An edit goes into the operator's draft. Before a draft is saved its effects are computed from the
//! stored memberships by the one engine ([`effects`]), and law 7 is asked ([`last_admins`]). What is
//! saved is the next version; every node uses it from its next request on
//! ([`crate::access::Catalogues`]).

mod check;
mod difference;
mod draft;
mod effects;
mod file;
mod last_admins;
mod pages;
mod save;
pub mod store;
mod table;
mod versions;

pub use difference::Difference;
pub use file::{Took, check_names, kept_back, take_file};
pub use pages::routes;
pub use versions::Origin;
