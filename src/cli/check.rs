//! `vestibule check`: tries each thing the portal rests on, one by one, and says what is wrong.

use std::sync::Arc;

use super::{End, Failure, say};
use crate::{
    app::AppState,
    db::{self, Database},
    kernel::{Keyring, World},
    mail::{FileTransport, SmtpTransport, Transport},
    settings::{MailTransport, Settings},
};

pub(super) async fn run(mut settings: Settings) -> Result<End, Failure> {
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
