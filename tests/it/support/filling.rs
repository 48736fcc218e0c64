//! Fills every table of a database with made-up rows, by one statement a table, so that the planner
//! sees what a busy portal has. Columns, references and allowed values are read from the schema.

use vestibule::{db::Error, on};

use super::TestDb;

/// Rows of a table that is not named below.
const ROWS: i64 = 20_000;

/// Tables that are small in life too.
const SIZES: &[(&str, i64)] = &[
    ("organizations", 500),
    ("contracts", 800),
    ("audit_heads", 500),
    ("destinations", 5),
    ("allowances", 5),
    ("crm_cursors", 3),
    ("subscriptions", 50),
    ("webhook_subscribers", 50),
    ("credentials", 50),
    ("credential_letters", 3),
    ("signing_keys", 3),
    ("signal_clock", 3),
    ("reconciliation_runs", 300),
];

/// Values that the schema does not tell, by `table.column` or column; `i` counts the rows from 1.
const VALUES: &[(&str, &str)] = &[
    ("audit_events.chain", "'organizations-' || (1 + i % 500)"),
    ("audit_heads.chain", "'organizations-' || i"),
    ("connection", "'crm' || (i % 3)"),
    ("destination", "'crm:' || (i % 5)"),
    ("subject", "'subject-' || (i % 5000)"),
    ("tasks.subject", "'subject-' || i"),
    ("credentials.secret", "''"),
    ("credentials.ended_at", "i"),
    ("credentials.ended_because", "'expired'"),
    ("identities.subject", "'subject-' || i"),
    (
        "deliveries.state",
        "CASE i % 200 WHEN 0 THEN 'waiting' WHEN 1 THEN 'dead' WHEN 2 THEN 'review' ELSE 'done' END",
    ),
    ("deliveries.kind", "'membership_changed'"),
    ("deliveries.urgency", "(i % 3)"),
    (
        "invitations.state",
        "CASE WHEN i % 20 = 0 THEN 'sent' ELSE 'redeemed' END",
    ),
    (
        "registrations.state",
        "CASE WHEN i % 50 = 0 THEN 'waiting_staff' ELSE 'approved' END",
    ),
    (
        "registrations.next_try_at",
        "CASE WHEN i % 200 = 0 THEN i END",
    ),
    ("tasks.closed_at", "CASE WHEN i % 200 > 0 THEN i END"),
    ("tasks.told_at", "CASE WHEN i % 200 > 0 THEN i END"),
    ("contracts.cut_at", "CASE WHEN i % 100 = 0 THEN i END"),
    (
        "held_changes.decided_at",
        "CASE WHEN i % 200 > 0 THEN i END",
    ),
    (
        "organizations.parent_id",
        "CASE WHEN i > 100 THEN 'organizations-' || (1 + i % 100) END",
    ),
    (
        "api_tokens.secret_hash",
        "'secret_hash-' || (1 + i % 20000)",
    ),
    ("language", "''"),
    ("mergeable", "(i % 2 = 0)"),
    ("lease_until", "NULL"),
    ("reconciliation_runs.lease_until", "0"),
    ("reconciliation_runs.finished_at", "i"),
    ("membership_roles.role", "'orders'"),
];

fn rows(table: &str) -> i64 {
    let known = SIZES.iter().find(|(name, _)| *name == table);
    known.map_or(ROWS, |(_, rows)| *rows)
}

/// One column as the schema of SQLite says; that of PostgreSQL is parallel.
struct Column {
    name: String,
    definition: String,
}

impl Column {
    fn value(&self, table: &str) -> String {
        let Self { name, definition } = self;
        let full = format!("{table}.{name}");
        for wanted in [full.as_str(), name.as_str()] {
            if let Some((_, value)) = VALUES.iter().find(|(column, _)| *column == wanted) {
                return (*value).to_owned();
            }
        }
        if let Some((_, rest)) = definition.split_once("REFERENCES ") {
            let parent = rest.split_whitespace().next().unwrap();
            return format!("'{parent}-' || (1 + i % {})", rows(parent));
        }
        if definition.contains("json_valid") {
            return "'[]'".to_owned();
        }
        if let Some((_, rest)) = definition.split_once(" IN (") {
            let words: Vec<&str> = rest.split('\'').skip(1).step_by(2).collect();
            if words.is_empty() {
                // Yes or no, as `IN (0, 1)`.
                return "(i % 100 = 0)".to_owned();
            }
            let cases = words.iter().enumerate();
            let cases: String = cases
                .map(|(place, word)| format!(" WHEN {place} THEN '{word}'"))
                .collect();
            return format!("CASE i % {}{cases} END", words.len());
        }
        match definition.split_whitespace().nth(1) {
            Some("INTEGER") => "i".to_owned(),
            _ if name == "id" => format!("'{table}-' || i"),
            _ => format!("'{name}-' || i"),
        }
    }
}

/// The tables in the order in which they can be filled, as the migration writes them.
async fn tables(schema: &TestDb) -> Vec<(String, Vec<Column>)> {
    let mut conn = schema.db.read().await.unwrap();
    let texts: Vec<(String, String)> = on!(conn, |c| sqlx::query_as(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'
         ORDER BY rowid"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    let columns = |text: &str| {
        text.lines()
            .skip(1)
            .map(|line| line.trim().trim_end_matches(','))
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter(|line| !line.contains("AUTOINCREMENT"))
            .map(|line| Column {
                name: line.split_whitespace().next().unwrap().to_owned(),
                definition: line.to_owned(),
            })
            .collect()
    };
    texts
        .into_iter()
        .map(|(table, text)| (table, columns(&text)))
        .collect()
}

/// Fills a database and has it analysed.
pub async fn fill(test: &TestDb) {
    let schema = TestDb::sqlite().await;
    for (table, columns) in tables(&schema).await {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<String> = columns.iter().map(|column| column.value(&table)).collect();
        let statement = format!(
            "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {})
             INSERT INTO {table} ({}) SELECT {} FROM n",
            rows(&table),
            names.join(", "),
            values.join(", ")
        );
        run(test, statement)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    schema.close().await;
}

/// Lets the planner count.
pub async fn analyse(test: &TestDb) {
    run(test, "ANALYZE".to_owned()).await.unwrap();
}

async fn run(test: &TestDb, statement: String) -> Result<(), Error> {
    test.db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                    .execute(c)
                    .await
                    .map(drop))?;
                Ok(())
            })
        })
        .await
}
