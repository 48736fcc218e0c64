//! Approving a request: by an administrator of the organization it waits for, or by staff.

use super::{
    Rules,
    admit::{AdmitError, Admitted, Known, Place, admit, known},
    deciders::Desk,
    find_of_organization,
    model::{Kind, Registration},
    submit::prospect_of,
};
use crate::{
    db::{Error, Tx, dialect},
    kernel::{
        Cx,
        ids::{OrganizationId, RegistrationId},
        text,
    },
    organizations::{self, Ceiling, NotGivable, Offer, Roles},
    settings::RoleTier,
};

/// The longest note to an applicant, in characters.
pub(super) const NOTE_LIMIT: usize = 500;

/// Who decides, and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decider {
    /// An administrator of this organization, about what waits for it.
    Organization(OrganizationId),
    /// The service desk, about everything that is open.
    Staff,
    /// The sales rep with this address (its key), about what concerns the accounts they own.
    Rep(String),
}

/// Whom to let in, and as what.
#[derive(Debug, Clone)]
pub struct Approve {
    /// The request.
    pub registration_id: RegistrationId,
    /// Who decides.
    pub decider: Decider,
    /// Where, when staff say so; else where the request says.
    pub organization_id: Option<OrganizationId>,
    /// Business roles to give.
    pub roles: Vec<String>,
    /// What to write to the applicant; may be empty.
    pub note: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approved {
    /// Let in now.
    Admitted(Box<Admitted>),
    /// Somebody has decided before; nothing was changed.
    Before(Box<Registration>),
}

/// Why it could not be done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// There is no such request here.
    #[error("no such request")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// No organization is named and none is known.
    #[error("the request belongs to no organization yet")]
    NoOrganization,
    /// No role was chosen, or one that there is not, or that does not fit.
    #[error("a role that may be given is needed")]
    Role,
    /// The role is not for this organization, or not for the author to give.
    #[error(transparent)]
    NotGivable(NotGivable),
    /// All seats are taken.
    #[error("all {seats} seats are taken")]
    NoSeat {
        /// How many there are.
        seats: i64,
    },
    /// The person is a member already, and suspended.
    #[error("they are a suspended member already")]
    Suspended,
    /// The address belongs to somebody known by another account: staff decide.
    #[error("only staff may give this account to somebody who is known already")]
    KnownPerson,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

impl From<AdmitError> for ApproveError {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::NoSeat(seats) => Self::NoSeat { seats },
            AdmitError::Suspended => Self::Suspended,
            AdmitError::Role => Self::Role,
            AdmitError::NotFound => Self::NoOrganization,
            // Only one decision at a time: the request is held.
            AdmitError::Decided => Self::Db(Error::Lost),
            AdmitError::Db(error) => Self::Db(error),
        }
    }
}

/// Lets an applicant in. Of two deciders the first one's word counts.
///
/// # Errors
/// See [`ApproveError`].
pub async fn approve(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Approve,
) -> Result<Approved, ApproveError> {
    let registration = held(tx, &command.registration_id, &command.decider).await?;
    let registration = registration.ok_or(ApproveError::NotFound)?;
    if !registration.state.is_open() {
        return Ok(Approved::Before(Box::new(registration)));
    }
    let organization_id = match (&command.decider, &command.organization_id) {
        (Decider::Organization(own), _) => own.clone(),
        (Decider::Staff, Some(chosen)) => chosen.clone(),
        (Decider::Rep(_), _) => {
            let known = registration.organization_id.clone();
            known.ok_or(ApproveError::NotFound)?
        }
        (Decider::Staff, None) => match (&registration.organization_id, registration.kind) {
            (Some(known), _) => known.clone(),
            (None, Kind::NewCompany) => prospect_of(tx, cx, rules, &registration).await?,
            (None, Kind::Contract) => return Err(ApproveError::NoOrganization),
        },
    };
    check_roles(tx, cx, rules, &organization_id, &command.roles).await?;
    // It may have become so since the request was sent.
    if command.decider != Decider::Staff
        && let Known::NotFree(_) = known(tx, &registration.applicant()).await?
    {
        return Err(ApproveError::KnownPerson);
    }
    let note = text::many_lines(&command.note, NOTE_LIMIT);
    let place = Place {
        organization_id: &organization_id,
        roles: command.roles,
        note: &note,
        by_rule: false,
    };
    let admitted = admit(tx, cx, rules, &registration, place).await?;
    Ok(Approved::Admitted(Box::new(admitted)))
}

/// Holds a request until the transaction ends, and reads it as it stands then.
pub(super) async fn held(
    tx: &mut Tx,
    registration: &RegistrationId,
    decider: &Decider,
) -> Result<Option<Registration>, Error> {
    hold(tx, registration).await?;
    match decider {
        Decider::Staff => super::find(tx, registration).await,
        Decider::Rep(owner) => {
            let Some(found) = super::find(tx, registration).await? else {
                return Ok(None);
            };
            let own = Desk::Owned(owner.clone());
            Ok(own.decides(tx, &found).await?.then_some(found))
        }
        Decider::Organization(own) => find_of_organization(tx, own, registration).await,
    }
}

impl From<Desk> for Decider {
    fn from(desk: Desk) -> Self {
        match desk {
            Desk::All => Self::Staff,
            Desk::Owned(owner) => Self::Rep(owner),
        }
    }
}

/// Two decisions about one request come one after the other.
pub(super) async fn hold(tx: &mut Tx, registration: &RegistrationId) -> Result<(), Error> {
    dialect::lock(tx, &format!("registration:{registration}")).await
}

/// Roles that exist, fit what the organization is, and are not above what the author may give at
/// this moment.
async fn check_roles(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &OrganizationId,
    keys: &[String],
) -> Result<(), ApproveError> {
    let organization = organizations::lock(tx, organization).await?;
    let organization = organization.ok_or(ApproveError::NoOrganization)?;
    let ceiling = organizations::ceiling(tx, cx, rules.catalogue, &organization.id).await?;
    if ceiling == Ceiling::Nothing {
        return Err(ApproveError::NotAllowed);
    }
    let is_prospect = organization.kind == organizations::OrganizationKind::Prospect;
    let roles = Roles::new(keys.iter().cloned());
    let fits = |key: &String| {
        rules.catalogue.role(key).is_some_and(|role| {
            ceiling.allows(role.tier) && (role.tier == RoleTier::Lead) == is_prospect
        })
    };
    if roles.is_empty() || !roles.iter().all(fits) {
        return Err(ApproveError::Role);
    }
    let offer = Offer::read(tx, &organization, ceiling, cx.now()).await?;
    let givable = offer.check_all(rules.catalogue, roles.iter());
    givable.map_err(ApproveError::NotGivable)
}
