//! `vestibule backup`.

use std::path::PathBuf;

use clap::Args;

use super::{End, Failure, say};
use crate::{db, settings::Settings};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  vestibule backup vestibule-monday.db\n\nThe portal may go on running. To restore, stop it and put the copy in the database's place (remove\nthe files that end in -wal and -shm). On PostgreSQL use pg_dump."
)]
pub(super) struct Backup {
    /// The new file; one that is there is never written over.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn run(command: Backup, settings: Settings) -> Result<End, Failure> {
    if !settings.database.url.is_sqlite() {
        return Ok(End::Refused(
            "The database is PostgreSQL, whose own tool makes a whole copy while it is in use: pg_dump --format=custom --file=vestibule.dump DATABASE-URL".to_owned(),
        ));
    }
    let file = command.file.display();
    if command.file.exists() {
        return Ok(End::Refused(format!(
            "{file} is there already, and nothing is written over it."
        )));
    }
    db::backup(&settings.database, &command.file)
        .await
        .map_err(|error| anyhow::anyhow!("{file}: {error}"))?;
    say(&format!(
        "Written: {file}. Keep the encryption key beside it, but not in the same place."
    ));
    Ok(End::Done)
}
