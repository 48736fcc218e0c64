//! Programs on the operators' page, and by the command line's actions: made, renewed, revoked.

use vestibule::clients::{self, Scope};

use super::{Program, portal};
use crate::support::{
    Portal,
    browser::Page,
    each_engine,
    portal::{DESK, OPERATOR, REP},
};

const PAGE: &str = "/operations/clients";

/// What a form shows once.
fn shown(page: &Page, id: &str) -> String {
    let (_, rest) = page
        .body
        .split_once(&format!("id=\"{id}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn proves(portal: &Portal, id: &str, secret: &str) -> bool {
    let mut conn = portal.state.db.read().await.unwrap();
    let now = portal.clock.now();
    clients::prove(&mut conn, id, secret, now)
        .await
        .unwrap()
        .is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_makes_renews_and_revokes() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let page = browser.get(PAGE).await.expect(200);
        assert!(page.text().contains("No program may call the API"));
        let fields = [
            ("name", "Flow"),
            ("scopes", "invitations:write"),
            ("scopes", "members:read"),
            ("connection", "crm"),
            ("days", "30"),
        ];
        let made = browser.post(PAGE, &fields).await.expect(200);
        let (id, secret) = (shown(&made, "client_id"), shown(&made, "client_secret"));
        assert!(proves(&portal, &id, &secret).await);
        assert_eq!(made.headers["cache-control"], "no-store");
        let list = browser.get(PAGE).await.expect(200);
        assert!(
            list.text().contains("Flow") && list.body.contains(&id) && !list.body.contains(&secret)
        );
        // A new one beside the old one.
        let renewed = browser
            .post(&format!("{PAGE}/{id}/rotate"), &[])
            .await
            .expect(200);
        let new = shown(&renewed, "client_secret");
        assert!(proves(&portal, &id, &secret).await && proves(&portal, &id, &new).await);
        portal
            .clock
            .advance(std::time::Duration::from_secs(24 * 3_600));
        assert!(!proves(&portal, &id, &secret).await && proves(&portal, &id, &new).await);
        let browser = portal.sign_in(OPERATOR).await;
        let question = browser
            .get(&format!("{PAGE}/{id}/revoke"))
            .await
            .expect(200);
        assert!(question.h1().contains("Flow"));
        assert!(proves(&portal, &id, &new).await);
        browser
            .submit(&question, &question.form("/revoke"))
            .await
            .expect(303);
        assert!(!proves(&portal, &id, &new).await);
        let again = browser
            .post(&format!("{PAGE}/{id}/rotate"), &[])
            .await
            .expect(303);
        assert_eq!(again.path_of_location(), PAGE);
        for (action, sentence) in [
            ("client.created", "let the program Flow call the API"),
            ("client.rotated", "gave the program Flow a new secret"),
            ("client.revoked", "took the program Flow its right"),
        ] {
            assert_eq!(portal.audited(action).await[0].0, id);
            let log = browser
                .get(&format!("/operations/audit?action={action}"))
                .await
                .expect(200);
            assert!(
                log.text().contains(&format!("Olli Ops {sentence}"))
                    || log.text().contains(sentence),
                "{}",
                log.text()
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_stands_at_its_field() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        for (fields, field) in [
            (vec![("name", " "), ("scopes", "members:read")], "name"),
            (vec![("name", "x")], "scopes"),
            (vec![("name", "x"), ("scopes", "everything")], "scopes"),
            (
                vec![("name", "x"), ("scopes", "members:read"), ("days", "0")],
                "days",
            ),
            (
                vec![("name", "x"), ("scopes", "members:read"), ("days", "many")],
                "days",
            ),
            (
                vec![
                    ("name", "x"),
                    ("scopes", "members:read"),
                    ("connection", "nowhere"),
                ],
                "connection",
            ),
        ] {
            let page = browser.post(PAGE, &fields).await.expect(422);
            assert!(
                page.body.contains(&format!("href=\"#{field}\"")),
                "{fields:?}"
            );
        }
        assert_eq!(portal.count("SELECT count(*) FROM api_clients").await, 0);
        for path in ["/nobody/revoke", "/cli_00000000000000000000000000/revoke"] {
            browser.get(&format!("{PAGE}{path}")).await.expect(404);
        }
        browser
            .post(
                &format!("{PAGE}/cli_00000000000000000000000000/rotate"),
                &[],
            )
            .await
            .expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_may() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let program = Program::with(&portal, Scope::ALL, None).await;
        let id = program.made.client.id.to_string();
        for staff in [REP, DESK] {
            let browser = portal.sign_in(staff).await;
            browser.get(PAGE).await.expect(403);
            browser
                .post(PAGE, &[("name", "x"), ("scopes", "members:read")])
                .await
                .expect(403);
            browser
                .post(&format!("{PAGE}/{id}/rotate"), &[])
                .await
                .expect(403);
            browser
                .post(&format!("{PAGE}/{id}/revoke"), &[])
                .await
                .expect(403);
        }
        program.get("/api/v1/events").await.expect(200);
        assert_eq!(portal.count("SELECT count(*) FROM api_clients").await, 1);
    })
    .await;
}

/// What a program did reads as a sentence in the customer's own log and in the operators'.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_did_is_a_sentence() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        portal
            .add_member(&organization, "boss@kuusi.example", &["admin"])
            .await;
        let program = Program::new(&portal).await;
        let wish = super::address(&organization, "aino@kuusi.example");
        program.post("/api/v1/invitations", &wish).await.expect(201);
        let operator = portal.sign_in(OPERATOR).await;
        let log = operator
            .get("/operations/audit?action=invitation.created")
            .await
            .expect(200);
        let sentence = format!("The program {}", program.made.client.name);
        assert!(log.text().contains(&sentence), "{}", log.text());
        let boss = portal.sign_in("boss@kuusi.example").await;
        let own = boss
            .get(&format!("/organizations/{organization}/audit"))
            .await
            .expect(200);
        assert!(own.text().contains("Nordwind Supply"), "{}", own.text());
        boss.get(&format!("/organizations/{organization}/members"))
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_program_that_did_it() {
    each_engine(async |test| {
        let portal = portal(&test).await;
        let organization = portal.add_customer("Kuusi Oy").await;
        let program = Program::new(&portal).await;
        let name = &program.made.client.name;
        assert!(!name.is_empty());
        for email in ["one@kuusi.example", "two@kuusi.example"] {
            let wish = super::address(&organization, email);
            program.post("/api/v1/invitations", &wish).await.expect(201);
        }
        for (language, words) in [("en", "The program"), ("de", "Das Programm")] {
            let browser = portal.sign_in(OPERATOR).await.speaking(language);
            let log = browser
                .get("/operations/audit?action=invitation.created")
                .await
                .expect(200);
            let said = format!("{words} {name}");
            assert_eq!(log.text().matches(&said).count(), 2, "{}", log.text());
            // The id is there for who needs it.
            assert!(log.body.contains(&program.made.client.id.to_string()));
        }
    })
    .await;
}
