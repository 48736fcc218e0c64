//! A whole portal for tests: the real router on a real port, the demo provider on its own, and a
//! browser that signs in through its pages.
//!
//! ```ignore
//! let portal = Portal::start(&test).await;
//! let person = portal.add_person("aino@kuusi.example").await;
//! let browser = portal.sign_in("aino@kuusi.example").await;
//! let page = browser.get("/profile").await.expect(200);
//! ```

use std::{
    net::SocketAddr,
    ops::Deref,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::task::TaskTracker;
use url::Url;
use vestibule::{
    app::AppState,
    crm::port::Account,
    demo::provider::{Client, Provider, ProviderOptions, SamplePerson},
    kernel::{
        Clock, EmailAddress,
        ids::{ContractId, MembershipId, OrganizationId, PersonId},
    },
    organizations::{self, AddMember, Added, Source},
    people::{self, Created, NewPerson},
    router::router,
    settings::Settings,
    web::listener,
};

use super::{
    TestDb,
    browser::{Browser, Page},
};

/// Staff of every test portal; they sign in by these addresses.
pub const REP: &str = "rep@nordwind.example";
pub const DESK: &str = "desk@nordwind.example";
pub const OPERATOR: &str = "ops@nordwind.example";

const CLIENT_SECRET: &str = "a secret & with % odd: characters";

/// What one provider of a test portal is.
pub struct TestProvider {
    /// Its key in settings and URLs.
    pub key: &'static str,
    pub provider: Provider,
    pub issuer: Url,
}

impl Deref for TestProvider {
    type Target = Provider;
    fn deref(&self) -> &Provider {
        &self.provider
    }
}

/// A running portal.
pub struct Portal {
    pub state: AppState,
    /// As browsers know it.
    pub url: Url,
    /// Moves the portal's and the providers' time.
    pub clock: Clock,
    /// The provider with the key `demo`.
    pub provider: TestProvider,
    /// Further ones.
    pub others: Vec<TestProvider>,
    /// Where mails are written.
    pub mail_folder: PathBuf,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

/// How a test portal differs from the usual one.
#[derive(Default)]
pub struct Plan {
    /// Keys of providers beside `demo`.
    pub more_providers: Vec<&'static str>,
    /// Serves under `https://portal.example` (in truth without TLS), so that cookies are `__Host-`.
    pub https: bool,
    /// Lives by the machine's clock, like providers that are not ours.
    pub real_time: bool,
    /// Changes to the settings.
    pub change: Option<Box<dyn FnOnce(&mut Settings) + Send>>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Portal {
    /// The usual portal: one provider `demo` that is trusted for every domain, one built-in CRM,
    /// mails into a folder, three members of staff.
    pub async fn start(test: &TestDb) -> Self {
        Self::start_as(test, Plan::default()).await
    }

    /// The usual portal with other settings.
    pub async fn start_with(
        test: &TestDb,
        change: impl FnOnce(&mut Settings) + Send + 'static,
    ) -> Self {
        let change: Box<dyn FnOnce(&mut Settings) + Send> = Box::new(change);
        Self::start_as(
            test,
            Plan {
                change: Some(change),
                ..Plan::default()
            },
        )
        .await
    }

    pub async fn start_as(test: &TestDb, plan: Plan) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let public = if plan.https {
            "https://portal.example".to_owned()
        } else {
            format!("http://{address}")
        };
        let mut tasks = Vec::new();
        let mut providers = Vec::new();
        let keys = ["demo"]
            .into_iter()
            .chain(plan.more_providers.iter().copied());
        for key in keys {
            providers.push(start_provider(test, key, &public, &mut tasks).await);
        }
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mail_folder =
            std::env::temp_dir().join(format!("vestibule-mail-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&mail_folder).unwrap();
        let mut settings = settings(&public, &providers, &mail_folder);
        if let Some(change) = plan.change {
            change(&mut settings);
        }
        let mut world = test.world.clone();
        if plan.real_time {
            world.clock = Clock::System;
        }
        let state = AppState::with(settings, test.db.clone(), world).unwrap();
        let (routes, served) = (router(state.clone()), state.clone());
        tasks.push(tokio::spawn(async move {
            let (limits, connections) = (listener::Limits::new(1_000), TaskTracker::new());
            listener::serve(listener, routes, limits, served.stop.clone(), &connections).await;
        }));
        let others = providers.split_off(1);
        Self {
            state,
            url: Url::parse(&public).unwrap(),
            clock: test.world.clock.clone(),
            provider: providers.remove(0),
            others,
            mail_folder,
            address,
            tasks,
        }
    }

    /// A browser that has been nowhere.
    pub fn browser(&self) -> Browser {
        let origin = self.url.origin().ascii_serialization();
        Browser::new(&self.url, vec![(origin, self.address)])
    }

    /// A person who is known to the portal and will be recognised at the first sign-in by the
    /// proven address.
    pub async fn add_person(&self, email: &str) -> PersonId {
        let email = EmailAddress::parse(email).unwrap();
        let (given, family) = names(email.shown());
        let new = NewPerson {
            email,
            display_name: String::new(),
            given_name: given,
            family_name: family,
            phone: String::new(),
            language: String::new(),
            time_zone: String::new(),
        };
        let cx = self.state.world.system("test");
        let created: Result<Created, vestibule::db::Error> = self
            .state
            .db
            .write(move |tx| Box::pin(async move { people::create(tx, &cx, new).await }))
            .await;
        match created.unwrap() {
            Created::Created(person) | Created::EmailTaken(person) => person.id,
        }
    }

    /// A browser signed in with an address, through the provider's pages; the person must be known
    /// or staff.
    pub async fn sign_in(&self, email: &str) -> Browser {
        let browser = self.browser();
        let page = browser.sign_in_as(email).await;
        assert!(
            browser.is_signed_in(),
            "{email} ended at {}: {}",
            page.url,
            page.text()
        );
        browser
    }

    /// A customer with a running contract that contains the product `parts` and any number of seats.
    pub async fn add_customer(&self, name: &str) -> OrganizationId {
        let cx = self.state.world.system("test");
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let account = Account {
            id: format!("account-{number}"),
            version: 1,
            number: number.to_string(),
            name: name.to_owned(),
            kind: "customer".to_owned(),
            ..Account::default()
        };
        let work = self.state.db.write(move |tx| {
            Box::pin(async move {
                let done = organizations::upsert_from_crm(tx, &cx, "crm", &account).await?;
                let id: ContractId = cx.new_id();
                let organization = done.id().clone();
                let inserted = vestibule::on!(tx, |c| sqlx::query(
                    "INSERT INTO contracts (id, organization_id, connection, external_id, number, number_key, status,
                        starts_at, ends_at, grace_ends_at, seats, products, source_version, fetched_at, created_at)
                     VALUES ($1, $2, 'crm', $1, 'C-1', 'C1', 'active', $3, NULL, NULL, NULL, '[\"parts\"]', 1, $3, $3)"
                )
                .bind(&id)
                .bind(&organization)
                .bind(cx.now())
                .execute(c)
                .await
                .map(drop));
                inserted.map_err(vestibule::db::Error::from)?;
                Ok::<_, organizations::UpsertError>(organization)
            })
        });
        work.await.unwrap()
    }

    /// Makes somebody a member; the person is added when nobody has the address.
    pub async fn add_member(
        &self,
        organization: &OrganizationId,
        email: &str,
        roles: &[&str],
    ) -> MembershipId {
        let command = AddMember {
            organization_id: organization.clone(),
            person_id: self.add_person(email).await,
            roles: roles.iter().map(ToString::to_string).collect(),
            source: Source::Import,
            starts_at: None,
            ends_at: None,
            crm_contact_id: None,
        };
        let (cx, catalogue) = (
            self.state.world.system("test"),
            self.state.catalogue.clone(),
        );
        let added = self.state.db.write(move |tx| {
            Box::pin(async move { organizations::add_member(tx, &cx, &catalogue, command).await })
        });
        match added.await.unwrap() {
            Added::Joined(membership) | Added::AlreadyMember(membership) => membership.id,
            Added::NoSeat { .. } => panic!("no seat"),
        }
    }

    /// Changes what no action changes, for what a test needs.
    pub async fn execute(&self, statement: &'static str) {
        let done: Result<(), vestibule::db::Error> = self
            .state
            .db
            .write(move |tx| {
                Box::pin(async move {
                    vestibule::on!(tx, |c| sqlx::query(statement).execute(c).await.map(drop))?;
                    Ok(())
                })
            })
            .await;
        done.unwrap();
    }

    /// Every event of the audit log with this action, oldest first: target and detail.
    pub async fn audited(&self, action: &str) -> Vec<(String, serde_json::Value)> {
        let mut conn = self.state.db.read().await.unwrap();
        let filter = vestibule::audit::Filter {
            action: action.to_owned(),
            about: String::new(),
        };
        let mut entries = vestibule::audit::list(&mut conn, &filter, None, 1_000)
            .await
            .unwrap();
        entries.reverse();
        entries
            .into_iter()
            .map(|entry| (entry.target, serde_json::from_str(&entry.detail).unwrap()))
            .collect()
    }

    /// One number from the database.
    pub async fn count(&self, query: &'static str) -> i64 {
        let mut conn = self.state.db.read().await.unwrap();
        vestibule::on!(conn, |c| sqlx::query_scalar::<_, i64>(query)
            .fetch_one(c)
            .await)
        .unwrap()
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.state.stop.cancel();
        for task in &self.tasks {
            task.abort();
        }
        let _ = std::fs::remove_dir_all(&self.mail_folder);
    }
}

impl Browser {
    /// Whether the portal's session cookie is here.
    pub fn is_signed_in(&self) -> bool {
        self.cookies()
            .keys()
            .any(|name| name.trim_start_matches("__Host-") == "sid")
    }

    /// Signs in through the only provider's pages, as somebody the provider has not seen in this
    /// browser; gives the page that everything ends on.
    pub async fn sign_in_as(&self, who: &str) -> Page {
        self.sign_in_at("/sign-in", who).await
    }

    /// As [`Browser::sign_in_as`], starting at an address that leads to a provider.
    pub async fn sign_in_at(&self, address: &str, who: &str) -> Page {
        self.forget_cookie("vestibule_demo_provider");
        let page = self.open(address).await;
        self.pick(&page, who).await
    }

    /// Picks somebody on a provider's page, by address (any) or subject (of a sample person).
    pub async fn pick(&self, page: &Page, who: &str) -> Page {
        let form = page.form_with("email");
        let answer = if who.contains('@') {
            self.submit(page, &form.with("email", who)).await
        } else {
            self.submit(page, &form.without("email").with("subject", who))
                .await
        };
        self.follow(answer).await
    }

    /// Picks somebody with an address the provider has not verified.
    pub async fn pick_unverified(&self, page: &Page, who: &str) -> Page {
        let form = page
            .form_with("email")
            .with("email", who)
            .with("unverified", "yes");
        self.press(page, &form).await
    }
}

fn names(email: &str) -> (String, String) {
    let local = email.split('@').next().unwrap_or_default();
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    };
    let mut words = local.split('.').map(capital);
    (
        words.next().unwrap_or_default(),
        words.collect::<Vec<_>>().join(" "),
    )
}

async fn start_provider(
    test: &TestDb,
    key: &'static str,
    public: &str,
    tasks: &mut Vec<JoinHandle<()>>,
) -> TestProvider {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let options = ProviderOptions {
        issuer: issuer.clone(),
        clients: vec![Client {
            client_id: "portal".to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            redirect_uris: vec![format!("{public}/sign-in/callback/{key}")],
            post_logout_redirect_uris: vec![format!("{public}/signed-out")],
            // Behind https nobody listens in tests.
            backchannel_logout_uri: public
                .starts_with("http://")
                .then(|| format!("{public}/sign-in/back-channel/{key}")),
        }],
        people: vec![SamplePerson {
            subject: "sample-1".to_owned(),
            email: format!("sample@{key}.example"),
            email_verified: true,
            given_name: "Sam".to_owned(),
            family_name: "Ple".to_owned(),
            about_en: "A sample".to_owned(),
            about_de: "Ein Beispiel".to_owned(),
        }],
        state_file: None,
    };
    let provider = Provider::with_clock(options, test.world.clock.clone()).unwrap();
    let routes = provider.router();
    tasks.push(tokio::spawn(async move {
        axum::serve(listener, routes).await.unwrap();
    }));
    TestProvider {
        key,
        provider,
        issuer,
    }
}

fn settings(public: &str, providers: &[TestProvider], mail_folder: &std::path::Path) -> Settings {
    let mut text = format!(
        r#"
        [portal]
        name = "Nordwind Supply"
        public_url = "{public}"
        support_email = "help@nordwind.example"
        [database]
        [security]
        encryption_key = "{key}"
        requests_per_minute = 1000000
        [mail]
        transport = "file"
        from = "portal@nordwind.example"
        folder = "{folder}"
        [[connections]]
        key = "crm"
        name = "Ledger CRM"
        kind = "builtin"
        "#,
        key = "07".repeat(32),
        folder = mail_folder.display(),
    );
    for provider in providers {
        let (key, issuer) = (provider.key, provider.issuer.as_str().trim_end_matches('/'));
        text.push_str(&format!(
            r#"
            [[providers]]
            key = "{key}"
            name = "The {key} account"
            issuer = "{issuer}"
            client_id = "portal"
            client_secret = "{CLIENT_SECRET}"
            trusted_domains = ["*"]
            staff = true
            "#
        ));
    }
    for (email, name, role) in [
        (REP, "Robin Sales", "sales_rep"),
        (DESK, "Dana Desk", "approver"),
        (OPERATOR, "Olli Ops", "operator"),
    ] {
        text.push_str(&format!(
            "\n[[staff]]\nemail = \"{email}\"\nname = \"{name}\"\nroles = [\"{role}\"]\n"
        ));
    }
    text.push_str(CATALOGUE);
    toml::from_str(&text).unwrap()
}

/// Two services, three duties.
pub const CATALOGUE: &str = r#"
[[services]]
key = "shop"
url = "https://shop.example"
product = "parts"
name = { en = "Spare parts shop", de = "Ersatzteil-Shop" }

[[services]]
key = "docs"
url = "https://docs.example"
name = { en = "Manuals", de = "Handbücher" }

[[roles]]
key = "admin"
tier = "admin"
words = { en = { name = "Runs the company's account", people = "For people who decide who may use the portal." }, de = { name = "Verwaltet das Firmenkonto", people = "Für Personen, die entscheiden, wer das Portal nutzt." } }

[[roles]]
key = "orders"
product = "parts"
grants = { shop = ["buyer"] }
words = { en = { name = "Orders spare parts", people = "For people who order." }, de = { name = "Bestellt Ersatzteile", people = "Für Personen, die bestellen." } }

[[roles]]
key = "reader"
grants = { docs = ["reader"] }
words = { en = { name = "Reads manuals", people = "For everybody." }, de = { name = "Liest Handbücher", people = "Für alle." } }

[[roles]]
key = "lead"
tier = "lead"
words = { en = { name = "Gets to know us", people = "For people without a contract." }, de = { name = "Lernt uns kennen", people = "Für Personen ohne Vertrag." } }
"#;
