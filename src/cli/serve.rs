//! `vestibule serve` and `vestibule worker`.

use std::{net::SocketAddr, time::Duration};

use tokio::net::TcpListener;

use super::{End, Failure, start_logs};
use crate::{
    app::AppState, operations::catalogue, router, settings::Settings, signals, web::listener,
    workers,
};

/// How long requests and workers may take to finish after a stop was asked for.
const GRACE: Duration = Duration::from_secs(8);

pub(super) async fn serve(settings: Settings) -> Result<End, Failure> {
    start_logs("info,sqlx=warn");
    let bind = settings.portal.bind;
    let state = AppState::build(settings).await?;
    let listener = listen(bind).await?;
    let figures = match state.settings.metrics.bind {
        Some(bind) => Some(listen(bind).await?),
        None => None,
    };
    if let Some(refused) = prepare(&state).await? {
        return Ok(refused);
    }
    tracing::info!(address = %listener.local_addr()?, url = %state.settings.portal.public_url, "the portal is ready");
    workers::start(&state);
    stop_on_signal(&state);
    if let Some(listener) = figures {
        tracing::info!(address = %listener.local_addr()?, "figures for Prometheus");
        serve_metrics(&state, listener);
    }
    run(&state, listener).await;
    finish(&state).await;
    Ok(End::Done)
}

/// What has to stand before anybody is answered: the settings file's roles and services, keys and
/// receivers of signals. `Some` when settings name roles or services that there are not.
pub(super) async fn prepare(state: &AppState) -> Result<Option<End>, Failure> {
    catalogue::take_file(state).await?;
    if let Err(unknown) = catalogue::check_names(state).await? {
        return Ok(Some(End::Refused(unknown.join("\n"))));
    }
    signals::prepare(state).await?;
    Ok(None)
}

pub(super) async fn worker(settings: Settings) -> Result<End, Failure> {
    if settings.database.url.is_sqlite() {
        return Ok(End::Refused(
            "SQLite has one writer, and `vestibule serve` runs the workers beside it. Further workers are for PostgreSQL: set database.url to `postgres://…`.".to_owned(),
        ));
    }
    start_logs("info,sqlx=warn");
    let state = AppState::build(settings).await?;
    let figures = match state.settings.metrics.bind {
        Some(bind) => Some(listen(bind).await?),
        None => None,
    };
    if let Some(refused) = prepare(&state).await? {
        return Ok(refused);
    }
    workers::start(&state);
    stop_on_signal(&state);
    if let Some(listener) = figures {
        serve_metrics(&state, listener);
    }
    tracing::info!("the workers are ready");
    state.stop.cancelled().await;
    finish(&state).await;
    Ok(End::Done)
}

pub(super) async fn listen(bind: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(bind).await.map_err(|error| {
        Failure::Other(anyhow::anyhow!("{bind} cannot be used: {error}. Stop what listens there, or choose another address with portal.bind (demo: --port)"))
    })
}

/// Serves until a stop is asked for, then lets what is under way finish.
pub(super) async fn run(state: &AppState, listener: TcpListener) {
    let routes = router::router(state.clone());
    let limits = listener::Limits::new(state.settings.security.connections);
    let served = listener::serve(listener, routes, limits, state.stop.clone(), &state.tasks);
    let too_long = async {
        state.stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = served => {}
        () = too_long => tracing::warn!("some requests did not finish in time"),
    }
}

/// Serves `/metrics` until a stop is asked for.
fn serve_metrics(state: &AppState, listener: TcpListener) {
    let stop = state.stop.clone();
    let served = axum::serve(listener, router::metrics(state.clone()))
        .with_graceful_shutdown(async move { stop.cancelled().await });
    state.tasks.spawn(async move {
        if let Err(error) = served.await {
            tracing::error!(%error, "the figures are not served any more");
        }
    });
}

/// Waits for workers, then closes the database.
pub(super) async fn finish(state: &AppState) {
    state.tasks.close();
    if tokio::time::timeout(GRACE, state.tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!("some workers did not finish in time; their leases will be taken over");
    }
    state.db.close().await;
}

/// Asks for a stop on Ctrl-C and on SIGTERM.
pub(super) fn stop_on_signal(state: &AppState) {
    let stop = state.stop.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "lives as long as the process and holds nothing"
    )]
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping");
        stop.cancel();
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    drop(tokio::signal::ctrl_c().await);
}
