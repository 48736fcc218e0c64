//! Comparing a CRM with the portal: every class of difference is found, none is invented, what has an
//! owner is mended, a mend can be undone, and a run that stands still goes on where it was.

mod large;
mod mends;
mod town;

use std::{collections::BTreeSet, time::Duration};

use vestibule::{
    crm::{
        port::{Contract, Record},
        reconcile::{self, Mended, Owner, Started},
    },
    kernel::ids::Id,
};

use self::town::{Row, Town, rows};
use crate::support::{
    Portal,
    crm_stand_in::Fault,
    each_engine,
    portal::{OPERATOR, REP},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_class_is_found_and_mended_by_its_owner() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (_, none) = town.compare(&test).await;
        assert_eq!(none, BTreeSet::new(), "nothing differs yet");
        let expected = town.tamper(&test).await;
        let (run, found) = town.compare(&test).await;
        assert_eq!(found, expected);

        let cx = test.cx();
        let mended = reconcile::mend_all(&test.db, &town.connections, &cx, &run, u64::MAX).await;
        assert_eq!(mended.unwrap().mended, 6);
        town.settle(&test).await;
        test.world.clock.advance(Duration::from_secs(60));
        let (_, left) = town.compare(&test).await;
        let nobodys: BTreeSet<Row> = expected
            .into_iter()
            .filter(|row| row.4 == Owner::Nobody)
            .collect();
        assert_eq!(left, nobodys);
        let contact = town.contact_of(0);
        let family = town.crm.lock().records.contacts[&contact]
            .family_name
            .clone();
        assert_eq!(family, "m0", "the portal's word counts");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stands_still_goes_on_where_it_was() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let expected = town.tamper(&test).await;
        let Started::Run(run) = town.start(&test).await else {
            panic!("a run is under way")
        };
        assert_eq!(town.start(&test).await, Started::UnderWay);
        // Two steps, then whoever carries it is gone; then the CRM is away for a while.
        for _ in 0..2 {
            let step = reconcile::advance(&test.db, &test.world, town.connection(), &run).await;
            assert_eq!(step.unwrap(), reconcile::Advanced::More);
        }
        town.crm.fail_next(Fault::Status(503, None));
        test.world.clock.advance(Duration::from_secs(121));
        assert_eq!(town.carry(&test).await, None);
        assert_eq!(town.carry(&test).await, None, "it rests for five minutes");
        test.world.clock.advance(Duration::from_secs(301));
        assert_eq!(town.carry(&test).await.as_ref(), Some(&run));
        assert_eq!(rows(&test, &run).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_carry_one_run_find_everything_once() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let expected = town.tamper(&test).await;
        let Started::Run(run) = town.start(&test).await else {
            panic!("a run is under way")
        };
        let carry = async || {
            let mut last = None;
            for _ in 0..200 {
                let step = reconcile::advance(&test.db, &test.world, town.connection(), &run).await;
                match step {
                    Ok(reconcile::Advanced::More) => {}
                    Ok(_) => return,
                    Err(error) => last = Some(error),
                }
            }
            panic!("it does not end: {last:?}");
        };
        tokio::join!(carry(), carry(), carry());
        assert_eq!(rows(&test, &run).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_compare_and_mend_on_pages() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let operator = portal.sign_in(OPERATOR).await;
        let page = operator
            .open("/operations/reconciliation")
            .await
            .expect(200);
        let form = page.form("/reconcile");
        let page = operator.press(&page, &form).await.expect(200);
        assert!(
            page.text().contains("The comparison has started"),
            "{}",
            page.text()
        );
        let unknown =
            reconcile::mend(&test.db, &portal.state.crm, &test.cx(), &Id::from_bits(5)).await;
        assert_eq!(unknown.unwrap(), Mended::NotFound);
        for path in [
            "/operations/reconciliation/rec_00000000000000000000000000",
            "/operations/reconciliation/rec_00000000000000000000000000/csv",
            "/operations/reconciliation/nonsense",
        ] {
            operator.open(path).await.expect(404);
        }
        let rep = portal.sign_in(REP).await;
        rep.open("/operations/reconciliation").await.expect(403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_read_before_a_comparison_and_not_otherwise() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let calls = || town.crm.count_calls("/crm/changes");
        let before = calls();
        assert_eq!(town.carry(&test).await, None, "no run is open");
        assert_eq!(calls(), before, "and nobody asks the CRM");
        // A new contract that the feed has not brought yet is no difference.
        town.crm.lock().records.put(Record::Contract(Contract {
            id: "CT9".to_owned(),
            account_id: "A".to_owned(),
            number: "C-9".to_owned(),
            status: "active".to_owned(),
            starts_on: "2026-01-01".to_owned(),
            ..Contract::default()
        }));
        let (_, found) = town.compare(&test).await;
        assert_eq!(found, BTreeSet::new());
        // A feed that cannot be read holds the run up, with the reason on it.
        test.world.clock.advance(Duration::from_secs(1));
        assert!(matches!(town.start(&test).await, Started::Run(_)));
        town.crm.fail_next(Fault::Status(503, None));
        assert_eq!(town.carry(&test).await, None);
        let mut conn = test.db.read().await.unwrap();
        let latest = reconcile::latest(&mut conn, "crm").await.unwrap().unwrap();
        assert!(latest.finished_at.is_none() && !latest.problem.is_empty());
    })
    .await;
}
