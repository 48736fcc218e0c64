//! Step: contract number and a company fact.

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
#[template(path = "registration/contract.html")]
struct ContractPage {
    shell: Shell,
    errors: FormErrors,
    progress: Progress,
    number: Field,
    fact: Field,
}

/// Asks for contract number and company fact.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Contract) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let number = Field::new("number", &draft.number);
    let fact = Field::new("fact", &draft.fact);
    Ok(render(&registrant, draft, StatusCode::OK, (number, fact)))
}

/// What is posted.
#[derive(Deserialize)]
pub struct ContractForm {
    #[serde(default)]
    number: String,
    #[serde(default)]
    fact: String,
}

/// Keeps contract number and company fact.
pub async fn keep(
    registrant: Registrant,
    Form(form): Form<ContractForm>,
) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Contract) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let number = fields::contract_number(&form.number);
    let fact = fields::company_fact(&form.fact);
    if let (Ok(number), Ok(fact)) = (&number, &fact) {
        let changed = Draft {
            number: number.clone(),
            fact: fact.clone(),
            ..draft.clone()
        };
        return Ok(registrant.keep_and_go_on(&changed));
    }
    let sentence = |problem: Option<&'static str>| problem.map(|key| registrant.visit.t(key));
    let number_field = Field::new("number", form.number).with_error(sentence(number.err()));
    let fact_field = Field::new("fact", form.fact).with_error(sentence(fact.err()));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(render(
        &registrant,
        draft,
        status,
        (number_field, fact_field),
    ))
}

fn render(
    registrant: &Registrant,
    draft: &Draft,
    status: StatusCode,
    (number, fact): (Field, Field),
) -> Response {
    let errors = FormErrors::of(&[&number, &fact]);
    let shell = registrant
        .shell("registration-contract-title")
        .with_errors(!errors.is_empty());
    let progress = Progress::of(&shell, draft, Step::Contract);
    page(
        status,
        &ContractPage {
            shell,
            errors,
            progress,
            number,
            fact,
        },
    )
}
