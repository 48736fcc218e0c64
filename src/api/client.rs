//! Who calls: the actor of the API.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};

use crate::{
    app::AppState,
    clients::{self, Client, Scopes},
    kernel::{Actor, Cx},
    web::Problem,
};

/// A program that proved itself with a token. A handler that did not ask for it has nobody to act
/// for; which organizations exist for it is asked of [`Client::sees`].
#[derive(Clone)]
pub struct ApiClient {
    /// Everything the portal shares.
    pub state: AppState,
    /// When, which request, the client as the author.
    pub cx: Cx,
    /// Which program.
    pub client: Client,
    /// What its token lets it do.
    pub scopes: Scopes,
}

impl ApiClient {
    /// The context in the name of somebody in the CRM, when the request says whom.
    #[must_use]
    pub fn asked_by(&self, user: &str) -> Cx {
        self.cx.acting_as(Actor::Client {
            client_id: self.client.id.clone(),
            user: (!user.is_empty()).then(|| user.to_owned()),
        })
    }
}

/// The token of an `Authorization: Bearer` header that stands once.
pub(super) fn bearer_of(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unproven(parts: &Parts) -> Problem {
    let challenge = if parts.headers.contains_key(header::AUTHORIZATION) {
        "Bearer realm=\"api\", error=\"invalid_token\""
    } else {
        "Bearer realm=\"api\""
    };
    Problem::new(StatusCode::UNAUTHORIZED, "A valid token is needed")
        .detail("Get one from /api/v1/token with the client's id and secret, and send it as `Authorization: Bearer …`. It counts for 15 minutes.")
        .authenticate(challenge)
}

impl FromRequestParts<AppState> for ApiClient {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let cx = parts
            .extensions
            .get::<Cx>()
            .cloned()
            .unwrap_or_else(|| state.world.cx(Actor::Visitor));
        let now = cx.now();
        let token = bearer_of(&parts.headers).ok_or_else(|| unproven(parts))?;
        let mut conn = state.db.read().await?;
        let found = clients::of_token(&mut conn, token, now).await?;
        let (client, scopes, catalogue) = found.ok_or_else(|| unproven(parts))?;
        // The clone of the state below has this version of roles and services.
        state.catalogues.meet(&mut conn, catalogue).await?;
        drop(conn);
        if let Err(error) = clients::note_use(&state.db, &client, now).await {
            tracing::warn!(%error, client = %client.id, "a client's last use was not noted");
        }
        let actor = Actor::Client {
            client_id: client.id.clone(),
            user: None,
        };
        Ok(Self {
            state: state.clone(),
            cx: cx.acting_as(actor),
            client,
            scopes,
        })
    }
}
