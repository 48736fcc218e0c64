//! Seats that do not suffice: nobody is put out, everybody concerned is told, and more can be asked
//! for.

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

const ADMIN: &str = "aino@a.example";
const BEN: &str = "ben@a.example";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A company of two people with `seats` seats and a sales rep.
async fn company(test: &TestDb, portal: &Portal, seats: i64) -> OrganizationId {
    let company = owned(test, "A", REP).await;
    with_seats(test, seats, 1).await;
    portal.add_member(&company, ADMIN, &["admin"]).await;
    portal.add_member(&company, BEN, &["orders"]).await;
    company
}

async fn with_seats(test: &TestDb, seats: i64, version: i64) {
    let agreed = port::Contract {
        seats: Some(seats),
        ..contract("1", "A", version)
    };
    apply(test, agreed).await.unwrap();
}

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
                organizations::tell_exceeded(tx, &cx, rules).await
            })
        })
        .await;
    told.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_with_fewer_seats_than_people_puts_nobody_out_and_says_so() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = company(&test, &portal, 2).await;
        assert_eq!(tell(&portal).await, 0);
        with_seats(&test, 1, 2).await;
        assert_eq!(tell(&portal).await, 1);
        assert_eq!(tell(&portal).await, 0, "told twice");
        let told = letters(&test.db, &test.world.keys, "seats_exceeded").await;
        let mut to: Vec<&str> = told.iter().map(|(to, _)| to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, [ADMIN, REP]);
        assert!(
            told.iter()
                .all(|(_, text)| text.contains("now has one seat")
                    && text.contains("Nobody has lost access")),
            "{told:?}"
        );
        // Both still come in.
        for who in [ADMIN, BEN] {
            let browser = portal.sign_in(who).await;
            let services = browser.get("/services").await.expect(200);
            assert!(!services.text().contains("No way in"), "{who}");
        }
        let browser = portal.sign_in(ADMIN).await;
        let home = browser.get("/home").await.expect(200);
        assert!(home.text().contains("More people than seats"));
        let page = browser
            .get(&format!("/organizations/{company}/seats"))
            .await
            .expect(200);
        assert!(
            page.text()
                .contains("Your contract now has one seat, and 2 people are active.")
        );
        // More seats: nothing is left to say.
        with_seats(&test, 5, 3).await;
        let page = browser
            .get(&format!("/organizations/{company}/seats"))
            .await
            .expect(200);
        assert!(!page.text().contains("More people than seats"));
        assert!(page.text().contains("Seats taken: 2 of 5."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_more_seats_reaches_the_rep_and_the_crm_once() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = company(&test, &portal, 2).await;
        let place = format!("/organizations/{company}/seats");
        let browser = portal.sign_in(ADMIN).await;
        for wrong in ["", "0", "-3", "10001", "many", "99999999999999999999"] {
            let page = browser.post(&place, &[("more", wrong)]).await.expect(422);
            assert!(page.text().contains("Enter a number from 1 to"), "{wrong}");
        }
        let long = "x".repeat(501);
        let page = browser
            .post(&place, &[("more", "3"), ("message", &long)])
            .await
            .expect(422);
        assert!(page.text().contains("Shorten this to 500 characters"));
        assert!(
            letters(&test.db, &test.world.keys, "seats_asked")
                .await
                .is_empty()
        );
        let wish = [("more", "3"), ("message", "For the <b>north</b>\nfrom May")];
        let (one, other) = tokio::join!(browser.post(&place, &wish), browser.post(&place, &wish));
        one.expect(303);
        other.expect(303);
        let told = letters(&test.db, &test.world.keys, "seats_asked").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, REP);
        assert!(told[0].1.contains("asks for 3 more seats. Taken: 2 of 2."));
        let changes = "SELECT count(*) FROM changes WHERE kind = 'seats_asked'";
        assert_eq!(portal.count(changes).await, 1);
        assert_eq!(portal.audited("organization.seats_asked").await.len(), 1);
        let page = browser.get(&place).await.expect(200);
        assert!(page.text().contains("You have asked for more seats"));
        // The rep sees it at the account.
        let rep = portal.sign_in(REP).await;
        let account = rep
            .get(&format!("/sales/accounts/{company}"))
            .await
            .expect(200);
        assert!(account.text().contains("They asked for 3 more seats"));
        // An answer that does not come can be asked for again after a week.
        portal.clock.advance(DAY * 8);
        let browser = portal.sign_in(ADMIN).await;
        browser.post(&place, &[("more", "4")]).await.expect(303);
        assert_eq!(portal.count(changes).await, 2);
        // What changes nothing about the seats is no answer, more seats are one.
        let open = "SELECT count(*) FROM tasks WHERE kind = 'seats_asked' AND closed_at IS NULL";
        with_seats(&test, 2, 2).await;
        assert_eq!(portal.count(open).await, 1);
        with_seats(&test, 9, 3).await;
        assert_eq!(portal.count(open).await, 0);
        let page = browser.get(&place).await.expect(200);
        assert!(!page.text().contains("You have asked"));
        // Asked ahead, while some are free: a free seat is no answer then.
        browser.post(&place, &[("more", "20")]).await.expect(303);
        with_seats(&test, 9, 4).await;
        assert_eq!(portal.count(open).await, 1);
        // Without a limit nothing is left to ask for.
        let any = port::Contract {
            seats: None,
            ..contract("1", "A", 5)
        };
        apply(&test, any).await.unwrap();
        assert_eq!(portal.count(open).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_run_the_organization_ask() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = company(&test, &portal, 2).await;
        let other = portal.add_customer("Other Oy").await;
        portal
            .add_member(&other, "otto@other.example", &["admin"])
            .await;
        let place = format!("/organizations/{company}/seats");
        let ben = portal.sign_in(BEN).await;
        ben.post(&place, &[("more", "3")]).await.expect(403);
        let otto = portal.sign_in("otto@other.example").await;
        otto.post(&place, &[("more", "3")]).await.expect(404);
        otto.get(&place).await.expect(404);
        assert!(portal.audited("organization.seats_asked").await.is_empty());
    })
    .await;
}
