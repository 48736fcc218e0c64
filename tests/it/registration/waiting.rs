//! The CRM does not answer: requests are kept, and decided when it does.

use std::time::Duration;

use vestibule::registration::{State, Why, retry};

use super::house::{CONTACT, House, LIVE};
use crate::support::{crm_stand_in::Fault, each_engine, portal::DESK};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_crm_did_not_answer_is_decided_when_it_does() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.crm.fail_next(Fault::Status(503, None));
        let (browser, page) = house.register(CONTACT, LIVE).await;
        assert!(
            page.h1().contains("We are checking your contract"),
            "{}",
            page.h1()
        );
        assert!(!browser.is_signed_in());
        assert_eq!(house.only().await.state, State::WaitingCrm);
        assert_eq!(house.mails().await, ["registration_received"]);
        // Not due yet; then the CRM fails again; then it answers.
        assert_eq!(house.later(Duration::from_secs(1)).await, 0);
        house.crm.fail_next(Fault::ResetBefore);
        assert_eq!(house.later(Duration::from_secs(30)).await, 1);
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingCrm);
        assert_eq!(registration.evidence.tries, 1);
        assert_eq!(house.later(Duration::from_secs(300)).await, 1);
        assert_eq!(house.only().await.state, State::Approved);
        assert_eq!(house.roles_of(CONTACT).await, "admin");
        let mails = ["registration_approved", "registration_received"];
        assert_eq!(house.mails().await, mails);
        // Signing in finds the person now.
        house.portal.sign_in(CONTACT).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_does_not_wait_longer_than_the_budget() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.crm.fail_next(Fault::Slow(Duration::from_secs(4)));
        let (browser, page) = house.ready(CONTACT, LIVE).await;
        let asked = std::time::Instant::now();
        let sent = browser.submit(&page, &page.form("/register/check")).await;
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{:?}",
            asked.elapsed()
        );
        assert_eq!(sent.location().unwrap().path(), "/register/status");
        assert_eq!(house.only().await.state, State::WaitingCrm);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_turns_out_wrong_goes_to_staff_without_a_word() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.crm.fail_next(Fault::Status(500, None));
        let (browser, _) = house.register(CONTACT, ("CT-2002", "30001")).await;
        house.later(Duration::from_secs(30)).await;
        let registration = house.only().await;
        assert_eq!(registration.state, State::WaitingStaff);
        assert_eq!(registration.evidence.why, Some(Why::NotConfirmed));
        let status = browser.open("/register/status").await;
        assert!(!status.text().contains("Old Mill"));
        // Staff see what the CRM says: it ended.
        let desk = house.portal.sign_in(DESK).await;
        let page = desk
            .open(&format!("/sales/registrations/{}", registration.id))
            .await
            .expect(200);
        assert!(page.text().contains("Old Mill"));
        assert!(page.text().contains("ended"), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_ask_the_crm_again_and_place_somebody_by_contract_number() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let (browser, page) = house.register(CONTACT, ("CT-9999", "20095")).await;
        browser
            .press(&page, &page.form("/register/unconfirmed"))
            .await;
        let registration = house.only().await;
        assert!(registration.evidence.by_hand);
        let desk = house.portal.sign_in(DESK).await;
        let here = format!("/sales/registrations/{}", registration.id);
        let page = desk.open(&here).await.expect(200);
        let page = desk.press(&page, &page.form("/ask")).await.expect(200);
        assert!(
            page.text().contains("No contract with this number"),
            "{}",
            page.text()
        );
        // They know better: the applicant mistyped the number of Kuusi's contract.
        house.state().crm.catch_up("main").await.unwrap();
        let form = page.form(&here).with("roles", "admin");
        let empty = desk.press(&page, &form).await.expect(422);
        assert!(
            empty
                .text()
                .contains("Enter a contract number of the account")
        );
        let unknown = desk
            .press(&page, &form.clone().with("account", "CT-8"))
            .await;
        assert!(
            unknown.text().contains("No account has a contract"),
            "{}",
            unknown.text()
        );
        desk.press(
            &page,
            &form.with("account", "ct 1001").with("note", "Welcome!"),
        )
        .await
        .expect(200);
        assert_eq!(house.roles_of(CONTACT).await, "admin");
        assert_eq!(house.only().await.decision_note, "Welcome!");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_ask_once() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        house.crm.fail_next(Fault::Status(503, None));
        house.register(CONTACT, LIVE).await;
        house.portal.clock.advance(Duration::from_secs(60));
        let before = house.crm.count_calls("/contracts/lookup");
        let all = (0..4).map(|_| retry::run_due(house.state()));
        for done in futures_util::future::join_all(all).await {
            done.unwrap();
        }
        assert_eq!(house.crm.count_calls("/contracts/lookup"), before + 1);
        assert_eq!(house.roles_of(CONTACT).await, "admin");
        let approved = house.mails().await;
        let approved = approved
            .iter()
            .filter(|kind| *kind == "registration_approved");
        assert_eq!(approved.count(), 1);
    })
    .await;
}
