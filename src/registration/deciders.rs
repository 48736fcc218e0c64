//! Who of the portal company's staff decides a registration: the sales rep who owns the account, and
//! the service desk for all.

use crate::{
    db::{Conn, Error},
    kernel::ids::OrganizationId,
    organizations,
    settings::{Settings, StaffRole, StaffSettings},
};

use super::Registration;

/// What a member of staff decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Desk {
    /// Everything.
    All,
    /// What concerns the accounts owned by this address (its key).
    Owned(String),
}

impl Desk {
    /// What this member of staff decides: approvers all, sales reps what is theirs.
    #[must_use]
    pub fn of(staff: &StaffSettings) -> Self {
        if staff.roles.contains(&StaffRole::Approver) {
            Self::All
        } else {
            Self::Owned(staff.email.key().to_owned())
        }
    }

    /// The owner's address to ask a statement for; empty for everybody's.
    pub(super) fn owner(&self) -> &str {
        match self {
            Self::All => "",
            Self::Owned(owner) => owner,
        }
    }

    /// Whether a registration is decided here. One that belongs to no account yet, or to one that
    /// nobody owns, is the service desk's.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn decides(
        &self,
        conn: &mut Conn,
        registration: &Registration,
    ) -> Result<bool, Error> {
        let Self::Owned(owner) = self else {
            return Ok(true);
        };
        let Some(id) = &registration.organization_id else {
            return Ok(false);
        };
        let organization = organizations::find(conn, id).await?;
        Ok(organization.is_some_and(|organization| organization.owner_email == *owner))
    }
}

/// Who is told of a registration that waits for staff: the rep who owns the account, if there is such
/// a rep, else everybody at the service desk. The flag says whether it is the owner.
///
/// # Errors
/// When the database refuses.
pub(super) async fn told<'s>(
    conn: &mut Conn,
    settings: &'s Settings,
    organization: Option<&OrganizationId>,
) -> Result<(Vec<&'s StaffSettings>, bool), Error> {
    let organization = match organization {
        Some(id) => organizations::find(conn, id).await?,
        None => None,
    };
    let owner = organization.map(|organization| organization.owner_email);
    Ok(settings.desk_of(owner.as_deref().unwrap_or_default()))
}
