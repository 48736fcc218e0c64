//! What the provider has to be told: its address, its clients, its sample people.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, ensure};
use url::Url;

/// How to set up a [`Provider`](super::Provider).
#[derive(Debug, Clone)]
pub struct ProviderOptions {
    /// Scheme, host and port under which browsers and the portal reach it; no path.
    /// Published without a trailing slash: `http://localhost:8081`.
    pub issuer: Url,
    /// Who may send people here.
    pub clients: Vec<Client>,
    /// Who can be picked on the sign-in page.
    pub people: Vec<SamplePerson>,
    /// Where the signing key and the people who sign up are kept, readable by its owner only;
    /// `None` keeps them in memory, with a key shared by all such providers of the process.
    pub state_file: Option<PathBuf>,
}

/// A relying party.
#[derive(Clone)]
pub struct Client {
    pub client_id: String,
    pub client_secret: String,
    /// Compared literally (RFC 9700 2.1).
    pub redirect_uris: Vec<String>,
    /// Compared literally (RP-Initiated Logout 1.0 section 3).
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it wants to hear of logouts (Back-Channel Logout 1.0 section 2.2).
    pub backchannel_logout_uri: Option<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("redirect_uris", &self.redirect_uris)
            .finish_non_exhaustive()
    }
}

/// Somebody to be picked on the sign-in page.
#[derive(Debug, Clone)]
pub struct SamplePerson {
    pub subject: String,
    pub email: String,
    pub email_verified: bool,
    pub given_name: String,
    pub family_name: String,
    /// One line saying who they are.
    pub about_en: String,
    pub about_de: String,
}

impl ProviderOptions {
    /// The issuer as published, after a look at every address.
    ///
    /// # Errors
    /// When one of them is no plain http(s) URL, naming it.
    pub(super) fn checked_issuer(&self) -> anyhow::Result<String> {
        for client in &self.clients {
            let targets = client.redirect_uris.iter();
            for uri in targets.chain(&client.post_logout_redirect_uris) {
                usable(uri).with_context(|| format!("client {}", client.client_id))?;
            }
        }
        let issuer = &self.issuer;
        let plain = matches!(issuer.scheme(), "http" | "https")
            && issuer.has_host()
            && issuer.path() == "/"
            && issuer.query().is_none()
            && issuer.fragment().is_none()
            && issuer.username().is_empty()
            && issuer.password().is_none();
        ensure!(
            plain,
            "the issuer has to be like http://localhost:8081, it is {issuer}"
        );
        Ok(issuer.as_str().trim_end_matches('/').to_owned())
    }
}

fn usable(uri: &str) -> anyhow::Result<()> {
    let url = Url::parse(uri).with_context(|| format!("not a URL: {uri}"))?;
    ensure!(
        matches!(url.scheme(), "http" | "https") && url.fragment().is_none(),
        "only http(s) without a fragment: {uri}"
    );
    Ok(())
}
