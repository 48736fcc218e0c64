//! A directory as a destination of the outbox.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};

use super::{
    memory::{self, Block, Memory},
    port::{DirectoryError, Put, Wanted},
    registry::Configured,
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
    outbox::{self, Budget, Choice, Destination, Fact, Parcel},
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

    async fn read(&self, person: &PersonId) -> Result<(Option<Standing>, Option<Memory>), Error> {
        let mut conn = self.db.read().await?;
        let whose = Whose {
            issuer: &self.directory.issuer,
            by_subject: self.directory.by_subject,
        };
        let now = self.world.clock.now();
        let catalogue = self.catalogues.newest(&mut conn).await?;
        let standing = state::read(&mut conn, &catalogue, whose, (person, now)).await?;
        let memory = memory::recall(&mut conn, self.key(), person).await?;
        Ok((standing, memory))
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
        let (mut standing, mut memory) = self.read(&person).await?;
        for _ in 0..ROUNDS {
            let Some(now) = &standing else {
                return Ok(nothing());
            };
            let before = memory.clone();
            let verdict = self.tell(&person, (now, before), parcel).await?;
            let (again, remembered) = self.read(&person).await?;
            if again == standing {
                return Ok(verdict);
            }
            (standing, memory) = (again, remembered);
        }
        Ok(Verdict::Retry {
            reason: "It changed while it was told.".to_owned(),
            after: None,
        })
    }

    async fn tell(
        &self,
        person: &PersonId,
        (standing, memory): (&Standing, Option<Memory>),
        parcel: &Parcel,
    ) -> Result<Verdict, Trouble> {
        let is_known = memory.is_some();
        let memory = memory.unwrap_or_default();
        if !standing.is_member && !standing.is_suspended && !is_known {
            // Somebody who asks to be let in, or staff: nothing of it is ours.
            return Ok(nothing());
        }
        let mut users: Vec<Option<String>> = standing.users.iter().cloned().map(Some).collect();
        if let Some(Choice::Candidate { id }) = &parcel.choice {
            users = vec![Some(id.clone())];
        }
        if users.is_empty() && !memory.remote_id.is_empty() {
            users.push(Some(memory.remote_id.clone()));
        }
        if users.is_empty() && self.directory.settings.create && standing.has_access {
            users.push(None);
        }
        let mut told = nothing();
        for user in users {
            let plan = self.plan(person, standing, (&memory, user));
            told = self.put(person, plan, &memory).await?;
            if !matches!(told, Verdict::Done { .. }) {
                return Ok(told);
            }
        }
        Ok(told)
    }

    fn plan(
        &self,
        person: &PersonId,
        standing: &Standing,
        (memory, user): (&Memory, Option<String>),
    ) -> Plan {
        let is_staff = self.staff.contains(&standing.email.to_lowercase());
        // Whose access has not begun has lost nothing.
        let had_access = memory.had_access || !standing.waits;
        let lost_access = standing.is_member && !standing.has_access && had_access && !is_staff;
        let kept_out = standing.is_suspended || lost_access;
        let blocks = kept_out && self.directory.settings.block == BlockRule::WhenNoAccess;
        let enabled = match (blocks, memory.block) {
            (true, _) => Some(false),
            (false, Block::No) => None,
            (false, _) => Some(true),
        };
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
                remote_id: memory.remote_id.clone(),
                is_kept_out: kept_out,
                block: if blocks { Block::Yes } else { Block::No },
                had_access: memory.had_access || standing.has_access,
            },
            may_be_missing: kept_out,
        }
    }

    /// What is about to be done is remembered before and what was done after, so that a portal that
    /// stops between the two lets in again whom it has kept out.
    async fn put(
        &self,
        person: &PersonId,
        mut plan: Plan,
        before: &Memory,
    ) -> Result<Verdict, Trouble> {
        if plan.memory.block == Block::Yes && before.block == Block::No {
            let trying = Memory {
                block: Block::Trying,
                ..before.clone()
            };
            self.remember(person, trying).await?;
        }
        match self.directory.directory.put(&plan.wanted).await? {
            Put::Done { user, was_enabled } => {
                // Whoever could not sign in before was kept out by somebody else.
                if !was_enabled && before.block == Block::No {
                    plan.memory.block = Block::No;
                }
                plan.memory.remote_id.clone_from(&user);
                self.remember(person, plan.memory).await?;
                Ok(Verdict::Done {
                    remote_id: Some(user),
                })
            }
            Put::NotFound if plan.may_be_missing => {
                self.remember(person, plan.memory).await?;
                Ok(nothing())
            }
            Put::NotFound => Ok(Verdict::Rejected {
                cause: "not_found".to_owned(),
                reason: "There is no such user in the directory.".to_owned(),
            }),
            Put::Taken { candidates } => Ok(Verdict::NeedsReview {
                reason: "Somebody in the directory has this address already.".to_owned(),
                candidates,
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

fn nothing() -> Verdict {
    Verdict::Done { remote_id: None }
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
    fn verdict(self) -> Verdict {
        match self {
            Self::Directory(DirectoryError::Throttled { retry_after }) => {
                Verdict::Throttled { retry_after }
            }
            // Both wait for an operator; nothing is wrong with the change.
            Self::Directory(DirectoryError::AuthBroken(reason) | DirectoryError::Setup(reason)) => {
                Verdict::AuthBroken { reason }
            }
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
