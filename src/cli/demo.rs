//! `vestibule demo`.

use std::path::PathBuf;

use clap::Args;

use super::{End, Failure, say, serve, start_logs};
use crate::{
    demo::{people, start},
    workers,
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  vestibule demo\n  vestibule demo --port 9000 --data /tmp/demo --fresh"
)]
pub(super) struct Demo {
    /// The portal's port on this machine; the identity provider gets the next one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where data is kept between restarts.
    #[arg(long, value_name = "DIR", default_value = "vestibule-demo")]
    data: PathBuf,
    /// Remove what an earlier demo wrote and start over.
    #[arg(long)]
    fresh: bool,
}

pub(super) async fn run(command: Demo) -> Result<End, Failure> {
    start_logs("warn");
    let options = start::Options {
        port: command.port,
        data: command.data,
        fresh: command.fresh,
    };
    let demo = start::start(&options).await?;
    let state = demo.state;
    if let Some(refused) = serve::prepare(&state).await? {
        return Ok(refused);
    }
    workers::start(&state);
    serve::stop_on_signal(&state);
    let stop = state.stop.clone();
    let provider = axum::serve(demo.provider_listener, demo.provider)
        .with_graceful_shutdown(async move { stop.cancelled().await });
    state.tasks.spawn(async move {
        if let Err(error) = provider.await {
            tracing::error!(%error, "the identity provider stopped");
        }
    });
    say(&people::tour(&state.settings.portal.public_url));
    serve::run(&state, demo.portal).await;
    serve::finish(&state).await;
    Ok(End::Done)
}
