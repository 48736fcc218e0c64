//! Receipts as operators see them: a page and two files.

use std::time::Duration;

use serde_json::Value;
use vestibule::{
    crm::port,
    kernel::ids::Id,
    people::{self, KeepOutError},
};

use crate::{
    act,
    support::{
        Portal, each_engine,
        portal::OPERATOR,
        seed::{apply, catalogue, contract, member, organization},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_a_page_and_two_files() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let page = browser.get("/operations/receipts").await.expect(200);
        assert!(page.text().contains("No access has ended yet"));
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        member(&test, &organization, "admin@a.example", &["admin"]).await;
        let ada = member(&test, &organization, "ada@a.example", &["orders"]).await;
        let ended = port::Contract {
            status: "ended".to_owned(),
            ends_on: "2027-01-01".to_owned(),
            ..contract("1", "A", 2)
        };
        apply(&test, ended).await.unwrap();
        // The newest comes first; of one moment, any would.
        test.world.clock.advance(Duration::from_secs(1));
        let (person, roles) = (ada.person_id.clone(), catalogue());
        let kept: Result<_, KeepOutError> = act!(test, test.cx(), |tx, cx| people::keep_out(
            tx,
            &cx,
            &roles,
            (&person, "left")
        ));
        kept.unwrap();
        let text = browser.get("/operations/receipts").await.expect(200).text();
        for word in [
            "Company A",
            "Contract C-1",
            "2 members",
            "None to tell",
            "Everywhere",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        let german = browser
            .get("/operations/receipts?lang=de")
            .await
            .expect(200);
        assert!(german.text().contains("Keines zu unterrichten"));
        let csv = browser
            .get("/operations/receipts/csv")
            .await
            .expect(200)
            .body;
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 3, "{csv}");
        assert!(lines[0].starts_with("id,kind,organization_id"));
        assert!(!csv.contains("ada@"), "people stand there by their ids");
        let json = browser
            .get("/operations/receipts/json")
            .await
            .expect(200)
            .body;
        let rows: Vec<Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(rows[0]["person_id"], ada.person_id.as_str());
        assert_eq!(rows[1]["contract"], "C-1");
        assert_eq!(rows[1]["directory"], "none_needed");
    })
    .await;
}
