//! A CRM without a licence for the portal: colleagues lend their own credential for a while.

mod race;
mod rights;
mod secrecy;
mod vendors;

use std::time::Duration;

use serde_json::Value;
use vestibule::{
    crm::port::{Account, Record},
    kernel::ids::OrganizationId,
    on, operations,
    settings::{ConnectionSettings, CredentialSource},
};

use crate::support::{
    Portal, TestDb,
    browser::{Browser, Page},
    crm_stand_in::{Fault, StandIn},
    each_engine,
    letters::letters,
    portal::{DESK, OPERATOR, REP},
};

const PAGE: &str = "/operations/connections/crm/credential";
const WIPE: &str = "/operations/connections/crm/credential/wipe";
const TOKEN: &str = "robins-own-token-7f3a";

/// The connection of a stand-in, without a credential.
pub(crate) fn borrowed(crm: &StandIn, batch: u32) -> ConnectionSettings {
    let mut settings = crm.settings();
    settings.key = "crm".to_owned();
    settings.name = "Ledger CRM".to_owned();
    settings.token = None;
    settings.credential = CredentialSource::Borrowed;
    settings.batch = batch;
    settings
}

/// A portal with one CRM that borrows, a stand-in that knows Robin's token, and a customer there.
pub(crate) async fn scene(test: &TestDb, batch: u32) -> (Portal, StandIn, OrganizationId) {
    let crm = StandIn::start().await;
    crm.lock().tokens.insert(TOKEN.to_owned());
    let settings = borrowed(&crm, batch);
    let portal = Portal::start_with(test, move |all| all.connections = vec![settings]).await;
    let organization = portal.add_customer("Kuusi Oy").await;
    let mut conn = test.db.read().await.unwrap();
    let account: String = on!(conn, |c| sqlx::query_scalar(
        "SELECT crm_account_id FROM organizations WHERE id = $1"
    )
    .bind(&organization)
    .fetch_one(c)
    .await)
    .unwrap();
    crm.lock().records.put(Record::Account(Account {
        id: account,
        ..Account::default()
    }));
    (portal, crm, organization)
}

pub(crate) async fn join(portal: &Portal, organization: &OrganizationId, names: &[&str]) {
    for name in names {
        let email = format!("{name}@kuusi.example");
        portal.add_member(organization, &email, &["reader"]).await;
    }
}

pub(crate) async fn lend(who: &Browser, token: &str, hours: &str, uses: &str) -> Page {
    let fields = [("secret", token), ("hours", hours), ("uses", uses)];
    who.post(PAGE, &fields).await
}

/// Rows of the connection in a state, their attempts, attempts on record.
async fn waiting(portal: &Portal) -> (i64, i64, i64) {
    let count =
        "SELECT count(*) FROM deliveries WHERE destination = 'crm:crm' AND state = 'waiting'";
    let attempts = "SELECT CAST(COALESCE(sum(attempts), 0) AS BIGINT) FROM deliveries WHERE destination = 'crm:crm' AND state = 'waiting'";
    let dead = "SELECT count(*) FROM deliveries WHERE state IN ('dead', 'review')";
    (
        portal.count(count).await,
        portal.count(attempts).await,
        portal.count(dead).await,
    )
}

/// What was written so far, by the token it was written with.
pub(crate) fn written(crm: &StandIn) -> Vec<String> {
    let inner = crm.lock();
    let writes = inner.by.iter().filter(|(path, _)| path == "/writes");
    writes.map(|(_, token)| token.clone()).collect()
}

/// How credentials ended, oldest first.
pub(crate) async fn endings(portal: &Portal) -> Vec<String> {
    let wiped = portal.audited("credential.wiped").await;
    let because = |(_, detail): &(String, Value)| detail["because"].as_str().unwrap().to_owned();
    wiped.iter().map(because).collect()
}

const KEPT: &str = "SELECT count(*) FROM credentials WHERE secret <> ''";

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_out_as_soon_as_a_colleague_lends() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        join(&portal, &organization, &["ada", "ben", "eve"]).await;
        for _ in 0..5 {
            assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
            portal.clock.advance(Duration::from_secs(86_400));
        }
        assert_eq!(waiting(&portal).await, (3, 0, 0), "no attempt was made");
        assert_eq!(
            portal.count("SELECT count(*) FROM delivery_attempts").await,
            0
        );
        assert!(portal.state.crm.catch_up("crm").await.is_err());
        let refused =
            "SELECT count(*) FROM tasks WHERE kind IN ('credentials_refused', 'feed_unreadable')";
        assert_eq!(portal.count(refused).await, 0, "nothing is broken");
        assert!(crm.lock().by.is_empty());

        let rep = portal.sign_in(REP).await;
        let console = rep.get("/sales").await.expect(200);
        assert!(
            console.text().contains("3 changes wait for a credential"),
            "{}",
            console.text()
        );
        let page = rep.get(PAGE).await.expect(200);
        for words in [
            "A credential for Ledger CRM",
            "3 changes wait",
            "in your name",
            "overwritten",
            "Reading takes no use",
        ] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        lend(&rep, TOKEN, "4", "10").await.expect(303);
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 3);
        assert_eq!(waiting(&portal).await, (0, 0, 0));
        assert_eq!(written(&crm), [TOKEN], "one call, with what was lent");
        let authors: Vec<String> = crm
            .lock()
            .records
            .log
            .iter()
            .map(|it| it.2.clone())
            .collect();
        assert_eq!(authors.len(), 3);
        assert!(
            authors.iter().all(|author| author == "Customer portal"),
            "{authors:?}"
        );

        portal.clock.advance(Duration::from_secs(61));
        let page = rep.get(PAGE).await.expect(200);
        assert!(page.text().contains("3:58:59"), "{}", page.text());
        assert!(page.text().contains("9 of 10 uses left"), "{}", page.text());
        let ops = portal.sign_in(OPERATOR).await;
        let list = ops.get("/operations/connections").await.expect(200);
        assert!(list.text().contains("3:58:59") && list.text().contains("9 of 10 uses left"));
        let console = rep.get("/sales").await.expect(200);
        assert!(console.text().contains("9 of 10 uses left"));

        // There is one at a time; an operator may wipe it, and then nothing is left of it.
        let second = lend(&ops, TOKEN, "4", "10").await.expect(422);
        assert!(second.text().contains("lends a credential already"));
        ops.post(WIPE, &[]).await.expect(303);
        assert_eq!(portal.count(KEPT).await, 0);
        assert_eq!(endings(&portal).await, ["wiped"]);
        let page = ops.get(PAGE).await.expect(200);
        assert!(
            page.text()
                .contains("A colleague wiped the credential of Rep"),
            "{}",
            page.text()
        );
        join(&portal, &organization, &["flo"]).await;
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
        assert_eq!(waiting(&portal).await, (1, 0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_crm_does_not_accept_is_not_kept() {
    each_engine(async |test| {
        let (portal, crm, _) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        let wrong = "somebody-elses-token";
        let page = lend(&rep, wrong, "4", "0").await.expect(422);
        assert!(
            page.text().contains("The CRM does not accept it"),
            "{}",
            page.text()
        );
        assert!(!page.body.contains(wrong), "what was typed comes back");
        crm.fail_next(Fault::Status(503, None));
        let page = lend(&rep, TOKEN, "4", "0").await.expect(422);
        assert!(page.text().contains("gave no answer"), "{}", page.text());
        for (token, hours, uses) in [
            ("", "4", "0"),
            ("two\nlines", "4", "0"),
            (TOKEN, "25", "0"),
            (TOKEN, "168", "0"),
            (TOKEN, "", "0"),
            (TOKEN, "4", "-1"),
            (TOKEN, "4", "7"),
        ] {
            lend(&rep, token, hours, uses).await.expect(422);
        }
        assert_eq!(portal.count("SELECT count(*) FROM credentials").await, 0);
        assert!(portal.audited("credential.lent").await.is_empty());
        assert!(written(&crm).is_empty(), "trying it writes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn others_find_nothing_here() {
    each_engine(async |test| {
        let crm = StandIn::start().await;
        crm.lock().tokens.insert(TOKEN.to_owned());
        let (mut lent, mut own) = (borrowed(&crm, 100), crm.settings());
        own.key = "other".to_owned();
        lent.credential_lenders = vec![vestibule::settings::StaffRole::Operator];
        let portal = Portal::start_with(&test, move |all| all.connections = vec![lent, own]).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal
            .add_member(&organization, "ada@kuusi.example", &["admin"])
            .await;
        let ops = portal.sign_in(OPERATOR).await;
        ops.get(PAGE).await.expect(200);
        for connection in ["other", "nobody", "..", "crm%2F"] {
            let page = format!("/operations/connections/{connection}/credential");
            ops.get(&page).await.expect(404);
            ops.post(&page, &[("secret", TOKEN), ("hours", "4"), ("uses", "0")])
                .await
                .expect(404);
            ops.post(&format!("{page}/wipe"), &[]).await.expect(404);
        }
        lend(&ops, TOKEN, "4", "0").await.expect(303);
        for (who, status) in [(REP, 404), (DESK, 403), ("ada@kuusi.example", 404)] {
            let browser = portal.sign_in(who).await;
            browser.get(PAGE).await.expect(status);
            lend(&browser, TOKEN, "4", "0").await.expect(status);
            browser.post(WIPE, &[]).await.expect(status);
        }
        assert_eq!(portal.browser().post(WIPE, &[]).await.status, 401);
        assert_eq!(portal.count(KEPT).await, 1, "nobody else could wipe it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_takes_back_their_own_and_no_other() {
    each_engine(async |test| {
        let (portal, _crm, _) = scene(&test, 100).await;
        let (rep, ops) = (portal.sign_in(REP).await, portal.sign_in(OPERATOR).await);
        lend(&ops, TOKEN, "4", "0").await.expect(303);
        let page = rep.get(PAGE).await.expect(200);
        assert!(!page.body.contains(WIPE), "no button that does nothing");
        rep.post(WIPE, &[]).await.expect(404);
        assert_eq!(portal.count(KEPT).await, 1);
        ops.post(WIPE, &[]).await.expect(303);
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        rep.post(WIPE, &[]).await.expect(303);
        assert_eq!(endings(&portal).await, ["taken_back", "taken_back"]);
        rep.post(WIPE, &[]).await.expect(303);
        assert_eq!(endings(&portal).await.len(), 2, "again changes nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_end_what_is_under_way_arrives_and_the_rest_waits() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 1).await;
        join(&portal, &organization, &["ada", "ben", "eve"]).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "1", "0").await.expect(303);
        crm.fail_next(Fault::Slow(Duration::from_millis(600)));
        let draining = portal.state.outbox.drain();
        let later = async {
            while crm.count_calls("/writes") == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            portal.clock.advance(Duration::from_secs(3_600));
        };
        let (drained, ()) = tokio::join!(draining, later);
        assert_eq!(drained.unwrap(), 1);
        assert_eq!(
            waiting(&portal).await,
            (2, 0, 0),
            "no attempt of the rest was made"
        );
        assert_eq!(written(&crm).len(), 1);
        portal.state.crm.keep_borrowed().await.unwrap();
        assert_eq!(portal.count(KEPT).await, 0);
        assert_eq!(endings(&portal).await, ["expired"]);

        let rep = portal.sign_in(REP).await;
        let page = rep.get(PAGE).await.expect(200);
        assert!(page.text().contains("its time was over"), "{}", page.text());
        lend(&rep, TOKEN, "1", "0").await.expect(303);
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 2);
        assert_eq!(written(&crm).len(), 3, "each once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_crm_refuses_is_wiped_and_nothing_fails() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 1).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        join(&portal, &organization, &["ada", "ben"]).await;
        crm.lock().tokens.clear();
        portal.state.outbox.drain().await.unwrap();
        assert_eq!(waiting(&portal).await, (2, 0, 0));
        assert_eq!(portal.count(KEPT).await, 0);
        assert_eq!(endings(&portal).await, ["refused"]);
        let broken = "SELECT count(*) FROM destinations WHERE strikes > 0 OR paused_until IS NOT NULL OR last_failure_at IS NOT NULL";
        assert_eq!(portal.count(broken).await, 0, "no outage");
        assert_eq!(portal.count("SELECT count(*) FROM tasks WHERE kind = 'credentials_refused'").await, 0);
        // Reading finds out as well.
        crm.lock().tokens.insert(TOKEN.to_owned());
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        crm.lock().tokens.clear();
        assert!(portal.state.crm.catch_up("crm").await.is_err());
        assert_eq!(endings(&portal).await, ["refused", "refused"]);
        assert_eq!(portal.count("SELECT count(*) FROM tasks WHERE kind = 'feed_unreadable'").await, 0);
        crm.lock().tokens.insert(TOKEN.to_owned());
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 2);
        assert_eq!(crm.lock().records.log.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_staff_lends_nothing_any_more() {
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 100).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        join(&portal, &organization, &["ada"]).await;
        portal
            .execute(
                "UPDATE persons SET status = 'suspended' WHERE email_key = 'rep@nordwind.example'",
            )
            .await;
        assert_eq!(
            portal.state.outbox.drain().await.unwrap(),
            0,
            "from that moment on"
        );
        portal.state.crm.keep_borrowed().await.unwrap();
        assert_eq!(
            (portal.count(KEPT).await, endings(&portal).await),
            (0, vec!["lender_left".to_owned()])
        );
        portal
            .execute(
                "UPDATE persons SET status = 'active' WHERE email_key = 'rep@nordwind.example'",
            )
            .await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);

        // The next start without Robin in the list.
        let settings = borrowed(&crm, 100);
        let portal = Portal::start_with(&test, move |all| {
            all.connections = vec![settings];
            all.staff.retain(|staff| staff.email.key() != REP);
        })
        .await;
        assert_eq!(portal.state.outbox.drain().await.unwrap(), 0);
        portal.state.crm.keep_borrowed().await.unwrap();
        assert_eq!(portal.count(KEPT).await, 0);
        assert!(written(&crm).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_are_asked_once_a_day() {
    each_engine(async |test| {
        let (portal, _crm, organization) = scene(&test, 100).await;
        let ask = async || operations::ask_for_credentials(&portal.state).await.unwrap();
        assert_eq!(ask().await, 0, "nothing waits");
        join(&portal, &organization, &["ada"]).await;
        assert_eq!((ask().await, ask().await), (1, 0));
        let told = letters(&test.db, &test.world.keys, "credential_wanted").await;
        let mut to: Vec<&str> = told.iter().map(|(to, _)| to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, [OPERATOR, REP]);
        assert!(told[0].1.contains(PAGE), "{}", told[0].1);
        assert!(!operations::write_to_operators(&portal.state).await.unwrap(), "no second letter about it");
        let ops = portal.sign_in(OPERATOR).await;
        let overview = ops.get("/operations").await.expect(200);
        assert!(overview.text().contains("Changes wait for a CRM credential"), "{}", overview.text());
        // Lent, used up and missing again on the same day: nobody is written to a second time.
        lend(&ops, TOKEN, "4", "1").await.expect(303);
        assert_eq!(portal.count("SELECT count(*) FROM tasks WHERE kind = 'credential_missing' AND closed_at IS NULL").await, 0);
        portal.state.outbox.drain().await.unwrap();
        join(&portal, &organization, &["ben"]).await;
        assert_eq!(ask().await, 0);
        assert_eq!(portal.count("SELECT count(*) FROM tasks WHERE kind = 'credential_missing' AND closed_at IS NULL").await, 1);
        portal.clock.advance(Duration::from_secs(86_400));
        assert_eq!((ask().await, ask().await), (1, 0));
    })
    .await;
}
