//! "I have an invitation": where the link is, and a field to paste it into.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    kernel::LinkSecret,
    registration::visitor::Registrant,
    web::{Field, Form, FormErrors, Refusal, Shell, page, see_other, urls},
};

#[derive(Template)]
#[template(path = "registration/invitation.html")]
struct InvitationPage {
    shell: Shell,
    errors: FormErrors,
    link: Field,
}

/// Where the link of an invitation is.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    Ok(render(&registrant, StatusCode::OK, Field::new("link", "")))
}

/// What is posted.
#[derive(Deserialize)]
pub struct InvitationForm {
    #[serde(default)]
    link: String,
}

/// Leads to the pasted link's own page; only the secret at its end is taken, never its host.
pub async fn open(
    registrant: Registrant,
    Form(form): Form<InvitationForm>,
) -> Result<Response, Refusal> {
    let pasted = form.link.trim();
    let last = pasted.rsplit('/').next().and_then(LinkSecret::parse);
    if let Some(secret) = last {
        let link = urls::InvitationLink {
            secret: secret.expose(),
        };
        return Ok(see_other(&link.to_string()));
    }
    let key = if pasted.is_empty() {
        "registration-link-empty"
    } else {
        "registration-link-wrong"
    };
    // What was pasted may be most of a secret: it is not put back into the page.
    let link = Field::new("link", "").with_error(Some(registrant.visit.t(key)));
    Ok(render(&registrant, StatusCode::UNPROCESSABLE_ENTITY, link))
}

fn render(registrant: &Registrant, status: StatusCode, link: Field) -> Response {
    let errors = FormErrors::of(&[&link]);
    let shell = registrant
        .shell("registration-invitation-title")
        .with_errors(!errors.is_empty());
    page(
        status,
        &InvitationPage {
            shell,
            errors,
            link,
        },
    )
}
