//! Whether another system knows the latest about a subject, for the pages about that subject.

use super::store;
use crate::{
    db::{Conn, Error},
    on,
};

/// What a destination has been told about a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Everything, or there was nothing to tell.
    Everything,
    /// Something is on its way.
    Waiting,
    /// Something could not be delivered; a person has to decide.
    Stuck,
}

/// What `destination` has been told about `subject`.
///
/// # Errors
/// When the database refuses.
pub async fn told(conn: &mut Conn, destination: &str, subject: &str) -> Result<Told, Error> {
    let first: Option<(String,)> = on!(conn, |c| sqlx::query_as(store::FIRST_UNFINISHED)
        .bind(destination)
        .bind(subject)
        .fetch_optional(c)
        .await)?;
    Ok(match first.as_ref().map(|(state,)| state.as_str()) {
        None => Told::Everything,
        Some("waiting" | "claimed") => Told::Waiting,
        Some(_) => Told::Stuck,
    })
}
