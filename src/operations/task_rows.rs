//! A task as operators read it: what it asks for, what is known, where it is mended.

use super::{deliveries::link, mask, words};
use crate::{
    app::AppState,
    kernel::{
        Instant,
        ids::{Id, TaskId},
    },
    outbox::MAIL,
    settings::ConnectionKind,
    tasks::{Task, TaskKind},
    web::{Shell, urls},
};

/// Lines of a task's detail shown at most.
const DETAILS: usize = 8;

pub(super) struct TaskRow {
    pub(super) id: TaskId,
    pub(super) text: String,
    pub(super) subject: String,
    /// Name and value, personal data masked.
    pub(super) details: Vec<(String, String)>,
    pub(super) since: String,
    pub(super) href: String,
}

impl TaskRow {
    pub(super) fn of(state: &AppState, shell: &Shell, task: &Task, now: Instant) -> Self {
        let mut details = mask::fields(&task.detail);
        details.truncate(DETAILS);
        Self {
            id: task.id.clone(),
            text: words::task(shell, task.kind.as_str()),
            subject: words::subject(state, shell.lang, &task.subject),
            details,
            since: words::age(shell, now, task.created_at),
            href: mended_at(state, task),
        }
    }
}

/// The page on which an operator can do something about it, or see what it is about.
fn mended_at(state: &AppState, task: &Task) -> String {
    let subject = task.subject.as_str();
    match task.kind {
        TaskKind::DeadLetters => urls::DeadLetters.to_string(),
        TaskKind::SubscriberGone => urls::Webhooks.to_string(),
        TaskKind::MassEnd => urls::HeldChanges {
            connection: subject,
        }
        .to_string(),
        TaskKind::FeedUnreadable | TaskKind::CrmSilent => urls::Connections.to_string(),
        TaskKind::MassDisabled => urls::Receipts.to_string(),
        TaskKind::CredentialMissing => credential(state, subject),
        TaskKind::Differences => urls::Reconciliation.to_string(),
        TaskKind::CredentialsRefused if subject == MAIL => {
            link(urls::Deliveries::PATH, &[("destination", subject.into())])
        }
        TaskKind::CredentialsRefused | TaskKind::DirectoryUnreadable => {
            urls::Connections.to_string()
        }
        TaskKind::BadRecord | TaskKind::InvitationRequest => in_the_crm(state, subject),
        TaskKind::AddressTaken
        | TaskKind::LastAdmin
        | TaskKind::NobodyRuns
        | TaskKind::SeatsAsked
        | TaskKind::SeatsExceeded => {
            let about = task.organization_id.as_ref().map_or(subject, Id::as_str);
            link(urls::OperationsAudit::PATH, &[("about", about.into())])
        }
    }
}

/// Where a credential is lent, as long as the connection borrows one.
fn credential(state: &AppState, connection: &str) -> String {
    let found = state.crm.get(connection);
    if found.is_some_and(|found| found.settings.is_borrowed()) {
        urls::Credential { connection }.to_string()
    } else {
        urls::Connections.to_string()
    }
}

/// Where a record is put right: on the built-in CRM's screen, or in a CRM that we cannot link to.
fn in_the_crm(state: &AppState, subject: &str) -> String {
    let key = subject.split(':').next().unwrap_or_default();
    let connection = state.crm.get(key);
    match connection.map(|connection| connection.settings.kind) {
        Some(ConnectionKind::Builtin) => urls::Crm.to_string(),
        _ => urls::Connections.to_string(),
    }
}
