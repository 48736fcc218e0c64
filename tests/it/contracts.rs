//! Contract records: dates, versions, the mass-change brake, receipts.

use std::{sync::Arc, time::Duration};

use vestibule::{
    contracts::{
        self, Applied, ApplyError, ContractRules, Standing,
        receipts::{self, ReceiptKind},
    },
    crm::port,
    db::Error,
    kernel::{
        Instant,
        ids::{HeldId, OrganizationId},
    },
    on, organizations,
};

use crate::{
    act,
    support::{
        TestDb, each_engine,
        seed::{self, apply, apply_by, as_crm, contract, member, organization, rules},
    },
};

async fn stored(test: &TestDb, id: &str) -> contracts::Contract {
    let mut conn = test.db.read().await.unwrap();
    contracts::find(&mut conn, "crm", id)
        .await
        .unwrap()
        .unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

fn just_before(instant: Instant) -> Instant {
    instant.minus(Duration::from_micros(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standing_changes_exactly_at_local_midnight() {
    each_engine(async |test| {
        organization(&test, "A").await;
        // The last day is the one on which Berlin's clocks go forward; grace ends after they went.
        let record = port::Contract {
            starts_on: "2026-10-25".into(),
            ends_on: "2027-03-28".into(),
            grace_days: Some(2),
            ..contract("1", "A", 1)
        };
        apply_by(&test, rules("Europe/Berlin"), record)
            .await
            .unwrap();
        let contract = stored(&test, "1").await;
        let (start, end, grace) = (
            at("2026-10-24T22:00:00Z"),
            at("2027-03-28T22:00:00Z"),
            at("2027-03-30T22:00:00Z"),
        );
        assert_eq!(
            (contract.starts_at, contract.ends_at, contract.grace_ends_at),
            (start, Some(end), Some(grace))
        );
        let table = [
            (
                just_before(start),
                Standing::NotStarted {
                    starts_at: Some(start),
                },
            ),
            (start, Standing::Active { ends_at: Some(end) }),
            (just_before(end), Standing::Active { ends_at: Some(end) }),
            (end, Standing::Grace { until: grace }),
            (just_before(grace), Standing::Grace { until: grace }),
            (grace, Standing::Ended { at: grace }),
        ];
        for (now, expected) in table {
            assert_eq!(contract.standing(now), expected, "{now}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_changes_nothing_in_any_order() {
    each_engine(async |test| {
        organization(&test, "A").await;
        let mut versions: Vec<i64> = (1..=6).collect();
        versions.rotate_left(2);
        versions.extend([6, 3]);
        let mut highest = 0;
        for version in versions {
            let record = port::Contract {
                number: format!("V{version}"),
                ..contract("1", "A", version)
            };
            let applied = apply(&test, record).await.unwrap();
            assert_eq!(
                applied == Applied::NotNewer,
                version <= highest,
                "{version}: {applied:?}"
            );
            highest = highest.max(version);
            let stored = stored(&test, "1").await;
            assert_eq!(
                (stored.number, stored.source_version),
                (format!("V{highest}"), highest)
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_race_end_with_the_newest() {
    each_engine(async |test| {
        organization(&test, "A").await;
        let races: Vec<_> = (1..=20)
            .map(|version| {
                let test = test.clone();
                tokio::spawn(async move {
                    let record = port::Contract {
                        number: format!("V{version}"),
                        ..contract("1", "A", version)
                    };
                    apply(&test, record).await.unwrap();
                })
            })
            .collect();
        for race in races {
            race.await.unwrap();
        }
        assert_eq!(stored(&test, "1").await.number, "V20");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_named_and_leaves_nothing() {
    each_engine(async |test| {
        organization(&test, "A").await;
        let bad = port::Contract {
            status: "Activated".into(),
            ..contract("1", "A", 1)
        };
        let Err(ApplyError::BadRecord(problem)) = apply(&test, bad).await else {
            panic!("taken")
        };
        assert!(
            problem.contains("status") && problem.contains("Activated"),
            "{problem}"
        );
        let orphan = apply(&test, contract("1", "nobody", 1)).await;
        assert!(matches!(orphan, Err(ApplyError::UnknownAccount(account)) if account == "nobody"));
        let mut conn = test.db.read().await.unwrap();
        assert!(
            contracts::find(&mut conn, "crm", "1")
                .await
                .unwrap()
                .is_none()
        );
    })
    .await;
}

async fn add_session(test: &TestDb, person: &vestibule::kernel::ids::PersonId, name: &str) {
    let (person, name) = (person.clone(), name.to_owned());
    let done: Result<(), Error> = act!(test, test.cx(), |tx, cx| async move {
        let now = cx.now();
        on!(tx, |c| {
            sqlx::query(
            "INSERT INTO sessions (id, secret_hash, person_id, provider, issuer, subject, provider_session, id_token_sealed, acr, amr,
                user_agent, created_at, last_seen_at, expires_at, data)
             VALUES ($1, $2, $3, '', '', '', '', '', '', '', '', $4, $4, $5, '{}')"
        )
        .bind(cx.new_id::<vestibule::kernel::ids::SessionId>())
        .bind(&name)
        .bind(&person)
        .bind(now)
        .bind(now.plus(Duration::from_secs(3_600)))
        .execute(c)
        .await
        .map(drop)
        })?;
        Ok(())
    });
    done.unwrap();
}

async fn receipts_of(test: &TestDb, organization: &OrganizationId) -> Vec<receipts::Receipt> {
    let mut conn = test.db.read().await.unwrap();
    receipts::of(&mut conn, organization, 10).await.unwrap()
}

async fn refuse(test: &TestDb, organization: &OrganizationId) {
    let organization = organization.clone();
    let noted: Result<(), Error> = act!(test, test.cx(), |tx, cx| async move {
        receipts::note_first_refusal(tx, &organization, cx.now()).await
    });
    noted.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_leaves_a_receipt_and_so_does_the_return() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        let first = member(&test, &organization, "a@a.example", &["admin"]).await;
        member(&test, &organization, "b@a.example", &["orders"]).await;
        add_session(&test, &first.person_id, "s1").await;
        add_session(&test, &first.person_id, "s2").await;
        let said = test.world.clock.now();
        test.world.clock.advance(Duration::from_secs(2));
        let ended = port::Contract { status: "ended".into(), changed_at: Some(said), ..contract("1", "A", 2) };
        let received = test.world.clock.now();
        let applied = apply(&test, ended.clone()).await.unwrap();
        assert!(matches!(applied, Applied::Updated { before: Standing::Active { .. }, after: Standing::Ended { at }, .. } if at == said));
        let receipts = receipts_of(&test, &organization).await;
        assert_eq!(receipts.len(), 1);
        let receipt = &receipts[0];
        assert_eq!((receipt.kind, receipt.memberships, receipt.sessions), (ReceiptKind::Ended, 2, 2));
        assert_eq!((receipt.crm_changed_at, receipt.received_at, receipt.first_refused_at), (Some(said), received, None));

        // The first refused request is kept, later ones change nothing.
        let awaits = async || {
            let mut conn = test.db.read().await.unwrap();
            receipts::awaits_first_refusal(&mut conn, &organization).await.unwrap()
        };
        assert!(awaits().await);
        test.world.clock.advance(Duration::from_millis(7));
        let refused_at = test.world.clock.now();
        refuse(&test, &organization).await;
        test.world.clock.advance(Duration::from_secs(7));
        refuse(&test, &organization).await;
        assert!(!awaits().await);
        assert_eq!(receipts_of(&test, &organization).await[0].first_refused_at, Some(refused_at));

        // The same record again, and an edit of the ended one: nothing more.
        apply(&test, ended.clone()).await.unwrap();
        apply(&test, port::Contract { version: 3, changed_at: Some(test.world.clock.now()), ..ended }).await.unwrap();
        assert_eq!(receipts_of(&test, &organization).await.len(), 1);
        assert_eq!(stored(&test, "1").await.ends_at, Some(said), "ended since then, whatever is edited later");

        apply(&test, contract("1", "A", 4)).await.unwrap();
        let receipts = receipts_of(&test, &organization).await;
        assert_eq!((receipts.len(), receipts[0].kind), (2, ReceiptKind::Restored));
        assert!(!awaits().await);
        refuse(&test, &organization).await;
        assert_eq!(receipts_of(&test, &organization).await[0].first_refused_at, None, "a return has no refusal");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_another_contract_carries_loses_nobody() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        apply(&test, contract("2", "A", 1)).await.unwrap();
        member(&test, &organization, "a@a.example", &["admin"]).await;
        apply(
            &test,
            port::Contract {
                status: "suspended".into(),
                ..contract("1", "A", 2)
            },
        )
        .await
        .unwrap();
        assert_eq!(receipts_of(&test, &organization).await[0].memberships, 0);
        apply(
            &test,
            port::Contract {
                status: "suspended".into(),
                ..contract("2", "A", 2)
            },
        )
        .await
        .unwrap();
        let kinds: Vec<i64> = receipts_of(&test, &organization)
            .await
            .iter()
            .map(|receipt| receipt.memberships)
            .collect();
        assert!(kinds.contains(&1), "{kinds:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_moves_ends_here_and_begins_there() {
    each_engine(async |test| {
        let old = organization(&test, "A").await;
        let new = organization(&test, "B").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        member(&test, &old, "a@a.example", &["admin"]).await;
        apply(&test, contract("1", "B", 2)).await.unwrap();
        let (left, gained) = (
            receipts_of(&test, &old).await,
            receipts_of(&test, &new).await,
        );
        assert_eq!((left[0].kind, left[0].memberships), (ReceiptKind::Ended, 1));
        assert_eq!(gained[0].kind, ReceiptKind::Restored);
        assert_eq!(stored(&test, "1").await.organization_id, new);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_seats_than_members_is_a_task_until_it_fits() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        for name in ["a", "b", "c"] {
            member(
                &test,
                &organization,
                &format!("{name}@a.example"),
                &["admin"],
            )
            .await;
        }
        let tasks = async || {
            let mut conn = test.db.read().await.unwrap();
            vestibule::tasks::open(&mut conn, 10).await.unwrap().len()
        };
        apply(
            &test,
            port::Contract {
                seats: Some(2),
                ..contract("1", "A", 2)
            },
        )
        .await
        .unwrap();
        assert_eq!(tasks().await, 1);
        apply(
            &test,
            port::Contract {
                seats: Some(3),
                ..contract("1", "A", 3)
            },
        )
        .await
        .unwrap();
        assert_eq!(tasks().await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_about_seats_closes_when_members_leave() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        let mut members = Vec::new();
        for name in ["a", "b", "c"] {
            let email = format!("{name}@a.example");
            members.push(member(&test, &organization, &email, &["admin"]).await);
        }
        let fewer = |version| port::Contract {
            seats: Some(2),
            ..contract("1", "A", version)
        };
        apply(&test, fewer(2)).await.unwrap();
        assert_eq!(open_tasks(&test).await, 1);
        let command = organizations::Remove {
            successor: None,
            organization_id: organization.clone(),
            membership_id: members[0].id.clone(),
            reason: String::new(),
        };
        let catalogue = seed::catalogue();
        let removed: Result<_, organizations::RemoveError> =
            act!(test, test.cx(), |tx, cx| async move {
                organizations::remove(tx, &cx, &catalogue, command).await
            });
        removed.unwrap();
        assert_eq!(open_tasks(&test).await, 0);

        // A membership that runs out by itself is seen by the sweep.
        let one = port::Contract {
            seats: Some(1),
            ..contract("1", "A", 3)
        };
        apply(&test, one).await.unwrap();
        assert_eq!(open_tasks(&test).await, 1);
        let ended = "UPDATE memberships SET ends_at = 1 WHERE email = 'c@a.example'";
        let done: Result<(), Error> = act!(test, test.cx(), |tx, cx| async move {
            let _ = cx;
            on!(tx, |c| sqlx::query(ended).execute(c).await.map(drop))?;
            Ok(())
        });
        done.unwrap();
        organizations::sweep_seats(&test.db, &test.cx())
            .await
            .unwrap();
        assert_eq!(open_tasks(&test).await, 0);
    })
    .await;
}

async fn open_tasks(test: &TestDb) -> usize {
    let mut conn = test.db.read().await.unwrap();
    vestibule::tasks::open(&mut conn, 10).await.unwrap().len()
}

/// `count` organizations with one granting contract each.
async fn many(test: &TestDb, count: usize) {
    for number in 0..count {
        organization(test, &format!("A{number}")).await;
        apply(
            test,
            contract(&format!("C{number}"), &format!("A{number}"), 1),
        )
        .await
        .unwrap();
    }
}

fn end_of(number: usize, version: i64) -> port::Contract {
    port::Contract {
        status: "ended".into(),
        ..contract(&format!("C{number}"), &format!("A{number}"), version)
    }
}

async fn held(test: &TestDb) -> Vec<HeldId> {
    let mut conn = test.db.read().await.unwrap();
    let held = contracts::held(&mut conn, "crm", 100).await.unwrap();
    held.into_iter().map(|held| held.id).collect()
}

async fn release(test: &TestDb, rules: &ContractRules, id: &HeldId) -> Result<Applied, ApplyError> {
    let (rules, id) = (rules.clone(), id.clone());
    act!(test, test.cx(), |tx, cx| async move {
        contracts::release_held(tx, &cx, &rules, &id).await
    })
}

async fn granting(test: &TestDb) -> i64 {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM contracts WHERE status = 'active'"
    )
    .fetch_one(c)
    .await)
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_ends_too_much_waits_for_a_person() {
    each_engine(async |test| {
        many(&test, 30).await;
        let rules = rules("UTC");
        // 20 % of 30 is 6, above the floor of 5; what ended within the hour counts as granting before.
        for number in 0..20 {
            let applied = apply(&test, end_of(number, 2)).await.unwrap();
            assert_eq!(
                matches!(applied, Applied::Held(_)),
                number >= 6,
                "{number}: {applied:?}"
            );
        }
        assert_eq!((granting(&test).await, held(&test).await.len()), (24, 14));
        let tasks = async || {
            let mut conn = test.db.read().await.unwrap();
            vestibule::tasks::open(&mut conn, 10).await.unwrap().len()
        };
        assert_eq!(tasks().await, 1, "one task, not fourteen");
        // The same again is the same.
        assert!(matches!(
            apply(&test, end_of(10, 2)).await.unwrap(),
            Applied::Held(_)
        ));
        assert_eq!(held(&test).await.len(), 14);

        // Released, discarded, overtaken by a newer version that grants.
        let waiting = held(&test).await;
        assert!(matches!(
            release(&test, &rules, &waiting[0]).await,
            Ok(Applied::Updated {
                after: Standing::Ended { .. },
                ..
            })
        ));
        assert!(
            release(&test, &rules, &waiting[0]).await.is_err(),
            "decided once"
        );
        let (discarded, copy) = (waiting[1].clone(), rules.clone());
        let done: Result<bool, Error> = act!(test, test.cx(), |tx, cx| async move {
            contracts::discard_held(tx, &cx, &copy, &discarded).await
        });
        assert!(done.unwrap());
        assert_eq!((granting(&test).await, held(&test).await.len()), (23, 12));
        for number in 6..20 {
            let overtaken = contract(&format!("C{number}"), &format!("A{number}"), 3);
            apply(&test, overtaken).await.unwrap();
        }
        assert_eq!((held(&test).await.len(), tasks().await), (0, 0));
        // A discarded version stays discarded when the feed repeats it; nothing is held for it.
        for number in 6..20 {
            assert_eq!(
                apply(&test, end_of(number, 2)).await.unwrap(),
                Applied::NotNewer
            );
        }
    })
    .await;
}

/// A source may end access without ending it now: by a day close by, or product by product.
#[tokio::test(flavor = "multi_thread")]
async fn ends_that_are_only_announced_do_not_slip_past_the_brake() {
    type Change = fn(port::Contract) -> port::Contract;
    let changes: [(&str, Change); 5] = [
        ("tomorrow is the last day", |record| port::Contract {
            ends_on: "2027-01-16".into(),
            ..record
        }),
        ("today is, with grace into next week", |record| {
            port::Contract {
                ends_on: "2027-01-15".into(),
                grace_days: Some(5),
                ..record
            }
        }),
        ("no products", |record| port::Contract {
            products: Vec::new(),
            ..record
        }),
        ("other products", |record| port::Contract {
            products: vec!["x".into()],
            ..record
        }),
        ("not before next year", |record| port::Contract {
            starts_on: "2028-01-01".into(),
            ..record
        }),
    ];
    for (what, change) in changes {
        each_engine(async |test| {
            many(&test, 20).await;
            for number in 0..8 {
                let (id, account) = (format!("C{number}"), format!("A{number}"));
                let applied = apply(&test, change(contract(&id, &account, 2)))
                    .await
                    .unwrap();
                assert_eq!(
                    matches!(applied, Applied::Held(_)),
                    number >= 5,
                    "{what}, {number}: {applied:?}"
                );
            }
            // Both kinds count together, and one contract only once.
            assert!(matches!(
                apply(&test, end_of(19, 2)).await.unwrap(),
                Applied::Held(_)
            ));
            let waiting = held(&test).await;
            release(&test, &rules("UTC"), &waiting[0]).await.unwrap();
            test.world.clock.advance(Duration::from_secs(3_601));
            assert!(matches!(
                apply(&test, end_of(18, 2)).await.unwrap(),
                Applied::Updated { .. }
            ));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_time_to_look_is_not_held() {
    each_engine(async |test| {
        many(&test, 12).await;
        for number in 0..12 {
            let (id, account) = (format!("C{number}"), format!("A{number}"));
            let next_month = port::Contract {
                ends_on: "2027-02-28".into(),
                ..contract(&id, &account, 2)
            };
            let applied = apply(&test, next_month).await.unwrap();
            assert!(matches!(applied, Applied::Updated { .. }), "{number}");
            // Later than before, however near, and more products.
            let longer = port::Contract {
                ends_on: "2027-03-31".into(),
                products: vec!["parts".into(), "more".into()],
                ..contract(&id, &account, 3)
            };
            let applied = apply(&test, longer).await.unwrap();
            assert!(matches!(applied, Applied::Updated { .. }), "{number}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_end_is_not_held_again() {
    each_engine(async |test| {
        many(&test, 7).await;
        for number in 0..6 {
            apply(&test, end_of(number, 2)).await.unwrap();
        }
        let waiting = held(&test).await;
        assert_eq!(waiting.len(), 1);
        let (id, copy) = (waiting[0].clone(), rules("UTC"));
        let done: Result<bool, Error> = act!(test, test.cx(), |tx, cx| async move {
            contracts::discard_held(tx, &cx, &copy, &id).await
        });
        assert!(done.unwrap());
        assert_eq!(apply(&test, end_of(5, 2)).await.unwrap(), Applied::NotNewer);
        assert!(held(&test).await.is_empty());
        assert!(
            matches!(apply(&test, end_of(5, 3)).await.unwrap(), Applied::Held(_)),
            "a newer word is a new question"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_later_the_brake_counts_anew_and_released_ends_never_count() {
    each_engine(async |test| {
        many(&test, 20).await;
        for number in 0..6 {
            apply(&test, end_of(number, 2)).await.unwrap();
        }
        let waiting = held(&test).await;
        assert_eq!(waiting.len(), 1);
        test.world.clock.advance(Duration::from_secs(3_601));
        release(&test, &rules("UTC"), &waiting[0]).await.unwrap();
        for number in 6..11 {
            let applied = apply(&test, end_of(number, 2)).await.unwrap();
            assert!(
                matches!(applied, Applied::Updated { .. }),
                "{number}: {applied:?}"
            );
        }
        assert!(matches!(
            apply(&test, end_of(11, 2)).await.unwrap(),
            Applied::Held(_)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_that_come_all_at_once_do_not_slip_past_the_brake() {
    each_engine(async |test| {
        many(&test, 20).await;
        let ends: Vec<_> = (0..20)
            .map(|number| {
                let test: Arc<TestDb> = test.clone();
                tokio::spawn(async move {
                    let received_at = test.world.clock.now();
                    let rules = rules("UTC");
                    let record = end_of(number, 2);
                    let applied: Result<Applied, ApplyError> =
                        act!(test, as_crm(&test), |tx, cx| async move {
                            contracts::apply(tx, &cx, &rules, &record, received_at).await
                        });
                    applied.unwrap()
                })
            })
            .collect();
        let mut ended = 0;
        for end in ends {
            ended += usize::from(matches!(end.await.unwrap(), Applied::Updated { .. }));
        }
        assert_eq!(ended, 5);
        assert_eq!(held(&test).await.len(), 15);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_of_granting_contracts_add_up() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let seats = async || {
            let mut conn = test.db.read().await.unwrap();
            organizations::seats(&mut conn, &organization, test.world.clock.now())
                .await
                .unwrap()
                .limit
        };
        assert_eq!(seats().await, None, "nothing agreed, nothing to bound");
        apply(
            &test,
            port::Contract {
                seats: Some(3),
                ..contract("1", "A", 1)
            },
        )
        .await
        .unwrap();
        apply(
            &test,
            port::Contract {
                seats: Some(4),
                ..contract("2", "A", 1)
            },
        )
        .await
        .unwrap();
        assert_eq!(seats().await, Some(7));
        apply(
            &test,
            port::Contract {
                seats: Some(4),
                status: "suspended".into(),
                ..contract("2", "A", 2)
            },
        )
        .await
        .unwrap();
        assert_eq!(seats().await, Some(3));
        apply(
            &test,
            port::Contract {
                seats: Some(3),
                status: "suspended".into(),
                ..contract("1", "A", 2)
            },
        )
        .await
        .unwrap();
        assert_eq!(
            seats().await,
            Some(7),
            "while none grants, they bound who is made ready"
        );
        apply(
            &test,
            port::Contract {
                seats: None,
                ..contract("1", "A", 3)
            },
        )
        .await
        .unwrap();
        assert_eq!(seats().await, None);
    })
    .await;
}
