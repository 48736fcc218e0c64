//! The letter to operators: what is new and needs them, seldom enough to be read.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    app::AppState,
    db::{Error, Tx, dialect},
    kernel::{Cx, EmailAddress},
    mail::{
        self, Letterhead, Post,
        letters::{OperatorNews, OperatorTask},
    },
    settings::{Settings, StaffRole},
    tasks::{self, Task, TaskKind},
    web::{Lang, urls},
};

/// Tasks told in one letter at most; the rest is on the page all the same.
const TASKS: i64 = 100;

/// Writes to every operator when there are tasks that no letter has told of, and the last letter is
/// long enough ago; `false` when there was nothing to write. Safe to call on several nodes at once.
///
/// # Errors
/// When the database refuses; then nothing was written.
pub async fn write_to_operators(state: &AppState) -> Result<bool, Error> {
    let is_off = state.settings.operations.letter_minutes == 0;
    if is_off || operators(&state.settings).is_empty() {
        return Ok(false);
    }
    let is_new = {
        let mut conn = state.db.read().await?;
        !tasks::untold(&mut conn, 1).await?.is_empty()
    };
    if !is_new {
        return Ok(false);
    }
    let (here, cx) = (state.clone(), state.world.system("operations"));
    let written = state
        .db
        .write(move |tx| Box::pin(async move { write(tx, &cx, &here.settings).await }))
        .await;
    if let Ok(true) = written {
        state.outbox.wake();
    }
    written
}

pub(super) fn operators(settings: &Settings) -> Vec<&EmailAddress> {
    let staff = settings.staff.iter();
    staff
        .filter(|staff| staff.roles.contains(&StaffRole::Operator))
        .map(|staff| &staff.email)
        .collect()
}

async fn write(tx: &mut Tx, cx: &Cx, settings: &Settings) -> Result<bool, Error> {
    dialect::lock(tx, "operators-letter").await?;
    let minutes = u64::from(settings.operations.letter_minutes);
    let pause = Duration::from_secs(minutes * 60);
    let last = tasks::last_told(tx).await?;
    if last.is_some_and(|last| cx.now().since(last) < pause) {
        return Ok(false);
    }
    let new = tasks::untold(tx, TASKS).await?;
    if new.is_empty() {
        return Ok(false);
    }
    let head = Letterhead::of(&settings.portal);
    let letter = OperatorNews {
        tasks: counted(&new),
        link: head.link(urls::Operations),
    };
    for operator in operators(settings) {
        let post = Post {
            to: operator,
            lang: Lang::parse(&settings.portal.default_language).unwrap_or(Lang::En),
            reply_to: None,
            organization: None,
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    tasks::set_told(tx, cx).await?;
    Ok(true)
}

/// One line for each kind, in the order in which they came up.
fn counted(tasks: &[Task]) -> Vec<OperatorTask> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut order: Vec<TaskKind> = Vec::new();
    for task in tasks {
        *counts.entry(task.kind.as_str()).or_default() += 1;
        if !order.contains(&task.kind) {
            order.push(task.kind);
        }
    }
    let told = |kind: TaskKind| OperatorTask {
        kind: kind.as_str().to_owned(),
        count: counts.get(kind.as_str()).copied().unwrap_or_default(),
    };
    order.into_iter().map(told).collect()
}
