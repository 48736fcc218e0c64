//! Microsoft Graph: whom it keeps from signing in is kept out here, by notices and by its changes.

use std::time::Duration;

use serde_json::json;
use vestibule::{
    db::Error,
    people::{self, KeepOutError, PersonStatus},
    tasks::{self, TaskKind},
};

use crate::{
    act,
    support::{
        directories::followed::{House, ended},
        each_engine,
        seed::{apply, catalogue, contract, member},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_made_renewed_and_made_again() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        let made = house.tenant.lock().subscriptions.clone();
        assert_eq!(made.len(), 1, "one subscription, validated");
        let first = made.values().next().unwrap();
        assert_eq!(first["clientState"], house.secret());
        assert_eq!(first["resource"], "/users");
        let until = first["expirationDateTime"].clone();
        house.look().await;
        let same = house.tenant.lock().subscriptions.clone();
        assert_eq!(same.values().next().unwrap()["expirationDateTime"], until);
        house.portal.clock.advance(Duration::from_secs(19 * 86_400));
        house.look().await;
        let renewed = house.tenant.lock().subscriptions.clone();
        assert_eq!(renewed.len(), 1);
        assert_ne!(
            renewed.values().next().unwrap()["expirationDateTime"],
            until
        );
        // Somebody removed it there, and Graph says so.
        house.tenant.lock().subscriptions.clear();
        let gone = json!({"lifecycleEvent": "subscriptionRemoved", "resourceData": null});
        assert_eq!(house.send(&house.notice(&house.secret(), &gone)).await, 202);
        tokio::time::sleep(Duration::from_millis(300)).await;
        house.look().await;
        assert_eq!(house.tenant.lock().subscriptions.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_there_is_suspended_here_until_enabled_there() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        assert_eq!(house.tenant.held(&house.user).unwrap().roles.len(), 1);
        house.tenant.enable(&house.user, false);
        // Nobody but Graph can say so.
        for wrong in ["", "wrong", &house.secret()[1..]] {
            assert_eq!(house.send(&house.notice(wrong, &json!({}))).await, 401);
        }
        assert_eq!(
            house.status(&house.member.person_id).await,
            PersonStatus::Active
        );
        assert_eq!(
            house.send(&house.notice(&house.secret(), &json!({}))).await,
            202
        );
        house.becomes(PersonStatus::Suspended).await;
        house.deliver().await;
        let writes = house.tenant.lock().writes;
        // A notice that comes late says nothing: what holds is what is read.
        house.tenant.enable(&house.user, true);
        assert_eq!(
            house.send(&house.notice(&house.secret(), &json!({}))).await,
            202
        );
        house.becomes(PersonStatus::Active).await;
        house.deliver().await;
        let held = house.tenant.held(&house.user).unwrap();
        assert!(held.enabled && held.roles.len() == 1, "{held:?}");
        assert!(house.tenant.lock().writes > writes);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_notice_is_caught_and_a_person_s_decision_stands() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        house.tenant.remove(&house.user);
        house.look().await;
        assert_eq!(
            house.status(&house.member.person_id).await,
            PersonStatus::Suspended
        );
        house.tenant.add(&house.user, "back@entra.example");
        house.look().await;
        assert_eq!(
            house.status(&house.member.person_id).await,
            PersonStatus::Active
        );
        // An operator keeps them out: the directory does not let them in.
        let (person, roles) = (house.member.person_id.clone(), catalogue());
        let kept: Result<_, KeepOutError> = act!(test, test.cx(), |tx, cx| people::keep_out(
            tx,
            &cx,
            &roles,
            (&person, "left the company")
        ));
        kept.unwrap();
        house.deliver().await;
        assert!(
            !house.tenant.held(&house.user).unwrap().enabled,
            "told there"
        );
        house.tenant.enable(&house.user, true);
        house.look().await;
        assert_eq!(
            house.status(&house.member.person_id).await,
            PersonStatus::Suspended
        );
        // The place in the changes may be forgotten there.
        house.tenant.lock().forgotten = usize::MAX;
        house.look().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_portal_did_there_is_no_news_and_the_last_admin_stays() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        // The portal disables the member: its own doing comes back as a change, and changes nothing.
        apply(&test, ended(2)).await.unwrap();
        house.deliver().await;
        assert!(!house.tenant.held(&house.user).unwrap().enabled);
        house.look().await;
        assert_eq!(
            house.status(&house.member.person_id).await,
            PersonStatus::Active
        );
        apply(&test, contract("1", "A", 3)).await.unwrap();
        house.deliver().await;
        assert!(house.tenant.held(&house.user).unwrap().enabled);
        let user = house.identity(&test, &house.admin.person_id).await;
        house.tenant.enable(&user, false);
        house.look().await;
        assert_eq!(
            house.status(&house.admin.person_id).await,
            PersonStatus::Active
        );
        let mut conn = test.db.read().await.unwrap();
        let member = house.admin.id.to_string();
        let is_open = tasks::is_open(&mut conn, TaskKind::LastAdmin, &member).await;
        assert!(is_open.unwrap(), "operators have a task");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_wait_for_an_operator() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        let mut people = Vec::new();
        for number in 0..8 {
            let email = format!("many{number}@a.example");
            let member = member(&test, &house.organization, &email, &["orders"]).await;
            let user = house.identity(&test, &member.person_id).await;
            house.tenant.enable(&user, false);
            people.push(member.person_id);
        }
        house.look().await;
        let out = async || {
            let mut count = 0;
            for person in &people {
                count += usize::from(house.status(person).await == PersonStatus::Suspended);
            }
            count
        };
        assert_eq!(out().await, 5, "as many as the settings let through");
        house.look().await;
        assert_eq!(out().await, 5);
        let mut conn = test.db.read().await.unwrap();
        let open = tasks::open(&mut conn, 10).await.unwrap();
        drop(conn);
        let task = open.iter().find(|task| task.kind == TaskKind::MassDisabled);
        let task = task.expect("operators have a task").id.clone();
        let closed: Result<bool, Error> =
            act!(test, test.cx(), |tx, cx| tasks::close(tx, &cx, &task));
        assert!(closed.unwrap());
        house.look().await;
        assert_eq!(out().await, 8);
    })
    .await;
}
