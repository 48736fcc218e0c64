//! The real program in a process of its own.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{Connection, Executor, PgConnection};
use tokio::net::TcpStream;

/// The key of the server under test, with which the benchmark seals cookies.
pub(crate) const KEY: [u8; 32] = [7; 32];

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    database: Option<String>,
    /// From the start of the process to the end of its first page.
    pub(crate) first_page: Duration,
}

/// A provider that asks for claims.
const CLAIMS: &str = "\n[[claims]]\nkey = \"bench\"\nform = \"plain\"\nprovider = \"main\"\n";

impl Server {
    pub(crate) async fn start(folder: &Path, url: &str) -> Self {
        let port = free_port();
        let config = folder.join("vestibule.toml");
        let text = format!("{}{CLAIMS}", vestibule::settings::TEMPLATE);
        std::fs::write(&config, text).unwrap();
        let key: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["--config", config.to_str().unwrap(), "serve"])
            .env(
                "VESTIBULE_PORTAL__PUBLIC_URL",
                format!("http://127.0.0.1:{port}"),
            )
            .env("VESTIBULE_PORTAL__BIND", format!("127.0.0.1:{port}"))
            .env("VESTIBULE_DATABASE__URL", url)
            .env("VESTIBULE_SECURITY__ENCRYPTION_KEY", key)
            .env("VESTIBULE_SECURITY__REQUESTS_PER_MINUTE", "100000000")
            .env("VESTIBULE_API__QUESTIONS_PER_MINUTE", "100000000")
            .env("VESTIBULE_PROVIDERS__0__ISSUER", "http://127.0.0.1:1")
            .env("VESTIBULE_MAIL__TRANSPORT", "file")
            .env("VESTIBULE_MAIL__FOLDER", folder.join("mail"))
            .env("VESTIBULE_INVITATIONS__PER_INVITER_PER_DAY", "100000000")
            .env("RUST_LOG", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let database = url.starts_with("postgres").then(|| url.to_owned());
        let mut server = Self {
            child,
            port,
            database,
            first_page: Duration::ZERO,
        };
        server.wait().await;
        crate::load::once(port, "/", "").await;
        server.first_page = started.elapsed();
        server
    }

    async fn wait(&self) {
        for _ in 0..10_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("the server does not answer");
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The database server's processes; none on SQLite, which is part of the application.
    pub(crate) async fn database_processes(&self) -> Vec<u32> {
        let Some(url) = &self.database else {
            return Vec::new();
        };
        let mut connection = PgConnection::connect(url).await.unwrap();
        let pids: Vec<(i32,)> =
            sqlx::query_as("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        pids.into_iter()
            .map(|(pid,)| u32::try_from(pid).unwrap())
            .collect()
    }

    pub(crate) fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub(crate) fn program_bytes() -> u64 {
    std::fs::metadata(env!("CARGO_BIN_EXE_vestibule"))
        .unwrap()
        .len()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

async fn on_server(base: &str, statement: String) {
    let mut connection = PgConnection::connect(base)
        .await
        .expect("the PostgreSQL server answers");
    connection
        .execute(sqlx::AssertSqlSafe(statement))
        .await
        .unwrap();
}

pub(crate) async fn create_database(base: &str, name: &str) -> String {
    on_server(base, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    on_server(base, format!("CREATE DATABASE {name}")).await;
    let mut url = url::Url::parse(base).unwrap();
    url.set_path(name);
    url.to_string()
}

pub(crate) async fn drop_database(base: &str, name: &str) {
    on_server(base, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
}

/// The cookie that a browser holds after it opened an invitation's link.
pub(crate) fn invitation_cookie(secret: &vestibule::kernel::LinkSecret) -> String {
    let keys = vestibule::kernel::Keyring::new(KEY);
    let sealed = keys
        .seal(
            &vestibule::kernel::Random::System,
            "cookie",
            "invitation",
            secret.expose().as_bytes(),
        )
        .unwrap();
    format!("invitation={sealed}")
}
