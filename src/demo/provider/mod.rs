//! The demo identity provider: an OpenID provider that lets anybody in as anybody.
//!
//! It speaks the real protocol over HTTP on a port of its own, so that the portal signs people in
//! exactly as it would with a company's provider: discovery, authorization code flow with PKCE,
//! RS256 keys, UserInfo, RP-initiated logout. It has no passwords and is therefore of no use as a
//! provider for anything but trying things out and testing; [`Misbehaviour`] makes it wrong on
//! purpose. It shares nothing with the portal's own sign-in code, which would otherwise be tested
//! against its own misunderstandings.
//!
//! Start reading at [`Provider::router`]; `authorize` is the heart.

mod authorize;
mod back_channel;
mod discovery;
mod http;
mod id_token;
mod keys;
mod logout;
mod misbehave;
mod options;
mod pages;
mod person;
mod request;
mod sign_in;
mod sign_up;
mod state_file;
mod store;
#[cfg(test)]
mod tests;
mod token;
mod userinfo;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderMap, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::{get, post},
};
use tower_http::timeout::TimeoutLayer;
use url::Url;

pub use misbehave::{Expected, Misbehaviour};
pub use options::{Client, ProviderOptions, SamplePerson};

use crate::kernel::{Clock, LinkSecret, Random};

use keys::{KeyRing, SigningKey, Source};
use person::Person;
use state_file::StateFile;
use store::{Session, Store};

/// The `acr` of a sign-in by one click.
pub const ACR_SINGLE_STEP: &str = "urn:vestibule:demo:acr:1";
/// The `acr` of a sign-in with the box "second step" ticked; ask for it by `acr_values`.
pub const ACR_SECOND_STEP: &str = "urn:vestibule:demo:acr:2";

/// How long the token endpoint takes under [`Misbehaviour::TokenSlow`].
pub const SLOW: Duration = Duration::from_secs(20);

/// Bytes of a request body at most.
const BODY_AT_MOST: usize = 32 * 1024;
/// An answer takes no longer than this.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// People who can sign up at most.
const PEOPLE_AT_MOST: usize = 1_000;

/// How often each endpoint was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub discovery: u64,
    pub jwks: u64,
    pub authorize: u64,
    pub token: u64,
    pub userinfo: u64,
}

/// The running provider; clones are the same one.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    issuer: Url,
    published_issuer: String,
    clients: Vec<Client>,
    people: Vec<SamplePerson>,
    keys: KeyRing,
    state_file: StateFile,
    store: Store,
    clock: Clock,
    random: Random,
    how: Mutex<Option<Misbehaviour>>,
    lean: AtomicBool,
    counters: Mutex<Counters>,
}

impl Provider {
    /// Sets the provider up. A missing key is made in the background: pages answer at once, the
    /// key set and the token endpoint wait for it.
    ///
    /// # Errors
    /// When the issuer or an address of a client is no plain http(s) URL, or the state file is
    /// there and cannot be read.
    pub fn new(options: ProviderOptions) -> anyhow::Result<Self> {
        Self::with_clock(options, Clock::System)
    }

    /// As [`Provider::new`], by a given clock (tests).
    ///
    /// # Errors
    /// As there.
    pub fn with_clock(options: ProviderOptions, clock: Clock) -> anyhow::Result<Self> {
        let published_issuer = options.checked_issuer()?;
        let state_file = StateFile::open(options.state_file)?;
        let saved = state_file.read().key.clone();
        let key = saved.as_ref().map(SigningKey::load).transpose()?;
        let missing = key.is_none();
        let source = if state_file.persists() {
            Source::Fresh
        } else {
            Source::Shared
        };
        let provider = Self(Arc::new(Inner {
            issuer: options.issuer,
            published_issuer,
            clients: options.clients,
            people: options.people,
            keys: KeyRing::new(source, key),
            state_file,
            store: Store::default(),
            clock,
            random: Random::System,
            how: Mutex::default(),
            lean: AtomicBool::new(false),
            counters: Mutex::default(),
        }));
        if missing {
            let maker = provider.clone();
            std::thread::Builder::new()
                .name("demo-provider-key".to_owned())
                .spawn(move || maker.rotate_keys())?;
        }
        Ok(provider)
    }

    /// Every URL of the provider.
    pub fn router(&self) -> Router {
        let referrer_policy = pages::referrer_policy(&self.0.issuer);
        let finish =
            move |response: Response| async move { http::guard(response, referrer_policy) };
        Router::new()
            .route("/", get(pages::home))
            .route(
                "/.well-known/openid-configuration",
                get(discovery::configuration),
            )
            .route("/jwks", get(discovery::jwks))
            .route("/authorize", get(authorize::get).post(authorize::post))
            .route("/sign-in", post(sign_in::post))
            .route("/sign-up", post(sign_up::post))
            .route("/cancel", post(sign_in::cancel))
            .route("/token", post(token::post))
            .route("/userinfo", get(userinfo::answer).post(userinfo::answer))
            .route("/end_session", get(logout::get).post(logout::post))
            .route("/sign-out", post(logout::confirmed))
            .route("/provider.css", get(pages::style_sheet))
            .route("/provider.svg", get(pages::icon))
            .fallback(pages::not_found)
            .method_not_allowed_fallback(pages::method_not_allowed)
            .layer(DefaultBodyLimit::max(BODY_AT_MOST))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::SERVICE_UNAVAILABLE,
                ANSWER_WITHIN,
            ))
            .layer(map_response(finish))
            .with_state(self.clone())
    }

    /// Makes the provider wrong in one way from now on, or right again with `None`.
    pub fn misbehave(&self, how: Option<Misbehaviour>) {
        *self.0.how.lock().unwrap_or_else(PoisonError::into_inner) = how;
    }

    /// Keeps the claims about a person out of id tokens, as many providers do: they are to be had
    /// at the UserInfo endpoint only (Core 5.4).
    pub fn keep_claims_for_userinfo(&self, yes: bool) {
        self.0.lean.store(yes, Ordering::Relaxed);
    }

    fn is_lean(&self) -> bool {
        self.0.lean.load(Ordering::Relaxed)
    }

    /// Replaces the signing key; the old one leaves the key set at once. Making a key can take a
    /// second of processor time in the calling thread. When it cannot be made or kept, the log
    /// says so and the old key stays.
    pub fn rotate_keys(&self) {
        let outcome = self.0.keys.rotate(|key| {
            if self.0.state_file.persists() {
                let saved = key.save()?;
                self.0.state_file.change(|state| state.key = Some(saved))?;
            }
            Ok(())
        });
        if let Err(error) = outcome {
            tracing::error!(
                error = format!("{error:#}"),
                "no new signing key for the demo identity provider"
            );
        }
    }

    /// How often each endpoint was asked since the start.
    pub fn counters(&self) -> Counters {
        *self
            .0
            .counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, add: impl FnOnce(&mut Counters)) {
        add(&mut self
            .0
            .counters
            .lock()
            .unwrap_or_else(PoisonError::into_inner));
    }

    fn how(&self) -> Option<Misbehaviour> {
        *self.0.how.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, how: Misbehaviour) -> bool {
        self.how() == Some(how)
    }

    fn issuer(&self) -> &str {
        &self.0.published_issuer
    }

    fn issuer_url(&self) -> &Url {
        &self.0.issuer
    }

    fn client(&self, id: &str) -> Option<&Client> {
        self.0.clients.iter().find(|client| client.client_id == id)
    }

    fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    fn store(&self) -> &Store {
        &self.0.store
    }

    /// Seconds since 1970, as JSON Web Tokens count.
    fn now(&self) -> i64 {
        self.0.clock.now().as_seconds()
    }

    /// 256 random bits in base64url: codes, tokens, session ids, subjects.
    fn secret(&self) -> String {
        LinkSecret::new(&self.0.random).expose().to_owned()
    }
}

/// People and their sessions.
impl Provider {
    fn samples(&self) -> &[SamplePerson] {
        &self.0.people
    }

    /// Somebody introduced here: a sample person or one who signed up.
    fn find(&self, fits: impl Fn(&Person) -> bool) -> Option<Person> {
        let sample = self.samples().iter().map(Person::from).find(|p| fits(p));
        sample.or_else(|| {
            self.0
                .state_file
                .read()
                .people
                .iter()
                .find(|p| fits(p))
                .cloned()
        })
    }

    /// Those who signed up, the latest first.
    fn signed_up(&self) -> Vec<Person> {
        self.0
            .state_file
            .read()
            .people
            .iter()
            .rev()
            .cloned()
            .collect()
    }

    /// Keeps somebody who signs up.
    ///
    /// # Errors
    /// When the state file cannot be written. The inner result is `false` when there is no room.
    fn keep(&self, person: Person) -> anyhow::Result<bool> {
        self.0.state_file.change(|saved| {
            let room = saved.people.len() < PEOPLE_AT_MOST;
            if room {
                saved.people.push(person);
            }
            room
        })
    }

    /// `__Host-` where the scheme allows; the plain name is needed on http (and, as cookies know no
    /// ports, has to differ from those of the portal).
    fn cookie_name(&self) -> &'static str {
        if self.0.issuer.scheme() == "https" {
            "__Host-vestibule_demo_provider"
        } else {
            "vestibule_demo_provider"
        }
    }

    fn session_key<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        http::cookie(headers, self.cookie_name())
    }

    /// Who is signed in here in this browser.
    fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let key = self.session_key(headers)?;
        self.store().sessions().get(key, self.now())
    }

    /// The `Set-Cookie` header for `key`; an empty one takes the cookie away.
    fn set_cookie(&self, response: &mut Response, key: &str) {
        let name = self.cookie_name();
        let secure = if name.starts_with("__Host-") {
            "; Secure"
        } else {
            ""
        };
        let end = if key.is_empty() { "; Max-Age=0" } else { "" };
        let cookie = format!("{name}={key}; Path=/; HttpOnly; SameSite=Lax{secure}{end}");
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}
