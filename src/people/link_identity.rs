//! Binding an identity to a person.

use serde_json::json;

use super::{Identity, find, store};
use crate::{
    audit,
    db::{Error, Tx},
    directory::tell,
    kernel::{
        Cx,
        ids::{Id, IdentityId, PersonId},
    },
    on,
};

/// Which identity goes to whom. The caller has the evidence (law 6).
#[derive(Debug, Clone)]
pub struct LinkIdentity {
    /// To whom.
    pub person_id: PersonId,
    /// The configured provider's key.
    pub provider: String,
    /// The issuer, exactly as in the ID token.
    pub issuer: String,
    /// The subject at that issuer.
    pub subject: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linked {
    /// It is theirs now.
    Linked(IdentityId),
    /// It was theirs before.
    AlreadyTheirs(IdentityId),
    /// It belongs to somebody else; nothing was changed.
    SomebodyElses(PersonId),
}

/// Why it could not be linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkIdentityError {
    /// There is no such person.
    #[error("no such person")]
    NotFound,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Binds an identity to a person.
///
/// # Errors
/// See [`LinkIdentityError`].
pub async fn link_identity(
    tx: &mut Tx,
    cx: &Cx,
    command: LinkIdentity,
) -> Result<Linked, LinkIdentityError> {
    let person = find(tx, &command.person_id).await?;
    let person = person.ok_or(LinkIdentityError::NotFound)?;
    let id: IdentityId = cx.new_id();
    let added: Option<(IdentityId,)> = on!(tx, |c| sqlx::query_as(store::ADD_IDENTITY)
        .bind(&id)
        .bind(&person.id)
        .bind(&command.provider)
        .bind(&command.issuer)
        .bind(&command.subject)
        .bind(cx.now())
        .fetch_optional(c)
        .await)
    .map_err(Error::from)?;
    if added.is_none() {
        let holder: Option<Identity> = on!(tx, |c| sqlx::query_as(store::IDENTITY)
            .bind(&command.issuer)
            .bind(&command.subject)
            .fetch_optional(c)
            .await)
        .map_err(Error::from)?;
        let holder = holder.ok_or(Error::Lost)?;
        return Ok(if holder.person_id == person.id {
            Linked::AlreadyTheirs(holder.id)
        } else {
            Linked::SomebodyElses(holder.person_id)
        });
    }
    let event = audit::Event {
        action: "person.identity_linked",
        target: person.id.as_str(),
        organization: None,
        detail: json!({ "identity": id, "provider": command.provider }),
    };
    audit::record(tx, cx, event).await?;
    tell::person(tx, cx, &person.id, "person.identity_linked").await?;
    Ok(Linked::Linked(id))
}
