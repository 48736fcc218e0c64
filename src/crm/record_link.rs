//! Where a person opens a record of a CRM.

use url::Url;

use crate::settings::{ConnectionKind, ConnectionSettings};

/// The address of a contact or lead (`kind` is `contact` or `lead`): by `record_url` of the
/// connection, else as the kind of CRM has it; `None` when nobody said.
#[must_use]
pub fn record_link(connection: &ConnectionSettings, kind: &str, id: &str) -> Option<String> {
    let id = encoded(id);
    if let Some(pattern) = &connection.record_url {
        return Some(pattern.replace("{id}", &id).replace("{kind}", kind));
    }
    let at = connection
        .url
        .as_ref()
        .map(|url| url.as_str().trim_end_matches('/'));
    match (connection.kind, at) {
        (ConnectionKind::Builtin, _) => {
            let list = if kind == "lead" { "leads" } else { "contacts" };
            Some(format!("/crm/{list}/{id}"))
        }
        (ConnectionKind::Salesforce, Some(at)) => Some(format!("{at}/{id}")),
        (ConnectionKind::Dynamics365, Some(at)) => Some(format!(
            "{at}/main.aspx?pagetype=entityrecord&etn={kind}&id={id}"
        )),
        (ConnectionKind::Odoo, Some(at)) => {
            let model = if kind == "lead" {
                "crm.lead"
            } else {
                "res.partner"
            };
            Some(format!("{at}/web#id={id}&model={model}&view_type=form"))
        }
        _ => None,
    }
}

/// An id as one part of a path.
fn encoded(id: &str) -> String {
    let Ok(mut url) = Url::parse("https://x.example") else {
        return String::new();
    };
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.push(id);
    }
    url.path().trim_start_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(kind: &str, url: &str, record_url: Option<&str>) -> ConnectionSettings {
        let mut table = toml::toml! {
            key = "crm"
            name = "CRM"
        };
        table.insert("kind".to_owned(), kind.into());
        table.insert("url".to_owned(), url.into());
        if let Some(pattern) = record_url {
            table.insert("record_url".to_owned(), pattern.into());
        }
        table.try_into().unwrap()
    }

    #[test]
    fn each_kind_has_its_own_way() {
        let link = |kind, record, id| {
            record_link(&connection(kind, "https://a.example/", None), record, id)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(link("http", "contact", "1"), None);
        assert_eq!(link("hubspot", "contact", "1"), None);
        assert_eq!(link("builtin", "lead", "l1"), some("/crm/leads/l1"));
        assert_eq!(
            link("salesforce", "contact", "003x"),
            some("https://a.example/003x")
        );
        assert_eq!(
            link("dynamics365", "lead", "9"),
            some("https://a.example/main.aspx?pagetype=entityrecord&etn=lead&id=9")
        );
        assert_eq!(
            link("odoo", "contact", "7"),
            some("https://a.example/web#id=7&model=res.partner&view_type=form")
        );
        let own = connection(
            "http",
            "https://a.example",
            Some("https://ui.example/{kind}/{id}"),
        );
        assert_eq!(
            record_link(&own, "contact", "a/../b?c"),
            some("https://ui.example/contact/a%2F..%2Fb%3Fc")
        );
    }
}
