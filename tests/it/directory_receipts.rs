//! What receipts say of directories.

use std::time::Duration;

use vestibule::{
    contracts::receipts::{self, DirectoryTold, FullReceipt, ReceiptKind},
    db::Error,
    directory::conformance::Fault,
    kernel::ids::Id,
    outbox::{self, directory_destination, read},
};

use crate::{
    act,
    support::{
        TestDb,
        directories::desk::{Desk, end_contract, house, restore, suspend},
        each_engine,
    },
};

async fn newest(test: &TestDb) -> FullReceipt {
    let mut conn = test.db.read().await.unwrap();
    let found = receipts::all(&mut conn, None, 1).await.unwrap();
    found.into_iter().next().unwrap()
}

async fn note_told(test: &TestDb) {
    let noted: Result<(), Error> = test.db.write(|tx| Box::pin(receipts::note_told(tx))).await;
    noted.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_says_when_every_directory_was_told() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        end_contract(&test, 2).await.unwrap();
        note_told(&test).await;
        let receipt = newest(&test).await;
        assert_eq!(
            (receipt.kind, receipt.contract.as_deref()),
            (ReceiptKind::Ended, Some("C-1"))
        );
        assert_eq!(receipt.directory_told(), DirectoryTold::Waiting(1));
        // A newer change takes the older one's place; with it both are told.
        test.world.clock.advance(Duration::from_secs(5));
        suspend(&test, &house).await;
        let person = newest(&test).await;
        assert_eq!(person.person_id.as_ref(), Some(&house.member.person_id));
        assert_eq!((person.memberships, person.sessions), (1, 0));
        test.world.clock.advance(Duration::from_secs(5));
        let told_at = test.world.clock.now();
        desk.deliver().await;
        for _ in 0..2 {
            let mut conn = test.db.read().await.unwrap();
            let found = receipts::all(&mut conn, None, 10).await.unwrap();
            let states: Vec<_> = found.iter().map(FullReceipt::directory_told).collect();
            assert_eq!(states, [DirectoryTold::At(told_at); 2]);
            drop(conn);
            test.world.clock.advance(Duration::from_secs(60));
            note_told(&test).await;
        }
        // What a person gives up is not told, and waits no more.
        restore(&test, &house).await;
        let mut conn = test.db.read().await.unwrap();
        let (subject, kc) = (house.member.person_id.as_str(), directory_destination("kc"));
        let last = read::last_of_subject(&mut conn, subject, &kc).await;
        let last = last.unwrap().unwrap();
        drop(conn);
        let id = last.id.clone();
        let skipped: Result<_, Error> = act!(test, test.cx(), |tx, cx| outbox::skip(
            tx, &cx, &id, "no more"
        ));
        skipped.unwrap();
        assert_eq!(newest(&test).await.directory_told(), DirectoryTold::GivenUp);
    })
    .await;
}

/// Gives up the newest delivery about somebody.
async fn give_up(test: &TestDb, subject: &str) {
    let mut conn = test.db.read().await.unwrap();
    let kc = directory_destination("kc");
    let last = read::last_of_subject(&mut conn, subject, &kc).await;
    let id = last.unwrap().unwrap().id;
    drop(conn);
    let skipped: Result<_, Error> = act!(test, test.cx(), |tx, cx| outbox::skip(
        tx, &cx, &id, "no more"
    ));
    skipped.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_counts_from_the_delivery_that_told_and_not_from_its_merging() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        end_contract(&test, 2).await.unwrap();
        test.world.clock.advance(Duration::from_secs(5));
        suspend(&test, &house).await;
        desk.keycloak.lock().troubles.arm(Fault::Unavailable);
        // The newer one takes the older one's place here, and is not told.
        desk.deliver().await;
        test.world.clock.advance(Duration::from_secs(3_600));
        let told_at = test.world.clock.now();
        desk.deliver().await;
        for _ in 0..2 {
            let mut conn = test.db.read().await.unwrap();
            let found = receipts::all(&mut conn, None, 10).await.unwrap();
            let states: Vec<_> = found.iter().map(FullReceipt::directory_told).collect();
            assert_eq!(states, [DirectoryTold::At(told_at); 2]);
            drop(conn);
            test.world.clock.advance(Duration::from_secs(60));
            note_told(&test).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_in_another_s_place_is_given_up() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.lock().troubles.arm(Fault::Unavailable);
        end_contract(&test, 2).await.unwrap();
        test.world.clock.advance(Duration::from_secs(5));
        suspend(&test, &house).await;
        desk.deliver().await;
        give_up(&test, house.member.person_id.as_str()).await;
        for _ in 0..2 {
            let mut conn = test.db.read().await.unwrap();
            let found = receipts::all(&mut conn, None, 10).await.unwrap();
            let states: Vec<_> = found.iter().map(FullReceipt::directory_told).collect();
            assert_eq!(states, [DirectoryTold::GivenUp; 2]);
            drop(conn);
            note_told(&test).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_was_told_where_nobody_is() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.lock().users.remove(&house.user);
        suspend(&test, &house).await;
        desk.deliver().await;
        for _ in 0..2 {
            let told = newest(&test).await.directory_told();
            assert_eq!(told, DirectoryTold::Nobody);
            note_told(&test).await;
        }
    })
    .await;
}
