//! The mapping of a connection: shown as a table, previewed against real records before it is
//! switched on, and what `transforms` do to what is read and written.

use vestibule::{
    crm::port::{Account, Contact, Record},
    settings::Settings,
};

use crate::support::{
    Portal, TestDb,
    crm_stand_in::StandIn,
    each_engine,
    portal::{OPERATOR, REP},
};

/// A portal whose CRM `far` is the stand-in, with two contacts.
async fn portal(test: &TestDb, change: fn(&mut Settings)) -> (Portal, StandIn) {
    let crm = StandIn::start().await;
    {
        let records = &mut crm.lock().records;
        records.put(Record::Account(Account {
            id: "A".to_owned(),
            name: "Company A".to_owned(),
            kind: "customer".to_owned(),
            ..Account::default()
        }));
        for (id, phone) in [("C1", "030 1234567"), ("C2", "ask Kim")] {
            records.put(Record::Contact(Contact {
                id: id.to_owned(),
                account_id: "A".to_owned(),
                given_name: "Kim".to_owned(),
                family_name: "Sample".to_owned(),
                email: format!("{id}@a.example"),
                phone: phone.to_owned(),
                ..Contact::default()
            }));
        }
    }
    let mut settings = crm.settings();
    settings.key = "far".to_owned();
    let portal = Portal::start_with(test, move |all| {
        all.connections.push(settings);
        change(all);
    });
    (portal.await, crm)
}

const PATH: &str = "/operations/connections/far/mapping";

#[tokio::test(flavor = "multi_thread")]
async fn another_mapping_is_held_against_real_records_and_nothing_is_written() {
    each_engine(async |test| {
        let (portal, crm) = portal(&test, |_| {}).await;
        let operator = portal.sign_in(OPERATOR).await;
        let before = crm.lock().calls.len();
        let page = operator.get(PATH).await.expect(200);
        assert!(page.text().contains("contact.portal_roles"), "{}", page.text());
        assert_eq!(crm.lock().calls.len(), before, "no page waits for the CRM");

        let preview = async |text: &str| {
            let form = page.form_with("mapping").with("mapping", text);
            operator.press(&page, &form).await
        };
        let mapping = "[fields]\n\"contact.given_name\" = \"language\"\n[transforms]\n\"contact.phone\" = \"e164 +49\"\n";
        let shown = preview(mapping).await.expect(200);
        let text = shown.text();
        for part in [
            "3 records read, 2 come out otherwise. Nothing was written.",
            "•• ••••567",
            "+••••••••567",
            "contact.given_name = \"language\"",
            "named, but empty in every record",
            "[connections.transforms]",
            "Contact C2",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        for hidden in ["1234567", "Sample", "C1@a.example"] {
            assert!(!shown.body.contains(hidden), "{hidden}");
        }
        let log = crm.lock().records.log.len();
        assert_eq!((log, crm.count_calls("/crm/writes")), (0, 0));

        for (wrong, said) in [
            ("[fields]\n\"contact.fone\" = \"x\"\n", "is no field that the portal knows"),
            ("[transforms]\n\"contact.phone\" = \"shout\"\n", "is no transform"),
            ("[felder]\n", "is no part of a mapping"),
            ("nonsense", "TOML parse error"),
        ] {
            let refused = preview(wrong).await.expect(422);
            assert!(refused.text().contains(said), "{wrong}: {}", refused.text());
            assert!(refused.body.contains(wrong.split('\n').next().unwrap().split('"').next().unwrap()), "what was typed is kept");
        }
        crm.fail_next(crate::support::crm_stand_in::Fault::Status(503, None));
        crm.fail_next(crate::support::crm_stand_in::Fault::Status(503, None));
        let away = preview("").await.expect(200);
        assert!(away.text().contains("nothing could be read"), "{}", away.text());

        operator.get("/operations/connections/nowhere/mapping").await.expect(404);
        let rep = portal.sign_in(REP).await;
        rep.get(PATH).await.expect(403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_put_on_their_way_in() {
    each_engine(async |test| {
        let (portal, _crm) = portal(&test, |settings| {
            let far = settings.connections.last_mut().unwrap();
            let phone = ("contact.phone".to_owned(), "e164 +49".to_owned());
            let name = ("account.name".to_owned(), "upper".to_owned());
            far.transforms.extend([phone, name]);
        })
        .await;
        portal.state.crm.catch_up("far").await.unwrap();
        let with_code = "SELECT count(*) FROM crm_people WHERE phone = '+49301234567'";
        assert_eq!(portal.count(with_code).await, 1);
        let as_it_is = "SELECT count(*) FROM crm_people WHERE phone = 'ask Kim'";
        assert_eq!(portal.count(as_it_is).await, 1);
        let upper = "SELECT count(*) FROM organizations WHERE name = 'COMPANY A'";
        assert_eq!(portal.count(upper).await, 1);
    })
    .await;
}
