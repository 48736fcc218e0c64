//! What a directory says about its users, taken over here: who is kept out there is kept out here.

use std::time::Duration;

use super::{
    brake,
    memory::{self, Block},
    port::{DirectoryError, Seen, Watch},
    registry::Configured,
    store,
};
use crate::{
    access::Catalogues,
    app::AppState,
    db::{Conn, Database, Error},
    kernel::{Actor, Cx, Instant, World, ids::PersonId},
    on,
    people::{self, Followed, KeepOutError, PersonStatus},
    settings::AccessSettings,
};

/// For so long after the portal made a user, or let them sign in there again, the directory may still
/// show them as they were before.
const SETTLES: Duration = Duration::from_secs(5 * 60);

/// What is needed to take it over.
#[derive(Clone)]
pub struct Upstream {
    /// The database.
    pub db: Database,
    /// Clock and randomness.
    pub world: World,
    /// Who runs an organization, by the newest version.
    pub catalogues: Catalogues,
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
    /// It may be what the portal itself has changed meanwhile: it has to be read again.
    Later,
}

/// Why a directory could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// It gives no answer that helps.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// A directory that is followed.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Which.
    pub directory: &'a Configured,
    /// How its changes are followed.
    pub watch: &'a dyn Watch,
}

impl Source<'_> {
    pub(super) fn key(&self) -> &str {
        &self.directory.settings.key
    }

    /// What is noted with somebody whom it keeps out.
    fn name(&self) -> String {
        format!("directory:{}", self.key())
    }
}

impl Upstream {
    /// What the portal has for it.
    #[must_use]
    pub fn of(state: &AppState) -> Self {
        Self {
            db: state.db.clone(),
            world: state.world.clone(),
            catalogues: state.catalogues.clone(),
            access: state.settings.access.clone(),
        }
    }

    /// Takes over how a user stood there when it was read. Users whom nobody here is, and those whom
    /// the portal itself keeps out there, are passed over. Nobody is kept out before the directory
    /// has said so once more.
    ///
    /// # Errors
    /// When the database refuses, or the directory does not say it again.
    pub async fn take(
        &self,
        source: Source<'_>,
        (user, seen): (&str, Seen),
        read_at: Instant,
    ) -> Result<Taken, Trouble> {
        let mut conn = self.db.read().await?;
        let Some(person) = whose(&mut conn, source.directory, user).await? else {
            return Ok(Taken::Done(Followed::Nothing));
        };
        if seen == Seen::Enabled {
            let is_kept_out = people::is_kept_out_by(&mut conn, &person, &source.name()).await?;
            drop(conn);
            return match is_kept_out {
                true => Ok(self.let_in(source, person).await?),
                false => Ok(Taken::Done(Followed::Nothing)),
            };
        }
        let about = About {
            key: source.key().to_owned(),
            user: user.to_owned(),
            person,
            read_at,
        };
        if let Some(taken) = about.passed_over(&mut conn).await? {
            return Ok(taken);
        }
        drop(conn);
        if source.watch.see(user).await? == Seen::Enabled {
            return Ok(Taken::Done(Followed::Nothing));
        }
        Ok(self.keep_out(source, about).await?)
    }

    async fn let_in(&self, source: Source<'_>, person: PersonId) -> Result<Taken, Error> {
        let (cx, name) = (self.cx(source), source.name());
        let done: Result<Taken, KeepOutError> = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let followed = people::enabled_there(tx, &cx, (&person, &name)).await?;
                    Ok(Taken::Done(followed))
                })
            })
            .await;
        done.or_else(nothing)
    }

    async fn keep_out(&self, source: Source<'_>, about: About) -> Result<Taken, Error> {
        let (cx, name) = (self.cx(source), source.name());
        let (rules, issuer) = (self.access.clone(), source.directory.issuer.clone());
        let catalogues = self.catalogues.clone();
        let done: Result<Taken, KeepOutError> = self
            .db
            .write(move |tx| {
                Box::pin(async move {
                    // What was told meanwhile is known only here.
                    if let Some(taken) = about.passed_over(tx).await? {
                        return Ok(taken);
                    }
                    if !brake::lets_through(tx, &cx, &rules, (&about.key, &issuer)).await? {
                        return Ok(Taken::Held);
                    }
                    let catalogue = catalogues.held(tx).await?;
                    let named = (&about.person, name.as_str());
                    let followed = people::disabled_there(tx, &cx, &catalogue, named).await?;
                    Ok(Taken::Done(followed))
                })
            })
            .await;
        done.or_else(nothing)
    }

    fn cx(&self, source: Source<'_>) -> Cx {
        self.world.cx(Actor::Provider {
            provider: source.directory.settings.provider.clone(),
        })
    }
}

fn nothing(error: KeepOutError) -> Result<Taken, Error> {
    match error {
        KeepOutError::Db(error) => Err(error),
        KeepOutError::NotFound | KeepOutError::NoReason | KeepOutError::LastAdmin(_) => {
            Ok(Taken::Done(Followed::Nothing))
        }
    }
}

/// Somebody who may not sign in there, or is gone.
struct About {
    key: String,
    user: String,
    person: PersonId,
    /// When that was read.
    read_at: Instant,
}

impl About {
    /// What comes of it at once, if nobody has to be kept out for it.
    async fn passed_over(&self, conn: &mut Conn) -> Result<Option<Taken>, Error> {
        let found = people::find(conn, &self.person).await?;
        if found.is_none_or(|found| found.status != PersonStatus::Active) {
            return Ok(Some(Taken::Done(Followed::Nothing)));
        }
        let memories = memory::recall(conn, &self.key, &self.person).await?;
        let Some(memory) = memory::of(&memories, &self.user) else {
            return Ok(None);
        };
        if memory.block != Block::No {
            return Ok(Some(Taken::Done(Followed::Nothing)));
        }
        let is_fresh = memory
            .let_in_at
            .is_some_and(|at| at.plus(SETTLES) > self.read_at);
        Ok(is_fresh.then_some(Taken::Later))
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
