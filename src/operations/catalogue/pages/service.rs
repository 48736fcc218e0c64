//! One service: its name, where it is, what a contract must contain for it.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Desk, drafted, edit};
use crate::{
    access::{CatalogueBody, actors::Operator},
    kernel::text,
    operations::catalogue::{
        check::{self, Fault},
        draft::{self, Edit, EditError},
    },
    settings::ServiceSettings,
    web::{Field, Form, FormErrors, Refusal, Shell, page, urls},
};

/// The form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServiceForm {
    /// What the form showed, as a word.
    seen: String,
    key: String,
    url: String,
    product: String,
    name_en: String,
    about_en: String,
    name_de: String,
    about_de: String,
    /// `put`, or `drop` to take the service out.
    act: String,
}

#[derive(Template)]
#[template(path = "operations/catalogue_service.html")]
struct ServicePage {
    shell: Shell,
    errors: FormErrors,
    back: String,
    action: String,
    seen: String,
    is_new: bool,
    shown_key: String,
    key: Field,
    url: Field,
    product: Field,
    name_en: Field,
    about_en: Field,
    name_de: Field,
    about_de: Field,
}

/// A form for a service that is not there.
pub(super) async fn new(operator: Operator) -> Result<Response, Refusal> {
    Ok(render(&operator, None, (ServiceForm::default(), &[])))
}

/// The form of a service.
pub(super) async fn show(
    operator: Operator,
    Path(service): Path<String>,
) -> Result<Response, Refusal> {
    let desk = desk(&operator).await?;
    let found = desk.body().service(&service).ok_or(Refusal::NotFound)?;
    let text = |texts: &std::collections::BTreeMap<String, String>, lang: &str| {
        texts.get(lang).cloned().unwrap_or_default()
    };
    let form = ServiceForm {
        seen: draft::service_mark(desk.body(), &found.key),
        key: found.key.clone(),
        url: found.url.to_string(),
        product: found.product.clone().unwrap_or_default(),
        name_en: text(&found.name, "en"),
        about_en: text(&found.about, "en"),
        name_de: text(&found.name, "de"),
        about_de: text(&found.about, "de"),
        act: String::new(),
    };
    Ok(render(&operator, Some(found), (form, &[])))
}

async fn desk(operator: &Operator) -> Result<Desk, Refusal> {
    let mut conn = operator.visit().state.db.read().await?;
    Ok(Desk::read(&mut conn, operator).await?)
}

/// A new service, into the draft.
pub(super) async fn create(
    operator: Operator,
    Form(form): Form<ServiceForm>,
) -> Result<Response, Refusal> {
    let desk = desk(&operator).await?;
    if desk.body().service(form.key.trim()).is_some() {
        let fault = fault("key", "catalogue-wrong-twice", &form.key);
        return Ok(render(&operator, None, (form, &[fault])));
    }
    take(&operator, desk.body(), None, form).await
}

/// A service as edited, or out, into the draft.
pub(super) async fn put(
    operator: Operator,
    Path(service): Path<String>,
    Form(mut form): Form<ServiceForm>,
) -> Result<Response, Refusal> {
    let desk = desk(&operator).await?;
    let known = desk.body().service(&service).ok_or(Refusal::NotFound)?;
    form.key.clone_from(&known.key);
    if form.act == "drop" {
        let wanted = Edit::DropService(known.key.clone());
        return done(&operator, desk.body(), Some(known), form, wanted).await;
    }
    take(&operator, desk.body(), Some(known), form).await
}

async fn take(
    operator: &Operator,
    body: &CatalogueBody,
    known: Option<&ServiceSettings>,
    form: ServiceForm,
) -> Result<Response, Refusal> {
    match service_of(known, &form) {
        Ok(service) => {
            let wanted = Edit::PutService(Box::new(service));
            done(operator, body, known, form, wanted).await
        }
        Err(faults) => Ok(render(operator, known, (form, &faults))),
    }
}

async fn done(
    operator: &Operator,
    body: &CatalogueBody,
    known: Option<&ServiceSettings>,
    form: ServiceForm,
    wanted: Edit,
) -> Result<Response, Refusal> {
    match edit(operator, wanted, form.seen.clone()).await {
        Ok(()) => Ok(drafted(operator)),
        Err(EditError::Db(error)) => Err(error.into()),
        Err(EditError::Changed) => {
            let fault = fault("name_en", "catalogue-wrong-changed", "");
            let seen = draft::service_mark(body, &form.key);
            let form = ServiceForm { seen, ..form };
            Ok(render(operator, known, (form, &[fault])))
        }
    }
}

fn fault(field: &'static str, text: &'static str, of: &str) -> Fault {
    Fault {
        entry: String::new(),
        field,
        text,
        of: of.to_owned(),
    }
}

/// The service that a form describes; texts of other languages stay.
fn service_of(
    known: Option<&ServiceSettings>,
    form: &ServiceForm,
) -> Result<ServiceSettings, Vec<Fault>> {
    let line = |text: &str| text::one_line(text, check::TEXT_LIMIT + 1);
    let url = url::Url::parse(form.url.trim());
    let url = url.map_err(|_| vec![fault("url", "catalogue-wrong-url", &form.url)])?;
    let mut service = ServiceSettings {
        key: form.key.trim().to_owned(),
        url,
        product: Some(line(&form.product)).filter(|product| !product.is_empty()),
        name: known.map(|known| known.name.clone()).unwrap_or_default(),
        about: known.map(|known| known.about.clone()).unwrap_or_default(),
    };
    let texts = [
        ("en", &form.name_en, &form.about_en),
        ("de", &form.name_de, &form.about_de),
    ];
    for (lang, name, about) in texts {
        for (place, text) in [(&mut service.name, name), (&mut service.about, about)] {
            match line(text) {
                empty if empty.is_empty() => place.remove(lang),
                text => place.insert(lang.to_owned(), text),
            };
        }
    }
    let faults = check::of_service(&service);
    if faults.is_empty() {
        Ok(service)
    } else {
        Err(faults)
    }
}

fn render(
    operator: &Operator,
    known: Option<&ServiceSettings>,
    (form, faults): (ServiceForm, &[Fault]),
) -> Response {
    let shell = operator.shell("catalogue-new-service");
    let title = known.map_or(shell.title.clone(), |known| {
        let name = known.name.get(shell.lang.as_str());
        let name = name.or_else(|| known.name.get("en"));
        name.unwrap_or(&known.key).clone()
    });
    let shell = Shell { title, ..shell };
    let field = |name: &'static str, value: &str| {
        let fault = faults.iter().find(|fault| fault.field == name);
        Field::new(name, value).with_error(fault.map(|fault| fault.sentence(&shell)))
    };
    let (key, url) = (field("key", &form.key), field("url", &form.url));
    let (name_en, about_en) = (
        field("name_en", &form.name_en),
        field("about_en", &form.about_en),
    );
    let product = field("product", &form.product);
    let errors = FormErrors::of(&[&key, &url, &product, &name_en, &about_en]);
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = ServicePage {
        back: urls::Catalogue.to_string(),
        action: known.map_or(urls::CatalogueNewService.to_string(), |known| {
            urls::CatalogueService {
                service: &known.key,
            }
            .to_string()
        }),
        seen: form.seen.clone(),
        is_new: known.is_none(),
        shown_key: form.key.clone(),
        name_de: field("name_de", &form.name_de),
        about_de: field("about_de", &form.about_de),
        key,
        url,
        product,
        name_en,
        about_en,
        shell: shell.with_errors(!errors.is_empty()),
        errors,
    };
    page(status, &template)
}
