//! The two schemas are one: tables, columns, kinds, nullability, words, keys and indexes.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, SqliteConnection};
use vestibule::db::Conn;

use crate::support::TestDb;

/// Everything worth comparing, one line a fact.
type Facts = BTreeSet<String>;

async fn sqlite_facts(conn: &mut SqliteConnection) -> Facts {
    let mut facts = Facts::new();
    let columns: Vec<(String, String, String, bool, i64)> = sqlx::query_as(
        "SELECT m.name, p.name, p.type, p.\"notnull\", p.pk FROM sqlite_master m JOIN pragma_table_info(m.name) p
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '_sqlx%'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    let mut primary: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    for (table, column, kind, not_null, place) in columns {
        let null = if not_null || place > 0 {
            "not null"
        } else {
            "null"
        };
        facts.insert(format!("column {table}.{column} {kind} {null}"));
        if place > 0 {
            primary.entry(table).or_default().push((place, column));
        }
    }
    for (table, mut columns) in primary {
        columns.sort();
        let columns: Vec<String> = columns.into_iter().map(|(_, column)| column).collect();
        facts.insert(format!("unique {table} ({})", columns.join(", ")));
    }
    let indexes: Vec<(String, String, bool, String, bool, String)> = sqlx::query_as(
        "SELECT m.name, l.name, l.\"unique\", l.origin, l.partial, group_concat(i.name, ', ')
         FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
         WHERE m.type = 'table' AND m.name NOT LIKE '_sqlx%' GROUP BY m.name, l.name",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for (table, index, unique, origin, partial, columns) in indexes {
        let partial = if partial { " partial" } else { "" };
        if unique {
            facts.insert(format!("unique {table} ({columns}){partial}"));
        }
        if origin == "c" {
            facts.insert(format!("index {index} on {table} ({columns}){partial}"));
        }
    }
    let keys: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT m.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
         WHERE m.type = 'table'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for (table, from, target, to, on_delete) in keys {
        facts.insert(format!(
            "foreign key {table}.{from} to {target}.{to}, on delete {on_delete}"
        ));
    }
    facts.extend(sqlite_words(conn).await);
    facts
}

/// The words that a CHECK allows, by column.
async fn sqlite_words(conn: &mut SqliteConnection) -> Facts {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%CHECK%'",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    let mut facts = Facts::new();
    for (table, text) in tables {
        for check in text.split("CHECK (").skip(1) {
            let Some((column, list)) = check.split_once(" IN (") else {
                continue;
            };
            facts.extend(words(&table, column, list.split_once(')').unwrap().0));
        }
    }
    facts
}

fn words(table: &str, column: &str, list: &str) -> Option<String> {
    let words: BTreeSet<&str> = list.split('\'').skip(1).step_by(2).collect();
    (!words.is_empty()).then(|| format!("words {table}.{column} {words:?}"))
}

async fn postgres_facts(conn: &mut PgConnection) -> Facts {
    let mut facts = Facts::new();
    let columns: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), CAST(is_nullable AS TEXT)
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for (table, column, kind, nullable) in columns {
        let kind = match kind.as_str() {
            "bigint" | "boolean" => "INTEGER",
            "text" => "TEXT",
            "bytea" => "BLOB",
            other => other,
        };
        let null = if nullable == "NO" { "not null" } else { "null" };
        facts.insert(format!("column {table}.{column} {kind} {null}"));
    }
    let indexes: Vec<(String, String, bool, bool, bool, String)> = sqlx::query_as(
        "SELECT CAST(t.relname AS TEXT), CAST(i.relname AS TEXT), x.indisunique, x.indpred IS NOT NULL,
            EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid),
            (SELECT COALESCE(string_agg(CAST(a.attname AS TEXT), ', ' ORDER BY k.place), '')
             FROM unnest(x.indkey) WITH ORDINALITY k (number, place)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
         FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND t.relname NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for (table, index, unique, partial, of_constraint, columns) in indexes {
        let partial = if partial { " partial" } else { "" };
        if unique {
            facts.insert(format!("unique {table} ({columns}){partial}"));
        }
        if !of_constraint {
            facts.insert(format!("index {index} on {table} ({columns}){partial}"));
        }
    }
    facts.extend(postgres_constraints(conn).await);
    facts
}

async fn postgres_constraints(conn: &mut PgConnection) -> Facts {
    let mut facts = Facts::new();
    let keys: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), CAST(f.relname AS TEXT), CAST(b.attname AS TEXT), CAST(c.confdeltype AS TEXT)
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
         JOIN pg_attribute b ON b.attrelid = f.oid AND b.attnum = c.confkey[1] WHERE c.contype = 'f'",
    )
    .fetch_all(&mut *conn)
    .await
    .unwrap();
    for (table, from, target, to, on_delete) in keys {
        let on_delete = match on_delete.as_str() {
            "a" => "NO ACTION",
            "c" => "CASCADE",
            "n" => "SET NULL",
            "r" => "RESTRICT",
            other => other,
        };
        facts.insert(format!(
            "foreign key {table}.{from} to {target}.{to}, on delete {on_delete}"
        ));
    }
    let checks: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), pg_get_constraintdef(c.oid)
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] WHERE c.contype = 'c'",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    for (table, column, definition) in checks {
        facts.extend(words(&table, &column, &definition));
    }
    facts
}

async fn facts(test: &TestDb) -> Facts {
    match &mut test.db.read().await.unwrap() {
        Conn::Sqlite(conn) => sqlite_facts(conn).await,
        Conn::Postgres(conn) => postgres_facts(conn).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_hold_the_same_schema() {
    let sqlite = TestDb::sqlite().await;
    let Some(postgres) = TestDb::postgres().await else {
        return;
    };
    let ours = facts(&sqlite).await;
    let theirs = facts(&postgres).await;
    assert!(ours.len() > 300, "only {} facts", ours.len());
    let only =
        |left: &Facts, right: &Facts| Vec::from_iter(left.difference(right).cloned()).join("\n");
    assert_eq!(only(&ours, &theirs), "", "only on SQLite");
    assert_eq!(only(&theirs, &ours), "", "only on PostgreSQL");
    sqlite.close().await;
    postgres.close().await;
}

/// Migrations stand under the same names in both folders.
#[test]
fn both_folders_have_the_same_files() {
    let names = |engine: &str| -> Vec<String> {
        crate::support::source::files(&format!("migrations/{engine}"), ".sql")
            .into_iter()
            .map(|(file, _)| file.rsplit('/').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
