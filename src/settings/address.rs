//! Addresses that may carry a password, which nothing that is printed shows.

use std::fmt;

use serde::Deserialize;
use url::Url;

/// What stands where a password was.
const HIDDEN: &str = "•••";

/// Where the database is: `sqlite:FILE` or `postgres://user@host/name`. Printing it leaves user,
/// password and parameters out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The whole address, for the driver only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it names a SQLite file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }

    /// Whether it names a PostgreSQL server.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres://") || self.0.starts_with("postgresql://")
    }

    /// Whether a password stands in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        has_password(&self.0)
    }

    /// What is wrong with it; `None` when the driver can take it.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.is_sqlite() {
            let file = self
                .0
                .trim_start_matches("sqlite:")
                .trim_start_matches("//");
            let in_memory = file.starts_with(":memory:") || file.contains("mode=memory");
            return (in_memory || file.is_empty() || file.starts_with('?'))
                .then_some("must name a file: several connections share the database");
        }
        if !self.is_postgres() {
            return Some("must begin with `sqlite:` or `postgres://`");
        }
        Url::parse(&self.0).is_err().then_some(
            "is not an address; letters like @ : / in a password are written %40 %3A %2F",
        )
    }
}

/// Whether an address carries a password, before or behind its host.
pub(super) fn has_password(address: &str) -> bool {
    if !address.contains("://") {
        return false;
    }
    match Url::parse(address) {
        Ok(url) => {
            url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
        }
        Err(_) => address.contains('@'),
    }
}

impl From<String> for DatabaseUrl {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl From<&str> for DatabaseUrl {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.contains("://") {
            return fmt::Debug::fmt(&self.0, f);
        }
        let Ok(mut url) = Url::parse(&self.0) else {
            return write!(f, "\"{HIDDEN}\"");
        };
        let had_user = !url.username().is_empty() || url.password().is_some();
        // Both can only fail for addresses without a host, which carry no user.
        let _ = url.set_password(None);
        let _ = url.set_username("");
        url.set_query(None);
        let shown = url.as_str();
        match shown.split_once("://") {
            Some((scheme, rest)) if had_user => write!(f, "\"{scheme}://{HIDDEN}@{rest}\""),
            _ => write!(f, "{shown:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(address: &str) -> String {
        format!("{:?}", DatabaseUrl::from(address))
    }

    #[test]
    fn a_password_is_never_printed() {
        for address in [
            "postgres://vestibule:geheim@db.example/vestibule",
            "postgres://vestibule@db.example/vestibule?password=geheim&sslmode=require",
            "postgres://vestibule:ge@heim:@:db.example/x geheim",
            "postgresql://geheim@db.example/",
        ] {
            let shown = shown(address);
            assert!(!shown.contains("geheim"), "{shown}");
        }
        assert_eq!(
            shown("postgres://v:p@db.example:5433/vestibule?sslmode=require"),
            "\"postgres://•••@db.example:5433/vestibule\""
        );
        assert_eq!(shown("sqlite:vestibule.db"), "\"sqlite:vestibule.db\"");
    }

    #[test]
    fn what_no_driver_takes_is_told_apart() {
        for good in [
            "sqlite:vestibule.db",
            "sqlite:///var/lib/vestibule.db",
            "postgres://vestibule@localhost/vestibule",
            "postgres:///vestibule?host=/run/postgresql",
        ] {
            assert_eq!(DatabaseUrl::from(good).problem(), None, "{good}");
        }
        for bad in [
            "mysql://localhost/vestibule",
            "vestibule.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite://?mode=memory",
            "postgres://v:p/x@y@localhost:port/x",
        ] {
            assert!(DatabaseUrl::from(bad).problem().is_some(), "{bad}");
        }
    }
}
