//! A CRM that cannot be read: its last word counts for a time, then by what is wanted.

use std::time::Duration;

use vestibule::{
    crm,
    kernel::ids::OrganizationId,
    settings::{AfterTrust, Settings},
};

use crate::support::{Portal, TestDb, each_engine};

const ADMIN: &str = "aino@a.example";
const BEN: &str = "ben@a.example";
const HOUR: Duration = Duration::from_secs(3_600);

/// A company of an administrator and a buyer, whose CRM was heard just now and never again.
async fn company(test: &TestDb, change: fn(&mut Settings)) -> (Portal, OrganizationId) {
    let portal = Portal::start_with(test, move |settings| {
        settings.access.outage.trusted_hours = 2;
        change(settings);
    })
    .await;
    let company = portal.add_customer("A Oy").await;
    portal.add_member(&company, ADMIN, &["admin"]).await;
    portal.add_member(&company, BEN, &["orders"]).await;
    portal
        .execute(
            "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error)
             SELECT 'crm', 'changes', 'here', created_at, '' FROM organizations",
        )
        .await;
    (portal, company)
}

/// What forward-auth, the home page and the people's page answer.
async fn answers(portal: &Portal, company: &OrganizationId) -> [u16; 3] {
    let (ben, admin) = (portal.sign_in(BEN).await, portal.sign_in(ADMIN).await);
    let asked = ben.get("/forward-auth?service=shop").await;
    let overview = format!("/home/overview?organization={company}");
    let page = ben.get(&overview).await;
    let people = admin
        .get(&format!("/organizations/{company}/members"))
        .await;
    [asked.status, page.status, people.status].map(|status| status.as_u16())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_taken_out_of_the_settings_goes_silent_aloud() {
    each_engine(async |test| {
        let (portal, _) = company(&test, |_| ()).await;
        portal
            .execute("UPDATE crm_cursors SET connection = 'former'")
            .await;
        notice(&portal).await;
        assert!(portal.audited("connection.silent").await.is_empty());
        portal.clock.advance(HOUR * 2);
        notice(&portal).await;
        let noted = portal.audited("connection.silent").await;
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0].1["connection"], "former");
    })
    .await;
}

async fn notice(portal: &Portal) {
    let cx = portal.state.world.system("crm");
    crm::notice_silence(&portal.state.db, &cx, &portal.state.settings)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_the_last_word_counts_on_and_pages_say_how_old_it_is() {
    each_engine(async |test| {
        let (portal, company) = company(&test, |_| ()).await;
        assert_eq!(answers(&portal, &company).await, [200, 200, 200]);
        let ben = portal.sign_in(BEN).await;
        let silent = "have not been reachable since";
        assert!(!ben.get("/home").await.text().contains(silent));
        portal.clock.advance(HOUR * 2);
        let ben = portal.sign_in(BEN).await;
        assert!(ben.get("/home").await.expect(200).text().contains(silent));
        assert_eq!(answers(&portal, &company).await, [200, 200, 200]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_closes_by_its_setting_and_opens_when_the_crm_is_heard() {
    each_engine(async |test| {
        let (portal, company) = company(&test, |settings| {
            settings.access.outage.pages = AfterTrust::Open;
            settings.access.outage.administration = AfterTrust::Closed;
            settings.access.outage.closed_services = vec!["shop".to_owned()];
        })
        .await;
        portal.clock.advance(HOUR);
        assert_eq!(answers(&portal, &company).await, [200, 200, 200]);
        notice(&portal).await;
        assert!(portal.audited("connection.silent").await.is_empty());
        portal.clock.advance(HOUR);
        assert_eq!(answers(&portal, &company).await, [403, 200, 403]);
        let ben = portal.sign_in(BEN).await;
        let why = ben.get("/why").await.expect(200);
        assert!(
            why.text().contains("too long to rely on what they said"),
            "{}",
            why.text()
        );
        for _ in 0..2 {
            notice(&portal).await;
        }
        let noted = portal.audited("connection.silent").await;
        assert_eq!(noted.len(), 1, "{noted:?}");
        assert_eq!(noted[0].1["administration"], "closed");
        assert_eq!(noted[0].1["pages"], "open");
        // Another connection's feed says nothing about this one.
        portal
            .execute(
                "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error)
                 VALUES ('other', 'changes', '', 9000000000000000, '')",
            )
            .await;
        assert_eq!(answers(&portal, &company).await, [403, 200, 403]);
        portal
            .execute(
                "UPDATE crm_cursors SET fetched_at = 9000000000000000 WHERE connection = 'crm'",
            )
            .await;
        assert_eq!(answers(&portal, &company).await, [200, 200, 200]);
        notice(&portal).await;
        assert_eq!(portal.audited("connection.heard_again").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_hours_trust_the_last_word_for_ever() {
    each_engine(async |test| {
        let (portal, company) = company(&test, |settings| {
            settings.access.outage.trusted_hours = 0;
            settings.access.outage.services = AfterTrust::Closed;
            settings.access.outage.pages = AfterTrust::Closed;
        })
        .await;
        portal.clock.advance(HOUR * 24 * 400);
        assert_eq!(answers(&portal, &company).await, [200, 200, 200]);
        notice(&portal).await;
        assert!(portal.audited("connection.silent").await.is_empty());
    })
    .await;
}
