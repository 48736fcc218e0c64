//! `/operations/people`: looking a person up by address, keeping them out, letting them in again,
//! ending their sessions.

use std::time::Duration;

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    decide::{GiveReason, Reason},
    tabs::{Tab, tabs},
};
use crate::{
    access::{actors::Operator, sessions},
    db::{Conn, Error},
    kernel::{
        EmailAddress,
        ids::{Id, PersonId},
        text,
    },
    organizations::{self, MembershipStatus},
    people::{self, KeepOutError, KeptOut, LetIn, Person, PersonStatus},
    web::{Field, Flash, Form, FormErrors, Query, Refusal, Shell, Visit, page, urls},
};

/// Where somebody belongs.
struct Place {
    organization: String,
    roles: String,
    state: String,
}

/// Somebody who was found.
struct Found {
    initials: String,
    name: String,
    email: String,
    id: String,
    status: String,
    tone: &'static str,
    since: String,
    last_sign_in: String,
    sessions: String,
    is_here: bool,
    places: Vec<Place>,
    is_kept_out: bool,
    keep_out: String,
    let_in: String,
    sign_out: String,
    why: String,
}

#[derive(Template)]
#[template(path = "operations/people.html")]
struct PeoplePage {
    shell: Shell,
    tabs: Vec<Tab>,
    here: String,
    errors: FormErrors,
    address: Field,
    asked: bool,
    found: Option<Found>,
}

/// The address looked for.
#[derive(Deserialize)]
pub struct PeopleQuery {
    #[serde(default)]
    q: String,
}

/// The form, and whoever has the address.
///
/// # Errors
/// When the database refuses.
pub async fn show(
    operator: Operator,
    Query(query): Query<PeopleQuery>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let typed = text::one_line(&query.q, 320);
    let email = EmailAddress::parse(&typed).ok();
    let mut conn = visit.state.db.read().await?;
    let person = match &email {
        Some(email) => people::find_by_email(&mut conn, email).await?,
        None => None,
    };
    let shell = operator.shell("operations-people-title");
    let found = match person {
        Some(person) => Some(found(&mut conn, visit, &shell, person).await?),
        None => None,
    };
    let is_wrong = email.is_none() && !typed.is_empty();
    let wrong = is_wrong.then(|| visit.t("operations-people-wrong"));
    let address = Field::new("q", typed).with_error(wrong);
    let errors = FormErrors::of(&[&address]);
    Ok(page(
        StatusCode::OK,
        &PeoplePage {
            tabs: tabs(&shell, urls::OperationsPeople),
            here: urls::OperationsPeople.to_string(),
            shell: shell.with_errors(is_wrong),
            errors,
            address,
            asked: email.is_some(),
            found,
        },
    ))
}

async fn found(
    conn: &mut Conn,
    visit: &Visit,
    shell: &Shell,
    person: Person,
) -> Result<Found, Error> {
    let now = visit.cx.now();
    let idle = u64::from(visit.state.settings.session.idle_minutes) * 60;
    let since = now.minus(Duration::from_secs(idle));
    let living = sessions::list_for_person(conn, &person.id, now, since).await?;
    let mut places = Vec::new();
    for member in organizations::memberships_of_person(conn, &person.id).await? {
        let organization = organizations::find(conn, &member.organization_id).await?;
        let names = member.roles.iter();
        let names = names.map(|role| visit.state.catalogue.role_name(role, shell.lang.as_str()));
        let word = match member.status {
            MembershipStatus::Active => "members-state-active",
            MembershipStatus::Suspended => "members-state-suspended",
            MembershipStatus::Removed => "operations-people-left",
        };
        places.push(Place {
            organization: organization.ok_or(Error::Lost)?.name,
            roles: names.collect::<Vec<_>>().join(", "),
            state: shell.t(word).into_owned(),
        });
    }
    let (word, tone) = match person.status {
        PersonStatus::Active => ("operations-people-may", "success"),
        PersonStatus::Suspended => ("operations-people-kept-out", "danger"),
        PersonStatus::Erased => ("operations-people-erased", ""),
    };
    let id = &person.id;
    let last = person.last_sign_in_at.map(|at| shell.moment(at));
    Ok(Found {
        initials: text::initials(&person.display_name),
        email: person.email.shown().to_owned(),
        id: id.to_string(),
        status: shell.t(word).into_owned(),
        tone,
        since: shell.day(person.created_at),
        last_sign_in: last.unwrap_or_else(|| shell.t("operations-never").into_owned()),
        is_here: !living.is_empty(),
        sessions: shell.t1("member-sessions", "count", living.len()),
        places,
        is_kept_out: person.status == PersonStatus::Suspended,
        keep_out: urls::KeepPersonOut { person: id }.to_string(),
        let_in: urls::LetPersonIn { person: id }.to_string(),
        sign_out: urls::SignPersonOut { person: id }.to_string(),
        why: format!("{}?person={id}", urls::Why),
        name: person.display_name,
    })
}

async fn person_of(operator: &Operator, id: &str) -> Result<Person, Refusal> {
    let id = PersonId::parse(id).map_err(|_| Refusal::NotFound)?;
    let mut conn = operator.visit().state.db.read().await?;
    let person = people::find(&mut conn, &id).await?;
    person
        .filter(|person| person.status != PersonStatus::Erased)
        .ok_or(Refusal::NotFound)
}

/// The page of somebody.
fn place_of(person: &Person) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", person.email.shown())
        .finish();
    format!("{}?{query}", urls::OperationsPeople)
}

/// Asks whether to keep somebody out, and why.
///
/// # Errors
/// When there is no such person, or the database refuses.
pub async fn ask_keep_out(
    operator: Operator,
    Path(person): Path<String>,
) -> Result<Response, Refusal> {
    let person = person_of(&operator, &person).await?;
    Ok(question(&operator, &person, String::new(), None))
}

fn question(
    operator: &Operator,
    person: &Person,
    typed: String,
    error: Option<String>,
) -> Response {
    let shell = operator.shell("");
    let title = shell.t1(
        "operations-people-title-keep-out",
        "name",
        person.display_name.as_str(),
    );
    let reason = Field::new("reason", typed).with_error(error);
    let errors = FormErrors::of(&[&reason]);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = GiveReason {
        text: shell.t("operations-people-keep-out-text").into_owned(),
        action: urls::KeepPersonOut { person: &person.id }.to_string(),
        button: shell.t("operations-people-keep-out").into_owned(),
        back: place_of(person),
        reason,
        danger: true,
        shell: Shell { title, ..shell }.with_errors(!errors.is_empty()),
        errors,
    };
    page(status, &template)
}

/// Keeps somebody out.
///
/// # Errors
/// When there is no such person, or the database refuses.
pub async fn keep_out(
    operator: Operator,
    Path(person): Path<String>,
    Form(form): Form<Reason>,
) -> Result<Response, Refusal> {
    let person = person_of(&operator, &person).await?;
    let visit = operator.visit();
    let (cx, id) = (visit.cx.clone(), person.id.clone());
    let reason = form.reason.clone();
    let done = visit
        .state
        .write(move |tx, state| {
            Box::pin(
                async move { people::keep_out(tx, &cx, &state.catalogue, (&id, &reason)).await },
            )
        })
        .await;
    let error = match done {
        Ok(KeptOut::KeptOut(_)) => {
            let flash = Flash::success(visit.t("operations-people-done-keep-out"));
            return Ok(visit.go(place_of(&person), Some(flash)));
        }
        Ok(KeptOut::Already(_)) => {
            let flash = Flash::info(visit.t("operations-people-already"));
            return Ok(visit.go(place_of(&person), Some(flash)));
        }
        Err(KeepOutError::NotFound) => return Err(Refusal::NotFound),
        Err(KeepOutError::Db(error)) => return Err(error.into()),
        Err(KeepOutError::NoReason) => visit.t("operations-people-reason-empty"),
        Err(KeepOutError::LastAdmin(names)) => {
            let names = names.join(", ");
            let shell = visit.shell("");
            shell.t1("operations-people-last-admin", "names", names)
        }
    };
    Ok(question(&operator, &person, form.reason, Some(error)))
}

/// Lets somebody in again.
///
/// # Errors
/// When there is no such person, or the database refuses.
pub async fn let_in(operator: Operator, Path(person): Path<String>) -> Result<Response, Refusal> {
    let person = person_of(&operator, &person).await?;
    let visit = operator.visit();
    let (cx, id) = (visit.cx.clone(), person.id.clone());
    let done = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { people::let_in(tx, &cx, &id).await }))
        .await;
    let flash = match done {
        Ok(LetIn::LetIn(_)) => Flash::success(visit.t("operations-people-done-let-in")),
        Ok(LetIn::Already(_)) => Flash::info(visit.t("operations-people-already")),
        Err(KeepOutError::Db(error)) => return Err(error.into()),
        Err(_) => return Err(Refusal::NotFound),
    };
    Ok(visit.go(place_of(&person), Some(flash)))
}

/// Ends every session of somebody.
///
/// # Errors
/// When there is no such person, or the database refuses.
pub async fn sign_out(operator: Operator, Path(person): Path<String>) -> Result<Response, Refusal> {
    let person = person_of(&operator, &person).await?;
    let visit = operator.visit();
    let (cx, id) = (visit.cx.clone(), person.id.clone());
    let ended: Result<u64, Error> = visit
        .state
        .db
        .write(move |tx| {
            Box::pin(async move { sessions::end_for_person(tx, &cx, &id, "by_operator").await })
        })
        .await;
    let ended = i64::try_from(ended?).unwrap_or(i64::MAX);
    let text = visit.shell("").t1("settings-signed-out", "count", ended);
    Ok(visit.go(place_of(&person), Some(Flash::success(text))))
}
