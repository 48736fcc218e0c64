//! A directory as a destination of the outbox.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

use super::{
    memory::{self, Block, Memory},
    port::{DirectoryError, Put, Wanted, Witness},
    registry::Configured,
    several::{NOT_FOUND, Told, nothing, users},
    state::{self, Standing, Whose},
};
use crate::{
    access::Catalogues,
    crm::port::{Usage, Verdict},
    db::{Database, Error},
    kernel::{
        World,
        ids::{Id, PersonId},
    },
    outbox::{self, Budget, Destination, Fact, Parcel},
    settings::BlockRule,
};

/// People of one batch.
const BATCH: usize = 24;
/// Of them, told at once.
const AT_ONCE: usize = 4;
/// How often somebody is told anew because they changed meanwhile, before it waits.
const ROUNDS: usize = 3;

/// Tells one directory.
pub struct DirectoryDestination {
    name: String,
    db: Database,
    directory: Arc<Configured>,
    catalogues: Catalogues,
    /// Addresses of the portal's own staff, who need no membership.
    staff: BTreeSet<String>,
    world: World,
}

/// What one user is to be, and what is remembered of it.
struct Plan {
    wanted: Wanted,
    memory: Memory,
    /// Whether there is nothing left to do for somebody who is not there.
    may_be_missing: bool,
}

impl DirectoryDestination {
    /// The destination of a directory.
    #[must_use]
    pub fn new(
        db: Database,
        directory: Arc<Configured>,
        catalogues: Catalogues,
        staff: BTreeSet<String>,
        world: World,
    ) -> Self {
        Self {
            name: outbox::directory_destination(&directory.settings.key),
            db,
            directory,
            catalogues,
            staff,
            world,
        }
    }

    fn key(&self) -> &str {
        &self.directory.settings.key
    }

    async fn read(&self, person: &PersonId) -> Result<(Option<Standing>, Vec<Memory>), Error> {
        let mut conn = self.db.read().await?;
        let whose = Whose {
            issuer: &self.directory.issuer,
            by_subject: self.directory.by_subject,
        };
        let now = self.world.clock.now();
        let catalogue = self.catalogues.newest(&mut conn).await?;
        let standing = state::read(&mut conn, &catalogue, whose, (person, now)).await?;
        let memories = memory::recall(&mut conn, self.key(), person).await?;
        Ok((standing, memories))
    }

    /// Tells how somebody stands until nothing has changed while it was told. So whoever told last
    /// has told the newest, even when the lease of an earlier worker ran out under way.
    async fn one(&self, parcel: &Parcel) -> Result<Verdict, Trouble> {
        let Ok(person) = PersonId::parse(&parcel.subject) else {
            return Ok(nothing());
        };
        let Fact::PersonStands(_) = &parcel.payload else {
            return Ok(nothing());
        };
        let (mut standing, mut memories) = self.read(&person).await?;
        for _ in 0..ROUNDS {
            let Some(now) = &standing else {
                return Ok(nothing());
            };
            let verdict = self.tell(&person, (now, &memories), parcel).await?;
            let (again, remembered) = self.read(&person).await?;
            if again == standing {
                return Ok(verdict);
            }
            (standing, memories) = (again, remembered);
        }
        Ok(Verdict::Retry {
            reason: "It changed while it was told.".to_owned(),
            after: None,
        })
    }

    /// Tells about each user of somebody. What is wrong with one keeps no other from being told.
    async fn tell(
        &self,
        person: &PersonId,
        (standing, memories): (&Standing, &[Memory]),
        parcel: &Parcel,
    ) -> Result<Verdict, Trouble> {
        if !standing.is_member && !standing.is_suspended && memories.is_empty() {
            // Somebody who asks to be let in, or staff: nothing of it is ours.
            return Ok(nothing());
        }
        let makes = self.directory.settings.create && standing.has_access;
        let had_access = memories.iter().any(|memory| memory.had_access);
        let mut told = Told::default();
        for (user, before) in users(standing, memories, (parcel.choice.as_ref(), makes)) {
            let plan = self.plan(person, standing, (&before, user, had_access));
            match self.put(person, plan, &before).await {
                Ok(verdict) => told.add(verdict),
                Err(trouble) if trouble.is_about_one() => told.add(trouble.verdict()),
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(told.verdict())
    }

    fn plan(
        &self,
        person: &PersonId,
        standing: &Standing,
        (memory, user, had_access): (&Memory, Option<String>, bool),
    ) -> Plan {
        let is_staff = self.staff.contains(&standing.email.to_lowercase());
        // Whose access has not begun has lost nothing.
        let had_access = had_access || !standing.waits;
        let lost_access = standing.is_member && !standing.has_access && had_access && !is_staff;
        let kept_out = standing.is_suspended || lost_access;
        let blocks = kept_out && self.directory.settings.block == BlockRule::WhenNoAccess;
        let enabled = match (blocks, memory.block) {
            (true, _) => Some(false),
            (false, Block::No) => None,
            (false, _) => Some(true),
        };
        // One that is made, and one that is let in again, may be seen as they were for a while.
        let is_let_in = enabled == Some(true) || (user.is_none() && memory.remote_id.is_empty());
        let let_in_at = is_let_in.then(|| self.world.clock.now());
        Plan {
            wanted: Wanted {
                person_id: person.to_string(),
                user,
                email: standing.email.clone(),
                given_name: standing.given_name.clone(),
                family_name: standing.family_name.clone(),
                contacts: standing.contacts.clone(),
                organizations: standing.organizations.clone(),
                roles: standing.roles.clone(),
                enabled,
                end_sessions: kept_out && !memory.is_kept_out,
            },
            memory: Memory {
                asked: memory.asked.clone(),
                remote_id: memory.remote_id.clone(),
                is_kept_out: kept_out,
                block: if blocks { Block::Yes } else { Block::No },
                had_access: memory.had_access || standing.has_access,
                let_in_at: let_in_at.or(memory.let_in_at),
            },
            may_be_missing: kept_out,
        }
    }

    /// A block is remembered right before it is written ([`Blocking`]) and again after it, so that a
    /// portal that stops between the two lets in again whom it has kept out, and one that did not come
    /// to write it lets in nobody whom others keep out.
    async fn put(
        &self,
        person: &PersonId,
        mut plan: Plan,
        before: &Memory,
    ) -> Result<Verdict, Trouble> {
        let witness = Blocking {
            destination: self,
            person,
            before,
        };
        let put = self.directory.directory.put_before(&plan.wanted, &witness);
        let (user, was_enabled, refusal) = match put.await? {
            Put::Done { user, was_enabled } => (user, was_enabled, None),
            Put::Partly {
                user,
                was_enabled,
                refusal,
            } => (user, was_enabled, Some(refusal)),
            Put::NotFound if plan.may_be_missing => {
                self.remember(person, plan.memory).await?;
                return Ok(nothing());
            }
            Put::NotFound => {
                return Ok(Verdict::Rejected {
                    cause: NOT_FOUND.to_owned(),
                    reason: "There is no such user in the directory.".to_owned(),
                });
            }
            Put::Taken { candidates } => {
                return Ok(Verdict::NeedsReview {
                    reason: "Somebody in the directory has this address already.".to_owned(),
                    candidates,
                });
            }
        };
        // Whoever could not sign in before was kept out by somebody else.
        if !was_enabled && before.block == Block::No {
            plan.memory.block = Block::No;
        }
        plan.memory.remote_id.clone_from(&user);
        self.remember(person, plan.memory).await?;
        match refusal {
            Some(refusal) => Err(refusal.into()),
            None => Ok(Verdict::Done {
                remote_id: Some(user),
            }),
        }
    }

    async fn remember(&self, person: &PersonId, memory: Memory) -> Result<(), Error> {
        let (key, person, now) = (
            self.key().to_owned(),
            person.clone(),
            self.world.clock.now(),
        );
        self.db
            .write(move |tx| {
                Box::pin(async move { memory::remember(tx, (&key, &person), &memory, now).await })
            })
            .await
    }
}

/// Remembers a block that is about to be written.
struct Blocking<'a> {
    destination: &'a DirectoryDestination,
    person: &'a PersonId,
    before: &'a Memory,
}

#[async_trait]
impl Witness for Blocking<'_> {
    async fn about_to_block(&self) -> Result<(), DirectoryError> {
        if self.before.block != Block::No {
            return Ok(());
        }
        let trying = Memory {
            block: Block::Trying,
            ..self.before.clone()
        };
        let stored = self.destination.remember(self.person, trying).await;
        stored.map_err(|error| DirectoryError::Unreachable(format!("nothing was asked: {error}")))
    }
}

#[async_trait]
impl Destination for DirectoryDestination {
    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> Option<&str> {
        Some(&self.directory.settings.name)
    }

    fn batch_limit(&self) -> usize {
        BATCH
    }

    /// A second user cannot have an address that is somebody's.
    fn makes_new(&self) -> bool {
        false
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        // Once it asks us to wait, or refuses us, the rest of the batch need not ask again.
        let stopped: Mutex<Option<Verdict>> = Mutex::new(None);
        let one = async |parcel: &Parcel| {
            let stop = || stopped.lock().unwrap_or_else(PoisonError::into_inner);
            let known = stop().clone();
            if let Some(verdict) = known {
                return verdict;
            }
            let verdict = match self.one(parcel).await {
                Ok(verdict) => verdict,
                Err(trouble) => trouble.verdict(),
            };
            if matches!(
                verdict,
                Verdict::Throttled { .. } | Verdict::AuthBroken { .. }
            ) {
                *stop() = Some(verdict.clone());
            }
            verdict
        };
        stream::iter(batch.iter().map(one))
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    fn budget(&self) -> Option<Budget> {
        Some(Budget {
            calls_per_minute: self.directory.settings.calls_per_minute,
            reserve_percent: self.directory.settings.reserve_percent,
        })
    }

    fn usage(&self) -> Option<Usage> {
        self.directory.directory.usage()
    }
}

/// Why somebody could not be told.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Db(#[from] Error),
}

impl Trouble {
    /// Whether another user may be told all the same.
    fn is_about_one(&self) -> bool {
        matches!(self, Self::Directory(DirectoryError::Refused { .. }))
    }

    fn verdict(self) -> Verdict {
        match self {
            Self::Directory(DirectoryError::Throttled { retry_after }) => {
                Verdict::Throttled { retry_after }
            }
            // Both wait for an operator; nothing is wrong with the change.
            Self::Directory(
                DirectoryError::AuthBroken(reason)
                | DirectoryError::Denied(reason)
                | DirectoryError::Setup(reason),
            ) => Verdict::AuthBroken { reason },
            Self::Directory(DirectoryError::Refused { cause, reason }) => Verdict::Rejected {
                cause: cause.to_owned(),
                reason,
            },
            Self::Directory(
                error @ (DirectoryError::Unreachable(_) | DirectoryError::Protocol(_)),
            ) => Verdict::Retry {
                reason: error.to_string(),
                after: None,
            },
            Self::Db(error) => Verdict::Retry {
                reason: format!("the state could not be read: {error}"),
                after: None,
            },
        }
    }
}
