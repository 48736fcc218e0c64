//! Background work: deliveries, CRM feeds, clean-up. Safe to run on any number of nodes at once.

use std::time::Duration;

use crate::{
    access::session_store::Sessions,
    api,
    app::AppState,
    clients, contracts,
    crm::{self, borrowed, builtin, poll, reconcile},
    db::Error,
    directory,
    invitations::{self, Rules},
    operations,
    organizations::{self, NoticeRules},
    registration, signals,
    web::rate,
    webhooks,
};

/// How soon every node forgets a borrowed credential that is over.
const FORGET_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Longer than any sender keeps trying.
const KEEP_EVENTS: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Starts every worker; they end when the portal stops.
pub fn start(state: &AppState) {
    state.outbox.start(&state.tasks, &state.stop);
    let reader = state.clone();
    state
        .tasks
        .spawn(async move { reader.providers.keep_fresh(reader.stop.clone()).await });
    let intakes = state.crm.intakes();
    poll::start(intakes, &state.world.random, &state.tasks, &state.stop);
    let registrar = state.clone();
    state
        .tasks
        .spawn(async move { registration::retry::run(&registrar).await });
    let comparer = state.clone();
    state.tasks.spawn(async move {
        let stop = comparer.stop.clone();
        let woken = async || {
            tokio::select! {
                () = tokio::time::sleep(SWEEP_EVERY) => {}
                () = comparer.comparing.notified() => {}
            }
        };
        while stop.run_until_cancelled(woken()).await.is_some() {
            compare(&comparer).await;
        }
    });
    let follower = directory::watching::keep_looking(state.clone());
    state.tasks.spawn(follower);
    let keeper = state.clone();
    state.tasks.spawn(async move {
        let stop = keeper.stop.clone();
        let pause = || tokio::time::sleep(FORGET_EVERY);
        while stop.run_until_cancelled(pause()).await.is_some() {
            if let Err(error) = keeper.crm.keep_borrowed().await {
                tracing::warn!(%error, "borrowed credentials were not looked after");
            }
        }
    });
    let sweeper = state.clone();
    state.tasks.spawn(async move {
        let stop = sweeper.stop.clone();
        if let Err(error) = register(&sweeper).await {
            tracing::warn!(%error, "the directories were not noted; that is tried again");
        }
        while stop
            .run_until_cancelled(tokio::time::sleep(SWEEP_EVERY))
            .await
            .is_some()
        {
            sweep(&sweeper).await;
        }
    });
}

/// Starts the comparisons that are due and carries on those that nobody carries.
async fn compare(state: &AppState) {
    let (db, world) = (&state.db, &state.world);
    for connection in state.crm.iter() {
        if let Err(error) = reconcile::start_due(db, world, connection).await {
            tracing::warn!(%error, connection = connection.key(), "no comparison was started");
        }
        let key = connection.key();
        if let Err(error) = reconcile::run_open(db, world, &state.crm, key, &state.stop).await {
            tracing::warn!(%error, connection = key, "a comparison stands still");
        }
    }
    if let Err(error) = operations::write_of_differences(state).await {
        tracing::warn!(%error, "operators could not be written to about differences");
    }
}

/// One round of clean-up; each part is bounded and nothing's correctness rests on it.
pub async fn sweep(state: &AppState) {
    let state = &match state.newest().await {
        Ok(newest) => newest,
        Err(error) => {
            tracing::warn!(%error, "the newest roles and services were not read");
            state.clone()
        }
    };
    let sessions = Sessions::new(
        state.db.clone(),
        state.world.clone(),
        state.catalogues.clone(),
        &state.settings.session,
        state.tasks.clone(),
    );
    if let Err(error) = sessions.sweep().await {
        tracing::warn!(%error, "ended sessions were not swept");
    }
    if let Err(error) = end_invitations(state).await {
        tracing::warn!(%error, "invitations that ran out were not swept");
    }
    if let Err(error) = remind_of_invitations(state).await {
        tracing::warn!(%error, "nobody was reminded of an invitation");
    }
    if let Err(error) = tell_of_contracts(state).await {
        tracing::warn!(%error, "nobody was told of contracts that begin or end");
    }
    if let Err(error) = tell_of_tasks(state).await {
        tracing::warn!(%error, "nobody was told of last admins and of seats that do not suffice");
    }
    if let Err(error) = tell_directories(state).await {
        tracing::warn!(%error, "directories were not told what time has changed");
    }
    rate::forget_idle(&state.limiter);
    rate::forget_idle(&state.questions);
    sweep_counts(state).await;
    look_for_operators(state).await;
    let long_ago = state.world.clock.now().minus(KEEP_EVENTS);
    if let Err(error) = webhooks::forget_before(&state.db, long_ago).await {
        tracing::warn!(%error, "old events were not forgotten");
    }
    if let Err(error) = webhooks::subscribers::sweep_removed(&state.db, &state.world).await {
        tracing::warn!(%error, "what waits for removed subscribers was not given up");
    }
    look_after_signals(state).await;
    if let Err(error) = registration::retry::sweep(state).await {
        tracing::warn!(%error, "old tries were not swept");
    }
}

/// Who is told, the keys that services verify by, and what ends by date alone.
async fn look_after_signals(state: &AppState) {
    if let Err(error) = signals::prepare(state).await {
        tracing::warn!(%error, "the receivers of signals and the signing keys were not looked after");
    }
    if state.settings.signals.is_empty() {
        return;
    }
    if let Err(error) = signals::look_at_dates(&state.db, &state.world).await {
        tracing::warn!(%error, "services were not told what ended by date");
    }
}

/// Counts and keys that nobody asks for any more.
async fn sweep_counts(state: &AppState) {
    let now = state.world.clock.now();
    if let Err(error) = invitations::forget_attempts(&state.db, now).await {
        tracing::warn!(%error, "old counts of invitations were not swept");
    }
    if let Err(error) = clients::forget_tokens(&state.db, now).await {
        tracing::warn!(%error, "old tokens were not swept");
    }
    if let Err(error) = api::forget_answers(&state.db, now).await {
        tracing::warn!(%error, "old answers of the API were not swept");
    }
    if let Err(error) = borrowed::forget_tries(&state.db, now).await {
        tracing::warn!(%error, "old tries of credentials were not swept");
    }
    if let Err(error) = builtin::forget_applied(&state.db, now).await {
        tracing::warn!(%error, "old keys of the built-in CRM were not swept");
    }
}

/// Closes what has mended itself, then writes to the operators about the rest.
async fn look_for_operators(state: &AppState) {
    let cx = state.world.system("seats");
    if let Err(error) = organizations::sweep_seats(&state.db, &cx).await {
        tracing::warn!(%error, "seats were not looked at");
    }
    let cx = state.world.system("crm");
    if let Err(error) = crm::notice_silence(&state.db, &cx, &state.settings).await {
        tracing::warn!(%error, "it was not looked whether a CRM is silent");
    }
    if let Err(error) = operations::ask_for_credentials(state).await {
        tracing::warn!(%error, "nobody was asked for a credential");
    }
    if let Err(error) = operations::write_to_operators(state).await {
        tracing::warn!(%error, "operators could not be written to");
    }
}

/// Reminds of invitations that nobody has answered, one in a transaction.
async fn remind_of_invitations(state: &AppState) -> Result<(), Error> {
    loop {
        let cx = state.world.system("invitations");
        let reminded: Result<bool, Error> = state
            .write(move |tx, here| {
                Box::pin(async move {
                    let rules = Rules {
                        settings: &here.settings,
                        catalogue: &here.catalogue,
                    };
                    invitations::remind(tx, &cx, rules).await
                })
            })
            .await;
        if !reminded? || state.stop.is_cancelled() {
            return Ok(());
        }
    }
}

/// Mails about contracts that begin or end, a part in a transaction.
async fn tell_of_contracts(state: &AppState) -> Result<(), Error> {
    loop {
        let cx = state.world.system("contracts");
        let told: Result<usize, Error> = state
            .write(move |tx, here| {
                Box::pin(async move {
                    let rules = NoticeRules {
                        settings: &here.settings,
                        catalogue: &here.catalogue,
                    };
                    organizations::tell_of_steps(tx, &cx, rules).await
                })
            })
            .await;
        if told? == 0 || state.stop.is_cancelled() {
            return Ok(());
        }
    }
}

/// Mails operators about last admins that were kept against a CRM's will, and organizations about
/// contracts with fewer seats than people.
async fn tell_of_tasks(state: &AppState) -> Result<(), Error> {
    let cx = state.world.system("organizations");
    let told = state.write(move |tx, here| {
        Box::pin(async move {
            let rules = NoticeRules {
                settings: &here.settings,
                catalogue: &here.catalogue,
            };
            organizations::weigh_kinds(tx, &cx, rules).await?;
            organizations::tell_exceeded(tx, &cx, rules).await?;
            organizations::tell_rescues(tx, &cx, &here.settings).await
        })
    });
    told.await.map(drop)
}

/// Tells inviters and CRMs of invitations whose time ran out, organization by organization.
async fn end_invitations(state: &AppState) -> Result<(), Error> {
    loop {
        let cx = state.world.system("invitations");
        let ended: Result<usize, Error> = state
            .write(move |tx, here| {
                Box::pin(async move {
                    let rules = Rules {
                        settings: &here.settings,
                        catalogue: &here.catalogue,
                    };
                    invitations::sweep(tx, &cx, rules).await
                })
            })
            .await;
        if ended? == 0 || state.stop.is_cancelled() {
            return Ok(());
        }
    }
}

/// Notes which directories there are.
async fn register(state: &AppState) -> Result<(), Error> {
    let directories = state.directories.clone();
    let noted = state
        .db
        .write(move |tx| Box::pin(async move { directory::register(tx, &directories).await }));
    noted.await
}

/// Tells directories what time alone has changed, and notes what they have been told.
async fn tell_directories(state: &AppState) -> Result<(), Error> {
    register(state).await?;
    let noted: Result<(), Error> = state
        .db
        .write(|tx| Box::pin(contracts::receipts::note_told(tx)))
        .await;
    noted?;
    while directory::clock::advance(&state.db, &state.world).await? > 0 {
        state.outbox.wake();
        if state.stop.is_cancelled() {
            break;
        }
    }
    Ok(())
}
