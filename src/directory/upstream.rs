//! What a directory says about its users, taken over here: who is kept out there is kept out here.

use super::{
    brake,
    memory::{self, Block},
    port::Seen,
    registry::Configured,
    store,
};
use crate::{
    access::Catalogue,
    app::AppState,
    db::{Conn, Database, Error},
    kernel::{Actor, World, ids::PersonId},
    on,
    people::{self, Followed, KeepOutError, PersonStatus},
    settings::AccessSettings,
};

/// What is needed to take it over.
#[derive(Clone)]
pub struct Upstream {
    /// The database.
    pub db: Database,
    /// Clock and randomness.
    pub world: World,
    /// Who runs an organization.
    pub catalogue: Catalogue,
    /// The mass-change brake.
    pub access: AccessSettings,
}

/// What came of what a directory says about a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It stands so here too.
    Done(Followed),
    /// Too many were disabled at once: it waits for an operator, and has to be read again.
    Held,
}

impl Upstream {
    /// What the portal has for it.
    #[must_use]
    pub fn of(state: &AppState) -> Self {
        Self {
            db: state.db.clone(),
            world: state.world.clone(),
            catalogue: state.catalogue.clone(),
            access: state.settings.access.clone(),
        }
    }
}

impl Upstream {
    /// Takes over how a user stands there. Users whom nobody here is, and those whom the portal
    /// itself keeps out there, are passed over.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take(
        &self,
        directory: &Configured,
        (user, seen): (&str, Seen),
    ) -> Result<Taken, Error> {
        let mut conn = self.db.read().await?;
        let Some(person) = whose(&mut conn, directory, user).await? else {
            return Ok(Taken::Done(Followed::Nothing));
        };
        let key = &directory.settings.key;
        let memory = memory::recall(&mut conn, key, &person).await?;
        drop(conn);
        let is_ours = memory.is_some_and(|memory| memory.block != Block::No);
        if seen != Seen::Enabled && is_ours {
            return Ok(Taken::Done(Followed::Nothing));
        }
        let cx = self.world.cx(Actor::Provider {
            provider: directory.settings.provider.clone(),
        });
        let (rules, issuer) = (self.access.clone(), directory.issuer.clone());
        let (catalogue, key) = (self.catalogue.clone(), key.clone());
        let taken: Result<Taken, KeepOutError> = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let source = format!("directory:{key}");
                    if seen == Seen::Enabled {
                        let followed = people::enabled_there(tx, &cx, (&person, &source)).await?;
                        return Ok(Taken::Done(followed));
                    }
                    let found = people::find(tx, &person).await?;
                    if found.is_none_or(|found| found.status != PersonStatus::Active) {
                        return Ok(Taken::Done(Followed::Nothing));
                    }
                    if !brake::lets_through(tx, &cx, &rules, (&key, &issuer)).await? {
                        return Ok(Taken::Held);
                    }
                    let named = (&person, source.as_str());
                    let followed = people::disabled_there(tx, &cx, &catalogue, named).await?;
                    Ok(Taken::Done(followed))
                })
            })
            .await;
        match taken {
            Ok(taken) => Ok(taken),
            Err(KeepOutError::Db(error)) => Err(error),
            Err(KeepOutError::NotFound | KeepOutError::NoReason | KeepOutError::LastAdmin(_)) => {
                Ok(Taken::Done(Followed::Nothing))
            }
        }
    }
}

/// Who a user is here: by an identity, or because we made the user.
async fn whose(
    conn: &mut Conn,
    directory: &Configured,
    user: &str,
) -> Result<Option<PersonId>, Error> {
    let found: Option<PersonId> = on!(conn, |c| sqlx::query_scalar(store::WHOSE_IDENTITY)
        .bind(&directory.issuer)
        .bind(user)
        .bind(directory.by_subject)
        .fetch_optional(c)
        .await)?;
    if found.is_some() {
        return Ok(found);
    }
    Ok(on!(conn, |c| sqlx::query_scalar(store::WHOSE_USER)
        .bind(&directory.settings.key)
        .bind(user)
        .fetch_optional(c)
        .await)?)
}
