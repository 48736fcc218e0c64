//! The conformance table: every adapter through every case, on every engine; `docs/crm/conformance.md`
//! holds it as it was seen.

use std::sync::Arc;

use async_trait::async_trait;
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        conformance::{Faulty, Held, cases},
        port::{
            Account, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Record, Verdict,
            Write,
        },
    },
    settings::{AccessSettings, ConnectionSettings},
};

use crate::{
    crm_conformance, crm_dynamics365, crm_hubspot, crm_odoo, crm_salesforce,
    support::{TestDb, each_engine},
};

const DOCUMENT: &str = "docs/crm/conformance.md";

async fn benches(test: &Arc<TestDb>) -> Vec<(&'static str, Box<dyn Faulty>)> {
    vec![
        (
            "Built-in",
            Box::new(crm_conformance::builtin_bench(test)) as Box<dyn Faulty>,
        ),
        ("HTTP", Box::new(crm_conformance::http_bench().await)),
        ("Salesforce", Box::new(crm_salesforce::bench().await)),
        ("Dynamics 365", Box::new(crm_dynamics365::bench().await)),
        ("HubSpot", Box::new(crm_hubspot::own_addresses().await)),
        ("Odoo", Box::new(crm_odoo::desk().await)),
    ]
}

/// The adapter's own object goes into a registry of connections.
struct Lent(Box<dyn Faulty>);

#[async_trait]
impl Crm for Lent {
    fn batch_limit(&self) -> usize {
        self.0.crm().batch_limit()
    }

    async fn check(&self) -> Result<String, CrmError> {
        self.0.crm().check().await
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        self.0.crm().find_contract(question).await
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        self.0.crm().changes(cursor, limit).await
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        self.0.crm().apply(writes).await
    }
}

async fn name_in_portal(test: &TestDb, key: &str, id: &str) -> String {
    let mut conn = test.db.read().await.unwrap();
    vestibule::on!(conn, |c| sqlx::query_scalar(
        "SELECT name FROM organizations WHERE connection = $1 AND crm_account_id = $2"
    )
    .bind(key)
    .bind(id)
    .fetch_one(c)
    .await)
    .unwrap()
}

/// Events as the portal's inbox takes them: late, twice, out of order, or not at all. What is stored
/// afterwards is what the CRM says.
async fn heard(test: &TestDb, (lent, number): (Arc<Lent>, usize)) -> Result<(), String> {
    let key = format!("table{number}");
    let settings = format!("key = \"{key}\"\nname = \"Table\"\nkind = \"http\"");
    let settings: ConnectionSettings = toml::from_str(&settings).unwrap();
    let crm: Arc<dyn Crm> = lent.clone();
    let connection = Connection::new(settings, &AccessSettings::default(), crm).unwrap();
    let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
    let connections = Connections::of(vec![connection], &test.db, &test.world, &requests);
    let account = |id: &str, name: &str| {
        Record::Account(Account {
            id: id.to_owned(),
            number: "TABLE-1".to_owned(),
            name: name.to_owned(),
            kind: "customer".to_owned(),
            ..Account::default()
        })
    };
    let id = lent.0.put(account("", "First name")).await;
    let read = async || {
        connections
            .catch_up(&key)
            .await
            .map_err(|error| format!("{error:?}"))
    };
    read().await?;
    let known = async || {
        let (mut cursor, mut found) = (String::new(), None);
        loop {
            let page = lent.0.crm().changes(&cursor, 100).await.unwrap();
            for record in page.records {
                if matches!(&record, Record::Account(it) if it.id == id) {
                    found = Some(record);
                }
            }
            cursor = page.cursor;
            if !page.more {
                return found.expect("the feed knows the account");
            }
        }
    };
    let first = known().await;
    let expect = async |name: &str, what: &str| {
        let seen = name_in_portal(test, &key, &id).await;
        if seen == name {
            Ok(())
        } else {
            Err(format!("{what}: {seen}"))
        }
    };
    expect("First name", "read").await?;
    // Lost: nobody says anything, the next look finds it.
    lent.0.put(account(&id, "Second name")).await;
    read().await?;
    expect("Second name", "an event was lost").await?;
    // Twice, and then the one from before.
    let second = known().await;
    let cx = test.cx();
    for record in [second.clone(), second, first] {
        connections
            .receive(&cx, &key, vec![record])
            .await
            .map_err(|error| error.to_string())?;
    }
    expect("Second name", "twice and out of order").await
}

fn page(rows: &[(&'static str, Vec<Held>)], adapters: &[&str]) -> String {
    let mut text = String::from(
        "# Conformance\n\n\
         Every adapter goes through the same cases, on SQLite and on PostgreSQL, against a stand-in of its CRM that can be made to\n\
         misbehave as the vendor's documents say it can. `cargo test --test it crm_table` prints this table and holds this page equal\n\
         to what it saw (`VESTIBULE_UPDATE=1` writes it). `yes`: the promise is kept; `-`: this CRM knows no such thing.\n\n",
    );
    text.push_str(&format!(
        "| Case | {} |\n|---|{}\n",
        adapters.join(" | "),
        "---|".repeat(adapters.len())
    ));
    for (case, held) in rows {
        let cells: Vec<&str> = held
            .iter()
            .map(|held| match held {
                Held::Yes => "yes",
                Held::Unknown => "-",
                Held::No(_) => "**no**",
            })
            .collect();
        text.push_str(&format!("| {case} | {} |\n", cells.join(" | ")));
    }
    text.push_str(
        "\nWhere a CRM knows no such thing: the built-in CRM is in the same process and database, so it has no network, token or limit;\n\
         the token of the HTTP contract and of Odoo stands in the settings and does not expire; Salesforce never says how long to wait;\n\
         the feeds of the HTTP contract, of Dynamics 365 and of the built-in CRM follow a number and no clock. What a case means\n\
         stands with its check in `src/crm/conformance/`.\n",
    );
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_adapter_goes_through_every_case() {
    each_engine(async |test| {
        let mut adapters = Vec::new();
        let mut rows: Vec<(&'static str, Vec<Held>)> = Vec::new();
        for (name, bench) in benches(&test).await {
            adapters.push(name);
            let mut seen = cases(&*bench).await;
            // The feed must stand before the inbox is asked: it reads everything the cases left.
            let inbox = heard(&test, (Arc::new(Lent(bench)), adapters.len())).await;
            for (case, held) in &mut seen {
                if case.starts_with("event")
                    && *held == Held::Yes
                    && let Err(detail) = &inbox
                {
                    *held = Held::No(detail.clone());
                }
            }
            if rows.is_empty() {
                rows = seen.iter().map(|(case, _)| (*case, Vec::new())).collect();
            }
            for (row, (case, held)) in rows.iter_mut().zip(seen) {
                assert_eq!(row.0, case);
                if let Held::No(detail) = &held {
                    println!("{name}: {case}: {detail}");
                }
                row.1.push(held);
            }
        }
        let text = page(&rows, &adapters);
        println!("{:?}\n{text}", test.db.engine());
        let is_kept = rows
            .iter()
            .all(|(_, held)| !held.iter().any(|held| matches!(held, Held::No(_))));
        assert!(is_kept, "a promise is broken");
        if std::env::var_os("VESTIBULE_UPDATE").is_some() {
            std::fs::write(DOCUMENT, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(DOCUMENT).unwrap_or_default(),
            text,
            "{DOCUMENT}"
        );
    })
    .await;
}
