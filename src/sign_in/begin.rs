//! Sending somebody to a provider.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LanguageTag, LoginHint, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, Scope,
    core::{CoreAuthPrompt, CoreAuthenticationFlow},
};

use super::{
    attempt::Attempt,
    client,
    link::{How, Link},
    providers::{Known, Provider},
    trouble::Trouble,
};
use crate::{
    app::AppState,
    kernel::EmailAddress,
    web::{Refusal, Visit, see_other},
};

/// What somebody wants from a sign-in.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Where to go afterwards, and how to sign in.
    pub link: Link,
    /// The address that is expected, as a hint for the provider.
    pub email: Option<EmailAddress>,
}

/// The provider that a sign-in can go to without asking: the only one, or the home of the address.
pub(super) fn obvious<'s>(
    state: &'s AppState,
    email: Option<&EmailAddress>,
) -> Option<&'s std::sync::Arc<Provider>> {
    let providers = &state.providers;
    match providers.all() {
        [only] => Some(only),
        _ => providers.home_of(email?.domain()),
    }
}

/// Begins a sign-in from another page's button, like the acceptance of an invitation: straight to
/// the provider when it is clear which, otherwise to the page that asks.
pub async fn begin(visit: &Visit, headers: &HeaderMap, wish: &Wish) -> Response {
    match obvious(&visit.state, wish.email.as_ref()) {
        Some(provider) => begin_with(visit, headers, provider, wish).await,
        None => see_other(&wish.link.to_string()),
    }
}

/// Sends the browser to `provider`, with the attempt in a cookie.
pub(super) async fn begin_with(
    visit: &Visit,
    headers: &HeaderMap,
    provider: &Provider,
    wish: &Wish,
) -> Response {
    let Ok(known) = visit.state.providers.known(provider).await else {
        return Trouble::Unreachable
            .page(visit, provider, wish.link.return_to())
            .into_response();
    };
    let portal = &visit.state.settings.portal;
    let attempt = Attempt::new(&visit.cx, &provider.settings.key, wish.link.return_to());
    let address = address(visit, provider, &known, &attempt, wish);
    let (Some(location), Some(cookie)) = (address, attempt.cookie(portal, &visit.cx)) else {
        return Refusal::Defect.into_response();
    };
    let mut response = (
        axum::http::StatusCode::SEE_OTHER,
        [(header::LOCATION, location)],
    )
        .into_response();
    let room = Attempt::make_room(headers, portal, &visit.cx);
    for cookie in room.into_iter().chain([cookie]) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The authorization request (OpenID Connect Core 3.1.2.1) with PKCE S256, state and nonce.
fn address(
    visit: &Visit,
    provider: &Provider,
    known: &Known,
    attempt: &Attempt,
    wish: &Wish,
) -> Option<HeaderValue> {
    let settings = &provider.settings;
    let rp = client::rp(&visit.state.settings.portal, provider, known).ok()?;
    let verifier = PkceCodeVerifier::new(attempt.pkce_verifier.clone());
    let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
    let mut request = rp
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new(state),
            || Nonce::new(nonce),
        )
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .add_ui_locale(LanguageTag::new(visit.lang.as_str().to_owned()));
    for scope in settings.scopes.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    if let Some(email) = &wish.email {
        request = request.set_login_hint(LoginHint::new(email.shown().to_owned()));
    }
    if let Some(acr) = &settings.required_acr {
        request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
    }
    if let Some(prompt) = prompt(provider, known, wish.link.how()) {
        request = request.add_prompt(prompt);
    }
    let (url, _, _) = request.url();
    HeaderValue::from_str(url.as_str()).ok()
}

/// What the provider is asked to show, beyond its usual way.
fn prompt(provider: &Provider, known: &Known, how: How) -> Option<CoreAuthPrompt> {
    match how {
        How::Usual => None,
        How::Create => provider
            .offers_create(known)
            .then(|| CoreAuthPrompt::Extension("create".to_owned())),
        How::OtherAccount if known.metadata.knows_prompt("select_account") => {
            Some(CoreAuthPrompt::SelectAccount)
        }
        How::OtherAccount => Some(CoreAuthPrompt::Login),
    }
}
