//! Roles and services edited by operators: drafts, what changes for whom, versions, every node, the
//! limits of a role wherever one is given.

use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use vestibule::{
    app::AppState,
    kernel::ids::OrganizationId,
    operations::catalogue::{Took, kept_back, take_file},
    router,
    settings::{GrantedBy, Settings},
    web::listener,
};

use crate::support::{
    Plan, Portal, TestDb,
    browser::{Browser, Page},
    each_engine,
    portal::{DESK, OPERATOR, REP},
};

const AINO: &str = "aino.admin@harbour.example";
const BEN: &str = "ben.buyer@harbour.example";
const MALIN: &str = "malin.other@nordwind.example";
const PLACE: &str = "/operations/catalogue";

struct Town {
    portal: Portal,
    organization: OrganizationId,
    operator: Browser,
}

/// One customer with an administrator and a buyer, and an operator at the desk.
async fn town(test: &TestDb) -> Town {
    let plan = Plan {
        change: Some(Box::new(|settings: &mut Settings| {
            let first = settings
                .staff
                .iter()
                .find(|it| it.email.shown() == OPERATOR);
            let mut second = first.unwrap().clone();
            second.email = vestibule::kernel::EmailAddress::parse(MALIN).unwrap();
            second.name = "Malin Other".to_owned();
            settings.staff.push(second);
        })),
        ..Plan::default()
    };
    let portal = Portal::start_as(test, plan).await;
    take_file(&portal.state).await.unwrap();
    let organization = portal.add_customer("Harbour").await;
    portal.add_member(&organization, AINO, &["admin"]).await;
    portal.add_member(&organization, BEN, &["orders"]).await;
    let operator = portal.sign_in(OPERATOR).await;
    Town {
        portal,
        organization,
        operator,
    }
}

impl Town {
    /// Edits the form of a role into the draft.
    async fn edit(&self, by: &Browser, role: &str, fields: &[(&str, &str)]) -> Page {
        let page = by.get(&format!("{PLACE}/roles/{role}")).await.expect(200);
        let mut form = page.form_with("name_en").with("act", "put");
        for (name, value) in fields {
            form = match *value {
                "-" => form.without(name),
                value => form.with(name, value),
            };
        }
        by.press(&page, &form).await
    }

    async fn drop_role(&self, role: &str, replacement: &str) -> Page {
        let page = self.operator.get(&format!("{PLACE}/roles/{role}")).await;
        let page = page.expect(200);
        let form = page.form_with("replacement").with("act", "drop");
        let form = form.with("replacement", replacement);
        self.operator.press(&page, &form).await.expect(200)
    }

    async fn preview(&self) -> Page {
        self.operator
            .get(&format!("{PLACE}/preview"))
            .await
            .expect(200)
    }

    async fn save(&self, by: &Browser) -> Page {
        let page = by.get(&format!("{PLACE}/preview")).await.expect(200);
        by.press(&page, &page.form_with("note")).await
    }

    async fn change(&self, role: &str, fields: &[(&str, &str)]) {
        self.edit(&self.operator, role, fields).await.expect(200);
        let page = self.save(&self.operator).await.expect(200);
        assert!(
            page.text().contains("counts from the next request"),
            "{}",
            page.text()
        );
    }

    fn members(&self) -> String {
        format!("/organizations/{}/members", self.organization)
    }
}

/// Another node on the same database, and a browser that asks it with somebody's session.
async fn other_node(portal: &Portal, known: &Browser) -> Browser {
    let there = &portal.state;
    let state = AppState::with(
        there.settings.clone(),
        there.db.clone(),
        there.world.clone(),
    );
    let state = state.unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let limits = listener::Limits::new(100);
        let (routes, stop) = (router::router(state.clone()), state.stop.clone());
        listener::serve(socket, routes, limits, stop, &TaskTracker::new()).await;
    });
    let origin = portal.url.origin().ascii_serialization();
    let browser = Browser::new(&portal.url, vec![(origin, address)]);
    for (name, value) in known.cookies() {
        browser.set_cookie(&name, &value);
    }
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_counts_on_every_node_at_the_next_request() {
    each_engine(async |test| {
        let town = town(&test).await;
        let ben = town.portal.sign_in(BEN).await;
        let other = other_node(&town.portal, &ben).await;
        let roles = async |browser: &Browser| {
            let page = browser.get("/forward-auth?service=shop").await.expect(200);
            page.headers["x-vestibule-roles"]
                .to_str()
                .unwrap()
                .to_owned()
        };
        for node in [&ben, &other] {
            assert_eq!(roles(node).await, "buyer");
        }
        // A draft counts for nobody.
        let page = town.operator.get(&format!("{PLACE}/roles/orders")).await;
        let mut form = page.form_with("name_en").with("act", "put");
        form.fields.retain(|(name, _)| name != "grants");
        for (_, service) in form
            .fields
            .clone()
            .iter()
            .filter(|(name, _)| name == "service")
        {
            let given = if service == "shop" {
                "buyer, approver"
            } else {
                ""
            };
            form = form.and("grants", given);
        }
        town.operator.press(&page, &form).await.expect(200);
        assert_eq!(roles(&other).await, "buyer");
        let preview = town.preview().await;
        assert!(
            preview.text().contains("approver at Spare parts shop"),
            "{}",
            preview.text()
        );
        town.save(&town.operator).await.expect(200);
        for node in [&ben, &other] {
            assert_eq!(roles(node).await, "approver,buyer");
        }
        assert_eq!(
            town.portal
                .count("SELECT max(version) FROM catalogue_versions")
                .await,
            2
        );
        let log = town.portal.audited("catalogue.saved").await;
        assert_eq!(log.len(), 1);
        assert!(
            log[0].1["changes"][0]
                .as_str()
                .unwrap()
                .contains("grants shop"),
            "{log:?}"
        );
        // The other node's own pages follow as well.
        let services = other.get("/services").await.expect(200);
        assert!(services.text().contains("Spare parts shop"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_staff_is_shown_with_why_and_refused_however_it_is_posted() {
    each_engine(async |test| {
        let town = town(&test).await;
        town.change("reader", &[("granted_by", "staff")]).await;
        let aino = town.portal.sign_in(AINO).await;
        // Changing roles: greyed with the reason, refused by hand.
        let members = aino.get(&town.members()).await.expect(200);
        let member = members.links().into_iter().map(|(place, _)| place);
        let member = member
            .filter(|place| place.contains("/members/mem_"))
            .collect::<Vec<_>>();
        let mut refused = 0;
        for place in &member {
            let page = aino.get(&format!("{place}/roles")).await;
            if page.status != 200 || !page.text().contains("Ben") {
                continue;
            }
            assert!(page.text().contains("Only Nordwind"), "{}", page.text());
            let form = page
                .form_with("role")
                .with("role", "orders")
                .and("role", "reader");
            let answer = aino.submit(&page, &form).await.expect(422);
            assert!(
                answer.text().contains("gives the role “Reads manuals”"),
                "{}",
                answer.text()
            );
            refused += 1;
        }
        assert!(refused > 0, "{member:?}");
        // Inviting.
        let place = format!("/organizations/{}/invitations/new", town.organization);
        let page = aino.get(&place).await.expect(200);
        assert!(page.text().contains("Only Nordwind"), "{}", page.text());
        let form = page.form_with("people");
        let form = form
            .with("people", "new.person@harbour.example")
            .with("roles", "reader");
        let form = form.with("step", "send");
        let answer = aino.submit(&page, &form).await;
        assert!(
            answer.status == 422 || answer.text().contains("gives the role"),
            "{}",
            answer.text()
        );
        assert_eq!(
            town.portal.count("SELECT count(*) FROM invitations").await,
            0
        );
        // Staff may.
        let rep = town.portal.sign_in(REP).await;
        let place = format!("/sales/accounts/{}/invite", town.organization);
        let page = rep.get(&place).await.expect(200);
        let form = page
            .form_with("email")
            .with("email", "new.person@harbour.example");
        let form = form.with("roles", "reader").with("act", "send");
        rep.submit(&page, &form).await.expect(303);
        assert_eq!(
            town.portal.count("SELECT count(*) FROM invitations").await,
            1
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_role_that_does_not_fit_opens_nothing_and_says_so() {
    each_engine(async |test| {
        let town = town(&test).await;
        let ben = town.portal.sign_in(BEN).await;
        ben.get("/forward-auth?service=shop").await.expect(200);
        town.change("orders", &[("kinds", "partner")]).await;
        ben.get("/forward-auth?service=shop").await.expect(403);
        let home = ben.get("/services").await;
        assert!(
            home.text().contains("not meant for companies like Harbour"),
            "{}",
            home.text()
        );
        // It is not offered, and cannot be given.
        let aino = town.portal.sign_in(AINO).await;
        let place = format!("/organizations/{}/invitations/new", town.organization);
        let page = aino.get(&place).await.expect(200);
        assert!(
            !page.text().contains("Orders spare parts"),
            "{}",
            page.text()
        );
        let form = page.form_with("people");
        let form = form
            .with("people", "new.person@harbour.example")
            .with("roles", "orders");
        let answer = aino.submit(&page, &form.with("step", "send")).await;
        assert!(
            answer
                .text()
                .contains("not meant for companies like this one"),
            "{}",
            answer.text()
        );
        // Back again, and it opens.
        town.change("orders", &[("kinds", "-")]).await;
        ben.get("/forward-auth?service=shop").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_goes_names_its_holders_and_keeps_or_replaces_them() {
    each_engine(async |test| {
        let town = town(&test).await;
        let ben = town.portal.sign_in(BEN).await;
        town.drop_role("orders", "").await;
        let page = town.preview().await;
        for words in [
            "Ben Buyer (Harbour)",
            "They keep it, and it opens nothing",
            "Spare parts shop",
        ] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let csv = town
            .operator
            .get(&format!("{PLACE}/preview/csv"))
            .await
            .expect(200);
        assert!(
            csv.body.contains("Harbour") && csv.body.contains("loses,shop"),
            "{}",
            csv.body
        );
        town.save(&town.operator).await.expect(200);
        ben.get("/forward-auth?service=shop").await.expect(403);
        let home = ben.get("/services").await;
        assert!(home.text().contains("no longer offered"), "{}", home.text());
        let page = town.operator.get(PLACE).await.expect(200);
        assert!(
            page.text().contains("Roles that are over"),
            "{}",
            page.text()
        );
        // Restoring the version before it, through the same preview.
        let page = town
            .operator
            .get(&format!("{PLACE}/versions/1"))
            .await
            .expect(200);
        let page = town
            .operator
            .press(&page, &page.form("/restore"))
            .await
            .expect(200);
        town.operator
            .press(&page, &page.form_with("note"))
            .await
            .expect(200);
        ben.get("/forward-auth?service=shop").await.expect(200);
        // With a replacement, the CRM hears of it like of any change of roles.
        let told = "SELECT count(*) FROM changes WHERE kind = 'membership_changed'";
        let before = town.portal.count(told).await;
        town.drop_role("orders", "reader").await;
        town.save(&town.operator).await.expect(200);
        ben.get("/forward-auth?service=shop").await.expect(403);
        ben.get("/forward-auth?service=docs").await.expect(200);
        assert_eq!(town.portal.count(told).await, before + 1);
        let held = "SELECT count(*) FROM membership_roles WHERE role = 'orders'";
        assert_eq!(town.portal.count(held).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_version_leaves_an_organization_without_an_administrator() {
    each_engine(async |test| {
        let town = town(&test).await;
        // Another role that administers, which nobody has.
        let page = town
            .operator
            .get(&format!("{PLACE}/new-role"))
            .await
            .expect(200);
        let form = page
            .form_with("name_en")
            .with("key", "boss")
            .with("tier", "admin");
        let form = form
            .with("name_en", "Runs it")
            .with("people_en", "For bosses")
            .with("act", "put");
        town.operator.press(&page, &form).await.expect(200);
        for fields in [[("tier", "member")], [("kinds", "vendor")]] {
            town.edit(&town.operator, "admin", &fields)
                .await
                .expect(200);
            let page = town.preview().await;
            assert!(
                page.text().contains("Nobody would run these organizations"),
                "{}",
                page.text()
            );
            assert!(page.text().contains("Harbour"));
            assert!(
                page.forms().iter().all(|form| form.field("note").is_none()),
                "no way to save"
            );
            let seen = "SELECT generation FROM catalogue_drafts";
            let seen = town.portal.count(seen).await.to_string();
            let place = format!("{PLACE}/preview");
            let answer = town
                .operator
                .post(&place, &[("seen", &seen), ("note", "")])
                .await
                .expect(409);
            assert!(
                answer.text().contains("nobody left to run it"),
                "{}",
                answer.text()
            );
        }
        assert_eq!(
            town.portal
                .count("SELECT max(version) FROM catalogue_versions")
                .await,
            1
        );
        // With a replacement that administers it is fine.
        town.drop_role("admin", "boss").await;
        let page = town.save(&town.operator).await.expect(200);
        assert!(
            page.text().contains("Version 2 is saved"),
            "{}",
            page.text()
        );
        let aino = town.portal.sign_in(AINO).await;
        aino.get(&town.members()).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_operators_at_once_lose_nothing() {
    each_engine(async |test| {
        let town = town(&test).await;
        let second = town.portal.sign_in(MALIN).await;
        town.edit(&second, "reader", &[("name_en", "Reads all manuals")])
            .await
            .expect(200);
        let stale = second.get(&format!("{PLACE}/preview")).await.expect(200);
        town.change("lead", &[("name_en", "Looks around")]).await;
        // The page that was open says so, and nothing is saved.
        let answer = second
            .submit(&stale, &stale.form_with("note"))
            .await
            .expect(409);
        assert!(
            answer.text().contains("Version 2 was saved meanwhile"),
            "{}",
            answer.text()
        );
        let page = second.get(PLACE).await.expect(200);
        assert!(
            page.text().contains("A newer version was saved"),
            "{}",
            page.text()
        );
        let form = page
            .forms()
            .into_iter()
            .find(|form| form.field("act") == Some("renew"));
        let page = second.press(&page, &form.unwrap()).await.expect(200);
        second
            .press(&page, &page.form_with("note"))
            .await
            .expect(200);
        let page = second.get(PLACE).await.expect(200);
        for name in ["Reads all manuals", "Looks around"] {
            assert!(page.text().contains(name), "{name}: {}", page.text());
        }
        // A form that was open in another window meanwhile is not taken for the newest.
        let place = format!("{PLACE}/roles/reader");
        let open = second.get(&place).await.expect(200);
        town.edit(&second, "reader", &[("name_en", "Reads one manual")])
            .await
            .expect(200);
        let form = open
            .form_with("name_en")
            .with("name_en", "Reads none")
            .with("act", "put");
        let answer = second.submit(&open, &form).await.expect(422);
        assert!(
            answer
                .text()
                .contains("has changed since the form was opened"),
            "{}",
            answer.text()
        );
        let page = second.get(PLACE).await.expect(200);
        assert!(page.text().contains("Reads one manual"));
        let page = second
            .press(
                &page,
                &page
                    .forms()
                    .into_iter()
                    .find(|form| form.field("act") == Some("discard"))
                    .unwrap(),
            )
            .await;
        assert!(page.text().contains("Reads all manuals"), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_in_names_each_wrong_row_and_hostile_words_stay_words() {
    each_engine(async |test| {
        let town = town(&test).await;
        let place = format!("{PLACE}/import");
        let import = async |table: &str| {
            let page = town.operator.get(&place).await.expect(200);
            let form = page.form_with("table").with("table", table);
            town.operator.press(&page, &form).await
        };
        let bad = "entry,key,tier,grants,name en,text en\nrole,UPPER,member,,Up,For all\nrole,king,king,,King,For all\nrole,far,member,moon: x,Far,For all\n";
        let answer = import(bad).await.expect(422);
        for words in ["Enter a key", "none of: member, admin, lead", "2 rows are wrong"] {
            assert!(answer.text().contains(words), "{words}: {}", answer.text());
        }
        assert_eq!(town.portal.count("SELECT count(*) FROM catalogue_drafts").await, 0);
        let unknown = "entry,key,tier,grants,name en,text en\nrole,far,member,moon: x,Far,For all\n";
        let answer = import(unknown).await.expect(422);
        assert!(answer.text().contains("no service “moon”"), "{}", answer.text());
        let hostile = "entry,key,tier,grants,name en,text en\nrole,odd,member,shop: buyer,=HYPERLINK(1),\"<script>alert(1)</script>\"\n";
        let answer = import(hostile).await.expect(200);
        assert!(answer.text().contains("=HYPERLINK(1)"), "{}", answer.text());
        assert!(!answer.body.contains("<script>alert"), "escaped");
        let page = town.operator.get(&format!("{PLACE}/roles/odd")).await.expect(200);
        assert!(!page.body.contains("<script>alert"), "escaped");
        town.save(&town.operator).await.expect(200);
        let csv = town.operator.get(&format!("{PLACE}/csv")).await.expect(200);
        assert!(csv.body.contains(",'=HYPERLINK(1)"), "{}", csv.body);
        // The download is what can be taken in again, and changes nothing.
        import(&csv.body).await.expect(200);
        let page = town.preview().await;
        assert!(page.text().contains("The draft changes nothing"), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_file_is_the_first_version_and_gives_way_to_operators() {
    each_engine(async |test| {
        let town = town(&test).await;
        let with = |change: fn(&mut Settings)| {
            let there = &town.portal.state;
            let mut settings = there.settings.clone();
            change(&mut settings);
            AppState::with(settings, there.db.clone(), there.world.clone()).unwrap()
        };
        let same = with(|_| {});
        assert!(matches!(take_file(&same).await.unwrap(), Took::Nothing));
        // Nobody has edited it here: the file goes on counting.
        let staff = with(|settings| settings.roles[2].granted_by = GrantedBy::Staff);
        assert!(matches!(
            take_file(&staff).await.unwrap(),
            Took::Imported(2)
        ));
        assert!(matches!(take_file(&staff).await.unwrap(), Took::Nothing));
        town.change("lead", &[("name_en", "Looks around")]).await;
        assert!(
            matches!(take_file(&staff).await.unwrap(), Took::Nothing),
            "the file says nothing new"
        );
        let renamed = with(|settings| settings.roles[2].key = "reads".to_owned());
        let took = take_file(&renamed).await.unwrap();
        assert!(matches!(took, Took::Kept { version: 3, .. }), "{took:?}");
        let mut conn = renamed.db.read().await.unwrap();
        let lines = kept_back(&mut conn, &renamed.settings).await.unwrap();
        assert!(lines.iter().any(|line| line.line() == "role reads added"));
        drop(conn);
        // This node's file is the old one, which differs from what was taken over last.
        let page = town.operator.get("/operations").await.expect(200);
        assert!(
            page.text().contains("The settings file has changed"),
            "{}",
            page.text()
        );
        let page = town.operator.get(PLACE).await.expect(200);
        let form = page
            .forms()
            .into_iter()
            .find(|form| form.field("act") == Some("file"));
        let page = town.operator.press(&page, &form.unwrap()).await.expect(200);
        town.operator
            .press(&page, &page.form_with("note"))
            .await
            .expect(200);
        let page = town.operator.get("/operations").await.expect(200);
        assert!(
            !page.text().contains("The settings file has changed"),
            "{}",
            page.text()
        );
        let page = town
            .operator
            .get(&format!("{PLACE}/versions"))
            .await
            .expect(200);
        assert!(page.text().contains("Version 4") && page.text().contains("Settings file"));
        let page = town
            .operator
            .get(&format!("{PLACE}/versions/4?with=2"))
            .await
            .expect(200);
        assert!(
            page.text().contains("Compared with version 2"),
            "{}",
            page.text()
        );
        town.operator
            .get(&format!("{PLACE}/versions/99"))
            .await
            .expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_for_operators_only() {
    each_engine(async |test| {
        let town = town(&test).await;
        for who in [AINO, REP, DESK] {
            let browser = town.portal.sign_in(who).await;
            for place in [
                "",
                "/preview",
                "/csv",
                "/roles/admin",
                "/versions",
                "/import",
            ] {
                let page = browser.get(&format!("{PLACE}{place}")).await;
                assert!(
                    page.status == 404 || page.status == 403,
                    "{who} {place}: {}",
                    page.status
                );
            }
            let answer = browser
                .post(&format!("{PLACE}/draft"), &[("act", "file")])
                .await;
            assert!(
                answer.status == 404 || answer.status == 403,
                "{who}: {}",
                answer.status
            );
        }
        assert_eq!(
            town.portal
                .count("SELECT count(*) FROM catalogue_drafts")
                .await,
            0
        );
        let german = Browser::new(&town.portal.url, Vec::new()).speaking("de");
        for (name, value) in town.operator.cookies() {
            german.set_cookie(&name, &value);
        }
        for place in [
            "",
            "/new-role",
            "/new-service",
            "/import",
            "/versions",
            "/roles/admin",
            "/services/shop",
            "/versions/1",
        ] {
            let page = german.get(&format!("{PLACE}{place}")).await.expect(200);
            assert!(
                !page.text().contains("catalogue-"),
                "{place}: {}",
                page.text()
            );
        }
    })
    .await;
}
