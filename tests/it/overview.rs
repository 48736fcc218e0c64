//! A company at a glance: what the CRM shows on the home page and to sales, who sees it, how old it is,
//! and what a page does while the CRM is slow or away.

use std::time::{Duration, Instant as Watch};

use serde_json::{Value, json};
use vestibule::{
    kernel::ids::OrganizationId,
    settings::{Panel, Settings},
};

use crate::support::{
    Portal, TestDb,
    crm_stand_in::{Fault, StandIn},
    each_engine,
    portal::REP,
};

const ADA: &str = "ada@acme.example";
const BEN: &str = "ben@acme.example";
const OTTO: &str = "otto@other.example";

fn glance() -> Value {
    let order = |number: usize, state: &str| json!({"number": format!("SO-{number}"), "date": "2027-01-05", "total": "1250.5", "currency": "EUR", "state": state});
    json!({
        "manager": {"name": "", "email": REP, "phone": ""},
        "orders": (1..=7).map(|number| order(number, "shipped")).collect::<Vec<_>>(),
        "cases": [{"number": "CS-1", "subject": "Crane <4> stops", "state": "in_progress", "date": "2027-01-10"}],
        "segments": ["Key account"],
    })
}

struct Town {
    portal: Portal,
    crm: StandIn,
    acme: OrganizationId,
    other: OrganizationId,
}

async fn town(test: &TestDb, change: impl FnOnce(&mut Settings) + Send + 'static) -> Town {
    let crm = StandIn::start().await;
    crm.lock().overview = Some(glance());
    let mut connection = crm.settings();
    connection.key = "crm".to_owned();
    let portal = Portal::start_with(test, move |settings| {
        settings.connections = vec![connection];
        change(settings);
    })
    .await;
    let acme = portal.add_customer("Acme").await;
    let other = portal.add_customer("Other").await;
    portal.add_member(&acme, ADA, &["admin"]).await;
    portal.add_member(&acme, BEN, &["orders"]).await;
    portal.add_member(&other, OTTO, &["admin"]).await;
    Town {
        portal,
        crm,
        acme,
        other,
    }
}

impl Town {
    fn path(&self) -> String {
        format!("/home/overview?organization={}", self.acme)
    }

    fn asked(&self) -> usize {
        self.crm.count_calls("/overview")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_sees_its_panels_and_the_home_page_itself_asks_nobody() {
    each_engine(async |test| {
        let town = town(&test, |_| {}).await;
        let ada = town.portal.sign_in(ADA).await;
        let home = ada.get("/home").await.expect(200);
        assert!(home.body.contains(&town.path()), "{}", home.body);
        assert_eq!(town.asked(), 0, "law 3: the page does not wait for the CRM");
        let text = ada.get(&town.path()).await.expect(200).text();
        // The five newest; the name that only the portal's own list of staff has.
        for words in [
            "Your contact",
            REP,
            "SO-5",
            "1,250.50 EUR",
            "On its way",
            "CS-1",
            "Crane <4> stops",
            "Being worked on",
            "as of",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(
            !text.contains("SO-6") && !text.contains("Key account"),
            "{text}"
        );
        let ben = town.portal.sign_in(BEN).await;
        let text = ben.get(&town.path()).await.expect(200).text();
        assert!(text.contains(REP), "{text}");
        assert!(!text.contains("SO-1") && !text.contains("CS-1"), "{text}");
        assert_eq!(
            town.asked(),
            1,
            "once for the organization, not for each person"
        );
        let german = ada
            .get(&format!("{}&lang=de", town.path()))
            .await
            .expect(200)
            .text();
        assert!(
            german.contains("1.250,50 EUR") && german.contains("Stand "),
            "{german}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_companys_overview_does_not_exist() {
    each_engine(async |test| {
        let town = town(&test, |_| {}).await;
        let otto = town.portal.sign_in(OTTO).await;
        otto.get(&town.path()).await.expect(404);
        otto.get("/home/overview?organization=org_nonsense")
            .await
            .expect(404);
        otto.get(&format!("/sales/accounts/{}/overview", town.acme))
            .await
            .expect(404);
        assert_eq!(town.asked(), 0);
        let own = format!("/home/overview?organization={}", town.other);
        otto.get(&own).await.expect(200);
        let nobody = town.portal.browser();
        nobody.get(&town.path()).await;
        assert_eq!(town.asked(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_crm_costs_two_seconds_and_what_came_late_is_shown_next() {
    each_engine(async |test| {
        let town = town(&test, |_| {}).await;
        let ada = town.portal.sign_in(ADA).await;
        town.crm.fail_next(Fault::Slow(Duration::from_secs(3)));
        let watch = Watch::now();
        let text = ada.get(&town.path()).await.expect(200).text();
        let took = watch.elapsed();
        assert!(took < Duration::from_millis(2_900), "{took:?}");
        assert!(
            text.contains("Your orders cannot be shown right now. Try again"),
            "{text}"
        );
        ada.get("/home").await.expect(200);
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let text = ada.get(&town.path()).await.expect(200).text();
        assert!(text.contains("SO-1"), "{text}");
        assert_eq!(town.asked(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_shown_with_its_age_while_the_crm_is_away() {
    each_engine(async |test| {
        let town = town(&test, |_| {}).await;
        let ada = town.portal.sign_in(ADA).await;
        ada.get(&town.path()).await.expect(200);
        town.portal.clock.advance(Duration::from_secs(240));
        ada.get(&town.path()).await.expect(200);
        assert_eq!(town.asked(), 1, "fresh for five minutes");
        town.portal.clock.advance(Duration::from_secs(120));
        town.crm.fail_next(Fault::Status(503, None));
        let text = ada.get(&town.path()).await.expect(200).text();
        assert_eq!(town.asked(), 2);
        assert!(
            text.contains("SO-1") && text.contains("Nothing newer can be had right now."),
            "{text}"
        );
        town.portal.clock.advance(Duration::from_secs(60));
        let text = ada.get(&town.path()).await.expect(200).text();
        assert!(!text.contains("Nothing newer"), "{text}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_fail_each_for_itself_and_what_is_not_offered_is_not_there() {
    each_engine(async |test| {
        let town = town(&test, |settings| {
            settings.connections[0].overview =
                Some(vec![Panel::Manager, Panel::Orders, Panel::Cases]);
        })
        .await;
        town.crm.lock().overview = Some(json!({
            "manager": null,
            "orders": [],
            "unavailable": {"cases": "the service desk is closed", "lead": "not_permitted"},
        }));
        let ada = town.portal.sign_in(ADA).await;
        let text = ada.get(&town.path()).await.expect(200).text();
        for words in [
            "Nobody in particular looks after your company yet.",
            "No orders yet.",
            "Your cases cannot be shown right now. Try again",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains("How far we are"), "{text}");
        // A bridge without this call shows nothing, and nothing fails.
        town.crm.lock().overview = None;
        town.portal.clock.advance(Duration::from_secs(600));
        let text = ada.get(&town.path()).await.expect(200).text();
        assert!(
            text.contains("There is nothing more to show here."),
            "{text}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panels_of_the_settings_go_to_their_roles_and_segments() {
    each_engine(async |test| {
        let town = town(&test, |settings| {
            let home = toml::toml! {
                [[panels]]
                panel = "orders"
                roles = ["orders"]
                [[panels]]
                panel = "note"
                segments = ["key ACCOUNT"]
                words = { en = { title = "Your engineer", text = "Call any time." } }
                [[panels]]
                panel = "cases"
                segments = ["small"]
            };
            settings.home = home.try_into().unwrap();
        })
        .await;
        let ben = town.portal.sign_in(BEN).await;
        let text = ben.get(&town.path()).await.expect(200).text();
        assert!(
            text.contains("SO-1") && text.contains("Call any time."),
            "{text}"
        );
        assert!(!text.contains("CS-1") && !text.contains(REP), "{text}");
        let ada = town.portal.sign_in(ADA).await;
        let text = ada.get(&town.path()).await.expect(200).text();
        assert!(
            !text.contains("SO-1") && text.contains("Your engineer"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_see_the_same_and_the_segments() {
    each_engine(async |test| {
        let town = town(&test, |_| {}).await;
        let rep = town.portal.sign_in(REP).await;
        let path = format!("/sales/accounts/{}", town.acme);
        let page = rep.get(&path).await.expect(200);
        assert!(page.body.contains(&format!("{path}/overview")));
        assert_eq!(town.asked(), 0);
        let text = rep
            .get(&format!("{path}/overview"))
            .await
            .expect(200)
            .text();
        for words in ["From Stand-in", "SO-1", "CS-1", "Key account"] {
            assert!(text.contains(words), "{words}: {text}");
        }
    })
    .await;
}
