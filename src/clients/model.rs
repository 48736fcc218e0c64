//! A client and what it may do.

use std::{collections::BTreeSet, fmt};

use crate::kernel::{Instant, LinkSecret, ids::ApiClientId, text_enum::UnknownWord};

/// Longest name of a client, in characters.
pub const NAME_LIMIT: usize = 100;
/// Before a secret and a token, so that one that leaks is recognised for what it is.
const SECRET: &str = "vcs_";
const TOKEN: &str = "vat_";

crate::text_enum! {
    /// What a client may do.
    pub enum Scope {
        /// Invite, send again, take back.
        InvitationsWrite = "invitations:write",
        /// Read how invitations stand.
        InvitationsRead = "invitations:read",
        /// Ask for people.
        PeopleWrite = "people:write",
        /// Read the members of organizations.
        MembersRead = "members:read",
        /// Read the audit log.
        EventsRead = "events:read",
        /// Ask whether people may do something.
        AccessDecide = "access:decide",
        /// Ask for what belongs into people's tokens.
        ClaimsRead = "claims:read",
    }
}

/// Scopes, each once, in order. Stored as OAuth writes them: joined by blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// These.
    #[must_use]
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().collect())
    }

    /// Reads a text of scopes with blanks between them.
    ///
    /// # Errors
    /// The first word that is no scope.
    pub fn parse(text: &str) -> Result<Self, UnknownWord> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        words.map(Scope::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub fn cover(&self, others: &Self) -> bool {
        others.0.is_subset(&self.0)
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

impl TryFrom<String> for Scopes {
    type Error = UnknownWord;
    fn try_from(text: String) -> Result<Self, UnknownWord> {
        Self::parse(&text)
    }
}

/// Whether a client may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientState {
    /// It may.
    Active,
    /// Its last day is over.
    Expired,
    /// An operator took its right away.
    Revoked,
}

/// A program that calls the API.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Client {
    /// Its id, with which it names itself.
    pub id: ApiClientId,
    /// What operators call it.
    pub name: String,
    /// What it may do.
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    /// The one connection whose organizations exist for it; `None` for all.
    pub connection: Option<String>,
    /// Since when.
    pub created_at: Instant,
    /// The first moment it may no longer call; `None` for no end.
    pub expires_at: Option<Instant>,
    /// When its right was taken away.
    pub revoked_at: Option<Instant>,
    /// When it last called, to the minute.
    pub last_used_at: Option<Instant>,
}

impl Client {
    /// Whether it may call at `now`.
    #[must_use]
    pub fn state_at(&self, now: Instant) -> ClientState {
        if self.revoked_at.is_some() {
            ClientState::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            ClientState::Expired
        } else {
            ClientState::Active
        }
    }

    /// Whether organizations of this connection exist for it.
    #[must_use]
    pub fn sees(&self, connection: &str) -> bool {
        self.connection
            .as_deref()
            .is_none_or(|own| own == connection)
    }
}

/// A client secret as it is shown once.
pub(super) fn shown_secret(secret: &LinkSecret) -> String {
    format!("{SECRET}{}", secret.expose())
}

/// Reads a client secret.
pub(super) fn read_secret(text: &str) -> Option<LinkSecret> {
    LinkSecret::parse(text.strip_prefix(SECRET)?)
}

/// A token as it is handed out.
pub(super) fn shown_token(token: &LinkSecret) -> String {
    format!("{TOKEN}{}", token.expose())
}

/// Reads a token.
pub(super) fn read_token(text: &str) -> Option<LinkSecret> {
    LinkSecret::parse(text.strip_prefix(TOKEN)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_words_with_blanks_between_them() {
        let scopes = Scopes::parse("members:read  invitations:write members:read").unwrap();
        assert_eq!(scopes.to_string(), "invitations:write members:read");
        assert!(scopes.cover(&Scopes::new([Scope::MembersRead])));
        assert!(!scopes.cover(&Scopes::new([Scope::EventsRead])));
        Scopes::parse("members:read everything").unwrap_err();
    }

    #[test]
    fn a_token_is_no_secret() {
        let secret = LinkSecret::new(&crate::kernel::Random::default());
        assert!(read_secret(&shown_secret(&secret)).is_some());
        assert!(read_secret(&shown_token(&secret)).is_none());
        assert!(read_token(secret.expose()).is_none());
    }
}
