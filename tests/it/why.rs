//! `/why` about oneself and about others: who may ask, and that it is the truth.

use crate::support::{Portal, each_engine, portal::REP};

const ADMIN: &str = "aino@a.example";
const BEN: &str = "ben@a.example";
const OTTO: &str = "otto@other.example";

#[tokio::test(flavor = "multi_thread")]
async fn staff_ask_about_anybody_and_admins_about_their_own() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let company = portal.add_customer("A Oy").await;
        let other = portal.add_customer("Other Oy").await;
        portal.add_member(&company, ADMIN, &["admin"]).await;
        portal.add_member(&company, BEN, &["orders"]).await;
        portal.add_member(&other, BEN, &["orders"]).await;
        portal.add_member(&other, OTTO, &["admin"]).await;
        let ben = portal.add_person(BEN).await;
        let about = format!("/why?person={ben}");

        let rep = portal.sign_in(REP).await;
        let page = rep.get(&about).await.expect(200);
        let text = page.text();
        assert!(text.contains("A Oy") && text.contains("Other Oy"), "{text}");
        assert!(text.contains("Can use this"), "{text}");
        assert!(!text.contains("You can"), "{text}");

        let admin = portal.sign_in(ADMIN).await;
        let page = admin.get(&about).await.expect(200);
        let text = page.text();
        assert!(text.contains("A Oy"), "{text}");
        assert!(
            !text.contains("Other Oy"),
            "another tenant's membership is shown"
        );

        // A colleague without the duty, and nobody, are answered alike.
        let colleague = portal.sign_in(BEN).await;
        let aino = portal.add_person(ADMIN).await;
        colleague
            .get(&format!("/why?person={aino}"))
            .await
            .expect(404);
        let unknown = "/why?person=per_01234567890123456789012345";
        for browser in [&rep, &admin, &colleague] {
            browser.get(unknown).await.expect(404);
            browser.get("/why?person=nonsense").await.expect(404);
        }
        let otto = portal.sign_in(OTTO).await;
        otto.get(&format!("/why?person={aino}")).await.expect(404);
        // Oneself by id is oneself.
        let own = colleague.get(&about).await.expect(200);
        assert!(own.text().contains("Your access, step by step"));

        portal
            .execute("UPDATE contracts SET status = 'suspended'")
            .await;
        let page = rep.get(&about).await.expect(200);
        let text = page.text();
        assert!(text.contains("is on hold"), "{text}");
        assert!(
            text.contains("can change this: it depends on what is agreed"),
            "{text}"
        );
        // The admin runs nothing while the contract is on hold.
        admin.get(&about).await.expect(404);
    })
    .await;
}
