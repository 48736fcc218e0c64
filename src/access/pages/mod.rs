//! A signed-in person's own pages: where they belong, what they may use, and why.

mod home;
mod services;
mod why;

pub use home::home;
pub use services::services;
pub use why::why;

use serde::Deserialize;

use super::{GateMembership, Subject, actors::SignedIn};
use crate::kernel::ids::Id;

/// `?organization=` puts one of the person's organizations first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FirstOrganization {
    organization: String,
}

impl FirstOrganization {
    /// The person's memberships, the chosen one first. An unknown id chooses nothing.
    fn order<'g>(&self, signed_in: &'g SignedIn) -> Vec<&'g GateMembership> {
        first(&self.organization, &signed_in.gate.subject)
    }
}

/// Somebody's memberships, that in `organization` first. An unknown id chooses nothing.
fn first<'s>(organization: &str, subject: &'s Subject) -> Vec<&'s GateMembership> {
    let mut memberships: Vec<_> = subject.memberships.iter().collect();
    // `false` sorts first, and the order of the others stays.
    memberships.sort_by_key(|each| each.organization_id.as_str() != organization);
    memberships
}
