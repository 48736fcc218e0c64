//! The demo's folder: database, mails, keys, the provider's accounts.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::kernel::Random;

/// What a demo writes into its folder; `--fresh` removes these and nothing else.
const FILES: [&str; 6] = [
    "vestibule.db",
    "vestibule.db-wal",
    "vestibule.db-shm",
    "provider.json",
    "key",
    "client-secret",
];
const MAILS: &str = "mail";

/// A demo's folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder, making it when it is not there; `fresh` removes what an earlier demo wrote.
    ///
    /// # Errors
    /// When it cannot be made or cleaned.
    pub fn open(path: &Path, fresh: bool) -> Result<Self> {
        std::fs::create_dir_all(path)
            .with_context(|| format!("the folder {} cannot be made", path.display()))?;
        let folder = Self {
            path: path.canonicalize()?,
        };
        if fresh {
            folder.clean()?;
        }
        std::fs::create_dir_all(folder.mails())?;
        Ok(folder)
    }

    fn clean(&self) -> Result<()> {
        for name in FILES {
            let file = self.path.join(name);
            if file.exists() {
                std::fs::remove_file(&file)
                    .with_context(|| format!("{} cannot be removed", file.display()))?;
            }
        }
        let mails = self.mails();
        if mails.exists() {
            for entry in std::fs::read_dir(&mails)? {
                let file = entry?.path();
                if file.extension().is_some_and(|extension| extension == "eml") {
                    std::fs::remove_file(file)?;
                }
            }
        }
        Ok(())
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where mails are put.
    #[must_use]
    pub fn mails(&self) -> PathBuf {
        self.path.join(MAILS)
    }

    /// Where the provider keeps its key and accounts.
    #[must_use]
    pub fn provider_state(&self) -> PathBuf {
        self.path.join("provider.json")
    }

    /// A random secret of 64 hexadecimal digits that stays the same over restarts.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn secret(&self, name: &str, random: &Random) -> Result<String> {
        let file = self.path.join(name);
        if file.exists() {
            let text = std::fs::read_to_string(&file)?.trim().to_owned();
            if text.len() != 64 {
                bail!(
                    "{} does not hold a key; start over with --fresh",
                    file.display()
                );
            }
            return Ok(text);
        }
        let text: String = random
            .bytes::<32>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        write_private(&file, &text)?;
        Ok(text)
    }
}

#[cfg(unix)]
fn write_private(file: &Path, text: &str) -> Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}

#[cfg(not(unix))]
fn write_private(file: &Path, text: &str) -> Result<()> {
    Ok(std::fs::write(file, text)?)
}
