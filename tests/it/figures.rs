//! What telling a CRM costs: calls per 1,000 changes, and the time from the commit of a change to the
//! CRM's answer when a round trip takes 50 ms. A measurement, so it only runs when asked for:
//!
//! ```text
//! cargo test --release --test it figures:: -- --ignored --nocapture
//! ```

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant as Moment},
};

use async_trait::async_trait;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        port::{
            Account, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Record, Usage,
            Verdict, Write,
        },
    },
    db::Error,
    kernel::{
        Clock, Keyring, Random, World,
        ids::{Id, MembershipId, OrganizationId, PersonId},
    },
    outbox::{self, Fact, MembershipFact, NewChange, Outbox},
    settings::AccessSettings,
};

use crate::{
    crm_dynamics365, crm_hubspot, crm_odoo, crm_salesforce,
    support::{
        TestDb,
        job::Desk,
        outbox::states,
        seed::{CONNECTION, catalogues},
    },
};

const ROUND_TRIP: Duration = Duration::from_millis(50);
const CHANGES: u128 = 1_000;
/// Changes told one by one, and the pause between them.
const TRICKLE: usize = 40;
const PAUSE: Duration = Duration::from_millis(800);

/// An adapter that notes when a change was answered, and every call.
struct Watched {
    desk: Arc<dyn Desk>,
    done: Mutex<HashMap<String, Moment>>,
    calls: AtomicU64,
}

#[async_trait]
impl Crm for Watched {
    fn batch_limit(&self) -> usize {
        self.desk.crm().batch_limit()
    }

    async fn check(&self) -> Result<String, CrmError> {
        self.desk.crm().check().await
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        self.desk.crm().find_contract(question).await
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        self.desk.crm().changes(cursor, limit).await
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let verdicts = self.desk.crm().apply(writes).await?;
        let now = Moment::now();
        let mut done = self.done.lock().unwrap();
        for (write, verdict) in writes.iter().zip(&verdicts) {
            assert!(matches!(verdict, Verdict::Done { .. }), "{verdict:?}");
            done.insert(write.key.clone(), now);
        }
        Ok(verdicts)
    }

    fn usage(&self) -> Option<Usage> {
        let usage = self.desk.crm().usage();
        let calls = usage.map_or(0, |usage| usage.calls);
        self.calls.fetch_add(calls, Ordering::SeqCst);
        usage
    }
}

struct Scene {
    test: TestDb,
    world: World,
    watched: Arc<Watched>,
    outbox: Outbox,
    account: String,
}

impl Scene {
    async fn of(desk: Arc<dyn Desk>) -> Self {
        let test = TestDb::sqlite().await;
        let world = World {
            clock: Clock::System,
            random: Random::System,
            keys: Keyring::new([7; 32]),
        };
        let account = desk
            .put(Record::Account(Account {
                number: "10-01".to_owned(),
                name: "Acme".to_owned(),
                kind: "customer".to_owned(),
                ..Account::default()
            }))
            .await;
        let mut settings = desk.settings();
        (settings.key, settings.batch) = (CONNECTION.to_owned(), 1_000);
        let watched = Arc::new(Watched {
            desk,
            done: Mutex::default(),
            calls: AtomicU64::new(0),
        });
        let access = AccessSettings::default();
        let connection = Connection::new(settings, &access, watched.clone()).unwrap();
        let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
        let connections = Connections::of(vec![connection], &test.db, &world, &requests);
        let outbox = Outbox::new(
            test.db.clone(),
            world.clone(),
            connections.destinations(&catalogues()),
        );
        Self {
            test,
            world,
            watched,
            outbox,
            account,
        }
    }

    fn fact(&self, number: u128, turn: &str) -> (String, Fact) {
        let id = MembershipId::from_bits(number + 1);
        let fact = MembershipFact {
            successor: None,
            membership_id: id.clone(),
            person_id: PersonId::from_bits(number + 1),
            organization_id: OrganizationId::from_bits(1),
            crm_account_id: self.account.clone(),
            crm_contact_id: None,
            email: format!("m{number}@acme.example"),
            given_name: "M".into(),
            family_name: turn.into(),
            phone: String::new(),
            status: "active".into(),
            roles: vec!["orders".into()],
            last_sign_in_at: None,
            because: "membership.roles_changed".into(),
        };
        (id.to_string(), Fact::MembershipChanged(fact))
    }

    /// Records changes in one transaction; their keys.
    async fn tell(&self, facts: Vec<(String, Fact)>) -> Vec<String> {
        let cx = self.world.system("figures");
        let told: Result<Vec<String>, Error> = self
            .test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let mut keys = Vec::new();
                    for (subject, fact) in facts {
                        let change = NewChange {
                            subject: &subject,
                            organization: None,
                            fact,
                            destinations: &[outbox::crm_destination(CONNECTION)],
                        };
                        keys.push(outbox::record(tx, &cx, change).await?.to_string());
                    }
                    Ok(keys)
                })
            })
            .await;
        told.unwrap()
    }

    async fn unfinished(&self) -> bool {
        let states = states(&self.test).await;
        states
            .keys()
            .any(|state| !matches!(state.as_str(), "done" | "merged"))
    }

    /// Calls for 1,000 changes, told together.
    async fn calls(&self, turn: &str) -> u64 {
        let before = self.watched.calls.load(Ordering::SeqCst);
        self.tell((0..CHANGES).map(|number| self.fact(number, turn)).collect())
            .await;
        // A limit may make it wait; the clock is the real one.
        while self.outbox.drain().await.unwrap() > 0 || self.unfinished().await {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.watched.calls.load(Ordering::SeqCst) - before
    }

    /// Times from commit to answer, told one by one.
    async fn times(&self) -> Vec<Duration> {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        self.outbox.start(&tasks, &stop);
        let mut told = Vec::new();
        for number in 0..TRICKLE {
            let fact = self.fact(number as u128, &format!("Trickle {number}"));
            let keys = self.tell(vec![fact]).await;
            told.push((keys[0].clone(), Moment::now()));
            self.outbox.wake();
            tokio::time::sleep(PAUSE).await;
        }
        while !told
            .iter()
            .all(|(key, _)| self.watched.done.lock().unwrap().contains_key(key))
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        let done = self.watched.done.lock().unwrap();
        let mut times: Vec<Duration> = told
            .iter()
            .map(|(key, at)| done[key].saturating_duration_since(*at))
            .collect();
        times.sort_unstable();
        times
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn what_telling_a_crm_costs() {
    let desks: Vec<(&str, Arc<dyn Desk>)> = vec![
        ("Salesforce", Arc::new(crm_salesforce::bench().await)),
        ("Dynamics 365", Arc::new(crm_dynamics365::bench().await)),
        ("HubSpot", Arc::new(crm_hubspot::desk().await)),
        ("Odoo", Arc::new(crm_odoo::desk().await)),
    ];
    println!(
        "| CRM | calls per 1,000 new contacts | per 1,000 changes of known ones | commit to answer, p50 | p99 |"
    );
    println!("|---|---|---|---|---|");
    for (name, desk) in desks {
        let scene = Scene::of(desk.clone()).await;
        let (new, known) = (scene.calls("New").await, scene.calls("Known").await);
        desk.delay().always(ROUND_TRIP);
        let times = scene.times().await;
        let at = |hundredths: usize| times[(times.len() * hundredths / 100).min(times.len() - 1)];
        println!(
            "| {name} | {new} | {known} | {} ms | {} ms |",
            at(50).as_millis(),
            at(99).as_millis()
        );
        scene.test.close().await;
    }
    println!(
        "One round trip takes 50 ms; a change costs a call that reads and one that writes, or more, by the CRM."
    );
}
