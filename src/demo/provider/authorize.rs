//! The authorization endpoint: reading the request, deciding, answering (Core 3.1.2).

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use url::Url;

use super::{
    Misbehaviour, Provider, http, pages,
    request::{Back, Prompt, Refusal, Request},
    sign_in, sign_up,
    store::{CODE_LIFE, Code, Session},
};

/// `GET /authorize`
pub(super) async fn get(
    State(provider): State<Provider>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    provider.count(|counters| counters.authorize += 1);
    let request = match Request::read(&provider, query.unwrap_or_default().as_bytes()) {
        Ok(request) => request,
        Err(refusal) => return provider.refuse(refusal, &headers),
    };
    let session = provider.session(&headers);
    let usable = session.filter(|session| request.is_met_by(session, provider.now()));
    match (request.prompt(), usable) {
        (Prompt::None | Prompt::Default, Some(session)) => provider.answer(&request, session),
        (Prompt::None, None) => provider.send_back(
            &request.back,
            &[
                ("error", "login_required"),
                ("error_description", "nobody fitting is signed in here"),
            ],
        ),
        (Prompt::Create, _) => sign_up::page(&provider, &headers, &request),
        (Prompt::Default | Prompt::Page, _) => sign_in::page(&provider, &headers, &request),
    }
}

/// `POST /authorize`, which Core 3.1.2.1 asks for: goes on as the GET it could have been.
pub(super) async fn post(body: Bytes) -> Response {
    http::see_other(&format!("/authorize?{}", String::from_utf8_lossy(&body)))
}

impl Provider {
    /// Gives out a code for `session` and sends the browser back with it.
    pub(super) fn answer(&self, request: &Request, session: Session) -> Response {
        let code = self.secret();
        let entry = Code::Unused(Box::new(request.grant(session)));
        self.store()
            .codes()
            .insert(code.clone(), entry, self.now(), CODE_LIFE);
        if self.is(Misbehaviour::CodeMissing) {
            return self.send_back(&request.back, &[]);
        }
        self.send_back(&request.back, &[("code", &code)])
    }

    /// The authorization response: `answer` with `state` and `iss` (RFC 6749 4.1.2, RFC 9207 2).
    pub(super) fn send_back(&self, back: &Back, answer: &[(&str, &str)]) -> Response {
        let Ok(mut target) = Url::parse(&back.redirect_uri) else {
            return http::broken(&"a registered redirect_uri is no URL");
        };
        let how = self.how();
        {
            let mut query = target.query_pairs_mut();
            query.extend_pairs(answer);
            match (how, &back.state) {
                (Some(Misbehaviour::StateMissing), _) => {}
                (Some(Misbehaviour::StateWrong), _) => {
                    query.append_pair("state", "a-state-of-somebody-else");
                }
                (_, Some(state)) => {
                    query.append_pair("state", state);
                }
                (_, None) => {}
            }
            match how {
                Some(Misbehaviour::ResponseIssuerMissing) => {}
                Some(Misbehaviour::ResponseIssuerWrong) => {
                    query.append_pair("iss", "https://another-issuer.invalid");
                }
                _ => {
                    query.append_pair("iss", self.issuer());
                }
            }
        }
        http::see_other(target.as_str())
    }

    pub(super) fn refuse(&self, refusal: Refusal, headers: &HeaderMap) -> Response {
        match refusal {
            Refusal::Page(problem) => pages::problem(self, headers, problem),
            Refusal::Back(back, (error, description)) => self.send_back(
                &back,
                &[("error", error), ("error_description", description)],
            ),
        }
    }
}
