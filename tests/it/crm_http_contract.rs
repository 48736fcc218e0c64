//! The documented contract is the one that is kept: the OpenAPI file against the port's types, the
//! examples of docs/crm/http.md, and its Python server against the adapter.

use std::{
    collections::BTreeSet,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::{Value, json};
use vestibule::{
    crm::{
        http::{self, read_records},
        mapping::FieldMap,
        port::{
            Account, ActivityWrite, Author, Contact, ContactWrite, Contract, ContractQuestion, Crm,
            CrmError, InvitationRequest, Lead, LeadWrite, Record, Verdict, Write,
        },
    },
    kernel::{Instant, signature::SigningSecret},
    settings::ConnectionSettings,
    web::http_client::http_client,
    webhooks::Event,
};

const PAGE: &str = include_str!("../../docs/crm/http.md");
const OPENAPI: &str = include_str!("../../docs/crm/http.openapi.json");

fn openapi() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn fields_of<T: Serialize>(sample: &T) -> BTreeSet<String> {
    keys(&serde_json::to_value(sample).unwrap())
}

fn whole_write() -> Write {
    Write {
        key: "k".to_owned(),
        subject: "s".to_owned(),
        at: Instant::from_seconds(1_800_000_000),
        author: Author::default(),
        contact: Some(whole_contact()),
        lead: Some(whole_lead()),
        activity: Some(ActivityWrite::default()),
    }
}

fn whole_contact() -> ContactWrite {
    ContactWrite {
        create_new: true,
        ..ContactWrite::default()
    }
}

fn whole_lead() -> LeadWrite {
    LeadWrite {
        create_new: true,
        ..LeadWrite::default()
    }
}

#[test]
fn the_openapi_file_names_exactly_the_fields_of_the_port() {
    let document = openapi();
    let question = ContractQuestion {
        number_key: String::new(),
        fact_key: String::new(),
        email_key: String::new(),
    };
    for (schema, fields) in [
        ("Account", fields_of(&Record::Account(Account::default()))),
        ("Contact", fields_of(&Record::Contact(Contact::default()))),
        (
            "Contract",
            fields_of(&Record::Contract(Contract::default())),
        ),
        ("Lead", fields_of(&Record::Lead(Lead::default()))),
        (
            "InvitationRequest",
            fields_of(&Record::InvitationRequest(InvitationRequest::default())),
        ),
        ("ContractQuestion", fields_of(&question)),
        ("Write", fields_of(&whole_write())),
        ("Author", fields_of(&Author::default())),
        ("ContactWrite", fields_of(&whole_contact())),
        ("LeadWrite", fields_of(&whole_lead())),
        ("ActivityWrite", fields_of(&ActivityWrite::default())),
    ] {
        let documented = keys(&document["components"]["schemas"][schema]["properties"]);
        assert_eq!(documented, fields, "{schema}");
        // Every field has its word on the page.
        for field in &fields {
            let is_there = ["`", "\"", "**"]
                .iter()
                .any(|quote| PAGE.contains(&format!("{quote}{field}{quote}")));
            assert!(is_there, "{schema}.{field} is not explained");
        }
    }
}

#[test]
fn every_reference_of_the_openapi_file_leads_somewhere() {
    fn visit(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(&target[1..]).is_some(), "{target}");
                }
                fields.values().for_each(|field| visit(field, document));
            }
            Value::Array(items) => items.iter().for_each(|item| visit(item, document)),
            _ => {}
        }
    }
    let document = openapi();
    visit(&document, &document);
    let paths = [
        "/changes",
        "/contacts/cases",
        "/contacts/hand-over",
        "/contracts/lookup",
        "/health",
        "/overview",
        "/test/records",
        "/writes",
    ];
    assert_eq!(keys(&document["paths"]), paths.map(str::to_owned).into());
}

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let mut rest = PAGE;
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once(&opening) {
        let (block, tail) = after.split_once("```").unwrap();
        found.push(block);
        rest = tail;
    }
    found
}

#[test]
fn the_examples_are_what_the_portal_understands() {
    let mut events = 0;
    for block in blocks("json") {
        let example: Value = serde_json::from_str(block).unwrap();
        if let Some(records) = example["records"].as_array() {
            let (_, skipped) = read_records(records.clone());
            assert_eq!(skipped, [], "{block}");
        }
        if example["type"]
            .as_str()
            .is_some_and(|kind| kind.contains('.'))
        {
            Event::parse(block.as_bytes(), &FieldMap::default()).unwrap();
            events += 1;
        }
    }
    assert_eq!(events, 2);
    let sent = blocks("sh").concat();
    let (_, writes) = sent.split_once("-d '{\"writes\": [").unwrap();
    let (write, _) = writes.split_once("]}'").unwrap();
    serde_json::from_str::<Write>(write).unwrap();
}

/// The settings as printed, with the two secrets that come from the environment.
#[test]
fn the_settings_example_is_accepted() {
    let mut table: toml::Table = blocks("toml").concat().parse().unwrap();
    let mut connection = table["connections"].as_array_mut().unwrap().remove(0);
    let fields = connection.as_table_mut().unwrap();
    fields.insert("token".to_owned(), "t".into());
    let settings: ConnectionSettings = connection.try_into().unwrap();
    assert!(http::adapter(&settings, http_client().unwrap()).is_ok());
}

#[test]
fn the_shell_example_signs_as_the_portal_verifies() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let has = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
    if !has("bash") || !has("openssl") {
        return;
    }
    let block = blocks("sh")
        .into_iter()
        .find(|block| block.contains("openssl dgst"))
        .unwrap();
    let (commands, _) = block.split_once("curl").unwrap();
    let script = format!(
        "SECRET={SECRET}\n{commands}\nprintf '%s\\n' \"$id\" \"$now\" \"$signature\" \"$body\""
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let [id, now, signature, body] = text.lines().collect::<Vec<_>>()[..] else {
        panic!("{text}")
    };
    let secret = SigningSecret::parse(SECRET).unwrap();
    let expected = secret.sign(id, now.parse().unwrap(), body.as_bytes());
    assert_eq!(format!("v1,{signature}"), expected);
}

/// The server of the page, running; gone when dropped.
struct Reference {
    process: Child,
    folder: PathBuf,
    crm: Arc<dyn Crm>,
    settings: ConnectionSettings,
}

impl Drop for Reference {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `None` without Python.
async fn reference(name: &str) -> Option<Reference> {
    Command::new("python3").arg("--version").output().ok()?;
    let folder = std::env::temp_dir().join(format!("vestibule-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = folder.join("crm.py");
    std::fs::write(&script, blocks("python").concat()).unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let process = Command::new("python3")
        .arg(&script)
        .args([&free.port().to_string(), "secret-token"])
        .arg(folder.join("crm.json"))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let table = toml::toml! { key = "main" name = "Example" kind = "http" token = "secret-token" };
    let mut settings: ConnectionSettings = table.try_into().unwrap();
    settings.url = Some(format!("http://{free}").parse().unwrap());
    let crm = http::adapter(&settings, http_client().unwrap()).unwrap();
    let reference = Reference {
        process,
        folder,
        crm,
        settings,
    };
    for _ in 0..100 {
        if reference.crm.check().await.is_ok() {
            return Some(reference);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server of the page does not answer");
}

fn member(key: &str, email: &str) -> Write {
    Write {
        key: key.to_owned(),
        contact: Some(ContactWrite {
            account_id: "A-1".to_owned(),
            membership_id: format!("mem_{key}"),
            email: email.to_owned(),
            ..ContactWrite::default()
        }),
        lead: None,
        activity: None,
        ..whole_write()
    }
}

#[tokio::test]
async fn the_server_of_the_page_keeps_the_contract() {
    let Some(server) = reference("reference").await else {
        return;
    };
    let crm = &server.crm;
    assert_eq!(
        crm.check().await.unwrap(),
        "Example CRM answers and its feed can be read"
    );
    assert_eq!(crm.batch_limit(), 100);
    let question = |fact: &str| ContractQuestion {
        number_key: "CT1001".to_owned(),
        fact_key: fact.to_owned(),
        email_key: "ada@acme.example".to_owned(),
    };
    let evidence = crm
        .find_contract(&question("10115"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(evidence.contacts.len(), 1);
    assert_eq!(crm.find_contract(&question("99999")).await, Ok(None));
    let first = crm.changes("", 2).await.unwrap();
    assert!(first.more && first.skipped.is_empty());
    let rest = crm.changes(&first.cursor, 100).await.unwrap();
    assert_eq!((rest.records.len(), rest.more), (1, false));
    let done = |id: &str| Verdict::Done {
        remote_id: Some(id.to_owned()),
    };
    let ada = member("ada", "Ada@acme.example");
    for _ in 0..2 {
        assert_eq!(
            crm.apply(std::slice::from_ref(&ada)).await.unwrap(),
            [done("P-1")]
        );
    }
    let after = crm.changes(&rest.cursor, 100).await.unwrap();
    assert!(
        matches!(&after.records[..], [Record::Contact(it)] if it.version == 2 && it.portal_membership_id.as_deref() == Some("mem_ada"))
    );
    assert_eq!(
        crm.changes(&after.cursor, 100).await.unwrap().cursor,
        after.cursor
    );
    let twin = member("twin", "ada@acme.example");
    let mut stranger = member("stranger", "x@acme.example");
    stranger.contact.as_mut().unwrap().account_id = "nowhere".to_owned();
    let verdicts = crm
        .apply(&[twin, stranger, member("new", "new@acme.example")])
        .await
        .unwrap();
    assert!(
        matches!(&verdicts[0], Verdict::NeedsReview { candidates, .. } if candidates == &["P-1"])
    );
    assert!(matches!(&verdicts[1], Verdict::Rejected { cause, .. } if cause == "not_found"));
    assert!(matches!(&verdicts[2], Verdict::Done { remote_id: Some(_) }));
}

#[tokio::test]
async fn the_server_of_the_page_adds_scores_once_and_keeps_activities() {
    let Some(server) = reference("reference-leads").await else {
        return;
    };
    let lead = |key: &str, points: i64| Write {
        key: key.to_owned(),
        contact: None,
        lead: Some(LeadWrite {
            portal_key: "reg_1".to_owned(),
            email: "new@firm.example".to_owned(),
            score_points: points,
            ..LeadWrite::default()
        }),
        activity: Some(ActivityWrite {
            kind: "registered".to_owned(),
            text: "Registered.".to_owned(),
            ..ActivityWrite::default()
        }),
        ..whole_write()
    };
    let batch = [lead("l1", 10)];
    for _ in 0..3 {
        server.crm.apply(&batch).await.unwrap();
    }
    server.crm.apply(&[lead("l2", 5)]).await.unwrap();
    let stored: Value =
        serde_json::from_slice(&std::fs::read(server.folder.join("crm.json")).unwrap()).unwrap();
    let records = stored["records"].as_object().unwrap();
    let leads: Vec<&Value> = records
        .values()
        .filter(|record| record["type"] == "lead")
        .collect();
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0]["score"], json!(15));
    assert_eq!(stored["activities"].as_array().unwrap().len(), 2);
    let mut settings: ConnectionSettings =
        toml::toml! { key = "main" name = "x" kind = "http" token = "wrong" }
            .try_into()
            .unwrap();
    settings.url = Some("http://127.0.0.1:1".parse().unwrap());
    let nobody = http::adapter(&settings, http_client().unwrap()).unwrap();
    assert!(matches!(
        nobody.check().await,
        Err(CrmError::Unreachable(_))
    ));
}

#[tokio::test]
async fn the_server_of_the_page_passes_the_conformance_suite() {
    let Some(server) = reference("reference-conformance").await else {
        return;
    };
    let system = http::TestSystem::new(&server.settings, http_client().unwrap()).unwrap();
    assert_eq!(system.check().await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_system_without_the_test_call_is_not_called_right() {
    let stand_in = crate::support::crm_stand_in::StandIn::start().await;
    let system = http::TestSystem::new(&stand_in.settings(), http_client().unwrap()).unwrap();
    let answer = system.check().await;
    assert_eq!(answer, Err(CrmError::Protocol("HTTP 404".to_owned())));
}
