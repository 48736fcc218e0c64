//! The pages of operations: what operators see, what they decide, what is hidden from them.

use vestibule::{
    contracts,
    crm::port::{Account, Contact, Contract, Record, Verdict},
    db::Error,
    kernel::ids::Id,
    on,
};

use crate::support::{
    Portal, TestDb, each_engine,
    outbox::{engine, expect, in_state, moved, tell},
    portal::{OPERATOR, REP},
    sink::{Sink, done, rejected},
};

const CRM: &str = "crm:crm";

/// Two dead letters with one thing waiting behind the first, one review, one arrival.
async fn trouble(test: &TestDb) {
    let sink = Sink::new(CRM);
    sink.answer(|parcel| match parcel.subject.as_str() {
        "fine" => (true, done()),
        "which" => (
            false,
            Verdict::NeedsReview {
                reason: "two contacts have a@b.example".into(),
                candidates: vec!["contact-1".into(), "contact-2".into()],
            },
        ),
        _ => (false, rejected("invalid_field")),
    });
    for subject in ["bad", "bad", "worse", "which", "fine"] {
        tell(test, CRM, subject, moved(1)).await;
    }
    engine(test, [&sink]).drain().await.unwrap();
    expect(
        test,
        &[("dead", 2), ("done", 1), ("review", 1), ("waiting", 1)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_see_operations() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let rep = portal.sign_in(REP).await;
        portal.add_person("kim@customer.example").await;
        let person = portal.sign_in("kim@customer.example").await;
        tell(&test, CRM, "a", moved(1)).await;
        let delivery = in_state(&test, "waiting").await;
        for path in [
            "/operations",
            "/operations/deliveries",
            &format!("/operations/deliveries/{delivery}"),
            &format!("/operations/deliveries/{delivery}/skip"),
            "/operations/dead-letters",
            "/operations/matches",
            "/operations/connections",
            "/operations/connections/crm/held",
            "/operations/audit",
            "/operations/receipts",
            "/operations/receipts/csv",
            "/operations/receipts/json",
            "/operations/destinations/mail/pause",
        ] {
            portal.browser().get(path).await.expect(303);
            rep.get(path).await.expect(403);
            person.get(path).await.expect(404);
        }
        for path in [
            &format!("/operations/deliveries/{delivery}/replay"),
            &format!("/operations/deliveries/{delivery}/park"),
            &format!("/operations/deliveries/{delivery}/skip"),
            &format!("/operations/deliveries/{delivery}/choose"),
            "/operations/dead-letters/replay",
            "/operations/audit/verify",
            "/operations/connections/crm/held",
            "/operations/connections/crm/look",
            "/operations/connections/crm/read-again",
            "/operations/destinations/mail/pause",
            "/operations/destinations/mail/resume",
        ] {
            portal.browser().post(path, &[]).await.expect(401);
            rep.post(path, &[]).await.expect(403);
            person.post(path, &[]).await.expect(404);
        }
        expect(&test, &[("waiting", 1)]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_explained_and_sent_again_together() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        trouble(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let overview = browser.get("/operations").await.expect(200);
        let text = overview.text();
        assert!(
            text.contains("Ledger CRM") && text.contains("There are dead letters"),
            "{text}"
        );
        assert!(!text.contains("Nothing is stuck"));
        let page = browser.get("/operations/dead-letters").await.expect(200);
        let text = page.text();
        assert!(
            text.contains("The other system does not accept a value"),
            "{text}"
        );
        let ask = browser.open(&page.link("Send all again")).await.expect(200);
        assert_eq!(ask.h1(), "Send dead letters again?");
        let form = ask.form("/operations/dead-letters/replay");
        let after = browser.press(&ask, &form).await.expect(200);
        assert!(after.text().contains("2 dead letters are sent again."));
        assert!(after.text().contains("Nothing is stuck"));
        expect(&test, &[("done", 1), ("review", 1), ("waiting", 3)]).await;
        let audited = portal.audited("deliveries.replayed").await;
        assert_eq!(audited[0].1["count"], 2);
        // Once more sends nothing and says so.
        let again = browser.press(&ask, &form).await.expect(200);
        assert!(again.text().contains("0 dead letters are sent again."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_shows_what_helps_and_hides_people() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        trouble(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let review = in_state(&test, "review").await;
        for path in [
            format!("/operations/deliveries/{review}"),
            "/operations/matches".to_owned(),
            "/operations/deliveries".to_owned(),
        ] {
            let page = browser.get(&path).await.expect(200);
            assert!(page.body.contains("a•••@b.example"), "{path}");
            assert!(!page.body.contains("a@b.example"), "{path}");
        }
        let page = browser.get("/operations/matches").await;
        for words in ["contact-1", "contact-2", "Create a new record"] {
            assert!(page.text().contains(words));
        }
        let dead = in_state(&test, "dead").await;
        let page = browser
            .get(&format!("/operations/deliveries/{dead}"))
            .await
            .expect(200);
        let text = page.text();
        for words in [
            "The answer below names the field",
            "1 later change of the same record waits",
            "Refused",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        for id in ["dlv_00000000000000000000000000", "x", "..%2F"] {
            let path = format!("/operations/deliveries/{id}");
            browser.get(&path).await.expect(404);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_needs_a_reason_and_lets_later_changes_go_on() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        trouble(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let dead = in_state(&test, "dead").await;
        let address = format!("/operations/deliveries/{dead}");
        let page = browser.get(&address).await.expect(200);
        let parked = browser.press(&page, &page.form("/park")).await.expect(200);
        assert!(parked.text().contains("It is set aside."));
        let ask = browser.open(&parked.link("Give up")).await.expect(200);
        let form = ask.form("/skip");
        let refused = browser.submit(&ask, &form).await.expect(422);
        assert!(refused.text().contains("Say why"));
        let form = form.with("reason", "Merged there by hand");
        let after = browser.press(&ask, &form).await.expect(200);
        assert!(after.text().contains("It is given up."));
        let audited = portal.audited("delivery.skipped").await;
        assert_eq!(audited[0].1["reason"], "Merged there by hand");
        let sink = Sink::new(CRM);
        engine(&test, [&sink]).drain().await.unwrap();
        assert_eq!(sink.subjects(), ["bad"]);
        // Too late now.
        let late = browser.submit(&ask, &form).await;
        let late = browser.follow(late).await;
        assert!(late.text().contains("That is not possible any more"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_is_paused_after_a_question_and_resumed() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        trouble(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        browser
            .get("/operations/destinations/nowhere/pause")
            .await
            .expect(404);
        let ask = browser
            .get("/operations/destinations/crm:crm/pause")
            .await
            .expect(200);
        let form = ask.form("/pause").with("reason", "Maintenance");
        let after = browser.press(&ask, &form).await.expect(200);
        assert!(after.text().contains("Paused") && after.text().contains("Maintenance"));
        tell(&test, CRM, "later", moved(1)).await;
        let sink = Sink::new(CRM);
        assert_eq!(engine(&test, [&sink]).drain().await.unwrap(), 0);
        let resumed = browser
            .press(&after, &after.form("crm:crm/resume"))
            .await
            .expect(200);
        assert!(resumed.text().contains("The destination works again."));
        assert_eq!(engine(&test, [&sink]).drain().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_page_reads_as_sentences_and_finds_tampering() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        trouble(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let dead = in_state(&test, "dead").await;
        let address = format!("/operations/deliveries/{dead}/park");
        browser.post(&address, &[]).await.expect(303);
        let page = browser.get("/operations/audit").await.expect(200);
        let sentence = format!("set the delivery {dead} aside");
        assert!(page.text().contains(&sentence), "{}", page.text());
        let verified = browser.press(&page, &page.form("/verify")).await;
        assert!(verified.text().contains("nothing is wrong"));
        let other = browser
            .get("/operations/audit?action=nothing.such")
            .await
            .expect(200);
        assert!(other.text().contains("No entries"));
        let spoil: Result<(), Error> = test
            .db
            .write(|tx| {
                Box::pin(async move {
                    let text =
                        "UPDATE audit_events SET detail = '{}' WHERE action = 'delivery.parked'";
                    Ok(on!(tx, |c| sqlx::query(text).execute(c).await.map(drop))?)
                })
            })
            .await;
        spoil.unwrap();
        let broken = browser.press(&page, &page.form("/verify")).await;
        assert!(
            broken.text().contains("it was altered or inserted"),
            "{}",
            broken.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_by_key_and_every_page_speaks_both_languages() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        trouble(&test).await;
        for number in 0..60 {
            tell(&test, CRM, &format!("s{number}"), moved(number)).await;
        }
        let browser = portal.sign_in(OPERATOR).await;
        let first = browser
            .get("/operations/deliveries?destination=crm%3Acrm&state=waiting")
            .await
            .expect(200);
        let older = browser.open(&first.link("Older")).await.expect(200);
        assert!(older.links().iter().any(|(_, words)| words == "Newest"));
        assert!(!older.links().iter().any(|(_, words)| words == "Older"));
        let dead = in_state(&test, "dead").await;
        for path in [
            "/operations",
            "/operations/deliveries",
            "/operations/deliveries?state=review",
            &format!("/operations/deliveries/{dead}"),
            &format!("/operations/deliveries/{dead}/skip"),
            "/operations/dead-letters",
            "/operations/dead-letters/replay?destination=crm%3Acrm&cause=invalid_field",
            "/operations/matches",
            "/operations/connections",
            "/operations/connections/crm/held",
            "/operations/audit",
            "/operations/receipts",
            "/operations/destinations/mail/pause",
        ] {
            for language in ["en", "de"] {
                let address = if path.contains('?') {
                    format!("{path}&lang={language}")
                } else {
                    format!("{path}?lang={language}")
                };
                let page = browser.get(&address).await.expect(200);
                let text = page.text();
                assert!(!text.contains("operations-"), "{address}: {text}");
                assert!(!text.contains("{$"), "{address}: {text}");
                assert_eq!(page.body.matches("<h1").count(), 1, "{address}");
            }
        }
    })
    .await;
}

/// The CRM says something.
async fn crm_says(portal: &Portal, records: Vec<Record>) {
    let cx = portal.state.world.system("test");
    let polled = portal.state.crm.receive(&cx, "crm", records).await;
    assert_eq!(polled.unwrap().bad, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_decides_which_record_is_meant() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let account = Account {
            id: "account-1".into(),
            version: 1,
            number: "1001".into(),
            name: "Customer Ltd".into(),
            kind: "customer".into(),
            ..Account::default()
        };
        let contact = Contact {
            id: "contact-1".into(),
            version: 1,
            account_id: "account-1".into(),
            given_name: "Kim".into(),
            family_name: "Sample".into(),
            email: "kim@customer.example".into(),
            ..Contact::default()
        };
        crm_says(
            &portal,
            vec![Record::Account(account), Record::Contact(contact)],
        )
        .await;
        trouble(&test).await;
        let browser = portal.sign_in(OPERATOR).await;
        let page = browser.get("/operations/matches").await.expect(200);
        let text = page.text();
        for shown in [
            "K••• S••• (contact-1)",
            "Open in the CRM",
            "The portal has not read this record yet",
        ] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        assert!(!page.body.contains("Sample"));
        assert!(page.body.contains("href=\"/crm/contacts/contact-1\""));
        let form = page.form("/choose");
        let foreign = form.clone().with("record", "contact-9");
        let refused = browser.press(&page, &foreign).await.expect(200);
        assert!(refused.text().contains("That is not possible any more"));
        let chosen = browser.press(&page, &form).await.expect(200);
        assert!(chosen.text().contains("Decided. It is sent again."));
        assert!(chosen.text().contains("Nothing to decide"));
        let audited = portal.audited("review.resolved").await;
        assert_eq!(audited[0].1["choice"]["id"], "contact-1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_ends_held_back_wait_for_an_operator() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let account = |number: i64| {
            Record::Account(Account {
                id: format!("a{number}"),
                version: 1,
                number: format!("{number}"),
                name: format!("Customer {number}"),
                kind: "customer".into(),
                ..Account::default()
            })
        };
        let contract = |number: i64, version: i64, status: &str| {
            Record::Contract(Contract {
                id: format!("c{number}"),
                version,
                account_id: format!("a{number}"),
                number: format!("CT-{number}"),
                status: status.into(),
                starts_on: "2026-01-01".into(),
                ..Contract::default()
            })
        };
        crm_says(&portal, (0..20).map(account).collect()).await;
        crm_says(&portal, (0..20).map(|n| contract(n, 1, "active")).collect()).await;
        crm_says(&portal, (0..12).map(|n| contract(n, 2, "ended")).collect()).await;
        let held = "SELECT count(*) FROM held_changes WHERE decided_at IS NULL";
        assert_eq!(portal.count(held).await, 7);
        let browser = portal.sign_in(OPERATOR).await;
        let overview = browser.get("/operations").await.expect(200);
        assert!(overview.text().contains("unusually many contracts"));
        let connections = browser.get("/operations/connections").await.expect(200);
        let page = browser
            .open(&connections.link("7 contract ends wait for you"))
            .await
            .expect(200);
        let mut conn = test.db.read().await.unwrap();
        let waiting = contracts::held(&mut conn, "crm", 100).await.unwrap();
        drop(conn);
        let decide = async |ids: &[&str], decision: &str| {
            let mut fields: Vec<_> = ids.iter().map(|id| ("held", *id)).collect();
            fields.push(("decision", decision));
            let path = "/operations/connections/crm/held";
            browser.follow(browser.post(path, &fields).await).await
        };
        let ids: Vec<&str> = waiting.iter().map(|held| held.id.as_str()).collect();
        let ended = decide(&ids[..2], "end").await.expect(200);
        assert!(
            ended.text().contains("2 contracts have ended."),
            "{}",
            ended.text()
        );
        let again = decide(&ids[..2], "keep").await.expect(200);
        assert!(again.text().contains("Nothing was decided"));
        let kept = decide(&ids[2..], "keep").await.expect(200);
        assert!(kept.text().contains("5 contracts are kept."));
        assert_eq!(portal.count(held).await, 0);
        let ended = "SELECT count(*) FROM contracts WHERE status = 'ended'";
        assert_eq!(portal.count(ended).await, 7);
        decide(&[], "end").await.expect(200);
        decide(&ids[..1], "other").await.expect(400);
        let path = "/operations/connections/nowhere/held";
        browser.get(path).await.expect(404);
        for deed in ["look", "read-again"] {
            let path = format!("/operations/connections/crm/{deed}");
            let done = browser.follow(browser.post(&path, &[]).await).await;
            assert_eq!(done.h1(), "Connections");
            let path = format!("/operations/connections/nowhere/{deed}");
            browser.post(&path, &[]).await.expect(404);
        }
        assert_eq!(portal.audited("feed.read_again").await.len(), 1);
        drop(page);
    })
    .await;
}
