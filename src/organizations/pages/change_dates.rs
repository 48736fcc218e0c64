//! Until when a member has access: the form and the deed.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    acting,
    one::{One, Which, load},
};
use crate::{
    access::actors::OrgAdmin,
    kernel::Instant,
    organizations::{ChangeDates, ChangeDatesError, DatesChanged, change_dates},
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, dates, page, urls},
};

/// The last day, or empty for no end.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DatesForm {
    until: String,
}

#[derive(Template)]
#[template(path = "organizations/change_dates.html")]
struct DatesPage {
    shell: Shell,
    people: String,
    name: String,
    back: String,
    action: String,
    until: Field,
    zone: String,
    errors: FormErrors,
}

/// The form.
///
/// # Errors
/// [`Refusal`]: not found here.
pub async fn form(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    let zone = admin.visit().zone();
    let end = one.member.ends_at;
    let until = end.map(|end| dates::last_day_field(&zone, end));
    Ok(show(&admin, &one, until.unwrap_or_default(), None))
}

fn show(admin: &OrgAdmin, one: &One, until: String, error: Option<String>) -> Response {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let membership = &one.member.id;
    let name = one.member.display_name.clone();
    let shell = admin.shell("");
    let until = Field::new("until", until).with_error(error);
    let errors = FormErrors::of(&[&until]);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page(
        status,
        &DatesPage {
            people: urls::Members { organization }.to_string(),
            back: urls::Member {
                organization,
                membership,
            }
            .to_string(),
            action: urls::MemberDates {
                organization,
                membership,
            }
            .to_string(),
            zone: visit.zone().iana_name().unwrap_or("UTC").replace('_', " "),
            shell: Shell {
                title: shell.t1("settings-until-title", "name", name.as_str()),
                ..shell
            }
            .with_errors(!errors.is_empty()),
            name,
            until,
            errors,
        },
    )
}

/// The end of the typed day in the admin's time zone.
fn end_of(admin: &OrgAdmin, typed: &str) -> Result<Option<Instant>, &'static str> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let visit = admin.visit();
    let end = dates::end_of_day(&visit.zone(), typed).ok_or("settings-until-wrong")?;
    if end <= visit.cx.now() {
        return Err("settings-until-past");
    }
    Ok(Some(end))
}

/// Does it.
///
/// # Errors
/// [`Refusal`]: not found here, no admin any more.
pub async fn submit(
    admin: OrgAdmin,
    Which(membership): Which,
    Form(form): Form<DatesForm>,
) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    drop(conn);
    let ends_at = match end_of(&admin, &form.until) {
        Ok(ends_at) => ends_at,
        Err(key) => return Ok(show(&admin, &one, form.until, Some(visit.t(key)))),
    };
    let command = ChangeDates {
        organization_id: admin.organization_id().clone(),
        membership_id: membership.clone(),
        starts_at: one.member.starts_at,
        ends_at,
    };
    let cx = acting(&admin);
    let done = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { change_dates(tx, &cx, &state.catalogue, command).await })
        })
        .await;
    let wrong = match done {
        Ok(DatesChanged::Changed(_)) => {
            let text = visit.t("settings-until-saved");
            return Ok(visit.go(address(&admin, &one), Some(Flash::success(text))));
        }
        Ok(DatesChanged::Unchanged(_) | DatesChanged::KeptForRescue(_)) => {
            let text = visit.t("settings-until-unchanged");
            return Ok(visit.go(address(&admin, &one), Some(Flash::info(text))));
        }
        Ok(DatesChanged::NoSeat { seats }) => visit.shell("").t1("member-no-seat", "seats", seats),
        Err(ChangeDatesError::ImpossibleDates) => visit.t("settings-until-before-start"),
        Err(ChangeDatesError::LastAdmin) => visit.t("settings-until-last-admin"),
        Err(ChangeDatesError::NotFound) => return Err(Refusal::NotFound),
        Err(ChangeDatesError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(ChangeDatesError::Db(error)) => return Err(error.into()),
    };
    Ok(show(&admin, &one, form.until, Some(wrong)))
}

fn address(admin: &OrgAdmin, one: &One) -> String {
    urls::Member {
        organization: admin.organization_id(),
        membership: &one.member.id,
    }
    .to_string()
}
