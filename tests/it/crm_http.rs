//! The HTTP adapter against a CRM that behaves like a vendor's: over a real socket, with faults.

use std::{
    collections::HashMap,
    time::{Duration, Instant as Stopwatch},
};

use vestibule::{
    crm::port::{
        Account, ActivityWrite, Author, Contact, ContactWrite, Contract, ContractQuestion,
        CrmError, LeadWrite, Record, Verdict, Write,
    },
    kernel::Instant,
};

use crate::support::crm_stand_in::{Chaos, Fault, StandIn};

fn account(id: &str) -> Record {
    Record::Account(Account {
        id: id.to_owned(),
        number: "10-01".to_owned(),
        name: "Acme".to_owned(),
        kind: "customer".to_owned(),
        ..Account::default()
    })
}

fn contact(id: &str, account: &str, email: &str) -> Record {
    Record::Contact(Contact {
        id: id.to_owned(),
        account_id: account.to_owned(),
        email: email.to_owned(),
        ..Contact::default()
    })
}

fn contract(id: &str, account: &str, number: &str, status: &str) -> Record {
    Record::Contract(Contract {
        id: id.to_owned(),
        account_id: account.to_owned(),
        number: number.to_owned(),
        status: status.to_owned(),
        ..Contract::default()
    })
}

fn empty_write(key: &str) -> Write {
    Write {
        key: key.to_owned(),
        subject: format!("membership:{key}"),
        at: Instant::from_seconds(1_800_000_000),
        author: Author {
            name: "Ada Rep".to_owned(),
            ..Author::default()
        },
        contact: None,
        lead: None,
        activity: None,
    }
}

fn contact_write(key: &str) -> Write {
    Write {
        contact: Some(ContactWrite {
            account_id: "A".to_owned(),
            membership_id: format!("mem_{key}"),
            email: format!("{key}@acme.example"),
            ..ContactWrite::default()
        }),
        ..empty_write(key)
    }
}

fn batch(count: usize) -> Vec<Write> {
    (0..count)
        .map(|number| contact_write(&format!("k{number}")))
        .collect()
}

async fn stand_in() -> StandIn {
    let crm = StandIn::start().await;
    crm.lock().records.put(account("A"));
    crm
}

fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Done { .. })
}

/// Nothing stands twice: every key took effect at most once.
fn assert_nothing_twice(crm: &StandIn) {
    let inner = crm.lock();
    let mut seen = HashMap::new();
    for (_, key, _) in &inner.records.log {
        *seen.entry(key.clone()).or_insert(0) += 1;
    }
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
}

#[tokio::test]
async fn the_check_proves_token_and_feed() {
    let crm = stand_in().await;
    let text = crm.adapter().check().await.unwrap();
    assert_eq!(text, "Stand-in answers and its feed can be read");
    assert_eq!(crm.count_calls("/health") + crm.count_calls("/changes"), 2);
    let mut settings = crm.settings();
    settings.token = Some("another".to_owned().into());
    let client = vestibule::web::http_client::http_client().unwrap();
    let stranger = vestibule::crm::http::adapter(&settings, client).unwrap();
    let refused = stranger.check().await;
    assert_eq!(
        refused,
        Err(CrmError::AuthBroken(
            "HTTP 401: The token another is not valid".to_owned()
        ))
    );
}

#[tokio::test]
async fn the_feed_is_read_to_its_end_and_from_there_on() {
    let crm = stand_in().await;
    for number in 0..25 {
        crm.lock()
            .records
            .put(contact(&format!("c{number}"), "A", ""));
    }
    let adapter = crm.adapter();
    let (mut cursor, mut seen) = (String::new(), 0);
    loop {
        let page = adapter.changes(&cursor, 10).await.unwrap();
        assert!(page.records.len() <= 10);
        seen += page.records.len();
        cursor = page.cursor;
        if !page.more {
            break;
        }
    }
    assert_eq!(seen, 26);
    assert!(
        adapter
            .changes(&cursor, 10)
            .await
            .unwrap()
            .records
            .is_empty()
    );
    crm.lock().records.put(contract("C", "A", "CT-1", "ended"));
    let page = adapter.changes(&cursor, 10).await.unwrap();
    assert!(matches!(page.records.as_slice(), [Record::Contract(it)] if it.status == "ended"));
    // A CRM restored from a backup does not know the cursor any more.
    crm.lock().forgets_cursors = true;
    let page = adapter.changes(&cursor, 1_000).await.unwrap();
    assert_eq!(page.records.len(), 27);
}

#[tokio::test]
async fn a_look_up_finds_only_with_both_facts() {
    let crm = stand_in().await;
    {
        let mut inner = crm.lock();
        inner.records.put(contract("C", "A", "CT-1001", "active"));
        inner.records.put(contact("c1", "A", "ada@acme.example"));
        inner.records.put(contact("c2", "A", "bob@acme.example"));
    }
    let question = |number: &str, fact: &str| ContractQuestion {
        number_key: number.to_owned(),
        fact_key: fact.to_owned(),
        email_key: "ada@acme.example".to_owned(),
    };
    let adapter = crm.adapter();
    let found = adapter
        .find_contract(&question("CT1001", "1001"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.contacts.len(), 1);
    for (number, fact) in [("CT1001", "9999"), ("CT1002", "1001"), ("CT1001", "")] {
        assert_eq!(
            adapter.find_contract(&question(number, fact)).await,
            Ok(None)
        );
    }
    crm.fail_next(Fault::Body(r#"{"found":false}"#.to_owned()));
    let unclear = adapter.find_contract(&question("CT1001", "1001")).await;
    assert!(matches!(unclear, Err(CrmError::Protocol(_))), "{unclear:?}");
}

#[tokio::test]
async fn a_write_applies_once_and_keeps_its_author() {
    let crm = stand_in().await;
    let adapter = crm.adapter();
    let mut write = contact_write("one");
    write.activity = Some(ActivityWrite {
        kind: "signed_in".to_owned(),
        ..ActivityWrite::default()
    });
    let first = adapter.apply(std::slice::from_ref(&write)).await.unwrap();
    let again = adapter.apply(std::slice::from_ref(&write)).await.unwrap();
    assert_eq!(first, again);
    assert!(matches!(&first[0], Verdict::Done { remote_id: Some(id) } if id == "con-0001"));
    let inner = crm.lock();
    assert_eq!(
        inner.records.log,
        [(
            "membership:one".to_owned(),
            "one".to_owned(),
            "Ada Rep".to_owned()
        )]
    );
    assert_eq!(
        (inner.records.contacts.len(), inner.records.activities.len()),
        (1, 1)
    );
}

#[tokio::test]
async fn matching_prefers_links_and_leaves_doubt_to_people() {
    let crm = stand_in().await;
    {
        let mut inner = crm.lock();
        inner
            .records
            .put(contact("by-mail", "A", "K1@acme.example"));
        inner.records.put(contact("twin-1", "A", "k2@acme.example"));
        inner.records.put(contact("twin-2", "A", "k2@acme.example"));
    }
    let mut unknown = contact_write("k4");
    unknown.contact.as_mut().unwrap().account_id = "nowhere".to_owned();
    let writes = [
        contact_write("k1"),
        contact_write("k2"),
        contact_write("k3"),
        unknown,
        empty_write("k5"),
    ];
    let verdicts = crm.adapter().apply(&writes).await.unwrap();
    assert_eq!(
        verdicts[0],
        Verdict::Done {
            remote_id: Some("by-mail".to_owned())
        }
    );
    assert!(
        matches!(&verdicts[1], Verdict::NeedsReview { candidates, .. } if candidates == &["twin-1", "twin-2"])
    );
    assert!(is_done(&verdicts[2]));
    assert!(matches!(&verdicts[3], Verdict::Rejected { cause, .. } if cause == "not_found"));
    assert_eq!(verdicts[4], Verdict::Done { remote_id: None });
}

#[tokio::test]
async fn scores_are_added_once_however_often_the_answer_is_lost() {
    let crm = stand_in().await;
    let write = Write {
        lead: Some(LeadWrite {
            portal_key: "reg_1".to_owned(),
            score_points: 10,
            ..LeadWrite::default()
        }),
        ..empty_write("lead")
    };
    let adapter = crm.adapter();
    for fault in [Fault::ResetAfter, Fault::HalfAnswer, Fault::MissingResult] {
        crm.fail_next(fault);
        adapter
            .apply(std::slice::from_ref(&write))
            .await
            .unwrap_err();
    }
    let verdicts = adapter.apply(std::slice::from_ref(&write)).await.unwrap();
    assert!(is_done(&verdicts[0]));
    assert_eq!(crm.lock().records.scores["led-0001"], 10);
}

#[tokio::test]
async fn every_fault_has_its_meaning() {
    let crm = stand_in().await;
    let adapter = crm.adapter();
    let throttled = |seconds| CrmError::Throttled {
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let unreachable = |what: &str| CrmError::Unreachable(what.to_owned());
    let protocol = |what: &str| CrmError::Protocol(what.to_owned());
    let long_title = "x".repeat(10_000);
    let cases = [
        (Fault::Status(429, Some("7".to_owned())), throttled(7)),
        (
            Fault::Status(429, None),
            CrmError::Throttled { retry_after: None },
        ),
        (Fault::Status(503, Some("9".to_owned())), throttled(9)),
        (Fault::Status(503, None), unreachable("HTTP 503: Not now")),
        (
            Fault::Status(500, Some("9".to_owned())),
            unreachable("HTTP 500: Not now"),
        ),
        (Fault::Status(504, None), unreachable("HTTP 504: Not now")),
        (
            Fault::Status(401, None),
            CrmError::AuthBroken("HTTP 401: Not now".to_owned()),
        ),
        (
            Fault::Status(403, None),
            CrmError::AuthBroken("HTTP 403: Not now".to_owned()),
        ),
        (Fault::Status(404, None), protocol("HTTP 404: Not now")),
        (
            Fault::Problem(409, long_title),
            protocol(&format!("HTTP 409: {}", "x".repeat(120))),
        ),
        (Fault::Body("<html>".to_owned()), protocol("it is not JSON")),
        (Fault::Body(String::new()), protocol("it is not JSON")),
        (
            Fault::Body(r#"{"results":7}"#.to_owned()),
            protocol("the field `results` is missing or not what it should be"),
        ),
        (Fault::EndlessBody, protocol("it is larger than 2048 KB")),
        (Fault::ResetBefore, unreachable("the connection broke")),
        (Fault::ResetAfter, unreachable("the connection broke")),
        (Fault::HalfAnswer, unreachable("the connection broke")),
        (
            Fault::DuplicateResult,
            protocol("a write has no result of its own"),
        ),
        (Fault::MissingResult, protocol("1 results for 2 writes")),
        (
            Fault::EverySecond("done"),
            protocol("a result has a verdict that the contract does not know"),
        ),
        (
            Fault::Redirect(crm.url.clone()),
            protocol("HTTP 307: redirects are not followed"),
        ),
    ];
    for (number, (fault, expected)) in cases.into_iter().enumerate() {
        let what = format!("{fault:?}").chars().take(80).collect::<String>();
        crm.fail_next(fault);
        let writes = [
            contact_write(&format!("a{number}")),
            contact_write(&format!("b{number}")),
        ];
        let stops_whole = adapter.apply(&writes).await;
        assert_eq!(stops_whole, Err(expected), "{what}");
    }
    assert_nothing_twice(&crm);
}

#[tokio::test]
async fn a_date_in_retry_after_counts_from_the_answers_own_clock() {
    let crm = stand_in().await;
    crm.fail_next(Fault::Status(
        429,
        Some("Fri, 01 Jan 2100 00:00:00 GMT".to_owned()),
    ));
    let answer = crm.adapter().apply(&batch(1)).await;
    let day = Duration::from_secs(86_400);
    assert_eq!(
        answer,
        Err(CrmError::Throttled {
            retry_after: Some(day)
        })
    );
}

#[tokio::test]
async fn a_partial_answer_is_a_verdict_for_each() {
    let crm = stand_in().await;
    let adapter = crm.adapter();
    for word in ["retry", "throttled", "rejected", "needs_review"] {
        crm.fail_next(Fault::EverySecond(word));
        let verdicts = adapter.apply(&batch(10)).await.unwrap();
        assert_eq!(
            verdicts.iter().filter(|verdict| is_done(verdict)).count(),
            5,
            "{word}"
        );
    }
    assert!(adapter.apply(&batch(10)).await.unwrap().iter().all(is_done));
    assert_nothing_twice(&crm);
}

#[tokio::test]
async fn one_poisoned_write_holds_up_nobody_else() {
    let crm = stand_in().await;
    crm.lock().poison.insert("k41".to_owned());
    let verdicts = crm.adapter().apply(&batch(100)).await.unwrap();
    for (number, verdict) in verdicts.iter().enumerate() {
        assert_eq!(is_done(verdict), number != 41, "{number}: {verdict:?}");
    }
    let expected = Verdict::Rejected {
        cause: "refused".to_owned(),
        reason: "HTTP 400: A write is malformed".to_owned(),
    };
    assert_eq!(verdicts[41], expected);
    assert!(crm.count_calls("/writes") <= 15);
    assert_nothing_twice(&crm);
}

#[tokio::test]
async fn a_smaller_batch_limit_is_learned() {
    let crm = stand_in().await;
    crm.lock().batch_limit = Some(30);
    let adapter = crm.adapter();
    assert_eq!(adapter.batch_limit(), 100);
    let verdicts = adapter.apply(&batch(100)).await.unwrap();
    assert!(verdicts.iter().all(is_done));
    assert_eq!(adapter.batch_limit(), 25);
    crm.lock().batch_limit = Some(20);
    adapter.check().await.unwrap();
    assert_eq!(adapter.batch_limit(), 20);
}

#[tokio::test]
async fn large_writes_travel_in_smaller_calls() {
    let crm = stand_in().await;
    let writes: Vec<Write> = (0..30)
        .map(|number| {
            let mut write = contact_write(&format!("k{number}"));
            write.contact.as_mut().unwrap().given_name = "x".repeat(100 * 1024);
            write
        })
        .collect();
    let verdicts = crm.adapter().apply(&writes).await.unwrap();
    assert!(verdicts.iter().all(is_done));
    assert_eq!(crm.count_calls("/writes"), 4);
}

#[tokio::test]
async fn a_silent_crm_does_not_hold_up_a_registration() {
    let crm = stand_in().await;
    crm.fail_next(Fault::Slow(Duration::from_secs(30)));
    let question = ContractQuestion {
        number_key: "CT1".to_owned(),
        fact_key: "1".to_owned(),
        email_key: String::new(),
    };
    let watch = Stopwatch::now();
    let answer = crm.adapter().find_contract(&question).await;
    assert_eq!(
        answer,
        Err(CrmError::Unreachable("no answer in time".to_owned()))
    );
    assert!(watch.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let crm = stand_in().await;
    let mut settings = crm.settings();
    settings.url = Some("http://127.0.0.1:1/crm".parse().unwrap());
    let client = vestibule::web::http_client::http_client().unwrap();
    let adapter = vestibule::crm::http::adapter(&settings, client).unwrap();
    let answer = adapter.changes("", 1).await;
    assert_eq!(
        answer,
        Err(CrmError::Unreachable("no connection".to_owned()))
    );
}

#[tokio::test]
async fn a_hundred_thousandths_of_bad_luck_lose_and_double_nothing() {
    let crm = stand_in().await;
    crm.lock().chaos = Chaos {
        seed: 7,
        fails: 50,
        throttles: 30,
        drops: 30,
    };
    let adapter = crm.adapter();
    let mut waiting: Vec<Write> = batch(1_000);
    let mut calls = 0;
    while !waiting.is_empty() {
        let part = &waiting[..waiting.len().min(10)];
        calls += 1;
        if let Ok(verdicts) = adapter.apply(part).await {
            assert!(verdicts.iter().all(is_done));
            waiting.drain(..verdicts.len());
        }
    }
    assert!(calls > 100, "no fault ever happened");
    assert_eq!(crm.lock().records.contacts.len(), 1_000);
    assert_nothing_twice(&crm);
}

/// A CRM that calls given names family names and the other way round.
#[tokio::test]
async fn fields_go_by_their_names_there() {
    let crm = stand_in().await;
    let mut settings = crm.settings();
    let swapped = [
        ("contact.given_name", "family_name"),
        ("contact.family_name", "given_name"),
    ];
    settings.fields = swapped
        .into_iter()
        .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()))
        .collect();
    let client = vestibule::web::http_client::http_client().unwrap();
    let adapter = vestibule::crm::http::adapter(&settings, client).unwrap();
    let mut write = contact_write("names");
    if let Some(contact) = &mut write.contact {
        contact.given_name = "Aino".to_owned();
        contact.family_name = "Virtanen".to_owned();
    }
    assert!(is_done(&adapter.apply(&[write]).await.unwrap()[0]));
    let stored: Vec<Contact> = crm.lock().records.contacts.values().cloned().collect();
    assert_eq!(
        (
            stored[0].given_name.as_str(),
            stored[0].family_name.as_str()
        ),
        ("Virtanen", "Aino")
    );
    let page = adapter.changes("", 10).await.unwrap();
    let Some(Record::Contact(read)) = page.records.last() else {
        panic!("{page:?}")
    };
    assert_eq!(
        (read.given_name.as_str(), read.family_name.as_str()),
        ("Aino", "Virtanen")
    );
}
