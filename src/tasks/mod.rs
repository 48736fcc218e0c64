//! Requests that a person looks at something: what the portal would not decide by itself.
//!
//! A task is raised in the transaction that met the trouble. There is one open task for a kind and
//! a subject: raising it again while it is open changes nothing. Pages that list and close tasks
//! are elsewhere; this is the store.

pub mod store;

use serde_json::Value;

use crate::{
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{Id, OrganizationId, TaskId},
    },
    on,
};

crate::text_enum! {
    /// What kind of thing somebody should look at.
    pub enum TaskKind {
        /// A provider reported an address that belongs to another person.
        AddressTaken = "address_taken",
        /// A CRM-driven change would have taken an organization's last admin.
        LastAdmin = "last_admin",
        /// An organization became another kind, and nobody has a role that runs such a one any more.
        NobodyRuns = "nobody_runs",
        /// A record of a CRM could not be understood.
        BadRecord = "bad_record",
        /// A CRM ended too many contracts at once; what waits is in `held_changes`.
        MassEnd = "mass_end",
        /// A directory disabled too many people at once; the subject is the destination. Once it is
        /// closed the next ones are taken.
        MassDisabled = "mass_disabled",
        /// What changes in a directory could not be read for a while; the subject is the destination.
        DirectoryUnreadable = "directory_unreadable",
        /// More people are active than the contract has seats.
        SeatsExceeded = "seats_exceeded",
        /// Those who run an organization ask for more seats.
        SeatsAsked = "seats_asked",
        /// An invitation asked for in the CRM could not be made.
        InvitationRequest = "invitation_request",
        /// A destination refuses our credentials; the subject is the destination.
        CredentialsRefused = "credentials_refused",
        /// Changes wait for a credential that a colleague lends; the subject is the connection.
        CredentialMissing = "credential_missing",
        /// A webhook subscriber answered that it is gone for good; the subject is the destination.
        SubscriberGone = "subscriber_gone",
        /// A destination has dead letters; the subject is the destination.
        DeadLetters = "dead_letters",
        /// The feed of a connection has not been readable for a while; the subject is the connection.
        FeedUnreadable = "feed_unreadable",
        /// A CRM has been silent for longer than its last word is trusted; the subject is the connection.
        CrmSilent = "crm_silent",
        /// A comparison found differences; the subject is the connection.
        Differences = "differences",
    }
}

/// A task to raise.
#[derive(Debug, Clone)]
pub struct NewTask<'a> {
    /// What kind.
    pub kind: TaskKind,
    /// The organization it concerns, if one.
    pub organization: Option<&'a OrganizationId>,
    /// What it is about: an id of ours, or `connection:record` of a CRM. One open task each.
    pub subject: &'a str,
    /// What helps to decide, for staff.
    pub detail: Value,
}

/// A task as stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What kind.
    pub kind: TaskKind,
    /// The organization it concerns, if one.
    pub organization_id: Option<OrganizationId>,
    /// What it is about.
    pub subject: String,
    /// What helps to decide, as JSON.
    pub detail: String,
    /// Since when.
    pub created_at: Instant,
}

/// Raises a task unless one of its kind is open for the subject.
///
/// # Errors
/// When the database refuses.
pub async fn raise(tx: &mut Tx, cx: &Cx, task: NewTask<'_>) -> Result<Option<TaskId>, Error> {
    let detail = task.detail.to_string();
    let raised: Option<(TaskId,)> = on!(tx, |c| sqlx::query_as(store::RAISE)
        .bind(cx.new_id::<TaskId>())
        .bind(task.kind)
        .bind(task.organization)
        .bind(task.subject)
        .bind(&detail)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    Ok(raised.map(|(id,)| id))
}

/// Closes a task; `false` when there is no such open task.
///
/// # Errors
/// When the database refuses.
pub async fn close(tx: &mut Tx, cx: &Cx, task: &TaskId) -> Result<bool, Error> {
    let closed: Option<(Option<OrganizationId>, TaskKind)> =
        on!(tx, |c| sqlx::query_as(store::CLOSE)
            .bind(task)
            .bind(cx.now())
            .bind(cx.actor.reference())
            .fetch_optional(c)
            .await)?;
    let Some((organization, kind)) = closed else {
        return Ok(false);
    };
    let event = audit::Event {
        action: "task.closed",
        target: task.as_str(),
        organization: organization.as_ref(),
        detail: serde_json::json!({ "kind": kind }),
    };
    audit::record(tx, cx, event).await?;
    Ok(true)
}

/// Closes the open task of a kind and subject, once what it asked for has happened.
///
/// # Errors
/// When the database refuses.
pub async fn settle(tx: &mut Tx, cx: &Cx, kind: TaskKind, subject: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SETTLE)
        .bind(kind)
        .bind(subject)
        .bind(cx.now())
        .bind(cx.actor.reference())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether there is an open task of a kind about a subject.
///
/// # Errors
/// When the database refuses.
pub async fn is_open(conn: &mut Conn, kind: TaskKind, subject: &str) -> Result<bool, Error> {
    Ok(find_open(conn, kind, subject).await?.is_some())
}

/// The open task of a kind about a subject.
///
/// # Errors
/// When the database refuses.
pub async fn find_open(
    conn: &mut Conn,
    kind: TaskKind,
    subject: &str,
) -> Result<Option<Task>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_OPEN)
        .bind(kind)
        .bind(subject)
        .fetch_optional(c)
        .await)?)
}

/// The open tasks of one kind, by subject.
///
/// # Errors
/// When the database refuses.
pub async fn open_of_kind(conn: &mut Conn, kind: TaskKind, limit: i64) -> Result<Vec<Task>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OPEN_OF_KIND)
        .bind(kind)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The open tasks that nobody was sent a letter about, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn untold(conn: &mut Conn, limit: i64) -> Result<Vec<Task>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::UNTOLD)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// When a letter about tasks was last written.
///
/// # Errors
/// When the database refuses.
pub async fn last_told(conn: &mut Conn) -> Result<Option<Instant>, Error> {
    Ok(on!(conn, |c| sqlx::query_scalar(store::LAST_TOLD)
        .fetch_optional(c)
        .await)?)
}

/// Notes that a letter was written about every task that is open now.
///
/// # Errors
/// When the database refuses.
pub async fn set_told(tx: &mut Tx, cx: &Cx) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_TOLD)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Notes that a letter was written about the open task of a kind and subject.
///
/// # Errors
/// When the database refuses.
pub async fn set_told_of(tx: &mut Tx, cx: &Cx, kind: TaskKind, subject: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_TOLD_OF)
        .bind(kind)
        .bind(subject)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Takes open tasks of a kind that nobody has been told of; from now on they count as told.
///
/// # Errors
/// When the database refuses.
pub async fn take_untold(
    tx: &mut Tx,
    cx: &Cx,
    kind: TaskKind,
    limit: i64,
) -> Result<Vec<Task>, Error> {
    Ok(on!(tx, |c| sqlx::query_as(store::TAKE_UNTOLD)
        .bind(kind)
        .bind(cx.now())
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// The open tasks, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn open(conn: &mut Conn, limit: i64) -> Result<Vec<Task>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OPEN)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
