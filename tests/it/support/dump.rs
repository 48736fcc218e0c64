//! Everything a database holds, as text, to search in and to compare.

use vestibule::{db::Engine, on};

use super::TestDb;

/// Every row of every table, each as `table: values`.
pub async fn rows(test: &TestDb) -> Vec<String> {
    let mut conn = test.db.read().await.unwrap();
    let list = match test.db.engine() {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        }
    };
    let tables: Vec<String> = on!(conn, |c| sqlx::query_scalar(list).fetch_all(c).await).unwrap();
    let mut all = Vec::new();
    for table in tables.iter().filter(|table| *table != "_sqlx_migrations") {
        let statement = match test.db.engine() {
            Engine::Sqlite => sqlite_rows(&mut conn, table).await,
            Engine::Postgres => format!("SELECT CAST(t AS TEXT) FROM {table} t"),
        };
        let mut rows: Vec<String> =
            on!(conn, |c| sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
                .fetch_all(c)
                .await)
            .unwrap();
        rows.sort();
        all.extend(rows.iter().map(|row| format!("{table}: {row}")));
    }
    all
}

/// The same as one text.
pub async fn dump(test: &TestDb) -> String {
    let mut text = rows(test).await.join("\n");
    text.push('\n');
    text
}

async fn sqlite_rows(conn: &mut vestibule::db::Conn, table: &str) -> String {
    let columns: Vec<String> = on!(conn, |c| sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT 'COALESCE(CAST(\"' || name || '\" AS TEXT), ''NULL'')' FROM pragma_table_info('{table}')"
    )))
    .fetch_all(c)
    .await)
    .unwrap();
    format!("SELECT {} FROM {table}", columns.join(" || '|' || "))
}
