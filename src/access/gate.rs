//! The gate: what is known about the maker of a request, read in one statement and never cached.

use std::ops::Deref;

use super::{
    store,
    subject::{Subject, SubjectRow},
};
use crate::{
    db::{Conn, Error},
    kernel::{Instant, SecretHash, ids::SessionId},
    on,
};

/// A session and the person who holds it, as they stand at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The session.
    pub session_id: SessionId,
    /// The provider through which they signed in.
    pub provider: String,
    /// When they signed in.
    pub signed_in_at: Instant,
    /// When they were last seen.
    pub last_seen_at: Instant,
    /// When the session ends in any case.
    pub expires_at: Instant,
    /// Who signed in.
    pub subject: Subject,
}

impl Deref for Gate {
    type Target = Subject;
    fn deref(&self) -> &Subject {
        &self.subject
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    session_id: SessionId,
    provider: String,
    signed_in_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    #[sqlx(flatten)]
    subject: SubjectRow,
}

/// Reads the gate of a session that lives at `now` and was used since `seen_since`.
///
/// # Errors
/// When the database refuses or a stored value does not parse.
pub async fn read(
    conn: &mut Conn,
    secret: &SecretHash,
    now: Instant,
    seen_since: Instant,
) -> Result<Option<Gate>, Error> {
    let rows: Vec<Row> = on!(conn, |c| sqlx::query_as(store::GATE)
        .bind(secret)
        .bind(now)
        .bind(seen_since)
        .fetch_all(c)
        .await)?;
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Ok(None);
    };
    let mut gate = Gate {
        session_id: first.session_id,
        provider: first.provider,
        signed_in_at: first.signed_in_at,
        last_seen_at: first.last_seen_at,
        expires_at: first.expires_at,
        subject: Subject::start(first.subject),
    };
    for row in rows {
        gate.subject.add(row.subject);
    }
    Ok(Some(gate))
}
