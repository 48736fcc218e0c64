//! `vestibule check`: tries each thing the portal rests on, one by one, and says what is wrong.

use std::sync::Arc;

use super::{End, Failure, conformance, say};
use crate::{
    access::{Catalogues, unknown_names},
    crm::{self, builtin},
    db::{self, Database, Found},
    directory,
    kernel::{Clock, Keyring, World},
    mail::{FileTransport, SmtpTransport, Transport},
    settings::{ConnectionSettings, DatabaseSettings, DirectorySettings, MailTransport, Settings},
    sign_in::Providers,
    web::{headers::FormTargets, http_client::http_client, urls},
};

/// What to check.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  vestibule check\n  vestibule --config /etc/vestibule.toml check\n  vestibule check --conformance acme        a test system behind the connection `acme`"
)]
pub(crate) struct Check {
    /// Instead: whether the CRM behind this connection (of kind `http`) keeps the whole contract of
    /// docs/crm/http.md. It writes test records, so give it a test system.
    #[arg(long, value_name = "CONNECTION")]
    conformance: Option<String>,
}

pub(super) async fn run(command: Check, settings: Settings) -> Result<End, Failure> {
    if let Some(connection) = command.conformance {
        return conformance::run(&connection, &settings).await;
    }
    let mut report = Report { bad: 0 };
    report.line("configuration", Ok("every value can be used".to_owned()));
    let is_ready = database(&settings, &mut report).await;
    report.line("roles and services", names(&settings, is_ready).await);
    let http = http_client()?;
    providers(&settings, &http, &mut report).await;
    for connection in &settings.connections {
        let outcome = ask_crm(connection, &settings, &http, is_ready).await;
        report.line(&format!("CRM {}", connection.key), outcome);
    }
    for directory in &settings.directories {
        let outcome = ask_directory(directory, &settings, &http).await;
        report.line(&format!("directory {}", directory.key), outcome);
    }
    report.line("mail", mail(&settings).await);
    if report.bad == 0 {
        say("Everything answers.");
        return Ok(End::Done);
    }
    say(&format!("{} to mend.", report.bad));
    Ok(End::Found)
}

struct Report {
    bad: usize,
}

impl Report {
    fn line(&mut self, what: &str, outcome: Result<String, String>) {
        match outcome {
            Ok(text) => say(&format!("ok    {what}: {text}")),
            Err(text) => {
                self.bad += 1;
                say(&format!("WRONG {what}: {text}"));
            }
        }
    }
}

async fn mail(settings: &Settings) -> Result<String, String> {
    let mail = &settings.mail;
    let transport: Arc<dyn Transport> = match mail.transport {
        MailTransport::File => Arc::new(FileTransport::new(mail.folder.clone())),
        MailTransport::Smtp => {
            Arc::new(SmtpTransport::of(mail).map_err(|error| error.to_string())?)
        }
    };
    transport.check().await
}

/// Looks at the database and changes nothing; whether it can be read as it is.
async fn database(settings: &Settings, report: &mut Report) -> bool {
    let is_made = settings.database.migrate;
    let outcome = match db::look(&settings.database).await {
        Ok(Found::Ready) => {
            report.line(
                "database",
                Ok("it answers and its schema is up to date".to_owned()),
            );
            return true;
        }
        Ok(Found::Missing) if is_made => Ok("there is none yet; the start will make it".to_owned()),
        Ok(Found::Empty) if is_made => Ok("it is empty; the start will make the tables".to_owned()),
        Ok(Found::Behind { missing }) if is_made => Ok(format!(
            "the start will bring its schema up to date ({missing} migrations)"
        )),
        Ok(Found::Missing | Found::Empty | Found::Behind { .. }) => Err(
            "its schema is not up to date, and database.migrate is off: run `vestibule migrate`"
                .to_owned(),
        ),
        Err(error) => Err(error.to_string()),
    };
    report.line("database", outcome);
    false
}

async fn providers(settings: &Settings, http: &reqwest::Client, report: &mut Report) {
    let providers = Providers::new(
        &settings.providers,
        http.clone(),
        Clock::System,
        FormTargets::default(),
    );
    for checked in providers.check().await {
        let outcome = checked
            .outcome
            .map(|keys| format!("metadata and {keys} keys are there"));
        report.line(
            &format!("provider {}", checked.provider),
            outcome.map_err(|error| error.to_string()),
        );
    }
}

async fn ask_crm(
    connection: &ConnectionSettings,
    settings: &Settings,
    client: &reqwest::Client,
    is_ready: bool,
) -> Result<String, String> {
    if connection.is_borrowed() {
        let page = urls::Credential {
            connection: &connection.key,
        };
        return Ok(format!("colleagues lend it their credential at {page}"));
    }
    if let Some(crm) = crm::remote(connection, client, &World::real(keys(settings)))
        .map_err(|error| error.problem)?
    {
        return crm.check().await.map_err(|error| error.to_string());
    }
    if !is_ready {
        return Ok("it lives in the portal's database".to_owned());
    }
    let db = opened(settings).await?;
    let crm = builtin::adapter(db.clone(), World::real(keys(settings)));
    let outcome = crm.check().await.map_err(|error| error.to_string());
    db.close().await;
    outcome
}

/// The database for a look, which changes nothing and does not bring the schema up to date either.
async fn opened(settings: &Settings) -> Result<Database, String> {
    let look = DatabaseSettings {
        migrate: false,
        ..settings.database.clone()
    };
    Database::open(&look)
        .await
        .map_err(|error| error.to_string())
}

/// Whether the roles and services that settings name are there.
async fn names(settings: &Settings, is_ready: bool) -> Result<String, String> {
    let catalogues = Catalogues::new(settings);
    if is_ready {
        let db = opened(settings).await?;
        let newest = match db.read().await {
            Ok(mut conn) => catalogues.newest(&mut conn).await.map(drop),
            Err(error) => Err(error),
        };
        db.close().await;
        newest.map_err(|error| error.to_string())?;
    }
    let unknown = unknown_names(settings, &catalogues.known());
    if unknown.is_empty() {
        Ok("every one that settings name is there".to_owned())
    } else {
        Err(unknown.join("; "))
    }
}

/// A look that changes nothing; a missing permission is named.
async fn ask_directory(
    directory: &DirectorySettings,
    settings: &Settings,
    client: &reqwest::Client,
) -> Result<String, String> {
    let world = World::real(keys(settings));
    let made = directory::remote(directory, client, &world).map_err(|error| error.problem)?;
    made.check().await.map_err(|error| error.to_string())
}

fn keys(settings: &Settings) -> Keyring {
    Keyring::new(settings.security.key_bytes().unwrap_or_default())
}
