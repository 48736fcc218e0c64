//! One registration for staff: decided here, or the CRM asked again.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::staff::why_text;
use crate::{
    access::actors::Approver,
    contracts,
    db::{Conn, Error},
    kernel::{
        ids::{Id, OrganizationId, RegistrationId},
        text,
    },
    organizations::{self, Ceiling, Offer, OrganizationKind},
    people,
    registration::{
        Approve, ApproveError, Approved, ConsentGiven, Decline, DeclineError, Declined, Desk,
        Found, Kind, Registration, RoleChoice, Rules, Said, approve, consents_of, decline, find,
        retry, role_choices,
    },
    settings::RoleTier,
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, i18n, page, urls},
};

/// What one CRM said, in words.
struct Shown {
    connection: String,
    sentence: String,
    found: Option<Found>,
    standing: String,
    standing_tone: &'static str,
}

/// A fact about the applicant.
struct FactRow {
    term: String,
    value: String,
}

/// The organization the request belongs to, as far as known.
struct Target {
    name: String,
    href: String,
    admins: String,
    is_prospect: bool,
    has_admins: bool,
    offer: Offer,
}

/// What was typed into the forms, and what is wrong with it.
#[derive(Default)]
struct Typed {
    account: String,
    account_error: Option<String>,
    roles: Option<Vec<String>>,
    roles_error: Option<String>,
    note: String,
    reason: String,
    reason_error: Option<String>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "registration/staff_one.html")]
struct OnePage {
    shell: Shell,
    errors: FormErrors,
    here: String,
    decline: String,
    ask: String,
    list: String,
    reference: String,
    email: String,
    facts: Vec<FactRow>,
    state: String,
    state_tone: &'static str,
    is_open: bool,
    why: String,
    with_contract: bool,
    asked_at: String,
    answers: Vec<Shown>,
    target: Option<Target>,
    account: Field,
    roles: Field,
    choices: Vec<RoleChoice>,
    note: Field,
    reason: Field,
    problem: Option<String>,
}

/// The registration with its evidence.
pub async fn show(staff: Approver, Path(registration): Path<String>) -> Result<Response, Refusal> {
    let found = found(&staff, &registration).await?;
    render(&staff, StatusCode::OK, &found, Typed::default()).await
}

/// A registration that this member of staff decides; another rep's is not there.
async fn found(staff: &Approver, registration: &str) -> Result<Registration, Refusal> {
    let id = RegistrationId::parse(registration).map_err(|_| Refusal::NotFound)?;
    let mut conn = staff.visit().state.db.read().await?;
    let found = find(&mut conn, &id).await?.ok_or(Refusal::NotFound)?;
    if Desk::of(&staff.entry).decides(&mut conn, &found).await? {
        Ok(found)
    } else {
        Err(Refusal::NotFound)
    }
}

async fn render(
    staff: &Approver,
    status: StatusCode,
    registration: &Registration,
    typed: Typed,
) -> Result<Response, Refusal> {
    let visit = staff.visit();
    let mut conn = visit.state.db.read().await?;
    let shell = titled(staff, registration);
    let target = target(&mut conn, staff, registration).await?;
    let consents = consents_of(&mut conn, &registration.id).await?;
    drop(conn);
    let leads = match &target {
        Some(target) => target.is_prospect,
        None => registration.kind == Kind::NewCompany,
    };
    let kind = leads.then_some(OrganizationKind::Prospect);
    let known = target.as_ref().map(|target| target.offer.clone());
    let offer = known.unwrap_or(Offer::unknown(kind, Ceiling::Unlimited));
    let ticked = typed
        .roles
        .unwrap_or_else(|| usual_roles(staff, target.as_ref(), leads));
    let account = Field::new("account", typed.account).with_error(typed.account_error);
    let roles = Field::new("roles", "").with_error(typed.roles_error);
    let reason = Field::new("reason", typed.reason).with_error(typed.reason_error);
    let errors = FormErrors::of(&[&account, &roles, &reason]);
    let shell = shell.with_errors(!errors.is_empty());
    let (id, is_open) = (&registration.id, registration.state.is_open());
    let word = registration.state.as_str().replace('_', "-");
    Ok(page(
        status,
        &OnePage {
            errors,
            here: urls::SalesRegistration { registration: id }.to_string(),
            decline: urls::SalesDeclineRegistration { registration: id }.to_string(),
            ask: urls::SalesAskAgain { registration: id }.to_string(),
            list: urls::SalesRegistrations.to_string(),
            reference: registration.reference.clone(),
            email: registration.email.to_string(),
            facts: facts(staff, &shell, registration, &consents),
            state: shell.t(&format!("registration-state-{word}")).into_owned(),
            state_tone: if is_open { "info" } else { "" },
            is_open,
            why: why_text(&shell, registration),
            with_contract: registration.kind == Kind::Contract,
            asked_at: registration
                .evidence
                .asked_at
                .map(|at| shell.moment(at))
                .unwrap_or_default(),
            answers: answers(staff, &shell, registration),
            target,
            account,
            roles,
            choices: role_choices(visit, &offer, leads, &ticked),
            note: Field::new("note", typed.note),
            reason,
            problem: typed.problem,
            shell,
        },
    ))
}

/// The frame with the applicant's name as the title.
fn titled(staff: &Approver, registration: &Registration) -> Shell {
    let shell = staff.shell("registration-one-title");
    let title = registration.applicant_name();
    Shell { title, ..shell }
}

/// What is ticked at first: the administrator's role for a company without one, a lead's for leads.
fn usual_roles(staff: &Approver, target: Option<&Target>, leads: bool) -> Vec<String> {
    let tier = match target {
        _ if leads => RoleTier::Lead,
        Some(target) if target.has_admins => return Vec::new(),
        _ => RoleTier::Admin,
    };
    let catalogue = &staff.visit().state.catalogue;
    let first = catalogue.roles_of(tier).next();
    first.map(|role| role.key.clone()).into_iter().collect()
}

async fn target(
    conn: &mut Conn,
    staff: &Approver,
    registration: &Registration,
) -> Result<Option<Target>, Error> {
    let Some(id) = &registration.organization_id else {
        return Ok(None);
    };
    let Some(organization) = organizations::find(conn, id).await? else {
        return Ok(None);
    };
    let visit = staff.visit();
    let admins = organizations::admins(conn, &visit.state.catalogue, id, visit.cx.now()).await?;
    let names: Vec<&str> = admins
        .iter()
        .map(|admin| admin.display_name.as_str())
        .collect();
    let now = visit.cx.now();
    let offer = Offer::read(conn, &organization, Ceiling::Unlimited, now).await?;
    Ok(Some(Target {
        offer,
        href: urls::SalesAccount { organization: id }.to_string(),
        name: organization.name,
        admins: names.join(", "),
        is_prospect: organization.kind == OrganizationKind::Prospect,
        has_admins: !admins.is_empty(),
    }))
}

fn facts(
    staff: &Approver,
    shell: &Shell,
    registration: &Registration,
    consents: &[ConsentGiven],
) -> Vec<FactRow> {
    let row = |key: &str, value: String| FactRow {
        term: shell.t(key).into_owned(),
        value,
    };
    let consent = consents.first().map(|given| {
        let at = shell.moment(given.given_at);
        shell.t2(
            "registration-consent-given",
            ("at", at),
            ("version", given.text_version.clone()),
        )
    });
    let no = || shell.t("registration-consent-no").into_owned();
    let mut rows = vec![
        row("registration-phone", registration.phone.clone()),
        row("registration-number", registration.contract_number.clone()),
        row("registration-fact", registration.company_fact.clone()),
        row("registration-company", registration.company_name.clone()),
        row("registration-message", registration.message.clone()),
    ];
    if registration.kind == Kind::NewCompany {
        rows.push(row("registration-consent", consent.unwrap_or_else(no)));
    }
    rows.push(row(
        "registration-account",
        people::provider_name(staff.visit(), &registration.provider),
    ));
    rows.push(row(
        "registration-sent-at",
        shell.moment(registration.created_at),
    ));
    if let Some(at) = registration.decided_at {
        rows.push(row("registration-decided-at", shell.moment(at)));
    }
    rows.push(row("registration-note", registration.decision_note.clone()));
    rows.retain(|row| !row.value.is_empty());
    rows
}

fn answers(staff: &Approver, shell: &Shell, registration: &Registration) -> Vec<Shown> {
    let connections = &staff.visit().state.settings.connections;
    let shown = registration.evidence.answers.iter().map(|answer| {
        let named = connections
            .iter()
            .find(|connection| connection.key == answer.connection);
        let name = named.map_or(answer.connection.as_str(), |named| named.name.as_str());
        let (word, found) = match &answer.said {
            Said::Found(found) => ("found", Some(found.clone())),
            Said::NotFound => ("not-found", None),
            Said::NoAnswer => ("no-answer", None),
        };
        let standing = found.as_ref().map_or("", |found| found.standing.as_str());
        Shown {
            connection: name.to_owned(),
            sentence: shell.t(&format!("registration-said-{word}")).into_owned(),
            standing: if standing.is_empty() {
                String::new()
            } else {
                let word = standing.replace('_', "-");
                shell
                    .t(&format!("registration-standing-{word}"))
                    .into_owned()
            },
            standing_tone: match standing {
                "active" => "success",
                "grace" => "warning",
                _ => "danger",
            },
            found,
        }
    });
    shown.collect()
}

/// What is posted.
#[derive(Deserialize)]
pub struct ApproveForm {
    /// A contract number of the account, when the request belongs to none yet.
    #[serde(default)]
    account: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    note: String,
}

/// Approves it.
pub async fn let_in(
    staff: Approver,
    Path(registration): Path<String>,
    Form(form): Form<ApproveForm>,
) -> Result<Response, Refusal> {
    let found = found(&staff, &registration).await?;
    let visit = staff.visit();
    let organization_id = match named_account(&staff, &found, &form.account).await? {
        Ok(organization_id) => organization_id,
        Err(key) => {
            let typed = Typed {
                account_error: Some(visit.t(key)),
                ..typed(form)
            };
            return render(&staff, StatusCode::UNPROCESSABLE_ENTITY, &found, typed).await;
        }
    };
    let command = Approve {
        registration_id: found.id.clone(),
        decider: Desk::of(&staff.entry).into(),
        organization_id,
        roles: form.roles.clone(),
        note: form.note.clone(),
    };
    let cx = visit.cx.clone();
    let flash = match visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { approve(tx, &cx, Rules::of(&state), command).await })
        })
        .await
    {
        Ok(Approved::Admitted(_)) => {
            let name = found.applicant_name();
            let name = [("name", name.into())];
            Flash::success(i18n::text_with(visit.lang, "registration-approved", &name))
        }
        Ok(Approved::Before(_)) => Flash::info(visit.t("registration-decided-before")),
        Err(error) => return refuse_approval(&staff, &found, form, error).await,
    };
    Ok(visit.go(urls::SalesRegistrations, Some(flash)))
}

fn typed(form: ApproveForm) -> Typed {
    Typed {
        account: form.account,
        roles: Some(form.roles),
        note: form.note,
        ..Typed::default()
    }
}

/// The organization whose contract number was typed, where one is needed; or what is wrong.
async fn named_account(
    staff: &Approver,
    registration: &Registration,
    typed: &str,
) -> Result<Result<Option<OrganizationId>, &'static str>, Refusal> {
    let is_known = registration.organization_id.is_some();
    if is_known || registration.kind == Kind::NewCompany {
        return Ok(Ok(None));
    }
    let key = text::number_key(typed);
    if key.is_empty() {
        return Ok(Err("registration-account-empty"));
    }
    let mut conn = staff.visit().state.db.read().await?;
    let contracts = contracts::find_by_number_key(&mut conn, &key).await?;
    let mut organizations: Vec<OrganizationId> = contracts
        .into_iter()
        .map(|contract| contract.organization_id)
        .collect();
    organizations.dedup();
    Ok(match organizations.as_slice() {
        [only] => Ok(Some(only.clone())),
        _ => Err("registration-account-unknown"),
    })
}

async fn refuse_approval(
    staff: &Approver,
    found: &Registration,
    form: ApproveForm,
    error: ApproveError,
) -> Result<Response, Refusal> {
    let visit = staff.visit();
    let mut typed = typed(form);
    match error {
        ApproveError::NotFound => return Err(Refusal::NotFound),
        ApproveError::NotAllowed => return Err(Refusal::Forbidden),
        ApproveError::Db(error) => return Err(error.into()),
        ApproveError::NoOrganization => {
            typed.account_error = Some(visit.t("registration-account-unknown"));
        }
        ApproveError::NotGivable(why) => {
            let catalogue = &visit.state.catalogue;
            let text = organizations::not_givable(&visit.shell(""), catalogue, &why);
            typed.roles_error = Some(text);
        }
        ApproveError::Role => typed.roles_error = Some(visit.t("registration-roles-empty")),
        ApproveError::NoSeat { seats } => {
            typed.problem = Some(visit.shell("").t1("registration-no-seat", "seats", seats));
        }
        ApproveError::Suspended => typed.problem = Some(visit.t("registration-suspended")),
        ApproveError::KnownPerson => typed.problem = Some(visit.t("registration-for-staff")),
    }
    render(staff, StatusCode::UNPROCESSABLE_ENTITY, found, typed).await
}

/// What is posted.
#[derive(Deserialize)]
pub struct DeclineForm {
    #[serde(default)]
    reason: String,
}

/// Declines it.
pub async fn turn_down(
    staff: Approver,
    Path(registration): Path<String>,
    Form(form): Form<DeclineForm>,
) -> Result<Response, Refusal> {
    let found = found(&staff, &registration).await?;
    let visit = staff.visit();
    let command = Decline {
        registration_id: found.id.clone(),
        decider: Desk::of(&staff.entry).into(),
        reason: form.reason.clone(),
    };
    let cx = visit.cx.clone();
    let flash = match visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { decline(tx, &cx, Rules::of(&state), command).await })
        })
        .await
    {
        Ok(Declined::Declined) => Flash::success(visit.t("registration-declined")),
        Ok(Declined::Before(_)) => Flash::info(visit.t("registration-decided-before")),
        Err(DeclineError::NotFound) => return Err(Refusal::NotFound),
        Err(DeclineError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(DeclineError::Db(error)) => return Err(error.into()),
        Err(DeclineError::NoReason) => {
            let typed = Typed {
                reason: form.reason,
                reason_error: Some(visit.t("registration-reason-empty")),
                ..Typed::default()
            };
            return render(&staff, StatusCode::UNPROCESSABLE_ENTITY, &found, typed).await;
        }
    };
    Ok(visit.go(urls::SalesRegistrations, Some(flash)))
}

/// Asks the CRM again, for what it says now.
pub async fn ask(staff: Approver, Path(registration): Path<String>) -> Result<Response, Refusal> {
    let found = found(&staff, &registration).await?;
    let visit = staff.visit();
    retry::run_now(&visit.state, &found.id).await?;
    let here = urls::SalesRegistration {
        registration: &found.id,
    };
    let flash = Flash::info(visit.t("registration-asked"));
    Ok(visit.go(here, Some(flash)))
}
