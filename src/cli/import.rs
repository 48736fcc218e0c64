//! `vestibule import`.

use std::path::PathBuf;

use clap::Args;

use super::{End, Failure, say};
use crate::{
    crm::builtin::import::import,
    db::Database,
    kernel::{Keyring, World},
    settings::{ConnectionKind, Settings},
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  vestibule import accounts.csv contacts.csv contracts.csv           shows what would happen\n  vestibule import accounts.csv contacts.csv contracts.csv --apply   writes it\n\nFiles are told apart by their headings. Rows that cannot be used are listed with line numbers\nand left out; running it again changes nothing twice."
)]
pub(super) struct Import {
    /// CSV files of accounts, contacts and contracts, in any order.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write what the preview shows.
    #[arg(long)]
    apply: bool,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: Import, settings: Settings) -> Result<End, Failure> {
    let mut connections = settings.connections.iter();
    if !connections.any(|connection| connection.kind == ConnectionKind::Builtin) {
        return Ok(End::Refused(
            "No connection is of kind `builtin`, so nobody would read what is imported. Add one to the configuration:\n\n[[connections]]\nkey = \"lists\"\nname = \"Imported lists\"\nkind = \"builtin\"\n\nor import into the CRM that the portal follows.".to_owned(),
        ));
    }
    let keys = Keyring::new(settings.security.key_bytes().unwrap_or_default());
    let db = Database::open(&settings.database).await?;
    let report = import(&db, &World::real(keys), &command.files, command.apply).await?;
    db.close().await;
    say(&if command.json {
        serde_json::to_string_pretty(&report)?
    } else {
        report.to_string()
    });
    if !command.apply && !report.is_refused() {
        say("Nothing was written. Run it again with --apply to write this.");
    }
    Ok(if report.has_problems() {
        End::Found
    } else {
        End::Done
    })
}
