//! Letting a program call the API.

use serde_json::json;

use super::{Client, NAME_LIMIT, Scopes, find, model::shown_secret, store};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx, Instant, LinkSecret,
        ids::{ApiClientId, Id},
        text,
    },
    on,
};

/// Who may do what.
#[derive(Debug, Clone)]
pub struct Create {
    /// What operators call it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// The one connection whose organizations exist for it; `None` for all. The caller has checked
    /// that it is configured.
    pub connection: Option<String>,
    /// The first moment it may no longer call; `None` for no end.
    pub expires_at: Option<Instant>,
}

/// A client with its secret, which is shown once and kept nowhere.
#[derive(Clone)]
pub struct Made {
    /// The client.
    pub client: Client,
    /// The secret.
    pub secret: String,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// It has no name.
    #[error("a client needs a name")]
    NoName,
    /// It may do nothing.
    #[error("a client needs a scope")]
    NoScope,
    /// The end is over already.
    #[error("the last day is over")]
    Over,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Makes a client with its first secret.
///
/// # Errors
/// See [`CreateError`].
pub async fn create(tx: &mut Tx, cx: &Cx, command: Create) -> Result<Made, CreateError> {
    let name = text::one_line(&command.name, NAME_LIMIT);
    if name.is_empty() {
        return Err(CreateError::NoName);
    }
    if command.scopes.is_empty() {
        return Err(CreateError::NoScope);
    }
    if command.expires_at.is_some_and(|end| end <= cx.now()) {
        return Err(CreateError::Over);
    }
    let id: ApiClientId = cx.new_id();
    on!(tx, |c| sqlx::query(store::CREATE)
        .bind(&id)
        .bind(&name)
        .bind(command.scopes.to_string())
        .bind(&command.connection)
        .bind(cx.now())
        .bind(command.expires_at)
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let secret = add_secret(tx, cx, &id).await?;
    let detail = json!({
        "name": name, "scopes": command.scopes.to_string(), "connection": command.connection,
        "expires_at": command.expires_at,
    });
    let event = audit::Event {
        action: "client.created",
        target: id.as_str(),
        organization: None,
        detail,
    };
    audit::record(tx, cx, event).await?;
    let client = find(tx, &id).await?.ok_or(Error::Lost)?;
    Ok(Made { client, secret })
}

/// A new secret beside those there are, as it is shown.
pub(super) async fn add_secret(
    tx: &mut Tx,
    cx: &Cx,
    client: &ApiClientId,
) -> Result<String, Error> {
    let secret = LinkSecret::new(cx.random());
    on!(tx, |c| sqlx::query(store::ADD_SECRET)
        .bind(secret.hash())
        .bind(client)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(shown_secret(&secret))
}
