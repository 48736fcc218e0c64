//! A database of its own for each test, on each engine that is there.

use std::{
    future::Future,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::OnceCell;
use vestibule::{
    db::Database,
    kernel::{Clock, Cx, Instant, Keyring, Random, World},
    settings::DatabaseSettings,
};

/// 2027-01-15T08:00:00Z: where every test's clock starts.
pub const START: i64 = 1_800_000_000;

static NUMBER: AtomicU32 = AtomicU32::new(0);
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A migrated, empty database and the world around it.
pub struct TestDb {
    pub db: Database,
    pub world: World,
    pub settings: DatabaseSettings,
    folder: Option<PathBuf>,
    drop_url: Option<(String, String)>,
}

impl TestDb {
    /// A context acting as part of the system.
    pub fn cx(&self) -> Cx {
        self.world.system("test")
    }

    pub async fn sqlite() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let folder =
            std::env::temp_dir().join(format!("vestibule-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("test.db").display());
        Self::open(
            DatabaseSettings {
                url: url.into(),
                readers: 4,
                ..DatabaseSettings::default()
            },
            Some(folder),
            None,
        )
        .await
    }

    /// `None` when no server is given.
    pub async fn postgres() -> Option<Self> {
        let base = std::env::var("VESTIBULE_TEST_POSTGRES_URL").ok()?;
        let template = TEMPLATE.get_or_init(|| make_template(base.clone())).await;
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("vestibule_test_{}_{number}", std::process::id());
        run_on(&base, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        let settings = DatabaseSettings {
            url: in_database(&base, &name).into(),
            connections: 6,
            ..DatabaseSettings::default()
        };
        Some(Self::open(settings, None, Some((base, name))).await)
    }

    async fn open(
        settings: DatabaseSettings,
        folder: Option<PathBuf>,
        drop_url: Option<(String, String)>,
    ) -> Self {
        let db = Database::open(&settings).await.unwrap();
        let world = World {
            clock: Clock::manual(Instant::from_seconds(START)),
            random: Random::System,
            keys: Keyring::new([7; 32]),
        };
        Self {
            db,
            world,
            settings,
            folder,
            drop_url,
        }
    }

    pub async fn close(self) {
        self.db.close().await;
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
        if let Some((base, name)) = &self.drop_url {
            run_on(base, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// Runs `test` on SQLite and, when a server is given, on PostgreSQL.
pub async fn each_engine<F, Fut>(test: F)
where
    F: Fn(std::sync::Arc<TestDb>) -> Fut,
    Fut: Future<Output = ()>,
{
    let mut databases = vec![TestDb::sqlite().await];
    databases.extend(TestDb::postgres().await);
    for database in databases {
        let database = std::sync::Arc::new(database);
        test(database.clone()).await;
        if let Some(database) = std::sync::Arc::into_inner(database) {
            database.close().await;
        }
    }
}

fn in_database(base: &str, name: &str) -> String {
    let mut url = url::Url::parse(base).unwrap();
    url.set_path(name);
    url.to_string()
}

async fn run_on(base: &str, statement: String) {
    let mut connection = PgConnection::connect(base).await.unwrap();
    connection
        .execute(sqlx::AssertSqlSafe(statement))
        .await
        .unwrap();
    connection.close().await.unwrap();
}

/// One migrated database from which the others are cloned.
async fn make_template(base: String) -> String {
    let name = format!("vestibule_template_{}", std::process::id());
    run_on(
        &base,
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
    )
    .await;
    run_on(&base, format!("CREATE DATABASE {name}")).await;
    let settings = DatabaseSettings {
        url: in_database(&base, &name).into(),
        ..DatabaseSettings::default()
    };
    let db = Database::open(&settings).await.unwrap();
    db.close().await;
    name
}
