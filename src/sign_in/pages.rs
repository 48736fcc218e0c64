//! The page that asks how to sign in, and the one for people nobody knows yet.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    begin::{self, Wish},
    link::{How, Link},
    providers::Provider,
};
use crate::{
    access::session_store,
    kernel::EmailAddress,
    people::PendingIdentity,
    web::{Field, Form, FormErrors, Query, Refusal, Shell, Visit, page, see_other, urls},
};

/// What a link or a form of the sign-in says.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    return_to: String,
    #[serde(default)]
    how: String,
    #[serde(default)]
    email: String,
}

impl Asked {
    fn link(&self) -> Link {
        Link::to(&self.return_to).with(How::parse(&self.how).unwrap_or(How::Usual))
    }

    /// The wish; an address that is none is no hint.
    fn wish(&self) -> Wish {
        Wish {
            link: self.link(),
            email: EmailAddress::parse(&self.email).ok(),
        }
    }
}

struct Choice {
    action: String,
    name: String,
}

#[derive(Template)]
#[template(path = "sign_in/choose.html")]
struct ChoosePage {
    shell: Shell,
    errors: FormErrors,
    /// Where the forms lead afterwards.
    return_to: String,
    how: How,
    /// Asked when some provider is the home of a domain.
    asks_email: bool,
    email: Field,
    /// Whether an address was given that is nobody's home: the list then carries it along.
    is_second_step: bool,
    choices: Vec<Choice>,
}

impl ChoosePage {
    fn new(visit: &Visit, asked: &Asked) -> Self {
        let link = asked.link();
        let providers = visit.state.providers.all();
        let choice = |provider: &Arc<Provider>| Choice {
            action: urls::SignInWith {
                provider: &provider.settings.key,
            }
            .to_string(),
            name: provider.settings.name.clone(),
        };
        Self {
            shell: visit.shell("sign-in-title"),
            errors: FormErrors::default(),
            return_to: asked.return_to.clone(),
            how: link.how(),
            asks_email: providers
                .iter()
                .any(|provider| !provider.settings.home_domains.is_empty()),
            email: Field::new("email", asked.email.clone()),
            is_second_step: false,
            choices: providers.iter().map(choice).collect(),
        }
    }
}

/// `GET /sign-in`
pub async fn choose(
    visit: Visit,
    session: Session,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let link = asked.link();
    let wants_other = link.how() == How::OtherAccount;
    if !wants_other && matches!(session_store::current(&session).await, Ok(Some(_))) {
        return see_other(link.return_to());
    }
    let wish = Wish { link, email: None };
    match begin::obvious(&visit.state, None).cloned() {
        Some(provider) => begin::begin_with(&visit, &headers, &provider, &wish).await,
        None => page(StatusCode::OK, &ChoosePage::new(&visit, &asked)),
    }
}

/// `POST /sign-in`: the address says whose provider it is (home-realm discovery).
pub async fn find_home(visit: Visit, headers: HeaderMap, Form(asked): Form<Asked>) -> Response {
    let wish = asked.wish();
    let mut choose = ChoosePage::new(&visit, &asked);
    if wish.email.is_none() {
        let key = if asked.email.trim().is_empty() {
            "sign-in-email-missing"
        } else {
            "sign-in-email-wrong"
        };
        choose.email = choose.email.with_error(Some(visit.t(key)));
        choose.errors = FormErrors::of(&[&choose.email]);
        choose.shell = choose.shell.with_errors(true);
        return page(StatusCode::UNPROCESSABLE_ENTITY, &choose);
    }
    match begin::obvious(&visit.state, wish.email.as_ref()).cloned() {
        Some(provider) => begin::begin_with(&visit, &headers, &provider, &wish).await,
        None => {
            choose.is_second_step = true;
            page(StatusCode::OK, &choose)
        }
    }
}

/// `GET /sign-in/with/{provider}`
pub async fn with_provider(
    visit: Visit,
    headers: HeaderMap,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    start(&visit, &headers, &key, &asked).await
}

/// `POST /sign-in/with/{provider}`: as the GET, with an address that belongs in no URL of ours.
pub async fn with_provider_posted(
    visit: Visit,
    headers: HeaderMap,
    Path(key): Path<String>,
    Form(asked): Form<Asked>,
) -> Response {
    start(&visit, &headers, &key, &asked).await
}

async fn start(visit: &Visit, headers: &HeaderMap, key: &str, asked: &Asked) -> Response {
    match visit.state.providers.find(key).cloned() {
        Some(provider) => begin::begin_with(visit, headers, &provider, &asked.wish()).await,
        None => Refusal::NotFound.into_response(),
    }
}

#[derive(Template)]
#[template(path = "sign_in/not_known.html")]
struct NotKnownPage {
    shell: Shell,
    /// Who signed in, in a sentence.
    who: String,
    /// The provider's name.
    provider: String,
    is_proven: bool,
    can_register: bool,
    other_account: String,
}

/// `GET /sign-in/not-known`: somebody signed in whom nobody knows yet.
pub async fn not_known(visit: Visit, headers: HeaderMap) -> Response {
    let settings = &visit.state.settings;
    let Some(pending) = PendingIdentity::read(&headers, &settings.portal, &visit.cx) else {
        return see_other(urls::SignIn::PATH);
    };
    let shell = visit.shell("sign-in-not-known-title");
    let provider = visit.state.providers.find(&pending.provider);
    let provider = provider.map_or_else(
        || visit.t("sign-in-provider"),
        |provider| provider.settings.name.clone(),
    );
    let name = ("provider", provider.as_str());
    let who = match &pending.email {
        Some(email) => shell.t2("sign-in-not-known-who", name, ("email", email.shown())),
        None => shell.t1("sign-in-not-known-who-nameless", name.0, name.1),
    };
    let not_known = NotKnownPage {
        who,
        is_proven: pending.verified_email().is_some(),
        can_register: settings.registration.contract || settings.registration.new_company,
        other_account: Link::default().with_other_account().to_string(),
        provider,
        shell,
    };
    page(StatusCode::OK, &not_known)
}
