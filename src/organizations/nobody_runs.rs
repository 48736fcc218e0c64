//! Organizations that became another kind: whether somebody still runs them.

use super::{NoticeRules, admins, admins::has_admin_by_name};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, OrganizationId},
    },
    tasks::{self, NewTask, TaskKind},
};

/// Organizations looked at in one round at most.
const AT_ONCE: i64 = 100;

/// Notes that an organization became another kind: a role can be for some kinds only. The roles are
/// weighed in the next round ([`weigh_kinds`]), which closes the task where nothing was lost.
pub(super) async fn note_kind(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    kinds: (&str, &str),
) -> Result<(), Error> {
    let task = NewTask {
        kind: TaskKind::NobodyRuns,
        organization: Some(organization),
        subject: organization.as_str(),
        detail: serde_json::json!({ "before": kinds.0, "kind": kinds.1 }),
    };
    tasks::raise(tx, cx, task).await.map(drop)
}

/// Closes what is noted about organizations that somebody runs, and about those in which nobody has
/// a role that ran it.
///
/// # Errors
/// When the database refuses.
pub async fn weigh_kinds(tx: &mut Tx, cx: &Cx, rules: NoticeRules<'_>) -> Result<(), Error> {
    for task in tasks::open_of_kind(tx, TaskKind::NobodyRuns, AT_ONCE).await? {
        let Some(organization) = &task.organization_id else {
            continue;
        };
        let is_run = !admins(tx, rules.catalogue, organization, cx.now())
            .await?
            .is_empty();
        if is_run || !has_admin_by_name(tx, rules.catalogue, organization, cx.now()).await? {
            tasks::settle(tx, cx, TaskKind::NobodyRuns, &task.subject).await?;
        }
    }
    Ok(())
}
