//! The letter about a comparison: a run of the schedule that found something tells every operator
//! once. Who starts a run by hand looks at its page.

use crate::{
    app::AppState,
    crm::reconcile,
    db::{Error, Tx},
    kernel::Cx,
    mail::{
        self, Letterhead, Post,
        letters::{Differences, Found},
    },
    settings::Settings,
    tasks::{self, TaskKind},
    web::{Lang, urls},
};

use super::letter::operators;

/// Writes to every operator about each finished run that found something; returns how many runs
/// there were. Safe to call on several nodes at once.
///
/// # Errors
/// When the database refuses; then the run in hand is told of later.
pub async fn write_of_differences(state: &AppState) -> Result<u64, Error> {
    let is_off = state.settings.operations.letter_minutes == 0;
    if is_off || operators(&state.settings).is_empty() {
        return Ok(0);
    }
    let mut written = 0;
    loop {
        let (here, cx) = (state.clone(), state.world.system("operations"));
        let is_written: Result<bool, Error> = state
            .db
            .write(move |tx| Box::pin(async move { write(tx, &cx, &here.settings).await }))
            .await;
        if !is_written? {
            break;
        }
        written += 1;
    }
    if written > 0 {
        state.outbox.wake();
    }
    Ok(written)
}

async fn write(tx: &mut Tx, cx: &Cx, settings: &Settings) -> Result<bool, Error> {
    let Some(run) = reconcile::take_untold(tx, cx).await? else {
        return Ok(false);
    };
    let head = Letterhead::of(&settings.portal);
    let counts = reconcile::counts(tx, &run.id).await?;
    let found = counts.into_iter().map(|count| Found {
        class: count.class.as_str().to_owned(),
        count: count.found,
    });
    let mut connections = settings.connections.iter();
    let connection = connections.find(|it| it.key == run.connection);
    let letter = Differences {
        connection: connection.map_or_else(|| run.connection.clone(), |it| it.name.clone()),
        found: found.collect(),
        link: head.link(urls::ReconciliationRun { run: &run.id }),
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
    // This letter has told of the task as well.
    tasks::set_told_of(tx, cx, TaskKind::Differences, &run.connection).await?;
    Ok(true)
}
