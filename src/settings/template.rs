//! The commented configuration that `vestibule config template` prints, and the examples that error
//! texts take from it.

/// A configuration that works once the encryption key and the two client secrets are given.
pub const TEMPLATE: &str = include_str!("template.toml");

/// A working line for a key, taken from [`TEMPLATE`]; list numbers are ignored.
pub(super) fn example(key: &str) -> Option<String> {
    if key == "security.encryption_key" {
        return Some("VESTIBULE_SECURITY__ENCRYPTION_KEY_FILE=/etc/vestibule/key, made with `openssl rand -hex 32`".to_owned());
    }
    let mut parts = key.split('.').filter(|part| part.parse::<usize>().is_err());
    let (section, name) = (parts.next()?, parts.next());
    let heads = [format!("[{section}]"), format!("[[{section}]]")];
    let mut lines = TEMPLATE
        .lines()
        .skip_while(|line| !heads.iter().any(|head| head == line));
    let head = lines.next()?;
    let Some(name) = name else {
        return Some(head.to_owned());
    };
    let found = lines
        .take_while(|line| !line.starts_with('['))
        .map(|line| line.trim_start_matches("# "))
        .find(|line| {
            line.split('=')
                .next()
                .is_some_and(|left| left.trim() == name)
        })?;
    Some(format!("{head} {found}"))
}

#[cfg(test)]
mod tests {
    use super::example;

    #[test]
    fn examples_come_from_the_template() {
        assert_eq!(
            example("portal.bind").as_deref(),
            Some("[portal] bind = \"127.0.0.1:8080\"")
        );
        assert!(
            example("providers.0.issuer")
                .unwrap()
                .starts_with("[[providers]] issuer = ")
        );
        assert_eq!(example("nothing.at_all"), None);
    }
}
