//! The command line: one file a subcommand.
//!
//! Exit codes: 0 done, 1 failed, 2 the configuration or the command line is wrong, 3 a check found
//! something (`check`, `audit verify`, `import` with wrong rows), 4 refused: the command does not fit
//! this installation, and says what does.

mod audit;
mod backup;
mod check;
mod client;
mod config;
mod conformance;
mod demo;
mod import;
mod init;
mod mapping;
mod migrate;
mod reconcile;
mod render;
mod serve;
mod webhook;

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::settings::{self, Settings};

/// A self-service customer portal between a company's front door and its CRM.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Examples:\n  vestibule demo                 try it on this machine\n  vestibule init                 start a configuration\n  vestibule check                try everything it names\n  vestibule serve                run it\n\nExit codes: 0 done, 1 failed, 2 wrong configuration or command line, 3 a check found something,\n4 refused: the command does not fit this installation."
)]
struct Cli {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine with sample data: portal, identity provider, CRM, mailbox.
    Demo(demo::Demo),
    /// Write a configuration to start from, and a fresh key.
    Init(init::Init),
    /// Run the portal and its workers.
    #[command(
        after_help = "Examples:\n  vestibule serve\n  vestibule --config /etc/vestibule.toml serve"
    )]
    Serve,
    /// Run only the workers: deliveries, CRM feeds, clean-up. Beside `serve`, on PostgreSQL.
    #[command(after_help = "Example:\n  vestibule --config /etc/vestibule.toml worker")]
    Worker,
    /// Bring the database schema up to date.
    #[command(after_help = "Example:\n  vestibule --config /etc/vestibule.toml migrate")]
    Migrate,
    /// Try configuration, database, providers, CRMs and mail one by one.
    Check(check::Check),
    /// Show or write configuration.
    #[command(
        subcommand,
        after_help = "Examples:\n  vestibule config template > vestibule.toml\n  vestibule config show"
    )]
    Config(config::Config),
    /// Import customer lists (CSV) into the built-in CRM.
    Import(import::Import),
    /// Compare each CRM with the portal, and mend what has an owner.
    Reconcile(reconcile::Reconcile),
    /// Look at how a CRM's fields are mapped, before another mapping is switched on.
    #[command(
        subcommand,
        after_help = "Examples:\n  vestibule mapping preview --connection crm\n  vestibule mapping preview --connection crm --file new.toml --limit 5\n\nNothing is written, neither here nor in the CRM."
    )]
    Mapping(mapping::Mapping),
    /// Programs that may call the API.
    #[command(
        subcommand,
        after_help = "Examples:\n  vestibule client create \"Salesforce\" --scope invitations:write --connection crm --days 365\n  vestibule client list\n  vestibule client rotate cli_06bq3v8k0m7x2n4p5q6r7s8t9v\n  vestibule client revoke cli_06bq3v8k0m7x2n4p5q6r7s8t9v"
    )]
    Client(client::Client),
    /// Systems that are told by webhook what happens.
    #[command(
        subcommand,
        after_help = "Examples:\n  vestibule webhook create \"Data warehouse\" https://hooks.example.com/vestibule --topic membership\n  vestibule webhook list\n  vestibule webhook rotate whk_06bq3v8k0m7x2n4p5q6r7s8t9v\n  vestibule webhook remove whk_06bq3v8k0m7x2n4p5q6r7s8t9v"
    )]
    Webhook(webhook::Webhook),
    /// Print the OpenAPI document of the API.
    #[command(after_help = "Example:\n  vestibule openapi > vestibule.openapi.json")]
    Openapi,
    /// The audit log.
    #[command(
        subcommand,
        after_help = "Examples:\n  vestibule audit verify\n  vestibule audit export > audit.jsonl"
    )]
    Audit(audit::Audit),
    /// Write every mail, as HTML and text in each language, into a folder to look at.
    Render(render::Render),
    /// Copy the SQLite database into a new file, while it is in use.
    Backup(backup::Backup),
}

/// How a command ended.
pub(crate) enum End {
    /// As asked.
    Done,
    /// A check found something.
    Found,
    /// The command does not fit this installation; the text says what does.
    Refused(String),
}

/// Why a command failed.
pub(crate) enum Failure {
    /// The configuration cannot be used.
    Settings(settings::Problems),
    /// Anything else, in words for the operator.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match execute(cli) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Found) => ExitCode::from(3),
        Ok(End::Refused(text)) => {
            say_error(&text);
            ExitCode::from(4)
        }
        Err(Failure::Settings(problems)) => {
            say_error(&problems.to_string());
            ExitCode::from(2)
        }
        Err(Failure::Other(error)) => {
            say_error(&format!("vestibule: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> Result<End, Failure> {
    let config = cli.config;
    match cli.command {
        Command::Config(command) => config::run(&command, config.as_deref()),
        Command::Demo(command) => in_runtime(demo::run(command)),
        Command::Init(command) => init::run(&command, config.as_deref()),
        Command::Render(command) => render::run(&command, config.as_deref()),
        Command::Backup(command) => in_runtime(backup::run(command, load(config)?)),
        Command::Serve => in_runtime(serve::serve(load(config)?)),
        Command::Worker => in_runtime(serve::worker(load(config)?)),
        Command::Migrate => in_runtime(migrate::run(load(config)?)),
        Command::Check(command) => in_runtime(check::run(command, load(config)?)),
        Command::Import(command) => in_runtime(import::run(command, load(config)?)),
        Command::Reconcile(command) => in_runtime(reconcile::run(command, load(config)?)),
        Command::Mapping(command) => in_runtime(mapping::run(command, load(config)?)),
        Command::Client(command) => in_runtime(client::run(command, load(config)?)),
        Command::Webhook(command) => in_runtime(webhook::run(command, load(config)?)),
        Command::Openapi => {
            say(&serde_json::to_string_pretty(&crate::api::document(""))?);
            Ok(End::Done)
        }
        Command::Audit(command) => in_runtime(audit::run(command, load(config)?)),
    }
}

fn in_runtime(work: impl Future<Output = Result<End, Failure>>) -> Result<End, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Settings from `--config` (or `vestibule.toml` beside us, when there is one) and the environment.
fn load(config: Option<PathBuf>) -> Result<Settings, Failure> {
    let usual = PathBuf::from("vestibule.toml");
    let file = config.or_else(|| usual.exists().then_some(usual));
    settings::load(file.as_deref(), &environment()).map_err(Failure::Settings)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment, for settings"
)]
fn environment() -> BTreeMap<String, String> {
    std::env::vars().collect()
}

/// Logs as lines of JSON, or as text when a person looks.
pub(crate) fn start_logs(usual: &str) {
    use std::io::IsTerminal;

    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        builder.try_init()
    } else {
        builder.json().try_init()
    };
    // A second start in one process keeps the first one's logs.
    drop(started);
}

/// Writes a line for the person at the terminal.
#[expect(
    clippy::print_stdout,
    reason = "a command's answer goes to standard output"
)]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

#[expect(
    clippy::print_stderr,
    reason = "a command's failure goes to standard error"
)]
fn say_error(line: &str) {
    eprintln!("{line}");
}
