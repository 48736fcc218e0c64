//! Connections: accepted up to a limit, dropped when they stay silent, finished when the portal
//! stops.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// How often a silent HTTP/2 connection is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// After an accept failed because the system has nothing left.
const BREATH: Duration = Duration::from_millis(100);

/// What clients may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections open at once; later ones wait in the system's queue.
    pub connections: usize,
    /// How long the head of a request may take, and a connection stay open without one.
    pub head: Duration,
}

impl Limits {
    /// With so many connections and the usual half minute.
    #[must_use]
    pub fn new(connections: usize) -> Self {
        Self {
            connections: connections.clamp(1, Semaphore::MAX_PERMITS),
            head: Duration::from_secs(30),
        }
    }
}

/// Serves `routes` until `stop`, then lets what is under way finish.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    stop: CancellationToken,
    tasks: &TaskTracker,
) {
    let http = http(limits.head);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    while let Some((stream, peer, slot)) = next(&listener, &slots, &stop).await {
        let with_peer = routes.clone().map_request(move |mut request: Request<_>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let service = TowerToHyperService::new(with_peer);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection.into_owned());
        tasks.spawn(async move {
            // A client that hangs up or talks nonsense is its own business.
            drop(connection.await);
            drop(slot);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

fn http(head: Duration) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS);
    http
}

/// The next connection; `None` when the portal stops.
async fn next(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let accept = async {
        let slot = slots.clone().acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    drop(stream.set_nodelay(true));
                    return Some((stream, peer, slot));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => None,
        accepted = accept => accepted,
    }
}
