//! Step: the new company.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::Progress;
use crate::{
    registration::{
        draft::{Draft, Step},
        fields,
        visitor::Registrant,
    },
    web::{Field, Form, FormErrors, Refusal, Shell, page, see_other},
};

#[derive(Template)]
#[template(path = "registration/company.html")]
struct CompanyPage {
    shell: Shell,
    errors: FormErrors,
    progress: Progress,
    company: Field,
    message: Field,
}

/// Asks for the new company.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Company) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let company = Field::new("company", &draft.company);
    let message = Field::new("message", &draft.message);
    Ok(render(
        &registrant,
        draft,
        StatusCode::OK,
        (company, message),
    ))
}

/// What is posted.
#[derive(Deserialize)]
pub struct CompanyForm {
    #[serde(default)]
    company: String,
    #[serde(default)]
    message: String,
}

/// Keeps the new company.
pub async fn keep(
    registrant: Registrant,
    Form(form): Form<CompanyForm>,
) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Company) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let company = fields::company(&form.company);
    let message = fields::message(&form.message);
    if let (Ok(company), Ok(message)) = (&company, &message) {
        let changed = Draft {
            company: company.clone(),
            message: message.clone(),
            ..draft.clone()
        };
        return Ok(registrant.keep_and_go_on(&changed));
    }
    let sentence = |problem: Option<&'static str>| problem.map(|key| registrant.visit.t(key));
    let company_field = Field::new("company", form.company).with_error(sentence(company.err()));
    let message_field = Field::new("message", form.message).with_error(sentence(message.err()));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(render(
        &registrant,
        draft,
        status,
        (company_field, message_field),
    ))
}

fn render(
    registrant: &Registrant,
    draft: &Draft,
    status: StatusCode,
    (company, message): (Field, Field),
) -> Response {
    let errors = FormErrors::of(&[&company, &message]);
    let shell = registrant
        .shell("registration-company-title")
        .with_errors(!errors.is_empty());
    let progress = Progress::of(&shell, draft, Step::Company);
    page(
        status,
        &CompanyPage {
            shell,
            errors,
            progress,
            company,
            message,
        },
    )
}
