//! How a connection stands that colleagues lend their credential, for pages.

use std::time::Duration;

use super::model::{Lent, live};
use crate::{
    crm::Connection,
    db::{Conn, Error},
    kernel::Instant,
    outbox::{self, read},
    web::{Shell, urls},
};

/// What is lent, and what waits for it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The connection's name.
    pub name: String,
    /// Its key.
    pub key: String,
    /// What is lent and may be used.
    pub lent: Option<Lent>,
    /// Changes that wait; counted to [`read::COUNTED`].
    pub waiting: i64,
    /// Since when the oldest does.
    pub since: Option<Instant>,
}

/// How a connection stands; `None` for one with a credential of its own.
///
/// # Errors
/// When the database refuses.
pub async fn standing(
    conn: &mut Conn,
    connection: &Connection,
    now: Instant,
) -> Result<Option<Standing>, Error> {
    let Some(borrowed) = &connection.borrowed else {
        return Ok(None);
    };
    let key = connection.key();
    let lent = live(conn, key).await?;
    let lent = lent.filter(|lent| lent.over(borrowed.lenders(), now).is_none());
    let health = read::health(conn, &outbox::crm_destination(key)).await?;
    Ok(Some(Standing {
        name: connection.settings.name.clone(),
        key: key.to_owned(),
        lent,
        waiting: health.counts.waiting,
        since: health.counts.oldest_at,
    }))
}

/// The same in words, with what counts down.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The connection's name.
    pub name: String,
    /// The page about it.
    pub href: String,
    /// Whether a credential is lent.
    pub is_lent: bool,
    /// Whether something waits for one.
    pub is_wanted: bool,
    /// Who lends it, or what waits for somebody who does.
    pub text: String,
    /// Until when, for a script that counts.
    pub until: String,
    /// Hours, minutes and seconds that are left.
    pub left: String,
    /// Until when, for people.
    pub ends: String,
    /// Uses that are left, in words.
    pub uses: String,
}

impl Standing {
    /// It in words.
    #[must_use]
    pub fn shown(&self, shell: &Shell, now: Instant) -> Shown {
        let shown = Shown {
            name: self.name.clone(),
            href: urls::Credential {
                connection: &self.key,
            }
            .to_string(),
            is_lent: self.lent.is_some(),
            is_wanted: self.lent.is_none() && self.waiting > 0,
            text: self.text(shell),
            until: String::new(),
            left: String::new(),
            ends: String::new(),
            uses: String::new(),
        };
        let Some(lent) = &self.lent else {
            return shown;
        };
        Shown {
            until: lent.expires_at.to_string(),
            left: clock(lent.time_left(now)),
            ends: shell.moment(lent.expires_at),
            uses: match lent.uses_left() {
                Some(left) => shell.t2("credential-uses-left", ("left", left), ("of", lent.uses)),
                None => shell.t1("credential-uses-so-far", "used", lent.used),
            },
            ..shown
        }
    }

    fn text(&self, shell: &Shell) -> String {
        let since = self.since.map(|at| shell.moment(at)).unwrap_or_default();
        match (&self.lent, self.waiting) {
            (Some(lent), _) => shell.t1("credential-lent-by", "name", lent.lender.as_str()),
            (None, 0) => shell.t("credential-nothing-waits").into_owned(),
            (None, waiting) => {
                let since = ("since", since.as_str());
                shell.t2("credential-waits", ("count", waiting), since)
            }
        }
    }
}

/// `26:03:09`
fn clock(left: Duration) -> String {
    let seconds = left.as_secs();
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    format!("{hours}:{minutes:02}:{:02}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_reads_like_a_clock() {
        assert_eq!(clock(Duration::from_secs(0)), "0:00:00");
        assert_eq!(clock(Duration::from_secs(26 * 3_600 + 189)), "26:03:09");
    }
}
