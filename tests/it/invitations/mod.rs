//! Invitations: who gets in by them, exactly once, and who does not.

mod delivery;
mod dump;
mod from_crm;
mod landing_pages;
mod organization_pages;
mod redeeming;
mod reminding;
mod sending;
pub mod town;
