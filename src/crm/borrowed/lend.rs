//! Lending a credential.

use std::time::Duration;

use serde_json::json;

use super::{model::Secret, store};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{CredentialId, Id, PersonId},
    },
    on, outbox,
    tasks::{self, TaskKind},
};

/// A credential that the CRM has accepted.
#[derive(Debug, Clone)]
pub struct Lend {
    /// Of which connection.
    pub connection: String,
    /// Which CRM it was given for ([`super::bound_to`]).
    pub bound_to: String,
    /// Who lends it.
    pub person_id: PersonId,
    /// The credential.
    pub secret: Secret,
    /// For how long.
    pub lasts: Duration,
    /// For how many batches; 0 for any number.
    pub uses: i64,
}

/// Why it was not kept.
#[derive(Debug, thiserror::Error)]
pub enum LendError {
    /// One is lent already.
    #[error("a credential is lent already")]
    Taken,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Keeps a credential, sealed. There is one for a connection at a time. What waits because the CRM
/// refused the rights of the one before is sent at once.
///
/// # Errors
/// [`LendError`]; then nothing was kept.
pub async fn lend(tx: &mut Tx, cx: &Cx, command: Lend) -> Result<CredentialId, LendError> {
    let id: CredentialId = cx.new_id();
    let sealed = command.secret.seal(cx, (&id, &command.bound_to))?;
    let expires_at = cx.now().plus(command.lasts);
    let kept: Option<CredentialId> = on!(tx, |c| sqlx::query_scalar(store::ADD)
        .bind(&id)
        .bind(&command.connection)
        .bind(&command.person_id)
        .bind(&sealed)
        .bind(cx.now())
        .bind(expires_at)
        .bind(command.uses)
        .fetch_optional(c)
        .await)
    .map_err(Error::from)?;
    let id = kept.ok_or(LendError::Taken)?;
    let event = audit::Event {
        action: "credential.lent",
        target: id.as_str(),
        organization: None,
        detail: json!({
            "connection": command.connection,
            "expires_at": expires_at,
            "uses": command.uses,
        }),
    };
    audit::record(tx, cx, event).await?;
    tasks::settle(tx, cx, TaskKind::CredentialMissing, &command.connection).await?;
    outbox::try_again(tx, &outbox::crm_destination(&command.connection)).await?;
    Ok(id)
}
