//! Operators look people up, end their sessions, keep them out and let them in again.

use vestibule::on;

use crate::support::{
    Portal, TestDb, each_engine,
    portal::{OPERATOR, REP},
};

const AINO: &str = "aino@kuusi.example";
const BEN: &str = "ben@kuusi.example";
const PLACE: &str = "/operations/people";

/// What the CRM was told of Ben last: status and why.
async fn told(test: &TestDb) -> (String, String) {
    let mut conn = test.db.read().await.unwrap();
    let (payload,): (String,) = on!(conn, |c| sqlx::query_as(
        "SELECT c.payload FROM deliveries d JOIN changes c ON c.id = d.change_id
         WHERE d.kind = 'membership_changed' ORDER BY d.seq DESC LIMIT 1"
    )
    .fetch_one(c)
    .await)
    .unwrap();
    let fact: serde_json::Value = serde_json::from_str(&payload).unwrap();
    let text = |name: &str| fact[name].as_str().unwrap().to_owned();
    (text("status"), text("because"))
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_kept_out_and_let_in_again() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let kuusi = portal.add_customer("Kuusi Oy").await;
        portal.add_member(&kuusi, AINO, &["admin"]).await;
        portal.add_member(&kuusi, BEN, &["orders"]).await;
        let ben = portal.sign_in(BEN).await;
        let olli = portal.sign_in(OPERATOR).await;
        let page = olli.open(&format!("{PLACE}?q=BEN%40kuusi.example")).await;
        let text = page.expect(200).text();
        for words in [BEN, "Kuusi Oy", "Orders spare parts", "May sign in"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let page = olli.open(&format!("{PLACE}?q=ben%40kuusi.example")).await;
        let page = olli.open(&page.link("Keep out")).await.expect(200);
        let form = page.form("/keep-out");
        let unsaid = olli.press(&page, &form).await.expect(422);
        assert!(unsaid.text().contains("Enter a reason"));
        let form = form.with("reason", "Stolen account");
        let page = olli.press(&page, &form).await.expect(200);
        assert!(page.text().contains("Kept out"), "{}", page.text());
        // The open session is gone, and a new one does not begin.
        ben.get("/home").await.expect(303);
        let again = portal.browser();
        again.sign_in_as(BEN).await;
        assert!(!again.is_signed_in());
        assert_eq!(
            told(&test).await,
            ("suspended".into(), "person.suspended".into())
        );
        let noted = portal.audited("person.suspended").await;
        assert_eq!(noted[0].1["reason"], "Stolen account");
        let form = page.form("/let-in");
        let page = olli.press(&page, &form).await.expect(200);
        assert!(page.text().contains("May sign in"), "{}", page.text());
        assert_eq!(
            told(&test).await,
            ("active".into(), "person.restored".into())
        );
        let back = portal.sign_in(BEN).await;
        let page = olli.open(&format!("{PLACE}?q=ben%40kuusi.example")).await;
        let forms = page.forms();
        let theirs = forms
            .into_iter()
            .find(|form| form.action.starts_with(PLACE) && form.action.ends_with("/sign-out"));
        olli.press(&page, &theirs.unwrap()).await.expect(200);
        back.get("/home").await.expect(303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_of_an_organization_is_not_kept_out() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let kuusi = portal.add_customer("Kuusi Oy").await;
        portal.add_member(&kuusi, AINO, &["admin"]).await;
        let olli = portal.sign_in(OPERATOR).await;
        let page = olli.open(&format!("{PLACE}?q=aino%40kuusi.example")).await;
        let page = olli.open(&page.link("Keep out")).await.expect(200);
        let form = page.form("/keep-out").with("reason", "Stolen account");
        let page = olli.press(&page, &form).await.expect(422);
        assert!(
            page.text().contains("Nobody else runs Kuusi Oy"),
            "{}",
            page.text()
        );
        portal.add_member(&kuusi, BEN, &["admin"]).await;
        olli.press(&page, &form).await.expect(200);
        // Now the other one is the last.
        let page = olli.open(&format!("{PLACE}?q=ben%40kuusi.example")).await;
        let page = olli.open(&page.link("Keep out")).await.expect(200);
        olli.press(&page, &page.form("/keep-out").with("reason", "x"))
            .await
            .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_see_the_page() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let kuusi = portal.add_customer("Kuusi Oy").await;
        portal.add_member(&kuusi, AINO, &["admin"]).await;
        let aino = portal.sign_in(AINO).await;
        aino.get(PLACE).await.expect(404);
        let rep = portal.sign_in(REP).await;
        rep.get(PLACE).await.expect(403);
        let olli = portal.sign_in(OPERATOR).await;
        let text = olli
            .open(&format!("{PLACE}?q=nobody%40x.example"))
            .await
            .text();
        assert!(text.contains("Nobody has this address"), "{text}");
        let text = olli.open(&format!("{PLACE}?q=nobody")).await.text();
        assert!(text.contains("Enter a whole address"), "{text}");
        let someone = format!("{PLACE}/per_00000000000000000000000000/keep-out");
        olli.get(&someone).await.expect(404);
        olli.get(&format!("{PLACE}/x/keep-out")).await.expect(404);
    })
    .await;
}
