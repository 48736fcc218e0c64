//! Carrying out the decision about a confirmed contract, under the organization's lock.

use serde_json::json;

use super::{
    Rules,
    admit::{AdmitError, Admitted, Known, Place, admit, known},
    decide::{Decision, Facts, at_company_domain, decide, is_contact},
    model::{Applicant, Evidence, Registration, State, Why},
    store,
};
use crate::{
    audit, contracts,
    crm::port::ContractEvidence,
    db::{Error, Tx},
    kernel::{
        Cx, EmailAddress, Instant,
        ids::{Id, OrganizationId, RegistrationId},
    },
    on,
    organizations::{self, Membership, MembershipStatus, Organization},
    settings::RoleTier,
};

/// A contract that a CRM confirmed and that stands in the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The CRM.
    pub connection: String,
    /// Its id of the account.
    pub account_id: String,
    /// Its id of the contract.
    pub contract_id: String,
    /// Whether the applicant's address is that of a contact.
    pub is_contact: bool,
    /// Whether it is at the company's own domain.
    pub at_company_domain: bool,
}

impl Confirmed {
    /// What a CRM confirmed for this address.
    #[must_use]
    pub fn of(connection: &str, evidence: &ContractEvidence, email: &EmailAddress) -> Self {
        Self {
            connection: connection.to_owned(),
            account_id: evidence.account.id.clone(),
            contract_id: evidence.contract.id.clone(),
            is_contact: is_contact(evidence, email),
            at_company_domain: at_company_domain(evidence, email),
        }
    }
}

/// What the decision stands on, read under the organization's lock, so that of two first
/// administrators one comes first.
pub(super) struct Ground {
    pub(super) organization: Organization,
    pub(super) known: Known,
    pub(super) member: Option<Membership>,
    facts: Facts,
    has_room: bool,
    /// The roles that nobody has to choose: of whoever runs the organization, of everybody else.
    usual_admin: Option<String>,
    usual_member: Option<String>,
}

/// Reads the ground; `None` when the mirror has no such contract or it gives no access (law 1: the
/// mirror counts, also when its brake held the CRM's record back).
pub(super) async fn ground(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    applicant: &Applicant,
    confirmed: &Confirmed,
) -> Result<Option<Ground>, Error> {
    let account =
        organizations::find_by_crm_account(tx, &confirmed.connection, &confirmed.account_id)
            .await?;
    let Some(account) = account else {
        return Ok(None);
    };
    let organization = organizations::lock(tx, &account.id).await?;
    let organization = organization.ok_or(Error::Lost)?;
    let now = cx.now();
    let contract = contracts::find(tx, &confirmed.connection, &confirmed.contract_id).await?;
    let grants = contract.is_some_and(|contract| {
        contract.organization_id == organization.id && contract.standing(now).grants()
    });
    if !grants {
        return Ok(None);
    }
    let known = known(tx, applicant).await?;
    let member = match &known {
        Known::Nobody => None,
        Known::Free(person) | Known::NotFree(person) => {
            organizations::find_membership_of(tx, &organization.id, &person.id).await?
        }
    };
    let suspended = |member: &Membership| member.status == MembershipStatus::Suspended;
    let place = &organization.id;
    let has_admins = organizations::has_admin_by_name(tx, rules.catalogue, place, now).await?;
    let products = organizations::products(tx, &organization, now).await?;
    let usual = |tier| {
        let role = rules.catalogue.usual(tier, organization.kind, &products);
        role.map(|role| role.key.clone())
    };
    let (usual_admin, usual_member) = (usual(RoleTier::Admin), usual(RoleTier::Member));
    let facts = Facts {
        verified: true,
        is_contact: confirmed.is_contact,
        at_company_domain: confirmed.at_company_domain,
        at_verified_domain: is_verified_domain(tx, &organization.id, &applicant.email).await?,
        has_admins,
        join_policy: organization.join_policy,
        has_usual_role: usual_member.is_some(),
        person_is_free: !matches!(known, Known::NotFree(_)),
        is_suspended: member.as_ref().is_some_and(suspended),
        first_admin_by_domain: rules.settings.registration.first_admin_by_domain,
    };
    let no_seat = organizations::no_seat(tx, &organization.id, now).await?;
    Ok(Some(Ground {
        organization,
        known,
        member,
        facts,
        has_room: no_seat.is_none(),
        usual_admin,
        usual_member,
    }))
}

async fn is_verified_domain(
    tx: &mut Tx,
    organization: &OrganizationId,
    email: &EmailAddress,
) -> Result<bool, Error> {
    let found: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::VERIFIED_DOMAIN)
        .bind(organization)
        .bind(email.domain())
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// What became of an open request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Let in.
    Admitted(Box<Admitted>),
    /// Somebody decides.
    Waiting(State),
}

/// Decides an open request on its ground, and carries it out.
pub(super) async fn settle(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    ground: &Ground,
) -> Result<Settled, Error> {
    let decision = match decide(&ground.facts) {
        Decision::FirstAdmin if !ground.has_room => Decision::AskStaff(Why::NoSeat),
        Decision::FirstAdmin if ground.usual_admin.is_none() => Decision::AskStaff(Why::Rule),
        Decision::Join if !ground.has_room => Decision::AskOrganization,
        decision => decision,
    };
    let usual = match decision {
        Decision::FirstAdmin => &ground.usual_admin,
        Decision::Join => &ground.usual_member,
        Decision::AskOrganization => {
            let why = Why::Rule;
            return ask(
                tx,
                cx,
                registration,
                ground,
                (State::WaitingOrganization, why),
            )
            .await;
        }
        Decision::AskStaff(why) => {
            return ask(tx, cx, registration, ground, (State::WaitingStaff, why)).await;
        }
    };
    let place = Place {
        organization_id: &ground.organization.id,
        roles: usual.iter().cloned().collect(),
        note: "",
        by_rule: true,
    };
    match admit(tx, cx, rules, registration, place).await {
        Ok(admitted) => Ok(Settled::Admitted(Box::new(admitted))),
        Err(AdmitError::Db(error)) => Err(error),
        // Seats, role and state were looked at under the same lock.
        Err(_) => Err(Error::Lost),
    }
}

async fn ask(
    tx: &mut Tx,
    cx: &Cx,
    registration: &Registration,
    ground: &Ground,
    (state, why): (State, Why),
) -> Result<Settled, Error> {
    let organization = &ground.organization;
    let placing = Placing {
        state,
        connection: &organization.connection,
        organization_id: Some(&organization.id),
        company_name: &organization.name,
        evidence: Evidence {
            why: Some(why),
            ..registration.evidence.clone()
        },
        next_try_at: None,
    };
    place(tx, cx, registration, placing).await?;
    Ok(Settled::Waiting(state))
}

/// Where an open request goes.
pub(super) struct Placing<'a> {
    pub(super) state: State,
    pub(super) connection: &'a str,
    pub(super) organization_id: Option<&'a OrganizationId>,
    pub(super) company_name: &'a str,
    pub(super) evidence: Evidence,
    pub(super) next_try_at: Option<Instant>,
}

/// Puts an open request where somebody decides it.
pub(super) async fn place(
    tx: &mut Tx,
    cx: &Cx,
    registration: &Registration,
    placing: Placing<'_>,
) -> Result<(), Error> {
    let evidence = super::evidence_text(&registration.id, &placing.evidence)?;
    let placed: Option<(RegistrationId,)> = on!(tx, |c| sqlx::query_as(store::PLACE)
        .bind(&registration.id)
        .bind(placing.state)
        .bind(placing.connection)
        .bind(placing.organization_id)
        .bind(placing.company_name)
        .bind(&evidence)
        .bind(placing.next_try_at)
        .fetch_optional(c)
        .await)?;
    placed.ok_or(Error::Lost)?;
    let event = audit::Event {
        action: "registration.placed",
        target: registration.id.as_str(),
        organization: placing.organization_id,
        detail: json!({
            "reference": registration.reference, "state": placing.state, "why": placing.evidence.why,
        }),
    };
    audit::record(tx, cx, event).await
}
