//! The adapter of a connection that has no credential of its own.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use secrecy::SecretString;

use super::{
    end,
    model::{EndedBecause, Lenders, Secret, bound_to, live},
    take::{self, Peeked, Wanted},
    usage::{Use, scrubbed, unread},
};
use crate::{
    crm::{
        port::{
            About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Forged,
            HandOver, Notice, Overview, Part, Reply, Usage, Verdict, Write,
        },
        registry::{RegistryError, remote},
    },
    db::{Conn, Database, Error},
    kernel::{Instant, World, ids::CredentialId},
    settings::{ConnectionSettings, Settings},
};

/// How long the CRM may take to try a credential.
const TRIAL: Duration = Duration::from_secs(15);

/// A CRM that is spoken to with what colleagues lend. Cheap to clone.
#[derive(Clone)]
pub struct Borrowed(Arc<Inner>);

struct Inner {
    db: Database,
    world: World,
    client: reqwest::Client,
    settings: ConnectionSettings,
    wanted: Wanted,
    /// Without a credential: what needs none asks it.
    idle: Arc<dyn Crm>,
    /// With the one used last.
    held: Mutex<Option<Held>>,
}

#[derive(Clone)]
struct Held {
    id: CredentialId,
    crm: Arc<dyn Crm>,
}

impl Borrowed {
    /// The adapter of a connection.
    ///
    /// # Errors
    /// Which connection, and what is wrong with its settings.
    pub fn new(
        settings: &Settings,
        connection: &ConnectionSettings,
        (db, world, client): (&Database, &World, &reqwest::Client),
    ) -> Result<Self, RegistryError> {
        let nobody = Secret {
            value: SecretString::from("nobody"),
            login: "nobody".to_owned(),
        };
        let idle = adapter(&nobody.into(connection), client, world)?;
        Ok(Self(Arc::new(Inner {
            db: db.clone(),
            world: world.clone(),
            client: client.clone(),
            settings: connection.clone(),
            wanted: Wanted {
                connection: connection.key.clone(),
                bound_to: bound_to(connection),
                lenders: Lenders::of(settings, connection),
            },
            idle,
            held: Mutex::default(),
        })))
    }

    /// Who may lend.
    #[must_use]
    pub fn lenders(&self) -> &Lenders {
        &self.0.wanted.lenders
    }

    /// Whether a credential is lent that may be used.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn is_lent(&self, conn: &mut Conn, now: Instant) -> Result<bool, Error> {
        let lent = live(conn, &self.0.settings.key).await?;
        Ok(lent.is_some_and(|lent| lent.over(self.lenders(), now).is_none()))
    }

    /// Asks the CRM whether it accepts a credential, by reading; nothing is kept.
    ///
    /// # Errors
    /// What the CRM said, without the credential in it.
    pub async fn try_out(&self, secret: &Secret) -> Result<(), CrmError> {
        let crm = self.with(&self.0.settings, secret.clone())?;
        match tokio::time::timeout(TRIAL, crm.check()).await {
            Ok(answer) => answer.map(drop).map_err(|error| scrubbed(secret, error)),
            Err(_elapsed) => Err(CrmError::Unreachable("no answer in time".to_owned())),
        }
    }

    /// An adapter for one batch: a use of the credential is claimed for it.
    ///
    /// # Errors
    /// [`CrmError::NoCredential`] when none is lent, or the last use went to another node.
    pub async fn for_batch(&self) -> Result<Arc<dyn Crm>, CrmError> {
        let cx = self.0.world.system("credentials");
        let wanted = self.0.wanted.clone();
        let claimed = self
            .0
            .db
            .write(move |tx| Box::pin(async move { take::claim(tx, &cx, &wanted).await }))
            .await;
        let claimed = claimed.map_err(|error| unread(&error))?;
        Ok(Arc::new(self.lent(claimed.ok_or(CrmError::NoCredential)?)?))
    }

    /// An adapter that reads with other settings, for looking at them.
    ///
    /// # Errors
    /// [`CrmError::NoCredential`] when none is lent.
    pub async fn reading_as(
        &self,
        settings: &ConnectionSettings,
    ) -> Result<Arc<dyn Crm>, CrmError> {
        let (id, secret) = self.peek().await?;
        let crm = self.with(settings, secret.clone())?;
        Ok(Arc::new(Use {
            borrowed: self.clone(),
            id,
            secret,
            crm,
        }))
    }

    /// Wipes what may be used no more, and forgets what was wiped elsewhere.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep(&self) -> Result<(), Error> {
        let lent = {
            let mut conn = self.0.db.read().await?;
            live(&mut conn, &self.0.settings.key).await?
        };
        let known = lent.as_ref().map(|lent| &lent.id);
        self.forget(|id| Some(id) != known);
        let now = self.0.world.clock.now();
        let over = lent.and_then(|lent| Some((lent.over(self.lenders(), now)?, lent.id)));
        if let Some((because, id)) = over {
            self.end(id, because).await?;
        }
        Ok(())
    }

    pub(super) async fn end(&self, id: CredentialId, because: EndedBecause) -> Result<bool, Error> {
        self.forget(|held| *held == id);
        let cx = self.0.world.system("credentials");
        self.0
            .db
            .write(move |tx| Box::pin(async move { end(tx, &cx, &id, because).await }))
            .await
    }

    /// Lets go of the adapter that holds a credential.
    fn forget(&self, is_gone: impl Fn(&CredentialId) -> bool) {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.as_ref().is_some_and(|held| is_gone(&held.id)) {
            *held = None;
        }
    }

    async fn peek(&self) -> Result<(CredentialId, Secret), CrmError> {
        let (keys, now) = (&self.0.world.keys, self.0.world.clock.now());
        let found = match self.0.db.read().await {
            Ok(mut conn) => take::peek(&mut conn, keys, &self.0.wanted, now).await,
            Err(error) => Err(error),
        };
        match found.map_err(|error| unread(&error))? {
            Peeked::Secret(id, secret) => Ok((id, secret)),
            Peeked::Nothing => Err(CrmError::NoCredential),
            Peeked::Unreadable(id) => {
                let ended = self.end(id, EndedBecause::Unreadable).await;
                ended.map_err(|error| unread(&error))?;
                Err(CrmError::NoCredential)
            }
        }
    }

    async fn reading(&self) -> Result<Use, CrmError> {
        let found = self.peek().await?;
        self.lent(found)
    }

    fn lent(&self, (id, secret): (CredentialId, Secret)) -> Result<Use, CrmError> {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let crm = match &*held {
            Some(held) if held.id == id => held.crm.clone(),
            _ => {
                let crm = self.with(&self.0.settings, secret.clone())?;
                *held = Some(Held {
                    id: id.clone(),
                    crm: crm.clone(),
                });
                crm
            }
        };
        Ok(Use {
            borrowed: self.clone(),
            id,
            secret,
            crm,
        })
    }

    fn with(
        &self,
        settings: &ConnectionSettings,
        secret: Secret,
    ) -> Result<Arc<dyn Crm>, CrmError> {
        adapter(&secret.into(settings), &self.0.client, &self.0.world)
            .map_err(|error| CrmError::AuthBroken(error.problem))
    }
}

fn adapter(
    settings: &ConnectionSettings,
    client: &reqwest::Client,
    world: &World,
) -> Result<Arc<dyn Crm>, RegistryError> {
    remote(settings, client, world)?.ok_or_else(|| RegistryError {
        connection: settings.key.clone(),
        problem: "the CRM inside needs no credential".to_owned(),
    })
}

#[async_trait]
impl Crm for Borrowed {
    fn batch_limit(&self) -> usize {
        self.0.idle.batch_limit()
    }

    async fn check(&self) -> Result<String, CrmError> {
        self.reading().await?.check().await
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        self.reading().await?.find_contract(question).await
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        self.reading().await?.changes(cursor, limit).await
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        self.for_batch().await?.apply(writes).await
    }

    async fn overview(&self, about: &About) -> Result<Overview, CrmError> {
        self.reading().await?.overview(about).await
    }

    async fn cases_of(&self, contact_id: &str) -> Result<Part<Vec<Case>>, CrmError> {
        self.reading().await?.cases_of(contact_id).await
    }

    async fn hand_over(&self, hand_over: &HandOver) -> Result<Vec<String>, CrmError> {
        self.for_batch().await?.hand_over(hand_over).await
    }

    fn usage(&self) -> Option<Usage> {
        let held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().and_then(|held| held.crm.usage())
    }

    async fn hear(&self, notice: &Notice<'_>) -> Result<Reply, Forged> {
        self.0.idle.hear(notice).await
    }
}
