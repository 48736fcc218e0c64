//! The Dataverse adapter against an environment that stands in for a real one.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use vestibule::{
    crm::{
        conformance::{Fault, Faulty as _, check, check_faults},
        port::{Account, Contact, ContractQuestion, CrmError, Notice, Record, Verdict, Write},
    },
    kernel::Instant,
    settings::ConnectionSettings,
};

use crate::support::{
    Portal,
    delay::Delay,
    dynamics365::{
        DynamicsBench, NOTICE_SECRET, StandIn,
        env::{APP_USER, REP_ENTRA_ID, REP_USER},
    },
    each_engine,
    job::{self, Desk},
    writes::{all_done, lead, member, of, to_end, world},
};

pub async fn bench() -> DynamicsBench {
    bench_with(|_| ()).await
}

/// A bench whose settings differ.
async fn bench_with(change: impl FnOnce(&mut ConnectionSettings)) -> DynamicsBench {
    let stand_in = StandIn::start().await;
    let mut settings = stand_in.settings();
    change(&mut settings);
    let crm = stand_in.adapter_with(&settings, &world());
    DynamicsBench { stand_in, crm }
}

impl DynamicsBench {
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

    fn only(&self, set: &str, column: &str) -> Value {
        let inner = self.stand_in.lock();
        let rows: Vec<_> = inner.env.rows(set).collect();
        assert_eq!(rows.len(), 1, "{set}");
        rows[0][column].clone()
    }

    fn count(&self, set: &str) -> usize {
        self.stand_in.lock().env.rows(set).count()
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
async fn a_thousand_changes_with_their_activities_cost_twenty_calls() {
    let bench = bench().await;
    let account = bench.account();
    let mut writes: Vec<Write> = (0..1_000).map(|number| member(number, &account)).collect();
    for round in ["created", "changed"] {
        let before = bench.stand_in.count_calls();
        for (place, part) in writes.clone().chunks(bench.crm.batch_limit()).enumerate() {
            let verdicts = bench.say(part).await;
            assert!(all_done(&verdicts), "{round}: {:?}", verdicts[0]);
            for (write, verdict) in writes.iter_mut().skip(place * 100).zip(verdicts) {
                let Verdict::Done { remote_id } = verdict else {
                    unreachable!()
                };
                of(write).id = remote_id;
            }
        }
        let calls = bench.stand_in.count_calls() - before;
        println!("Dataverse: 1,000 contacts {round}, notes included: {calls} calls");
        assert!(calls <= 20, "{calls} calls");
        for (number, write) in writes.iter_mut().enumerate() {
            of(write).portal_roles = vec!["admin".to_owned()];
            write.key = format!("chg_again_{number}");
        }
    }
    assert_eq!(
        (bench.count("contacts"), bench.count("annotations")),
        (1_000, 2_000)
    );
    assert!(
        bench
            .stand_in
            .lock()
            .tags
            .iter()
            .all(|tag| tag == "vestibule")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_sent_and_author_and_change_are_stamped() {
    let bench = bench().await;
    let mut write = member(1, &bench.account());
    bench.say(std::slice::from_ref(&write)).await;
    assert_eq!(
        bench.only("contacts", "vst_author"),
        "Ada Holm <ada@acme.example> (person)"
    );
    assert_eq!(bench.only("contacts", "vst_roles"), "admin;orders");
    let text = bench.only("annotations", "notetext");
    let text = text.as_str().unwrap();
    assert!(
        text.contains("Ada Holm") && text.contains(&write.key),
        "{text}"
    );
    assert_eq!(
        bench.only("annotations", "_objectid_value"),
        bench.only("contacts", "contactid")
    );
    write.key = "chg_2".to_owned();
    of(&mut write).phone = "+358 9 1".to_owned();
    of(&mut write).last_sign_in = "2027-01-15T08:00:00.123456Z".to_owned();
    write.activity.as_mut().unwrap().kind = "signed_in".to_owned();
    bench.say(std::slice::from_ref(&write)).await;
    let inner = bench.stand_in.lock();
    let (_, _, body) = inner.calls.last().unwrap();
    let sent = body.lines().find(|it| it.starts_with('{')).unwrap();
    let sent: Value = serde_json::from_str(sent).unwrap();
    let mut names: Vec<&str> = sent
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["telephone1", "vst_author", "vst_changes", "vst_lastsignin"]
    );
    assert!(body.contains("If-Match: W/\""), "{body}");
    drop(inner);
    assert_eq!(
        bench.count("annotations"),
        1,
        "a sign-in has a column, not a note"
    );
    let changes = bench.only("contacts", "vst_changes");
    assert!(
        changes.as_str().unwrap().starts_with("chg_2 chg_0"),
        "{changes}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_is_told_alone_and_leaves_no_note() {
    let bench = bench().await;
    let account = bench.account();
    let mut writes: Vec<Write> = (0..100).map(|number| member(number, &account)).collect();
    of(&mut writes[3]).account_id = "6d810000-0000-4000-8000-0000000fffff".to_owned();
    of(&mut writes[50]).membership_id = "mem/50".to_owned();
    of(&mut writes[70]).id = Some("6d810000-0000-4000-8000-0000000ffffe".to_owned());
    bench.stand_in.lock().env.refused.insert("M80".to_owned());
    let verdicts = bench.say(&writes).await;
    for (number, verdict) in verdicts.iter().enumerate() {
        let fits = match number {
            3 | 70 => matches!(verdict, Verdict::Rejected { cause, .. } if cause == "not_found"),
            50 | 80 => {
                matches!(verdict, Verdict::Rejected { cause, .. } if cause == "invalid_field")
            }
            _ => matches!(verdict, Verdict::Done { remote_id: Some(_) }),
        };
        assert!(fits, "{number}: {verdict:?}");
    }
    assert_eq!(
        (bench.count("contacts"), bench.count("annotations")),
        (96, 96)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_change_is_not_written_over() {
    let bench = bench().await;
    let write = lead("reg_1", "c1", 10);
    bench.say(std::slice::from_ref(&write)).await;
    // The etag of what was read holds only for what was read: a lost answer and a look again.
    bench.arm(Fault::AnswerLost).await;
    let more = lead("reg_1", "c2", 5);
    assert!(bench.crm.apply(std::slice::from_ref(&more)).await.is_err());
    bench.say(&[write, more]).await;
    assert_eq!(bench.only("leads", "vst_score"), 15);
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
        bench.say(&[first.clone(), write.clone()]).await;
    }
    bench.say(&others).await;
    assert_eq!(bench.only("leads", "vst_score"), 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_lead_gets_the_note_only() {
    let bench = bench().await;
    let said = bench.say(&[lead("reg_1", "c1", 1)]).await;
    let Verdict::Done {
        remote_id: Some(id),
    } = &said[0]
    else {
        panic!("{said:?}")
    };
    bench
        .stand_in
        .lock()
        .env
        .put("leads", json!({"leadid": id, "statecode": 1}));
    let mut more = lead("reg_1", "c2", 5);
    more.activity = member(1, "").activity;
    assert!(all_done(&bench.say(&[more]).await));
    assert_eq!(bench.only("leads", "vst_score"), 1);
    assert_eq!(bench.only("annotations", "_objectid_value"), id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_write_in_their_own_name_where_they_may() {
    let bench =
        bench_with(|settings| settings.dynamics365.as_mut().unwrap().act_as_staff = true).await;
    let account = bench.account();
    let by = |number, kind: &str, email: &str| {
        let mut write = member(number, &account);
        write.author.kind = kind.to_owned();
        write.author.email = email.to_owned();
        write
    };
    let writes = [
        by(1, "staff", "Rep@nordwind.example"),
        by(2, "staff", "stranger@nordwind.example"),
        by(3, "person", "rep@nordwind.example"),
    ];
    assert!(all_done(&bench.say(&writes).await));
    let who = |number: usize| {
        let inner = bench.stand_in.lock();
        let ours = format!("mem_{number:026}");
        let row = inner
            .env
            .rows("contacts")
            .find(|row| row["vst_portalid"] == ours.as_str())
            .unwrap();
        row["_modifiedby_value"].as_str().unwrap().to_owned()
    };
    assert_eq!([who(1), who(2), who(3)], [REP_USER, APP_USER, APP_USER]);
    // A user who may not write there: the portal does, and says who it was.
    bench
        .stand_in
        .lock()
        .may_not
        .insert(REP_ENTRA_ID.to_owned());
    assert!(all_done(
        &bench.say(&[by(4, "staff", "rep@nordwind.example")]).await
    ));
    assert_eq!(who(4), APP_USER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_place_is_read_from_the_beginning() {
    let bench = bench().await;
    let id = bench.account();
    let page = to_end(&*bench.crm, "").await;
    let owner = page.records.iter().find_map(|it| match it {
        Record::Account(it) => Some(it.owner_email.clone()),
        _ => None,
    });
    assert_eq!(owner.as_deref(), Some("rep@nordwind.example"));
    bench.stand_in.lock().forgets_tokens = true;
    let again = to_end(&*bench.crm, &page.cursor).await;
    assert!(
        again
            .records
            .iter()
            .any(|it| matches!(it, Record::Account(it) if it.id == id))
    );
    let nothing = to_end(&*bench.crm, &again.cursor).await;
    assert_eq!(nothing.records, []);
    // A link to somewhere else is asked of our own host, which does not know it.
    let elsewhere = page.cursor.replace("/api/data/", "//elsewhere.example/");
    let again = bench.crm.changes(&elsewhere, 10).await.unwrap();
    assert!(
        again
            .records
            .iter()
            .any(|it| matches!(it, Record::Account(it) if it.id == id))
    );
    assert!(bench.crm.changes("{\"links\":1}", 10).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contracts_status_is_its_state_and_never_a_guess() {
    let bench = bench_with(|settings| {
        let meaning = [("9".to_owned(), "suspended".to_owned())];
        settings
            .values
            .insert("contract.status".to_owned(), meaning.into());
    })
    .await;
    let account = bench.account();
    let wanted = [
        (0, Some("draft")),
        (1, Some("active")),
        (2, Some("ended")),
        (3, Some("ended")),
        (4, Some("active")),
        (9, Some("suspended")),
        (7, None),
    ];
    let mut ids = Vec::new();
    for (state, _) in wanted {
        let values = json!({"_customerid_value": account, "name": format!("CT-{state}"), "statecode": state,
            "startdate": "2026-01-01", "enddate": "2027-12-31", "vst_products": "parts;docs", "vst_seats": 25});
        ids.push(bench.stand_in.lock().env.put("entitlements", values));
    }
    let page = to_end(&*bench.crm, "").await;
    for (number, (state, status)) in wanted.iter().enumerate() {
        let found = page.records.iter().find_map(|record| match record {
            Record::Contract(it) if it.id == ids[number] => Some(it),
            _ => None,
        });
        assert_eq!(found.map(|it| it.status.as_str()), *status, "{state}");
        if let Some(it) = found {
            assert_eq!(
                (it.starts_on.as_str(), it.ends_on.as_str()),
                ("2026-01-01", "2027-12-31")
            );
            assert_eq!((it.seats, it.grace_days), (Some(25), None));
            assert_eq!(it.products, ["parts", "docs"]);
        }
    }
    assert_eq!(page.skipped.len(), 1);
    assert!(page.skipped[0].reason.contains('7'), "{:?}", page.skipped);
    // Of a deleted contract nothing is left to say what it was: a person is told.
    assert!(bench.stand_in.lock().env.delete("entitlements", &ids[1]));
    let page = to_end(&*bench.crm, &page.cursor).await;
    assert_eq!(page.skipped.len(), 1, "{page:?}");
    assert_eq!(page.skipped[0].id, ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_never_becomes_a_query() {
    let bench = bench().await;
    let account = bench.account();
    let contact = Contact {
        account_id: account.clone(),
        family_name: "O'Neil".to_owned(),
        email: "o'neil@acme.example".to_owned(),
        ..Contact::default()
    };
    let id = bench.stand_in.put(Record::Contact(contact));
    for hostile in [
        "x' or contactid ne null or lastname eq '",
        "']) or true",
        "%",
        "x&$filter=true",
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
        of(&mut write).membership_id = "mem_hostile".to_owned();
        of(&mut write).email = format!("{hostile}@x.example");
        let said = bench.say(std::slice::from_ref(&write)).await;
        assert!(all_done(&said), "{hostile}: {said:?}");
    }
    let mut write = member(2, &account);
    of(&mut write).email = "O'Neil@acme.example".to_owned();
    let said = bench.say(&[write]).await;
    assert_eq!(
        said,
        [Verdict::Done {
            remote_id: Some(id)
        }]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_missing() {
    let said = bench().await.crm.check().await.unwrap();
    assert!(said.contains("v9.2"), "{said}");
    let bench =
        bench_with(|settings| settings.dynamics365.as_mut().unwrap().act_as_staff = true).await;
    {
        let mut inner = bench.stand_in.lock();
        let contacts = inner.env.table_mut("contacts");
        contacts.columns.retain(|(name, _)| *name != "vst_status");
        contacts.keys.clear();
        inner.env.table_mut("leads").keys[0].1 = "Pending";
        inner.env.table_mut("entitlements").tracks_changes = false;
        inner
            .env
            .lacks
            .extend(["prvCreateNote", "prvActOnBehalfOfAnotherUser"]);
    }
    let Err(CrmError::Setup(said)) = bench.crm.check().await else {
        panic!("nothing was missed")
    };
    for part in [
        "the table contacts has no column vst_status",
        "contacts.vst_portalid is no alternate key",
        "the alternate key leads.vst_portalid is not active yet (Pending)",
        "the table entitlements does not track changes",
        "no privilege prvCreateNote",
        "no privilege prvActOnBehalfOfAnotherUser",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let verdicts = bench.crm.apply(&[member(1, &bench.account())]).await;
    assert!(
        matches!(&verdicts, Err(CrmError::Setup(said)) if said.contains("vst_status")),
        "{verdicts:?}"
    );
    let bench = bench_with(|settings| {
        settings.dynamics365.as_mut().unwrap().client_id = "other".to_owned();
    })
    .await;
    assert!(
        matches!(bench.crm.check().await, Err(CrmError::AuthBroken(why)) if why.contains("AADSTS700016"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_within_a_batch_is_kept() {
    let bench = bench().await;
    bench.account();
    bench
        .arm(Fault::ThrottledWithHint(Duration::from_secs(17)))
        .await;
    let said = bench.crm.changes("", 10).await;
    let pause = Some(Duration::from_secs(17));
    assert_eq!(said, Err(CrmError::Throttled { retry_after: pause }));
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_proven_by_the_registered_key() {
    let bench = bench().await;
    let crm = &bench.crm;
    let hear = async |url: &str, secret: &str, headers: &[(String, String)]| {
        let notice = Notice {
            method: "POST",
            url,
            secret,
            headers,
            body: br#"{"MessageName":"Update","PrimaryEntityName":"entitlement"}"#,
            now: Instant::from_seconds(1_800_000_000),
        };
        crm.hear(&notice).await.is_ok()
    };
    let url = "https://portal.example/api/v1/crm/main/notices";
    let header = |value: &str| [("x-vestibule-key".to_owned(), value.to_owned())];
    assert!(hear(&format!("{url}?code={NOTICE_SECRET}"), "", &[]).await);
    assert!(hear(url, "", &header(NOTICE_SECRET)).await);
    assert!(hear(url, NOTICE_SECRET, &[]).await);
    assert!(!hear(url, "", &[]).await);
    assert!(!hear(&format!("{url}?code="), "", &header("")).await);
    assert!(
        !hear(
            &format!("{url}?code={}", &NOTICE_SECRET[1..]),
            "x",
            &header("y")
        )
        .await
    );
    let silent =
        bench_with(|settings| settings.dynamics365.as_mut().unwrap().notice_secret = None).await;
    let notice = Notice {
        method: "POST",
        url,
        secret: "",
        headers: &[],
        body: b"",
        now: Instant::from_seconds(0),
    };
    assert!(silent.crm.hear(&notice).await.is_err());
}

#[async_trait]
impl Desk for DynamicsBench {
    fn settings(&self) -> ConnectionSettings {
        self.stand_in.settings()
    }

    fn delay(&self) -> Delay {
        self.stand_in.lock().delay.clone()
    }

    async fn notify(&self, portal: &Portal, key: &str) -> u16 {
        let path = format!("/api/v1/crm/{key}/notices");
        let body = br#"{"MessageName":"Update","PrimaryEntityName":"entitlement"}"#.to_vec();
        let forged = [("x-vestibule-key", "x".repeat(40))];
        assert_eq!(job::post(portal, &path, &forged, body.clone()).await, 401);
        let key = [("x-vestibule-key", NOTICE_SECRET.to_owned())];
        job::post(portal, &path, &key, body).await
    }

    async fn told(&self, contact: &str) -> [String; 3] {
        let inner = self.stand_in.lock();
        let row = inner.env.row("contacts", contact).unwrap();
        ["vst_status", "vst_roles", "vst_invitation"]
            .map(|name| row[name].as_str().unwrap_or_default().to_owned())
    }

    async fn contacts(&self) -> usize {
        self.count("contacts")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_goes_through() {
    each_engine(async |test| job::run(&test, &bench().await).await).await;
}

/// The stand-in for clients that are not ours, until standard input ends; tests/vendors starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "serves other programs"]
async fn serves_clients_that_are_not_ours() {
    let stand_in = StandIn::start().await;
    println!("serving {} {}", stand_in.url, stand_in.token());
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    ended.await.unwrap().unwrap();
}
