//! Which values are secrets, and files that hold some.

use std::path::Path;

use toml::{Table, Value};

use super::address::has_password;

/// Names of secret values, whatever their section.
const SECRETS: &[&str] = &[
    "encryption_key",
    "client_secret",
    "password",
    "token",
    "event_secret",
    "private_key",
    "notice_secret",
    "refresh_token",
];
/// What the template writes where a secret comes from elsewhere.
const PLACEHOLDER: &str = "given as VESTIBULE_";

/// Whether the value of this key is a secret.
pub(super) fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key.rsplit('.').next().unwrap_or(key))
}

/// The keys of all secrets that stand in a configuration file itself.
pub(super) fn inline(table: &Table) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in table {
        walk(key, value, &mut found);
    }
    found
}

fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                walk(&format!("{path}.{key}"), value, found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                walk(&format!("{path}.{index}"), value, found);
            }
        }
        Value::String(text) => {
            let is_given = !text.is_empty() && !text.starts_with(PLACEHOLDER);
            if (is_given && is_secret(path)) || has_password(text) {
                found.push(path.to_owned());
            }
        }
        _ => {}
    }
}

/// Says no to a file that everybody on this machine can read.
#[cfg(unix)]
pub(super) fn refuse_readable_by_all(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o007;
    let mode = std::fs::metadata(path)
        .map_err(|error| format!("cannot be read: {error}"))?
        .permissions()
        .mode();
    if mode & OTHERS == 0 {
        Ok(())
    } else {
        Err(format!(
            "can be read by everybody on this machine; run `chmod 600 {}`",
            path.display()
        ))
    }
}

/// There is no such mode here.
#[cfg(not(unix))]
pub(super) fn refuse_readable_by_all(_path: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let text = r#"
            [database]
            url = "postgres://v:p@localhost/x"
            [security]
            encryption_key = "07"
            [mail]
            password = ""
            [[providers]]
            client_secret = "given as VESTIBULE_PROVIDERS__0__CLIENT_SECRET_FILE"
            [[providers]]
            client_secret = "x"
        "#;
        assert_eq!(
            inline(&text.parse().unwrap()),
            [
                "database.url",
                "providers.1.client_secret",
                "security.encryption_key"
            ]
        );
        assert!(inline(&super::super::TEMPLATE.parse().unwrap()).is_empty());
    }
}
