//! Members of organizations: the last-admin law, seats, ceilings, tenants, what the CRM is told.

use std::{sync::Arc, time::Duration};

use vestibule::{
    db::Error,
    kernel::{
        EmailAddress, Instant,
        ids::{Id, MembershipId, OrganizationId, PersonId},
    },
    on,
    organizations::{
        self, AddMember, AddMemberError, Added, ChangeDates, ChangeDatesError, ChangeRoles,
        ChangeRolesError, Membership, MembershipStatus, OrganizationKind, Remove, RemoveError,
        Removed, Restore, RestoreError, Restored, RolesChanged, Source, Suspend, SuspendError,
        Suspended, UpsertError, Upserted,
    },
    people::{self, Refreshed, UpdateFromProvider, UpdateFromProviderError},
};

use crate::{
    act,
    support::{
        TestDb, each_engine,
        seed::{
            CONNECTION, account, add, apply, as_crm, as_person, catalogue, contract, member,
            organization, person,
        },
    },
};

async fn suspend(
    test: &TestDb,
    by: &PersonId,
    member: &Membership,
) -> Result<Suspended, SuspendError> {
    let command = Suspend {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
        reason: "left".to_owned(),
    };
    let catalogue = catalogue();
    act!(test, as_person(test, by), |tx, cx| organizations::suspend(
        tx, &cx, &catalogue, command
    ))
}

async fn restore(
    test: &TestDb,
    by: &PersonId,
    member: &Membership,
) -> Result<Restored, RestoreError> {
    let command = Restore {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
    };
    let catalogue = catalogue();
    act!(test, as_person(test, by), |tx, cx| organizations::restore(
        tx, &cx, &catalogue, command
    ))
}

async fn remove(test: &TestDb, by: &PersonId, member: &Membership) -> Result<Removed, RemoveError> {
    let command = Remove {
        successor: None,
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
        reason: String::new(),
    };
    let catalogue = catalogue();
    act!(test, as_person(test, by), |tx, cx| organizations::remove(
        tx, &cx, &catalogue, command
    ))
}

async fn change_roles(
    test: &TestDb,
    by: &PersonId,
    member: &Membership,
    roles: &[&str],
) -> Result<RolesChanged, ChangeRolesError> {
    let command = ChangeRoles {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
        roles: roles.iter().map(ToString::to_string).collect(),
    };
    let catalogue = catalogue();
    act!(test, as_person(test, by), |tx, cx| {
        organizations::change_roles(tx, &cx, &catalogue, command)
    })
}

async fn change_dates(
    test: &TestDb,
    by: &PersonId,
    member: &Membership,
    ends_at: Option<Instant>,
) -> Result<organizations::DatesChanged, ChangeDatesError> {
    let command = ChangeDates {
        organization_id: member.organization_id.clone(),
        membership_id: member.id.clone(),
        starts_at: None,
        ends_at,
    };
    let catalogue = catalogue();
    act!(test, as_person(test, by), |tx, cx| {
        organizations::change_dates(tx, &cx, &catalogue, command)
    })
}

async fn admin_count(test: &TestDb, organization: &OrganizationId) -> usize {
    let mut conn = test.db.read().await.unwrap();
    let now = test.world.clock.now();
    let admins = organizations::admins(&mut conn, &catalogue(), organization, now).await;
    admins.unwrap().len()
}

/// Both places where roles stand say the same, for every membership.
async fn assert_copies_agree(test: &TestDb) {
    let mut conn = test.db.read().await.unwrap();
    let rows: Vec<(MembershipId, String)> = on!(conn, |c| sqlx::query_as(
        "SELECT id, roles FROM memberships"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    for (id, copy) in rows {
        let held: Vec<(String,)> = on!(conn, |c| sqlx::query_as(
            "SELECT role FROM membership_roles WHERE membership_id = $1 ORDER BY role"
        )
        .bind(&id)
        .fetch_all(c)
        .await)
        .unwrap();
        let held: Vec<String> = held.into_iter().map(|(role,)| role).collect();
        assert_eq!(held.join(","), copy, "{id}");
    }
}

/// What the CRM was told about a subject: `because` and status, oldest first.
async fn told(test: &TestDb, subject: &str) -> Vec<(String, String)> {
    let mut conn = test.db.read().await.unwrap();
    let rows: Vec<(String, String)> = on!(conn, |c| sqlx::query_as(
        "SELECT c.payload, d.destination FROM deliveries d JOIN changes c ON c.id = d.change_id
         WHERE d.subject = $1 ORDER BY d.seq"
    )
    .bind(subject)
    .fetch_all(c)
    .await)
    .unwrap();
    rows.into_iter()
        .map(|(payload, destination)| {
            assert_eq!(destination, "crm:crm");
            let fact: serde_json::Value = serde_json::from_str(&payload).unwrap();
            let word = |key: &str| fact[key].as_str().unwrap_or_default().to_owned();
            (word("because"), word("status"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_push_each_other_out_never_both_succeed() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        let first = member(&test, &organization, "a@a.example", &["admin"]).await;
        let second = member(&test, &organization, "b@a.example", &["admin", "orders"]).await;
        let mut winners = 0;
        for round in 0..200 {
            let push = |by: Membership, whom: Membership| {
                let test = test.clone();
                tokio::spawn(async move {
                    match round % 4 {
                        0 => matches!(
                            suspend(&test, &by.person_id, &whom).await,
                            Ok(Suspended::Suspended(_))
                        ),
                        1 => matches!(
                            remove(&test, &by.person_id, &whom).await,
                            Ok(Removed::Removed(_))
                        ),
                        2 => matches!(
                            change_roles(&test, &by.person_id, &whom, &["orders"]).await,
                            Ok(RolesChanged::Changed(_))
                        ),
                        // Each leaves by themselves at the same moment.
                        _ => matches!(
                            remove(&test, &whom.person_id, &whom).await,
                            Ok(Removed::Removed(_))
                        ),
                    }
                })
            };
            let one = push(first.clone(), second.clone());
            let other = push(second.clone(), first.clone());
            let done = usize::from(one.await.unwrap()) + usize::from(other.await.unwrap());
            assert!(done <= 1, "round {round}: both succeeded");
            winners += done;
            assert_eq!(
                admin_count(&test, &organization).await,
                2 - done,
                "round {round}"
            );
            // Put things right again for the next round.
            for membership in [&first, &second] {
                let again = add(&test, &organization, &membership.person_id, &["admin"])
                    .await
                    .unwrap();
                if let Added::AlreadyMember(present) = again {
                    let system = test.cx();
                    let (catalogue, id, organization) =
                        (catalogue(), present.id, organization.clone());
                    let put: Result<(), SuspendError> = act!(test, system, |tx, cx| async {
                        let restore = Restore {
                            organization_id: organization.clone(),
                            membership_id: id.clone(),
                        };
                        organizations::restore(tx, &cx, &catalogue, restore)
                            .await
                            .unwrap();
                        let roles = ChangeRoles {
                            organization_id: organization,
                            membership_id: id,
                            roles: vec!["admin".into()],
                        };
                        organizations::change_roles(tx, &cx, &catalogue, roles)
                            .await
                            .unwrap();
                        Ok(())
                    });
                    put.unwrap();
                }
            }
            assert_eq!(admin_count(&test, &organization).await, 2);
        }
        assert_eq!(winners, 200, "one of the two always gets through");
        assert_copies_agree(&test).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_stays_whatever_is_tried() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        let admin = member(&test, &organization, "a@a.example", &["admin"]).await;
        let me = admin.person_id.clone();
        let later = test.world.clock.now().plus(Duration::from_secs(3_600));
        // None of these carries the organization: not active, or only for a time.
        let suspended = member(&test, &organization, "s@a.example", &["admin"]).await;
        suspend(&test, &me, &suspended).await.unwrap();
        let timed = member(&test, &organization, "t@a.example", &["admin"]).await;
        change_dates(&test, &me, &timed, Some(later)).await.unwrap();
        member(&test, &organization, "o@a.example", &["orders"]).await;

        assert!(matches!(
            suspend(&test, &me, &admin).await,
            Err(SuspendError::LastAdmin)
        ));
        assert!(matches!(
            remove(&test, &me, &admin).await,
            Err(RemoveError::LastAdmin)
        ));
        let demoted = change_roles(&test, &me, &admin, &["orders"]).await;
        assert!(matches!(demoted, Err(ChangeRolesError::LastAdmin)));
        let dated = change_dates(&test, &me, &admin, Some(later)).await;
        assert!(
            matches!(dated, Err(ChangeDatesError::LastAdmin)),
            "expiry would be the same loss"
        );
        // The time-boxed one can go: the other stays.
        assert!(matches!(
            remove(&test, &me, &timed).await,
            Ok(Removed::Removed(_))
        ));
        // A second lasting admin sets the first free.
        restore(&test, &me, &suspended).await.unwrap();
        assert!(matches!(
            remove(&test, &me, &admin).await,
            Ok(Removed::Removed(_))
        ));
        assert_eq!(admin_count(&test, &organization).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_whose_person_is_suspended_does_not_carry_the_organization() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let admin = member(&test, &organization, "a@a.example", &["admin"]).await;
        let other = member(&test, &organization, "b@a.example", &["admin"]).await;
        let id = other.person_id.clone();
        let done: Result<(), Error> = act!(test, test.cx(), |tx, _cx| async {
            on!(tx, |c| sqlx::query(
                "UPDATE persons SET status = 'suspended' WHERE id = $1"
            )
            .bind(&id)
            .execute(c)
            .await
            .map(drop))?;
            Ok(())
        });
        done.unwrap();
        let left = remove(&test, &admin.person_id, &admin).await;
        assert!(matches!(left, Err(RemoveError::LastAdmin)));
        assert!(matches!(
            remove(&test, &admin.person_id, &other).await,
            Ok(Removed::Removed(_))
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_asks_for_the_last_admin_raises_a_task_instead() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let admin = member(&test, &organization, "a@a.example", &["admin"]).await;
        for _ in 0..2 {
            let command = Remove {
                successor: None,
                organization_id: organization.clone(),
                membership_id: admin.id.clone(),
                reason: String::new(),
            };
            let catalogue = catalogue();
            let kept: Result<_, RemoveError> = act!(test, as_crm(&test), |tx, cx| {
                organizations::remove(tx, &cx, &catalogue, command)
            });
            assert!(matches!(kept, Ok(Removed::KeptForRescue(_))));
        }
        assert_eq!(admin_count(&test, &organization).await, 1);
        let mut conn = test.db.read().await.unwrap();
        let tasks = vestibule::tasks::open(&mut conn, 10).await.unwrap();
        assert_eq!(tasks.len(), 1, "{tasks:?}");
        assert_eq!(tasks[0].subject, admin.id.as_str());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_people_who_join_at_once_get_three_seats() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let mut record = contract("1", "A", 1);
        record.seats = Some(3);
        apply(&test, record).await.unwrap();
        let mut people = Vec::new();
        for number in 0..20 {
            people.push(person(&test, &format!("p{number}@a.example")).await);
        }
        let joins = people.iter().map(|person| {
            let (test, organization, person) = (test.clone(), organization.clone(), person.clone());
            tokio::spawn(async move {
                add(&test, &organization, &person, &["orders"])
                    .await
                    .unwrap()
            })
        });
        let joins: Vec<_> = joins.collect();
        let (mut joined, mut refused) = (Vec::new(), 0);
        for join in joins {
            match join.await.unwrap() {
                Added::Joined(membership) => joined.push(membership),
                Added::NoSeat { seats } => {
                    assert_eq!(seats, 3);
                    refused += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((joined.len(), refused), (3, 17));
        // A suspended member's seat is free; restoring needs one again.
        let admin = test.cx();
        let command = Suspend {
            organization_id: organization.clone(),
            membership_id: joined[0].id.clone(),
            reason: String::new(),
        };
        let roles = catalogue();
        let freed: Result<_, SuspendError> = act!(test, admin, |tx, cx| organizations::suspend(
            tx, &cx, &roles, command
        ));
        freed.unwrap();
        let newcomer = person(&test, "new@a.example").await;
        assert!(matches!(
            add(&test, &organization, &newcomer, &["orders"]).await,
            Ok(Added::Joined(_))
        ));
        let command = Restore {
            organization_id: organization.clone(),
            membership_id: joined[0].id.clone(),
        };
        let roles = catalogue();
        let back: Result<_, RestoreError> = act!(test, test.cx(), |tx, cx| organizations::restore(
            tx, &cx, &roles, command
        ));
        assert!(
            matches!(back, Ok(Restored::NoSeat { seats: 3 })),
            "{back:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_who_joins_many_times_at_once_is_one_member() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let person = person(&test, "p@a.example").await;
        let joins: Vec<_> = (0..30)
            .map(|_| {
                let (test, organization, person) =
                    (test.clone(), organization.clone(), person.clone());
                tokio::spawn(async move {
                    add(&test, &organization, &person, &["orders"])
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut joined = 0;
        for join in joins {
            joined += usize::from(matches!(join.await.unwrap(), Added::Joined(_)));
        }
        assert_eq!(joined, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_the_same_member() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let admin = member(&test, &organization, "a@a.example", &["admin"]).await;
        let first = member(&test, &organization, "p@a.example", &["admin", "orders"]).await;
        remove(&test, &admin.person_id, &first).await.unwrap();
        let Ok(Added::Joined(again)) = add(&test, &organization, &first.person_id, &["orders"]).await else {
            panic!("did not join again");
        };
        assert_eq!(again.id, first.id, "the CRM's contact stays linked");
        assert_eq!(again.roles.to_list(), ["orders"], "old roles do not come back");
        assert_copies_agree(&test).await;
        // A suspension is not undone by a new invitation.
        suspend(&test, &admin.person_id, &again).await.unwrap();
        let kept = add(&test, &organization, &first.person_id, &["orders"]).await.unwrap();
        assert!(matches!(kept, Added::AlreadyMember(member) if member.status == MembershipStatus::Suspended));
        let words = told(&test, first.id.as_str()).await;
        let words: Vec<(&str, &str)> = words.iter().map(|(because, status)| (because.as_str(), status.as_str())).collect();
        assert_eq!(
            words,
            [
                ("membership.created", "active"),
                ("membership.removed", "removed"),
                ("membership.created", "active"),
                ("membership.suspended", "suspended"),
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_that_ran_out_frees_its_seat_and_can_begin_again() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let mut record = contract("1", "A", 1);
        record.seats = Some(1);
        apply(&test, record).await.unwrap();
        let person = person(&test, "p@a.example").await;
        let now = test.world.clock.now();
        let command = AddMember {
            organization_id: organization.clone(),
            person_id: person.clone(),
            roles: vec!["orders".into()],
            source: Source::Import,
            starts_at: Some(now.plus(Duration::from_secs(10))),
            ends_at: Some(now.plus(Duration::from_secs(60))),
            crm_contact_id: None,
        };
        let roles = catalogue();
        let added: Result<_, AddMemberError> = act!(test, test.cx(), |tx, cx| organizations::add_member(tx, &cx, &roles, command));
        let Ok(Added::Joined(first)) = added else { panic!("{added:?}") };
        assert!(!first.is_current(now) && first.takes_seat(now), "it has its seat before it starts");
        let other = self::person(&test, "q@a.example").await;
        assert!(matches!(add(&test, &organization, &other, &["orders"]).await, Ok(Added::NoSeat { .. })));
        test.world.clock.advance(Duration::from_secs(60));
        let again = add(&test, &organization, &person, &["orders"]).await.unwrap();
        assert!(matches!(again, Added::Joined(member) if member.id == first.id && member.ends_at.is_none()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_member_does_not_exist() {
    each_engine(async |test| {
        let ours = organization(&test, "A").await;
        let theirs = organization(&test, "B").await;
        let admin = member(&test, &ours, "a@a.example", &["admin"]).await;
        let stranger = member(&test, &theirs, "b@b.example", &["admin"]).await;
        let me = &admin.person_id;
        // Their membership under our organization, and under theirs.
        let smuggled = Membership {
            organization_id: ours.clone(),
            ..stranger.clone()
        };
        assert!(matches!(
            suspend(&test, me, &smuggled).await,
            Err(SuspendError::NotFound)
        ));
        assert!(matches!(
            restore(&test, me, &smuggled).await,
            Err(RestoreError::NotFound)
        ));
        assert!(matches!(
            remove(&test, me, &smuggled).await,
            Err(RemoveError::NotFound)
        ));
        assert!(matches!(
            change_roles(&test, me, &smuggled, &["orders"]).await,
            Err(ChangeRolesError::NotFound)
        ));
        assert!(matches!(
            change_dates(&test, me, &smuggled, None).await,
            Err(ChangeDatesError::NotFound)
        ));
        assert!(matches!(
            suspend(&test, me, &stranger).await,
            Err(SuspendError::NotAllowed)
        ));
        assert!(matches!(
            remove(&test, me, &stranger).await,
            Err(RemoveError::NotAllowed)
        ));
        let mut conn = test.db.read().await.unwrap();
        assert!(
            organizations::find_membership(&mut conn, &ours, &stranger.id)
                .await
                .unwrap()
                .is_none()
        );
        let nobody = Membership {
            organization_id: test.cx().new_id(),
            ..stranger
        };
        drop(conn);
        assert!(matches!(
            suspend(&test, me, &nobody).await,
            Err(SuspendError::NotFound)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_act_and_only_up_to_their_own_tier() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let admin = member(&test, &organization, "a@a.example", &["admin"]).await;
        let orders = member(&test, &organization, "o@a.example", &["orders"]).await;
        let raised = change_roles(&test, &orders.person_id, &orders, &["orders", "admin"]).await;
        assert!(
            matches!(raised, Err(ChangeRolesError::NotAllowed)),
            "{raised:?}"
        );
        assert!(matches!(
            suspend(&test, &orders.person_id, &admin).await,
            Err(SuspendError::NotAllowed)
        ));
        let visitor = test.world.cx(vestibule::kernel::Actor::Visitor);
        let command = Remove {
            successor: None,
            organization_id: organization.clone(),
            membership_id: orders.id.clone(),
            reason: String::new(),
        };
        let roles = catalogue();
        let removed: Result<_, RemoveError> = act!(test, visitor, |tx, cx| organizations::remove(
            tx, &cx, &roles, command
        ));
        assert!(matches!(removed, Err(RemoveError::NotAllowed)));
        for roles in [&["gone"][..], &["orders", "gone"]] {
            let unknown = change_roles(&test, &admin.person_id, &orders, roles).await;
            assert!(matches!(unknown, Err(ChangeRolesError::UnknownRole(role)) if role == "gone"));
        }
        assert!(matches!(
            change_roles(&test, &admin.person_id, &orders, &[]).await,
            Err(ChangeRolesError::NoRole)
        ));
        let unchanged = change_roles(&test, &admin.person_id, &orders, &["orders", "orders"]).await;
        assert!(matches!(unchanged, Ok(RolesChanged::Unchanged(_))));
        let left = remove(&test, &orders.person_id, &orders).await;
        assert!(matches!(left, Ok(Removed::Removed(_))), "anybody may leave");
        assert_eq!(
            told(&test, orders.id.as_str()).await.len(),
            2,
            "an unchanged role is nothing to tell"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_changes_changes_in_every_membership() {
    each_engine(async |test| {
        let mut memberships = Vec::new();
        let ours = organization(&test, "A").await;
        let first = member(&test, &ours, "p@a.example", &["orders"]).await;
        memberships.push(first.clone());
        let theirs = organization(&test, "B").await;
        let Ok(Added::Joined(second)) = add(&test, &theirs, &first.person_id, &["orders"]).await
        else {
            panic!("did not join");
        };
        memberships.push(second);
        person(&test, "taken@a.example").await;
        let update = async |email: &str, given: &str| {
            let said = UpdateFromProvider {
                person_id: first.person_id.clone(),
                email: EmailAddress::parse(email).ok(),
                display_name: String::new(),
                given_name: given.to_owned(),
                family_name: String::new(),
                language: "de-AT".to_owned(),
            };
            let done: Result<_, UpdateFromProviderError> =
                act!(test, test.cx(), |tx, cx| people::update_from_provider(
                    tx, &cx, said
                ));
            done.unwrap()
        };
        let Refreshed::Updated(person) = update("New@A.example", "Änne").await else {
            panic!("not updated")
        };
        assert_eq!(
            (person.display_name.as_str(), person.language.as_str()),
            ("Änne p", "de")
        );
        assert!(matches!(
            update("New@A.example", "Änne").await,
            Refreshed::Unchanged(_)
        ));
        let Refreshed::AddressTaken(person) = update("Taken@a.example", "").await else {
            panic!("not refused")
        };
        assert_eq!(person.email.shown(), "New@A.example");
        let mut conn = test.db.read().await.unwrap();
        for membership in &memberships {
            let stored = organizations::find_membership(
                &mut conn,
                &membership.organization_id,
                &membership.id,
            )
            .await;
            let stored = stored.unwrap().unwrap();
            assert_eq!(
                (stored.email.shown(), stored.display_name.as_str()),
                ("New@A.example", "Änne p")
            );
            let keys: (String, String) = on!(conn, |c| sqlx::query_as(
                "SELECT name_key, email_key FROM memberships WHERE id = $1"
            )
            .bind(&membership.id)
            .fetch_one(c)
            .await)
            .unwrap();
            assert_eq!(keys, ("anne p".to_owned(), "new@a.example".to_owned()));
            let words = told(&test, membership.id.as_str()).await;
            assert_eq!(words.len(), 2, "{words:?}");
            assert_eq!(words[1].0, "person.refreshed");
        }
        let tasks = vestibule::tasks::open(&mut conn, 10).await.unwrap();
        assert_eq!(tasks.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_want_one_address_at_once_get_one() {
    each_engine(async |test| {
        for round in 0..20 {
            let one = person(&test, &format!("one{round}@a.example")).await;
            let two = person(&test, &format!("two{round}@a.example")).await;
            let want = |person_id: PersonId| {
                let test = test.clone();
                tokio::spawn(async move {
                    let said = UpdateFromProvider {
                        person_id,
                        email: EmailAddress::parse(&format!("wanted{round}@a.example")).ok(),
                        display_name: String::new(),
                        given_name: String::new(),
                        family_name: String::new(),
                        language: String::new(),
                    };
                    let done: Result<_, UpdateFromProviderError> =
                        act!(test, test.cx(), |tx, cx| people::update_from_provider(
                            tx, &cx, said
                        ));
                    matches!(done.unwrap(), Refreshed::Updated(_))
                })
            };
            let (one, two) = (want(one), want(two));
            assert!(one.await.unwrap() ^ two.await.unwrap(), "round {round}");
        }
    })
    .await;
}

fn proof() -> people::PendingIdentity {
    people::PendingIdentity {
        provider: "demo".into(),
        issuer: "https://issuer.example".into(),
        subject: "s".into(),
        directory_id: String::new(),
        email: None,
        email_verified: false,
        given_name: String::new(),
        family_name: String::new(),
        name: String::new(),
        id_token_sealed: String::new(),
        provider_session: String::new(),
        acr: String::new(),
        amr: String::new(),
        at: Instant::from_seconds(0),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_told_once_a_day_and_shown_at_once() {
    each_engine(async |test| {
        let organization = organization(&test, "A").await;
        let membership = member(&test, &organization, "p@a.example", &["orders"]).await;
        let mut conn = test.db.read().await.unwrap();
        let person = people::find(&mut conn, &membership.person_id)
            .await
            .unwrap()
            .unwrap();
        drop(conn);
        for hours in [0, 1, 22, 1] {
            test.world.clock.advance(Duration::from_secs(hours * 3_600));
            let person = person.clone();
            let proof = proof();
            let noted: Result<(), Error> = act!(test, test.cx(), |tx, cx| async move {
                people::note_sign_in(tx, &cx, &person, &proof).await
            });
            noted.unwrap();
        }
        let words = told(&test, membership.id.as_str()).await;
        let sign_ins = words
            .iter()
            .filter(|(because, _)| because == "person.signed_in")
            .count();
        assert_eq!(sign_ins, 2, "the first, and the one a day later");
        let mut conn = test.db.read().await.unwrap();
        let stored = organizations::find_membership(&mut conn, &organization, &membership.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.last_sign_in_at, Some(test.world.clock.now()));
    })
    .await;
}

async fn upsert(
    test: &Arc<TestDb>,
    account: vestibule::crm::port::Account,
) -> Result<Upserted, UpsertError> {
    act!(test, as_crm(test), |tx, cx| organizations::upsert_from_crm(
        tx, &cx, CONNECTION, &account
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_only_moves_forward() {
    each_engine(async |test| {
        let newest = vestibule::crm::port::Account {
            name: "New name".into(),
            kind: "partner".into(),
            ..account("A", 5)
        };
        let Ok(Upserted::Created(id)) = upsert(&test, newest.clone()).await else {
            panic!("not created")
        };
        for version in [1, 4, 5] {
            let old = vestibule::crm::port::Account {
                name: "Old name".into(),
                ..account("A", version)
            };
            assert!(matches!(upsert(&test, old).await, Ok(Upserted::NotNewer(same)) if same == id));
        }
        let mut conn = test.db.read().await.unwrap();
        let stored = organizations::find(&mut conn, &id).await.unwrap().unwrap();
        assert_eq!(
            (stored.name.as_str(), stored.kind, stored.crm_version),
            ("New name", OrganizationKind::Partner, 5)
        );
        drop(conn);
        for (field, bad) in [
            (
                "id",
                vestibule::crm::port::Account {
                    id: " ".into(),
                    ..account("A", 9)
                },
            ),
            (
                "name",
                vestibule::crm::port::Account {
                    name: "\u{200b}".into(),
                    ..account("A", 9)
                },
            ),
            (
                "kind",
                vestibule::crm::port::Account {
                    kind: "Kunde".into(),
                    ..account("A", 9)
                },
            ),
        ] {
            let Err(UpsertError::BadAccount(problem)) = upsert(&test, bad).await else {
                panic!("{field} was taken")
            };
            assert!(problem.starts_with(field), "{problem}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn children_find_parents_in_any_order_and_never_a_circle() {
    each_engine(async |test| {
        let with_parent = |id: &str, version, parent: &str| vestibule::crm::port::Account {
            parent_id: (!parent.is_empty()).then(|| parent.to_owned()),
            ..account(id, version)
        };
        let child = upsert(&test, with_parent("child", 1, "top"))
            .await
            .unwrap()
            .id()
            .clone();
        let top = upsert(&test, with_parent("top", 1, ""))
            .await
            .unwrap()
            .id()
            .clone();
        let parent_of = async |id: &OrganizationId| {
            let mut conn = test.db.read().await.unwrap();
            organizations::find(&mut conn, id)
                .await
                .unwrap()
                .unwrap()
                .parent_id
        };
        assert_eq!(
            parent_of(&child).await.as_ref(),
            Some(&top),
            "the child waited"
        );
        upsert(&test, with_parent("top", 2, "child")).await.unwrap();
        assert_eq!(parent_of(&top).await, None, "a circle is not closed");
        upsert(&test, with_parent("top", 3, "top")).await.unwrap();
        assert_eq!(parent_of(&top).await, None);
        upsert(&test, with_parent("child", 2, "")).await.unwrap();
        assert_eq!(
            parent_of(&child).await,
            None,
            "a link that the CRM dropped is dropped"
        );
        // Two that name each other, the later one first.
        let left = upsert(&test, with_parent("left", 1, "right"))
            .await
            .unwrap()
            .id()
            .clone();
        let right = upsert(&test, with_parent("right", 1, "left"))
            .await
            .unwrap()
            .id()
            .clone();
        let links = (parent_of(&left).await, parent_of(&right).await);
        assert!(links.0.is_none() || links.1.is_none(), "{links:?}");
    })
    .await;
}
