//! Everything a database holds, as text, to search in and to compare.

use vestibule::{db::Engine, on};

use super::town::Town;

/// Every row of every table.
pub async fn dump(town: &Town) -> String {
    let mut conn = town.test.db.read().await.unwrap();
    let list = match town.test.db.engine() {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Engine::Postgres => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        }
    };
    let tables: Vec<String> = on!(conn, |c| sqlx::query_scalar(list).fetch_all(c).await).unwrap();
    let mut all = String::new();
    for table in tables.iter().filter(|table| *table != "_sqlx_migrations") {
        let statement = match town.test.db.engine() {
            Engine::Sqlite => sqlite_rows(&mut conn, table).await,
            Engine::Postgres => format!("SELECT CAST(t AS TEXT) FROM {table} t"),
        };
        let mut rows: Vec<String> =
            on!(conn, |c| sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
                .fetch_all(c)
                .await)
            .unwrap();
        rows.sort();
        all.push_str(&format!("== {table}\n{}\n", rows.join("\n")));
    }
    all
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
