//! What the invitee sees and does, through the real router, the real provider, real HTTP.

use std::time::Duration;

use vestibule::{
    invitations::{self, Account, Resend, Revoke, State, Way},
    kernel::LinkSecret,
};

use super::{dump::dump, town::Town};
use crate::support::{Portal, TestDb, browser::Page, each_engine};

async fn start(test: &std::sync::Arc<TestDb>) -> (Portal, Town) {
    let portal = Portal::start(test).await;
    let town = Town::of(test, &portal).await;
    (portal, town)
}

async fn invited(town: &Town, email: &str) -> (invitations::Invitation, LinkSecret) {
    let created = town.create(town.offer(email, &["reader"])).await.unwrap();
    let invitations::Created::Queued(invitation) = created else {
        panic!("{created:?}")
    };
    let secret = town.newest_link(email).await;
    (*invitation, secret)
}

fn link(secret: &LinkSecret) -> String {
    format!("/i/{}", secret.expose())
}

fn header<'p>(page: &'p Page, name: &str) -> &'p str {
    page.headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

fn is_private(page: &Page) {
    assert_eq!(
        header(page, "referrer-policy"),
        "no-referrer",
        "{}",
        page.url
    );
    assert_eq!(header(page, "cache-control"), "no-store", "{}", page.url);
    assert!(
        header(page, "x-robots-tag").contains("noindex"),
        "{}",
        page.url
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_accepts_through_the_provider_and_is_in() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (invitation, secret) = invited(&town, "ben@kuusi.example").await;
        let browser = portal.browser();
        let moved = browser.get(&link(&secret)).await.expect(303);
        is_private(&moved);
        assert_eq!(moved.location().unwrap().path(), "/invitation");
        let page = browser.follow(moved).await.expect(200);
        is_private(&page);
        assert_eq!(page.h1(), "You are invited");
        let text = page.text();
        for shown in [
            "Aino Virtanen",
            "Kuusi Oy",
            "b•••@kuusi.example",
            "Reads manuals",
            "UTC",
            "aino@kuusi.example",
        ] {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        assert!(!text.contains("ben@kuusi.example"), "the address is masked");
        assert!(!page.body.contains(secret.expose()));
        assert_eq!(
            town.find(&invitation).await.state,
            State::Live(invitations::Live::Queued)
        );

        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        assert!(
            at_provider
                .url
                .query()
                .unwrap()
                .contains("login_hint=ben%40kuusi.example")
        );
        assert_eq!(town.told(&invitation).await, ["queued", "opened"]);
        let back = browser
            .pick(&at_provider, "ben@kuusi.example")
            .await
            .expect(200);
        assert_eq!(back.path(), "/invitation");
        assert!(
            back.text()
                .contains("You are signed in as ben@kuusi.example")
        );
        assert!(!browser.is_signed_in(), "nobody comes in before accepting");

        let accepted = browser
            .submit(&back, &back.form("/invitation/accept"))
            .await
            .expect(303);
        assert!(accepted.location().unwrap().path().starts_with("/home"));
        assert!(browser.is_signed_in());
        assert!(
            browser
                .cookie("invitation")
                .is_none_or(|value| value.is_empty())
        );
        assert_eq!(
            town.told(&invitation).await,
            ["queued", "opened", "redeemed"]
        );
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);

        // The link again, by the same person: a success, not a dead end.
        let again = browser.open(&link(&secret)).await.expect(410);
        assert_eq!(again.h1(), "You have accepted this invitation");
        let other = portal.browser().open(&link(&secret)).await.expect(410);
        assert_eq!(other.h1(), "This invitation has been used");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_got_lost_is_given_again() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, secret) = invited(&town, "ben@kuusi.example").await;
        let browser = portal.browser();
        let page = browser.open(&link(&secret)).await;
        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        let page = browser
            .pick(&at_provider, "ben@kuusi.example")
            .await
            .expect(200);
        let before = browser.cookies();
        let form = page.form("/invitation/accept");
        browser.submit(&page, &form).await.expect(303);
        // The browser never got that answer: it still has its old cookies and asks again.
        for name in browser.cookies().into_keys() {
            browser.forget_cookie(&name);
        }
        for (name, value) in before {
            browser.set_cookie(&name, &value);
        }
        let again = browser.submit(&page, &form).await.expect(303);
        assert!(again.location().unwrap().path().starts_with("/home"));
        assert!(browser.is_signed_in());
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_a_hundred_times_changes_no_row() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, open) = invited(&town, "ben@kuusi.example").await;
        let (gone, withdrawn) = invited(&town, "carl@kuusi.example").await;
        let cx = town.as_admin();
        let revoke = Revoke {
            organization_id: town.organization.clone(),
            invitation_id: gone.id.clone(),
        };
        town.write(move |tx| Box::pin(async move { invitations::revoke(tx, &cx, revoke).await }))
            .await
            .unwrap();
        let before = dump(&town).await;
        for secret in [&open, &withdrawn] {
            let browser = portal.browser();
            for _ in 0..50 {
                browser.get(&link(secret)).await.expect(303);
                browser.head(&link(secret)).await.expect(303);
                let status = browser.get("/invitation").await.status;
                assert!(status == 200 || status == 410);
                browser.head("/invitation").await;
                browser.get("/invitation/decline").await.expect(303);
            }
        }
        // A scanner may try anything that is safe; nothing here answers GET by doing something.
        for path in [
            "continue",
            "accept",
            "switch",
            "not-me",
            "ask-again",
            "ask-approval",
        ] {
            let browser = portal.browser();
            browser.get(&link(&open)).await;
            browser
                .get(&format!("/invitation/{path}"))
                .await
                .expect(405);
        }
        assert_eq!(dump(&town).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_malformed_and_mutilated_links_look_the_same() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, secret) = invited(&town, "ben@kuusi.example").await;
        let text = secret.expose().to_owned();
        let unknown = LinkSecret::new(&vestibule::kernel::Random::default())
            .expose()
            .to_owned();
        let shape = |page: &Page| {
            let mut headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            (page.status, headers, page.h1(), page.text())
        };
        let browser = portal.browser();
        let expected = shape(&browser.open(&format!("/i/{unknown}")).await.expect(404));
        let mut texts = vec![
            String::from("x"),
            format!("{text}="),
            format!("{text}A"),
            text[..42].to_owned(),
            text[1..].to_owned(),
            text.to_uppercase(),
            format!("%00{text}"),
            format!("%ff%fe{text}"),
            "%2e%2e%2fetc".to_owned(),
            "a".repeat(5_000),
        ];
        for place in [0, 20, 41] {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            texts.push(String::from_utf8(bytes).unwrap());
        }
        for text in texts {
            let browser = portal.browser();
            let moved = browser.get(&format!("/i/{text}")).await.expect(303);
            is_private(&moved);
            let page = browser.follow(moved).await;
            assert_eq!(shape(&page), expected, "{text}");
        }
        // A forged or foreign cookie is none at all.
        let browser = portal.browser();
        browser.set_cookie("invitation", &text);
        assert_eq!(
            browser.get("/invitation").await.expect(404).h1(),
            "No invitation is open here"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_account_sees_both_addresses_and_can_switch() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (invitation, secret) = invited(&town, "ben@kuusi.example").await;
        let eve = town.person("eve@kuusi.example", "Eve Stranger").await;
        town.join(&town.organization, &eve, &["reader"]).await;
        town.sql("UPDATE memberships SET status = 'removed' WHERE email = 'eve@kuusi.example'")
            .await;
        let browser = portal.sign_in("eve@kuusi.example").await;
        let page = browser.open(&link(&secret)).await.expect(200);
        assert_eq!(page.h1(), "This invitation is for another address");
        let text = page.text();
        assert!(text.contains("b•••@kuusi.example") && text.contains("eve@kuusi.example"));
        assert!(!text.contains("ben@kuusi.example"));
        // Accepting by hand is refused, audited, and takes nothing.
        let refused = browser.post("/invitation/accept", &[]).await.expect(303);
        assert_eq!(refused.location().unwrap().path(), "/invitation");
        let entries = portal.audited("invitation.refused").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].1["why"], "wrong-account");
        assert!(town.find(&invitation).await.live_at(town.now()).is_some());

        let at_provider = browser.press(&page, &page.form("/invitation/switch")).await;
        let back = browser
            .pick(&at_provider, "ben@kuusi.example")
            .await
            .expect(200);
        assert!(
            back.text()
                .contains("You are signed in as ben@kuusi.example")
        );
        assert_eq!(
            town.count("SELECT count(*) FROM sessions").await,
            0,
            "the session before is over"
        );
        browser
            .submit(&back, &back.form("/invitation/accept"))
            .await
            .expect(303);
        assert_eq!(
            town.count("SELECT count(*) FROM memberships WHERE status = 'active'")
                .await,
            2
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_account_can_ask_and_the_inviter_hears_it() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, secret) = invited(&town, "ben@kuusi.example").await;
        let browser = portal.browser();
        let page = browser.open(&link(&secret)).await;
        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        let page = browser
            .pick(&at_provider, "ben@home.example")
            .await
            .expect(200);
        assert_eq!(page.h1(), "This invitation is for another address");
        let asked = browser
            .press(&page, &page.form("/invitation/ask-approval"))
            .await
            .expect(200);
        assert!(asked.text().contains("We have asked."));
        let mails = town.mails("aino@kuusi.example").await;
        assert_eq!(mails.len(), 1);
        assert!(
            mails[0]["text"]
                .as_str()
                .unwrap()
                .contains("ben@home.example")
        );
        // The admin grants it on the invitation's page, and the other address gets a link.
        let admin = portal.sign_in("aino@kuusi.example").await;
        let place = mails[0]["text"]
            .as_str()
            .unwrap()
            .lines()
            .find(|line| line.starts_with("http"))
            .unwrap()
            .to_owned();
        let one = admin.open(&place).await.expect(200);
        assert!(one.text().contains("ben@home.example"));
        let granted = admin
            .press(&one, &one.form("/other-address"))
            .await
            .expect(200);
        assert!(granted.text().contains("is invited"));
        let secret = town.newest_link("ben@home.example").await;
        let page = browser.open(&link(&secret)).await.expect(200);
        browser
            .submit(&page, &page.form("/invitation/accept"))
            .await
            .expect(303);
        assert!(browser.is_signed_in());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_nobody_vouches_for_does_not_get_in() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, secret) = invited(&town, "ben@kuusi.example").await;
        let browser = portal.browser();
        let page = browser.open(&link(&secret)).await;
        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        let page = browser
            .pick_unverified(&at_provider, "ben@kuusi.example")
            .await
            .expect(200);
        assert_eq!(page.h1(), "Your address is not confirmed");
        for path in ["accept", "ask-approval", "decline"] {
            browser
                .post(&format!("/invitation/{path}"), &[])
                .await
                .expect(303);
        }
        assert_eq!(town.count("SELECT count(*) FROM persons").await, 2);
        assert_eq!(
            town.count("SELECT count(*) FROM invitations WHERE state = 'opened'")
                .await,
            1
        );
        assert_eq!(town.mails("aino@kuusi.example").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_says_so_and_what_to_do() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (invitation, old) = invited(&town, "ben@kuusi.example").await;
        portal.clock.advance(Duration::from_secs(600));
        let (here, cx) = (town.clone(), town.as_admin());
        let resend = Resend {
            organization_id: town.organization.clone(),
            invitation_id: invitation.id.clone(),
            inviter: town.by_admin(),
            way: Way::Mail,
        };
        town.write(move |tx| {
            Box::pin(async move { invitations::resend(tx, &cx, here.rules(), resend).await })
        })
        .await
        .unwrap();
        let new = town.newest_link("ben@kuusi.example").await;
        let browser = portal.browser();
        let replaced = browser.open(&link(&old)).await.expect(410);
        assert_eq!(replaced.h1(), "There is a newer invitation");
        assert!(replaced.text().contains("15 January 2027, 08:10 UTC"));
        let again_at = town.find(&invitation).await.expires_at;
        portal.clock.advance(again_at.since(town.now()));
        let expired = browser.open(&link(&new)).await.expect(410);
        assert_eq!(expired.h1(), "This invitation has expired");
        assert!(expired.text().contains("22 January 2027, 08:10 UTC"));
        let asked = browser
            .press(&expired, &expired.form("/invitation/ask-again"))
            .await
            .expect(410);
        assert!(
            asked
                .text()
                .contains("We have told the person who invited you.")
        );
        let later = browser.get("/invitation").await.expect(410);
        assert!(
            later
                .forms()
                .iter()
                .all(|form| !form.action.contains("ask-again"))
        );
        browser.post("/invitation/ask-again", &[]).await.expect(303);
        assert_eq!(
            town.mails("aino@kuusi.example").await.len(),
            1,
            "once a day"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declining_asks_first_and_not_me_ends_nothing() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (invitation, secret) = invited(&town, "ben@kuusi.example").await;
        let passer_by = portal.browser();
        let page = passer_by.open(&link(&secret)).await;
        let forgotten = passer_by
            .press(&page, &page.form("/invitation/not-me"))
            .await
            .expect(200);
        assert_eq!(forgotten.h1(), "Then there is nothing to do");
        passer_by.get("/invitation").await.expect(404);
        assert!(town.find(&invitation).await.live_at(town.now()).is_some());

        let browser = portal.browser();
        let page = browser.open(&link(&secret)).await;
        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        let page = browser.pick(&at_provider, "ben@kuusi.example").await;
        let question = browser.open(&page.link("Decline")).await.expect(200);
        assert_eq!(question.h1(), "Decline the invitation?");
        assert!(town.find(&invitation).await.live_at(town.now()).is_some());
        let declined = browser
            .press(&question, &question.form("/invitation/decline"))
            .await
            .expect(410);
        assert_eq!(declined.h1(), "This invitation was declined");
        assert_eq!(town.told(&invitation).await.last().unwrap(), "declined");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_needs_no_invitation() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, secret) = invited(&town, "ben@kuusi.example").await;
        let ben = town.person("ben@kuusi.example", "Ben").await;
        town.join(&town.organization, &ben, &["reader"]).await;
        let browser = portal.sign_in("ben@kuusi.example").await;
        let page = browser.open(&link(&secret)).await.expect(200);
        assert_eq!(page.h1(), "You already belong to Kuusi Oy");
        browser.post("/invitation/accept", &[]).await.expect(303);
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);
        let _ = Account::Person(ben);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_come_from_the_settings_and_cookies_are_sealed() {
    each_engine(async |test| {
        let (portal, town) = start(&test).await;
        let (_, secret) = invited(&town, "ben@kuusi.example").await;
        let browser = portal.browser();
        for name in ["x-forwarded-host", "x-forwarded-proto", "forwarded"] {
            let page = browser
                .send(
                    reqwest::Method::GET,
                    &link(&secret),
                    None,
                    &[(name, "host=evil.example")],
                )
                .await
                .expect(303);
            assert_eq!(header(&page, "location"), "/invitation");
        }
        for cookie in browser.received_cookies() {
            assert!(!cookie.contains(secret.expose()));
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                "{cookie}"
            );
        }
        let admin = portal.sign_in("aino@kuusi.example").await;
        let place = format!("/organizations/{}/invitations/new", town.organization);
        let body = "people=zoe%40kuusi.example&roles=reader&step=send".to_owned();
        let sent = admin
            .send(
                reqwest::Method::POST,
                &place,
                Some(body),
                &[
                    ("x-forwarded-host", "evil.example"),
                    ("forwarded", "host=evil.example"),
                ],
            )
            .await
            .expect(303);
        assert!(sent.location().is_some());
        let mail = &town.mails("zoe@kuusi.example").await[0];
        let expected = portal.url.origin().ascii_serialization();
        assert!(
            mail["text"]
                .as_str()
                .unwrap()
                .contains(&format!("{expected}/i/"))
        );
        assert!(!mail.to_string().contains("evil"));
    })
    .await;
}
