//! A stand-in's server on a free loopback port: its state behind a lock, and connections that can be
//! cut.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

use super::crm_stand_in::socket::{Scissors, Sockets};

/// Ends when the last clone is dropped.
pub struct Served<I> {
    pub url: String,
    inner: Arc<Mutex<I>>,
    _server: Arc<Server>,
}

struct Server(JoinHandle<()>);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<I> Clone for Served<I> {
    fn clone(&self) -> Self {
        Self {
            url: self.url.clone(),
            inner: self.inner.clone(),
            _server: self._server.clone(),
        }
    }
}

impl<I: Send + 'static> Served<I> {
    /// Serves `routes` with the state that `make` gives for the server's address.
    pub async fn serve(make: impl FnOnce(&str) -> I, routes: Router<Arc<Mutex<I>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(make(&url)));
        let service = routes
            .with_state(inner.clone())
            .into_make_service_with_connect_info::<Scissors>();
        let server = tokio::spawn(async move {
            axum::serve(Sockets(listener), service).await.unwrap();
        });
        Self {
            url,
            inner,
            _server: Arc::new(Server(server)),
        }
    }

    /// The state; never hold it over an await.
    pub fn lock(&self) -> MutexGuard<'_, I> {
        lock(&self.inner)
    }
}

pub fn lock<I>(inner: &Mutex<I>) -> MutexGuard<'_, I> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}
