//! `vestibule audit verify` and `vestibule audit export`.

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
    #[command(
        after_help = "Example:\n  vestibule audit verify || mail -s 'audit log' security@example.com"
    )]
    Verify,
    /// Print events with their hashes as JSON lines, oldest first, to keep elsewhere.
    #[command(
        after_help = "Examples:\n  vestibule audit export > audit.jsonl\n  vestibule audit export --chain system"
    )]
    Export {
        /// Only this chain: an organization's id, or `system`.
        #[arg(long, value_name = "CHAIN")]
        chain: Option<String>,
    },
}

pub(super) async fn run(command: Audit, settings: Settings) -> Result<End, Failure> {
    match command {
        Audit::Verify => verify(settings).await,
        Audit::Export { chain } => export(settings, chain).await,
    }
}

async fn export(settings: Settings, chain: Option<String>) -> Result<End, Failure> {
    let db = Database::open(&settings.database).await?;
    let mut conn = db.read().await?;
    let all = audit::chains(&mut conn).await?;
    let wanted = match chain {
        Some(chain) if !all.contains(&chain) => {
            return Err(anyhow::anyhow!("there is no chain {chain}").into());
        }
        Some(chain) => vec![chain],
        None => all,
    };
    for chain in wanted {
        let mut after = 0;
        while let Some((lines, last)) = audit::export(&mut conn, &chain, after).await? {
            say(&lines.join("\n"));
            after = last;
        }
    }
    Ok(End::Done)
}

async fn verify(settings: Settings) -> Result<End, Failure> {
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
        Fault::Missing => {
            "the chain or its beginning was removed together with its head".to_owned()
        }
    };
    format!("chain {chain}: {what}")
}
