//! The port: what every directory adapter offers.
//!
//! A directory is told the whole state of one user at a time, so that telling it twice is telling it
//! once. An adapter reads what is there, writes only what differs, and leaves everything alone that
//! is not the portal's.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    crm::port::{CrmError, Usage},
    kernel::Instant,
};

/// One directory, behind its adapter.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Whether it answers and our rights suffice; the text is for the operator.
    ///
    /// # Errors
    /// Why not; a missing permission by its name there.
    async fn check(&self) -> Result<String, DirectoryError>;

    /// Brings one user to what is wanted; `witness` hears of it before somebody who may sign in is
    /// kept from it.
    ///
    /// # Errors
    /// See [`DirectoryError`]. Some of it may be done already; telling it again finishes the rest.
    async fn put_before(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError>;

    /// The same without a witness.
    ///
    /// # Errors
    /// As above.
    async fn put(&self, wanted: &Wanted) -> Result<Put, DirectoryError> {
        self.put_before(wanted, &Nobody).await
    }

    /// Calls and limits since the last look; `None` where calls are not counted.
    fn usage(&self) -> Option<Usage> {
        None
    }

    /// How its changes are followed; `None` where they cannot be.
    fn watch(&self) -> Option<&dyn Watch> {
        None
    }
}

/// Hears of what is about to be written.
#[async_trait]
pub trait Witness: Send + Sync {
    /// The user may sign in, and the next call keeps them from it.
    ///
    /// # Errors
    /// Then the call is not made.
    async fn about_to_block(&self) -> Result<(), DirectoryError>;
}

/// A witness who does not care.
struct Nobody;

#[async_trait]
impl Witness for Nobody {
    async fn about_to_block(&self) -> Result<(), DirectoryError> {
        Ok(())
    }
}

/// A directory that says when a user changes.
#[async_trait]
pub trait Watch: Send + Sync {
    /// Has notices sent until then, or for as long as the directory allows.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    async fn subscribe(&self, to: &WhereTo, until: Instant)
    -> Result<Subscription, DirectoryError>;

    /// The same for longer; until when. `None` when there is no such subscription any more.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    async fn renew(&self, id: &str, until: Instant) -> Result<Option<Instant>, DirectoryError>;

    /// How a user stands now.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    async fn see(&self, user: &str) -> Result<Seen, DirectoryError>;

    /// What changed after a place; an empty one begins with everybody.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    async fn delta(&self, cursor: &str) -> Result<Delta, DirectoryError>;
}

/// Where notices are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhereTo {
    /// The address.
    pub notices: String,
    /// What each notice has to carry.
    pub secret: String,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// When it runs out.
    pub until: Instant,
}

/// How a user stands in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// May sign in.
    Enabled,
    /// May not.
    Disabled,
    /// Is not there any more.
    Gone,
}

/// Users that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// How they stand, by their ids.
    pub users: Vec<(String, Seen)>,
    /// Where to go on.
    pub cursor: String,
    /// Whether there is more right now.
    pub more: bool,
}

/// How a directory must hold somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Our id of the person: the key under which a user is made once.
    pub person_id: String,
    /// The user there; `None` to find the one we made, or to make one.
    pub user: Option<String>,
    /// Verified address, for a user that is made.
    pub email: String,
    /// Given name, for a user that is made.
    pub given_name: String,
    /// Family name, for a user that is made.
    pub family_name: String,
    /// Ids of their contacts in the CRMs, sorted.
    pub contacts: Vec<String>,
    /// Organizations in which they have access now, by id, sorted.
    pub organizations: Vec<String>,
    /// Their business roles there as `organization/role`, sorted.
    pub roles: Vec<String>,
    /// Whether they may sign in there; `None` to leave that as it is.
    pub enabled: Option<bool>,
    /// Ends their sessions there, after everything else.
    pub end_sessions: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// The directory holds it.
    Done {
        /// The user's id there.
        user: String,
        /// Whether they could sign in there before.
        was_enabled: bool,
    },
    /// Whether they may sign in is as it should be, and sessions are ended; the rest was refused.
    Partly {
        /// The user's id there.
        user: String,
        /// Whether they could sign in there before.
        was_enabled: bool,
        /// Why.
        refusal: DirectoryError,
    },
    /// There is no such user.
    NotFound,
    /// Somebody is there already who may be another human; a person decides.
    Taken {
        /// Their ids there.
        candidates: Vec<String>,
    },
}

impl Put {
    /// The user is there, and the rest was refused when there is a refusal.
    #[must_use]
    pub fn there(user: String, was_enabled: bool, refusal: Option<DirectoryError>) -> Self {
        match refusal {
            None => Self::Done { user, was_enabled },
            Some(refusal) => Self::Partly {
                user,
                was_enabled,
                refusal,
            },
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// No answer, or one that says to come back later.
    #[error("the directory cannot be reached: {0}")]
    Unreachable(String),
    /// It asks us to slow down.
    #[error("the directory asks us to wait")]
    Throttled {
        /// How long, when it said so.
        retry_after: Option<Duration>,
    },
    /// Our credentials or rights are not accepted.
    #[error("the directory refuses our credentials or rights: {0}")]
    AuthBroken(String),
    /// It does not let us do this to this user. Whether that is so for all, [`settled`] finds out;
    /// only an adapter knows this one.
    #[error("the directory does not let the portal do this: {0}")]
    Denied(String),
    /// Something is missing there, or in the settings here.
    #[error("the directory is not set up for the portal: {0}")]
    Setup(String),
    /// The answer was not understood.
    #[error("the directory's answer was not understood: {0}")]
    Protocol(String),
    /// It refuses this user's state for good.
    #[error("the directory refuses: {reason}")]
    Refused {
        /// A stable word for grouping.
        cause: &'static str,
        /// What it said.
        reason: String,
    },
}

impl DirectoryError {
    /// Whether it says no to what was asked, rather than that it cannot be asked now.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Denied(_) | Self::Setup(_) | Self::Refused { .. }
        )
    }

    /// The same where no user was meant.
    #[must_use]
    pub fn about_all(self) -> Self {
        match self {
            Self::Denied(reason) => Self::AuthBroken(reason),
            other => other,
        }
    }
}

/// What was put, with the meaning of a denial found out: one user's own while a check, which concerns
/// nobody, finds nothing missing, and otherwise what the check says.
///
/// # Errors
/// As [`Directory::put_before`].
pub async fn settled(
    directory: &dyn Directory,
    put: Result<Put, DirectoryError>,
) -> Result<Put, DirectoryError> {
    match put {
        Err(DirectoryError::Denied(reason)) => Err(denied(directory, reason).await),
        Ok(Put::Partly {
            user,
            was_enabled,
            refusal: DirectoryError::Denied(reason),
        }) => Ok(Put::Partly {
            user,
            was_enabled,
            refusal: denied(directory, reason).await,
        }),
        other => other,
    }
}

async fn denied(directory: &dyn Directory, reason: String) -> DirectoryError {
    match directory.check().await {
        Ok(_) => DirectoryError::Refused {
            cause: "not_permitted",
            reason,
        },
        Err(error) => error.about_all(),
    }
}

/// Calls are made by the same parts as those to a CRM.
impl From<CrmError> for DirectoryError {
    fn from(error: CrmError) -> Self {
        match error {
            CrmError::Unreachable(reason) => Self::Unreachable(reason),
            CrmError::Throttled { retry_after } => Self::Throttled { retry_after },
            CrmError::AuthBroken(reason) => Self::AuthBroken(reason),
            // Directories have credentials of their own.
            CrmError::NoCredential => Self::AuthBroken("no credential".to_owned()),
            CrmError::Setup(reason) => Self::Setup(reason),
            CrmError::Protocol(reason) => Self::Protocol(reason),
        }
    }
}
