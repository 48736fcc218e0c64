//! What an organization's administrators see and do about invitations.

use std::{sync::Arc, time::Duration};

use vestibule::invitations::{State, StateWord};

use super::town::{Town, secret_in};
use crate::support::{Portal, TestDb, browser::Browser, each_engine};

async fn start(test: &Arc<TestDb>) -> (Portal, Town, Browser) {
    let portal = Portal::start(test).await;
    let town = Town::of(test, &portal).await;
    let admin = portal.sign_in("aino@kuusi.example").await;
    (portal, town, admin)
}

fn new(town: &Town) -> String {
    format!("/organizations/{}/invitations/new", town.organization)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_goes_from_form_to_look_to_mail() {
    each_engine(async |test| {
        let (_portal, town, admin) = start(&test).await;
        let form_page = admin.get(&new(&town)).await.expect(200);
        assert_eq!(form_page.h1(), "Invite people");
        let form = form_page.form("/invitations/new");
        assert_eq!(
            form.choices["roles"],
            ["admin", "reader"],
            "what the contract lacks cannot be chosen"
        );
        let filled = form
            .with("people", "Ben Berg <ben@kuusi.example>")
            .and("roles", "reader")
            .with("note", "Hello\nBen")
            .with("step", "preview");
        let preview = admin.submit(&form_page, &filled).await.expect(200);
        assert_eq!(preview.h1(), "Check before sending");
        assert!(
            preview
                .text()
                .contains("One person will be invited. Nothing has been sent yet."),
            "{}",
            preview.text()
        );
        assert!(preview.text().contains("Reads manuals"));
        assert_eq!(
            town.count("SELECT count(*) FROM invitations").await,
            0,
            "looking sends nothing"
        );
        let back = preview.form("/invitations/new").with("step", "edit");
        let edited = admin.submit(&preview, &back).await.expect(200);
        assert_eq!(
            edited.form("/invitations/new").field("people"),
            Some("Ben Berg <ben@kuusi.example>")
        );
        assert_eq!(
            edited.form("/invitations/new").field("roles"),
            Some("reader")
        );
        let send = preview.form("/invitations/new").with("step", "send");
        let one = admin.press(&preview, &send).await.expect(200);
        assert_eq!(one.h1(), "Invitation for Ben Berg");
        assert!(
            one.text()
                .contains("Ben Berg is invited. The email is on its way.")
        );
        assert!(one.text().contains("The email waits to be sent"));
        let mail = &town.mails("ben@kuusi.example").await[0];
        assert_eq!(mail["subject"], "Aino invites you to Nordwind Supply");
        assert!(
            !one.body
                .contains(secret_in(mail["text"].as_str().unwrap()).expose())
        );
        // The same form again invites nobody twice.
        let again = admin.submit(&preview, &send).await.expect(200);
        assert!(again.text().contains("Already invited"));
        assert_eq!(town.mails("ben@kuusi.example").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_list_is_looked_at_line_by_line() {
    each_engine(async |test| {
        let (_portal, town, admin) = start(&test).await;
        let people = "Ben Berg <ben@kuusi.example>, carl@kuusi.example\nnonsense\naino@kuusi.example\nBEN@kuusi.example\nzoe@gmail.com";
        let fields = [("people", people), ("roles", "reader"), ("roles", "admin"), ("step", "preview")];
        let preview = admin.post(&new(&town), &fields).await.expect(200);
        let text = preview.text();
        for shown in ["3 people will be invited, 3 will not.", "Not an address", "Already a member", "Twice in the list", "Public mail service", "Line 2"] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        let send = preview.form("/invitations/new").with("step", "send");
        let result = admin.submit(&preview, &send).await.expect(200);
        assert_eq!(result.h1(), "Invitations sent");
        assert!(result.text().contains("3 invitations are on their way. 3 were not sent."), "{}", result.text());
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 3);
        assert_eq!(town.count("SELECT count(*) FROM invitations WHERE roles = 'admin,reader'").await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_keep_what_was_typed() {
    each_engine(async |test| {
        let (_portal, town, admin) = start(&test).await;
        let long = "x".repeat(1_001);
        let cases: [(&[(&str, &str)], &str); 6] = [
            (
                &[("people", ""), ("roles", "reader")],
                "Enter at least one email address",
            ),
            (
                &[("people", "ben(at)kuusi"), ("roles", "reader")],
                "Enter an email address in the correct format",
            ),
            (
                &[("people", "ben@kuusi.example")],
                "Select at least one role",
            ),
            (
                &[
                    ("people", "ben@kuusi.example"),
                    ("roles", "reader"),
                    ("note", &long),
                ],
                "Message must be 1000 characters or less",
            ),
            (
                &[
                    ("people", "ben@kuusi.example"),
                    ("roles", "root"),
                    ("step", "send"),
                ],
                "Select roles from the list",
            ),
            (
                &[
                    ("people", "ben@kuusi.example"),
                    ("roles", "lead"),
                    ("step", "send"),
                ],
                "You may not give the role",
            ),
        ];
        for (fields, sentence) in cases {
            let page = admin.post(&new(&town), fields).await.expect(422);
            assert!(
                page.text().contains(sentence),
                "{sentence}: {}",
                page.text()
            );
            assert!(page.title().starts_with("Error:"), "{}", page.title());
            assert_eq!(
                page.form("/invitations/new").field("people"),
                Some(fields[0].1)
            );
        }
        let many: String = (0..101)
            .map(|number| format!("p{number}@kuusi.example\n"))
            .collect();
        let page = admin
            .post(&new(&town), &[("people", &many), ("roles", "reader")])
            .await
            .expect(422);
        assert!(page.text().contains("100 addresses or less"));
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_says_two_things_invites_nobody_unseen() {
    each_engine(async |test| {
        let (_portal, town, admin) = start(&test).await;
        let twice = [
            ("people", "ben@kuusi.example"),
            ("people", "eve@evil.example"),
            ("roles", "reader"),
            ("step", "send"),
        ];
        admin.post(&new(&town), &twice).await.expect(400);
        for people in [
            "ben@kuusi.example%0d%0aBcc:eve@evil.example",
            "ben@kuusi.example\u{0}eve@evil.example",
            "ben@kuusi.example eve@evil.example",
            "ben@evil.example@kuusi.example",
        ] {
            admin
                .post(
                    &new(&town),
                    &[("people", people), ("roles", "reader"), ("step", "send")],
                )
                .await
                .expect(422);
        }
        let array = [
            ("people[]", "eve@evil.example"),
            ("people", ""),
            ("roles", "reader"),
            ("step", "send"),
        ];
        admin.post(&new(&town), &array).await.expect(422);
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 0);
        // A comma and a line end are lists, and each is its own mail with its own link.
        let list = [
            ("people", "a@kuusi.example,b@kuusi.example\nc@kuusi.example"),
            ("roles", "reader"),
            ("step", "send"),
        ];
        admin.post(&new(&town), &list).await.expect(200);
        for email in ["a@kuusi.example", "b@kuusi.example", "c@kuusi.example"] {
            let mails = town.mails(email).await;
            assert_eq!(mails.len(), 1);
            assert!(
                !mails[0]["text"]
                    .as_str()
                    .unwrap()
                    .contains("@kuusi.example,")
            );
        }
        // Fields that are not the form's change nothing.
        let more = [
            ("people", "d@kuusi.example"),
            ("roles", "reader"),
            ("step", "send"),
            ("organization_id", "org_00000000000000000000000000"),
            ("state", "redeemed"),
            ("email_verified", "true"),
            ("kind", "lead"),
        ];
        admin.post(&new(&town), &more).await.expect(303);
        assert_eq!(
            town.count(
                "SELECT count(*) FROM invitations WHERE state = 'queued' AND kind = 'member'"
            )
            .await,
            4
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_again_copying_and_withdrawing() {
    each_engine(async |test| {
        let (portal, town, admin) = start(&test).await;
        let fields = [
            ("people", "ben@kuusi.example"),
            ("roles", "reader"),
            ("step", "send"),
        ];
        let sent = admin.post(&new(&town), &fields).await.expect(303);
        let place = sent.location().unwrap().path().to_owned();
        let first = town.newest_link("ben@kuusi.example").await;
        let one = admin.get(&place).await.expect(200);
        assert!(
            one.forms()
                .iter()
                .all(|form| !form.action.ends_with("/resend")),
            "the cool-down is shown"
        );
        assert!(one.text().contains("You can send it again from"));
        let early = admin.post(&format!("{place}/resend"), &[]).await;
        assert!(
            admin
                .follow(early)
                .await
                .text()
                .contains("You can send it again from")
        );
        portal.clock.advance(Duration::from_secs(601));
        let one = admin.get(&place).await.expect(200);
        let resent = admin.press(&one, &one.form("/resend")).await.expect(200);
        assert!(resent.text().contains("is on its way again"));
        assert_ne!(town.newest_link("ben@kuusi.example").await, first);

        let question = admin.open(&resent.link("Copy link")).await.expect(200);
        assert!(
            question
                .text()
                .contains("The link in the email stops working.")
        );
        let made = admin
            .submit(&question, &question.form("/link"))
            .await
            .expect(200);
        let link = made
            .body
            .split("value=\"")
            .find_map(|part| part.split('"').next().filter(|value| value.contains("/i/")))
            .unwrap()
            .to_owned();
        assert!(link.starts_with(&portal.url.origin().ascii_serialization()));
        let guest = portal.browser();
        guest.open(&link).await.expect(200);
        let old = town.newest_link("ben@kuusi.example").await;
        assert_eq!(
            guest
                .open(&format!("/i/{}", old.expose()))
                .await
                .expect(410)
                .h1(),
            "There is a newer invitation"
        );

        let one = admin.get(&place).await.expect(200);
        assert!(one.text().contains("Link copied to be passed on"));
        let question = admin.open(&one.link("Withdraw")).await.expect(200);
        let withdrawn = admin
            .press(&question, &question.form("/revoke"))
            .await
            .expect(200);
        assert!(withdrawn.text().contains("is withdrawn"));
        assert_eq!(
            guest.open(&link).await.expect(410).h1(),
            "This invitation was withdrawn"
        );
        let again = admin.post(&format!("{place}/resend"), &[]).await;
        assert!(
            admin
                .follow(again)
                .await
                .text()
                .contains("This invitation is over. Nothing was changed.")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_invitation_does_not_exist() {
    each_engine(async |test| {
        let (portal, town, admin) = start(&test).await;
        let fields = [
            ("people", "ben@kuusi.example"),
            ("roles", "reader"),
            ("step", "send"),
        ];
        let sent = admin.post(&new(&town), &fields).await.expect(303);
        let place = sent.location().unwrap().path().to_owned();
        let (_, id) = place.rsplit_once('/').unwrap();
        let other = town.company("2002", "Muut Oy").await;
        town.contract(&other, None).await;
        let boss = town.person("boss@muut.example", "Boss").await;
        town.join(&other, &boss, &["admin"]).await;
        let member = town.person("member@kuusi.example", "Member").await;
        town.join(&town.organization, &member, &["reader"]).await;
        let boss = portal.sign_in("boss@muut.example").await;
        let member = portal.sign_in("member@kuusi.example").await;
        let before = super::dump::dump(&town).await;
        let unknown = "inv_00000000000000000000000000";
        for (browser, start, status) in [
            (&boss, format!("/organizations/{other}/invitations"), 404),
            (
                &boss,
                format!("/organizations/{}/invitations", town.organization),
                404,
            ),
            (
                &member,
                format!("/organizations/{}/invitations", town.organization),
                403,
            ),
        ] {
            for (verb, path) in [
                ("GET", String::new()),
                ("POST", "/resend".into()),
                ("GET", "/revoke".into()),
                ("POST", "/revoke".into()),
                ("GET", "/link".into()),
                ("POST", "/link".into()),
                ("POST", "/other-address".into()),
            ] {
                let mut pages = Vec::new();
                for id in [id, unknown, "nonsense"] {
                    let address = format!("{start}/{id}{path}");
                    let page = match verb {
                        "GET" => browser.get(&address).await,
                        _ => browser.post(&address, &[]).await,
                    };
                    let page = page.expect(status);
                    let (text, _) = page
                        .text()
                        .split_once("Reference")
                        .map(|(a, b)| (a.to_owned(), b.to_owned()))
                        .unwrap();
                    pages.push(text);
                }
                assert_eq!(pages[0], pages[1], "{verb} {path}");
                assert_eq!(pages[1], pages[2], "{verb} {path}");
            }
        }
        let after = super::dump::dump(&town).await;
        let invitations = |dump: &str| {
            let rows = dump.lines().filter(|row| row.starts_with("invitations: "));
            rows.collect::<Vec<_>>().join("\n")
        };
        assert_eq!(invitations(&before), invitations(&after));
        portal.browser().get(&place).await.expect(303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demoted_admin_and_a_contract_in_grace_send_nothing() {
    each_engine(async |test| {
        let (_portal, town, admin) = start(&test).await;
        let fields = [
            ("people", "ben@kuusi.example"),
            ("roles", "reader"),
            ("step", "send"),
        ];
        town.sql(
            "UPDATE contracts SET ends_at = 1, starts_at = 0, grace_ends_at = 9223372036854775000",
        )
        .await;
        admin.get(&new(&town)).await.expect(200);
        let refused = admin.post(&new(&town), &fields).await;
        assert_eq!(refused.status, 403, "{}", refused.text());
        town.sql("UPDATE contracts SET ends_at = NULL, grace_ends_at = NULL")
            .await;
        town.sql("UPDATE memberships SET roles = 'reader'").await;
        admin.post(&new(&town), &fields).await.expect(403);
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 0);
        let _ = State::Live(vestibule::invitations::Live::Queued);
        let _ = StateWord::Queued;
    })
    .await;
}
