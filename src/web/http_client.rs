//! The one client for calls to other systems: pooled, bounded in time, never following redirects.

use std::{sync::Arc, time::Duration};

/// Builds the client. Callers set shorter limits for single calls.
///
/// # Errors
/// When the machine's certificates cannot be read.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // A second call finds the provider in place already, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent("vestibule")
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(20))
        .pool_idle_timeout(Duration::from_secs(60))
        .tcp_keepalive(Duration::from_secs(30))
        .build()
}

/// A client for addresses that somebody typed: it connects to nothing that `resolver` does not name,
/// uses no proxy of the environment, takes no compressed answers, and follows no redirects either.
///
/// # Errors
/// When the machine's certificates cannot be read.
pub fn guarded_client<R: reqwest::dns::Resolve + 'static>(
    resolver: Arc<R>,
    timeout: Duration,
) -> Result<reqwest::Client, reqwest::Error> {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent("vestibule")
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(resolver)
        .no_proxy()
        .no_gzip()
        .connect_timeout(Duration::from_secs(5))
        .timeout(timeout)
        .pool_idle_timeout(Duration::from_secs(30))
        .build()
}
