//! The first request that an ended contract refuses is noted on the receipt of its end.

use std::time::Duration;

use vestibule::{
    contracts::receipts::{self, Receipt},
    crm::port,
    kernel::ids::OrganizationId,
    organizations,
};

use crate::support::{
    Portal, TestDb, each_engine,
    seed::{apply, contract, organization},
};

async fn newest(test: &TestDb, organization: &OrganizationId) -> Receipt {
    let mut conn = test.db.read().await.unwrap();
    let found = receipts::of(&mut conn, organization, 1).await.unwrap();
    found.into_iter().next().unwrap()
}

/// Waits for what is written beside the request.
async fn noted(test: &TestDb, organization: &OrganizationId) -> Receipt {
    for _ in 0..200 {
        let receipt = newest(test, organization).await;
        if receipt.first_refused_at.is_some() {
            return receipt;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the first refused request was not noted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_a_proxy_note_it_once() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        portal
            .add_member(&company, "aino@a.example", &["admin", "orders"])
            .await;
        let aino = portal.sign_in("aino@a.example").await;
        let members = format!("/organizations/{company}/members");
        aino.get(&members).await.expect(200);
        let mut version = 1;
        for question in [members.as_str(), "/forward-auth?service=shop"] {
            version += 1;
            let ended = port::Contract {
                status: "ended".to_owned(),
                ..contract("1", "A", version)
            };
            apply(&test, ended).await.unwrap();
            test.world.clock.advance(Duration::from_secs(3));
            let at = test.world.clock.now();
            aino.get(question).await.expect(403);
            let receipt = noted(&test, &company).await;
            assert_eq!(receipt.first_refused_at, Some(at), "{question}");
            test.world.clock.advance(Duration::from_secs(3));
            aino.get(question).await.expect(403);
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(newest(&test, &company).await.first_refused_at, Some(at));
            version += 1;
            apply(&test, contract("1", "A", version)).await.unwrap();
            test.world.clock.advance(Duration::from_secs(3));
            aino.get(question).await.expect(200);
        }
        let mut conn = test.db.read().await.unwrap();
        assert!(
            organizations::find(&mut conn, &company)
                .await
                .unwrap()
                .is_some()
        );
    })
    .await;
}
