//! Where a provider sends people back: the end of a sign-in.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use tower_sessions::Session;

use super::{
    attempt::Attempt,
    claims::Verified,
    providers::Provider,
    resolve::{self, Arrival, Resolved},
    start_session::{self, Frame},
    trouble::Trouble,
    trust::Judged,
    verify::{self, Expected},
};
use crate::{
    access::{session_store, sessions},
    people::PendingIdentity,
    web::{Refusal, Visit, cookies, see_other, urls},
};

/// The cookie in which an invitation waits for its redeemer; see `invitations`.
const INVITATION_COOKIE: &str = "invitation";

/// An authorization response (RFC 6749 4.1.2, RFC 9207 2). A parameter that stands twice is none:
/// which of them counts could be read in two ways.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

impl Answer {
    fn read(query: &str) -> Self {
        let one = |wanted: &str| {
            let mut found = url::form_urlencoded::parse(query.as_bytes())
                .filter(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned());
            let first = found.next();
            first.filter(|value| !value.is_empty() && found.next().is_none())
        };
        Self {
            state: one("state"),
            code: one("code"),
            error: one("error"),
            issuer: one("iss"),
        }
    }
}

/// `GET /sign-in/callback/{provider}`
pub async fn callback(
    visit: Visit,
    session: Session,
    headers: HeaderMap,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let state = visit.state.clone();
    let Some(provider) = state.providers.find(&key) else {
        return Refusal::NotFound.into_response();
    };
    let portal = &state.settings.portal;
    let answer = Answer::read(&query.unwrap_or_default());
    let wanted = answer.state.clone().unwrap_or_default();
    let found = Attempt::find(&headers, portal, &visit.cx, &wanted).filter(|attempt| {
        state
            .providers
            .spend(&attempt.fingerprint(), attempt.ends_at())
    });
    let Some(attempt) = found else {
        return no_attempt(&visit, &session, provider).await;
    };
    let callback = Callback {
        visit: &visit,
        session: &session,
        headers: &headers,
        provider,
        attempt: &attempt,
    };
    let mut response = callback
        .finish(answer)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    let forget = Attempt::forget(portal, &attempt.state);
    response.headers_mut().append(header::SET_COOKIE, forget);
    response
}

/// An answer that this browser did not ask for, or asked for too long ago, or brought before.
/// Somebody who is signed in has pressed Back or Reload: they are where they wanted to be.
async fn no_attempt(visit: &Visit, session: &Session, provider: &Provider) -> Response {
    match session_store::current(session).await {
        Ok(Some(_)) => see_other(urls::Home::PATH),
        _ => Trouble::Expired.page(visit, provider, "").into_response(),
    }
}

struct Callback<'a> {
    visit: &'a Visit,
    session: &'a Session,
    headers: &'a HeaderMap,
    provider: &'a Arc<Provider>,
    attempt: &'a Attempt,
}

impl Callback<'_> {
    async fn finish(&self, answer: Answer) -> Result<Response, Refusal> {
        self.check_sender(&answer).await?;
        if let Some(error) = &answer.error {
            return Err(self.stop(meaning(error), &format!("the provider answered `{error}`")));
        }
        let code = answer
            .code
            .ok_or_else(|| self.stop(Trouble::Unsound, "neither code nor error"))?;
        let expected = Expected {
            nonce: &self.attempt.nonce,
            pkce_verifier: &self.attempt.pkce_verifier,
            now: self.visit.cx.now(),
        };
        let verified = verify::redeem(&self.visit.state, self.provider, code, expected).await;
        let verified = verified.map_err(|error| self.stop(error.trouble, &error.cause))?;
        self.let_in(verified).await
    }

    /// The answer must come from the provider that was asked (RFC 9207 2.4; RFC 9700 4.4).
    async fn check_sender(&self, answer: &Answer) -> Result<(), Refusal> {
        let settings = &self.provider.settings;
        if self.attempt.provider != settings.key {
            return Err(self.stop(
                Trouble::Unsound,
                "the answer came to another provider's address",
            ));
        }
        let known = self.visit.state.providers.known(self.provider).await;
        let known = known.map_err(|error| self.stop(Trouble::Unreachable, &error.to_string()))?;
        let promised = known
            .metadata
            .authorization_response_iss_parameter_supported;
        match &answer.issuer {
            Some(issuer) if *issuer == settings.issuer => Ok(()),
            None if !promised => Ok(()),
            _ => Err(self.stop(Trouble::Unsound, "the answer names another issuer, or none")),
        }
    }

    async fn let_in(&self, verified: Verified) -> Result<Response, Refusal> {
        let is_incomplete = verified.incomplete;
        let arrival = self.arrival(verified);
        let proof = arrival.proof.clone();
        let cx = self.visit.cx.clone();
        let resolved = self
            .visit
            .state
            .db
            .write(move |tx| Box::pin(async move { resolve::resolve(tx, &cx, arrival).await }))
            .await?;
        match resolved {
            Resolved::SignedIn(opened) => {
                start_session::hand_over(self.session, &opened).await?;
                tracing::info!(provider = %proof.provider, session = %opened.id, "signed in");
                let mut response = see_other(&self.attempt.return_to);
                let forget = PendingIdentity::forget(&self.visit.state.settings.portal);
                response.headers_mut().append(header::SET_COOKIE, forget);
                Ok(response)
            }
            Resolved::EndedThere => {
                Err(self.stop(Trouble::Expired, "the provider ended the session meanwhile"))
            }
            Resolved::KeptOut => Err(self.stop(Trouble::Suspended, "the person is kept out")),
            Resolved::AddressInUse => Err(self.stop(
                Trouble::AddressInUse,
                "one issuer, one address, another subject",
            )),
            Resolved::Unknown if is_incomplete => {
                Err(self.stop(Trouble::Unreachable, "UserInfo did not answer"))
            }
            Resolved::Unknown => self.welcome(&proof).await,
        }
    }

    /// Somebody new: who they are waits in their browser for an invitation or a registration.
    async fn welcome(&self, proof: &PendingIdentity) -> Result<Response, Refusal> {
        self.leave_session().await?;
        let portal = &self.visit.state.settings.portal;
        let is_invited = cookies::read(self.headers, portal, INVITATION_COOKIE).is_some();
        let wanted = self.attempt.return_to.as_str();
        let goes_on = [urls::Invitation::PATH, urls::Register::PATH]
            .iter()
            .any(|start| wanted.starts_with(start));
        let place = if goes_on {
            wanted
        } else if is_invited {
            urls::Invitation::PATH
        } else {
            urls::NotKnownYet::PATH
        };
        let mut response = see_other(place);
        let cookie = proof
            .cookie(portal, &self.visit.cx)
            .ok_or(Refusal::Defect)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
        Ok(response)
    }

    /// Whoever signs in with another account leaves the one before, known or not: a browser never
    /// holds a session and a stranger's proof at once.
    async fn leave_session(&self) -> Result<(), Refusal> {
        let gate = session_store::current(self.session).await?;
        let Some(gate) = gate else { return Ok(()) };
        let cx = self.visit.cx.clone();
        let left = self.visit.state.db.write(move |tx| {
            Box::pin(async move {
                sessions::end(tx, &cx, &gate.person_id, &gate.session_id, "switched").await
            })
        });
        left.await?;
        self.session.flush().await.map_err(|error| {
            tracing::error!(%error, "a session could not be left");
            Refusal::Busy
        })
    }

    fn arrival(&self, verified: Verified) -> Arrival {
        let settings = &self.provider.settings;
        let judged = Judged::of(settings, &verified.email);
        let staff = &self.visit.state.settings.staff;
        let is_staff_address = judged
            .proven()
            .is_some_and(|email| staff.iter().any(|entry| entry.email == *email));
        Arrival {
            locale: verified.names.locale.clone(),
            is_staff: settings.staff && is_staff_address,
            is_staff_address,
            frame: Frame::of(&self.visit.state, &self.visit.user_agent, self.session),
            proof: self.proof(verified, &judged),
        }
    }

    fn proof(&self, verified: Verified, judged: &Judged) -> PendingIdentity {
        let cx = &self.visit.cx;
        let place = super::sign_out::id_token_place(&verified.issuer, &verified.subject);
        let sealed = cx.keys().seal(
            cx.random(),
            "id-token",
            &place,
            verified.id_token.as_bytes(),
        );
        PendingIdentity {
            provider: self.provider.settings.key.clone(),
            issuer: verified.issuer,
            subject: verified.subject,
            directory_id: verified.directory_id,
            email: judged.address().cloned(),
            email_verified: judged.proven().is_some(),
            given_name: verified.names.given_name,
            family_name: verified.names.family_name,
            name: verified.names.name,
            id_token_sealed: sealed.unwrap_or_default(),
            provider_session: verified.provider_session,
            acr: verified.acr,
            amr: verified.amr,
            at: cx.now(),
        }
    }

    /// Logs the cause and makes the page.
    fn stop(&self, trouble: Trouble, cause: &str) -> Refusal {
        let cause = crate::kernel::text::one_line(cause, 300);
        let provider = &self.provider.settings.key;
        tracing::warn!(%provider, trouble = trouble.key(), %cause, "nobody was signed in");
        trouble.page(self.visit, self.provider, &self.attempt.return_to)
    }
}

/// What a provider's error code means for the person (RFC 6749 4.1.2.1, OpenID Connect Core
/// 3.1.2.6, Unmet Authentication Requirements 1.0).
fn meaning(error: &str) -> Trouble {
    match error {
        "access_denied" => Trouble::Cancelled,
        "unmet_authentication_requirements" => Trouble::Stronger,
        "server_error" | "temporarily_unavailable" => Trouble::Unreachable,
        _ => Trouble::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_stands_twice_is_none() {
        let answer = Answer::read("code=a&state=s&state=t&iss=https%3A%2F%2Fp.example&error=");
        assert_eq!(
            answer,
            Answer {
                state: None,
                code: Some("a".to_owned()),
                error: None,
                issuer: Some("https://p.example".to_owned()),
            }
        );
        assert_eq!(Answer::read(""), Answer::default());
    }
}
