//! Who of staff hears of a registration, sees it and decides it.

use vestibule::{
    kernel::ids::Id,
    registration::State,
    settings::{Settings, StaffRole, StaffSettings},
};

use super::house::{COLLEAGUE, House, LIVE, STRANGER};
use crate::support::{
    each_engine,
    portal::{DESK, REP},
};

/// A rep who owns no account.
const OTHER_REP: &str = "other.rep@nordwind.example";

fn second_rep(settings: &mut Settings) {
    let rep = settings.staff.iter().find(|staff| staff.email.key() == REP);
    settings.staff.push(StaffSettings {
        email: OTHER_REP.parse().unwrap(),
        ..rep.unwrap().clone()
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_the_account_is_told_and_decides() {
    each_engine(async |test| {
        let house = House::with(&test, second_rep).await;
        house.register(COLLEAGUE, LIVE).await;
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        let letters = house.letters("registration_waiting").await;
        let [(to, text)] = letters.as_slice() else {
            panic!("{letters:?}");
        };
        assert_eq!(to, REP);
        let here = format!("/sales/registrations/{}", registration.id);
        for words in ["Kuusi Oy", COLLEAGUE, &registration.reference, &here] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let owner = house.portal.sign_in(REP).await;
        let list = owner.open("/sales/registrations").await.expect(200);
        let page = owner.open(&list.link("Aino Virtanen")).await.expect(200);
        let form = page.form(&here).with("roles", "admin");
        let form = form.with("note", "Welcome aboard.");
        owner.press(&page, &form).await.expect(200);
        assert_eq!(house.roles_of(COLLEAGUE).await, "admin");
        let approved = house.letters("registration_approved").await;
        assert!(approved[0].1.contains("> Welcome aboard."), "{approved:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_of_others_are_not_there_for_a_rep() {
    each_engine(async |test| {
        let house = House::with(&test, second_rep).await;
        house.register(COLLEAGUE, LIVE).await;
        let registration = house.only().await;
        let here = format!("/sales/registrations/{}", registration.id);
        let rep = house.portal.sign_in(OTHER_REP).await;
        let list = rep.open("/sales/registrations").await.expect(200);
        assert!(!list.text().contains("Aino Virtanen"), "{}", list.text());
        let tab = |text: &str| text.contains("For you 1");
        assert!(!tab(&list.text()), "{}", list.text());
        rep.get(&here).await.expect(404);
        rep.post(&here, &[("roles", "admin")]).await.expect(404);
        let decline = format!("{here}/decline");
        rep.post(&decline, &[("reason", "no")]).await.expect(404);
        rep.post(&format!("{here}/ask"), &[]).await.expect(404);
        assert_eq!(house.only().await.state, State::WaitingStaff);
        // The service desk sees all of them.
        let desk = house.portal.sign_in(DESK).await;
        desk.get(&here).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_owns_is_the_service_desks() {
    each_engine(async |test| {
        let house = House::with(&test, |settings| {
            second_rep(settings);
            // The account's owner has left the company.
            settings.staff.retain(|staff| staff.email.key() != REP);
            let desk = settings
                .staff
                .iter()
                .find(|s| s.roles.contains(&StaffRole::Approver));
            let second = StaffSettings {
                email: "second.desk@nordwind.example".parse().unwrap(),
                ..desk.unwrap().clone()
            };
            settings.staff.push(second);
        })
        .await;
        house.register(STRANGER, LIVE).await;
        let registration = house.only().await;
        let told = house.letters("registration_waiting").await;
        let mut told: Vec<&str> = told.iter().map(|(to, _)| to.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, [DESK, "second.desk@nordwind.example"]);
        let here = format!("/sales/registrations/{}", registration.id);
        let rep = house.portal.sign_in(OTHER_REP).await;
        rep.get(&here).await.expect(404);
        let desk = house.portal.sign_in(DESK).await;
        let page = desk.open(&here).await.expect(200);
        let form = page.form(&format!("{here}/decline"));
        desk.press(&page, &form.with("reason", "Nobody knows you."))
            .await
            .expect(200);
        assert_eq!(house.only().await.state, State::Declined);
        assert!(registration.id.as_str().starts_with("reg_"));
    })
    .await;
}
