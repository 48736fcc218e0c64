//! A guesser learns nothing: not from pages, not from headers, not from the clock, not from limits.

use std::time::{Duration, Instant};

use vestibule::{
    app::AppState,
    kernel::Actor,
    registration::{
        Applicant, Kind, Submitted,
        attempts::{Allowance, Try, count},
        draft::Draft,
        send::{Sending, send_by_hand},
    },
};

use super::house::{CONTACT, House, LIVE, STRANGER};
use crate::support::{browser::Page, each_engine};

/// What differs between two answers of one page by nature.
fn bare(page: &Page) -> String {
    let nonce = page
        .body
        .split("nonce=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("none");
    page.body.replace(nonce, "")
}

/// Contracts that are not to be confirmed, each for another reason.
const WRONG: &[(&str, &str)] = &[
    ("CT-9999", "20095"),
    ("CT-1001", "30004"),
    ("CT-2002", "30001"),
    ("CT-3003", "30002"),
    ("CT-4004", "30003"),
    ("CT-5005", "20095"),
];

#[tokio::test(flavor = "multi_thread")]
async fn unknown_ended_foreign_and_mismatched_contracts_look_alike() {
    each_engine(async |test| {
        let change = |settings: &mut vestibule::settings::Settings| {
            settings.registration.tries_per_hour = 100;
        };
        let house = House::with(&test, change).await;
        let mut seen = Vec::new();
        for wrong in WRONG {
            let (browser, page) = house.ready(STRANGER, *wrong).await;
            let asked = Instant::now();
            let sent = browser.submit(&page, &page.form("/register/check")).await;
            let took = asked.elapsed();
            assert_eq!(sent.status, 303, "{wrong:?}");
            assert_eq!(sent.location().unwrap().path(), "/register/unconfirmed");
            // The answer waits for the whole budget, however fast the CRM was.
            assert!(
                took >= Duration::from_millis(690),
                "{wrong:?} took {took:?}"
            );
            assert!(
                took < Duration::from_millis(1_900),
                "{wrong:?} took {took:?}"
            );
            let shown = browser.follow(sent.clone()).await.expect(200);
            let set: Vec<_> = sent.headers.get_all("set-cookie").iter().collect();
            assert!(set.is_empty(), "{set:?}");
            seen.push((sent.body.clone(), bare(&shown)));
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
        assert_eq!(house.registrations().await, []);
        assert_eq!(
            house
                .portal
                .count("SELECT count(*) FROM organizations")
                .await,
            0
        );
        assert_eq!(house.mails().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn having_it_checked_looks_alike_too() {
    each_engine(async |test| {
        let change = |settings: &mut vestibule::settings::Settings| {
            settings.registration.tries_per_hour = 100;
        };
        let house = House::with(&test, change).await;
        let mut seen = Vec::new();
        for (index, wrong) in WRONG.iter().enumerate() {
            let who = format!("guesser{index}@elsewhere.example");
            let (browser, page) = house.register(&who, *wrong).await;
            let sent = browser
                .press(&page, &page.form("/register/unconfirmed"))
                .await;
            assert_eq!(sent.path(), "/register/status");
            let own = house.registrations().await;
            let own = own.iter().find(|one| one.email.shown() == who).unwrap();
            let text = bare(&sent)
                .replace(&own.reference, "")
                .replace(own.id.to_string().as_str(), "")
                .replace(&who, "")
                .replace(wrong.0, "");
            seen.push(text);
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
        // The CRM is asked afterwards, for staff only; the applicant's page stays as it was.
        assert_eq!(house.later(Duration::from_secs(30)).await, WRONG.len());
        for registration in house.registrations().await {
            assert_eq!(
                registration.state,
                vestibule::registration::State::WaitingStaff
            );
            assert_eq!(registration.evidence.answers.len(), 1);
        }
        assert_eq!(
            house.portal.count("SELECT count(*) FROM memberships").await,
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_are_limited_and_the_answer_stays_the_same() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let mut shown = String::new();
        for round in 0..7 {
            let (browser, page) = house.ready(STRANGER, ("CT-9999", "20095")).await;
            let page = browser.press(&page, &page.form("/register/check")).await;
            assert_eq!(page.path(), "/register/unconfirmed", "{round}");
            shown = bare(&page);
        }
        assert_eq!(house.crm.count_calls("/contracts/lookup"), 5);
        // The network has used up its tries: now even a right answer is not told apart.
        let (browser, page) = house.register(CONTACT, LIVE).await;
        assert_eq!(bare(&page), shown);
        assert!(!browser.is_signed_in());
        // After an hour it may try again.
        house.portal.clock.advance(Duration::from_secs(3_900));
        let (_, page) = house.register(CONTACT, LIVE).await;
        assert_eq!(page.h1(), "You now have access");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tries_count_across_nodes_numbers_and_networks() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let other = AppState::with(
            house.state().settings.clone(),
            test.db.clone(),
            test.world.clone(),
        )
        .unwrap();
        let ask = async |state: &AppState, number: &str, network: &str| {
            let attempt = Try {
                number_key: number.to_owned(),
                network: network.parse().unwrap(),
            };
            let cx = state.world.system("test");
            let counted: Result<Allowance, vestibule::db::Error> = state
                .db
                .write(move |tx| Box::pin(async move { count(tx, &cx, &attempt, 5).await }))
                .await;
            counted.unwrap()
        };
        // One number from many networks, on two nodes at once.
        let tries: Vec<String> = (0..20).map(|at| format!("198.51.100.{at}")).collect();
        let all = tries.iter().enumerate().map(|(index, network)| {
            let state = if index % 2 == 0 {
                house.state()
            } else {
                &other
            };
            ask(state, "CT1", network)
        });
        let counted = futures_util::future::join_all(all).await;
        let allowed = counted
            .iter()
            .filter(|one| **one == Allowance::Counted)
            .count();
        assert_eq!(allowed, 5);
        // Many numbers from one network.
        for index in 0..5 {
            let number = format!("NR{index}");
            assert_eq!(
                ask(&other, &number, "203.0.113.7").await,
                Allowance::Counted
            );
        }
        assert_eq!(
            ask(house.state(), "NR9", "203.0.113.7").await,
            Allowance::UsedUp
        );
        assert_eq!(
            ask(house.state(), "NR9", "203.0.113.8").await,
            Allowance::Counted
        );
        // Neither numbers nor addresses stand in the table.
        let plain = house
            .portal
            .count("SELECT count(*) FROM attempts WHERE key LIKE '%CT1%' OR key LIKE '%203.0.113%'")
            .await;
        assert_eq!(plain, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_is_off_at_every_step() {
    each_engine(async |test| {
        let change = |settings: &mut vestibule::settings::Settings| {
            settings.registration.contract = false;
        };
        let house = House::with(&test, change).await;
        let browser = house.portal.browser();
        let page = browser.open("/register").await.expect(200);
        assert!(!page.text().contains("My company has a contract"));
        let refused = browser.post("/register", &[("how", "contract")]).await;
        assert_eq!(refused.status, 422);
        // A cookie from before the switch opens nothing either.
        let before = House::new(&test).await;
        let (browser, _) = before.ready(CONTACT, LIVE).await;
        let off = house.portal.browser();
        for (name, value) in browser.cookies() {
            off.set_cookie(&name, &value);
        }
        for address in ["/register/contract", "/register/you", "/register/check"] {
            let page = off.get(address).await;
            assert!(page.status.is_redirection(), "{address}");
            let posted = off
                .post(address, &[("number", "CT-1001"), ("fact", "20095")])
                .await;
            assert!(posted.status.is_redirection(), "{address}");
        }
        off.post("/register/check", &[]).await;
        off.post("/register/unconfirmed", &[]).await;
        assert_eq!(house.registrations().await, []);
    })
    .await;
}

/// "Check it for me" makes work for people and sends mail, so one identity does it a few times a
/// day, whatever numbers it thinks of and whatever it takes back.
#[tokio::test(flavor = "multi_thread")]
async fn one_identity_cannot_fill_the_desks_list() {
    each_engine(async |test| {
        let house = House::new(&test).await;
        let cx = house.state().world.cx(Actor::Visitor);
        let sending = |number: usize| Sending {
            draft: Draft {
                number: format!("GUESS-{number}"),
                fact: "20095".to_owned(),
                given_name: "Mal".to_owned(),
                language: "en".to_owned(),
                ..Draft::new(&cx, Kind::Contract)
            },
            applicant: Applicant {
                provider: "demo".to_owned(),
                issuer: "https://login.example".to_owned(),
                subject: "mallory".to_owned(),
                email: STRANGER.parse().unwrap(),
            },
            network: "192.0.2.1".parse().unwrap(),
        };
        let send = async |number: usize| {
            send_by_hand(house.state(), &cx, sending(number))
                .await
                .unwrap()
        };
        for number in 0..5 {
            assert!(matches!(send(number).await, Submitted::Waiting(_)));
        }
        house
            .run("UPDATE registrations SET state = 'withdrawn'")
            .await;
        for number in 5..8 {
            assert!(matches!(send(number).await, Submitted::Before(_)));
        }
        assert_eq!(house.registrations().await.len(), 5);
        house.portal.clock.advance(Duration::from_secs(86_400));
        let cx = house.state().world.cx(Actor::Visitor);
        let next = send_by_hand(house.state(), &cx, sending(9));
        assert!(matches!(next.await.unwrap(), Submitted::Waiting(_)));
    })
    .await;
}
