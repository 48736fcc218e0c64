//! Signing out: here first, then at the provider (RP-Initiated Logout 1.0).

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tower_sessions::Session;

use crate::{
    access::{
        session_store,
        sessions::{self, EndedSession},
    },
    app::AppState,
    kernel::{Actor, Cx, LinkSecret},
    people::PendingIdentity,
    web::{Query, Refusal, Shell, Visit, cookies, page, see_other, urls},
};

/// Keeps the `state` of a logout on its way through the provider.
const COOKIE: &str = "sign-out";
const COOKIE_SECONDS: u32 = 600;
/// What the browser forgets: cached pages and whatever scripts kept. Not `cookies`, which would
/// reach the other sites of the company's domain.
const FORGET: &str = "\"cache\", \"storage\"";

/// The place that a sealed ID token is bound to.
#[must_use]
pub(super) fn id_token_place(issuer: &str, subject: &str) -> String {
    format!("{issuer} {subject}")
}

#[derive(Template)]
#[template(path = "sign_in/sign_out.html")]
struct SignOutPage {
    shell: Shell,
}

/// `GET /sign-out`: changes nothing; a person who typed the address gets the button.
pub async fn ask(visit: Visit) -> Response {
    let shell = visit.shell("sign-in-out-title");
    page(StatusCode::OK, &SignOutPage { shell })
}

/// `POST /sign-out`
pub async fn sign_out(visit: Visit, session: Session) -> Result<Response, Refusal> {
    let portal = &visit.state.settings.portal;
    let ended = end_here(&visit, &session).await?;
    let state = LinkSecret::new(visit.cx.random()).expose().to_owned();
    let elsewhere = ended.and_then(|ended| at_provider(&visit.state, &visit.cx, &ended, &state));
    let mut response = see_other(elsewhere.as_deref().unwrap_or(urls::SignedOut::PATH));
    let headers = response.headers_mut();
    headers.insert("clear-site-data", HeaderValue::from_static(FORGET));
    headers.append(header::SET_COOKIE, PendingIdentity::forget(portal));
    if elsewhere.is_some()
        && let Ok(sealed) =
            visit
                .cx
                .keys()
                .seal(visit.cx.random(), "cookie", COOKIE, state.as_bytes())
    {
        let cookie = cookies::set(portal, COOKIE, &sealed, COOKIE_SECONDS);
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Ends the session row and the cookie; `None` when nobody was signed in.
async fn end_here(visit: &Visit, session: &Session) -> Result<Option<EndedSession>, Refusal> {
    let gate = session_store::current(session).await?;
    let Some(gate) = gate else { return Ok(None) };
    let cx = visit.cx.acting_as(Actor::Person {
        person_id: gate.person_id.clone(),
    });
    let ended = visit.state.db.write(move |tx| {
        Box::pin(async move {
            sessions::end(tx, &cx, &gate.person_id, &gate.session_id, "sign_out").await
        })
    });
    let ended = ended.await?;
    session.flush().await.map_err(|error| {
        tracing::error!(%error, "a session could not be ended");
        Refusal::Busy
    })?;
    Ok(ended)
}

/// The provider's logout, when it has one that is known.
fn at_provider(state: &AppState, cx: &Cx, ended: &EndedSession, back: &str) -> Option<String> {
    let provider = state.providers.find(&ended.provider)?;
    let known = provider.last_known()?;
    let mut url = known.metadata.end_session_endpoint.clone()?;
    let portal = &state.settings.portal;
    let place = id_token_place(&ended.issuer, &ended.subject);
    let token = cx.keys().open("id-token", &place, &ended.id_token_sealed);
    let hint = token.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let mut query = url.query_pairs_mut();
    if let Some(hint) = &hint {
        query.append_pair("id_token_hint", hint);
    }
    query
        .append_pair("client_id", &provider.settings.client_id)
        .append_pair(
            "post_logout_redirect_uri",
            &format!("{}{}", portal.origin(), urls::SignedOut),
        )
        .append_pair("state", back);
    drop(query);
    Some(url.into())
}

/// The query with which a provider sends people back.
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    state: String,
}

#[derive(Template)]
#[template(path = "sign_in/signed_out.html")]
struct SignedOutPage {
    shell: Shell,
    /// Whether the provider has confirmed its own logout.
    everywhere: bool,
    /// Whether somebody is signed in all the same.
    still_here: bool,
}

/// `GET /signed-out`: the end of a logout when `state` is the one we sent; otherwise a visit like
/// any other.
pub async fn signed_out(
    visit: Visit,
    session: Session,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    let portal = &visit.state.settings.portal;
    let sent = cookies::read(&headers, portal, COOKIE)
        .and_then(|sealed| visit.cx.keys().open("cookie", COOKIE, &sealed).ok());
    let is_answer = sent
        .as_ref()
        .is_some_and(|sent| bool::from(sent.ct_eq(back.state.as_bytes())));
    let still_here = matches!(session_store::current(&session).await, Ok(Some(_)));
    let title = if still_here {
        "sign-in-still-here-title"
    } else {
        "sign-in-signed-out-title"
    };
    let signed_out = SignedOutPage {
        shell: visit.shell(title),
        everywhere: is_answer && !still_here,
        still_here,
    };
    let mut response = page(StatusCode::OK, &signed_out);
    if is_answer {
        let clear = cookies::clear(portal, COOKIE);
        response.headers_mut().append(header::SET_COOKIE, clear);
    }
    response
}
