//! What one run of the provider remembers: sign-on sessions, codes and access tokens.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{person::Person, request::Scope};

/// Life of a sign-on session in seconds: one working day.
pub(super) const SESSION_LIFE: i64 = 8 * 60 * 60;
/// Life of a code in seconds; RFC 6749 4.1.2 allows ten minutes.
pub(super) const CODE_LIFE: i64 = 60;
/// Life of an access token in seconds.
pub(super) const TOKEN_LIFE: i64 = 10 * 60;
/// Entries of one kind at most; past it the one that ends first goes.
const AT_MOST: usize = 10_000;

/// Somebody signed in at this provider in one browser.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) sid: String,
    pub(super) person: Person,
    pub(super) auth_time: i64,
    pub(super) second_step: bool,
}

/// What a code stands for.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) scope: Scope,
    pub(super) session: Session,
}

/// A code before and after its single use.
#[derive(Clone)]
pub(super) enum Code {
    Unused(Box<Grant>),
    Used { access_token: Option<String> },
}

/// What an access token opens.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) sid: String,
    pub(super) person: Person,
    pub(super) scope: Scope,
}

/// All of it.
#[derive(Default)]
pub(super) struct Store {
    sessions: Mutex<Expiring<Session>>,
    codes: Mutex<Expiring<Code>>,
    tokens: Mutex<Expiring<Access>>,
}

impl Store {
    pub(super) fn sessions(&self) -> MutexGuard<'_, Expiring<Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn codes(&self) -> MutexGuard<'_, Expiring<Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Expiring<Access>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every session for which `which` holds, with the access tokens given out under it.
    pub(super) fn end_sessions(&self, which: impl Fn(&str, &Session) -> bool) -> Vec<Session> {
        let mut ended = Vec::new();
        self.sessions().entries.retain(|key, (_, session)| {
            let ends = which(key, session);
            if ends {
                ended.push(session.clone());
            }
            !ends
        });
        if !ended.is_empty() {
            self.tokens()
                .entries
                .retain(|_, (_, access)| !ended.iter().any(|session| session.sid == access.sid));
        }
        ended
    }
}

/// Values that are gone after their time, and never more than [`AT_MOST`] of them.
pub(super) struct Expiring<V> {
    entries: HashMap<String, (i64, V)>,
}

impl<V> Default for Expiring<V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
        }
    }
}

impl<V: Clone> Expiring<V> {
    pub(super) fn insert(&mut self, key: String, value: V, now: i64, life: i64) {
        self.entries.retain(|_, (end, _)| *end > now);
        if self.entries.len() >= AT_MOST {
            let first = self.entries.iter().min_by_key(|(_, (end, _))| *end);
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                self.entries.remove(&key);
            }
        }
        self.entries.insert(key, (now + life, value));
    }

    pub(super) fn get(&self, key: &str, now: i64) -> Option<V> {
        let (end, value) = self.entries.get(key)?;
        (*end > now).then(|| value.clone())
    }

    /// Puts another value in the place of a living one, which keeps its end.
    pub(super) fn replace(&mut self, key: &str, value: V) {
        if let Some((_, old)) = self.entries.get_mut(key) {
            *old = value;
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_end_in_time_and_never_pile_up() {
        let mut all = Expiring::default();
        all.insert("a".to_owned(), 1, 100, 60);
        assert_eq!(all.get("a", 159), Some(1));
        assert_eq!(all.get("a", 160), None);
        for number in 0..AT_MOST + 5 {
            all.insert(format!("n{number}"), 2, 100, 1000);
        }
        assert_eq!(all.entries.len(), AT_MOST);
        all.insert("late".to_owned(), 3, 5000, 1);
        assert_eq!(all.entries.len(), 1);
    }
}
