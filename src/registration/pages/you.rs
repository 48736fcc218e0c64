//! Step: name, phone, language. The address comes from the signed-in identity and cannot be typed.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Progress, back_from};
use crate::{
    registration::{
        draft::{Draft, Step},
        fields,
        visitor::{Registrant, Who},
    },
    web::{Field, Form, FormErrors, Lang, Refusal, Shell, page, see_other},
};

/// One language.
struct Choice {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

/// The fields of the page.
struct Fields {
    given_name: Field,
    family_name: Field,
    phone: Field,
    language: Field,
}

#[derive(Template)]
#[template(path = "registration/you.html")]
struct YouPage {
    shell: Shell,
    errors: FormErrors,
    progress: Progress,
    back: &'static str,
    fields: Fields,
    phone_required: bool,
    languages: Vec<Choice>,
    /// The signed-in identity's address; empty when nobody has signed in.
    email: String,
}

/// Asks for name, phone and language.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::You) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let (mut given_name, mut family_name) = (draft.given_name.clone(), draft.family_name.clone());
    if draft.language.is_empty() && !matches!(registrant.who, Who::Visitor) {
        let mut conn = registrant.visit.state.db.read().await?;
        (given_name, family_name) = registrant.who.names(&mut conn).await?;
    }
    let language = if draft.language.is_empty() {
        registrant.visit.lang.as_str()
    } else {
        &draft.language
    };
    let fields = Fields {
        given_name: Field::new("given_name", given_name),
        family_name: Field::new("family_name", family_name),
        phone: Field::new("phone", &draft.phone),
        language: Field::new("language", language),
    };
    Ok(render(&registrant, draft, StatusCode::OK, fields))
}

/// What is posted.
#[derive(Deserialize)]
pub struct YouForm {
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    language: String,
}

/// What was typed, cleaned; or what is wrong with each field.
fn read(
    form: &YouForm,
    draft: &Draft,
    phone_required: bool,
) -> Result<Draft, [Option<&'static str>; 4]> {
    let mut given = fields::name(&form.given_name, "registration-given-name-long");
    let family = fields::name(&form.family_name, "registration-family-name-long");
    // People with one name are welcome; nobody has none.
    if given.as_deref() == Ok("") && family.as_deref() == Ok("") {
        given = Err("registration-given-name-empty");
    }
    let phone = fields::phone(&form.phone, phone_required);
    let language = Lang::parse(&form.language).map_err(|_| "registration-language-empty");
    match (given, family, phone, language) {
        (Ok(given_name), Ok(family_name), Ok(phone), Ok(language)) => Ok(Draft {
            given_name,
            family_name,
            phone,
            language: language.as_str().to_owned(),
            ..draft.clone()
        }),
        (given, family, phone, language) => {
            Err([given.err(), family.err(), phone.err(), language.err()])
        }
    }
}

/// Keeps name, phone and language.
pub async fn keep(registrant: Registrant, Form(form): Form<YouForm>) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::You) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let phone_required = registrant.visit.state.settings.registration.phone_required;
    let [given, family, phone, language] = match read(&form, draft, phone_required) {
        Ok(changed) => return Ok(registrant.keep_and_go_on(&changed)),
        Err(problems) => problems.map(|problem| problem.map(|key| registrant.visit.t(key))),
    };
    let fields = Fields {
        given_name: Field::new("given_name", form.given_name).with_error(given),
        family_name: Field::new("family_name", form.family_name).with_error(family),
        phone: Field::new("phone", form.phone).with_error(phone),
        language: Field::new("language", form.language).with_error(language),
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(render(&registrant, draft, status, fields))
}

fn render(registrant: &Registrant, draft: &Draft, status: StatusCode, fields: Fields) -> Response {
    let errors = FormErrors::of(&[
        &fields.given_name,
        &fields.family_name,
        &fields.phone,
        &fields.language,
    ]);
    let shell = registrant
        .shell("registration-you-title")
        .with_errors(!errors.is_empty());
    let languages = Lang::ALL.iter().map(|lang| Choice {
        value: lang.as_str(),
        label: lang.own_name(),
        hint: "",
    });
    page(
        status,
        &YouPage {
            errors,
            progress: Progress::of(&shell, draft, Step::You),
            back: back_from(draft, Step::You),
            fields,
            phone_required: registrant.visit.state.settings.registration.phone_required,
            languages: languages.collect(),
            email: registrant.who.shown_email(),
            shell,
        },
    )
}
