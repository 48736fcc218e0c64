//! The JSON of the contract: what is understood and what is refused.

use serde_json::{Value, json};

use super::*;
use crate::kernel::Instant;

fn write(key: &str) -> Write {
    Write {
        key: key.to_owned(),
        subject: format!("membership:{key}"),
        at: Instant::from_seconds(1_800_000_000),
        author: crate::crm::port::Author::default(),
        contact: None,
        lead: None,
        activity: None,
    }
}

fn verdicts(keys: &[&str], results: &Value) -> Result<Vec<Verdict>, CrmError> {
    let answer: WritesAnswer = serde_json::from_value(json!({ "results": results })).unwrap();
    let writes: Vec<Write> = keys.iter().map(|key| write(key)).collect();
    answer.verdicts(&writes)
}

fn verdict(mut result: Value) -> Verdict {
    result["key"] = "k".into();
    verdicts(&["k"], &json!([result])).unwrap().remove(0)
}

#[test]
fn applied_and_duplicate_are_both_done() {
    for (result, id) in [
        (json!({"verdict": "applied", "id": "003"}), Some("003")),
        (json!({"verdict": "applied"}), None),
        (json!({"verdict": "duplicate", "id": null}), None),
        (json!({"verdict": "duplicate", "id": "003"}), Some("003")),
    ] {
        let remote_id = id.map(str::to_owned);
        assert_eq!(verdict(result), Verdict::Done { remote_id });
    }
}

#[test]
fn a_pause_is_bounded_and_nonsense_is_none() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (retry_after, after) in [
        (json!(60), seconds(60)),
        (json!(1e300), seconds(86_400)),
        (json!(-1), None),
        (Value::Null, None),
    ] {
        let result = json!({"verdict": "throttled", "retry_after": retry_after});
        assert_eq!(verdict(result), Verdict::Throttled { retry_after: after });
        let result = json!({"verdict": "retry", "reason": "locked", "retry_after": retry_after});
        let reason = "locked".to_owned();
        assert_eq!(verdict(result), Verdict::Retry { reason, after });
    }
}

#[test]
fn refusals_say_why_in_one_short_line() {
    let result =
        json!({"verdict": "rejected", "cause": "Invalid Field", "reason": "phone\nis wrong"});
    let (cause, reason) = ("invalid_field".to_owned(), "phone is wrong".to_owned());
    assert_eq!(verdict(result), Verdict::Rejected { cause, reason });
    let (cause, reason) = ("rejected".to_owned(), String::new());
    let plain = verdict(json!({"verdict": "rejected"}));
    assert_eq!(plain, Verdict::Rejected { cause, reason });
    let result = json!({"verdict": "needs_review", "reason": "two", "candidates": ["a", "b"]});
    let (reason, candidates) = ("two".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(verdict(result), Verdict::NeedsReview { reason, candidates });
}

#[test]
fn results_are_matched_by_key_and_must_be_complete() {
    let applied = |key: &str| json!({"key": key, "verdict": "applied", "id": key});
    let both = verdicts(&["a", "b"], &json!([applied("b"), applied("a")])).unwrap();
    assert_eq!(
        both[0],
        Verdict::Done {
            remote_id: Some("a".to_owned())
        }
    );
    for wrong in [
        json!([]),
        json!([applied("a")]),
        json!([applied("a"), applied("a")]),
        json!([applied("a"), applied("c")]),
        json!([applied("a"), applied("b"), applied("b")]),
        json!([applied("a"), {"key": "b", "verdict": "done"}]),
    ] {
        let answer = verdicts(&["a", "b"], &wrong);
        assert!(matches!(answer, Err(CrmError::Protocol(_))), "{wrong}");
    }
}

fn page(asked: &str, answer: Value) -> Result<FeedPage, CrmError> {
    serde_json::from_value::<FeedAnswer>(answer)
        .unwrap()
        .into_page(asked, &FieldMap::default())
}

#[test]
fn a_feed_moves_on_or_stands_still_for_good_reason() {
    let record = json!({"type": "account", "id": "a", "version": 1});
    let still = page("7", json!({"records": [], "cursor": "7", "more": false}));
    assert_eq!(still.unwrap().cursor, "7");
    let empty = page("", json!({"records": [], "cursor": "", "more": false}));
    assert!(empty.unwrap().records.is_empty());
    let skipping = page(
        "7",
        json!({"records": [{"type": "quote", "id": "q", "version": 1}], "cursor": "8", "more": true}),
    );
    let skipping = skipping.unwrap();
    assert_eq!(
        (
            skipping.skipped.len(),
            skipping.cursor.as_str(),
            skipping.more
        ),
        (1, "8", true)
    );
    for (asked, wrong) in [
        (
            "7",
            json!({"records": [record], "cursor": "7", "more": false}),
        ),
        ("7", json!({"records": [], "cursor": "7", "more": true})),
        ("7", json!({"records": [], "cursor": "", "more": false})),
        (
            "",
            json!({"records": [record], "cursor": "", "more": false}),
        ),
        (
            "",
            json!({"records": [], "cursor": "x".repeat(1_001), "more": false}),
        ),
        ("", json!({"records": [], "cursor": "a\nb", "more": false})),
    ] {
        assert!(
            matches!(page(asked, wrong.clone()), Err(CrmError::Protocol(_))),
            "{wrong}"
        );
    }
}

fn lookup(answer: Value) -> Result<Option<ContractEvidence>, CrmError> {
    let question = ContractQuestion {
        number_key: "CT1001".to_owned(),
        fact_key: "12345".to_owned(),
        email_key: "ada@acme.example".to_owned(),
    };
    serde_json::from_value::<LookupAnswer>(answer)
        .map_err(|_| CrmError::Protocol("unreadable".to_owned()))?
        .evidence_for(&question, &FieldMap::default())
}

fn evidence(change: impl Fn(&mut Value)) -> Value {
    let mut evidence = json!({
        "account": {"id": "A", "version": 1, "number": "K-7", "postcode": "12 345"},
        "contract": {"id": "C", "version": 1, "account_id": "A", "number": "ct-1001", "status": "active"},
        "contacts": [
            {"id": "1", "version": 1, "account_id": "A", "email": "Ada@Acme.example"},
            {"id": "2", "version": 1, "account_id": "B", "email": "ada@acme.example"},
            {"id": "3", "version": 1, "account_id": "A", "email": "bob@acme.example"},
            {"id": "4", "version": 1, "account_id": "A", "email": "not an address"},
        ],
    });
    change(&mut evidence);
    json!({ "evidence": evidence })
}

#[test]
fn evidence_is_checked_against_the_question() {
    let found = lookup(evidence(|_| {})).unwrap().unwrap();
    let ids: Vec<&str> = found
        .contacts
        .iter()
        .map(|contact| contact.id.as_str())
        .collect();
    assert_eq!(ids, ["1"]);
    assert_eq!(lookup(json!({"evidence": null})), Ok(None));
    assert_eq!(
        lookup(evidence(|it| it["contract"]["number"] = "CT-1002".into())),
        Ok(None)
    );
    assert_eq!(
        lookup(evidence(|it| it["account"]["postcode"] = "".into())),
        Ok(None)
    );
    for wrong in [
        json!({}),
        json!({"found": false}),
        evidence(|it| it["contract"]["account_id"] = "B".into()),
        evidence(|it| it["account"]["version"] = "1".into()),
        evidence(|it| it["contract"] = Value::Null),
    ] {
        assert!(
            matches!(lookup(wrong.clone()), Err(CrmError::Protocol(_))),
            "{wrong}"
        );
    }
}

#[test]
fn health_names_the_contract_version() {
    let health = |answer: Value| serde_json::from_value::<Health>(answer).unwrap().describe();
    let text = health(json!({"contract": 1, "name": "Acme\nCRM"})).unwrap();
    assert_eq!(text, "Acme CRM answers and its feed can be read");
    assert!(matches!(
        health(json!({"contract": 2})),
        Err(CrmError::Protocol(_))
    ));
}

#[test]
fn writes_read_as_the_documentation_says() {
    let mut write = write("chg_1");
    write.contact = Some(crate::crm::port::ContactWrite {
        account_id: "A".to_owned(),
        ..Default::default()
    });
    let written = FieldMap::default().write_out(&write).unwrap();
    let writes = vec![written];
    let body = serde_json::to_value(Writes { writes }).unwrap();
    let first = &body["writes"][0];
    assert_eq!(first["at"], "2027-01-15T08:00:00.000000Z");
    assert_eq!(first["contact"]["account_id"], "A");
    assert!(first.get("lead").is_none() && first.get("activity").is_none());
}
