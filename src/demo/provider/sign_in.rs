//! The sign-in page and what its buttons do.

use askama::Template;
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use crate::{
    kernel::EmailAddress,
    web::i18n::{self, Lang},
};

use super::{
    Provider, http,
    http::Params,
    pages::{self, Frame, Problem},
    person::Person,
    request::{Refusal, Request},
    store::{SESSION_LIFE, Session},
};

/// People who signed up shown at most; the others type their address.
const SIGNED_UP_SHOWN: usize = 6;

/// Somebody to pick.
struct Card {
    subject: String,
    initials: String,
    name: String,
    /// The address in two parts, between which a line may break.
    local: String,
    domain: String,
    about: String,
    colour: usize,
    unverified: bool,
}

impl Card {
    fn new(person: &Person, about: &str) -> Self {
        let first = |name: &str| name.chars().next().map(|c| c.to_uppercase().to_string());
        let (local, domain) = person.email.split_once('@').unwrap_or_default();
        let initials = [first(&person.given_name), first(&person.family_name)];
        Self {
            subject: person.subject.clone(),
            initials: initials.into_iter().flatten().collect(),
            name: person.name(),
            local: local.to_owned(),
            domain: domain.to_owned(),
            about: about.to_owned(),
            colour: colour(&person.email),
            unverified: !person.email_verified,
        }
    }
}

/// One of six colours, always the same for an address.
fn colour(email: &str) -> usize {
    let mixed = email.bytes().fold(7_usize, |mixed, byte| {
        (mixed * 31 + usize::from(byte)) % 997
    });
    mixed % 6
}

#[derive(Template)]
#[template(path = "demo/provider/sign_in.html")]
struct SignInPage {
    frame: Frame,
    /// The request, for the forms to carry along.
    request: String,
    /// Whom the person goes to.
    client: String,
    create_href: String,
    current: Option<Card>,
    expected: Option<Card>,
    people: Vec<Card>,
    email: String,
    address_error: bool,
    typed_first: bool,
    unverified: bool,
    second_step: bool,
    second_step_wanted: bool,
}

/// The page for a request that needs one.
pub(super) fn page(provider: &Provider, headers: &HeaderMap, request: &Request) -> Response {
    let typed = Typed {
        email: request.login_hint.as_deref().unwrap_or_default(),
        wrong: false,
        unverified: false,
        second_step: request.wants_second_step,
    };
    render(provider, headers, request, &typed)
}

/// What the address form holds.
struct Typed<'a> {
    email: &'a str,
    wrong: bool,
    unverified: bool,
    second_step: bool,
}

fn render(
    provider: &Provider,
    headers: &HeaderMap,
    request: &Request,
    typed: &Typed<'_>,
) -> Response {
    let frame = Frame::of_request(headers, request);
    let mut people = known(provider, frame.lang);
    let hint = request.login_hint.as_deref();
    let hinted = people
        .iter()
        .position(|(person, _)| hint.is_some_and(|hint| person.has_address(hint)));
    let expected = hinted
        .map(|place| people.remove(place))
        .map(|(person, about)| Card::new(&person, &about));
    people.truncate(provider.samples().len() + SIGNED_UP_SHOWN);
    let current = provider
        .session(headers)
        .filter(|session| {
            expected
                .as_ref()
                .is_none_or(|card| card.subject != session.person.subject)
        })
        .map(|session| Card::new(&session.person, ""));
    let page = SignInPage {
        request: request.params.with("", None),
        client: pages::host_of(&request.back.redirect_uri),
        create_href: format!(
            "/authorize?{}",
            request.params.with("prompt", Some("create"))
        ),
        typed_first: typed.wrong || (hint.is_some() && expected.is_none()),
        email: if expected.is_some() && !typed.wrong {
            String::new()
        } else {
            typed.email.to_owned()
        },
        current,
        expected,
        people: people
            .iter()
            .map(|(person, about)| Card::new(person, about))
            .collect(),
        address_error: typed.wrong,
        unverified: typed.unverified,
        second_step: typed.second_step,
        second_step_wanted: request.wants_second_step,
        frame,
    };
    let status = if typed.wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    pages::respond(status, &page, Some(&request.back.redirect_uri))
}

/// Everybody introduced here with a line about them, sample people first.
fn known(provider: &Provider, lang: Lang) -> Vec<(Person, String)> {
    let samples = provider.samples().iter().map(|sample| {
        let about = match lang {
            Lang::En => &sample.about_en,
            Lang::De => &sample.about_de,
        };
        (Person::from(sample), about.clone())
    });
    let about = i18n::text(lang, "demo-provider-signed-up-here");
    let signed_up = provider.signed_up().into_iter();
    samples
        .chain(signed_up.map(|person| (person, about.to_string())))
        .collect()
}

/// `POST /sign-in`: a card, the address form, or "continue as".
pub(super) async fn post(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Params::read(&body);
    let request = match posted(&provider, &headers, &form) {
        Ok(request) => request,
        Err(refusal) => return provider.refuse(refusal, &headers),
    };
    let unverified = form.get("unverified").is_some();
    let second_step = form.get("second_step").is_some();
    let Some(mut person) = chosen(&provider, &headers, &form) else {
        let typed = Typed {
            email: form.get("email").unwrap_or_default(),
            wrong: true,
            unverified,
            second_step,
        };
        return render(&provider, &headers, &request, &typed);
    };
    if unverified {
        person.email_verified = false;
    }
    enter(&provider, &headers, &request, person, second_step)
}

/// `POST /cancel`: back to the client without anybody (RFC 6749 4.1.2.1).
pub(super) async fn cancel(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match posted(&provider, &headers, &Params::read(&body)) {
        Ok(request) => provider.send_back(
            &request.back,
            &[
                ("error", "access_denied"),
                ("error_description", "the person cancelled"),
            ],
        ),
        Err(refusal) => provider.refuse(refusal, &headers),
    }
}

/// The request behind a form of an own page.
pub(super) fn posted(
    provider: &Provider,
    headers: &HeaderMap,
    form: &Params,
) -> Result<Request, Refusal> {
    if !http::is_own_form(headers, provider.issuer_url()) {
        return Err(Refusal::Page(Problem::ForeignForm));
    }
    Request::read(provider, form.get("request").unwrap_or_default().as_bytes())
}

fn chosen(provider: &Provider, headers: &HeaderMap, form: &Params) -> Option<Person> {
    if form.get("current").is_some() {
        return provider.session(headers).map(|session| session.person);
    }
    if let Some(subject) = form.get("subject") {
        return provider.find(|person| person.subject == subject);
    }
    let email = EmailAddress::parse(form.get("email")?).ok()?;
    let known = provider.find(|person| person.has_address(email.shown()));
    Some(known.unwrap_or_else(|| Person::from_address(&email)))
}

/// Signs `person` in under a new session, in the place of the one before, and answers the request.
pub(super) fn enter(
    provider: &Provider,
    headers: &HeaderMap,
    request: &Request,
    person: Person,
    second_step: bool,
) -> Response {
    let key = provider.secret();
    let now = provider.now();
    let session = Session {
        sid: provider.secret(),
        person,
        auth_time: now,
        second_step,
    };
    let mut sessions = provider.store().sessions();
    if let Some(before) = provider.session_key(headers) {
        sessions.remove(before);
    }
    sessions.insert(key.clone(), session.clone(), now, SESSION_LIFE);
    drop(sessions);
    let mut response = provider.answer(request, session);
    provider.set_cookie(&mut response, &key);
    response
}
