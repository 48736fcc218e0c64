//! The whole provider, asked over its router as a browser and a relying party would.
//!
//! openidconnect plays the relying party; its HTTP client is the router itself.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreJsonWebKeySet, CoreProviderMetadata,
        CoreTokenResponse, CoreUserInfoClaims,
    },
};
use serde_json::Value;
use std::{collections::HashMap, time::Duration};
use tower::ServiceExt as _;
use url::Url;

mod flow;
mod misbehaviours;
mod refusals;

use super::*;
const CALLBACK: &str = "http://localhost:8080/sign-in/callback/demo?kept=1";

const GOODBYE: &str = "http://localhost:8080/";

const SECRET: &str = "a secret & with % odd: characters";

type Rp = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

fn options() -> ProviderOptions {
    let client = |id: &str| Client {
        client_id: id.to_owned(),
        client_secret: SECRET.to_owned(),
        redirect_uris: vec![CALLBACK.to_owned()],
        post_logout_redirect_uris: vec![GOODBYE.to_owned()],
        backchannel_logout_uri: None,
    };
    let person = |given: &str, verified: bool| SamplePerson {
        subject: format!("sample-{}", given.to_lowercase()),
        email: format!("{}@example.com", given.to_lowercase()),
        email_verified: verified,
        given_name: given.to_owned(),
        family_name: "Berg".to_owned(),
        about_en: format!("{given} <runs> things"),
        about_de: format!("{given} leitet etwas"),
    };
    ProviderOptions {
        issuer: Url::parse("http://localhost:8081").unwrap(),
        clients: vec![client("portal"), client("other")],
        people: vec![person("Anna", true), person("Bo", false)],
        state_file: None,
    }
}

fn provider() -> Provider {
    // The library reads the machine's clock, so this one starts with it.
    let clock = Clock::manual(Clock::System.now());
    Provider::with_clock(options(), clock).unwrap()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        Url::parse(self.headers[header::LOCATION].to_str().unwrap()).unwrap()
    }

    fn returned(&self) -> HashMap<String, String> {
        self.location().query_pairs().into_owned().collect()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1024 * 1024).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.into()).unwrap(),
    }
}

/// A browser with one cookie jar.
struct Browser {
    router: Router,
    cookie: Option<String>,
}

impl Browser {
    fn new(provider: &Provider) -> Self {
        Self {
            router: provider.router(),
            cookie: None,
        }
    }

    async fn ask(&mut self, method: Method, target: &str, form: Option<&[(&str, &str)]>) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let body = form.map_or_else(Body::empty, |fields| {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            Body::from(form.extend_pairs(fields).finish())
        });
        let request = request
            .header("sec-fetch-site", "same-origin")
            .body(body)
            .unwrap();
        let answer = send(&self.router, request).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            self.cookie = Some(pair.to_owned()).filter(|pair| !pair.ends_with('='));
        }
        answer
    }

    async fn get(&mut self, target: &str) -> Answer {
        self.ask(Method::GET, target, None).await
    }

    async fn post(&mut self, target: &str, form: &[(&str, &str)]) -> Answer {
        self.ask(Method::POST, target, Some(form)).await
    }

    /// Presses a button of the sign-in page shown for `url`.
    async fn pick(&mut self, url: &Url, field: (&str, &str)) -> Answer {
        let page = self.get(&path(url)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let request = url.query().unwrap();
        self.post("/sign-in", &[("request", request), field]).await
    }
}

fn path(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

/// The relying party's HTTP client: the router, and at most 1 MiB of an answer.
fn http(
    router: &Router,
) -> impl Fn(
    HttpRequest,
) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, std::io::Error>> + Send>>
+ use<> {
    let router = router.clone();
    move |request| {
        let router = router.clone();
        Box::pin(async move {
            let answer = router.oneshot(request.map(Body::from)).await.unwrap();
            let (parts, body) = answer.into_parts();
            let body = axum::body::to_bytes(body, 1024 * 1024)
                .await
                .map_err(std::io::Error::other)?;
            Ok(HttpResponse::from_parts(parts, body.into()))
        })
    }
}

async fn discover(provider: &Provider) -> Result<CoreProviderMetadata, String> {
    let issuer = IssuerUrl::new("http://localhost:8081".to_owned()).unwrap();
    CoreProviderMetadata::discover_async(issuer, &http(&provider.router()))
        .await
        .map_err(|error| error.to_string())
}

fn rp(metadata: CoreProviderMetadata) -> Rp {
    CoreClient::from_provider_metadata(
        metadata,
        ClientId::new("portal".to_owned()),
        Some(ClientSecret::new(SECRET.to_owned())),
    )
    .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
}

/// One sign-in under way.
struct Attempt {
    url: Url,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

fn attempt(rp: &Rp, more: &[(&str, &str)]) -> Attempt {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = rp
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("profile".to_owned()))
        .set_pkce_challenge(challenge);
    for (name, value) in more {
        request = request.add_extra_param(*name, *value);
    }
    let (url, state, nonce) = request.url();
    Attempt {
        url,
        state,
        nonce,
        verifier,
    }
}

async fn exchange(
    provider: &Provider,
    rp: &Rp,
    code: &str,
    verifier: PkceCodeVerifier,
) -> Result<CoreTokenResponse, String> {
    rp.exchange_code(AuthorizationCode::new(code.to_owned()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&http(&provider.router()))
        .await
        .map_err(|error| error.to_string())
}
