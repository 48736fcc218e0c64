//! Step: one consent, unticked, and no condition of anything.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Progress, back_from};
use crate::{
    registration::{
        draft::{Draft, Step},
        visitor::Registrant,
    },
    web::{Field, Form, Refusal, Shell, page, see_other},
};

#[derive(Template)]
#[template(path = "registration/consent.html")]
struct ConsentPage {
    shell: Shell,
    progress: Progress,
    back: &'static str,
    consent: Field,
}

/// Asks for the consent.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Consent) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let shell = registrant.shell("registration-consent-title");
    let ticked = if draft.consent == Some(true) {
        "yes"
    } else {
        ""
    };
    Ok(page(
        StatusCode::OK,
        &ConsentPage {
            progress: Progress::of(&shell, draft, Step::Consent),
            back: back_from(draft, Step::Consent),
            consent: Field::new("consent", ticked),
            shell,
        },
    ))
}

/// What is posted.
#[derive(Deserialize)]
pub struct ConsentForm {
    #[serde(default)]
    consent: String,
}

/// Keeps whether the consent was given.
pub async fn keep(
    registrant: Registrant,
    Form(form): Form<ConsentForm>,
) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Consent) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let changed = Draft {
        consent: Some(form.consent == "yes"),
        ..draft.clone()
    };
    Ok(registrant.keep_and_go_on(&changed))
}
