//! Letters before a contract begins, ends, or runs out of grace.

use std::time::Duration;

use vestibule::{
    crm::port,
    db::Error,
    kernel::ids::OrganizationId,
    organizations::{self, NoticeRules},
};

use crate::support::{
    Portal, TestDb, each_engine,
    letters::letters,
    portal::REP,
    seed::{apply, contract, owned},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ADMIN: &str = "aino@a.example";

/// Writes what is due; how many steps it told of.
async fn tell(portal: &Portal) -> usize {
    let (here, cx) = (portal.state.clone(), portal.state.world.system("test"));
    let told: Result<usize, Error> = portal
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let rules = NoticeRules {
                    settings: &here.settings,
                    catalogue: &here.catalogue,
                };
                organizations::tell_of_steps(tx, &cx, rules).await
            })
        })
        .await;
    told.unwrap()
}

/// To whom which letters went, in order.
async fn told(test: &TestDb) -> Vec<(String, String)> {
    letters(&test.db, &test.world.keys, "contract_step").await
}

/// A day in the form of the CRM, some days from now.
fn day(test: &TestDb, days: i32) -> String {
    let now = test.world.clock.now();
    let at = if days < 0 {
        now.minus(DAY * days.unsigned_abs())
    } else {
        now.plus(DAY * days.unsigned_abs())
    };
    at.to_string()[..10].to_owned()
}

/// A company with an administrator, a colleague and a sales rep.
async fn company(test: &TestDb, portal: &Portal) -> OrganizationId {
    let company = owned(test, "A", REP).await;
    portal.add_member(&company, ADMIN, &["admin"]).await;
    portal
        .add_member(&company, "ben@a.example", &["orders"])
        .await;
    company
}

#[tokio::test(flavor = "multi_thread")]
async fn each_distance_is_told_once_to_admins_and_the_rep() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        company(&test, &portal).await;
        let ending = port::Contract {
            starts_on: day(&test, -100),
            ends_on: day(&test, 90),
            grace_days: Some(0),
            ..contract("1", "A", 1)
        };
        apply(&test, ending).await.unwrap();
        assert_eq!(tell(&portal).await, 0);
        // 60, 30 and 7 days before, and at no other time.
        let mut steps = Vec::new();
        for passed in 1..=95 {
            portal.clock.advance(DAY);
            for _ in 0..2 {
                if tell(&portal).await == 1 {
                    steps.push(90 - passed);
                }
            }
        }
        assert_eq!(steps.len(), 3, "{steps:?}");
        for (told, wanted) in steps.iter().zip([60, 30, 7]) {
            assert!((wanted - 2..=wanted).contains(told), "{steps:?}");
        }
        let told = told(&test).await;
        assert_eq!(told.len(), 6);
        for pair in told.chunks(2) {
            let mut to: Vec<&str> = pair.iter().map(|(to, _)| to.as_str()).collect();
            to.sort_unstable();
            assert_eq!(to, [ADMIN, REP]);
            assert!(
                pair.iter()
                    .all(|(_, text)| text.contains("The last day of contract C-1")),
                "{pair:?}"
            );
        }
        assert_eq!(portal.audited("contract.step_ahead").await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_near_when_it_becomes_known_is_told_of_once() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        company(&test, &portal).await;
        let near = port::Contract {
            starts_on: day(&test, -100),
            ends_on: day(&test, 3),
            grace_days: Some(5),
            ..contract("1", "A", 1)
        };
        apply(&test, near).await.unwrap();
        // The end, and the end of the days of grace.
        assert_eq!(tell(&portal).await, 2);
        assert_eq!(tell(&portal).await, 0);
        portal.clock.advance(DAY * 2);
        assert_eq!(tell(&portal).await, 1, "grace: within 7 days now");
        portal.clock.advance(DAY * 2);
        assert_eq!(tell(&portal).await, 0);
        // Moved by the CRM: another step, told of again.
        let moved = port::Contract {
            starts_on: day(&test, -100),
            ends_on: day(&test, 20),
            grace_days: Some(0),
            ..contract("1", "A", 2)
        };
        apply(&test, moved).await.unwrap();
        assert_eq!(tell(&portal).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_is_followed_by_another_frightens_nobody() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        company(&test, &portal).await;
        let ending = port::Contract {
            starts_on: day(&test, -100),
            ends_on: day(&test, 5),
            grace_days: Some(0),
            ..contract("1", "A", 1)
        };
        let next = port::Contract {
            starts_on: day(&test, 6),
            ends_on: String::new(),
            ..contract("2", "A", 1)
        };
        apply(&test, ending.clone()).await.unwrap();
        apply(&test, next.clone()).await.unwrap();
        tell(&portal).await;
        let letters = told(&test).await;
        assert!(
            letters
                .iter()
                .all(|(_, text)| text.contains("C-2") && text.contains("begins on")),
            "{letters:?}"
        );
        assert_eq!(letters.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_days_no_letters() {
    each_engine(async |test| {
        let portal =
            Portal::start_with(&test, |settings| settings.access.notice_days.clear()).await;
        company(&test, &portal).await;
        let near = port::Contract {
            ends_on: day(&test, 3),
            ..contract("1", "A", 1)
        };
        apply(&test, near).await.unwrap();
        assert_eq!(tell(&portal).await, 0);
        assert!(told(&test).await.is_empty());
    })
    .await;
}
