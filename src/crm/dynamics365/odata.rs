//! Pieces of addresses: literals that cannot break out, ids, keys.

use sha2::{Digest, Sha256};
use url::form_urlencoded::byte_serialize;
use uuid::{Builder, Uuid, Variant, Version};

/// A text literal.
pub(super) fn text(value: &str) -> String {
    let plain: String = value.chars().filter(|it| !it.is_control()).collect();
    let doubled = plain.replace('\'', "''");
    format!("'{doubled}'")
}

/// One of several values of a column.
pub(super) fn one_of<'a>(column: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.into_iter().map(text).collect();
    format!(
        "Microsoft.Dynamics.CRM.In(PropertyName='{column}',PropertyValues=[{}])",
        values.join(",")
    )
}

/// A pattern that finds every spelling of a folded number: anything may stand between its letters.
pub(super) fn spellings(number_key: &str) -> String {
    let letters = number_key.chars().filter(|it| it.is_alphanumeric());
    let parted: Vec<String> = letters.map(String::from).collect();
    text(&parted.join("%"))
}

/// Percent-encodes the value of a query option.
pub(super) fn encode(value: &str) -> String {
    let encoded: String = byte_serialize(value.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// Whether a text has the form of a row's id.
pub(super) fn is_id(id: &str) -> bool {
    id.len() == 36 && Uuid::try_parse(id).is_ok()
}

/// What two spellings of one id have in common.
pub(super) fn id_key(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// Whether a value can stand in an alternate key: these letters do not work in addresses there.
pub(super) fn is_key(value: &str) -> bool {
    !value.is_empty() && !value.contains(|it: char| "/<>*%&:\\?+#".contains(it) || it.is_control())
}

/// `/contacts(vst_portalid='mem_1')`.
pub(super) fn by_key(table: &str, column: &str, value: &str) -> String {
    let doubled = value.replace('\'', "''");
    format!("/{table}({column}='{}')", encode(&doubled))
}

/// The id of the note about a change. Dataverse takes ids of ours, so the same change makes the same
/// note.
pub(super) fn note_id(change: &str) -> String {
    let digest = Sha256::digest(format!("vestibule note {change}").as_bytes());
    let mut bytes = [0; 16];
    for (slot, byte) in bytes.iter_mut().zip(digest) {
        *slot = byte;
    }
    Builder::from_bytes(bytes)
        .with_variant(Variant::RFC4122)
        .with_version(Version::Custom)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_quotes() {
        assert_eq!(text("O'Neil"), "'O''Neil'");
        assert_eq!(text("x' or '1' eq '1\r\n"), "'x'' or ''1'' eq ''1'");
        assert_eq!(
            by_key("contacts", "k", "a b@c.example"),
            "/contacts(k='a%20b%40c.example')"
        );
        assert_eq!(by_key("contacts", "k", "O'N"), "/contacts(k='O%27%27N')");
        assert_eq!(spellings("CT1"), "'C%T%1'");
        assert_eq!(
            one_of("emailaddress1", ["a@b.example", "c'd"]),
            "Microsoft.Dynamics.CRM.In(PropertyName='emailaddress1',PropertyValues=['a@b.example','c''d'])"
        );
    }

    #[test]
    fn ids_and_keys_are_known_by_their_form() {
        assert!(is_id("6d81A111-0000-4000-8000-00000000000f"));
        for bad in [
            "",
            "no-such-account",
            "6d81a11100004000800000000000000f",
            "{6d81a111-0000-4000-8000-0000000000}",
        ] {
            assert!(!is_id(bad), "{bad}");
        }
        assert!(is_key("mem_01J-x") && !is_key("a/b") && !is_key("") && !is_key("a+b"));
        let id = note_id("chg_1");
        assert!(is_id(&id) && id == note_id("chg_1") && id != note_id("chg_2"));
    }
}
