//! Sending a registration: kept, decided at once where a rule allows it, or waiting for somebody.

use std::time::Duration;

use serde_json::json;

use super::{
    Rules,
    admit::{AdmitError, Admitted, Known, Place, admit, link_applicant},
    draft::Draft,
    find::{find_sent, open_same},
    letters,
    model::{Applicant, Evidence, Kind, Registration, State, Why, new_reference},
    settle::{Confirmed, Ground, Settled, ground, settle},
    store,
};
use crate::{
    audit,
    db::{Error, Tx, dialect},
    kernel::{
        Cx, Instant,
        ids::{ConsentId, Id, OrganizationId, PersonId, RegistrationId},
        text,
    },
    on,
    organizations::{self, MembershipStatus, NewProspect, OrganizationKind},
    outbox::{self, Fact, LeadFact, NewChange},
    settings::RoleTier,
};

/// The purpose of the one consent that is asked for.
pub const CONSENT_PURPOSE: &str = "contact";
/// Names the wording of `registration-consent-label`; change it whenever that text changes.
pub const CONSENT_VERSION: &str = "2026-11";
/// Registrations of one identity in a day: each makes work for people and sends mail.
const MOST_A_DAY: usize = 5;
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// What a registration adds to the lead's score.
const LEAD_POINTS: i64 = 10;

/// What is sent, by whom, on which basis.
#[derive(Debug, Clone)]
pub struct Submit {
    /// The answers, all steps done.
    pub draft: Draft,
    /// Whose they are.
    pub applicant: Applicant,
    /// What the CRMs' answers amount to.
    pub basis: Basis,
    /// What the CRMs said.
    pub evidence: Evidence,
}

/// On which basis a request is kept or decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// The company is new; no CRM was asked.
    NewCompany,
    /// A contract is confirmed.
    Confirmed(Confirmed),
    /// A CRM has not answered: it is asked again later.
    Unanswered,
    /// A person looks at it. The CRM is asked later, for their eyes only.
    ByHand,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Let in at once.
    Admitted(Box<Admitted>),
    /// Kept; its state says who decides.
    Waiting(Box<Registration>),
    /// This was sent before, or enough was sent today: that registration as it stands, nothing was
    /// changed.
    Before(Box<Registration>),
    /// Is a member there already; the identity is theirs.
    AlreadyMember {
        /// Who.
        person_id: PersonId,
        /// Where.
        organization_id: OrganizationId,
    },
    /// The contract gives no access after all; nothing was kept.
    NotConfirmed,
}

/// Sends a registration. The same draft, or the same question of the same identity while the first
/// is open, is one registration.
///
/// # Errors
/// When the database refuses.
pub async fn submit(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Submit,
) -> Result<Submitted, Error> {
    let Applicant {
        issuer, subject, ..
    } = &command.applicant;
    dialect::lock(tx, &format!("registrations:{issuer}:{subject}")).await?;
    if let Some(before) = sent_before(tx, &command.draft, &command.applicant).await? {
        return Ok(Submitted::Before(Box::new(before)));
    }
    if let Some(last) = enough_for_today(tx, cx, &command.applicant).await? {
        return Ok(Submitted::Before(Box::new(last)));
    }
    match command.basis.clone() {
        Basis::Confirmed(confirmed) => {
            let applicant = &command.applicant;
            match ground(tx, cx, rules, applicant, &confirmed).await? {
                None => Ok(Submitted::NotConfirmed),
                Some(ground) => on_ground(tx, cx, rules, &command, &ground).await,
            }
        }
        Basis::NewCompany => new_company(tx, cx, rules, &command).await,
        Basis::Unanswered => {
            let at = Some(cx.now().plus(super::retry::FIRST_PAUSE));
            let kept = keep(tx, cx, &command, (State::WaitingCrm, at)).await?;
            received(tx, cx, rules, kept).await
        }
        Basis::ByHand => {
            let at = Some(cx.now());
            let kept = keep(tx, cx, &command, (State::WaitingStaff, at)).await?;
            received(tx, cx, rules, kept).await
        }
    }
}

/// The newest registration of an identity that has sent as many today as people read of one.
async fn enough_for_today(
    tx: &mut Tx,
    cx: &Cx,
    applicant: &Applicant,
) -> Result<Option<Registration>, Error> {
    let sent = super::of_identity(tx, &applicant.issuer, &applicant.subject).await?;
    let since = cx.now().minus(DAY);
    let today = sent.iter().filter(|sent| sent.created_at > since).count();
    Ok(sent.into_iter().next().filter(|_| today >= MOST_A_DAY))
}

/// The outcome of a request that waits, with its letters.
async fn received(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    kept: Registration,
) -> Result<Submitted, Error> {
    letters::received(tx, cx, rules, &kept).await?;
    Ok(Submitted::Waiting(Box::new(kept)))
}

/// The registration that this sending repeats.
pub(super) async fn sent_before(
    conn: &mut crate::db::Conn,
    draft: &Draft,
    applicant: &Applicant,
) -> Result<Option<Registration>, Error> {
    if let Some(sent) = find_sent(conn, &draft.id, applicant).await? {
        return Ok(Some(sent));
    }
    open_same(conn, applicant, draft.kind, &number_key(draft)).await
}

fn number_key(draft: &Draft) -> String {
    match draft.kind {
        Kind::Contract => text::number_key(&draft.number),
        Kind::NewCompany => String::new(),
    }
}

async fn on_ground(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: &Submit,
    ground: &Ground,
) -> Result<Submitted, Error> {
    if let (Known::Free(person), Some(member)) = (&ground.known, &ground.member)
        && member.status == MembershipStatus::Active
        && member.takes_seat(cx.now())
    {
        link_applicant(tx, cx, person, &command.applicant).await?;
        return Ok(Submitted::AlreadyMember {
            person_id: person.id.clone(),
            organization_id: ground.organization.id.clone(),
        });
    }
    let kept = keep(tx, cx, command, (State::WaitingCrm, None)).await?;
    match settle(tx, cx, rules, &kept, ground).await? {
        Settled::Admitted(admitted) => Ok(Submitted::Admitted(admitted)),
        Settled::Waiting(_) => {
            let placed = super::find(tx, &kept.id).await?.ok_or(Error::Lost)?;
            received(tx, cx, rules, placed).await
        }
    }
}

async fn new_company(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: &Submit,
) -> Result<Submitted, Error> {
    let command = Submit {
        evidence: Evidence {
            why: Some(Why::Rule),
            ..command.evidence.clone()
        },
        ..command.clone()
    };
    let kept = keep(tx, cx, &command, (State::WaitingStaff, None)).await?;
    let connection = rules.lead_connection();
    tell_lead(tx, cx, &kept, &command, connection).await?;
    let known = super::admit::known(tx, &command.applicant).await?;
    let lead_role = rules
        .catalogue
        .usual(RoleTier::Lead, OrganizationKind::Prospect, &[]);
    let is_automatic =
        rules.settings.registration.lead_automatic && !matches!(known, Known::NotFree(_));
    let Some(role) = lead_role.filter(|_| is_automatic) else {
        return received(tx, cx, rules, kept).await;
    };
    let organization_id = prospect_of(tx, cx, rules, &kept).await?;
    let place = Place {
        organization_id: &organization_id,
        roles: vec![role.key.clone()],
        note: "",
        by_rule: true,
    };
    match admit(tx, cx, rules, &kept, place).await {
        Ok(admitted) => Ok(Submitted::Admitted(Box::new(admitted))),
        Err(AdmitError::Db(error)) => Err(error),
        // A new prospect has no contract, so no seats; role and state are known.
        Err(_) => Err(Error::Lost),
    }
}

/// The organization that a new company becomes: the one of its registration.
pub(super) async fn prospect_of(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
) -> Result<OrganizationId, Error> {
    let new = NewProspect {
        connection: rules.lead_connection().to_owned(),
        reference: registration.id.to_string(),
        name: registration.company_name.clone(),
        owner_email: String::new(),
    };
    organizations::create_prospect(tx, cx, &new).await
}

/// What a CRM is told about a new company.
pub(super) fn lead_fact(registration: &Registration, consent: String) -> LeadFact {
    LeadFact {
        registration_id: registration.id.clone(),
        person_id: None,
        company: registration.company_name.clone(),
        email: registration.email.shown().to_owned(),
        given_name: registration.given_name.clone(),
        family_name: registration.family_name.clone(),
        phone: registration.phone.clone(),
        language: registration.language.clone(),
        consent,
        score_points: LEAD_POINTS,
    }
}

/// Tells the CRM of the lead; its external id is the registration's.
async fn tell_lead(
    tx: &mut Tx,
    cx: &Cx,
    registration: &Registration,
    command: &Submit,
    connection: &str,
) -> Result<(), Error> {
    if connection.is_empty() {
        return Ok(());
    }
    let consented = command.draft.consent == Some(true);
    let consent = if consented {
        super::consents::consent_text(CONSENT_PURPOSE, CONSENT_VERSION)
    } else {
        String::new()
    };
    let fact = lead_fact(registration, consent);
    let change = NewChange {
        subject: registration.id.as_str(),
        organization: None,
        fact: Fact::LeadRegistered(fact),
        destinations: &[outbox::crm_destination(connection)],
    };
    outbox::record(tx, cx, change).await.map(drop)
}

/// Stores the request with its consent.
async fn keep(
    tx: &mut Tx,
    cx: &Cx,
    command: &Submit,
    (state, next_try_at): (State, Option<Instant>),
) -> Result<Registration, Error> {
    let mut id = command.draft.id.clone();
    if !insert(tx, cx, command, &id, (state, next_try_at)).await? {
        // The draft's id was used by somebody else in this browser; theirs stays theirs.
        id = cx.new_id();
        if !insert(tx, cx, command, &id, (state, next_try_at)).await? {
            return Err(Error::Lost);
        }
    }
    if command.draft.kind == Kind::NewCompany && command.draft.consent == Some(true) {
        on!(tx, |c| sqlx::query(store::ADD_CONSENT)
            .bind(cx.new_id::<ConsentId>())
            .bind(&id)
            .bind(CONSENT_PURPOSE)
            .bind(CONSENT_VERSION)
            .bind(&command.draft.language)
            .bind(cx.now())
            .execute(c)
            .await
            .map(drop))?;
    }
    let registration = super::find(tx, &id).await?.ok_or(Error::Lost)?;
    let event = audit::Event {
        action: "registration.sent",
        target: id.as_str(),
        organization: None,
        detail: json!({
            "reference": registration.reference, "kind": registration.kind, "state": state,
            "provider": registration.provider, "why": registration.evidence.why,
        }),
    };
    audit::record(tx, cx, event).await?;
    Ok(registration)
}

async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    command: &Submit,
    id: &RegistrationId,
    (state, next_try_at): (State, Option<Instant>),
) -> Result<bool, Error> {
    let Submit {
        draft, applicant, ..
    } = command;
    let evidence = super::evidence_text(id, &command.evidence)?;
    let is_contract = draft.kind == Kind::Contract;
    // What was typed on the way of the other kind is not part of this one.
    let typed = |is_part: bool, value: &str| {
        if is_part {
            value.to_owned()
        } else {
            String::new()
        }
    };
    let inserted: Option<(RegistrationId,)> = on!(tx, |c| sqlx::query_as(store::CREATE)
        .bind(id)
        .bind(new_reference(cx))
        .bind(draft.kind)
        .bind(state)
        .bind(&applicant.provider)
        .bind(&applicant.issuer)
        .bind(&applicant.subject)
        .bind(applicant.email.shown())
        .bind(applicant.email.key())
        .bind(&draft.given_name)
        .bind(&draft.family_name)
        .bind(text::fold(&format!(
            "{} {}",
            draft.given_name, draft.family_name
        )))
        .bind(&draft.phone)
        .bind(&draft.language)
        .bind(typed(is_contract, &draft.number))
        .bind(number_key(draft))
        .bind(typed(is_contract, &draft.fact))
        .bind(typed(!is_contract, &draft.company))
        .bind(typed(!is_contract, &draft.message))
        .bind(&evidence)
        .bind(cx.now())
        .bind(next_try_at)
        .fetch_optional(c)
        .await)?;
    Ok(inserted.is_some())
}
