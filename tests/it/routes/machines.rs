//! The same for machines: a connection's signature opens that connection and nothing else.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::{kernel::signature::SigningSecret, settings::ConnectionSettings};

use crate::support::{browser::Page, dump, each_engine};

use super::town::{MARK, OURS, THEIRS};

const LEFT: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const RIGHT: &str = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

/// A CRM that sends events; nobody answers at its address.
pub fn connection(key: &str) -> ConnectionSettings {
    let table =
        toml::toml! { name = "A ledger" kind = "http" url = "http://127.0.0.1:9" token = "t" };
    let mut table = table;
    let secret = if key == "ledger-left" { LEFT } else { RIGHT };
    table.insert("key".into(), key.into());
    table.insert("event_secret".into(), secret.into());
    table.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_reaches_no_other_connections_records() {
    each_engine(async |test| {
        let portal = super::portal(&test).await;
        let theirs = THEIRS.settle(&portal).await;
        let ours = OURS.settle(&portal).await;
        let browser = portal.browser();
        let now = test.world.clock.now().as_seconds();
        let send = async |path: &str, secret: Option<&str>, id: &str, body: &Value| -> Page {
            let body = body.to_string();
            let signature = secret.map_or(String::new(), |secret| {
                SigningSecret::parse(secret).unwrap().sign(id, now, body.as_bytes())
            });
            let now = now.to_string();
            let headers = [
                ("webhook-id", id),
                ("webhook-timestamp", now.as_str()),
                ("webhook-signature", signature.as_str()),
                ("content-type", "application/json"),
            ];
            browser.send(Method::POST, path, Some(body.clone()), &headers).await
        };
        let path = |ids: &super::town::Ids| format!("/api/v1/crm/{}/events", ids.get("connection"));
        // Their account, contract, contact, in another connection: renamed, ended, moved.
        let records = json!({"type": "records.changed", "records": [
            {"type": "account", "id": theirs.get("crm_account"), "version": 9, "name": "Taken over", "kind": "customer"},
            {"type": "contract", "id": theirs.get("crm_contract"), "version": 9, "account_id": theirs.get("crm_account"),
             "number": theirs.get("number"), "status": "ended", "starts_on": "2020-01-01"},
            {"type": "contact", "id": theirs.get("crm_contact"), "version": 9, "account_id": ours.get("crm_account"),
             "given_name": "Taken", "family_name": "Over", "email": theirs.get("email")},
        ]});
        let rows = async || {
            let mut rows = dump::rows(&test).await;
            let owned = ["organizations", "contracts", "memberships", "persons", "receipts", "invitations"];
            rows.retain(|row| owned.iter().any(|table| row.starts_with(&format!("{table}: "))));
            rows.retain(|row| row.contains("ledger-right") || row.contains(theirs.get("organization")) || row.to_lowercase().contains(&format!("{MARK}.example")));
            rows
        };
        let before = rows().await;
        assert!(before.len() > 6, "{before:#?}");
        // No token, the wrong one, a connection that is not there: one answer for all.
        let mut refused = Vec::new();
        for (ids, secret) in [
            (&theirs, None),
            (&theirs, Some(LEFT)),
            (&super::town::Ids::of_nobody(), Some(LEFT)),
            (&super::town::Ids::of_nobody(), None),
        ] {
            let page = send(&path(ids), secret, "evt-1", &records).await.expect(401);
            let mut body: Value = serde_json::from_str(&page.body).unwrap();
            body.as_object_mut().unwrap().remove("request_id");
            refused.push(body);
        }
        refused.dedup();
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!(rows().await, before);
        // Its own token, their records' ids: it makes records of its own and touches none of theirs.
        send(&path(&ours), Some(LEFT), "evt-2", &records).await.expect(202);
        assert_eq!(rows().await, before);
        // The same event at the other's door, and with the other's token at its own.
        send(&path(&theirs), Some(LEFT), "evt-2", &records).await.expect(401);
        send(&path(&ours), Some(RIGHT), "evt-2", &records).await.expect(401);
        assert_eq!(rows().await, before);
    })
    .await;
}
