//! The one client for calls to other systems: pooled, bounded in time, never following redirects.

use std::time::Duration;

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
