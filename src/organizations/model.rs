//! An organization and a membership.

use serde::{Deserialize, Serialize};

use super::Roles;
use crate::kernel::{
    EmailAddress, Instant,
    ids::{MembershipId, OrganizationId, PersonId},
};

pub use crate::kernel::OrganizationKind;

crate::text_enum! {
    /// Which account may redeem an invitation of this organization.
    pub enum InvitePolicy {
        /// Only the invited address.
        Strict = "strict",
        /// Any verified address of the invited address's own domain.
        SameDomain = "same_domain",
        /// Any verified address.
        AnyVerified = "any_verified",
    }
}

crate::text_enum! {
    /// How people join without an invitation.
    pub enum JoinPolicy {
        /// An admin approves each.
        Approval = "approval",
        /// A verified address at a verified domain of the organization is enough.
        VerifiedDomain = "verified_domain",
    }
}

crate::text_enum! {
    /// Whether a membership counts.
    pub enum MembershipStatus {
        /// Counts, within its dates.
        Active = "active",
        /// Kept, but counts for nothing until it is restored.
        Suspended = "suspended",
        /// Over; the row stays so that a return is the same member.
        Removed = "removed",
    }
}

crate::text_enum! {
    /// How a member came.
    pub enum Source {
        /// Redeemed an invitation.
        Invitation = "invitation",
        /// Registered.
        Registration = "registration",
        /// Came with a list.
        Import = "import",
        /// Came from an identity directory.
        Directory = "directory",
        /// Was asked for in the CRM, by a program that calls the API.
        Crm = "crm",
    }
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The CRM connection it belongs to.
    pub connection: String,
    /// The account's id there; of a prospect that is only a lead, `lead:` and its reference.
    pub crm_account_id: String,
    /// The newest version of the account that was applied.
    pub crm_version: i64,
    /// The customer number people know.
    pub number: String,
    /// Name.
    pub name: String,
    /// What it is to us.
    pub kind: OrganizationKind,
    /// The organization above it.
    pub parent_id: Option<OrganizationId>,
    /// Postcode, folded for comparing.
    pub postcode_key: String,
    /// VAT number, folded for comparing.
    pub vat_key: String,
    /// The address of the sales rep who owns the account; may be empty.
    pub owner_email: String,
    /// Which account may redeem an invitation.
    pub invite_policy: InvitePolicy,
    /// How people join without one.
    pub join_policy: JoinPolicy,
    /// Grows with each change of members; its update is the organization's lock.
    pub generation: i64,
    /// Since when it is known.
    pub created_at: Instant,
}

/// A person in an organization.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// Its id; the contact's external id in the CRM.
    pub id: MembershipId,
    /// Where.
    pub organization_id: OrganizationId,
    /// Who.
    pub person_id: PersonId,
    /// Whether it counts.
    pub status: MembershipStatus,
    /// Why it is suspended or removed, in the words of who did it.
    pub status_reason: String,
    /// The first moment it counts.
    pub starts_at: Option<Instant>,
    /// The first moment it no longer counts.
    pub ends_at: Option<Instant>,
    /// The contact in the CRM, once linked.
    pub crm_contact_id: Option<String>,
    /// When somebody last said that it is right.
    pub confirmed_at: Instant,
    /// How the person came.
    pub source: Source,
    /// The person's name, a copy.
    pub display_name: String,
    /// The person's address, a copy.
    pub email: EmailAddress,
    /// Business roles, sorted, a copy.
    pub roles: Roles,
    /// The person's last sign-in, a copy.
    pub last_sign_in_at: Option<Instant>,
    /// Since when.
    pub created_at: Instant,
    /// The last change.
    pub updated_at: Instant,
}

impl Membership {
    /// Whether it counts now: active and within its dates.
    #[must_use]
    pub fn is_current(&self, now: Instant) -> bool {
        self.status == MembershipStatus::Active
            && self.starts_at.is_none_or(|start| start <= now)
            && self.ends_at.is_none_or(|end| now < end)
    }

    /// Whether it takes a seat: active, and not past its end. One that starts later has its seat.
    #[must_use]
    pub fn takes_seat(&self, now: Instant) -> bool {
        self.status == MembershipStatus::Active && self.ends_at.is_none_or(|end| now < end)
    }
}

/// The dates of a membership: from `starts_at` (included) to `ends_at` (excluded).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dates {
    pub(super) starts_at: Option<Instant>,
    pub(super) ends_at: Option<Instant>,
}

impl Dates {
    /// Whether there is any moment in them.
    pub(super) fn is_possible(self) -> bool {
        match (self.starts_at, self.ends_at) {
            (Some(start), Some(end)) => start < end,
            _ => true,
        }
    }
}
