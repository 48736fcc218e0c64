//! The organization's settings, signing people out, and until when a member has access.

use std::time::Duration;

use vestibule::{
    kernel::{
        Instant,
        ids::{MembershipId, OrganizationId},
    },
    organizations::{self, InvitePolicy},
};

use crate::support::{Portal, TestDb, each_engine};

const AINO: &str = "aino@kuusi.example";
const BEN: &str = "ben@kuusi.example";
const OTTO: &str = "otto@other.example";
const DAY: Duration = Duration::from_secs(86_400);

struct Town {
    portal: Portal,
    kuusi: OrganizationId,
    aino: MembershipId,
    ben: MembershipId,
}

async fn town(test: &TestDb) -> Town {
    let portal = Portal::start(test).await;
    let kuusi = portal.add_customer("Kuusi Oy").await;
    let other = portal.add_customer("Other Oy").await;
    let aino = portal.add_member(&kuusi, AINO, &["admin"]).await;
    let ben = portal.add_member(&kuusi, BEN, &["orders"]).await;
    portal.add_member(&other, OTTO, &["admin"]).await;
    Town {
        portal,
        kuusi,
        aino,
        ben,
    }
}

impl Town {
    fn path(&self, rest: &str) -> String {
        format!("/organizations/{}/{rest}", self.kuusi)
    }

    fn of_ben(&self, rest: &str) -> String {
        self.path(&format!("members/{}/{rest}", self.ben))
    }

    async fn end_of_ben(&self, test: &TestDb) -> Option<Instant> {
        let mut conn = test.db.read().await.unwrap();
        let found = organizations::find_membership(&mut conn, &self.kuusi, &self.ben).await;
        found.unwrap().unwrap().ends_at
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_decides_who_may_accept_and_who_joins() {
    each_engine(async |test| {
        let town = town(&test).await;
        let aino = town.portal.sign_in(AINO).await;
        let here = town.path("settings");
        let page = aino.open(&here).await.expect(200);
        assert_eq!(page.h1(), "Settings");
        let form = page.form(&here);
        assert_eq!(form.field("invite"), Some("strict"));
        assert_eq!(form.field("join"), Some("approval"));
        let page = aino.press(&page, &form.with("invite", "same_domain")).await;
        assert!(page.text().contains("The settings are saved."));
        let mut conn = test.db.read().await.unwrap();
        let stored = organizations::find(&mut conn, &town.kuusi).await.unwrap();
        assert_eq!(stored.unwrap().invite_policy, InvitePolicy::SameDomain);
        drop(conn);
        let changed = town
            .portal
            .audited("organization.invite_policy_changed")
            .await;
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].1["before"], "strict");
        assert_eq!(changed[0].1["after"], "same_domain");
        assert_eq!(
            town.portal
                .audited("organization.join_policy_changed")
                .await,
            []
        );
        // The same again changes nothing, nonsense is asked about.
        let same = [("invite", "same_domain"), ("join", "approval")];
        aino.post(&here, &same).await.expect(303);
        assert_eq!(
            town.portal
                .audited("organization.invite_policy_changed")
                .await
                .len(),
            1
        );
        let page = aino
            .post(&here, &[("invite", "everybody")])
            .await
            .expect(422);
        assert!(page.text().contains("Select who may accept an invitation"));
        let told = aino.open(&town.path("audit")).await.expect(200).text();
        assert!(
            told.contains("allowed any address of the same domain"),
            "{told}"
        );
        // Whoever does not run the organization does not.
        let ben = town.portal.sign_in(BEN).await;
        ben.get(&here).await.expect(403);
        ben.post(&here, &same).await.expect(403);
        let otto = town.portal.sign_in(OTTO).await;
        otto.get(&here).await.expect(404);
        otto.post(&here, &same).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_signs_a_member_out_everywhere() {
    each_engine(async |test| {
        let town = town(&test).await;
        let aino = town.portal.sign_in(AINO).await;
        let (one, two) = (
            town.portal.sign_in(BEN).await,
            town.portal.sign_in(BEN).await,
        );
        let page = aino
            .open(&town.path(&format!("members/{}", town.ben)))
            .await;
        assert!(page.text().contains("Last here"), "{}", page.text());
        let page = aino
            .open(&page.link("Sign out everywhere"))
            .await
            .expect(200);
        let page = aino.press(&page, &page.form("/sign-out")).await.expect(200);
        assert!(
            page.text().contains("Signed out of 2 browsers."),
            "{}",
            page.text()
        );
        for browser in [&one, &two] {
            let page = browser.get("/home").await.expect(303);
            assert!(page.path_of_location().starts_with("/sign-in"));
        }
        let noted = town.portal.audited("membership.signed_out").await;
        assert_eq!(noted[0].1["ended"], 2);
        // They may come back; another organization's admin cannot do it.
        town.portal.sign_in(BEN).await;
        let otto = town.portal.sign_in(OTTO).await;
        otto.post(&town.of_ben("sign-out"), &[]).await.expect(404);
        let ben = town.portal.sign_in(BEN).await;
        let of_aino = town.path(&format!("members/{}/sign-out", town.aino));
        ben.post(&of_aino, &[]).await.expect(403);
        aino.get("/home").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_of_an_organization_is_signed_out_but_for_who_asks() {
    each_engine(async |test| {
        let town = town(&test).await;
        let (aino, elsewhere) = (
            town.portal.sign_in(AINO).await,
            town.portal.sign_in(AINO).await,
        );
        let ben = town.portal.sign_in(BEN).await;
        let otto = town.portal.sign_in(OTTO).await;
        let page = aino.open(&town.path("settings")).await.expect(200);
        let text = page.text();
        assert!(
            text.contains("Signed in now") && text.contains(BEN),
            "{text}"
        );
        assert!(!text.contains(OTTO), "{text}");
        let page = aino
            .open(&page.link("Sign everybody out"))
            .await
            .expect(200);
        let page = aino.press(&page, &page.form("/sign-out")).await.expect(200);
        assert!(
            page.text().contains("Signed out of 2 browsers."),
            "{}",
            page.text()
        );
        aino.get("/home").await.expect(200);
        otto.get("/home").await.expect(200);
        for browser in [&ben, &elsewhere] {
            browser.get("/home").await.expect(303);
        }
        let noted = town.portal.audited("organization.signed_out").await;
        assert_eq!(noted[0].1["ended"], 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_ends_with_the_day_that_was_typed() {
    each_engine(async |test| {
        let town = town(&test).await;
        town.portal
            .execute("UPDATE persons SET time_zone = 'Europe/Helsinki'")
            .await;
        let aino = town.portal.sign_in(AINO).await;
        let here = town.of_ben("dates");
        let ben = town.portal.sign_in(BEN).await;
        ben.get("/services").await.expect(200);
        let page = aino.open(&here).await.expect(200);
        let form = page.form(&here);
        let last = test.world.clock.now().plus(DAY * 3);
        let zone = vestibule::web::dates::zone("Europe/Helsinki");
        let day = vestibule::web::dates::last_day_field(&zone, last);
        let page = aino
            .press(&page, &form.with("until", &day))
            .await
            .expect(200);
        assert!(
            page.text().contains("The end of access is saved."),
            "{}",
            page.text()
        );
        let end = town.end_of_ben(&test).await.unwrap();
        assert_eq!(vestibule::web::dates::end_of_day(&zone, &day), Some(end));
        let page = aino.open(&here).await.expect(200);
        assert_eq!(page.form(&here).field("until"), Some(day.as_str()));
        for (typed, said) in [
            ("3 November", "Enter a day"),
            ("2020-01-01", "today or later"),
        ] {
            let page = aino.post(&here, &[("until", typed)]).await.expect(422);
            assert!(page.text().contains(said), "{}", page.text());
            assert_eq!(page.form(&here).field("until"), Some(typed));
        }
        // The last admin keeps running the organization (law 7).
        let own = town.path(&format!("members/{}/dates", town.aino));
        let page = aino.post(&own, &[("until", &day)]).await.expect(422);
        assert!(
            page.text().contains("Nobody else runs the account"),
            "{}",
            page.text()
        );
        ben.post(&here, &[("until", "")]).await.expect(403);
        let otto = town.portal.sign_in(OTTO).await;
        otto.get(&here).await.expect(404);
        aino.post(&here, &[("until", "")]).await.expect(303);
        assert_eq!(town.end_of_ben(&test).await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_invitations_leads_to_the_people_who_are_invited() {
    each_engine(async |test| {
        let town = town(&test).await;
        let aino = town.portal.sign_in(AINO).await;
        let page = aino.get(&town.path("invitations")).await.expect(303);
        let to = page.location().unwrap();
        assert_eq!(to.path(), town.path("members"));
        assert_eq!(to.query(), Some("status=invited"));
        let ben = town.portal.sign_in(BEN).await;
        ben.get(&town.path("invitations")).await.expect(403);
    })
    .await;
}
