//! A signed-in person's own pages: where they belong, what they may use, and why.

mod home;
mod services;
mod why;

pub use home::home;
pub use services::services;
pub use why::why;

use serde::Deserialize;

use super::{GateMembership, actors::SignedIn};

/// `?organization=` puts one of the person's organizations first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FirstOrganization {
    organization: String,
}

impl FirstOrganization {
    /// The person's memberships, the chosen one first. An unknown id chooses nothing.
    fn order<'g>(&self, signed_in: &'g SignedIn) -> Vec<&'g GateMembership> {
        let mut memberships: Vec<_> = signed_in.gate.memberships.iter().collect();
        // `false` sorts first, and the order of the others stays.
        memberships.sort_by_key(|each| each.organization_id.to_string() != self.organization);
        memberships
    }
}
