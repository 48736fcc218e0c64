//! Mending and undoing: what a mend set is remembered and set back unless somebody changed it since,
//! too many ends of access wait for another operator, and the schedule's findings are told once.

use std::time::Duration;

use vestibule::{
    contracts,
    crm::{
        port::{Account, Contact, Contract, Record},
        reconcile::{self, Class, Finding, Kind, Mended, MendedAll, Owner, Side, Undone},
    },
    db::Error,
    kernel::{
        Actor, Cx,
        ids::{Id, PersonId},
    },
    on,
};

use super::town::{Town, findings};
use crate::{
    act,
    support::{Portal, TestDb, each_engine, letters::letters, portal::OPERATOR, seed::CONNECTION},
};

fn staff(test: &TestDb, number: u128) -> Cx {
    test.world.cx(Actor::Staff {
        person_id: PersonId::from_bits(number),
    })
}

fn one(found: &[Finding], class: Class, kind: Kind, owner: Owner) -> &Finding {
    let mut fits = found
        .iter()
        .filter(|it| it.class == class && it.kind == kind && it.owner == owner);
    fits.next().unwrap()
}

async fn mended(test: &TestDb, town: &Town, finding: &Finding) {
    let mended = reconcile::mend(&test.db, &town.connections, &test.cx(), &finding.id).await;
    assert_eq!(mended.unwrap(), Mended::Now);
}

async fn undone(test: &TestDb, finding: &Finding) -> Undone {
    reconcile::undo(&test.db, &test.cx(), &finding.id)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_set_back_unless_it_was_changed_since() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.tamper(&test).await;
        let contact = town.contact_of(0);
        let family = || {
            town.crm.lock().records.contacts[&contact]
                .family_name
                .clone()
        };
        let (run, _) = town.compare(&test).await;
        let found = findings(&test, &run).await;
        let differs = one(&found, Class::Differs, Kind::Contact, Owner::Portal);
        assert_eq!(undone(&test, differs).await, Undone::NotMended);

        mended(&test, &town, differs).await;
        town.settle(&test).await;
        assert_eq!(family(), "m0");
        let stored = findings(&test, &run).await;
        let stored = one(&stored, Class::Differs, Kind::Contact, Owner::Portal);
        let changes = stored.changes();
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].side, changes[0].field.as_str()),
            (Side::Crm, "family_name")
        );
        assert_eq!(
            (changes[0].old.as_str(), changes[0].new.as_str()),
            ("Other", "m0")
        );

        assert_eq!(undone(&test, differs).await, Undone::Now);
        assert_eq!(undone(&test, differs).await, Undone::NotMended, "once");
        town.settle(&test).await;
        assert_eq!(family(), "Other");
        let all = reconcile::mend_all(&test.db, &town.connections, &test.cx(), &run, 99).await;
        assert_eq!(all.unwrap().mended, 5, "what was undone is left alone");

        // Mended again by its own button; then somebody in the CRM changes the name.
        mended(&test, &town, differs).await;
        town.settle(&test).await;
        let changed = Contact {
            family_name: "Third".to_owned(),
            ..town.crm.lock().records.contacts[&contact].clone()
        };
        town.crm.lock().records.put(Record::Contact(changed));
        town.settle(&test).await;
        assert_eq!(undone(&test, differs).await, Undone::ChangedSince);
        town.settle(&test).await;
        assert_eq!(family(), "Third");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_come_back_and_what_has_no_way_back_says_so() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.tamper(&test).await;
        let (run, _) = town.compare(&test).await;
        let cx = test.cx();
        let all = reconcile::mend_all(&test.db, &town.connections, &cx, &run, u64::MAX).await;
        assert_eq!(
            all.unwrap(),
            MendedAll {
                mended: 6,
                waits: 0
            }
        );
        town.settle(&test).await;
        let people = async || {
            let mut conn = test.db.read().await.unwrap();
            on!(conn, |c| sqlx::query_scalar::<_, i64>(
                "SELECT count(*) FROM crm_people WHERE email LIKE 'm1@%'"
            )
            .fetch_one(c)
            .await)
            .unwrap()
        };
        let with_new = people().await;
        let found = findings(&test, &run).await;
        let forgotten = one(&found, Class::MissingThere, Kind::Contact, Owner::Crm);
        assert_eq!(undone(&test, forgotten).await, Undone::Now);
        assert_eq!(
            people().await,
            with_new + 1,
            "the mirror has the contact again"
        );
        for (class, kind, owner) in [
            (Class::MissingThere, Kind::Membership, Owner::Portal),
            (Class::Differs, Kind::Contract, Owner::Crm),
            (Class::MissingHere, Kind::Contract, Owner::Crm),
        ] {
            let finding = one(&found, class, kind, owner);
            assert!(!finding.can_be_undone());
            assert_eq!(undone(&test, finding).await, Undone::NotPossible);
        }
        let rest = reconcile::undo_all(&test.db, &cx, &run, u64::MAX)
            .await
            .unwrap();
        assert_eq!(
            (rest.undone, rest.changed, rest.left),
            (1, 0, 4),
            "the field; three, and a link that only the CRM has"
        );
        let unknown = reconcile::undo(&test.db, &cx, &Id::from_bits(5)).await;
        assert_eq!(unknown.unwrap(), Undone::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_is_gone_is_not_marked_as_mended() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.tamper(&test).await;
        let (run, _) = town.compare(&test).await;
        let gone = "UPDATE reconciliation_findings SET subject = 'mem_00000000000000000000000009' WHERE class = 'differs' AND kind = 'contact'";
        let done: Result<(), Error> = act!(test, test.cx(), |tx, _cx| async move {
            on!(tx, |c| sqlx::query(gone).execute(c).await.map(drop))?;
            Ok(())
        });
        done.unwrap();
        let found = findings(&test, &run).await;
        let differs = one(&found, Class::Differs, Kind::Contact, Owner::Portal);
        let mend = reconcile::mend(&test.db, &town.connections, &test.cx(), &differs.id).await;
        assert_eq!(mend.unwrap(), Mended::NotByUs);
        let found = findings(&test, &run).await;
        let differs = one(&found, Class::Differs, Kind::Contact, Owner::Portal);
        assert!(differs.mended_at.is_none() && differs.changes.is_empty());
    })
    .await;
}

/// Twenty companies with a contract each; twelve of these ended in the CRM and no event told so.
async fn ended_unheard(test: &TestDb, town: &Town) {
    for number in 0..20 {
        let records = &mut town.crm.lock().records;
        records.put(Record::Account(Account {
            id: format!("B{number}"),
            name: format!("Company {number}"),
            kind: "customer".to_owned(),
            ..Account::default()
        }));
        records.put(Record::Contract(Contract {
            id: format!("B{number}"),
            account_id: format!("B{number}"),
            number: format!("B-{number}"),
            status: "active".to_owned(),
            starts_on: "2026-01-01".to_owned(),
            ..Contract::default()
        }));
    }
    town.settle(test).await;
    for number in 0..12 {
        let records = &mut town.crm.lock().records;
        let contract = records.contracts.get_mut(&format!("B{number}")).unwrap();
        contract.status = "ended".to_owned();
        contract.version += 1;
    }
    test.world.clock.advance(Duration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn mending_does_not_end_more_access_than_the_brake_lets_pass() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        ended_unheard(&test, &town).await;
        let (run, found) = town.compare(&test).await;
        assert_eq!(found.len(), 12);
        let first = staff(&test, 1);
        let all = reconcile::mend_all(&test.db, &town.connections, &first, &run, u64::MAX).await;
        let all = all.unwrap();
        // 23 contracts grant access; the fifth of them, above the floor of five, passes.
        assert_eq!((all.mended, all.waits), (5, 7));
        let left = findings(&test, &run).await;
        assert_eq!(left.iter().filter(|it| it.mended_at.is_none()).count(), 7);

        let held = async || {
            let mut conn = test.db.read().await.unwrap();
            contracts::held(&mut conn, CONNECTION, 100).await.unwrap()
        };
        let waiting = held().await;
        assert_eq!(waiting.len(), 7);
        let release = async |cx: Cx| {
            let (rules, id) = (town.connection().rules.clone(), waiting[0].id.clone());
            act!(test, cx.clone(), |tx, cx| async move {
                contracts::release_held(tx, &cx, &rules, &id).await
            })
        };
        assert!(release(first).await.is_err(), "not by who asked for it");
        assert_eq!(held().await.len(), 7);
        release(staff(&test, 2)).await.unwrap();
        assert_eq!(held().await.len(), 6);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_get_one_letter_for_a_run_of_the_schedule() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let told = async || letters(&test.db, &portal.state.world.keys, "differences").await;
        let compare = async |by: &'static str| {
            let run = on_run(&test, &portal, by).await;
            vestibule::operations::write_of_differences(&portal.state)
                .await
                .unwrap();
            vestibule::operations::write_of_differences(&portal.state)
                .await
                .unwrap();
            run
        };
        compare("").await;
        assert_eq!(told().await.len(), 0, "nothing differs");
        let organization = portal.add_customer("Kuusi").await;
        portal
            .add_member(&organization, "aino@kuusi.example", &["admin"])
            .await;
        // The change to the CRM is taken away, as a restored backup would.
        let lost: Result<(), Error> = act!(test, test.cx(), |tx, _cx| async move {
            for statement in [
                "DELETE FROM deliveries",
                "UPDATE memberships SET created_at = 1",
            ] {
                on!(tx, |c| sqlx::query(statement).execute(c).await.map(drop))?;
            }
            Ok(())
        });
        lost.unwrap();
        compare("somebody").await;
        assert_eq!(told().await.len(), 0, "who asked looks at the page");
        let run = compare("").await;
        let letters = told().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0].0, OPERATOR);
        assert!(
            letters[0]
                .1
                .contains(&format!("/operations/reconciliation/{run}")),
            "{}",
            letters[0].1
        );
        assert!(
            letters[0].1.contains("Missing in the CRM: 2"),
            "{}",
            letters[0].1
        );
    })
    .await;
}

async fn on_run(test: &TestDb, portal: &Portal, by: &'static str) -> vestibule::kernel::ids::RunId {
    let state = &portal.state;
    portal.clock.advance(Duration::from_secs(60));
    let started: Result<_, Error> = act!(test, state.world.system("test"), |tx, cx| async move {
        reconcile::start(tx, &cx, CONNECTION, by).await
    });
    started.unwrap();
    let stop = tokio_util::sync::CancellationToken::new();
    let run = reconcile::run_open(&state.db, &state.world, &state.crm, CONNECTION, &stop).await;
    run.unwrap().unwrap()
}
