//! `vestibule migrate`.

use super::{End, Failure, say};
use crate::{db::Database, settings::Settings};

pub(super) async fn run(mut settings: Settings) -> Result<End, Failure> {
    settings.database.migrate = true;
    let db = Database::open(&settings.database).await?;
    db.close().await;
    say("The schema is up to date.");
    Ok(End::Done)
}
