//! Seats: how many the contract has and how many are taken, what it means when they do not suffice,
//! and asking for more.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::acting;
use crate::{
    access::actors::OrgAdmin,
    organizations::{
        self, AskSeats, AskSeatsError, MESSAGE_LIMIT, MOST, SeatsAsked, ask_seats, seats_wish,
    },
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// The wish as posted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SeatsForm {
    more: String,
    message: String,
}

#[derive(Template)]
#[template(path = "organizations/seats.html")]
struct SeatsPage {
    shell: Shell,
    people: String,
    action: String,
    errors: FormErrors,
    /// How many are taken, in a sentence.
    taken: String,
    /// More people than seats: what that means; empty otherwise.
    exceeded: String,
    /// When more were asked for, while an answer is awaited; empty otherwise.
    asked: String,
    more: Field,
    message: Field,
    is_limited: bool,
}

/// The page.
///
/// # Errors
/// [`Refusal`]: the database refuses.
pub async fn show(admin: OrgAdmin) -> Result<Response, Refusal> {
    render(&admin, (Field::new("more", ""), Field::new("message", ""))).await
}

async fn render(admin: &OrgAdmin, (more, message): (Field, Field)) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let now = visit.cx.now();
    let mut conn = visit.state.db.read().await?;
    let seats = organizations::seats(&mut conn, organization, now).await?;
    let wish = seats_wish(&mut conn, organization).await?;
    drop(conn);
    let asked = wish.filter(|wish| wish.is_fresh(now));
    let errors = FormErrors::of(&[&more, &message]);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let shell = admin.shell("seats-title").with_errors(!errors.is_empty());
    let numbers = |key: &str, limit: i64| shell.t2(key, ("taken", seats.taken), ("limit", limit));
    let limit = seats.limit.unwrap_or(i64::MAX);
    Ok(page(
        status,
        &SeatsPage {
            people: urls::Members { organization }.to_string(),
            action: urls::Seats { organization }.to_string(),
            taken: match seats.limit {
                Some(limit) => numbers("seats-taken", limit),
                None => shell.t1("seats-any", "taken", seats.taken),
            },
            exceeded: match seats.taken > limit {
                true => numbers("seats-exceeded-text", limit),
                false => String::new(),
            },
            asked: asked.map_or_else(String::new, |wish| {
                shell.t1("seats-asked-on", "date", shell.day(wish.at))
            }),
            is_limited: seats.limit.is_some() && !admin.read_only,
            errors,
            more,
            message,
            shell,
        },
    ))
}

/// Asks for more.
///
/// # Errors
/// [`Refusal`]: no admin any more.
pub async fn ask(admin: OrgAdmin, Form(form): Form<SeatsForm>) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let message = Field::new("message", form.message.as_str());
    let wrong = |key: &str| Some(visit.shell("").t1(key, "most", MOST));
    let Ok(number) = form.more.trim().parse::<i64>() else {
        let more = Field::new("more", form.more).with_error(wrong("seats-more-wrong"));
        return render(&admin, (more, message)).await;
    };
    if form.message.chars().count() > MESSAGE_LIMIT {
        let long = visit
            .shell("")
            .t1("seats-message-long", "most", MESSAGE_LIMIT);
        let message = message.with_error(Some(long));
        return render(&admin, (Field::new("more", form.more), message)).await;
    }
    let wish = AskSeats {
        organization_id: admin.organization_id().clone(),
        more: number,
        message: form.message,
        asker: admin.signed_in.gate.display_name.clone(),
    };
    let (cx, settings) = (acting(&admin), visit.state.settings.clone());
    let done = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { ask_seats(tx, &cx, &settings, wish).await }))
        .await;
    let flash = match done {
        Ok(SeatsAsked::Asked) => Flash::success(visit.t("seats-asked-now")),
        Ok(SeatsAsked::Already(at)) => {
            let shell = visit.shell("");
            Flash::info(shell.t1("seats-asked-on", "date", shell.day(at)))
        }
        Ok(SeatsAsked::Unlimited) => Flash::info(visit.t("seats-need-none")),
        Err(AskSeatsError::NotANumber) => {
            let more = Field::new("more", form.more).with_error(wrong("seats-more-wrong"));
            return render(&admin, (more, message)).await;
        }
        Err(AskSeatsError::NotFound) => return Err(Refusal::NotFound),
        Err(AskSeatsError::Db(error)) => return Err(error.into()),
    };
    let organization = admin.organization_id();
    Ok(visit.go(urls::Seats { organization }, Some(flash)))
}
