//! HubSpot: the adapter against an account that behaves like the vendor's, and the portal on top.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        conformance::{Fault, check, check_faults},
        port::{
            Account, Contact, Contract, ContractQuestion, CrmError, LeadWrite, Notice, Record,
            Verdict, Write,
        },
    },
    kernel::Instant,
    outbox::Outbox,
    settings::{AccessSettings, ConnectionSettings, HubspotContract},
};

use crate::support::{
    Portal,
    delay::Delay,
    each_engine,
    hubspot::{APP_SECRET, Hubspot, HubspotBench, Records},
    job::{self, Desk},
    outbox::{expect, states},
    portal::REP,
    seed::{CONNECTION, catalogues, member, organization},
    writes::{apply, contact, is_done, read_all, write},
};

fn bench(hubspot: &Hubspot, settings: &ConnectionSettings) -> HubspotBench {
    HubspotBench {
        hubspot: hubspot.clone(),
        crm: hubspot.adapter(settings),
        contracts: "deals",
        address: "email",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspot_keeps_the_ports_promises() {
    let hubspot = Hubspot::start().await;
    let bench = bench(&hubspot, &hubspot.settings());
    assert_eq!(check(&bench).await, []);
    assert_eq!(check_faults(&bench).await, []);
}

/// An address that HubSpot does not keep unique, so that two contacts can have it.
fn with_own_addresses(mut settings: ConnectionSettings) -> ConnectionSettings {
    for path in ["contact.email", "lead.email"] {
        let own = (path.to_owned(), "work_email".to_owned());
        settings.fields.extend([own]);
    }
    settings
}

pub async fn own_addresses() -> HubspotBench {
    let hubspot = Hubspot::start().await;
    let settings = with_own_addresses(hubspot.settings());
    HubspotBench {
        address: "work_email",
        ..bench(&hubspot, &settings)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dated_paths_and_an_object_of_ones_own_keep_them_too() {
    let hubspot = Hubspot::start().await;
    // Many changes within one millisecond.
    hubspot.lock().records.step = 1;
    let mut settings = hubspot.settings();
    let table = settings.hubspot.as_mut().unwrap();
    table.version = "2026-03".to_owned();
    table.contract = HubspotContract::Object;
    table.contract_object = "2-123456".to_owned();
    let settings = with_own_addresses(settings);
    let bench = HubspotBench {
        contracts: "2-123456",
        address: "work_email",
        ..bench(&hubspot, &settings)
    };
    assert_eq!(check(&bench).await, []);
    assert_eq!(check_faults(&bench).await, []);
    let dated =
        |call: &(String, String)| call.1.contains("/2026-03") || call.1.starts_with("/oauth");
    assert!(hubspot.lock().calls.iter().all(dated));
}

fn company(hubspot: &Hubspot, name: &str) -> String {
    let account = Account {
        name: name.to_owned(),
        number: "10-01".to_owned(),
        ..Account::default()
    };
    hubspot.put(&Record::Account(account), "deals")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_of_the_whole_batch_is_one_contacts_alone() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let (acme, other) = (company(&hubspot, "Acme"), company(&hubspot, "Other"));
    // This address is another company's secondary one: reading by address does not find it, and
    // HubSpot refuses the whole batch because of it.
    let id = hubspot.put(
        &Record::Contact(Contact {
            account_id: other,
            email: "elsewhere@acme.example".to_owned(),
            ..Contact::default()
        }),
        "deals",
    );
    let mut writes: Vec<Write> = (0..64).map(|number| contact(&acme, number)).collect();
    writes[20].contact.as_mut().unwrap().email = "broken@faults.example".to_owned();
    writes[30].contact.as_mut().unwrap().given_name = "Partial".to_owned();
    let held = writes[40].contact.as_mut().unwrap();
    held.email = "elsewhere@acme.example".to_owned();
    held.create_new = true;
    let verdicts = apply(&crm, &writes).await;
    assert!(
        matches!(&verdicts[20], Verdict::Rejected { cause, reason } if cause == "invalid_value" && reason.contains("correlation")),
        "{:?}",
        verdicts[20]
    );
    assert!(
        matches!(&verdicts[30], Verdict::Rejected { .. }),
        "{:?}",
        verdicts[30]
    );
    let Verdict::NeedsReview { candidates, .. } = &verdicts[40] else {
        panic!("{:?}", verdicts[40])
    };
    assert_eq!(*candidates, [id]);
    assert_eq!(verdicts.iter().filter(|it| is_done(it)).count(), 61);
    assert_eq!(hubspot.lock().records.count("contacts"), 62);
    assert_eq!(hubspot.lock().records.count("notes"), 61);
    let calls = hubspot.calls("/batch/upsert");
    assert!(calls <= 30, "{calls} calls to find two culprits in 64");
    assert_eq!(
        hubspot.calls("/search"),
        0,
        "nothing is searched for before it is made"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_company_is_for_a_person_and_a_lead_becomes_a_contact() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let (acme, other) = (company(&hubspot, "Acme"), company(&hubspot, "Other"));
    let person = |account: &str, email: &str| {
        let contact = Contact {
            account_id: account.to_owned(),
            email: email.to_owned(),
            ..Contact::default()
        };
        hubspot.put(&Record::Contact(contact), "deals")
    };
    let theirs = person(&other, "p1@acme.example");
    let lead = person("", "p2@acme.example");
    let verdicts = apply(&crm, &[contact(&acme, 1), contact(&acme, 2)]).await;
    let Verdict::NeedsReview { candidates, .. } = &verdicts[0] else {
        panic!("{verdicts:?}")
    };
    assert_eq!(*candidates, [theirs]);
    assert_eq!(
        verdicts[1],
        Verdict::Done {
            remote_id: Some(lead.clone())
        }
    );
    let inner = hubspot.lock();
    assert_eq!(
        inner
            .records
            .property("contacts", lead.parse().unwrap(), "associatedcompanyid"),
        acme
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_before_the_company_was_linked_is_made_good() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let acme = company(&hubspot, "Acme");
    hubspot.lock().fault = Some(Fault::AnswerLost);
    assert!(crm.apply(&[contact(&acme, 1)]).await.is_err());
    // Made, and not yet put to its company: that is no lead.
    let page = crm.changes("", 100).await.unwrap();
    assert!(
        page.records
            .iter()
            .all(|it| matches!(it, Record::Account(_))),
        "{:?}",
        page.records
    );
    assert!(is_done(&apply(&crm, &[contact(&acme, 1)]).await[0]));
    let page = crm.changes(&page.cursor, 100).await.unwrap();
    assert!(matches!(page.records.as_slice(), [Record::Contact(it)] if it.account_id == acme));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leads_score_grows_once_and_the_author_is_told() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let points = |key: &str, points| Write {
        lead: Some(LeadWrite {
            portal_key: "reg-1".to_owned(),
            company: "Neu AG".to_owned(),
            email: "lea@neu.example".to_owned(),
            score_points: points,
            ..LeadWrite::default()
        }),
        ..write(key)
    };
    let both = [points("chg-a", 10), points("chg-b", 5)];
    assert!(apply(&crm, &both).await.iter().all(is_done));
    assert!(apply(&crm, &both).await.iter().all(is_done));
    assert!(apply(&crm, &both[..1]).await.iter().all(is_done));
    let id = *hubspot.lock().records.objects["contacts"]
        .keys()
        .next()
        .unwrap();
    let mut by_id = points("chg-c", 1);
    let part = by_id.lead.as_mut().unwrap();
    (part.id, part.portal_key) = (Some(id.to_string()), String::new());
    assert!(
        apply(&crm, &[by_id, points("chg-d", 100)])
            .await
            .iter()
            .all(is_done)
    );
    let inner = hubspot.lock();
    let property = |name: &str| inner.records.property("contacts", id, name);
    assert_eq!(inner.records.count("contacts"), 1);
    assert_eq!(property("portal_score"), "116");
    assert_eq!(
        property("portal_author"),
        "Ada <Ark> <ada@acme.example> (person)"
    );
    assert_eq!(property("portal_changes"), "chg-a chg-b chg-c chg-d");
    assert_eq!(property("lifecyclestage"), "lead");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_text_and_what_is_the_same_is_not_sent() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let acme = company(&hubspot, "Acme");
    apply(&crm, &[contact(&acme, 1)]).await;
    let body = {
        let inner = hubspot.lock();
        let note = inner.records.objects["notes"].values().next().unwrap();
        note.properties["hs_note_body"].clone()
    };
    assert!(
        body.contains("Joined &lt;b&gt;the&lt;/b&gt; portal."),
        "{body}"
    );
    assert!(
        body.contains("Ada &lt;Ark&gt;") && body.contains("chg-1"),
        "{body}"
    );
    let links = hubspot.lock().records.associations.clone();
    assert!(
        links
            .iter()
            .any(|it| it.0 == "notes" && it.2 == "contacts" && it.4 == 202),
        "{links:?}"
    );
    hubspot.lock().calls.clear();
    let mut again = contact(&acme, 1);
    (again.key, again.activity) = ("chg-again".to_owned(), None);
    assert!(is_done(&apply(&crm, &[again]).await[0]));
    assert_eq!(
        hubspot.calls("/batch/update") + hubspot.calls("/batch/upsert"),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_cost_few_calls() {
    each_engine(async |test| {
        let hubspot = Hubspot::start().await;
        let account = company(&hubspot, "Acme");
        let organization = organization(&test, &account).await;
        for number in 0..1_000 {
            let email = format!("m{number}@a.example");
            member(&test, &organization, &email, &["admin"]).await;
        }
        let mut settings = hubspot.with_key();
        settings.key = CONNECTION.to_owned();
        let access = AccessSettings::default();
        let connection = Connection::new(settings.clone(), &access, hubspot.adapter(&settings));
        let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
        let connections =
            Connections::of(vec![connection.unwrap()], &test.db, &test.world, &requests);
        let destinations = connections.destinations(&catalogues());
        let outbox = Outbox::new(test.db.clone(), test.world.clone(), destinations);
        // Its limit of calls makes the portal wait now and then.
        while states(&test).await.contains_key("waiting") {
            outbox.drain().await.unwrap();
            test.world.clock.advance(Duration::from_millis(500));
        }
        expect(&test, &[("done", 1_000)]).await;
        let calls = hubspot.lock().calls.len();
        println!("1,000 contact changes with activities: {calls} calls to HubSpot");
        assert!(calls <= 75, "{calls} calls");
        let inner = hubspot.lock();
        assert_eq!(inner.records.count("contacts"), 1_000);
        assert_eq!(inner.records.count("notes"), 1_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deal_means_stands_in_its_properties() {
    let hubspot = Hubspot::start().await;
    let acme = company(&hubspot, "Acme");
    {
        let mut inner = hubspot.lock();
        let records = &mut inner.records;
        records.step = 1_000;
        records.write(
            "companies",
            acme.parse().unwrap(),
            json!({"hubspot_owner_id": "77", "domain": "acme.example"}),
        );
        for (stage, pipeline) in [
            ("contractsent", "service"),
            ("closedwon", "service"),
            ("closedlost", "service"),
            ("1234567", "service"),
            ("7654321", "service"),
            ("closedwon", "default"),
        ] {
            let deal = json!({
                "contract_number": format!("D-{stage}"), "dealstage": stage, "pipeline": pipeline,
                "contract_start_date": "2026-01-01", "contract_end_date": "2027-12-31",
                "products": "parts; docs", "seats": "5", "grace": "14",
            });
            let deal = records.create("deals", deal);
            records.link(("deals", deal), ("companies", acme.parse().unwrap()), 5);
        }
        records.create(
            "deals",
            json!({"contract_number": "D-nobody", "dealstage": "closedwon", "pipeline": "service"}),
        );
    }
    let mut settings = hubspot.with_key();
    settings.hubspot.as_mut().unwrap().pipeline = "service".to_owned();
    for (ours, theirs) in [
        ("contract.seats", "seats"),
        ("contract.grace_days", "grace"),
        ("contract.products", "products"),
    ] {
        settings.fields.insert(ours.to_owned(), theirs.to_owned());
    }
    let meanings = [("1234567".to_owned(), "suspended".to_owned())];
    settings
        .values
        .insert("contract.status".to_owned(), meanings.into());
    let crm = hubspot.adapter(&settings);
    let (records, _, skipped) = read_all(&crm, 100).await;
    let contracts: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Contract(it) => Some(it),
            _ => None,
        })
        .collect();
    let statuses: Vec<&str> = contracts.iter().map(|it| it.status.as_str()).collect();
    assert_eq!(statuses, ["draft", "active", "ended", "suspended"]);
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert!(
        skipped[0].contains("7654321") && skipped[1].contains("no company"),
        "{skipped:?}"
    );
    let first = contracts[0];
    assert_eq!(
        (first.starts_on.as_str(), first.ends_on.as_str()),
        ("2026-01-01", "2027-12-31")
    );
    assert_eq!((first.seats, first.grace_days), (Some(5), Some(14)));
    assert_eq!(first.products, ["parts", "docs"]);
    let owner = records.iter().find_map(|record| match record {
        Record::Account(it) => Some((it.owner_email.as_str(), it.domains.as_slice())),
        _ => None,
    });
    assert_eq!(
        owner,
        Some(("rep@nordwind.example", &["acme.example".to_owned()][..]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_of_one_millisecond_are_all_told() {
    let hubspot = Hubspot::start().await;
    hubspot.lock().records.step = 0;
    for _ in 0..23 {
        company(&hubspot, "Same");
    }
    hubspot.lock().records.step = 700;
    for _ in 0..9 {
        company(&hubspot, "Later");
    }
    let crm = hubspot.adapter(&hubspot.with_key());
    for limit in [1, 5, 23, 40] {
        let (records, cursor, _) = read_all(&crm, limit).await;
        assert_eq!(records.len(), 32, "pages of {limit}");
        let again = crm.changes(&cursor, 100).await.unwrap();
        assert!(again.records.is_empty() && again.cursor == cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_index_may_lag() {
    let hubspot = Hubspot::start().await;
    let acme = company(&hubspot, "Acme");
    let crm = hubspot.adapter(&hubspot.with_key());
    let (_, cursor, _) = read_all(&crm, 100).await;
    hubspot.lock().records.lags = true;
    // Writing does not ask the index: the same change twice makes one contact.
    assert!(is_done(&apply(&crm, &[contact(&acme, 1)]).await[0]));
    let mut more = contact(&acme, 1);
    more.key = "chg-more".to_owned();
    more.contact.as_mut().unwrap().phone = "1".to_owned();
    assert!(is_done(&apply(&crm, &[more]).await[0]));
    assert_eq!(hubspot.lock().records.count("contacts"), 1);
    assert!(crm.changes(&cursor, 100).await.unwrap().records.is_empty());
    hubspot.lock().records.lags = false;
    assert_eq!(crm.changes(&cursor, 100).await.unwrap().records.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_contracts_number_is_found_without_reading_all_again() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let acme = company(&hubspot, "Acme");
    let sign = |number: &str| {
        let mut inner = hubspot.lock();
        let deal = json!({"contract_number": number, "dealstage": "closedwon", "contract_start_date": "2026-01-01"});
        let deal = inner.records.create("deals", deal);
        inner
            .records
            .link(("deals", deal), ("companies", acme.parse().unwrap()), 5);
    };
    for number in 0..450 {
        sign(&format!("D-{number}/a"));
    }
    let ask = async |number: &str, email: &str| {
        let question = ContractQuestion {
            number_key: number.to_owned(),
            fact_key: "1001".to_owned(),
            email_key: email.to_owned(),
        };
        crm.find_contract(&question).await.unwrap().is_some()
    };
    assert!(ask("D7A", "").await);
    hubspot.lock().calls.clear();
    sign("E 2027.1");
    assert!(ask("E20271", "").await);
    assert!(hubspot.calls("/search") <= 3, "{:?}", hubspot.lock().calls);
    for hostile in ["%", "*", "D7", "D7A\"}", "E2027*"] {
        assert!(!ask(hostile, "x\"]@a.example").await, "{hostile}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_names_what_is_missing() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let said = crm.check().await.unwrap();
    assert!(said.contains("deals"), "{said}");
    let problem = async |change: &dyn Fn(&mut Records)| {
        let whole = hubspot.lock().records.properties.clone();
        change(&mut hubspot.lock().records);
        let said = crm.check().await.unwrap_err();
        hubspot.lock().records.properties = whole;
        said
    };
    let missing = problem(&|records| {
        records
            .properties
            .get_mut("contacts")
            .unwrap()
            .remove("portal_roles");
        records
            .properties
            .get_mut("notes")
            .unwrap()
            .remove("portal_change_key");
    })
    .await
    .to_string();
    assert!(
        missing.contains("contacts.portal_roles, notes.portal_change_key"),
        "{missing}"
    );
    let common = problem(&|records| {
        let contacts = records.properties.get_mut("contacts").unwrap();
        contacts.insert("portal_membership_id".to_owned(), false);
    })
    .await
    .to_string();
    assert!(
        common.contains("unique") && common.contains("contacts.portal_membership_id"),
        "{common}"
    );
    hubspot.lock().lacks = Some("/notes/batch/update".to_owned());
    let scope = crm.check().await.unwrap_err();
    assert!(
        matches!(&scope, CrmError::AuthBroken(said) if said.contains("crm.objects.notes.write")),
        "{scope}"
    );
}

fn sign(method: &str, url: &str, body: &str, at: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).unwrap();
    mac.update(format!("{method}{url}{body}{at}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_fresh_signature_of_the_whole_notice_proves_it() {
    const URL: &str = "https://portal.example/api/v1/crm/main/notices?from=hubspot&at=a%3Ab";
    const SIGNED: &str = "https://portal.example/api/v1/crm/main/notices?from=hubspot&at=a:b";
    const BODY: &str = r#"[{"eventId":1,"subscriptionType":"contact.propertyChange"}]"#;
    const NOW: i64 = 1_800_000_000_000;
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.settings());
    let hear = async |headers: &[(&str, String)], method: &str, url: &str, body: &str| {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let notice = Notice {
            method,
            url,
            secret: "",
            headers: &headers,
            body: body.as_bytes(),
            now: Instant::from_micros(NOW * 1_000),
        };
        crm.hear(&notice).await.is_ok()
    };
    let headers = |signature: String, at: i64| {
        [
            ("x-hubspot-signature-v3", signature),
            ("x-hubspot-request-timestamp", at.to_string()),
        ]
    };
    let good = headers(sign("POST", SIGNED, BODY, NOW), NOW);
    assert!(hear(&good, "POST", URL, BODY).await);
    assert!(!hear(&good, "PUT", URL, BODY).await);
    assert!(!hear(&good, "POST", "https://portal.example/", BODY).await);
    assert!(!hear(&good, "POST", URL, "[]").await);
    assert!(!hear(&good[..1], "POST", URL, BODY).await);
    assert!(!hear(&headers(good[0].1.clone(), NOW + 1), "POST", URL, BODY).await);
    assert!(!hear(&headers(String::new(), NOW), "POST", URL, BODY).await);
    for (age, is_heard) in [(299_000, true), (301_000, false), (-301_000, false)] {
        let at = NOW - age;
        let aged = headers(sign("POST", SIGNED, BODY, at), at);
        assert_eq!(
            hear(&aged, "POST", URL, BODY).await,
            is_heard,
            "{age} ms old"
        );
    }
    let mut settings = hubspot.with_key();
    settings.hubspot.as_mut().unwrap().client_secret = None;
    let silent = hubspot.adapter(&settings);
    let notice = Notice {
        method: "POST",
        url: URL,
        secret: "",
        headers: &[],
        body: b"",
        now: Instant::from_seconds(0),
    };
    assert!(
        silent.hear(&notice).await.is_err(),
        "no secret is no open door"
    );
}

/// What HubSpot's own client signs; tests/vendors/hubspot.test.mjs makes it.
#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_own_signature_is_ours() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.settings());
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = [
        header(
            "x-hubspot-signature-v3",
            "psvY3DWG/e1RV1FuM6sM5Z4krpF1+hGMxtI7yWDVGP0=",
        ),
        header("x-hubspot-request-timestamp", "1800000000000"),
    ];
    let notice = Notice {
        method: "POST",
        url: "https://portal.example/api/v1/crm/main/notices",
        secret: "",
        headers: &headers,
        body: br#"[{"eventId":1}]"#,
        now: Instant::from_seconds(1_800_000_000),
    };
    assert!(crm.hear(&notice).await.is_ok());
}

/// The stand-in for clients that are not ours, until standard input ends; tests/vendors starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves other programs"]
async fn serves_clients_that_are_not_ours() {
    let hubspot = Hubspot::start().await;
    println!("serving {}", hubspot.url);
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    ended.await.unwrap().unwrap();
}

#[test]
fn wrong_settings_name_the_key_and_what_works() {
    let base = r#"
        [portal]
        name = "N"
        public_url = "https://portal.example"
        support_email = "help@portal.example"
        [security]
        encryption_key = "0707070707070707070707070707070707070707070707070707070707070707"
        [mail]
        transport = "file"
        from = "portal@portal.example"
        [[providers]]
        key = "main"
        name = "Main"
        issuer = "https://login.example"
        client_id = "portal"
        client_secret = "secret"
        trusted_domains = ["*"]
        [[connections]]
        key = "hubspot"
        name = "HubSpot"
        kind = "hubspot"
    "#;
    let read =
        |more: &str| vestibule::settings::parse(&format!("{base}{more}"), &Default::default());
    for (more, key, words) in [
        ("", "connections.0.token", "missing"),
        (
            "token = \"t\"\nurl = \"http://api.example\"",
            "connections.0.url",
            "https",
        ),
        (
            "token = \"t\"\nhubspot = { version = \"v2\" }",
            "connections.0.hubspot.version",
            "2026-03",
        ),
        (
            "hubspot = { refresh_token = \"r\", client_secret = \"s\" }",
            "connections.0.hubspot.client_id",
            "client_id =",
        ),
        (
            "hubspot = { refresh_token = \"r\", client_id = \"c\" }",
            "connections.0.hubspot.client_secret",
            "missing",
        ),
        (
            "token = \"t\"\nhubspot = { contract = \"object\" }",
            "connections.0.hubspot.contract_object",
            "2-123456",
        ),
        (
            "token = \"t\"\nhubspot = { contract_object = \"2-1\" }",
            "connections.0.hubspot.contract_object",
            "leave it out",
        ),
        (
            "token = \"t\"\nhubspot = { contract = \"subscription\", pipeline = \"p\" }",
            "connections.0.hubspot.pipeline",
            "leave it out",
        ),
        (
            "token = \"t\"\nodoo = { database = \"a\" }",
            "connections.0.odoo",
            "kind `odoo`",
        ),
    ] {
        let problems = read(more).unwrap_err().0;
        let problem = problems.iter().find(|it| it.key == key);
        let problem = problem.unwrap_or_else(|| panic!("{key}: {problems:?}"));
        assert!(problem.message.contains(words), "{key}: {problem:?}");
    }
    for good in [
        "token = \"t\"",
        "hubspot = { refresh_token = \"r\", client_id = \"c\", client_secret = \"s\" }",
    ] {
        let problems = read(good).err().map_or_else(Vec::new, |it| it.0);
        let ours = problems
            .iter()
            .filter(|it| it.key.starts_with("connections"));
        assert_eq!(ours.count(), 0, "{good}: {problems:?}");
    }
}

#[async_trait]
impl Desk for HubspotBench {
    fn settings(&self) -> ConnectionSettings {
        let mut settings = self.hubspot.settings();
        let products = ("contract.products".to_owned(), "products".to_owned());
        settings.fields.extend([products]);
        settings
    }

    fn delay(&self) -> Delay {
        self.hubspot.lock().delay.clone()
    }

    async fn add_product(&self, contract: &str) {
        let mut inner = self.hubspot.lock();
        inner.records.write(
            "deals",
            contract.parse().unwrap(),
            json!({"products": "parts"}),
        );
    }

    async fn press_invite(&self, _portal: &Portal, _key: &str, contact: &str) {
        let asked = json!({"portal_invite": "2027-01-15T09:00:00Z", "portal_invite_by": REP});
        self.hubspot
            .lock()
            .records
            .write("contacts", contact.parse().unwrap(), asked);
    }

    async fn notify(&self, portal: &Portal, key: &str) -> u16 {
        let path = format!("/api/v1/crm/{key}/notices");
        let url = portal.url.join(&path).unwrap();
        let at = portal.clock.now().as_micros() / 1_000;
        let body = r#"[{"eventId":1,"objectId":512,"subscriptionType":"contact.propertyChange"}]"#;
        let signature = sign("POST", url.as_str(), body, at);
        let headers = |signature: String| {
            [
                ("x-hubspot-signature-v3", signature),
                ("x-hubspot-request-timestamp", at.to_string()),
            ]
        };
        let forged = headers(sign("POST", url.as_str(), "[]", at));
        let body = body.as_bytes().to_vec();
        assert_eq!(job::post(portal, &path, &forged, body.clone()).await, 401);
        job::post(portal, &path, &headers(signature), body).await
    }

    async fn told(&self, contact: &str) -> [String; 3] {
        let inner = self.hubspot.lock();
        let id = contact.parse().unwrap();
        ["portal_status", "portal_roles", "portal_invitation"]
            .map(|name| inner.records.property("contacts", id, name))
    }

    async fn set_contract(&self, contract: &Contract, is_active: bool) {
        let stage = if is_active { "closedwon" } else { "closedlost" };
        let mut inner = self.hubspot.lock();
        inner.records.write(
            "deals",
            contract.id.parse().unwrap(),
            json!({"dealstage": stage}),
        );
    }

    async fn contacts(&self) -> usize {
        self.hubspot.lock().records.count("contacts")
    }
}

pub async fn desk() -> HubspotBench {
    let hubspot = Hubspot::start().await;
    bench(&hubspot, &hubspot.settings())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_goes_through() {
    each_engine(async |test| job::run(&test, &desk().await).await).await;
}
