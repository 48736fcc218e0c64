//! The real program in processes of its own, which tests start, kill and start again.
//!
//! Several nodes share one database and one configuration, as behind a load balancer. On SQLite the
//! database is a file of their own, so that a restart after a kill recovers it as it would anywhere.

use std::{
    fs::{File, OpenOptions},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE},
};
use vestibule::settings::{ConnectionSettings, DatabaseSettings, Settings};

use super::{
    TestDb,
    crm_stand_in::{StandIn, TOKEN},
    portal::CATALOGUE,
};

/// The secret that signs the stand-in's events.
pub const EVENT_SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// The issuer of the identities in the tests; nobody signs in there.
pub const ISSUER: &str = "http://127.0.0.1:9";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Processes of the program on one database.
pub struct Fleet {
    pub settings: Settings,
    pub database: DatabaseSettings,
    folder: PathBuf,
    nodes: Vec<Node>,
}

struct Node {
    port: u16,
    child: Option<Child>,
}

impl Fleet {
    /// A configuration for `count` nodes that tell `crm`; none of them runs yet.
    pub fn new(test: &TestDb, crm: &StandIn, count: usize) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let folder =
            std::env::temp_dir().join(format!("vestibule-program-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let nodes: Vec<Node> = (0..count).map(|_| Node::new()).collect();
        let public = format!("http://127.0.0.1:{}", nodes[0].port);
        let text = config(&public, &folder, &crm.settings());
        write_private(&folder.join("vestibule.toml"), &text);
        let database = DatabaseSettings {
            url: test
                .settings
                .url
                .expose()
                .replace("test.db", "program.db")
                .into(),
            ..test.settings.clone()
        };
        Self {
            settings: toml::from_str(&text).unwrap(),
            database,
            folder,
            nodes,
        }
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Starts every node and waits until all are ready.
    pub async fn start_all(&mut self) {
        for index in 0..self.len() {
            self.start(index);
        }
        for index in 0..self.len() {
            self.ready(index).await;
        }
    }

    pub fn start(&mut self, index: usize) {
        let bind = format!("127.0.0.1:{}", self.nodes[index].port);
        let (out, errors) = (self.log(index), self.log(index));
        let mut command = self.command(&["serve"]);
        command
            .env("VESTIBULE_PORTAL__BIND", bind)
            .stdout(Stdio::from(out))
            .stderr(Stdio::from(errors));
        self.nodes[index].child = Some(command.spawn().unwrap());
    }

    /// Waits until a node that was started can serve.
    pub async fn ready(&mut self, index: usize) {
        let url = format!("{}/readyz", self.nodes[index].origin());
        let client = client();
        loop {
            if let Ok(answer) = client.get(&url).send().await
                && answer.status().is_success()
            {
                return;
            }
            let child = self.nodes[index].child.as_mut().unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                panic!("node {index} ended with {status}: {}", self.said(index));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends a node as `kill -9` does, wherever it stands.
    pub fn kill(&mut self, index: usize) {
        let mut child = self.nodes[index].child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn kill_all(&mut self) {
        for index in 0..self.len() {
            self.kill(index);
        }
    }

    /// Runs another command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command
            .arg("--config")
            .arg(self.folder.join("vestibule.toml"))
            .args(arguments)
            .env("VESTIBULE_DATABASE__URL", self.database.url.expose())
            .env("RUST_LOG", "warn,vestibule::outbox=error");
        command
    }

    /// Whoever asks these nodes.
    pub fn caller(&self) -> Caller {
        Caller {
            client: client(),
            origins: self.nodes.iter().map(Node::origin).collect(),
        }
    }

    fn log(&self, index: usize) -> File {
        let path = self.folder.join(format!("node-{index}.log"));
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap()
    }

    /// The end of what a node wrote.
    fn said(&self, index: usize) -> String {
        let path = self.folder.join(format!("node-{index}.log"));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for index in 0..self.len() {
            if std::thread::panicking() {
                eprintln!("node {index} wrote:\n{}", self.said(index));
            }
            if self.nodes[index].child.is_some() {
                self.kill(index);
            }
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Node {
    fn new() -> Self {
        Self {
            port: fixed_port(),
            child: None,
        }
    }

    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// A free port that no outgoing connection is given: one from the usual range could be taken while
/// its node is down, also by whoever tries to reach that node.
fn fixed_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 8_000).unwrap();
    loop {
        let step = NEXT.fetch_add(1, Ordering::SeqCst);
        let port = 12_000 + (start + step) % 16_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn client() -> reqwest::Client {
    vestibule::web::http_client::http_client().unwrap()
}

/// The program refuses secrets that everybody on the machine can read.
fn write_private(file: &Path, text: &str) {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut opened = options.open(file).unwrap();
    opened.write_all(text.as_bytes()).unwrap();
}

fn config(public: &str, folder: &Path, crm: &ConnectionSettings) -> String {
    let head = format!(
        r#"
        [portal]
        name = "Nordwind Supply"
        public_url = "{public}"
        support_email = "help@nordwind.example"
        [security]
        encryption_key = "{key}"
        requests_per_minute = 100000000
        [mail]
        transport = "file"
        from = "portal@nordwind.example"
        folder = "{folder}"
        per_second = 10000
        [outbox]
        lease_seconds = 4
        [invitations]
        per_inviter_per_day = 100000
        [access]
        brake_share = 1.0
        [[providers]]
        key = "demo"
        name = "The account"
        issuer = "{ISSUER}"
        client_id = "portal"
        client_secret = "secret"
        trusted_domains = ["*"]
        [[connections]]
        key = "{connection}"
        name = "Stand-in"
        kind = "http"
        batch = 20
        url = "{url}"
        token = "{TOKEN}"
        event_secret = "{EVENT_SECRET}"
        "#,
        key = "07".repeat(32),
        folder = folder.join("mail").display(),
        connection = crm.key,
        url = crm.url.as_ref().unwrap(),
    );
    head + CATALOGUE
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Whether it only says that the portal is busy: try again.
    pub fn is_busy(&self) -> bool {
        matches!(self.status, 503 | 504)
    }

    /// Where it leads; empty when nowhere.
    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Whether it sets a cookie to some value.
    pub fn gives(&self, cookie: &str) -> bool {
        let begin = format!("{cookie}=");
        let mut values = self.headers.get_all(SET_COOKIE).iter();
        values.any(|value| {
            let rest = value.to_str().unwrap().strip_prefix(&begin);
            rest.is_some_and(|rest| !rest.starts_with(';'))
        })
    }
}

/// Asks nodes over connections that are kept.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    origins: Arc<[String]>,
}

impl Caller {
    pub fn nodes(&self) -> usize {
        self.origins.len()
    }

    /// # Errors
    /// When no answer came.
    pub async fn get(
        &self,
        node: usize,
        path: &str,
        cookie: &str,
    ) -> Result<Answer, reqwest::Error> {
        let url = self.url(node, path);
        answer(self.client.get(url).header(COOKIE, cookie)).await
    }

    /// Sends a form as a page of the portal does.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn post(
        &self,
        node: usize,
        path: &str,
        cookie: &str,
        form: &str,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.client.post(self.url(node, path));
        let request = request
            .header(COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        answer(request.body(form.to_owned())).await
    }

    /// A request to be filled by the caller.
    pub fn request(&self, node: usize, path: &str) -> RequestBuilder {
        self.client.post(self.url(node, path))
    }

    /// Asks again, at the next node, until there is an answer other than "busy, try again", as a
    /// person would; with how many times there was none.
    pub async fn insist(
        &self,
        first: usize,
        path: &str,
        cookie: &str,
        form: Option<&str>,
    ) -> (Answer, usize) {
        let mut unanswered = 0;
        loop {
            let node = (first + unanswered) % self.nodes();
            let answer = match form {
                Some(form) => self.post(node, path, cookie, form).await,
                None => self.get(node, path, cookie).await,
            };
            match answer {
                Ok(answer) if !answer.is_busy() => return (answer, unanswered),
                _ => unanswered += 1,
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    fn url(&self, node: usize, path: &str) -> String {
        format!("{}{path}", self.origins[node])
    }
}

async fn answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    Ok(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await?,
    })
}
