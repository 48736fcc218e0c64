//! The token endpoint: a code becomes an access token and an id token (Core 3.1.3).

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::{
    Client, Misbehaviour, Provider, SLOW, http,
    http::Params,
    id_token,
    store::{Access, Code, Grant, TOKEN_LIFE},
};

/// Why a token request fails (RFC 6749 5.2), with a sentence for the person reading the client's log.
struct Failure(StatusCode, &'static str, &'static str);

impl Failure {
    const fn bad(error: &'static str, description: &'static str) -> Self {
        Self(StatusCode::BAD_REQUEST, error, description)
    }

    const fn client(description: &'static str) -> Self {
        Self(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }
}

/// `POST /token`
pub(super) async fn post(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    provider.count(|counters| counters.token += 1);
    if let Some(fault) = fault(&provider).await {
        return fault;
    }
    let redeemed = redeem(&provider, &headers, &body);
    let (client, grant, code) = match redeemed {
        Ok(redeemed) => redeemed,
        Err(failure) => return failed(&failure),
    };
    reply(&provider, client, &grant, &code)
        .await
        .unwrap_or_else(|error| http::broken(&format!("{error:#}")))
}

fn failed(failure: &Failure) -> Response {
    let mut response = http::oauth_error(failure.0, failure.1, failure.2);
    if failure.0 == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            axum::http::HeaderValue::from_static("Basic realm=\"demo identity provider\""),
        );
    }
    response
}

/// Faults that need no look at the request.
async fn fault(provider: &Provider) -> Option<Response> {
    match provider.how()? {
        Misbehaviour::TokenServerError => Some(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
        Misbehaviour::TokenInvalidGrant => {
            Some(failed(&Failure::bad("invalid_grant", "told to misbehave")))
        }
        Misbehaviour::TokenGarbage => Some(http::garbage()),
        Misbehaviour::TokenHuge => Some(huge()),
        Misbehaviour::TokenRedirects => Some(
            (
                StatusCode::TEMPORARY_REDIRECT,
                [(header::LOCATION, "https://another-host.invalid/token")],
            )
                .into_response(),
        ),
        Misbehaviour::TokenSlow => {
            tokio::time::sleep(SLOW).await;
            None
        }
        _ => None,
    }
}

/// 64 MiB, one MiB at a time, so that it costs the client and not this process.
fn huge() -> Response {
    let mebibyte = Bytes::from(vec![b'a'; 1024 * 1024]);
    let start = stream::once(async { Bytes::from_static(b"{\"access_token\":\"") });
    let padding = stream::iter(std::iter::repeat_n(mebibyte, 64));
    let body = start.chain(padding).map(Ok::<_, std::convert::Infallible>);
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, Body::from_stream(body)).into_response()
}

/// Checks the client and takes the code, which is gone after that however the checks end.
fn redeem<'a>(
    provider: &'a Provider,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(&'a Client, Grant, String), Failure> {
    if !is_form(headers) {
        return Err(Failure::bad("invalid_request", "send a form"));
    }
    let params = Params::read(body);
    if params.any_repeated() {
        return Err(Failure::bad(
            "invalid_request",
            "a parameter is there twice",
        ));
    }
    let client = authenticated(provider, headers, &params)?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        None => return Err(Failure::bad("invalid_request", "grant_type is missing")),
        Some(_) => {
            return Err(Failure::bad(
                "unsupported_grant_type",
                "only authorization_code is offered",
            ));
        }
    }
    let missing = || Failure::bad("invalid_request", "code is missing");
    let code = params.take("code").ok_or_else(missing)?;
    let grant = taken(provider, client, &code)?;
    if params.get("redirect_uri") != Some(grant.redirect_uri.as_str()) {
        return Err(Failure::bad("invalid_grant", "another redirect_uri"));
    }
    if !proves(params.get("code_verifier"), &grant.code_challenge) {
        return Err(Failure::bad(
            "invalid_grant",
            "the code_verifier does not fit",
        ));
    }
    Ok((client, grant, code))
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

/// Takes the code out of use. A second use ends the access token of the first (RFC 6749 4.1.2).
fn taken(provider: &Provider, client: &Client, code: &str) -> Result<Grant, Failure> {
    let mut codes = provider.store().codes();
    match codes.get(code, provider.now()) {
        Some(Code::Unused(grant)) if grant.client_id == client.client_id => {
            codes.replace(code, Code::Used { access_token: None });
            Ok(*grant)
        }
        Some(Code::Used { access_token }) => {
            if let Some(token) = access_token {
                provider.store().tokens().remove(&token);
            }
            Err(Failure::bad("invalid_grant", "the code was used before"))
        }
        // A code in a stranger's hands stays whole for its owner.
        Some(Code::Unused(_)) | None => Err(Failure::bad(
            "invalid_grant",
            "no such code, or it is too old",
        )),
    }
}

/// PKCE (RFC 7636 4.6): the challenge is the hash of the verifier.
fn proves(verifier: Option<&str>, challenge: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    verifier
        .filter(|verifier| (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved))
        .is_some_and(|verifier| {
            let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            bool::from(hash.as_bytes().ct_eq(challenge.as_bytes()))
        })
}

/// The client by `client_secret_basic` or `client_secret_post`, not both (RFC 6749 2.3).
fn authenticated<'a>(
    provider: &'a Provider,
    headers: &HeaderMap,
    params: &Params,
) -> Result<&'a Client, Failure> {
    let basic = headers.get(header::AUTHORIZATION);
    if basic.is_some() && params.get("client_secret").is_some() {
        return Err(Failure::bad(
            "invalid_request",
            "two ways to name the client",
        ));
    }
    let named = match basic {
        Some(value) => value.to_str().ok().and_then(basic_credentials),
        None => params.take("client_id").zip(params.take("client_secret")),
    };
    let (id, secret) = named.ok_or(Failure::client("the client did not say who it is"))?;
    if params.get("client_id").is_some_and(|other| other != id) {
        return Err(Failure::bad("invalid_request", "two different client_id"));
    }
    provider
        .client(&id)
        .filter(|client| bool::from(client.client_secret.as_bytes().ct_eq(secret.as_bytes())))
        .ok_or(Failure::client("unknown client or wrong secret"))
}

/// Both halves are form-encoded before they are joined (RFC 6749 2.3.1).
fn basic_credentials(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    let joined = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let joined = String::from_utf8(joined).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let plain = |half: &str| {
        let pair = format!("x={half}");
        url::form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    scheme
        .eq_ignore_ascii_case("basic")
        .then(|| plain(id).zip(plain(secret)))
        .flatten()
}

async fn reply(
    provider: &Provider,
    client: &Client,
    grant: &Grant,
    code: &str,
) -> anyhow::Result<Response> {
    let how = provider.how();
    if how == Some(Misbehaviour::KeysRotatedBeforeSigning) {
        let turning = provider.clone();
        tokio::task::spawn_blocking(move || turning.rotate_keys()).await?;
    }
    let Some(key) = provider.keys().current().await else {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    };
    let access_token = provider.secret();
    let token = id_token::make(
        &id_token::Facts {
            issuer: provider.issuer(),
            client,
            grant,
            access_token: &access_token,
            now: provider.now(),
            how,
            lean: provider.is_lean(),
        },
        &key,
    )?;
    let access = Access {
        sid: grant.session.sid.clone(),
        person: grant.session.person.clone(),
        scope: grant.scope,
    };
    let store = provider.store();
    store
        .tokens()
        .insert(access_token.clone(), access, provider.now(), TOKEN_LIFE);
    let used = Code::Used {
        access_token: Some(access_token.clone()),
    };
    store.codes().replace(code, used);
    let body = body(&access_token, &token, grant, how);
    Ok(([(header::PRAGMA, "no-cache")], Json(body)).into_response())
}

fn body(access_token: &str, id_token: &str, grant: &Grant, how: Option<Misbehaviour>) -> Value {
    let mut body = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE,
        "scope": grant.scope.text(),
        "id_token": id_token,
    });
    if let Some(members) = body.as_object_mut() {
        match how {
            Some(Misbehaviour::IdTokenMissing) => drop(members.remove("id_token")),
            Some(Misbehaviour::ExpiresInMissing) => drop(members.remove("expires_in")),
            Some(Misbehaviour::TokenTypeOddCase) => {
                members.insert("token_type".to_owned(), "BEARER".into());
            }
            _ => {}
        }
    }
    body
}
