//! `vestibule audit verify`.

use clap::Subcommand;

use super::{End, Failure, say};
use crate::{
    audit::{self, Fault, Finding},
    db::Database,
    kernel::Keyring,
    settings::Settings,
};

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Verify every chain of the audit log; names each event that does not fit.
    Verify,
}

pub(super) async fn run(command: Audit, settings: Settings) -> Result<End, Failure> {
    let Audit::Verify = command;
    let keys = Keyring::new(settings.security.key_bytes().unwrap_or_default());
    let db = Database::open(&settings.database).await?;
    let mut conn = db.read().await?;
    let (events, findings) = audit::verify(&mut conn, &keys).await?;
    for finding in &findings {
        say(&sentence(finding));
    }
    if findings.is_empty() {
        say(&format!("{events} events verified; every chain is whole."));
        return Ok(End::Done);
    }
    say(&format!(
        "{events} events read, {} faults found.",
        findings.len()
    ));
    Ok(End::Found)
}

fn sentence(finding: &Finding) -> String {
    let Finding { chain, seq, fault } = finding;
    let what = match fault {
        Fault::Altered => format!("event {seq} was edited, inserted or moved"),
        Fault::Gap => format!("an event before {seq} was removed or reordered"),
        Fault::Cut => format!("event {seq} and what followed were cut off"),
        Fault::BeyondHead => format!(
            "event {seq} stands behind the end of the chain, or the chain's head was removed"
        ),
        Fault::HeadAltered => format!("the head that names event {seq} as the last was altered"),
    };
    format!("chain {chain}: {what}")
}
