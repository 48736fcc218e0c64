//! The authorization request: reading and checking it (Core 3.1.2.1 and 3.1.2.2).

use super::{
    ACR_SECOND_STEP, Client, Provider,
    http::Params,
    pages::Problem,
    store::{Grant, Session},
};

/// Bytes of a query at most.
const QUERY_AT_MOST: usize = 8 * 1024;

/// The claims the client asked for beyond `openid` (Core 5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) profile: bool,
    pub(super) email: bool,
}

impl Scope {
    /// As the token reply names it.
    pub(super) const fn text(self) -> &'static str {
        match (self.profile, self.email) {
            (true, true) => "openid profile email",
            (true, false) => "openid profile",
            (false, true) => "openid email",
            (false, false) => "openid",
        }
    }
}

/// What `prompt` asks for (Core 3.1.2.1; `create` by Initiating User Registration 1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// Nothing: a signed-in person goes straight on.
    Default,
    /// No page may be shown.
    None,
    /// The sign-in page is shown in any case.
    Page,
    /// The sign-up page is shown.
    Create,
}

/// A request that may be answered at its `redirect_uri`.
pub(super) struct Request {
    pub(super) back: Back,
    pub(super) login_hint: Option<String>,
    pub(super) wants_second_step: bool,
    /// The request as it came, which the forms of the pages carry along.
    pub(super) params: Params,
    client_id: String,
    wish: Wish,
    nonce: Option<String>,
    hinted_subject: Option<String>,
}

/// The checked part of a request.
struct Wish {
    scope: Scope,
    prompt: Prompt,
    code_challenge: String,
    max_age: Option<i64>,
}

/// An error code of RFC 6749 4.1.2.1 or Core 3.1.2.6, with a sentence for the client's developer.
type Fault = (&'static str, &'static str);

/// The way back to the client.
pub(super) struct Back {
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
}

/// Why a request is not answered with a page or a code.
pub(super) enum Refusal {
    /// The client or its address is in doubt: nobody is sent there (RFC 6749 4.1.2.1).
    Page(Problem),
    /// The client is told.
    Back(Back, Fault),
}

impl Request {
    /// Reads and checks a request.
    ///
    /// # Errors
    /// The refusal with its destination: a page while client or address are in doubt, the client after.
    pub(super) fn read(provider: &Provider, query: &[u8]) -> Result<Self, Refusal> {
        if query.len() > QUERY_AT_MOST {
            return Err(Refusal::Page(Problem::TooLong));
        }
        let params = Params::read(query);
        let (client_id, back) = destination(provider, &params)?;
        match Self::checked(provider, &params) {
            Ok(wish) => Ok(Self {
                back,
                login_hint: params.take("login_hint"),
                wants_second_step: params.words("acr_values").contains(&ACR_SECOND_STEP),
                client_id,
                wish,
                nonce: params.take("nonce"),
                hinted_subject: params
                    .get("id_token_hint")
                    .and_then(|hint| provider.own_token(hint))
                    .map(|token| token.subject),
                params,
            }),
            Err(fault) => Err(Refusal::Back(back, fault)),
        }
    }

    fn checked(provider: &Provider, params: &Params) -> Result<Wish, Fault> {
        if params.any_repeated() {
            return Err(("invalid_request", "a parameter is there twice"));
        }
        if params.get("request").is_some() {
            return Err(("request_not_supported", "send plain parameters"));
        }
        if params.get("request_uri").is_some() {
            return Err(("request_uri_not_supported", "send plain parameters"));
        }
        match params.get("response_type") {
            Some("code") => {}
            None => return Err(("invalid_request", "response_type is missing")),
            Some(_) => return Err(("unsupported_response_type", "only code is offered")),
        }
        if !matches!(params.get("response_mode"), None | Some("query")) {
            return Err(("invalid_request", "only response_mode query is offered"));
        }
        let scopes = params.words("scope");
        if !scopes.contains(&"openid") {
            return Err(("invalid_scope", "scope has to contain openid"));
        }
        let scope = Scope {
            profile: scopes.contains(&"profile"),
            email: scopes.contains(&"email"),
        };
        let hint = params.get("id_token_hint");
        if hint.is_some_and(|hint| provider.own_token(hint).is_none()) {
            return Err(("invalid_request", "id_token_hint was not issued here"));
        }
        Ok(Wish {
            scope,
            prompt: prompt(params)?,
            code_challenge: challenge(params)?,
            max_age: max_age(params)?,
        })
    }

    pub(super) const fn prompt(&self) -> Prompt {
        self.wish.prompt
    }

    /// What a code for `session` will stand for.
    pub(super) fn grant(&self, session: Session) -> Grant {
        Grant {
            client_id: self.client_id.clone(),
            redirect_uri: self.back.redirect_uri.clone(),
            code_challenge: self.wish.code_challenge.clone(),
            nonce: self.nonce.clone(),
            scope: self.wish.scope,
            session,
        }
    }

    /// Whether somebody signed in already answers this request without a page.
    pub(super) fn is_met_by(&self, session: &Session, now: i64) -> bool {
        let fresh = self
            .wish
            .max_age
            .is_none_or(|age| now.saturating_sub(session.auth_time) < age);
        let hinted = self
            .login_hint
            .as_deref()
            .is_none_or(|hint| session.person.has_address(hint));
        let same = self
            .hinted_subject
            .as_deref()
            .is_none_or(|subject| session.person.subject == subject);
        // acr_values is a wish (Core 3.1.2.1): without a page it cannot be granted, nor is it a failure.
        let strong =
            self.wish.prompt == Prompt::None || session.second_step || !self.wants_second_step;
        fresh && hinted && same && strong
    }
}

/// Where the answer goes, once the client is known and the address is literally one of its own.
fn destination(provider: &Provider, params: &Params) -> Result<(String, Back), Refusal> {
    let client = params
        .get("client_id")
        .filter(|_| !params.is_repeated("client_id"))
        .and_then(|id| provider.client(id))
        .ok_or(Refusal::Page(Problem::UnknownClient))?;
    let redirect_uri = params
        .get("redirect_uri")
        .filter(|_| !params.is_repeated("redirect_uri"))
        .filter(|asked| knows(client, asked))
        .ok_or(Refusal::Page(Problem::UnknownRedirect))?;
    let back = Back {
        redirect_uri: redirect_uri.to_owned(),
        state: params
            .take("state")
            .filter(|_| !params.is_repeated("state")),
    };
    Ok((client.client_id.clone(), back))
}

fn knows(client: &Client, redirect_uri: &str) -> bool {
    client
        .redirect_uris
        .iter()
        .any(|known| known == redirect_uri)
}

fn prompt(params: &Params) -> Result<Prompt, Fault> {
    let words = params.words("prompt");
    let known = ["none", "login", "select_account", "consent", "create"];
    if words.iter().any(|word| !known.contains(word)) {
        return Err(("invalid_request", "prompt has an unknown value"));
    }
    match words.as_slice() {
        [] => Ok(Prompt::Default),
        ["none"] => Ok(Prompt::None),
        several if several.contains(&"none") => {
            Err(("invalid_request", "prompt=none stands alone"))
        }
        several if several.contains(&"create") => Ok(Prompt::Create),
        _ => Ok(Prompt::Page),
    }
}

/// PKCE with S256 is a must here (RFC 7636 4.3; RFC 9700 2.1.1).
fn challenge(params: &Params) -> Result<String, Fault> {
    let challenge = params
        .take("code_challenge")
        .ok_or(("invalid_request", "code_challenge is required"))?;
    if params.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method has to be S256"));
    }
    let base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if challenge.len() != 43 || !challenge.chars().all(base64url) {
        return Err(("invalid_request", "code_challenge is not an S256 challenge"));
    }
    Ok(challenge)
}

fn max_age(params: &Params) -> Result<Option<i64>, Fault> {
    let Some(text) = params.get("max_age") else {
        return Ok(None);
    };
    match text.parse::<i64>() {
        Ok(age) if age >= 0 => Ok(Some(age)),
        _ => Err(("invalid_request", "max_age is not a number of seconds")),
    }
}
