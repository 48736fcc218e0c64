//! RP-initiated logout (RP-Initiated Logout 1.0).

use askama::Template;
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use url::Url;

use super::{
    Provider, http,
    http::Params,
    id_token::OwnToken,
    pages::{self, Frame, Problem},
};

#[derive(Template)]
#[template(path = "demo/provider/sign_out.html")]
struct SignOutPage {
    frame: Frame,
    request: String,
    /// Who is signed in.
    name: String,
}

#[derive(Template)]
#[template(path = "demo/provider/signed_out.html")]
struct SignedOutPage {
    frame: Frame,
}

/// A request to sign out, checked.
struct SignOut {
    token: Option<OwnToken>,
    target: Option<Url>,
    params: Params,
}

/// `GET /end_session`
pub(super) async fn get(
    State(provider): State<Provider>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    asked(&provider, &headers, query.unwrap_or_default().as_bytes())
}

/// `POST /end_session`
pub(super) async fn post(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asked(&provider, &headers, &body)
}

/// A hint for the person signed in here is their will; otherwise they are asked (section 2).
fn asked(provider: &Provider, headers: &HeaderMap, query: &[u8]) -> Response {
    let request = match read(provider, query) {
        Ok(request) => request,
        Err(problem) => return pages::problem(provider, headers, problem),
    };
    let session = provider.session(headers);
    match (&request.token, &session) {
        (Some(token), Some(session)) if token.subject != session.person.subject => {
            ask(headers, &request, session.person.name())
        }
        (None, Some(session)) => ask(headers, &request, session.person.name()),
        _ => end(provider, headers, &request),
    }
}

/// `POST /sign-out`: the person said yes.
pub(super) async fn confirmed(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !http::is_own_form(&headers, provider.issuer_url()) {
        return pages::problem(&provider, &headers, Problem::ForeignForm);
    }
    let form = Params::read(&body);
    let query = form.get("request").unwrap_or_default();
    match read(&provider, query.as_bytes()) {
        Ok(request) => end(&provider, &headers, &request),
        Err(problem) => pages::problem(&provider, &headers, problem),
    }
}

fn read(provider: &Provider, query: &[u8]) -> Result<SignOut, Problem> {
    let params = Params::read(query);
    let token = params
        .get("id_token_hint")
        .and_then(|hint| provider.own_token(hint));
    let named = params.get("client_id");
    let hinted = token.as_ref().map(|token| token.client_id.as_str());
    if named
        .zip(hinted)
        .is_some_and(|(named, hinted)| named != hinted)
    {
        return Err(Problem::UnknownClient);
    }
    let client = named.or(hinted).and_then(|id| provider.client(id));
    let target = match params.get("post_logout_redirect_uri") {
        None => None,
        Some(asked) => {
            let known = client
                .filter(|_| !params.any_repeated())
                .filter(|client| {
                    client
                        .post_logout_redirect_uris
                        .iter()
                        .any(|uri| uri == asked)
                })
                .and_then(|_| Url::parse(asked).ok());
            Some(known.ok_or(Problem::UnknownPostLogout)?)
        }
    };
    Ok(SignOut {
        token,
        target,
        params,
    })
}

fn ask(headers: &HeaderMap, request: &SignOut, name: String) -> Response {
    let page = SignOutPage {
        frame: Frame::of(headers, &request.params),
        request: request.params.with("", None),
        name,
    };
    let target = request.target.as_ref().map(Url::as_str);
    pages::respond(StatusCode::OK, &page, target)
}

fn end(provider: &Provider, headers: &HeaderMap, request: &SignOut) -> Response {
    let key = provider.session_key(headers);
    let sid = request.token.as_ref().map(|token| token.sid.as_str());
    let ended = provider
        .store()
        .end_sessions(|found, session| Some(found) == key || Some(session.sid.as_str()) == sid);
    provider.tell_of(ended);
    let mut response = match &request.target {
        Some(target) => {
            let mut target = target.clone();
            if let Some(state) = request.params.get("state") {
                target.query_pairs_mut().append_pair("state", state);
            }
            http::see_other(target.as_str())
        }
        None => {
            let frame = Frame::of(headers, &request.params);
            pages::respond(StatusCode::OK, &SignedOutPage { frame }, None)
        }
    };
    provider.set_cookie(&mut response, "");
    response
}
