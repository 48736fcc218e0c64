//! The organization admin's pages: people, one person, roles, what happened.
//!
//! A handler parses, calls one action and answers; what it may touch comes from the actor
//! [`OrgAdmin`] and the path, never from the form. A membership is looked up within the
//! organization of the path, so another tenant's is not found (law 8).

mod audit;
pub mod change_dates;
pub mod change_roles;
mod confirm;
pub mod hand_over;
mod history;
mod list;
mod member;
mod offer_words;
mod one;
mod open_things;
mod people_list;
pub mod remove;
pub mod restore;
mod role_cards;
mod roles;
pub mod seats;
pub mod settings;
pub mod several;
pub mod sign_out;
pub mod store;
pub mod suspend;
mod who_can_help;

pub use audit::audit;
pub use list::list;
pub use member::show as member;
pub use offer_words::not_givable;
pub use open_things::{OpenThings, open_things};
pub use people_list::{Listed, PeopleFilter, PeopleOrder, PeoplePage, PersonState, RowId, read};
pub use roles::roles;

use crate::{
    access::{GateMembership, actors::OrgAdmin},
    kernel::{Actor, Cx},
    web::Shell,
};

/// One choice of a select or a group of boxes.
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// The context of an admin's action. Somebody of staff who also runs an organization acts here as
/// one of its people, with an admin's ceiling and under their own name.
fn acting(admin: &OrgAdmin) -> Cx {
    let visit = admin.visit();
    let person_id = admin.signed_in.gate.person_id.clone();
    visit.cx.acting_as(Actor::Person { person_id })
}

/// Role keys in words, as a sentence lists them.
fn role_names(admin: &OrgAdmin, shell: &Shell, roles: &[String]) -> String {
    let catalogue = &admin.visit().state.catalogue;
    let names = roles
        .iter()
        .map(|role| catalogue.role_name(role, shell.lang.as_str()));
    names.collect::<Vec<_>>().join(", ")
}

/// The roles that people of this organization can hold: those of leads only in a company that has
/// no contract yet.
fn offered_roles<'a>(
    admin: &'a OrgAdmin,
    membership: &GateMembership,
) -> impl Iterator<Item = &'a crate::settings::RoleSettings> {
    let kind = membership.organization_kind;
    let is_prospect = kind == super::OrganizationKind::Prospect;
    let catalogue = &admin.visit().state.catalogue;
    let fits = move |role: &&crate::settings::RoleSettings| {
        let fits_tier = (role.tier == crate::settings::RoleTier::Lead) == is_prospect
            || role.tier == crate::settings::RoleTier::Admin;
        fits_tier && role.is_for(kind)
    };
    catalogue.roles().iter().filter(fits)
}
