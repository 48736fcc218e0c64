//! `vestibule reconcile`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{End, Failure, say, start_logs};
use crate::{
    app::AppState,
    crm::reconcile::{self, COMMAND_LINE, Started},
    db::Error,
    kernel::ids::RunId,
    settings::Settings,
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  vestibule reconcile --dry-run            compares every connection and says what differs\n  vestibule reconcile --connection crm     compares one, and mends what has an owner\n\nWhat the portal owns is told to the CRM again, what the CRM owns is read again (contract ends\npass the mass-change brake), and what needs a person stays on /operations/reconciliation."
)]
pub(super) struct Reconcile {
    /// Only this connection.
    #[arg(long, value_name = "KEY")]
    connection: Option<String>,
    /// Compare and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(command: Reconcile, settings: Settings) -> Result<End, Failure> {
    start_logs("warn");
    let state = AppState::build(settings).await?;
    let wanted = command.connection.as_deref();
    let keys = state
        .crm
        .iter()
        .map(|connection| connection.key().to_owned());
    let keys: Vec<String> = keys
        .filter(|key| wanted.is_none_or(|wanted| wanted == key))
        .collect();
    if keys.is_empty() {
        return Ok(End::Refused(
            "There is no such connection. `vestibule config show` lists them.".to_owned(),
        ));
    }
    let mut has_differences = false;
    for key in keys {
        has_differences |= one(&state, &key, command.dry_run).await?;
    }
    state.db.close().await;
    Ok(if has_differences {
        End::Found
    } else {
        End::Done
    })
}

/// Compares one connection; whether something is left that differs.
async fn one(state: &AppState, key: &str, dry_run: bool) -> Result<bool, Failure> {
    let (cx, name) = (state.world.system("reconciliation"), key.to_owned());
    let started: Result<Started, Error> = state
        .db
        .write(move |tx| {
            Box::pin(async move { reconcile::start(tx, &cx, &name, COMMAND_LINE).await })
        })
        .await;
    if started? == Started::UnderWay {
        say(&format!(
            "{key}: a comparison is under way; it is carried on."
        ));
    }
    let stop = CancellationToken::new();
    let finished = reconcile::run_open(&state.db, &state.world, &state.crm, key, &stop)
        .await
        .map_err(anyhow::Error::from)?;
    let Some(run) = finished else {
        say(&format!(
            "{key}: the portal carries a comparison; look at /operations/reconciliation."
        ));
        return Ok(false);
    };
    if !dry_run {
        let cx = state.world.system("reconciliation");
        let all = reconcile::mend_all(&state.db, &state.crm, &cx, &run, u64::MAX).await?;
        if all.mended > 0 {
            say(&format!(
                "{key}: {} mended; what the CRM is told is on its way.",
                all.mended
            ));
        }
        if all.waits > 0 {
            say(&format!(
                "{key}: {} would end too much access at once and wait at /operations/connections/{key}/held.",
                all.waits
            ));
        }
    }
    report(state, key, &run).await
}

async fn report(state: &AppState, key: &str, run: &RunId) -> Result<bool, Failure> {
    let mut conn = state.db.read().await?;
    let counts = reconcile::counts(&mut conn, run).await?;
    if counts.is_empty() {
        say(&format!("{key}: both sides agree."));
    }
    for count in &counts {
        let left = count.found.saturating_sub(count.mended);
        say(&format!(
            "{key}: {} {}, {left} open",
            count.found,
            count.class.as_str().replace('_', " ")
        ));
    }
    if !counts.is_empty() {
        say(&format!("{key}: /operations/reconciliation/{run}"));
    }
    Ok(counts.iter().any(|count| count.found > count.mended))
}
