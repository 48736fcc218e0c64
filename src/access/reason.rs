//! Why somebody does not come in.

use super::Check;
use crate::{contracts::Standing, kernel::Instant, people::PersonStatus};

/// Why somebody does not come in, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The person is suspended or erased.
    PersonNotActive {
        /// Which.
        status: PersonStatus,
    },
    /// The person is no member.
    NotAMember,
    /// The membership is suspended.
    MembershipSuspended,
    /// The membership starts later.
    MembershipNotStarted {
        /// When.
        starts_at: Instant,
    },
    /// The membership's time is over.
    MembershipEnded {
        /// The first moment it was.
        at: Instant,
    },
    /// The organization has no contract.
    NoContract,
    /// No contract grants; this one comes nearest.
    ContractNotGranting {
        /// Its number.
        number: String,
        /// Why not.
        standing: Standing,
    },
    /// The contract would grant, but its CRM has not been heard for longer than the settings trust.
    ContractUnheard {
        /// When it was heard last.
        since: Instant,
    },
    /// A contract grants, but none with the product that is needed.
    ProductMissing {
        /// The product.
        product: String,
    },
    /// No role is held that the catalogue knows.
    NoRole,
    /// The role that would grant is not for organizations of this kind.
    RoleNotForKind {
        /// The role.
        role: String,
    },
    /// The role that would have granted is over.
    RoleRetired {
        /// The role.
        role: String,
    },
    /// No role of an admin is held.
    NotAnAdmin,
    /// No held role reaches the service.
    RoleMissing {
        /// The service.
        service: String,
    },
    /// There is no such service.
    UnknownService {
        /// Its key.
        service: String,
    },
}

impl Reason {
    /// The reason as a word for programs; never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PersonNotActive { .. } => "person_not_active",
            Self::NotAMember => "not_a_member",
            Self::MembershipSuspended => "membership_suspended",
            Self::MembershipNotStarted { .. } => "membership_not_started",
            Self::MembershipEnded { .. } => "membership_ended",
            Self::NoContract => "no_contract",
            Self::ContractNotGranting { standing, .. } => match standing {
                Standing::NotStarted { .. } => "contract_not_started",
                Standing::Suspended => "contract_suspended",
                _ => "contract_ended",
            },
            Self::ContractUnheard { .. } => "contract_unheard",
            Self::ProductMissing { .. } => "product_missing",
            Self::NoRole => "no_role",
            Self::RoleNotForKind { .. } => "role_not_for_kind",
            Self::RoleRetired { .. } => "role_retired",
            Self::NotAnAdmin => "not_an_admin",
            Self::RoleMissing { .. } => "role_missing",
            Self::UnknownService { .. } => "unknown_service",
        }
    }

    /// Which of the four conditions does not hold.
    #[must_use]
    pub const fn check(&self) -> Check {
        match self {
            Self::PersonNotActive { .. } => Check::Person,
            Self::NotAMember
            | Self::MembershipSuspended
            | Self::MembershipNotStarted { .. }
            | Self::MembershipEnded { .. } => Check::Membership,
            Self::NoContract | Self::ContractNotGranting { .. } | Self::ContractUnheard { .. } => {
                Check::Contract
            }
            Self::ProductMissing { .. }
            | Self::NoRole
            | Self::RoleNotForKind { .. }
            | Self::RoleRetired { .. }
            | Self::NotAnAdmin
            | Self::RoleMissing { .. }
            | Self::UnknownService { .. } => Check::Role,
        }
    }

    /// Whether somebody who runs the organization could change it; otherwise the contract decides,
    /// or the portal's staff.
    #[must_use]
    pub const fn an_admin_can_help(&self) -> bool {
        matches!(
            self,
            Self::NotAMember
                | Self::MembershipSuspended
                | Self::MembershipNotStarted { .. }
                | Self::MembershipEnded { .. }
                | Self::NoRole
                | Self::RoleNotForKind { .. }
                | Self::RoleRetired { .. }
                | Self::NotAnAdmin
                | Self::RoleMissing { .. }
        )
    }
}
