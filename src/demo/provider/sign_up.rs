//! The page on which somebody new creates an account (Initiating User Registration 1.0).

use askama::Template;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use crate::kernel::EmailAddress;

use super::{
    Provider,
    http::Params,
    pages::{self, Frame, Problem},
    person::{self, Person},
    request::Request,
    sign_in,
};

/// What is wrong with an address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AddressError {
    Malformed,
    Taken,
}

/// The form as it was sent, and what is wrong with it.
#[derive(Default)]
struct Draft {
    given_name: String,
    family_name: String,
    email: String,
    unverified: bool,
    given_name_missing: bool,
    family_name_missing: bool,
    address_error: Option<AddressError>,
}

impl Draft {
    fn is_wrong(&self) -> bool {
        self.given_name_missing || self.family_name_missing || self.address_error.is_some()
    }
}

#[derive(Template)]
#[template(path = "demo/provider/sign_up.html")]
struct SignUpPage {
    frame: Frame,
    request: String,
    client: String,
    sign_in_href: String,
    draft: Draft,
}

impl SignUpPage {
    /// The key of the sentence about the address.
    fn address_error(&self) -> Option<&'static str> {
        self.draft.address_error.map(|error| match error {
            AddressError::Malformed => "demo-provider-address-wrong",
            AddressError::Taken => "demo-provider-address-taken",
        })
    }
}

/// The empty page, with the address the client hints at.
pub(super) fn page(_provider: &Provider, headers: &HeaderMap, request: &Request) -> Response {
    let draft = Draft {
        email: request.login_hint.clone().unwrap_or_default(),
        ..Draft::default()
    };
    render(headers, request, draft)
}

fn render(headers: &HeaderMap, request: &Request, draft: Draft) -> Response {
    let status = if draft.is_wrong() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let sign_in = request.params.with("prompt", Some("select_account"));
    let page = SignUpPage {
        frame: Frame::of_request(headers, request),
        request: request.params.with("", None),
        client: pages::host_of(&request.back.redirect_uri),
        sign_in_href: format!("/authorize?{sign_in}"),
        draft,
    };
    pages::respond(status, &page, Some(&request.back.redirect_uri))
}

/// `POST /sign-up`
pub(super) async fn post(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Params::read(&body);
    let request = match sign_in::posted(&provider, &headers, &form) {
        Ok(request) => request,
        Err(refusal) => return provider.refuse(refusal, &headers),
    };
    let person = match checked(&provider, &form) {
        Ok(person) => person,
        Err(draft) => return render(&headers, &request, draft),
    };
    match provider.keep(person.clone()) {
        Ok(true) => sign_in::enter(&provider, &headers, &request, person, false),
        Ok(false) => pages::problem(&provider, &headers, Problem::Full),
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "a new account could not be kept"
            );
            pages::problem(&provider, &headers, Problem::Broken)
        }
    }
}

fn checked(provider: &Provider, form: &Params) -> Result<Person, Draft> {
    let text = |name: &str| form.take(name).unwrap_or_default();
    let mut draft = Draft {
        given_name: text("given_name"),
        family_name: text("family_name"),
        email: text("email"),
        unverified: form.get("unverified").is_some(),
        ..Draft::default()
    };
    let given_name = person::name(&draft.given_name);
    let family_name = person::name(&draft.family_name);
    let email = EmailAddress::parse(&draft.email).ok();
    draft.given_name_missing = given_name.is_none();
    draft.family_name_missing = family_name.is_none();
    draft.address_error = match &email {
        None => Some(AddressError::Malformed),
        Some(email)
            if provider
                .find(|person| person.has_address(email.shown()))
                .is_some() =>
        {
            Some(AddressError::Taken)
        }
        Some(_) => None,
    };
    match (given_name, family_name, email) {
        (Some(given_name), Some(family_name), Some(email)) if !draft.is_wrong() => Ok(Person {
            subject: provider.secret(),
            email: email.shown().to_owned(),
            email_verified: !draft.unverified,
            given_name,
            family_name,
        }),
        _ => Err(draft),
    }
}
