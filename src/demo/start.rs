//! Putting the demo together: settings, provider, portal.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use super::{
    folder::Folder,
    people,
    provider::{Client, Provider, ProviderOptions},
    seed,
};
use crate::{
    app::AppState,
    kernel::Random,
    settings::{self, Settings},
};

const SETTINGS: &str = include_str!("demo.toml");
const CLIENT_ID: &str = "vestibule-demo";

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The portal's port; the provider gets the next one.
    pub port: u16,
    /// Where data is kept.
    pub data: PathBuf,
    /// Whether to start over.
    pub fresh: bool,
}

/// A demo that is ready to serve.
pub struct Demo {
    /// The portal.
    pub state: AppState,
    /// Where the portal listens.
    pub portal: TcpListener,
    /// The provider's pages.
    pub provider: axum::Router,
    /// Where the provider listens.
    pub provider_listener: TcpListener,
}

/// Opens folder, ports and database, and writes the sample data on the first start.
///
/// # Errors
/// When a port is taken, the folder cannot be used or the sample data cannot be written.
pub async fn start(options: &Options) -> Result<Demo> {
    let provider_port = options
        .port
        .checked_add(1)
        .context("--port must be below 65535")?;
    let portal = listen(options.port).await?;
    let provider_listener = listen(provider_port).await?;
    let folder = Folder::open(&options.data, options.fresh)?;
    let settings = settings(&folder, options.port, provider_port)?;
    let provider = provider(&folder, &settings, provider_port)?;
    let state = AppState::build(settings).await?;
    seed::seed(&state)
        .await
        .context("the sample data could not be written; start over with --fresh")?;
    Ok(Demo {
        state,
        portal,
        provider: provider.router(),
        provider_listener,
    })
}

async fn listen(port: u16) -> Result<TcpListener> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address)
        .await
        .with_context(|| format!("port {port} is taken; choose another with --port"))
}

fn settings(folder: &Folder, port: u16, provider_port: u16) -> Result<Settings> {
    let random = Random::System;
    let text = SETTINGS
        .replace("{port}", &port.to_string())
        .replace("{provider_port}", &provider_port.to_string())
        .replace("{data}", &folder.path().display().to_string())
        .replace("{key}", &folder.secret("key", &random)?)
        .replace("{client_secret}", &folder.secret("client-secret", &random)?);
    let mut settings = settings::parse(&text, &BTreeMap::new())?;
    settings.portal.demo = true;
    Ok(settings)
}

fn provider(folder: &Folder, settings: &Settings, port: u16) -> Result<Provider> {
    let portal = &settings.portal.public_url;
    Provider::new(ProviderOptions {
        issuer: url::Url::parse(&format!("http://localhost:{port}"))?,
        clients: vec![Client {
            client_id: CLIENT_ID.to_owned(),
            client_secret: folder.secret("client-secret", &Random::System)?,
            redirect_uris: vec![portal.join("/sign-in/callback/demo")?.to_string()],
            post_logout_redirect_uris: vec![portal.join("/signed-out")?.to_string()],
            backchannel_logout_uri: Some(portal.join("/sign-in/back-channel/demo")?.to_string()),
        }],
        people: people::sample_people(),
        state_file: Some(folder.provider_state()),
    })
}
