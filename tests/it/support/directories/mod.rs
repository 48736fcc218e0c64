//! Identity providers that stand in for real ones, over a real socket.

pub mod desk;
pub mod followed;
pub mod graph;
pub mod keycloak;
pub mod scim;

use std::collections::BTreeSet;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use vestibule::directory::conformance::Fault;

use super::delay::Delay;

/// What goes wrong, and the tokens that are taken.
#[derive(Default)]
pub struct Troubles {
    pub fault: Option<Fault>,
    pub delay: Delay,
    tokens: BTreeSet<String>,
    given: usize,
    /// Every call: method and path.
    pub calls: Vec<(String, String)>,
}

impl Troubles {
    /// Arms a fault.
    pub fn arm(&mut self, fault: Fault) {
        match fault {
            Fault::ExpiredToken => self.tokens.clear(),
            Fault::Slow(pause) => self.delay.once(pause),
            Fault::None => self.fault = None,
            Fault::BrokenCredentials => {
                self.tokens.clear();
                self.fault = Some(fault);
            }
            other => self.fault = Some(other),
        }
    }

    /// A new token for whoever shows the right client.
    pub fn grant(&mut self, body: &[u8], client: (&str, &str)) -> Response {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let has = |name: &str, value: &str| form.contains(&(name.to_owned(), value.to_owned()));
        let is_known = has("grant_type", "client_credentials")
            && has("client_id", client.0)
            && has("client_secret", client.1);
        if !is_known || self.fault == Some(Fault::BrokenCredentials) {
            let body = json!({"error": "unauthorized_client", "error_description": "Invalid client or Invalid client credentials"});
            return reply(401, &body);
        }
        self.given += 1;
        let token = format!("stand-in-token-{}", self.given);
        self.tokens.insert(token.clone());
        reply(
            200,
            &json!({"access_token": token, "expires_in": 300, "token_type": "Bearer"}),
        )
    }

    /// Whether the token of a call is one that was given and still counts.
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(header::AUTHORIZATION);
        let token = sent.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        token.is_some_and(|token| self.tokens.contains(token))
    }

    /// The answer of a fault that stands before everything else; it is over then.
    pub fn in_front(&mut self) -> Option<Response> {
        let answer = match self.fault? {
            Fault::ThrottledWithHint(pause) => {
                let seconds = pause.as_secs().to_string();
                let mut answer = reply(429, &json!({"error": "too many requests"}));
                answer
                    .headers_mut()
                    .insert(header::RETRY_AFTER, seconds.parse().unwrap());
                answer
            }
            Fault::Throttled => reply(429, &json!({})),
            Fault::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "down").into_response(),
            Fault::UnknownError => (StatusCode::IM_A_TEAPOT, "?!").into_response(),
            _ => return None,
        };
        self.fault = None;
        Some(answer)
    }

    /// Whether a write about a user who is there is refused, and with which status.
    pub fn protects(&self, has_attributes: bool) -> Option<u16> {
        match self.fault? {
            Fault::ProtectedUsers => Some(403),
            Fault::RefusedAttributes => has_attributes.then_some(400),
            _ => None,
        }
    }

    /// Whether the next call that writes loses its answer; once.
    pub fn loses_answer(&mut self) -> bool {
        let loses = self.fault == Some(Fault::AnswerLost);
        if loses {
            self.fault = None;
        }
        loses
    }

    /// The answer, or half of it.
    pub fn halve(&mut self, status: u16, body: &Value) -> Response {
        if self.fault != Some(Fault::HalfAnswer) {
            return reply(status, body);
        }
        self.fault = None;
        let text = body.to_string();
        let half: String = text.chars().take(text.len() / 2).collect();
        (StatusCode::from_u16(status).unwrap(), half).into_response()
    }
}

pub fn reply(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    if body.is_null() {
        return status.into_response();
    }
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (status, headers, body.to_string()).into_response()
}
