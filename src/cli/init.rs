//! `vestibule init`.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{End, Failure, say};
use crate::{kernel::Random, settings::TEMPLATE};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  vestibule init\n  vestibule --config /etc/vestibule/vestibule.toml init --key /etc/vestibule/key\n\nA file that is there is never written over."
)]
pub(super) struct Init {
    /// Where the encryption key is written.
    #[arg(long, value_name = "FILE", default_value = "vestibule.key")]
    key: PathBuf,
}

pub(super) fn run(command: &Init, config: Option<&Path>) -> Result<End, Failure> {
    let config = config.unwrap_or(Path::new("vestibule.toml"));
    let key = command.key.as_path();
    for file in [config, key] {
        if file.exists() {
            let file = file.display();
            return Ok(End::Refused(format!(
                "{file} is there already, and nothing is written over it. Remove it, or name another file with --config and --key."
            )));
        }
    }
    write_new(key, &fresh_key())?;
    write_new(config, TEMPLATE)?;
    let (config, key) = (config.display(), key.display());
    say(&format!(
        "Written: {config}, which is for you to fill in, and {key}, which is secret. Keep a copy of it:\nwithout the key nothing that is encrypted can be read.\n\nThen:\n  export VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE={key}\n  vestibule --config {config} check\n  vestibule --config {config} serve"
    ));
    Ok(End::Done)
}

/// 256 random bits as hexadecimal digits.
fn fresh_key() -> String {
    let bytes = Random::System.bytes::<32>();
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>() + "\n"
}

/// Makes a file that only this user can read.
fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(file)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", file.display()).into())
}
