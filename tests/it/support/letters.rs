//! Mails that wait to be sent, opened; of those that are sent nothing is kept.

use vestibule::{db::Database, kernel::Keyring};

/// Who gets the mails of a kind, and their texts, oldest first.
pub async fn letters(db: &Database, keys: &Keyring, kind: &str) -> Vec<(String, String)> {
    let mut conn = db.read().await.unwrap();
    let payloads: Vec<(String,)> = vestibule::on!(conn, |c| sqlx::query_as(
        "SELECT payload FROM changes WHERE kind = 'mail' ORDER BY id"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    let open = |(payload,): &(String,)| {
        let mail: serde_json::Value = serde_json::from_str(payload).unwrap();
        if mail["template"] != kind {
            return None;
        }
        let (id, sealed) = (mail["id"].as_str()?, mail["sealed"].as_str()?);
        if sealed.is_empty() {
            return None;
        }
        let plain = keys.open("mail", id, sealed).unwrap();
        let content: serde_json::Value = serde_json::from_slice(&plain).unwrap();
        let text = |name: &str| content[name].as_str().unwrap().to_owned();
        Some((text("to"), text("text")))
    };
    payloads.iter().filter_map(open).collect()
}
