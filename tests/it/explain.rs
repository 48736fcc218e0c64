//! No registered statement reads a whole big table: every list is small or has an index.
//!
//! Every table is filled first. SQLite is asked twice: as the portal runs it, which never analyses,
//! and analysed. PostgreSQL is asked for the plan that a prepared statement gets whatever its values,
//! and told to avoid reading whole tables: what it would rather do with the few thousand rows here
//! hangs on the sample that it drew, whether an index serves the statement does not.

use std::collections::{BTreeMap, BTreeSet};

use vestibule::{
    db::{Conn, statements},
    on,
};

use crate::support::{TestDb, each_engine, filling};

/// Tables that stay small: one row for each connection, destination or organization's chain.
const SMALL: &[&str] = &[
    "destinations",
    "crm_cursors",
    "api_clients",
    "subscriptions",
    "webhook_subscribers",
    "directories",
    "directory_clock",
    "directory_following",
    "credential_letters",
    "signing_keys",
    "signal_clock",
];

/// Statements that may read a whole table or index, and why that is right.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "audit.CHAINS",
        "audit_heads",
        "`vestibule audit verify` reads every chain",
    ),
    (
        "audit.CHAINS_WITH_EVENTS",
        "audit_events",
        "the same: chains whose head is gone",
    ),
    (
        "audit.UNCHAINED",
        "organizations",
        "the same: organizations whose chain is gone",
    ),
    (
        "audit.FIRST_PERSON",
        "persons",
        "the same: the system's chain holds the first person",
    ),
    (
        "operations/catalogue.WAS_TAKEN",
        "catalogue_versions",
        "one row for each version that was ever saved, read at a start",
    ),
    (
        "demo.ANY_ACCOUNT",
        "builtin_accounts",
        "stops at the first row",
    ),
];

/// One name for a statement: `outbox.CLAIM`.
fn all() -> impl Iterator<Item = (String, &'static str)> {
    statements::all().into_iter().flat_map(|(store, list)| {
        list.iter()
            .map(move |(name, text)| (format!("{store}.{name}"), *text))
    })
}

/// The tables behind the names in a plan: a statement's aliases.
fn aliases<'a>(text: &'a str, tables: &BTreeSet<String>) -> BTreeMap<&'a str, &'a str> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = BTreeMap::new();
    for (place, word) in words
        .iter()
        .enumerate()
        .filter(|(_, word)| tables.contains(**word))
    {
        found.insert(*word, *word);
        let next = words.get(place + 1).copied().unwrap_or_default();
        let alias = if next.eq_ignore_ascii_case("AS") {
            words.get(place + 2).copied()
        } else {
            Some(next)
        };
        found.extend(
            alias
                .filter(|alias| alias.len() <= 20)
                .map(|alias| (alias, *word)),
        );
    }
    found
}

async fn names(test: &TestDb, query: &'static str) -> BTreeSet<String> {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar::<_, String>(query)
        .fetch_all(c)
        .await)
    .unwrap()
    .into_iter()
    .collect()
}

/// The big tables that the statement reads as a whole.
async fn scans_on_sqlite(test: &TestDb, text: &str) -> BTreeSet<String> {
    let tables = names(test, "SELECT name FROM sqlite_master WHERE type = 'table'").await;
    // Those hold only what is open, however much there is.
    let partial = names(
        test,
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'",
    )
    .await;
    let aliases = aliases(text, &tables);
    let Conn::Sqlite(mut conn) = test.db.read().await.unwrap() else {
        unreachable!()
    };
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")))
            .fetch_all(&mut *conn)
            .await
            .unwrap();
    plan.iter()
        .filter_map(|(_, _, _, step)| step.strip_prefix("SCAN "))
        .filter(|step| !partial.iter().any(|index| step.contains(index.as_str())))
        .filter_map(|step| aliases.get(step.split_whitespace().next()?))
        .map(|table| (*table).to_owned())
        .collect()
}

async fn scans_on_postgres(test: &TestDb, text: &str) -> BTreeSet<String> {
    let Conn::Postgres(mut conn) = test.db.read().await.unwrap() else {
        unreachable!()
    };
    let run = async |conn: &mut sqlx::PgConnection, statement: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(conn)
            .await
            .unwrap();
    };
    run(
        &mut conn,
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off".to_owned(),
    )
    .await;
    run(&mut conn, format!("PREPARE explained AS {text}")).await;
    let count: i64 = sqlx::query_scalar("SELECT CAST(cardinality(parameter_types) AS BIGINT) FROM pg_prepared_statements WHERE name = 'explained'")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    let nulls = vec!["NULL"; usize::try_from(count).unwrap()].join(", ");
    let call = if count == 0 {
        String::new()
    } else {
        format!("({nulls})")
    };
    let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "EXPLAIN EXECUTE explained{call}"
    )))
    .persistent(false)
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    run(&mut conn, "DEALLOCATE explained; RESET ALL".to_owned()).await;
    let partial: BTreeSet<String> =
        sqlx::query_scalar("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'")
            .fetch_all(&mut *conn)
            .await
            .unwrap()
            .into_iter()
            .collect();
    whole_reads(&plan, &partial)
}

/// The tables that a plan of PostgreSQL reads from end to end: one by one, or along an index without
/// a condition and without a limit that stops it. A partial index holds only what is open.
fn whole_reads(plan: &[String], partial: &BTreeSet<String>) -> BTreeSet<String> {
    let is_limited = plan.iter().any(|step| step.contains("Limit  ("));
    let mut found = BTreeSet::new();
    for (place, step) in plan.iter().enumerate() {
        let mut words = step.split_whitespace().skip_while(|word| *word != "Scan");
        let rest: Vec<&str> = words.by_ref().collect();
        match rest.as_slice() {
            ["Scan", "on", table, ..] if step.contains("Seq Scan") => {
                found.insert((*table).to_owned());
            }
            ["Scan", "using", index, "on", table, ..] => {
                let is_conditional = plan
                    .get(place + 1)
                    .is_some_and(|next| next.contains("Index Cond:"));
                if !is_conditional && !is_limited && !partial.contains(*index) {
                    found.insert((*table).to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

/// The big tables that each statement reads as a whole, as `statement reads all of table`.
async fn findings(test: &TestDb) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (name, text) in all() {
        let scans = match test.db.engine() {
            vestibule::db::Engine::Sqlite => scans_on_sqlite(test, text).await,
            vestibule::db::Engine::Postgres => scans_on_postgres(test, text).await,
        };
        let big = scans
            .into_iter()
            .filter(|table| !SMALL.contains(&table.as_str()));
        found.extend(big.map(|table| (name.clone(), table)));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_a_whole_big_table() {
    each_engine(async |test| {
        filling::fill(&test).await;
        let is_sqlite = test.db.engine() == vestibule::db::Engine::Sqlite;
        let mut found = BTreeSet::new();
        if is_sqlite {
            found.extend(findings(&test).await);
        }
        filling::analyse(&test).await;
        found.extend(findings(&test).await);
        let allowed: BTreeSet<(String, String)> = ALLOWED
            .iter()
            .map(|(name, table, _)| ((*name).to_owned(), (*table).to_owned()))
            .collect();
        let wrong: Vec<String> = found
            .difference(&allowed)
            .map(|(name, table)| format!("{name} reads all of {table}"))
            .collect();
        assert!(
            wrong.is_empty(),
            "{:?}:\n{}",
            test.db.engine(),
            wrong.join("\n")
        );
        if is_sqlite {
            let stale: Vec<_> = allowed.difference(&found).collect();
            assert!(stale.is_empty(), "no longer needed: {stale:?}");
        }
    })
    .await;
}

/// SQLite takes a list for longer than a table it has no figures of, and then looks through the list
/// for each of the table's rows: a comparison of 100,000 contacts did not end.
#[test]
fn a_list_comes_before_the_table_it_is_joined_with() {
    let joined: Vec<_> = all()
        .filter(|(_, text)| text.contains(" AS k") && text.contains("json_each("))
        .collect();
    assert!(!joined.is_empty());
    for (name, text) in joined {
        let after = text.split(" AS k").nth(1).unwrap_or_default();
        assert!(
            after.trim_start().starts_with("CROSS JOIN"),
            "{name}: a list is joined by CROSS JOIN"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_scan_is_noticed() {
    each_engine(async |test| {
        filling::fill(&test).await;
        filling::analyse(&test).await;
        let text = "SELECT id FROM persons WHERE display_name = $1";
        let scans = match test.db.engine() {
            vestibule::db::Engine::Sqlite => scans_on_sqlite(&test, text).await,
            vestibule::db::Engine::Postgres => scans_on_postgres(&test, text).await,
        };
        assert_eq!(scans, BTreeSet::from(["persons".to_owned()]));
    })
    .await;
}
