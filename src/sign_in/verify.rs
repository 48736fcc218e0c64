//! Everything that is checked about a provider's answer (OpenID Connect Core 3.1.3.5, 3.1.3.7,
//! 5.3.2; RFC 9207): what openidconnect checks, and what it leaves to its user.

use std::{sync::Arc, time::Duration};

use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, Nonce,
    OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, SignatureVerificationError,
    SubjectIdentifier, TokenResponse, UserInfoError, UserInfoUrl,
    core::{CoreErrorResponseType, CoreJwsSigningAlgorithm},
};
use serde_json::Value;

use super::{
    calls::{self, CallError},
    claims::{Claims, Verified},
    client::{self, Rp, Token, Tokens, Userinfo},
    providers::{Known, Provider},
    trouble::Trouble,
};
use crate::{
    app::AppState,
    kernel::{Instant, text},
};

/// How long ago an ID token may have been issued: it comes straight from the token endpoint.
const OLDEST: Duration = Duration::from_secs(15 * 60);
/// The longest subject (OpenID Connect Core 2: 255 ASCII characters).
const SUBJECT_LIMIT: usize = 255;

/// Why a provider's answer is not taken: the page for the person, the cause for the log.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Unsound {
    /// The page.
    pub trouble: Trouble,
    /// The cause; never a token, a code or a secret.
    pub cause: String,
}

impl Unsound {
    fn new(trouble: Trouble, cause: impl Into<String>) -> Self {
        let cause = text::one_line(&cause.into(), 300);
        Self { trouble, cause }
    }
}

fn unsound(cause: impl Into<String>) -> Unsound {
    Unsound::new(Trouble::Unsound, cause)
}

/// What a login attempt expects of the answer.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The nonce that was sent.
    pub nonce: &'a str,
    /// The PKCE verifier behind the challenge that was sent.
    pub pkce_verifier: &'a str,
    /// When the answer came.
    pub now: Instant,
}

/// Redeems the code and checks what comes back.
///
/// # Errors
/// [`Unsound`].
pub async fn redeem(
    state: &AppState,
    provider: &Arc<Provider>,
    code: String,
    expected: Expected<'_>,
) -> Result<Verified, Unsound> {
    let known = state
        .providers
        .known(provider)
        .await
        .map_err(|error| Unsound::new(Trouble::Unreachable, error.to_string()))?;
    let rp = rp(state, provider, &known)?;
    let tokens = exchange(state, &rp, code, expected.pkce_verifier).await?;
    let token = tokens
        .id_token()
        .ok_or_else(|| unsound("there is no ID token"))?;
    let check = Check {
        provider,
        expected,
        access_token: tokens.access_token(),
    };
    let (rp, claims) = match check.claims(&rp, token) {
        Ok(claims) => (rp, claims),
        Err(Fault::Wrong(error)) => return Err(error),
        Err(Fault::Key(cause)) => {
            let newer = state.providers.newer(provider, &known).await;
            let newer = newer.ok_or_else(|| unsound(cause))?;
            let rp = self::rp(state, provider, &newer)?;
            let claims = check.claims(&rp, token).map_err(Fault::settle)?;
            (rp, claims)
        }
    };
    let mut verified = Verified::read(claims, token, &provider.settings.directory_id);
    if verified.has_gaps()
        && let Some(url) = &known.metadata.userinfo_endpoint
    {
        let url = UserInfoUrl::from_url(url.clone());
        match userinfo(state, rp, url, &tokens, claims.subject()).await {
            Ok(userinfo) => verified.fill(&userinfo),
            Err(error) if error.trouble == Trouble::Unreachable => {
                tracing::warn!(provider = %provider.settings.key, cause = %error, "UserInfo did not answer");
                verified.incomplete = true;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(verified)
}

fn rp(state: &AppState, provider: &Provider, known: &Known) -> Result<Rp, Unsound> {
    client::rp(&state.settings.portal, provider, known).map_err(|error| unsound(error.to_string()))
}

async fn exchange(
    state: &AppState,
    rp: &Rp,
    code: String,
    pkce_verifier: &str,
) -> Result<Tokens, Unsound> {
    let answer = rp
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.to_owned()))
        .request_async(&calls::caller(&state.http))
        .await;
    // The debug form of these errors holds the whole answer, tokens included: never log it.
    answer.map_err(|error| match error {
        RequestTokenError::Request(CallError::Unreachable(cause)) => Unsound::new(
            Trouble::Unreachable,
            format!("no answer to the code: {cause}"),
        ),
        RequestTokenError::Request(cause) => unsound(cause.to_string()),
        RequestTokenError::ServerResponse(answer) => Unsound::new(
            refusal(answer.error()),
            format!("the code was refused: {}", answer.error()),
        ),
        RequestTokenError::Parse(cause, _) => unsound(format!(
            "the answer to the code cannot be read at `{}`",
            cause.path()
        )),
        RequestTokenError::Other(cause) => unsound(cause),
    })
}

fn refusal(error: &CoreErrorResponseType) -> Trouble {
    match error {
        CoreErrorResponseType::InvalidGrant => Trouble::Expired,
        _ => Trouble::Refused,
    }
}

/// Why an ID token is not taken.
enum Fault {
    /// No known key explains it: newer keys may.
    Key(String),
    /// It is wrong whatever the keys.
    Wrong(Unsound),
}

impl Fault {
    fn settle(self) -> Unsound {
        match self {
            Self::Key(cause) => unsound(cause),
            Self::Wrong(error) => error,
        }
    }
}

struct Check<'a> {
    provider: &'a Provider,
    expected: Expected<'a>,
    access_token: &'a AccessToken,
}

impl Check<'_> {
    fn claims<'t>(&self, rp: &Rp, token: &'t Token) -> Result<&'t Claims, Fault> {
        let settings = &self.provider.settings;
        let leeway = Duration::from_secs(u64::from(settings.leeway_seconds));
        let now = self.expected.now;
        let (soonest, latest) = (now.minus(OLDEST + leeway), now.plus(leeway));
        let counts_from = now.minus(leeway);
        let verifier = rp
            .id_token_verifier()
            .set_allowed_algs(algorithm(&settings.id_token_algorithm))
            .set_time_fn(move || system_time(counts_from).into())
            .set_issue_time_verifier_fn(move |issued| {
                let issued = Instant::from_seconds(issued.timestamp());
                if issued < soonest || issued > latest {
                    return Err(format!("issued at {issued}, which is not now"));
                }
                Ok(())
            });
        let nonce = Nonce::new(self.expected.nonce.to_owned());
        let claims = token.claims(&verifier, &nonce).map_err(fault)?;
        let key = token.signing_key(&verifier);
        let hash = key
            .ok()
            .zip(token.signing_alg().ok())
            .and_then(|(key, alg)| AccessTokenHash::from_token(self.access_token, alg, key).ok());
        self.left_to_us(claims, hash.as_ref(), latest)
            .map_err(Fault::Wrong)?;
        Ok(claims)
    }

    /// What openidconnect does not check (OpenID Connect Core 3.1.3.6 and 3.1.3.7).
    fn left_to_us(
        &self,
        claims: &Claims,
        hash: Option<&AccessTokenHash>,
        latest: Instant,
    ) -> Result<(), Unsound> {
        let settings = &self.provider.settings;
        let own = settings.client_id.as_str();
        let party = claims.authorized_party().map(|party| party.as_str());
        if party.is_some_and(|party| party != own) {
            return Err(unsound("the ID token was made for another party (azp)"));
        }
        if claims.audiences().len() > 1 && party.is_none() {
            return Err(unsound("several audiences and no azp"));
        }
        if let Some(said) = claims.access_token_hash()
            && hash != Some(said)
        {
            return Err(unsound("at_hash belongs to another access token"));
        }
        if let Some(not_before) = &claims.additional_claims().nbf {
            let latest = u64::try_from(latest.as_seconds()).unwrap_or_default();
            let limit = Duration::from_secs(latest).as_secs_f64();
            if not_before.as_f64().is_none_or(|at| at > limit) {
                return Err(unsound("the ID token does not count yet (nbf)"));
            }
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > SUBJECT_LIMIT || subject.contains('\0') {
            return Err(unsound("the subject is empty or too long"));
        }
        let given = claims.auth_context_ref().map(|acr| acr.as_str());
        match &settings.required_acr {
            Some(wanted) if given != Some(wanted) => Err(Unsound::new(
                Trouble::Stronger,
                "the required acr was not reached",
            )),
            _ => Ok(()),
        }
    }
}

/// The pinned algorithm; settings know no other names.
fn algorithm(name: &str) -> Option<CoreJwsSigningAlgorithm> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

fn system_time(at: Instant) -> std::time::SystemTime {
    let micros = u64::try_from(at.as_micros()).unwrap_or_default();
    std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

fn fault(error: ClaimsVerificationError) -> Fault {
    use SignatureVerificationError as S;
    match error {
        ClaimsVerificationError::SignatureVerification(
            cause @ (S::NoMatchingKey | S::CryptoError(_)),
        ) => Fault::Key(format!("signature: {cause}")),
        ClaimsVerificationError::SignatureVerification(cause) => {
            Fault::Wrong(unsound(format!("signature: {cause}")))
        }
        // The others name what they found, which can be anything: the kind is enough.
        ClaimsVerificationError::InvalidNonce(_) => Fault::Wrong(unsound("another nonce")),
        ClaimsVerificationError::InvalidAudience(_) => Fault::Wrong(unsound("another audience")),
        ClaimsVerificationError::InvalidIssuer(_) => Fault::Wrong(unsound("another issuer")),
        other => Fault::Wrong(unsound(other.to_string())),
    }
}

/// Asks for what the ID token lacks. The subject must be the same (OpenID Connect Core 5.3.2).
async fn userinfo(
    state: &AppState,
    rp: Rp,
    url: UserInfoUrl,
    tokens: &Tokens,
    subject: &SubjectIdentifier,
) -> Result<Userinfo, Unsound> {
    let answer: Result<Userinfo, _> = rp
        .set_user_info_url(url)
        .user_info(tokens.access_token().clone(), Some(subject.clone()))
        .request_async(&calls::caller(&state.http))
        .await;
    answer.map_err(|error| match error {
        UserInfoError::Request(cause) => Unsound::new(Trouble::Unreachable, cause.to_string()),
        UserInfoError::Response(status, _, _) => {
            Unsound::new(Trouble::Unreachable, format!("UserInfo answered {status}"))
        }
        UserInfoError::ClaimsVerification(_) => unsound("UserInfo is about somebody else"),
        UserInfoError::Parse(cause) => {
            unsound(format!("UserInfo cannot be read at `{}`", cause.path()))
        }
        _ => unsound("UserInfo cannot be read"),
    })
}
