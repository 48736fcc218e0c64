//! Whom the portal keeps from signing in there: nothing wrong with one delivery or user lets them in.

use std::time::Duration;

use vestibule::{
    access::Catalogues,
    contracts::ApplyError,
    crm::port,
    db::Error,
    directory::{clock, conformance::Fault},
    kernel::ids::Id,
    on,
    outbox::{self, Choice, Decided, directory_destination, read},
    settings::{AfterTrust, OutageSettings},
    tasks::TaskKind,
};

use crate::{
    act,
    support::{
        TestDb,
        directories::{
            desk::{Desk, House, causes, end_contract, has_task, house, restore, suspend},
            keycloak::Keycloak,
        },
        each_engine,
        seed::{apply, catalogue, contract, member, organization},
    },
};

const HOUR: Duration = Duration::from_secs(3_600);

/// Somebody else keeps a user from signing in.
fn block(desk: &Desk, user: &str) {
    let mut inner = desk.keycloak.lock();
    inner.users.get_mut(user).unwrap()["enabled"] = false.into();
}

async fn execute(test: &TestDb, text: &'static str) {
    let done: Result<(), Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(text).execute(c).await.map(drop))?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_the_portal_did_not_come_to_write_is_somebody_else_s() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.lock().troubles.arm(Fault::Unavailable);
        suspend(&test, &house).await;
        desk.deliver().await;
        block(&desk, &house.user);
        test.world.clock.advance(HOUR);
        desk.deliver().await;
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_whose_answer_was_lost_is_the_portal_s_own() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.lock().troubles.arm(Fault::AnswerLost);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
        restore(&test, &house).await;
        test.world.clock.advance(HOUR);
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_user_of_a_person_has_a_block_of_their_own() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let second = desk.another(&test, &house.member.person_id, "second").await;
        desk.deliver().await;
        block(&desk, &house.user);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&second));
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&second));
        assert!(!desk.enabled(&house.user), "that was not the portal");
        // One that is gone there stands in nobody's way.
        desk.keycloak.lock().users.remove(&house.user);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&second));
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&second));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_crm_lets_in_nobody_whose_role_counts_no_more() {
    each_engine(async |test| {
        let outage = OutageSettings {
            trusted_hours: 1,
            pages: AfterTrust::Closed,
            ..OutageSettings::default()
        };
        let roles = Catalogues::starting(catalogue().with_outage(outage));
        let desk = Desk::of(&test, Keycloak::start().await, ("", roles)).await;
        let house = house(&test, &desk).await;
        execute(
            &test,
            "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error)
             SELECT 'crm', 'changes', 'here', created_at, '' FROM organizations",
        )
        .await;
        test.world.clock.advance(HOUR * 2);
        suspend(&test, &house).await;
        desk.deliver().await;
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&house.user), "a silent CRM ends nothing");
        suspend(&test, &house).await;
        execute(
            &test,
            "UPDATE memberships SET roles = 'nothing' WHERE status = 'suspended'",
        )
        .await;
        desk.deliver().await;
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user), "no role, no access");
    })
    .await;
}

/// A company whose second admin the directory does not know, with the dead letter of it.
async fn unknown(test: &TestDb, desk: &Desk) -> House {
    let house = house(test, desk).await;
    desk.keycloak.lock().users.remove(&house.user);
    end_contract(test, 2).await.unwrap();
    desk.deliver().await;
    apply(test, contract("1", "A", 3)).await.unwrap();
    desk.deliver().await;
    assert_eq!(causes(test, "dead").await, ["not_found"]);
    assert!(has_task(test, TaskKind::DeadLetters).await);
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_delivery_of_somebody_holds_up_no_later_one() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = unknown(&test, &desk).await;
        desk.keycloak.add(&house.user, "back@kc.example");
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
        assert!(causes(&test, "dead").await.is_empty());
        assert!(!has_task(&test, TaskKind::DeadLetters).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_aside_by_a_person_stays_in_order() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = unknown(&test, &desk).await;
        let mut conn = test.db.read().await.unwrap();
        let (subject, kc) = (house.member.person_id.as_str(), directory_destination("kc"));
        let last = read::last_of_subject(&mut conn, subject, &kc).await;
        let id = last.unwrap().unwrap().id;
        drop(conn);
        let parked: Result<_, Error> = act!(test, test.cx(), |tx, cx| outbox::park(tx, &cx, &id));
        assert_eq!(parked.unwrap(), Decided::Done);
        desk.keycloak.add(&house.user, "back@kc.example");
        suspend(&test, &house).await;
        desk.deliver().await;
        assert_eq!(causes(&test, "parked").await.len(), 1);
        assert!(desk.enabled(&house.user), "it waits for that person");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_question_holds_up_nothing_and_no_second_user_can_be_the_answer() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "create = true").await;
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        desk.keycloak.add("stranger", "ada@a.example");
        let ada = member(&test, &organization, "ada@a.example", &["admin"]).await;
        desk.deliver().await;
        assert_eq!(causes(&test, "review").await, ["needs_review"]);
        let mut conn = test.db.read().await.unwrap();
        let (subject, kc) = (ada.person_id.as_str(), directory_destination("kc"));
        let last = read::last_of_subject(&mut conn, subject, &kc).await;
        let id = last.unwrap().unwrap().id;
        drop(conn);
        let asked = desk.outbox.destination(&kc).unwrap();
        let decided: Result<_, Error> = act!(test, test.cx(), |tx, cx| outbox::resolve(
            tx,
            &cx,
            asked.as_ref(),
            &id,
            &Choice::CreateNew
        ));
        assert_eq!(decided.unwrap(), Decided::NotPossible);
        // They sign in for the first time, as the user that was made by somebody else.
        let user = desk.another(&test, &ada.person_id, "hers").await;
        end_contract(&test, 2).await.unwrap();
        desk.deliver().await;
        assert!(!desk.enabled(&user));
        assert!(causes(&test, "review").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_permitted_with_some_users_stops_no_directory() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.lock().troubles.arm(Fault::ProtectedUsers);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert_eq!(causes(&test, "dead").await, ["not_permitted"]);
        assert!(!has_task(&test, TaskKind::CredentialsRefused).await);
        // Attributes alone are refused: nobody stays in for that.
        restore(&test, &house).await;
        desk.keycloak.lock().troubles.arm(Fault::None);
        desk.deliver().await;
        desk.sign_in(&house.user);
        desk.keycloak.lock().troubles.arm(Fault::RefusedAttributes);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert_eq!(causes(&test, "dead").await, ["invalid_field"]);
        assert!(!desk.enabled(&house.user));
        assert_eq!(desk.sessions(&house.user), 0);
        desk.keycloak.lock().troubles.arm(Fault::None);
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_portal_made_is_told_about_when_it_makes_nobody_any_more() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "create = true").await;
        let house = {
            let organization = organization(&test, "A").await;
            apply(&test, contract("1", "A", 1)).await.unwrap();
            let admin = member(&test, &organization, "admin@a.example", &["admin"]).await;
            let member = member(&test, &organization, "ada@a.example", &["admin"]).await;
            desk.deliver().await;
            let inner = desk.keycloak.lock();
            let made = inner.users.values();
            let made = made.filter(|user| user["email"] == "ada@a.example");
            let ids: Vec<_> = made.map(|user| user["id"].as_str().unwrap()).collect();
            let user = ids[0].to_owned();
            House {
                organization,
                admin,
                member,
                user,
            }
        };
        let keycloak = desk.keycloak.clone();
        let roles = Catalogues::starting(catalogue());
        let desk = Desk::of(&test, keycloak, ("", roles)).await;
        desk.deliver().await;
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_change_have_everybody_looked_at_again() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "block = \"never\"").await;
        let house = house(&test, &desk).await;
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
        let roles = Catalogues::starting(catalogue());
        let desk = Desk::of(&test, desk.keycloak.clone(), ("", roles)).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_is_called_off_before_it_begins_is_told() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let organization = organization(&test, "A").await;
        let ada = member(&test, &organization, "ada@a.example", &["admin"]).await;
        let user = desk.identity(&test, &ada.person_id).await;
        let soon = port::Contract {
            starts_on: "2027-02-01".to_owned(),
            ..contract("1", "A", 1)
        };
        apply(&test, soon).await.unwrap();
        desk.deliver().await;
        assert!(desk.enabled(&user), "it has not begun");
        let done: Result<(), ApplyError> = end_contract(&test, 2).await;
        done.unwrap();
        desk.deliver().await;
        assert!(!desk.enabled(&user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_slow_clock_records_late_is_not_missed() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let ends_at = test.world.clock.now().plus(Duration::from_secs(7));
        test.world.clock.advance(Duration::from_secs(8));
        clock::advance(&test.db, &test.world).await.unwrap();
        // A node whose clock is behind stores it now.
        let id = house.member.id.clone();
        let stored: Result<(), Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    on!(tx, |c| sqlx::query(
                        "UPDATE memberships SET ends_at = $2 WHERE id = $1"
                    )
                    .bind(&id)
                    .bind(ends_at)
                    .execute(c)
                    .await
                    .map(drop))?;
                    Ok(())
                })
            })
            .await;
        stored.unwrap();
        test.world.clock.advance(Duration::from_secs(60));
        assert_eq!(clock::advance(&test.db, &test.world).await.unwrap(), 1);
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_end_at_one_midnight_are_told_in_parts() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let mut users = Vec::new();
        for number in 0..25 {
            let name = format!("M{number}");
            let organization = organization(&test, &name).await;
            let soon = port::Contract {
                ends_on: "2027-01-20".to_owned(),
                ..contract(&format!("c{number}"), &name, 1)
            };
            apply(&test, soon).await.unwrap();
            if number % 8 == 0 {
                let email = format!("m{number}@a.example");
                let one = member(&test, &organization, &email, &["admin"]).await;
                users.push(desk.identity(&test, &one.person_id).await);
            }
        }
        desk.deliver().await;
        clock::advance(&test.db, &test.world).await.unwrap();
        test.world.clock.advance(HOUR * 240);
        let mut parts = Vec::new();
        for _ in 0..4 {
            parts.push(clock::advance(&test.db, &test.world).await.unwrap());
        }
        assert_eq!(parts, [20, 5, 0, 0]);
        desk.deliver().await;
        assert!(users.iter().all(|user| !desk.enabled(user)));
    })
    .await;
}
