//! The Salesforce adapter against an org that stands in for a real one.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use rsa::{RsaPrivateKey, pkcs8::EncodePrivateKey as _};
use serde_json::{Value, json};
use vestibule::{
    crm::{
        conformance::{Fault, Faulty as _, check, check_faults},
        port::{
            Account, Contact, Contract, ContractQuestion, Crm, CrmError, Notice, Record, Verdict,
            Write,
        },
        salesforce,
    },
    kernel::Instant,
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use crate::support::{
    Portal,
    delay::Delay,
    each_engine,
    job::{self, Desk},
    salesforce::{NOTICE_SECRET, SalesforceBench, StandIn, USERNAME},
    writes::{all_done, lead, member, of, to_end, world},
};

pub async fn bench() -> SalesforceBench {
    let stand_in = StandIn::start().await;
    let crm = stand_in.adapter(&world());
    SalesforceBench { stand_in, crm }
}

/// A bench whose settings differ.
async fn bench_with(change: impl FnOnce(&mut ConnectionSettings)) -> SalesforceBench {
    let stand_in = StandIn::start().await;
    let mut settings = stand_in.settings();
    change(&mut settings);
    let crm = stand_in.adapter_with(&settings, &world());
    SalesforceBench { stand_in, crm }
}

impl SalesforceBench {
    fn account(&self) -> String {
        self.stand_in.put(Record::Account(Account {
            number: "10-01".to_owned(),
            name: "Acme".to_owned(),
            ..Account::default()
        }))
    }

    async fn say(&self, writes: &[Write]) -> Vec<Verdict> {
        self.crm.apply(writes).await.unwrap()
    }

    /// The value of a field of the only record of an object.
    fn only(&self, object: &str, field: &str) -> Value {
        let inner = self.stand_in.lock();
        let rows: Vec<_> = inner.org.rows(object).collect();
        assert_eq!(rows.len(), 1, "{object}");
        rows[0][field].clone()
    }

    fn count(&self, object: &str) -> usize {
        self.stand_in.lock().org.rows(object).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_ports_promises() {
    assert_eq!(check(&bench().await).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_them_under_faults() {
    assert_eq!(check_faults(&bench().await).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_with_their_activities_cost_ten_calls() {
    let bench = bench().await;
    let account = bench.account();
    let mut writes: Vec<Write> = (0..1_000).map(|number| member(number, &account)).collect();
    for round in ["created", "changed"] {
        let before = bench.stand_in.count_calls();
        for part in writes.chunks(bench.crm.batch_limit()) {
            assert!(all_done(&bench.say(part).await), "{round}");
        }
        let calls = bench.stand_in.count_calls() - before;
        println!("Salesforce: 1,000 contacts {round}, activities included: {calls} calls");
        assert!(calls <= 10, "{calls} calls");
        // The same people once more, linked by now, with something new.
        for (number, write) in writes.iter_mut().enumerate() {
            let id = bench.stand_in.lock().org.by_key(
                "Contact",
                "Vestibule_Id__c",
                &of(write).membership_id,
            );
            of(write).id = id.first().cloned();
            of(write).portal_roles = vec!["admin".to_owned()];
            write.key = format!("chg_again_{number}");
        }
    }
    assert_eq!(
        (bench.count("Contact"), bench.count("Task")),
        (1_000, 2_000)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_sent_and_author_and_change_are_stamped() {
    let bench = bench().await;
    let mut write = member(1, &bench.account());
    bench.say(std::slice::from_ref(&write)).await;
    assert_eq!(
        bench.only("Contact", "Vestibule_Author__c"),
        "Ada Holm <ada@acme.example> (person)"
    );
    assert_eq!(bench.only("Contact", "Vestibule_Roles__c"), "admin;orders");
    let description = bench.only("Task", "Description");
    let description = description.as_str().unwrap();
    assert!(
        description.contains("Ada Holm") && description.contains(&write.key),
        "{description}"
    );
    assert_eq!(bench.only("Task", "Status"), "Completed");
    assert_eq!(bench.only("Task", "WhoId"), bench.only("Contact", "Id"));
    write.key = "chg_2".to_owned();
    of(&mut write).phone = "+358 9 1".to_owned();
    of(&mut write).last_sign_in = "2027-01-15T08:00:00.123456Z".to_owned();
    write.activity.as_mut().unwrap().kind = "signed_in".to_owned();
    bench.say(std::slice::from_ref(&write)).await;
    let inner = bench.stand_in.lock();
    let (_, _, body) = inner.calls.last().unwrap();
    let sent = &body["compositeRequest"][0]["body"]["records"][0];
    let mut names: Vec<&str> = sent
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    let wanted = [
        "Id",
        "Phone",
        "Vestibule_Author__c",
        "Vestibule_Change__c",
        "Vestibule_Last_Sign_In__c",
        "attributes",
    ];
    assert_eq!(names, wanted);
    assert_eq!(
        inner.last_headers["sforce-call-options"],
        "client=vestibule"
    );
    drop(inner);
    assert_eq!(bench.count("Task"), 1, "a sign-in has a field, not a task");
    let changes = bench.only("Contact", "Vestibule_Change__c");
    assert!(
        changes.as_str().unwrap().starts_with("chg_2 chg_0"),
        "{changes}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_is_told_alone() {
    let bench = bench().await;
    let account = bench.account();
    let mut writes: Vec<Write> = (0..200).map(|number| member(number, &account)).collect();
    of(&mut writes[3]).phone = "9".repeat(41);
    of(&mut writes[50]).email = "no address".to_owned();
    of(&mut writes[70]).account_id = "001gK00000zzzzz".to_owned();
    of(&mut writes[199]).id = Some("003gK00000zzzzz".to_owned());
    bench.stand_in.lock().org.locked.insert("M120".to_owned());
    bench
        .stand_in
        .lock()
        .org
        .refused
        .insert("M121".to_owned(), "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY");
    let verdicts = bench.say(&writes).await;
    for (number, verdict) in verdicts.iter().enumerate() {
        let fits = match number {
            3 => {
                matches!(verdict, Verdict::Rejected { reason, .. } if reason.contains("STRING_TOO_LONG"))
            }
            50 => {
                matches!(verdict, Verdict::Rejected { reason, .. } if reason.contains("INVALID_EMAIL"))
            }
            70 | 199 => matches!(verdict, Verdict::Rejected { cause, .. } if cause == "not_found"),
            120 | 121 => matches!(verdict, Verdict::Retry { .. }),
            _ => matches!(verdict, Verdict::Done { remote_id: Some(_) }),
        };
        assert!(fits, "{number}: {verdict:?}");
    }
    assert_eq!(bench.count("Contact"), 194);
    bench.stand_in.lock().org.locked.clear();
    bench.stand_in.lock().org.refused.clear();
    assert!(all_done(&bench.say(&writes[120..122]).await));
    assert_eq!((bench.count("Contact"), bench.count("Task")), (196, 196));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_read_is_halved_until_the_bad_one_stands_alone() {
    // A field of another type makes Salesforce refuse the whole call.
    let bench = bench_with(|settings| {
        settings
            .fields
            .insert("lead.phone".to_owned(), "Vestibule_Score__c".to_owned());
        settings
            .fields
            .insert("lead.score_points".to_owned(), String::new());
    })
    .await;
    let mut writes: Vec<Write> = (0..50)
        .map(|n| lead(&format!("reg_{n}"), &format!("c{n}"), 0))
        .collect();
    writes[17].lead.as_mut().unwrap().phone = "1".to_owned();
    let verdicts = bench.say(&writes).await;
    for (number, verdict) in verdicts.iter().enumerate() {
        assert_eq!(
            matches!(verdict, Verdict::Rejected { .. }),
            number == 17,
            "{number}: {verdict:?}"
        );
    }
    assert_eq!(bench.count("Lead"), 49);
    for write in &mut writes {
        write.lead.as_mut().unwrap().phone = "1".to_owned();
        write.key.push('b');
    }
    let calls = bench.stand_in.count_calls();
    assert!(matches!(
        bench.crm.apply(&writes).await,
        Err(CrmError::Protocol(_))
    ));
    assert!(bench.stand_in.count_calls() - calls < 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_without_keys_on_tasks_gets_them_by_id() {
    let bench = bench().await;
    bench.stand_in.lock().org.takes_polymorphic_keys = false;
    let account = bench.account();
    let writes: Vec<Write> = (0..20).map(|number| member(number, &account)).collect();
    assert!(all_done(&bench.say(&writes).await));
    assert_eq!((bench.count("Contact"), bench.count("Task")), (20, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_duplicate_rule_finds_is_for_a_person() {
    let bench = bench().await;
    let (account, other) = (bench.account(), bench.account());
    bench.stand_in.put(Record::Contact(Contact {
        account_id: other,
        family_name: "Twin".to_owned(),
        email: "m1@acme.example".to_owned(),
        ..Contact::default()
    }));
    let mut write = member(1, &account);
    for only_warns in [true, false] {
        bench.stand_in.lock().org.duplicate_rule = Some(only_warns);
        of(&mut write).create_new = false;
        let said = bench.say(std::slice::from_ref(&write)).await;
        assert!(matches!(said[0], Verdict::NeedsReview { .. }), "{said:?}");
        assert_eq!(bench.count("Contact"), 1);
    }
    of(&mut write).create_new = true;
    let said = bench.say(std::slice::from_ref(&write)).await;
    assert!(
        matches!(said[0], Verdict::NeedsReview { .. }),
        "a rule that blocks: {said:?}"
    );
    bench.stand_in.lock().org.duplicate_rule = Some(true);
    assert!(all_done(&bench.say(std::slice::from_ref(&write)).await));
    assert_eq!(bench.count("Contact"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_added_once_whatever_gets_lost() {
    let bench = bench().await;
    let first = lead("reg_1", "c1", 10);
    let others: Vec<Write> = (0..6).map(|n| lead("reg_1", &format!("d{n}"), 1)).collect();
    bench.arm(Fault::AnswerLost).await;
    assert!(bench.crm.apply(std::slice::from_ref(&first)).await.is_err());
    for write in &others {
        bench.arm(Fault::AnswerLost).await;
        assert!(bench.crm.apply(std::slice::from_ref(write)).await.is_err());
        // Changes of several subjects reach one lead; each is known again behind the others.
        bench.say(&[first.clone(), write.clone()]).await;
    }
    bench.say(&others).await;
    assert_eq!(
        bench.only("Lead", "Vestibule_Score__c").as_f64(),
        Some(16.0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_converted_lead_hands_its_history_to_the_contact() {
    let bench = bench().await;
    let said = bench.say(&[lead("reg_1", "c1", 1)]).await;
    let Verdict::Done {
        remote_id: Some(id),
    } = &said[0]
    else {
        panic!("{said:?}")
    };
    let contact = bench.stand_in.put(Record::Contact(Contact {
        account_id: bench.account(),
        family_name: "Holm".to_owned(),
        ..Contact::default()
    }));
    bench.stand_in.lock().org.put(
        "Lead",
        json!({"Id": id, "IsConverted": true, "ConvertedContactId": contact}),
    );
    let mut more = lead("reg_1", "c2", 5);
    more.activity = member(1, "").activity;
    assert!(all_done(&bench.say(&[more]).await));
    assert_eq!(bench.only("Task", "WhoId"), contact.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_leave_the_last_of_the_days_calls_to_others() {
    let stand_in = StandIn::start().await;
    let world = world();
    let bench = SalesforceBench {
        crm: stand_in.adapter(&world),
        stand_in,
    };
    let account = bench.account();
    {
        let mut inner = bench.stand_in.lock();
        (inner.used, inner.allowed) = (93, 100);
    }
    assert!(all_done(&bench.say(&[member(1, &account)]).await));
    let held = bench.crm.apply(&[member(2, &account)]).await;
    let pause = Some(Duration::from_secs(60));
    assert_eq!(held, Err(CrmError::Throttled { retry_after: pause }));
    assert!(bench.crm.changes("", 10).await.is_ok(), "the feed goes on");
    world.clock.advance(Duration::from_secs(61));
    assert!(all_done(&bench.say(&[member(2, &account)]).await));
    bench.stand_in.lock().used = 100;
    world.clock.advance(Duration::from_secs(61));
    let spent = bench.crm.apply(&[member(3, &account)]).await;
    assert_eq!(spent, Err(CrmError::Throttled { retry_after: None }));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_within_a_second_are_two_versions() {
    let bench = bench().await;
    let id = bench.account();
    let page = to_end(&*bench.crm, "").await;
    let [Record::Account(first)] = page.records.as_slice() else {
        panic!("{:?}", page.records)
    };
    {
        // Once more in the same second, and then the second is over.
        let mut inner = bench.stand_in.lock();
        inner.org.seconds -= 1;
        inner
            .org
            .put("Account", json!({"Id": id, "Name": "Renamed"}));
        inner.org.seconds += 5;
    }
    let page = to_end(&*bench.crm, &page.cursor).await;
    let [Record::Account(second)] = page.records.as_slice() else {
        panic!("{:?}", page.records)
    };
    assert_eq!(
        (second.name.as_str(), second.version),
        ("Renamed", first.version + 1)
    );
    let page = to_end(&*bench.crm, &page.cursor).await;
    assert_eq!(page.records, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_goes_on_from_the_cursor() {
    let bench = bench().await;
    let account = bench.account();
    for number in 0..30 {
        bench.stand_in.put(Record::Contact(Contact {
            account_id: account.clone(),
            family_name: format!("F{number}"),
            ..Contact::default()
        }));
    }
    let first = bench.crm.changes("", 10).await.unwrap();
    assert!(first.more && first.records.len() == 10);
    let other = bench.stand_in.adapter(&world());
    let rest = to_end(&*other, &first.cursor).await;
    assert_eq!(rest.records.len(), 21);
    // It does not know what the first node told of the last minutes; told again, nothing happens.
    let page = to_end(&*bench.crm, &rest.cursor).await;
    assert!(page.records.len() <= 31);
    assert!(bench.crm.changes("{\"at\":1}", 10).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contracts_status_is_its_category_and_never_a_guess() {
    let bench = bench_with(|settings| {
        let meaning = [("Frozen".to_owned(), "suspended".to_owned())];
        settings
            .values
            .insert("contract.status".to_owned(), meaning.into());
    })
    .await;
    let account = bench.account();
    let wanted = [
        ("Draft", Some("draft")),
        ("InApproval", Some("draft")),
        ("Activated", Some("active")),
        ("Terminated", Some("ended")),
        ("Expired", Some("ended")),
        ("Frozen", Some("suspended")),
        ("Bogus", None),
    ];
    let mut ids = Vec::new();
    for (code, _) in wanted {
        let values = json!({"AccountId": account, "ContractNumber": code, "StatusCode": code, "StartDate": "2026-01-01",
            "EndDate": "2027-12-31", "Portal_Products__c": "parts;docs", "Portal_Seats__c": 25.0, "Portal_Grace__c": 14});
        ids.push(bench.stand_in.lock().org.put("Contract", values));
    }
    let page = to_end(&*bench.crm, "").await;
    for (number, (code, status)) in wanted.iter().enumerate() {
        let found = page.records.iter().find_map(|record| match record {
            Record::Contract(it) if it.id == ids[number] => Some(it),
            _ => None,
        });
        assert_eq!(found.map(|it| it.status.as_str()), *status, "{code}");
        if let Some(it) = found {
            assert_eq!(
                (it.starts_on.as_str(), it.ends_on.as_str()),
                ("2026-01-01", "2027-12-31")
            );
            assert_eq!((it.seats, it.grace_days), (Some(25), Some(14)));
            assert_eq!(it.products, ["parts", "docs"]);
        }
    }
    assert_eq!(page.skipped.len(), 1);
    assert!(
        page.skipped[0].reason.contains("Bogus"),
        "{:?}",
        page.skipped
    );
    // What is deleted has ended.
    assert!(bench.stand_in.lock().org.delete(&ids[2]));
    let page = to_end(&*bench.crm, &page.cursor).await;
    let ended = page
        .records
        .iter()
        .any(|it| matches!(it, Record::Contract(it) if it.id == ids[2] && it.status == "ended"));
    assert!(ended, "{:?}", page.records);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_never_becomes_a_query() {
    let bench = bench().await;
    let account = bench.account();
    let contract = Contract {
        account_id: account.clone(),
        number: "CT-1".to_owned(),
        status: "active".to_owned(),
        ..Contract::default()
    };
    bench.stand_in.put(Record::Contract(contract));
    for hostile in [
        "x' OR Id != '",
        r"x\' OR Id != '",
        "%",
        "_",
        "x') OR (Id != '",
    ] {
        let question = ContractQuestion {
            number_key: hostile.to_owned(),
            fact_key: "1001".to_owned(),
            email_key: hostile.to_owned(),
        };
        assert_eq!(
            bench.crm.find_contract(&question).await,
            Ok(None),
            "{hostile}"
        );
        let mut write = member(1, &account);
        of(&mut write).membership_id = hostile.to_owned();
        of(&mut write).email = format!("{hostile}@x.example");
        let said = bench.say(std::slice::from_ref(&write)).await;
        assert!(all_done(&said), "{hostile}: {said:?}");
        let written = bench
            .stand_in
            .lock()
            .org
            .by_key("Contact", "Vestibule_Id__c", hostile);
        assert_eq!(written.len(), 1, "{hostile}");
        // The next one is another person, not found by the one before.
        bench.stand_in.lock().org.delete(&written[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_missing() {
    let said = bench().await.crm.check().await.unwrap();
    assert!(
        said.contains("v66.0") && said.contains("of 100000 calls"),
        "{said}"
    );
    let bench = bench().await;
    {
        let mut inner = bench.stand_in.lock();
        inner.org.drop_field("Contact", "Vestibule_Status__c");
        inner.org.drop_field("Contract", "Portal_Seats__c");
        inner.org.drop_object("Lead");
        let contact = inner.org.object_mut("Contact");
        contact
            .fields
            .iter_mut()
            .find(|it| it.name == "Vestibule_Id__c")
            .unwrap()
            .is_unique = false;
        contact
            .fields
            .iter_mut()
            .find(|it| it.name == "Phone")
            .unwrap()
            .is_writable = false;
        let task = inner.org.object_mut("Task");
        task.fields
            .iter_mut()
            .find(|it| it.name == "Vestibule_Change__c")
            .unwrap()
            .is_key = false;
    }
    let Err(CrmError::Setup(said)) = bench.crm.check().await else {
        panic!("nothing was missed")
    };
    for part in [
        "Contact has no field Vestibule_Status__c",
        "Contract has no field Portal_Seats__c",
        "may not read the object Lead",
        "Contact.Vestibule_Id__c is not marked as Unique",
        "may not write Contact.Phone",
        "Task (Activity).Vestibule_Change__c is not marked as External ID",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    // A write that needs the missing field waits for an operator instead of failing for good.
    let verdicts = bench.crm.apply(&[member(1, &bench.account())]).await;
    assert!(
        matches!(&verdicts, Err(CrmError::Setup(said)) if said.contains("Vestibule_Status__c")),
        "{verdicts:?}"
    );
    for (version, word) in [("99.0", "api_version"), ("46.0", "")] {
        let bench = bench_with(|settings| {
            settings.salesforce.as_mut().unwrap().api_version = version.to_owned();
        })
        .await;
        let said = bench.crm.check().await;
        assert_eq!(said.is_err(), !word.is_empty(), "{said:?}");
        assert!(said.is_ok() || said.unwrap_err().to_string().contains(word));
    }
}

/// A key pair; PKCS#8 in PEM.
fn key() -> (RsaPrivateKey, String) {
    let key = RsaPrivateKey::new(&mut rand_core::OsRng, 2_048).unwrap();
    let pem = key
        .to_pkcs8_pem(rsa::pkcs8::LineEnding::LF)
        .unwrap()
        .to_string();
    (key, pem)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_assertion_opens_the_org_as_its_user() {
    let (private, pem) = key();
    let jwt = |settings: &mut ConnectionSettings, pem: &str| {
        let own = settings.salesforce.as_mut().unwrap();
        own.client_secret = None;
        own.username = Some(USERNAME.to_owned());
        own.private_key = Some(pem.to_owned().into());
    };
    let bench = bench_with(|settings| jwt(settings, &pem)).await;
    let said = bench.crm.check().await;
    assert!(matches!(said, Err(CrmError::AuthBroken(why)) if why.contains("hasn't approved")));
    bench.stand_in.lock().key = Some(private.to_public_key());
    bench.crm.check().await.unwrap();
    bench.arm(Fault::ExpiredToken).await;
    bench.crm.check().await.unwrap();
    let (_, other) = key();
    let stranger = bench_with(|settings| jwt(settings, &other)).await;
    stranger.stand_in.lock().key = Some(private.to_public_key());
    assert!(matches!(
        stranger.crm.check().await,
        Err(CrmError::AuthBroken(_))
    ));
    let mut settings = bench.stand_in.settings();
    jwt(&mut settings, "-----BEGIN PRIVATE KEY-----");
    let refused = salesforce::adapter(&settings, http_client().unwrap(), &world());
    assert!(refused.err().unwrap().contains("private_key"));
}

const MESSAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00DgK0000000001UAA</OrganizationId><Notification><Id>04l1</Id></Notification></notifications></soapenv:Body></soapenv:Envelope>"#;

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_proven_by_the_secret_in_their_address() {
    let bench = bench_with(|settings| {
        let own = settings.salesforce.as_mut().unwrap();
        own.organization_id = Some("00DgK0000000001".to_owned());
        own.notice_secret = Some(format!("{} {NOTICE_SECRET}", "n".repeat(32)).into());
    })
    .await;
    let crm = &bench.crm;
    let hear = async |secret: &str, body: &str| {
        let notice = Notice {
            method: "POST",
            url: "https://portal.example/api/v1/crm/main/notices/x",
            secret,
            headers: &[],
            body: body.as_bytes(),
            now: Instant::from_seconds(1_800_000_000),
        };
        crm.hear(&notice).await
    };
    let acknowledged = hear(NOTICE_SECRET, MESSAGE).await.unwrap();
    assert!(acknowledged.body.contains("<Ack>true</Ack>"));
    assert!(acknowledged.media_type.starts_with("text/xml"));
    for flow in [r#"{"object":"Contract","record_id":"800"}"#, ""] {
        assert_eq!(hear(NOTICE_SECRET, flow).await.unwrap().media_type, "");
    }
    assert!(
        hear(&"n".repeat(32), "").await.is_ok(),
        "two while one replaces the other"
    );
    let other_org = MESSAGE.replace("00DgK0000000001", "00DgK0000000002");
    assert!(hear(NOTICE_SECRET, &other_org).await.is_err());
    assert!(
        hear(NOTICE_SECRET, &MESSAGE.replace("OrganizationId", "X"))
            .await
            .is_err()
    );
    for wrong in [
        "",
        "n",
        &NOTICE_SECRET[..31],
        &format!("{NOTICE_SECRET}0"),
        " ",
    ] {
        assert!(hear(wrong, MESSAGE).await.is_err(), "{wrong:?}");
    }
    let silent =
        bench_with(|settings| settings.salesforce.as_mut().unwrap().notice_secret = None).await;
    let notice = Notice {
        method: "POST",
        url: "",
        secret: "",
        headers: &[],
        body: b"",
        now: Instant::from_seconds(0),
    };
    assert!(silent.crm.hear(&notice).await.is_err());
}

#[async_trait]
impl Desk for SalesforceBench {
    fn settings(&self) -> ConnectionSettings {
        self.stand_in.settings()
    }

    fn delay(&self) -> Delay {
        self.stand_in.lock().delay.clone()
    }

    async fn notify(&self, portal: &Portal, key: &str) -> u16 {
        let path = format!("/api/v1/crm/{key}/notices/{NOTICE_SECRET}");
        let forged = path.replace(NOTICE_SECRET, &"x".repeat(40));
        assert_eq!(job::post(portal, &forged, &[], Vec::new()).await, 401);
        let body = br#"{"object":"Contract","record_id":"800"}"#.to_vec();
        job::post(portal, &path, &[], body).await
    }

    async fn told(&self, contact: &str) -> [String; 3] {
        let row = self.stand_in.lock().org.row(contact);
        [
            "Vestibule_Status__c",
            "Vestibule_Roles__c",
            "Vestibule_Invitation__c",
        ]
        .map(|name| row[name].as_str().unwrap_or_default().to_owned())
    }

    async fn contacts(&self) -> usize {
        self.count("Contact")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_goes_through() {
    each_engine(async |test| {
        let bench = bench().await;
        job::run(&test, &bench).await;
        let crm: Arc<dyn Crm> = bench.crm.clone();
        let records = to_end(&*crm, "").await.records;
        let linked = records
            .iter()
            .any(|it| matches!(it, Record::Contact(it) if it.portal_membership_id.is_some()));
        assert!(linked, "{records:?}");
    })
    .await;
}

/// The stand-in for clients that are not ours, until standard input ends; tests/vendors starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves other programs"]
async fn serves_clients_that_are_not_ours() {
    let stand_in = StandIn::start().await;
    stand_in.lock().page_size = 3;
    println!("serving {} {}", stand_in.url, stand_in.token());
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    ended.await.unwrap().unwrap();
}
