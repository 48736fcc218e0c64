//! Requests to join, decided by an administrator of the organization.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    access::actors::OrgAdmin,
    kernel::{Cursor, Instant, ids::Id, ids::RegistrationId, text},
    organizations::{self, Ceiling, Offer},
    registration::{
        Approve, ApproveError, Approved, At, Decider, Decline, DeclineError, Declined,
        Registration, RoleChoice, Rules, State, approve, decline, find_of_organization,
        join_requests, role_choices,
    },
    web::{Field, Flash, Form, FormErrors, Query, Refusal, Shell, page, urls},
};

/// Rows on a page.
const PAGE: i64 = 25;

/// One request in the list.
struct Row {
    href: String,
    initials: String,
    name: String,
    email: String,
    since: String,
}

#[derive(Template)]
#[template(path = "registration/requests.html")]
struct RequestsPage {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
}

/// What the address says.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    after: String,
}

/// What waits for the organization.
pub async fn list(admin: OrgAdmin, Query(query): Query<ListQuery>) -> Result<Response, Refusal> {
    let organization = admin.organization_id();
    let after = place(&query.after);
    let start = after.clone().unwrap_or_else(At::start);
    let mut conn = admin.visit().state.db.read().await?;
    let mut found = join_requests(&mut conn, organization, &start, PAGE + 1).await?;
    let has_more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let shell = admin.shell("registration-requests-title");
    let here = urls::Requests { organization };
    let next = found.last().filter(|_| has_more).map(|last| {
        let cursor = Cursor {
            key: last.created_at.as_micros().to_string(),
            id: last.id.to_string(),
            backwards: false,
        };
        format!("{here}?after={}", cursor.encode())
    });
    let rows = found.iter().map(|registration| Row {
        href: urls::Request {
            organization,
            registration: &registration.id,
        }
        .to_string(),
        initials: text::initials(&registration.applicant_name()),
        name: registration.applicant_name(),
        email: registration.email.to_string(),
        since: shell.moment(registration.created_at),
    });
    Ok(page(
        StatusCode::OK,
        &RequestsPage {
            rows: rows.collect(),
            next,
            first: after.map(|_| here.to_string()),
            shell,
        },
    ))
}

/// The place a cursor names.
pub(super) fn place(cursor: &str) -> Option<At> {
    let cursor = Cursor::parse(cursor)?;
    Some(At {
        created_at: Instant::from_micros(cursor.key.parse().ok()?),
        id: cursor.id,
    })
}

/// What was typed into the two forms, and what is wrong with it.
#[derive(Default)]
struct Typed {
    roles: Vec<String>,
    roles_error: Option<String>,
    note: String,
    reason: String,
    reason_error: Option<String>,
    /// What is wrong with the request itself.
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "registration/request.html")]
struct RequestPage {
    shell: Shell,
    errors: FormErrors,
    here: String,
    decline: String,
    list: String,
    name: String,
    email: String,
    phone: String,
    contract_number: String,
    message: String,
    since: String,
    is_open: bool,
    state: String,
    decided_at: String,
    decision_note: String,
    roles: Field,
    choices: Vec<RoleChoice>,
    note: Field,
    reason: Field,
    problem: Option<String>,
}

/// One request.
pub async fn show(
    admin: OrgAdmin,
    Path((_, registration)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let found = find_own(&admin, &registration).await?;
    let typed = Typed::default();
    Ok(render(&admin, StatusCode::OK, &found, typed))
}

async fn find_own(admin: &OrgAdmin, registration: &str) -> Result<Registration, Refusal> {
    let id = RegistrationId::parse(registration).map_err(|_| Refusal::NotFound)?;
    let mut conn = admin.visit().state.db.read().await?;
    let found = find_of_organization(&mut conn, admin.organization_id(), &id).await?;
    found.ok_or(Refusal::NotFound)
}

fn render(
    admin: &OrgAdmin,
    status: StatusCode,
    registration: &Registration,
    typed: Typed,
) -> Response {
    let organization = admin.organization_id();
    let visit = admin.visit();
    let ceiling = Ceiling::of(&visit.state.catalogue, &admin.membership.roles);
    let own = &admin.membership;
    let offer = Offer::of(
        own.organization_kind,
        &own.contracts,
        ceiling,
        visit.cx.now(),
    );
    let roles = Field::new("roles", "").with_error(typed.roles_error);
    let note = Field::new("note", typed.note);
    let reason = Field::new("reason", typed.reason).with_error(typed.reason_error);
    let errors = FormErrors::of(&[&roles, &reason]);
    let has_errors = !errors.is_empty();
    let shell = admin
        .shell("registration-request-title")
        .with_errors(has_errors);
    let this = urls::Request {
        organization,
        registration: &registration.id,
    };
    let decline = urls::DeclineRequest {
        organization,
        registration: &registration.id,
    };
    let word = registration.state.as_str().replace('_', "-");
    page(
        status,
        &RequestPage {
            errors,
            here: this.to_string(),
            decline: decline.to_string(),
            list: urls::Requests { organization }.to_string(),
            name: registration.applicant_name(),
            email: registration.email.to_string(),
            phone: registration.phone.clone(),
            contract_number: registration.contract_number.clone(),
            message: registration.message.clone(),
            since: shell.moment(registration.created_at),
            is_open: registration.state == State::WaitingOrganization,
            state: shell.t(&format!("registration-state-{word}")).into_owned(),
            decided_at: registration
                .decided_at
                .map(|at| shell.moment(at))
                .unwrap_or_default(),
            decision_note: registration.decision_note.clone(),
            choices: role_choices(visit, &offer, false, &typed.roles),
            roles,
            note,
            reason,
            problem: typed.problem,
            shell,
        },
    )
}

/// What is posted.
#[derive(Deserialize)]
pub struct ApproveForm {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    note: String,
}

/// Approves it.
pub async fn let_in(
    admin: OrgAdmin,
    Path((_, registration)): Path<(String, String)>,
    Form(form): Form<ApproveForm>,
) -> Result<Response, Refusal> {
    let found = find_own(&admin, &registration).await?;
    let visit = admin.visit();
    let command = Approve {
        registration_id: found.id.clone(),
        decider: Decider::Organization(admin.organization_id().clone()),
        organization_id: None,
        roles: form.roles.clone(),
        note: form.note.clone(),
    };
    let cx = visit.cx.clone();
    let list = urls::Requests {
        organization: admin.organization_id(),
    };
    let flash = match visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { approve(tx, &cx, Rules::of(&state), command).await })
        })
        .await
    {
        Ok(Approved::Admitted(_)) => Flash::success(crate::web::i18n::text_with(
            visit.lang,
            "registration-approved",
            &[("name", found.applicant_name().into())],
        )),
        Ok(Approved::Before(_)) => Flash::info(visit.t("registration-decided-before")),
        Err(error) => return refuse_approval(&admin, &found, form, error),
    };
    Ok(visit.go(list, Some(flash)))
}

fn refuse_approval(
    admin: &OrgAdmin,
    found: &Registration,
    form: ApproveForm,
    error: ApproveError,
) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let mut typed = Typed {
        roles: form.roles,
        note: form.note,
        ..Typed::default()
    };
    match error {
        ApproveError::NotFound | ApproveError::NoOrganization => return Err(Refusal::NotFound),
        ApproveError::NotAllowed => return Err(Refusal::Forbidden),
        ApproveError::Db(error) => return Err(error.into()),
        ApproveError::NotGivable(why) => {
            let catalogue = &visit.state.catalogue;
            let text = organizations::not_givable(&visit.shell(""), catalogue, &why);
            typed.roles_error = Some(text);
        }
        ApproveError::Role => typed.roles_error = Some(visit.t("registration-roles-empty")),
        ApproveError::NoSeat { seats } => {
            let shell = visit.shell("");
            typed.problem = Some(shell.t1("registration-no-seat", "seats", seats));
        }
        ApproveError::Suspended => typed.problem = Some(visit.t("registration-suspended")),
        ApproveError::KnownPerson => typed.problem = Some(visit.t("registration-for-staff")),
    }
    Ok(render(
        admin,
        StatusCode::UNPROCESSABLE_ENTITY,
        found,
        typed,
    ))
}

/// What is posted.
#[derive(Deserialize)]
pub struct DeclineForm {
    #[serde(default)]
    reason: String,
}

/// Declines it.
pub async fn turn_down(
    admin: OrgAdmin,
    Path((_, registration)): Path<(String, String)>,
    Form(form): Form<DeclineForm>,
) -> Result<Response, Refusal> {
    let found = find_own(&admin, &registration).await?;
    let visit = admin.visit();
    let command = Decline {
        registration_id: found.id.clone(),
        decider: Decider::Organization(admin.organization_id().clone()),
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
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(render(&admin, status, &found, typed));
        }
    };
    let list = urls::Requests {
        organization: admin.organization_id(),
    };
    Ok(visit.go(list, Some(flash)))
}
