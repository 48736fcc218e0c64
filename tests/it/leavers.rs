//! Somebody who leaves hands over their open cases, by the connection's rule.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::{
    crm::port::Record,
    kernel::ids::{MembershipId, OrganizationId},
    organizations,
    settings::{LeaverRule, LeaverSettings},
};

use crate::support::{
    Portal, TestDb,
    crm_stand_in::{Fault, StandIn},
    each_engine,
};

const ADA: &str = "ada@acme.example";
const BEA: &str = "bea@acme.example";
const BEN: &str = "ben@acme.example";

struct Town {
    portal: Portal,
    crm: StandIn,
    acme: OrganizationId,
    ada: MembershipId,
    bea: MembershipId,
    ben: MembershipId,
}

fn rule(rule: LeaverRule) -> LeaverSettings {
    let has_queue = rule == LeaverRule::Queue;
    LeaverSettings {
        rule,
        queue: if has_queue { "q-1" } else { "" }.to_owned(),
        queue_name: if has_queue { "Service desk" } else { "" }.to_owned(),
    }
}

/// Ada and Bea run Acme, Ben is leaving; each is a contact of the CRM, and Ben has two open cases.
async fn town(test: &TestDb, leaver: Option<LeaverSettings>) -> Town {
    let crm = StandIn::start().await;
    crm.lock().overview = Some(json!({}));
    let mut connection = crm.settings();
    connection.key = "crm".to_owned();
    connection.leaver = leaver;
    let portal = Portal::start_with(test, move |settings| {
        settings.connections = vec![connection];
    })
    .await;
    let acme = portal.add_customer("Acme").await;
    let account = {
        let mut conn = portal.state.db.read().await.unwrap();
        let found = organizations::find(&mut conn, &acme).await.unwrap();
        found.unwrap().crm_account_id
    };
    let account = Record::Account(vestibule::crm::port::Account {
        id: account,
        name: "Acme".to_owned(),
        ..Default::default()
    });
    crm.lock().records.put(account);
    let ada = portal.add_member(&acme, ADA, &["admin"]).await;
    // Who came first has been there the longest.
    portal.clock.advance(Duration::from_secs(1));
    let bea = portal.add_member(&acme, BEA, &["admin"]).await;
    let ben = portal.add_member(&acme, BEN, &["orders"]).await;
    let town = Town {
        portal,
        crm,
        acme,
        ada,
        bea,
        ben,
    };
    town.tell().await;
    let ben = town.contact(&town.ben).await;
    town.crm.lock().cases = ["CS-1", "CS-2"]
        .map(|number| {
            (
                ben.clone(),
                json!({"number": number, "subject": "Crane stops", "state": "new"}),
            )
        })
        .to_vec();
    town
}

impl Town {
    async fn tell(&self) {
        self.portal.state.outbox.drain().await.unwrap();
    }

    async fn contact(&self, membership: &MembershipId) -> String {
        let mut conn = self.portal.state.db.read().await.unwrap();
        let found = organizations::find_membership(&mut conn, &self.acme, membership).await;
        found.unwrap().unwrap().crm_contact_id.expect("linked")
    }

    fn page(&self, last: &str) -> String {
        format!("/organizations/{}/members/{}/{last}", self.acme, self.ben)
    }

    fn holders(&self) -> Vec<String> {
        let inner = self.crm.lock();
        inner
            .cases
            .iter()
            .map(|(holder, _)| holder.clone())
            .collect()
    }

    async fn remove(&self, form: &[(&str, &str)]) {
        let ada = self.portal.sign_in(ADA).await;
        ada.post(&self.page("remove"), form).await;
        self.tell().await;
    }

    async fn audited(&self) -> Vec<Value> {
        let events = self.portal.audited("membership.handed_over").await;
        events.into_iter().map(|(_, detail)| detail).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_before_is_what_happens() {
    each_engine(async |test| {
        let town = town(&test, Some(rule(LeaverRule::Fallback))).await;
        let ada = town.portal.sign_in(ADA).await;
        let asked = town.crm.count_calls("/contacts/cases");
        let page = ada.get(&town.page("remove")).await.expect(200);
        assert!(page.body.contains(&town.page("hand-over")), "{}", page.body);
        assert_eq!(town.crm.count_calls("/contacts/cases"), asked, "law 3");
        let text = ada.get(&town.page("hand-over")).await.expect(200).text();
        assert!(
            text.contains("2 open cases go to Ada") && text.contains("CS-1 Crane stops"),
            "{text}"
        );
        assert_eq!(
            town.holders(),
            vec![town.contact(&town.ben).await; 2],
            "GET changes nothing"
        );
        town.remove(&[("reason", "")]).await;
        assert_eq!(town.holders(), vec![town.contact(&town.ada).await; 2]);
        let events = town.audited().await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["to"], town.ada.to_string());
        assert_eq!(events[0]["cases"], json!(["CS-1", "CS-2"]));
        // In words for the organization's own log.
        let log = format!("/organizations/{}/audit", town.acme);
        let text = ada.get(&log).await.expect(200).text();
        assert!(text.contains("2 open cases of"), "{text}");
    })
    .await;
}

/// Removes Ben under a rule, naming Bea; who has the cases then.
async fn taken_by(test: &TestDb, kind: LeaverRule) -> (Town, String) {
    let town = town(test, Some(rule(kind))).await;
    let named = town.bea.to_string();
    town.remove(&[("reason", ""), ("successor", &named)]).await;
    let holders = town.holders();
    assert_eq!(holders[0], holders[1]);
    let holder = holders[0].clone();
    (town, holder)
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_administrator_names_takes_over() {
    each_engine(async |test| {
        let (town, holder) = taken_by(&test, LeaverRule::Named).await;
        assert_eq!(holder, town.contact(&town.bea).await);
        assert_eq!(town.audited().await[0]["to"], town.bea.to_string());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_takes_over_whoever_is_named() {
    each_engine(async |test| {
        let (town, holder) = taken_by(&test, LeaverRule::Queue).await;
        assert_eq!(holder, "q-1");
        assert_eq!(town.audited().await[0]["to"], "Service desk");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_take_over_in_turn() {
    each_engine(async |test| {
        let (town, holder) = taken_by(&test, LeaverRule::RoundRobin).await;
        assert_eq!(holder, town.contact(&town.ada).await);
        let cleo = town
            .portal
            .add_member(&town.acme, "cleo@acme.example", &["orders"])
            .await;
        town.tell().await;
        let contact = town.contact(&cleo).await;
        town.crm.lock().cases = vec![(contact, json!({"number": "CS-3"}))];
        let ada = town.portal.sign_in(ADA).await;
        let page = format!("/organizations/{}/members/{cleo}/remove", town.acme);
        ada.post(&page, &[("reason", "")]).await;
        town.tell().await;
        assert_eq!(town.holders(), [town.contact(&town.bea).await]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_handed_over_without_a_rule_and_nobody_elsewhere_takes() {
    each_engine(async |test| {
        let town = town(&test, None).await;
        let ada = town.portal.sign_in(ADA).await;
        let page = ada.get(&town.page("remove")).await.expect(200);
        assert!(!page.body.contains("hand-over"));
        town.remove(&[("reason", "")]).await;
        assert_eq!(town.holders(), vec![town.contact(&town.ben).await; 2]);
        assert_eq!(town.audited().await, Vec::<Value>::new());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_is_away_is_said_plainly_and_told_later() {
    each_engine(async |test| {
        let town = town(&test, Some(rule(LeaverRule::Fallback))).await;
        let ada = town.portal.sign_in(ADA).await;
        town.crm.fail_next(Fault::Slow(Duration::from_secs(2)));
        let watch = std::time::Instant::now();
        let text = ada.get(&town.page("hand-over")).await.expect(200).text();
        assert!(watch.elapsed() < Duration::from_millis(1_900));
        assert!(
            text.contains("cannot be known right now. If there are, they go to Ada"),
            "{text}"
        );
        // Whatever else waits is told before.
        town.tell().await;
        ada.post(&town.page("remove"), &[("reason", "")]).await;
        // The write arrives, the handing over fails, and both come again.
        town.crm.fail_next(Fault::Slow(Duration::ZERO));
        town.crm.fail_next(Fault::Status(503, None));
        town.tell().await;
        let ben = town.contact(&town.ben).await;
        assert_eq!(town.holders(), vec![ben; 2]);
        assert_eq!(town.audited().await.len(), 0);
        town.portal.clock.advance(Duration::from_secs(3_600));
        town.tell().await;
        assert_eq!(town.holders(), vec![town.contact(&town.ada).await; 2]);
        assert_eq!(town.audited().await.len(), 1);
    })
    .await;
}
