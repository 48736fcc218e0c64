//! Two at once: first administrators, deciders.

use vestibule::{
    kernel::ids::RegistrationId,
    organizations,
    registration::{
        Approve, ApproveError, Approved, Decider, Decline, DeclineError, Declined, Rules, State,
        approve, decline,
    },
};

use super::house::{COLLEAGUE, CONTACT, House, LIVE};
use crate::support::{
    each_engine,
    portal::{DESK, OPERATOR, REP},
};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_administrators_one_comes_first() {
    each_engine(async |test| {
        let change = |settings: &mut vestibule::settings::Settings| {
            settings.registration.first_admin_by_domain = true;
            settings.registration.crm_budget_ms = 5_000;
        };
        let house = House::with(&test, change).await;
        let people = [
            CONTACT,
            COLLEAGUE,
            "third@kuusi.example",
            "fourth@kuusi.example",
        ];
        let mut ready = Vec::new();
        for who in people {
            ready.push(house.ready(who, LIVE).await);
        }
        let all = ready.iter().map(async |(browser, page)| {
            let form = page.form("/register/check");
            browser.submit(page, &form).await
        });
        for answer in futures_util::future::join_all(all).await {
            assert_eq!(answer.location().unwrap().path(), "/register/status");
        }
        let mut admins = 0;
        for who in people {
            admins += usize::from(house.roles_of(who).await == "admin");
        }
        assert_eq!(admins, 1);
        let all = house.registrations().await;
        let count = |state: State| all.iter().filter(|one| one.state == state).count();
        assert_eq!(count(State::Approved), 1);
        assert_eq!(count(State::WaitingOrganization), 3);
    })
    .await;
}

async fn approve_as(
    house: &House,
    cx: vestibule::kernel::Cx,
    id: RegistrationId,
) -> Result<Approved, ApproveError> {
    let state = house.state().clone();
    house
        .state()
        .db
        .write(move |tx| {
            Box::pin(async move {
                let command = Approve {
                    registration_id: id,
                    decider: Decider::Staff,
                    organization_id: None,
                    roles: vec!["admin".to_owned()],
                    note: String::new(),
                };
                approve(tx, &cx, Rules::of(&state), command).await
            })
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_deciders_the_first_ones_word_counts() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.register(COLLEAGUE, LIVE).await;
        let id = house.only().await.id;
        let person_id = house.portal.add_person("someone@nordwind.example").await;
        let staff = house
            .state()
            .world
            .cx(vestibule::kernel::Actor::Staff { person_id });
        let approvals = (0..8).map(|_| approve_as(&house, staff.clone(), id.clone()));
        let declines = (0..8).map(|_| {
            let (state, cx, id) = (house.state().clone(), staff.clone(), id.clone());
            let db = state.db.clone();
            async move {
                let declined: Result<Declined, DeclineError> = db
                    .write(move |tx| {
                        Box::pin(async move {
                            let command = Decline {
                                registration_id: id,
                                decider: Decider::Staff,
                                reason: "No.".to_owned(),
                            };
                            decline(tx, &cx, Rules::of(&state), command).await
                        })
                    })
                    .await;
                declined.unwrap() == Declined::Declined
            }
        });
        let (approved, declined) = tokio::join!(
            futures_util::future::join_all(approvals),
            futures_util::future::join_all(declines),
        );
        let admitted = approved
            .into_iter()
            .filter(|done| matches!(done.as_ref().unwrap(), Approved::Admitted(_)))
            .count();
        let refused = declined.into_iter().filter(|done| *done).count();
        assert_eq!(admitted + refused, 1);
        let decided = ["registration_approved", "registration_declined"];
        let mails = house.mails().await;
        let told = mails.iter().filter(|kind| decided.contains(&kind.as_str()));
        assert_eq!(told.count(), 1);
        let members = house.portal.count("SELECT count(*) FROM memberships").await;
        assert_eq!(members, i64::try_from(admitted).unwrap());
        let expected = if admitted == 1 {
            State::Approved
        } else {
            State::Declined
        };
        assert_eq!(house.only().await.state, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_decides_only_what_waits_for_their_own_company() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.member("boss@kuusi.example", &["admin"]).await;
        house.member("clerk@kuusi.example", &["orders"]).await;
        house.register(CONTACT, LIVE).await;
        let id = house.only().await.id;
        let own = house.organization("kuusi").await.unwrap();
        let other = house.organization("other").await.unwrap();
        let boss = house.portal.sign_in("boss@kuusi.example").await;
        let clerk = house.portal.sign_in("clerk@kuusi.example").await;
        let operator = house.portal.sign_in(OPERATOR).await;
        let roles = [("roles", "orders")];
        for place in [
            format!("/organizations/{other}/requests/{id}"),
            format!("/organizations/{own}/requests/reg_00000000000000000000000000"),
            format!("/organizations/{own}/requests/nonsense"),
        ] {
            assert_eq!(boss.get(&place).await.status, 404, "{place}");
            assert_eq!(boss.post(&place, &roles).await.status, 404, "{place}");
        }
        let here = format!("/organizations/{own}/requests/{id}");
        for (browser, who) in [(&clerk, "clerk"), (&operator, "operator")] {
            let posted = browser.post(&here, &roles).await;
            assert!(
                matches!(posted.status.as_u16(), 403 | 404),
                "{who} {}",
                posted.status
            );
            let sales = browser
                .post(&format!("/sales/registrations/{id}"), &roles)
                .await;
            assert!(
                matches!(sales.status.as_u16(), 403 | 404),
                "{who} {}",
                sales.status
            );
        }
        // A role above what there is, and one for leads, cannot be given.
        for role in ["lead", "root", ""] {
            let posted = boss.post(&here, &[("roles", role)]).await;
            assert_eq!(posted.status, 422, "{role}");
        }
        assert_eq!(house.roles_of(CONTACT).await, "");
        // The service desk may decide in their stead.
        let desk = house.portal.sign_in(DESK).await;
        desk.post(&format!("/sales/registrations/{id}"), &roles)
            .await;
        assert_eq!(house.roles_of(CONTACT).await, "orders");
        // Too late for the administrator.
        let late = boss.post(&here, &roles).await;
        assert_eq!(late.status, 303);
        let mut conn = house.state().db.read().await.unwrap();
        let found = organizations::find(&mut conn, &own).await.unwrap();
        assert!(found.is_some());
        let rep = house.portal.sign_in(REP).await;
        let list = rep
            .open("/sales/registrations?state=approved")
            .await
            .expect(200);
        assert!(list.text().contains("Aino Virtanen"));
    })
    .await;
}
