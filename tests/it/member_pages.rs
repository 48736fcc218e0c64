//! The organization admin's pages through the real router: people, one member, roles, history.

use std::time::Duration;

use vestibule::{
    db::Error,
    kernel::{
        Instant,
        ids::{Id, MembershipId, OrganizationId},
    },
    organizations::find_membership,
};

use crate::support::{
    Portal, TestDb,
    browser::Browser,
    company::{self, Somebody},
    each_engine,
};

const DAY: Duration = Duration::from_secs(86_400);

const AINO: &str = "aino@kuusi.example";
const BEN: &str = "ben@kuusi.example";
const CLARA: &str = "clara@kuusi.example";
const OTHER: &str = "otto@other.example";

/// Kuusi Oy: Aino runs it, Ben orders, Clara is suspended. Another company with an admin and a member.
struct Town {
    kuusi: OrganizationId,
    aino: MembershipId,
    ben: MembershipId,
    clara: MembershipId,
    other: OrganizationId,
    stranger: MembershipId,
}

async fn town(test: &TestDb) -> Town {
    town_with(test, None, None).await
}

async fn town_with(test: &TestDb, ends: Option<Instant>, grace: Option<Instant>) -> Town {
    let cx = test.cx();
    let made: Result<Town, Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                let kuusi = company::organization(tx, &cx, "Kuusi Oy").await?;
                let other = company::organization(tx, &cx, "Other Oy").await?;
                company::contract(tx, &cx, &kuusi, ends, grace).await?;
                company::contract(tx, &cx, &other, None, None).await?;
                let admin = |name: &str, email: &str| Somebody {
                    roles: "admin",
                    ..Somebody::new(name, email)
                };
                let clara = Somebody {
                    status: "suspended",
                    ..Somebody::new("Clara Groß", CLARA)
                };
                let otto = admin("Otto Other", OTHER);
                company::member(tx, &cx, &other, &otto).await?;
                let stranger = Somebody::new("Stranger Danger", "stranger@other.example");
                Ok(Town {
                    aino: company::member(tx, &cx, &kuusi, &admin("Aino Virtanen", AINO)).await?,
                    ben: company::member(tx, &cx, &kuusi, &Somebody::new("Ben Müller", BEN))
                        .await?,
                    clara: company::member(tx, &cx, &kuusi, &clara).await?,
                    stranger: company::member(tx, &cx, &other, &stranger).await?,
                    kuusi,
                    other,
                })
            })
        })
        .await;
    made.unwrap()
}

impl Town {
    fn path(&self, rest: &str) -> String {
        format!("/organizations/{}/{rest}", self.kuusi)
    }

    fn member(&self, member: &MembershipId, rest: &str) -> String {
        self.path(&format!("members/{member}{rest}"))
    }

    async fn state(&self, test: &TestDb, member: &MembershipId) -> (String, String) {
        let mut conn = test.db.read().await.unwrap();
        let found = find_membership(&mut conn, &self.kuusi, member)
            .await
            .unwrap();
        let found = found.unwrap();
        (found.status.to_string(), found.roles.joined())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_everybody_and_can_open_each() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let page = aino.get(&town.path("members")).await.expect(200);
        assert_eq!(page.h1(), "People");
        let text = page.text();
        for words in [
            "Aino Virtanen",
            BEN,
            "Clara Groß",
            "Suspended",
            "Orders spare parts",
            "Showing 3 people",
            "Never",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(
            text.contains("You are the only person who runs this account"),
            "{text}"
        );
        assert!(
            !text.contains("Stranger") && !text.contains("Otto"),
            "{text}"
        );
        let one = aino.get(&town.member(&town.ben, "")).await.expect(200);
        let text = one.text();
        for words in [
            "Ben Müller",
            "Orders spare parts",
            "Has access",
            "Manuals",
            "No role of Ben Müller includes Manuals",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        for page in ["roles", "audit"] {
            aino.get(&town.path(page)).await.expect(200);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspending_restoring_and_removing_say_what_they_do_and_do_it() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let ben = portal.sign_in(BEN).await;
        assert!(
            ben.get("/home")
                .await
                .expect(200)
                .text()
                .contains("Your services")
        );

        let asked = aino
            .get(&town.member(&town.ben, "/suspend"))
            .await
            .expect(200);
        assert!(
            asked.text().contains("from the next click on"),
            "{}",
            asked.text()
        );
        assert_eq!(town.state(&test, &town.ben).await.0, "active");
        let form = asked.form("/suspend").with("reason", "Left the team");
        let done = aino.press(&asked, &form).await.expect(200);
        assert!(
            done.text().contains("Ben Müller is suspended."),
            "{}",
            done.text()
        );
        assert!(done.text().contains("Left the team"), "{}", done.text());
        assert!(
            done.text().contains("Aino Virtanen suspended Ben Müller"),
            "{}",
            done.text()
        );
        assert_eq!(town.state(&test, &town.ben).await.0, "suspended");
        // Ben is out at his next click, and does not read the reason.
        let home = ben.get("/home").await.expect(200);
        assert!(
            home.text()
                .contains("Your access for Kuusi Oy is suspended."),
            "{}",
            home.text()
        );
        assert!(!home.text().contains("Left the team"));

        let asked = aino
            .get(&town.member(&town.ben, "/restore"))
            .await
            .expect(200);
        let done = aino
            .press(&asked, &asked.form("/restore"))
            .await
            .expect(200);
        assert!(
            done.text().contains("Ben Müller has access again."),
            "{}",
            done.text()
        );
        assert_eq!(town.state(&test, &town.ben).await.0, "active");

        let asked = aino
            .get(&town.member(&town.ben, "/remove"))
            .await
            .expect(200);
        let done = aino.press(&asked, &asked.form("/remove")).await.expect(200);
        assert!(
            done.text().contains("Ben Müller is removed."),
            "{}",
            done.text()
        );
        assert_eq!(town.state(&test, &town.ben).await.0, "removed");
        aino.get(&town.member(&town.ben, "")).await.expect(404);
        let log = aino.get(&town.path("audit")).await.expect(200).text();
        for words in [
            "Aino Virtanen removed Ben Müller",
            "Aino Virtanen restored Ben Müller",
        ] {
            assert!(log.contains(words), "{log}");
        }
        let none = aino
            .get(&town.path("audit?what=invitation"))
            .await
            .expect(200)
            .text();
        assert!(none.contains("Nothing matches"), "{none}");
        let found = aino
            .get(&town.path("audit?q=m%C3%BCller&what=membership"))
            .await
            .expect(200)
            .text();
        assert!(found.contains("suspended Ben Müller"), "{found}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_change_by_the_form_and_mistakes_keep_what_was_ticked() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let page = aino
            .get(&town.member(&town.ben, "/roles"))
            .await
            .expect(200);
        let text = page.text();
        for words in [
            "Reads manuals",
            "For everybody.",
            "Has it now: Ben Müller",
            "Nobody has it yet.",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(
            !text.contains("Gets to know us"),
            "lead roles are for companies without a contract: {text}"
        );
        let form = page.form("/roles");
        assert_eq!(form.field("role"), Some("orders"));

        let none = aino
            .submit(&page, &form.clone().without("role"))
            .await
            .expect(422);
        assert!(none.title().starts_with("Error: "), "{}", none.title());
        assert!(
            none.text().contains("Select at least one role"),
            "{}",
            none.text()
        );
        let unknown = aino
            .submit(
                &page,
                &form.clone().and("role", "emperor").and("role", "reader"),
            )
            .await
            .expect(422);
        let kept = unknown.form("/roles");
        let ticked: Vec<&str> = kept
            .fields
            .iter()
            .filter(|(name, _)| name == "role")
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(ticked, ["orders", "reader"]);
        assert_eq!(town.state(&test, &town.ben).await.1, "orders");

        let done = aino
            .press(&page, &form.and("role", "reader").and("role", "admin"))
            .await
            .expect(200);
        assert!(
            done.text().contains("The roles of Ben Müller are saved."),
            "{}",
            done.text()
        );
        assert_eq!(town.state(&test, &town.ben).await.1, "admin,orders,reader");
        let ben = portal.sign_in(BEN).await;
        ben.get(&town.path("members")).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_admin_cannot_go_and_reads_the_way_out() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let own = aino.get(&town.member(&town.aino, "")).await.expect(200);
        assert!(
            own.text()
                .contains("Give somebody else the role that runs the account first."),
            "{}",
            own.text()
        );
        for deed in ["/suspend", "/remove"] {
            aino.get(&town.member(&town.aino, deed)).await.expect(409);
            aino.post(&town.member(&town.aino, deed), &[])
                .await
                .expect(409);
        }
        let kept = aino
            .post(&town.member(&town.aino, "/roles"), &[("role", "orders")])
            .await
            .expect(422);
        assert!(
            kept.text().contains("Nobody else runs this account."),
            "{}",
            kept.text()
        );
        assert_eq!(
            town.state(&test, &town.aino).await,
            ("active".into(), "admin".into())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        aino.post(&town.member(&town.ben, "/roles"), &[("role", "admin")]).await.expect(303);
        let ben = portal.sign_in(BEN).await;
        for _ in 0..5 {
            let orders = [("role", "orders")];
            let (of_ben, of_aino) = (town.member(&town.ben, "/roles"), town.member(&town.aino, "/roles"));
            let (first, second) = tokio::join!(aino.post(&of_ben, &orders), ben.post(&of_aino, &orders));
            let mut answers = [first.status.as_u16(), second.status.as_u16()];
            answers.sort_unstable();
            // The second is no admin any more, found out at the gate or under the lock.
            assert_eq!(answers, [303, 403]);
            let admins = portal.count("SELECT count(*) FROM memberships WHERE roles = 'admin' AND email LIKE '%kuusi.example'").await;
            assert_eq!(admins, 1);
            let (winner, lost) = if first.status.as_u16() == 303 { (&aino, &town.ben) } else { (&ben, &town.aino) };
            winner.post(&town.member(lost, "/roles"), &[("role", "admin")]).await.expect(303);
        }
    })
    .await;
}

/// Whatever was tried, nobody but those meant has changed.
async fn untouched(test: &TestDb, town: &Town) {
    assert_eq!(
        town.state(test, &town.ben).await,
        ("active".into(), "orders".into())
    );
    assert_eq!(
        town.state(test, &town.clara).await,
        ("suspended".into(), "orders".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_at_once_are_asked_about_first_and_a_foreign_one_stops_everything() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let list = aino.get(&town.path("members")).await.expect(200);
        let (me, ben, clara) = (
            town.aino.to_string(),
            town.ben.to_string(),
            town.clara.to_string(),
        );
        let several = town.path("members/several");
        let ticked = list
            .form("/several")
            .and("membership", &me)
            .and("membership", &ben)
            .and("membership", &clara)
            .and("do", "suspend");
        let asked = aino.submit(&list, &ticked).await.expect(200);
        let text = asked.text();
        assert!(text.contains("Ben Müller"), "{text}");
        assert!(text.contains("Clara Groß: is suspended already"), "{text}");
        assert!(text.contains("Aino Virtanen: this is you"), "{text}");
        untouched(&test, &town).await;
        assert!(portal.audited("membership.suspended").await.is_empty());

        // A foreign, an unknown or a broken id at any position: nothing at all.
        let strange = [
            town.stranger.to_string(),
            MembershipId::from_bits(7).to_string(),
            "mem_1".into(),
            town.kuusi.to_string(),
        ];
        for foreign in &strange {
            for at in 0..3 {
                let mut ids = vec![ben.as_str(), clara.as_str()];
                ids.insert(at, foreign);
                for deed in ["suspend", "restore", "give_role"] {
                    let mut fields: Vec<(&str, &str)> =
                        ids.iter().map(|id| ("membership", *id)).collect();
                    fields.extend([("do", deed), ("role", "reader"), ("confirmed", "yes")]);
                    aino.post(&several, &fields).await.expect(404);
                }
            }
        }
        untouched(&test, &town).await;

        let done = aino
            .press(&asked, &asked.form("/several"))
            .await
            .expect(200);
        assert!(
            done.text().contains("One person is suspended."),
            "{}",
            done.text()
        );
        assert!(
            done.text().contains("Clara Groß (is suspended already)"),
            "{}",
            done.text()
        );
        assert_eq!(town.state(&test, &town.ben).await.0, "suspended");
        assert_eq!(town.state(&test, &town.aino).await.0, "active");

        let fields = [
            ("membership", ben.as_str()),
            ("membership", &clara),
            ("do", "restore"),
            ("confirmed", "yes"),
        ];
        aino.post(&several, &fields).await.expect(303);
        let fields = [
            ("membership", ben.as_str()),
            ("membership", &clara),
            ("do", "give_role"),
            ("role", "reader"),
            ("confirmed", "yes"),
        ];
        aino.post(&several, &fields).await.expect(303);
        assert_eq!(
            town.state(&test, &town.clara).await,
            ("active".into(), "orders,reader".into())
        );
        let emperor = [
            ("membership", ben.as_str()),
            ("do", "give_role"),
            ("role", "emperor"),
            ("confirmed", "yes"),
        ];
        aino.post(&several, &emperor).await.expect(400);
        let nobody = aino.post(&several, &[("do", "suspend")]).await.expect(303);
        assert_eq!(nobody.location().unwrap().path(), town.path("members"));
        let many: Vec<(&str, &str)> = (0..101).map(|_| ("membership", ben.as_str())).collect();
        aino.post(&several, &many).await.expect(413);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organization_does_not_exist() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let body = |page: crate::support::browser::Page| {
            // The reference and the script nonce differ from request to request.
            let text = page.text();
            text.split("Reference").next().unwrap_or_default().to_owned()
        };
        let unknown = OrganizationId::from_bits(99);
        let rests = ["members", "roles", "audit"].map(ToOwned::to_owned);
        let of_member = ["", "/roles", "/suspend", "/restore", "/remove"];
        let of_member = of_member.map(|rest| format!("members/{}{rest}", town.stranger));
        for rest in rests.iter().chain(&of_member) {
            let foreign = aino.get(&format!("/organizations/{}/{rest}", town.other)).await.expect(404);
            let missing = aino.get(&format!("/organizations/{unknown}/{rest}")).await.expect(404);
            assert_eq!(body(foreign), body(missing), "{rest}");
        }
        // Another company's member under one's own company.
        let nobody = MembershipId::from_bits(99);
        for rest in ["", "/roles", "/suspend", "/restore", "/remove"] {
            let foreign = aino.get(&town.member(&town.stranger, rest)).await.expect(404);
            let missing = aino.get(&town.member(&nobody, rest)).await.expect(404);
            let broken = aino.get(&town.path(&format!("members/org_x{rest}"))).await.expect(404);
            let (foreign, missing) = (body(foreign), body(missing));
            assert_eq!(foreign, missing, "{rest}");
            assert_eq!(foreign, body(broken), "{rest}");
        }
        for (rest, fields) in [("/roles", vec![("role", "reader")]), ("/suspend", vec![]), ("/restore", vec![]), ("/remove", vec![])] {
            aino.post(&town.member(&town.stranger, rest), &fields).await.expect(404);
            aino.post(&format!("/organizations/{}/members/{}{rest}", town.other, town.stranger), &fields).await.expect(404);
        }
        let kept = portal.count("SELECT count(*) FROM memberships WHERE email LIKE '%other.example' AND status = 'active'").await;
        assert_eq!(kept, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_is_no_admin_reads_whom_to_ask() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let ben = portal.sign_in(BEN).await;
        let page = ben.get(&town.path("members")).await.expect(403);
        assert!(
            page.text().contains("Aino Virtanen") && page.text().contains(AINO),
            "{}",
            page.text()
        );
        assert!(!page.text().contains("Clara"), "{}", page.text());
        for path in [
            town.path("roles"),
            town.path("audit"),
            town.member(&town.clara, ""),
            town.member(&town.ben, ""),
        ] {
            ben.get(&path).await.expect(403);
        }
        for rest in ["/roles", "/suspend", "/restore", "/remove"] {
            ben.post(&town.member(&town.clara, rest), &[("role", "admin")])
                .await
                .expect(403);
        }
        ben.post(
            &town.path("members/several"),
            &[
                ("membership", town.clara.as_str()),
                ("do", "restore"),
                ("confirmed", "yes"),
            ],
        )
        .await
        .expect(403);
        untouched(&test, &town).await;
        let clara = portal.sign_in(CLARA).await;
        let page = clara.get(&town.path("members")).await.expect(403);
        assert!(
            page.text()
                .contains("Your access for Kuusi Oy is suspended."),
            "{}",
            page.text()
        );
    })
    .await;
}

async fn sign_in(test: &TestDb, portal: &Portal) -> Browser {
    let _ = test;
    portal.sign_in(AINO).await
}

#[tokio::test(flavor = "multi_thread")]
async fn grace_only_reads_and_the_end_closes_the_pages() {
    each_engine(async |test| {
        let now = test.cx().now();
        let town = town_with(&test, Some(now.plus(DAY)), Some(now.plus(DAY * 10))).await;
        let portal = Portal::start(&test).await;
        let aino = sign_in(&test, &portal).await;
        let home = aino.get("/home").await.expect(200).text();
        assert!(
            home.contains("Contract CT-1001 ends today")
                || home.contains("Contract CT-1001 ends tomorrow"),
            "{home}"
        );
        portal.clock.advance(DAY + Duration::from_secs(1));
        let aino = sign_in(&test, &portal).await;
        let list = aino.get(&town.path("members")).await.expect(200);
        assert!(
            list.text().contains("not change anything"),
            "{}",
            list.text()
        );
        assert!(
            list.forms()
                .iter()
                .all(|form| !form.action.contains("several"))
        );
        assert!(!list.text().contains("Suspend …"), "{}", list.text());
        aino.get(&town.member(&town.ben, "")).await.expect(200);
        let refused = aino
            .post(&town.member(&town.ben, "/suspend"), &[])
            .await
            .expect(403);
        assert!(
            refused.text().contains("grace period"),
            "{}",
            refused.text()
        );
        untouched(&test, &town).await;
        portal.clock.advance(DAY * 10);
        let aino = sign_in(&test, &portal).await;
        let closed = aino.get(&town.path("members")).await.expect(403);
        assert!(
            closed
                .text()
                .contains("Contract CT-1001 of Kuusi Oy ended on"),
            "{}",
            closed.text()
        );
        let home = aino.get("/home").await.expect(200).text();
        assert!(
            home.contains("Contract CT-1001 of Kuusi Oy ended on"),
            "{home}"
        );
        let why = aino.get("/why").await.expect(200).text();
        assert!(
            why.contains("You cannot use this") && why.contains("ended on"),
            "{why}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_the_list_stand_whatever_is_in_them() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let queries = [
            "q=%00",
            "q=%F0%9F%98%80",
            "q=%25",
            "q=%27%3B--",
            "sort=evil&size=-1",
            "size=999999999999",
            "status=emperor",
            "role=%27",
            "page=AAAA",
            "page=%00",
            "page=PgA",
            "q=a&sort=-seen&size=100&status=active&role=orders",
            "unknown=1",
        ];
        for query in queries {
            aino.get(&town.path(&format!("members?{query}")))
                .await
                .expect(200);
            aino.get(&town.path(&format!("audit?{query}&before=x")))
                .await
                .expect(200);
        }
        let long = "x".repeat(5_000);
        aino.get(&town.path(&format!("members?q={long}")))
            .await
            .expect(200);
        let script = aino
            .get(&town.path("members?q=%3Cscript%3Ealert(1)%3C/script%3E%22%3E"))
            .await
            .expect(200);
        assert!(!script.body.contains("<script>alert"), "{}", script.body);
        let found = aino
            .get(&town.path("members?q=MULLER&sort=-name"))
            .await
            .expect(200);
        assert!(
            found.text().contains("Ben Müller") && !found.text().contains("Clara Groß"),
            "{}",
            found.text()
        );
        // The address keeps the filter when the order changes.
        assert!(
            found.body.contains("?q=MULLER&amp;sort=status")
                || found.body.contains("?q=MULLER&#38;sort=status"),
            "{}",
            found.body
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_pages_say_what_stands_and_what_to_do() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let ben = portal.sign_in(BEN).await;
        let home = ben.get("/home").await.expect(200).text();
        for words in [
            "Hello, Ben Müller",
            "Kuusi Oy",
            "Contract CT-1001 is active and has no end date.",
            "Orders spare parts",
        ] {
            assert!(home.contains(words), "{words}: {home}");
        }
        assert!(!home.contains("People and invitations"), "{home}");
        let services = ben.get("/services").await.expect(200);
        assert_eq!(
            services.link("Go to Spare parts shop"),
            "https://shop.example/"
        );
        let text = services.text();
        assert!(
            text.contains("None of your roles for Kuusi Oy includes Manuals. Aino Virtanen can give you a role for it."),
            "{text}"
        );
        let why = ben.get("/why").await.expect(200).text();
        assert!(
            why.contains("Your role includes Spare parts shop: Orders spare parts"),
            "{why}"
        );
        for path in ["/home", "/services", "/why"] {
            for query in [
                "organization=org_x",
                "organization=%00",
                &format!("organization={}", town.other),
            ] {
                let page = ben.get(&format!("{path}?{query}")).await.expect(200);
                assert!(!page.text().contains("Other Oy"), "{}", page.text());
            }
        }
        portal.add_person("lone@nowhere.example").await;
        let lone = portal.sign_in("lone@nowhere.example").await;
        let home = lone.get("/home").await.expect(200);
        assert!(
            home.text()
                .contains("You do not belong to a company here yet"),
            "{}",
            home.text()
        );
        assert_eq!(home.link("Register"), "/register");
        lone.get("/services").await.expect(200);
        lone.get("/why").await.expect(200);
        let rep = portal.sign_in(crate::support::portal::REP).await;
        assert!(
            rep.get("/home")
                .await
                .expect(200)
                .text()
                .contains("Find a company")
        );
        let german = portal.browser().speaking("de");
        german.sign_in_as(AINO).await;
        let text = german.get(&town.path("members")).await.expect(200).text();
        assert!(
            text.contains("Gesperrt") && text.contains("3 Personen angezeigt"),
            "{text}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_list_asks_the_database_three_times_at_most() {
    each_engine(async |test| {
        let town = town(&test).await;
        let portal = Portal::start(&test).await;
        let aino = portal.sign_in(AINO).await;
        let cookie = format!("sid={}", aino.cookie("sid").unwrap());
        let ask = async |path: String| {
            use tower::ServiceExt;
            let request = axum::http::Request::get(path)
                .header("cookie", &cookie)
                .body(axum::body::Body::empty())
                .unwrap();
            let router = vestibule::router::router(portal.state.clone());
            let (answer, statements) =
                vestibule::db::conn::counting_statements(router.oneshot(request)).await;
            assert_eq!(answer.unwrap().status().as_u16(), 200);
            statements
        };
        // The gate, the list, and whether somebody else runs the organization.
        for query in [
            "",
            "?sort=-seen&size=100",
            "?q=m&status=active&role=orders&sort=status",
        ] {
            assert_eq!(
                ask(town.path(&format!("members{query}"))).await,
                3,
                "{query}"
            );
        }
        // The gate and one for the slice of the log; pages from the gate alone; of each
        // company run what is open, and its seats: how many and how many are taken.
        assert_eq!(ask(town.path("audit")).await, 2);
        assert_eq!(ask("/why".to_owned()).await, 1);
        assert_eq!(ask("/home".to_owned()).await, 4);
        assert!(ask(town.member(&town.ben, "")).await <= 6);
    })
    .await;
}
