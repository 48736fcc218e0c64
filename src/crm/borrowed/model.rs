//! A credential that is lent: how it stands, who may lend, how the secret is kept.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    db::{Conn, Error, Tx, inconsistent},
    kernel::{
        Cx, Instant, Keyring,
        ids::{CredentialId, PersonId},
    },
    on,
    people::PersonStatus,
    settings::{ConnectionSettings, Settings},
};

/// What the sealed value is for.
const PURPOSE: &str = "crm credential";

crate::text_enum! {
    /// Why a credential was wiped.
    pub enum EndedBecause {
        /// Its time was over.
        Expired = "expired",
        /// It carried as many batches as it was lent for.
        UsedUp = "used_up",
        /// Who lent it took it back.
        TakenBack = "taken_back",
        /// A colleague wiped it.
        Wiped = "wiped",
        /// The CRM no longer accepts it.
        Refused = "refused",
        /// Who lent it may lend no more.
        LenderLeft = "lender_left",
        /// The connection left the settings, or has a credential of its own.
        ConnectionLeft = "connection_left",
        /// It could not be opened: `security.encryption_key` or the CRM's address is another now.
        Unreadable = "unreadable",
    }
}

/// A colleague's own way into a CRM.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Token, API key or password.
    pub value: SecretString,
    /// The user's name there, where the CRM asks for it; otherwise empty.
    pub login: String,
}

#[derive(Serialize)]
struct Plain<'a> {
    value: &'a str,
    login: &'a str,
}

#[derive(Deserialize)]
struct Opened {
    value: SecretString,
    login: String,
}

impl Secret {
    /// Seals it for one row and one CRM: what was given for one address never goes to another.
    pub(super) fn seal(
        &self,
        cx: &Cx,
        (id, bound_to): (&CredentialId, &str),
    ) -> Result<String, Error> {
        let plain = Plain {
            value: self.value.expose_secret(),
            login: &self.login,
        };
        let plain = serde_json::to_vec(&plain).map(Zeroizing::new);
        let plain = plain.map_err(inconsistent("credentials", "secret", id))?;
        cx.keys()
            .seal(cx.random(), PURPOSE, &place(id, bound_to), &plain)
            .map_err(inconsistent("credentials", "secret", id))
    }

    /// Opens it; `None` when it was sealed with another key, or for another CRM.
    pub(super) fn open(
        keys: &Keyring,
        (id, bound_to): (&CredentialId, &str),
        sealed: &str,
    ) -> Option<Self> {
        let plain = keys.open(PURPOSE, &place(id, bound_to), sealed);
        let plain = plain.map(Zeroizing::new).ok()?;
        let opened: Opened = serde_json::from_slice(&plain).ok()?;
        Some(Self {
            value: opened.value,
            login: opened.login,
        })
    }

    /// A text of the CRM without the secret in it, should the CRM repeat what it was sent.
    pub(super) fn scrub(&self, text: &str) -> String {
        const SHORTEST: usize = 4;
        let value = self.value.expose_secret();
        if value.len() < SHORTEST {
            return text.to_owned();
        }
        text.replace(value, "•••")
    }

    /// The connection with it in the place of a token of the portal's own.
    pub(super) fn into(self, settings: &ConnectionSettings) -> ConnectionSettings {
        let mut settings = settings.clone();
        if let Some(odoo) = &mut settings.odoo {
            odoo.login = self.login;
        }
        settings.token = Some(self.value);
        settings
    }
}

/// What a sealed one is bound to beside its row: the kind of the CRM and its address.
#[must_use]
pub fn bound_to(connection: &ConnectionSettings) -> String {
    let url = connection.url.as_ref().map_or("", url::Url::as_str);
    format!("{} {url}", connection.kind)
}

fn place(id: &CredentialId, bound_to: &str) -> String {
    format!("{id} {bound_to}")
}

/// The staff who may lend a connection their credential, by the keys of their addresses.
#[derive(Debug, Clone)]
pub struct Lenders(Arc<[String]>);

impl Lenders {
    /// Those of a connection.
    #[must_use]
    pub fn of(settings: &Settings, connection: &ConnectionSettings) -> Self {
        let may = |roles: &[_]| {
            let lenders = &connection.credential_lenders;
            roles.iter().any(|role| lenders.contains(role))
        };
        let staff = settings.staff.iter().filter(|staff| may(&staff.roles));
        Self(staff.map(|staff| staff.email.key().to_owned()).collect())
    }

    /// Whether somebody is one of them.
    #[must_use]
    pub fn contains(&self, email_key: &str) -> bool {
        self.0.iter().any(|key| key == email_key)
    }
}

/// A credential that is lent now.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Lent {
    /// Its id.
    pub id: CredentialId,
    /// Who lent it.
    pub person_id: PersonId,
    /// Their name.
    pub lender: String,
    /// When.
    pub lent_at: Instant,
    /// Until when it may be used.
    pub expires_at: Instant,
    /// Batches it may carry; 0 for any number.
    pub uses: i64,
    /// Batches it carried.
    pub used: i64,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
    pub(super) secret: String,
    email_key: String,
    status: PersonStatus,
}

impl Lent {
    /// Batches it may still carry; `None` for any number.
    #[must_use]
    pub fn uses_left(&self) -> Option<i64> {
        (self.uses > 0).then(|| self.uses.saturating_sub(self.used).max(0))
    }

    /// How long it may still be used.
    #[must_use]
    pub fn time_left(&self, now: Instant) -> Duration {
        self.expires_at.since(now)
    }

    /// Why it may be used no more, though nobody has wiped it yet.
    #[must_use]
    pub fn over(&self, lenders: &Lenders, now: Instant) -> Option<EndedBecause> {
        let may_lend = self.status == PersonStatus::Active && lenders.contains(&self.email_key);
        if self.expires_at <= now {
            Some(EndedBecause::Expired)
        } else if !may_lend {
            Some(EndedBecause::LenderLeft)
        } else {
            None
        }
    }
}

/// The one before.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Past {
    /// Who had lent it.
    pub lender: String,
    /// When it was wiped.
    pub ended_at: Instant,
    /// Why.
    pub ended_because: EndedBecause,
    /// Batches it carried.
    pub used: i64,
}

/// The credential that a connection was lent and that nobody has wiped; [`Lent::over`] says whether
/// it may still be used.
///
/// # Errors
/// When the database refuses.
pub async fn live(conn: &mut Conn, connection: &str) -> Result<Option<Lent>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LIVE)
        .bind(connection)
        .fetch_optional(c)
        .await)?)
}

/// The one that was wiped last.
///
/// # Errors
/// When the database refuses.
pub async fn last(conn: &mut Conn, connection: &str) -> Result<Option<Past>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::LAST)
        .bind(connection)
        .fetch_optional(c)
        .await)?)
}

/// When colleagues were last written to for want of one.
///
/// # Errors
/// When the database refuses.
pub async fn asked(conn: &mut Conn, connection: &str) -> Result<Option<Instant>, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(store::ASKED)
        .bind(connection)
        .fetch_optional(c)
        .await)?)
}

/// Notes that they were written to now.
///
/// # Errors
/// When the database refuses.
pub async fn set_asked(tx: &mut Tx, cx: &Cx, connection: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_ASKED)
        .bind(connection)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
