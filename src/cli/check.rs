//! `vestibule check`: tries each thing the portal rests on, one by one, and says what is wrong.

use std::sync::Arc;

use super::{End, Failure, conformance, say};
use crate::{
    app::AppState,
    db::{self, Database},
    kernel::{Keyring, World},
    mail::{FileTransport, SmtpTransport, Transport},
    settings::{MailTransport, Settings},
};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// Instead: whether the CRM behind this connection (of kind `http`) keeps the whole contract of
    /// docs/crm/http.md. It writes test records, so give it a test system.
    #[arg(long, value_name = "CONNECTION")]
    conformance: Option<String>,
}

pub(super) async fn run(command: Check, mut settings: Settings) -> Result<End, Failure> {
    if let Some(connection) = command.conformance {
        return conformance::run(&connection, &settings).await;
    }
    // A look changes nothing, so it does not bring the schema up to date either.
    settings.database.migrate = false;
    let mut report = Report { bad: 0 };
    report.line("configuration", Ok("every value can be used".to_owned()));
    report.line("mail", mail(&settings).await);
    match Database::open(&settings.database).await {
        Ok(db) => {
            report.line(
                "database",
                database(&db).await.map_err(|error| error.to_string()),
            );
            systems(settings, db, &mut report).await?;
        }
        Err(error) => report.line("database", Err(error.to_string())),
    }
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

async fn database(db: &Database) -> Result<String, db::Error> {
    drop(db.read().await?);
    Ok(format!(
        "{:?} answers and its schema is up to date",
        db.engine()
    ))
}

/// Providers and CRMs.
async fn systems(settings: Settings, db: Database, report: &mut Report) -> Result<(), Failure> {
    let keys = Keyring::new(settings.security.key_bytes().unwrap_or_default());
    let state = AppState::with(settings, db, World::real(keys))?;
    for checked in state.providers.check().await {
        let outcome = checked
            .outcome
            .map(|keys| format!("metadata and {keys} keys are there"));
        report.line(
            &format!("provider {}", checked.provider),
            outcome.map_err(|error| error.to_string()),
        );
    }
    for connection in state.crm.iter() {
        let outcome = connection
            .crm
            .check()
            .await
            .map_err(|error| error.to_string());
        report.line(&format!("CRM {}", connection.key()), outcome);
    }
    state.db.close().await;
    Ok(())
}
