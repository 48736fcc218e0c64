//! What outlives a restart: the signing key and the people who signed up, in one small JSON file.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::{keys::SavedKey, person::Person};

/// The contents of the file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Saved {
    pub(super) key: Option<SavedKey>,
    pub(super) people: Vec<Person>,
}

/// The file, or memory alone when there is no path.
pub(super) struct StateFile {
    path: Option<PathBuf>,
    saved: Mutex<Saved>,
}

impl StateFile {
    /// Reads the file; one that is not there yet is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read, naming it: starting afresh would silently give every
    /// person who signed up a new identity.
    pub(super) fn open(path: Option<PathBuf>) -> anyhow::Result<Self> {
        let saved = match &path {
            Some(path) => read(path)
                .with_context(|| format!("demo provider state file {}", path.display()))?,
            None => Saved::default(),
        };
        Ok(Self {
            path,
            saved: Mutex::new(saved),
        })
    }

    pub(super) fn persists(&self) -> bool {
        self.path.is_some()
    }

    pub(super) fn read(&self) -> MutexGuard<'_, Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the contents and writes them before anybody else sees them.
    ///
    /// # Errors
    /// When the file cannot be written; the contents are then as before.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Saved) -> T) -> anyhow::Result<T> {
        let mut saved = self.read();
        let mut next = saved.clone();
        let outcome = change(&mut next);
        if let Some(path) = &self.path {
            write(path, &next)
                .with_context(|| format!("demo provider state file {}", path.display()))?;
        }
        *saved = next;
        Ok(outcome)
    }
}

fn read(path: &Path) -> anyhow::Result<Saved> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Saved::default()),
        Err(error) => Err(error.into()),
    }
}

/// Writes a neighbour and renames it over the file, so that a crash leaves the old or the new one.
fn write(path: &Path, saved: &Saved) -> anyhow::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let neighbour = PathBuf::from(name);
    match fs::remove_file(&neighbour) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&neighbour)?;
    file.write_all(&serde_json::to_vec_pretty(saved)?)?;
    file.sync_all()?;
    fs::rename(&neighbour, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::EmailAddress;

    #[test]
    fn what_is_written_is_read_back_and_private() {
        let folder = std::env::temp_dir().join(format!("vestibule-state-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("provider.json");
        let file = StateFile::open(Some(path.clone())).unwrap();
        for address in ["one@example.com", "two@example.com"] {
            let address = EmailAddress::parse(address).unwrap();
            let person = Person::from_address(&address);
            file.change(|saved| saved.people.push(person)).unwrap();
        }
        let again = StateFile::open(Some(path.clone())).unwrap();
        assert_eq!(again.read().people.len(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "not json").unwrap();
        let error = StateFile::open(Some(path)).err().unwrap();
        assert!(format!("{error:#}").contains("provider.json"));
        fs::remove_dir_all(folder).unwrap();
    }
}
