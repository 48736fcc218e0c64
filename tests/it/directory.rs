//! What a directory is told: through the real actions, the outbox and the destination.

use std::time::Duration;

use vestibule::{
    crm::port,
    db::Error,
    directory::{clock, conformance::Fault},
    kernel::ids::Id,
    on,
    organizations::{self, ChangeRoles, ChangeRolesError, Remove, RemoveError},
};

use crate::{
    act,
    support::{
        directories::desk::{Desk, ISSUER, end_contract, house, restore, suspend, waiting},
        each_engine,
        seed::{self, apply, as_person, catalogue, contract, member, organization},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_told_and_what_changes_follows() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let place = house.organization.as_str();
        let held = desk.keycloak.held(&house.user).unwrap();
        assert_eq!(held.person, house.member.person_id.as_str());
        assert_eq!(held.organizations, [place]);
        assert_eq!(
            held.roles,
            [format!("{place}/admin"), format!("{place}/orders")]
        );
        assert!(held.enabled);
        let command = ChangeRoles {
            organization_id: house.organization.clone(),
            membership_id: house.member.id.clone(),
            roles: vec!["orders".to_owned()],
        };
        let (roles, by) = (catalogue(), as_person(&test, &house.admin.person_id));
        let done: Result<_, ChangeRolesError> = act!(test, by, |tx, cx| {
            organizations::change_roles(tx, &cx, &roles, command)
        });
        done.unwrap();
        let membership = house.member.id.clone();
        let linked: Result<bool, Error> =
            act!(test, test.cx(), |tx, cx| organizations::link_contact(
                tx,
                &cx,
                &membership,
                "c-7"
            ));
        assert!(linked.unwrap());
        desk.deliver().await;
        let held = desk.keycloak.held(&house.user).unwrap();
        assert_eq!(held.roles, [format!("{place}/orders")]);
        assert_eq!(held.contacts, ["c-7"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_is_kept_out_there_and_let_in_again() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.sign_in(&house.user);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
        assert_eq!(desk.sessions(&house.user), 0);
        assert!(desk.keycloak.held(&house.user).unwrap().roles.is_empty());
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
        desk.sign_in(&house.user);
        suspend(&test, &house).await;
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
        assert_eq!(
            desk.sessions(&house.user),
            2,
            "what was over again ended nothing"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_others_keep_out_there_stays_out() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let block = || {
            let mut inner = desk.keycloak.lock();
            inner.users.get_mut(&house.user).unwrap()["enabled"] = false.into();
        };
        block();
        suspend(&test, &house).await;
        desk.deliver().await;
        restore(&test, &house).await;
        desk.deliver().await;
        assert!(
            !desk.enabled(&house.user),
            "it was not the portal that kept them out"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn never_keeps_nobody_out_and_ends_sessions_all_the_same() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "block = \"never\"").await;
        let house = house(&test, &desk).await;
        desk.sign_in(&house.user);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
        assert_eq!(desk.sessions(&house.user), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_is_kept_out_and_an_applicant_is_left_alone() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let applicant = seed::person(&test, "new@b.example").await;
        let waiting = desk.identity(&test, &applicant).await;
        let command = Remove {
            organization_id: house.organization.clone(),
            membership_id: house.member.id.clone(),
            reason: String::new(),
            successor: None,
        };
        let (roles, by) = (catalogue(), as_person(&test, &house.admin.person_id));
        let done: Result<_, RemoveError> = act!(test, by, |tx, cx| organizations::remove(
            tx, &cx, &roles, command
        ));
        done.unwrap();
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
        let held = desk.keycloak.held(&waiting).unwrap();
        assert!(held.enabled && held.person.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_access_has_not_begun_is_left_alone_until_it_is_lost() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let organization = organization(&test, "N").await;
        let member = member(&test, &organization, "new@n.example", &["admin"]).await;
        let user = desk.identity(&test, &member.person_id).await;
        desk.sign_in(&user);
        let soon = port::Contract {
            starts_on: "2027-02-01".to_owned(),
            ..contract("n", "N", 1)
        };
        apply(&test, soon).await.unwrap();
        desk.deliver().await;
        assert!(desk.enabled(&user));
        assert_eq!(desk.sessions(&user), 2);
        test.world.clock.advance(Duration::from_secs(30 * 86_400));
        clock::advance(&test.db, &test.world).await.unwrap();
        desk.deliver().await;
        assert_eq!(desk.keycloak.held(&user).unwrap().roles.len(), 1);
        // Put off again after it had begun.
        let later = port::Contract {
            starts_on: "2027-04-01".to_owned(),
            ..contract("n", "N", 2)
        };
        apply(&test, later).await.unwrap();
        desk.deliver().await;
        assert!(!desk.enabled(&user));
        assert_eq!(desk.sessions(&user), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_need_no_membership() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let staff = member(&test, &house.organization, "staff@a.example", &["orders"]).await;
        let user = desk.identity(&test, &staff.person_id).await;
        end_contract(&test, 2).await.unwrap();
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
        assert!(desk.enabled(&user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_ends_or_comes_back_moves_everybody() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        end_contract(&test, 2).await.unwrap();
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
        apply(&test, contract("1", "A", 3)).await.unwrap();
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
        // Another contract carries them.
        apply(&test, contract("2", "A", 1)).await.unwrap();
        end_contract(&test, 4).await.unwrap();
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_time_alone_ends_is_told_once() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        let soon = port::Contract {
            ends_on: "2027-01-20".to_owned(),
            ..contract("1", "A", 2)
        };
        apply(&test, soon).await.unwrap();
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
        test.world.clock.advance(Duration::from_secs(10 * 86_400));
        let first = clock::advance(&test.db, &test.world).await.unwrap();
        let second = clock::advance(&test.db, &test.world).await.unwrap();
        assert_eq!((first, second), (1, 0));
        desk.deliver().await;
        assert!(!desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_down_everything_waits_and_the_newest_state_arrives() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.lock().troubles.arm(Fault::Unavailable);
        suspend(&test, &house).await;
        desk.deliver().await;
        assert_eq!(waiting(&test).await, 1);
        assert!(desk.enabled(&house.user));
        restore(&test, &house).await;
        suspend(&test, &house).await;
        test.world.clock.advance(Duration::from_secs(3_600));
        desk.deliver().await;
        assert_eq!(waiting(&test).await, 0);
        assert!(!desk.enabled(&house.user));
        // Our rights are gone: the destination stands still, and nothing is lost.
        desk.keycloak.lock().troubles.arm(Fault::MissingPermission);
        restore(&test, &house).await;
        desk.deliver().await;
        assert_eq!(waiting(&test).await, 1);
        desk.keycloak.lock().troubles.arm(Fault::None);
        test.world.clock.advance(Duration::from_secs(3_600));
        desk.deliver().await;
        assert!(desk.enabled(&house.user));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_only_where_the_settings_say_so() {
    each_engine(async |test| {
        for (more, count) in [("", 0), ("create = true", 1)] {
            let desk = Desk::with(&test, more).await;
            let organization = organization(&test, &format!("C{count}")).await;
            let record = contract(&format!("c{count}"), &format!("C{count}"), 1);
            apply(&test, record).await.unwrap();
            let email = format!("grace{count}@c.example");
            let member = member(&test, &organization, &email, &["admin"]).await;
            desk.deliver().await;
            let inner = desk.keycloak.lock();
            // Also for whoever was a member before.
            assert_eq!(inner.users.len(), 2 * count, "{more}");
            let made = inner.users.values().find(|user| user["email"] == email);
            assert_eq!(made.is_some(), count == 1);
            if let Some(made) = made {
                let person = &made["attributes"]["vestibulePerson"][0];
                assert_eq!(*person, member.person_id.as_str());
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_directory_learns_of_everybody() {
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        let house = house(&test, &desk).await;
        desk.keycloak.add(&house.user, "anew@kc.example");
        let forget: Result<(), Error> = test
            .db
            .write(|tx| {
                Box::pin(async move {
                    on!(tx, |c| sqlx::query("DELETE FROM directories")
                        .execute(c)
                        .await
                        .map(drop))?;
                    Ok(())
                })
            })
            .await;
        forget.unwrap();
        desk.register(&test).await;
        desk.deliver().await;
        let held = desk.keycloak.held(&house.user).unwrap();
        assert_eq!(held.person, house.member.person_id.as_str());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_members_are_recorded_in_few_statements() {
    const MEMBERS: usize = 10_000;
    each_engine(async |test| {
        let desk = Desk::with(&test, "").await;
        house(&test, &desk).await;
        let cx = test.cx();
        let filled: Result<(), Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    on!(tx, |c| sqlx::query(FILL_PEOPLE)
                        .bind(cx.now())
                        .execute(c)
                        .await
                        .map(drop))?;
                    on!(tx, |c| sqlx::query(FILL_IDENTITIES)
                        .bind(ISSUER)
                        .execute(c)
                        .await
                        .map(drop))?;
                    on!(tx, |c| sqlx::query(FILL_MEMBERS).execute(c).await.map(drop))?;
                    Ok(())
                })
            })
            .await;
        filled.unwrap();
        let began = std::time::Instant::now();
        end_contract(&test, 2).await.unwrap();
        let took = began.elapsed();
        println!("{:?}: {MEMBERS} members in {took:?}", test.db.engine());
        let mut conn = test.db.read().await.unwrap();
        let count: i64 = on!(conn, |c| sqlx::query_scalar(
            "SELECT count(*) FROM deliveries WHERE kind = 'person_stands' AND state = 'waiting'"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(count, i64::try_from(MEMBERS).unwrap() + 1);
        assert!(took < Duration::from_secs(10), "{took:?}");
    })
    .await;
}

const FILL_PEOPLE: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO persons (id, email, email_key, email_verified_at, display_name, given_name, family_name, phone, language, time_zone,
        status, created_at)
    SELECT 'per_0000000000' || CAST(1000000000000000 + i AS TEXT), 'm' || i || '@a.example', 'm' || i || '@a.example', $1, '', '', '',
        'many', '', '', 'active', $1 FROM n";
const FILL_IDENTITIES: &str =
    "INSERT INTO identities (id, person_id, provider, issuer, subject, created_at)
    SELECT 'i' || id, id, 'main', $1, id, created_at FROM persons WHERE phone = 'many'";
const FILL_MEMBERS: &str = "INSERT INTO memberships (id, organization_id, person_id, status, status_reason, confirmed_at, source, display_name,
        name_key, email, email_key, roles, created_at, updated_at)
    SELECT 'm' || p.id, o.id, p.id, 'active', '', p.created_at, 'import', '', '', p.email, p.email_key, 'orders', p.created_at,
        p.created_at
    FROM persons p CROSS JOIN organizations o WHERE p.phone = 'many' AND o.crm_account_id = 'A'";

#[tokio::test(flavor = "multi_thread")]
async fn without_a_directory_nothing_is_recorded() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        member(&test, &organization, "ada@a.example", &["admin"]).await;
        assert_eq!(clock::advance(&test.db, &test.world).await.unwrap(), 0);
        let mut conn = test.db.read().await.unwrap();
        let count: i64 = on!(conn, |c| sqlx::query_scalar(
            "SELECT count(*) FROM deliveries WHERE kind = 'person_stands'"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(count, 0);
    })
    .await;
}
