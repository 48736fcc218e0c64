//! A contract ended by the CRM's signed event: after our 2xx not one request is served, whichever
//! node is asked; a contract reinstated lets in at the next request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use vestibule::kernel::{Clock, ids::OrganizationId, signature::SigningSecret};

use super::{
    fleet,
    seed::{Seeder, Somebody, seed},
};
use crate::support::{
    TestDb,
    crm_stand_in::StandIn,
    each_engine,
    program::{Answer, Caller, EVENT_SECRET},
};

const MEMBERS: usize = 200;
const CLIENTS: usize = 16;
/// Ends and reinstatements, one after the other.
const ROUNDS: i64 = 6;
/// Requests of the whole load between two events.
const BETWEEN: usize = 250;

pub(super) struct Scene {
    organization: OrganizationId,
    pub(super) members: Vec<Somebody>,
    /// Of a company whose contract goes on.
    neighbours: Vec<Somebody>,
}

pub(super) async fn scene(seeder: Seeder, members: usize) -> Scene {
    let organization = seeder.company("ends", None).await;
    let emails: Vec<String> = (0..members).map(|n| format!("m{n}@ends.example")).collect();
    let members = seeder.people(&emails).await;
    let roles = ["admin", "orders"];
    seeder.join(&organization, &members, &roles).await;
    let other = seeder.company("stays", None).await;
    let neighbours = seeder.people(&["n@stays.example".to_owned()]).await;
    seeder.join(&other, &neighbours, &roles).await;
    Scene {
        organization,
        members,
        neighbours,
    }
}

/// One answered request.
pub(super) struct Asked {
    pub(super) sent: Instant,
    answered: Instant,
    pub(super) served: bool,
    what: String,
    pub(super) is_neighbour: bool,
}

/// Whether what was asked for was given. The start page is for everybody who signed in: it gives the
/// way to services, or says why there is none.
fn is_served(path: &str, answer: &Answer) -> bool {
    match (path, answer.status) {
        ("/home", 200) => answer.body.contains("https://shop.example"),
        (_, 200) => true,
        (_, 403) => false,
        (path, status) => panic!("{path} answered {status}: {}", answer.body),
    }
}

/// What all clients share.
pub(super) struct Load {
    pub(super) caller: Caller,
    pub(super) scene: Scene,
    pub(super) stop: AtomicBool,
    answered: AtomicUsize,
}

impl Load {
    pub(super) fn start(caller: Caller, scene: Scene) -> (Arc<Self>, Vec<JoinHandle<Vec<Asked>>>) {
        let load = Arc::new(Self {
            caller,
            scene,
            stop: AtomicBool::new(false),
            answered: AtomicUsize::new(0),
        });
        let run = |number| tokio::spawn(load.clone().run(number));
        let clients = (0..CLIENTS).map(run).collect();
        (load, clients)
    }

    /// Asks one page after another, each with the next session.
    async fn run(self: Arc<Self>, client: usize) -> Vec<Asked> {
        let members = format!("/organizations/{}/members", self.scene.organization);
        let paths = [members.as_str(), "/home", "/forward-auth?service=shop"];
        let mut all = Vec::new();
        let mut number = client;
        while !self.stop.load(Ordering::SeqCst) {
            let is_neighbour = number % 10 == 9;
            let path = match is_neighbour {
                true => paths[2],
                false => paths[(number / CLIENTS) % paths.len()],
            };
            let who = match is_neighbour {
                true => &self.scene.neighbours[0],
                false => &self.scene.members[number % self.scene.members.len()],
            };
            let node = (number / 2) % self.caller.nodes();
            let sent = Instant::now();
            match self.caller.get(node, path, &who.cookie).await {
                Ok(answer) if !answer.is_busy() => all.push(Asked {
                    sent,
                    answered: Instant::now(),
                    served: is_served(path, &answer),
                    what: format!("{path} by {} at node {node}", who.email),
                    is_neighbour,
                }),
                _ => {}
            }
            self.answered.fetch_add(1, Ordering::SeqCst);
            number += CLIENTS + 1;
        }
        all
    }

    /// Waits until the clients have done some more.
    pub(super) async fn some_more(&self) {
        let until = self.answered.load(Ordering::SeqCst) + BETWEEN;
        while self.answered.load(Ordering::SeqCst) < until {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

pub(super) fn contract(version: i64, status: &str) -> Value {
    json!({"type": "contract", "id": "C-ends", "version": version, "account_id": "ends", "number": "CT-ends",
        "status": status, "starts_on": "2020-01-01", "products": ["parts"]})
}

/// Sends a signed event to a node; when its acknowledgement had arrived.
pub(super) async fn send(caller: &Caller, node: usize, records: Value) -> Instant {
    let body = json!({"type": "records.changed", "records": records}).to_string();
    let now = Clock::System.now().as_seconds();
    let id = format!("evt-{}", records[0]["version"]);
    let signature = SigningSecret::parse(EVENT_SECRET)
        .unwrap()
        .sign(&id, now, body.as_bytes());
    loop {
        let request = caller
            .request(node, "/api/v1/crm/main/events")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", &signature);
        // As the contract asks of senders: the same again until it is acknowledged.
        let answer = request.body(body.clone()).send().await;
        let status = answer.map_or(503, |answer| answer.status().as_u16());
        match status {
            200..300 => return Instant::now(),
            503 | 504 => {}
            status => panic!("the event was answered with {status}"),
        }
    }
}

/// From an acknowledgement to the sending of the next event.
type Span = (Instant, Instant);

struct Times {
    /// Nothing may be served.
    closed: Vec<Span>,
    /// Everything must be.
    open: Vec<Span>,
}

async fn events(load: &Load) -> Times {
    let mut times = Times {
        closed: Vec::new(),
        open: Vec::new(),
    };
    let nodes = load.caller.nodes();
    let mut opened = Instant::now();
    for round in 0..ROUNDS {
        let node = usize::try_from(round).unwrap() % nodes;
        load.some_more().await;
        times.open.push((opened, Instant::now()));
        let closed = send(
            &load.caller,
            node,
            json!([contract(2 * round + 2, "ended")]),
        )
        .await;
        load.some_more().await;
        times.closed.push((closed, Instant::now()));
        opened = send(
            &load.caller,
            node,
            json!([contract(2 * round + 3, "active")]),
        )
        .await;
    }
    load.some_more().await;
    times.open.push((opened, Instant::now()));
    times
}

/// How many requests were refused while the contract was ended, and served while it held. Those under
/// way while an event was may be answered either way.
fn judge(times: &Times, asked: &[Asked]) -> (usize, usize) {
    let (mut refused, mut served) = (0, 0);
    for one in asked {
        let within = |spans: &[Span]| {
            let mut spans = spans.iter();
            spans.any(|(from, to)| *from < one.sent && one.answered < *to)
        };
        if one.is_neighbour {
            assert!(one.served, "{} was refused", one.what);
        } else if within(&times.closed) {
            assert!(
                !one.served,
                "{} was served after the end was acknowledged",
                one.what
            );
            refused += 1;
        } else if within(&times.open) {
            assert!(
                one.served,
                "{} was refused after the contract was reinstated",
                one.what
            );
            served += 1;
        }
    }
    (refused, served)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_node_serves_a_request_after_an_ended_contract_was_acknowledged() {
    each_engine(async |test: Arc<TestDb>| {
        let crm = StandIn::start().await;
        let mut fleet = fleet(&test, &crm);
        let scene = seed(&fleet, &crm, |seeder| scene(seeder, MEMBERS)).await;
        fleet.start_all().await;
        let (load, clients) = Load::start(fleet.caller(), scene);
        let times = events(&load).await;
        load.stop.store(true, Ordering::SeqCst);
        let mut asked = Vec::new();
        for client in clients {
            asked.extend(client.await.unwrap());
        }
        let (refused, served) = judge(&times, &asked);
        println!(
            "{:?}, {} nodes: {} requests, {refused} sent after one of {ROUNDS} ends and all refused, {served} served",
            test.db.engine(),
            fleet.len(),
            asked.len(),
        );
        assert!(refused > 500 && served > 500, "{refused} {served}");
    })
    .await;
}
