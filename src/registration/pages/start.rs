//! How do you want to register?

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    db::Error,
    registration::{
        draft::{Draft, is_offered},
        model::Kind,
        visitor::{Registrant, Who},
    },
    sign_in::Link,
    web::{Field, Form, FormErrors, Refusal, Shell, page, see_other, urls},
};

/// One way to register.
struct Way {
    value: &'static str,
    label: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "registration/start.html")]
struct StartPage {
    shell: Shell,
    errors: FormErrors,
    how: Field,
    ways: Vec<Way>,
    /// Whose identity was proved; empty for nobody's.
    signed_in_as: String,
    /// Whether that identity belongs to nobody yet.
    is_pending: bool,
    /// Signing in with another account and coming back here.
    other_account: String,
    /// Whether something was sent before and is open.
    has_open: bool,
}

/// The value of the way that is not a draft.
const INVITATION: &str = "invitation";

/// The ways to register.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let chosen = registrant.draft.as_ref().map(|draft| draft.kind.as_str());
    let how = Field::new("how", chosen.unwrap_or_default());
    render(&registrant, StatusCode::OK, how).await
}

/// What is posted.
#[derive(Deserialize)]
pub struct StartForm {
    #[serde(default)]
    how: String,
}

/// Takes the way chosen.
pub async fn choose(
    registrant: Registrant,
    Form(form): Form<StartForm>,
) -> Result<Response, Refusal> {
    if form.how == INVITATION {
        return Ok(see_other(urls::RegisterInvitation::PATH));
    }
    let settings = &registrant.visit.state.settings.registration;
    let kind = Kind::parse(&form.how).ok();
    let Some(kind) = kind.filter(|kind| is_offered(settings, *kind)) else {
        let sentence = registrant.visit.t("registration-how-empty");
        let how = Field::new("how", "").with_error(Some(sentence));
        return render(&registrant, StatusCode::UNPROCESSABLE_ENTITY, how).await;
    };
    let new = || Draft::new(&registrant.visit.cx, kind);
    let draft = Draft {
        kind,
        ..registrant.draft.clone().unwrap_or_else(new)
    };
    // The first step, also when it was done before: who chose again wants to see it.
    let portal = &registrant.visit.state.settings.portal;
    let first = draft
        .way()
        .first()
        .map_or(urls::Register::PATH, |step| step.path());
    Ok(draft.on(see_other(first), portal, &registrant.visit.cx))
}

async fn render(
    registrant: &Registrant,
    status: StatusCode,
    how: Field,
) -> Result<Response, Refusal> {
    let shell = registrant.shell("registration-start-title");
    let errors = FormErrors::of(&[&how]);
    let settings = &registrant.visit.state.settings.registration;
    let offered = Kind::ALL.iter().filter(|kind| is_offered(settings, **kind));
    let way = |value: &'static str| Way {
        value,
        label: shell
            .t(&format!("registration-how-{}", value.replace('_', "-")))
            .into_owned(),
        hint: shell
            .t(&format!(
                "registration-how-{}-hint",
                value.replace('_', "-")
            ))
            .into_owned(),
    };
    let mut ways: Vec<Way> = offered.map(|kind| way(kind.as_str())).collect();
    ways.push(way(INVITATION));
    let page_of = StartPage {
        errors,
        how,
        ways,
        signed_in_as: registrant.who.shown_email(),
        is_pending: matches!(registrant.who, Who::Pending(_)),
        other_account: Link::to(urls::Register::PATH)
            .with_other_account()
            .to_string(),
        has_open: has_open(registrant).await?,
        shell,
    };
    let has_errors = !page_of.errors.is_empty();
    let shell = page_of.shell.clone().with_errors(has_errors);
    Ok(page(status, &StartPage { shell, ..page_of }))
}

async fn has_open(registrant: &Registrant) -> Result<bool, Error> {
    if matches!(registrant.who, Who::Visitor) {
        return Ok(false);
    }
    let mut conn = registrant.visit.state.db.read().await?;
    let sent = registrant.who.sent(&mut conn).await?;
    Ok(sent.iter().any(|sent| sent.state.is_open()))
}
