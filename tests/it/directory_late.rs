//! Microsoft Graph: news that come late, that are doubtful, or that do not come.

use std::time::Duration;

use serde_json::json;
use vestibule::{
    access::{CatalogueBody, Catalogues},
    directory::{
        Source, Taken, Upstream,
        conformance::{Bench, Fault},
        port::{DirectoryError, Put, Seen, Wanted},
    },
    kernel::{Keyring, World},
    on,
    people::{Followed, PersonStatus},
    settings::RoleTier,
    tasks::{self, TaskKind},
};

use crate::support::{
    TestDb,
    directories::{
        followed::{House, ended},
        graph::GraphBench,
    },
    each_engine,
    seed::{apply, contract, member},
};

impl House {
    /// Takes over that the member was seen so.
    async fn take(&self, seen: Seen, read_before: Duration) -> Taken {
        let directory = self.portal.state.directories.iter().next().unwrap();
        let watch = directory.directory.watch().unwrap();
        let source = Source { directory, watch };
        let read_at = self.portal.clock.now().minus(read_before);
        let upstream = self.upstream();
        let taken = upstream.take(source, (&self.user, seen), read_at);
        taken.await.unwrap()
    }

    async fn member_is(&self, status: PersonStatus) {
        assert_eq!(self.status(&self.member.person_id).await, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_the_portal_s_own_that_is_seen_late_is_no_news() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        apply(&test, ended(2)).await.unwrap();
        house.deliver().await;
        assert!(!house.tenant.held(&house.user).unwrap().enabled);
        // The contract comes back while the news of the block are under way.
        apply(&test, contract("1", "A", 3)).await.unwrap();
        house.deliver().await;
        assert!(house.tenant.held(&house.user).unwrap().enabled);
        house.tenant.enable(&house.user, false);
        let late = house.take(Seen::Disabled, Duration::from_secs(30)).await;
        assert_eq!(late, Taken::Later);
        house.member_is(PersonStatus::Active).await;
        // The same when it is read a minute after: the directory may show it as it was.
        house.portal.clock.advance(Duration::from_secs(60));
        assert_eq!(
            house.take(Seen::Disabled, Duration::ZERO).await,
            Taken::Later
        );
        // Whoever really disabled the user is heard once that has settled.
        house.look().await;
        house.member_is(PersonStatus::Suspended).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_kept_out_by_what_the_directory_does_not_say_again() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        let nothing = Taken::Done(Followed::Nothing);
        for seen in [Seen::Disabled, Seen::Gone] {
            assert_eq!(house.take(seen, Duration::ZERO).await, nothing);
        }
        house.member_is(PersonStatus::Active).await;
        // One answer that nobody is there, as right after a user was made.
        house.tenant.lock().mislaid.insert(house.user.clone());
        let notice = house.notice(&house.secret(), &json!({}));
        assert_eq!(house.send(&notice).await, 202);
        tokio::time::sleep(Duration::from_millis(300)).await;
        house.member_is(PersonStatus::Active).await;
        house.look().await;
        house.member_is(PersonStatus::Active).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_too_old_begins_anew_however_that_is_said() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        for code in ["syncStateNotFound", "Directory_ExpiredPageToken"] {
            house.tenant.enable(&house.user, false);
            {
                let mut inner = house.tenant.lock();
                (inner.forgotten, inner.forgotten_as) = (usize::MAX, Some(code));
            }
            house.look().await;
            house.member_is(PersonStatus::Suspended).await;
            house.tenant.enable(&house.user, true);
            house.look().await;
            house.member_is(PersonStatus::Active).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_have_a_task_while_changes_cannot_be_read() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        let has_task = async || {
            let mut conn = test.db.read().await.unwrap();
            let kind = TaskKind::DirectoryUnreadable;
            tasks::is_open(&mut conn, kind, "directory:entra")
                .await
                .unwrap()
        };
        house.tenant.lock().is_deaf = true;
        house.look().await;
        house.look().await;
        assert!(!has_task().await, "twice may be chance");
        house.look().await;
        assert!(has_task().await);
        house.tenant.lock().is_deaf = false;
        house.look().await;
        assert!(!has_task().await);
    })
    .await;
}

/// Stores a version in which whoever buys runs the organization too.
async fn let_buyers_run(test: &TestDb, house: &House) {
    let mut body = CatalogueBody::of(&house.portal.state.settings);
    for role in body.roles.iter_mut().filter(|role| role.key == "orders") {
        role.tier = RoleTier::Admin;
    }
    for role in body.roles.iter_mut().filter(|role| role.key == "admin") {
        role.retired = true;
    }
    let text = serde_json::to_string(&body).unwrap();
    let stored: Result<(), vestibule::db::Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(
                    "INSERT INTO catalogue_versions (version, body, origin, file_hash, made_by, made_by_name, made_at, note)
                     VALUES (1, $1, 'person', '', '', '', 0, '')"
                )
                .bind(&text)
                .execute(c)
                .await
                .map(drop))?;
                Ok(())
            })
        })
        .await;
    stored.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_is_the_one_of_the_newest_version() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        let upstream = Upstream {
            catalogues: Catalogues::starting(house.portal.state.catalogue.clone()),
            ..house.upstream()
        };
        let directory = house.portal.state.directories.iter().next().unwrap();
        let watch = directory.directory.watch().unwrap();
        let_buyers_run(&test, &house).await;
        house.tenant.enable(&house.user, false);
        let source = Source { directory, watch };
        let read_at = house.portal.clock.now();
        let taken = upstream.take(source, (&house.user, Seen::Disabled), read_at);
        let rescued = Taken::Done(Followed::KeptForRescue);
        assert_eq!(taken.await.unwrap(), rescued);
        house.member_is(PersonStatus::Active).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_asks_us_to_wait_is_asked_about_nobody_else() {
    each_engine(async |test| {
        let house = House::build(&test).await;
        let mut notices = house.notice(&house.secret(), &json!({}));
        let first = notices["value"][0].clone();
        for number in 0..5 {
            let email = format!("m{number}@a.example");
            let other = member(&test, &house.organization, &email, &["orders"]).await;
            let id = house.identity(&test, &other.person_id).await;
            let mut notice = first.clone();
            notice["resourceData"]["id"] = json!(id);
            notices["value"].as_array_mut().unwrap().push(notice);
        }
        let pause = Duration::from_secs(30);
        {
            let mut inner = house.tenant.lock();
            inner.troubles.arm(Fault::ThrottledWithHint(pause));
            inner.troubles.calls.clear();
        }
        assert_eq!(house.send(&notices).await, 202);
        tokio::time::sleep(Duration::from_millis(300)).await;
        let calls = house.tenant.lock().troubles.calls.clone();
        let asked = calls.iter().filter(|call| call.1.contains("/users/"));
        assert_eq!(asked.count(), 1, "{calls:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_too_long_is_told_and_keeps_nobody_in() {
    let bench = GraphBench::start(&World::real(Keyring::new([7; 32]))).await;
    let id = bench.put_user("ada@a.example").await;
    bench.sign_in(&id).await;
    let wanted = Wanted {
        person_id: "per_1".to_owned(),
        user: Some(id.clone()),
        roles: vec![format!("org_1/{}", "r".repeat(251))],
        enabled: Some(false),
        end_sessions: true,
        ..Wanted::default()
    };
    let said = bench.directory().put(&wanted).await.unwrap();
    let Put::Partly { refusal, .. } = said else {
        panic!("{said:?}");
    };
    assert!(
        matches!(&refusal, DirectoryError::Refused { cause: "too_long", reason } if reason.contains("portalRoles")),
        "{refusal:?}"
    );
    let held = bench.user(&id).await.unwrap();
    assert!(!held.enabled && held.sessions == 0, "{held:?}");
    let fits = Wanted {
        roles: vec![format!("org_1/{}", "r".repeat(250))],
        ..wanted
    };
    let said = bench.directory().put(&fits).await.unwrap();
    assert!(matches!(said, Put::Done { .. }), "{said:?}");
}
