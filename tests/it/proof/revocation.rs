//! How long it takes until nobody of an organization with 10,000 live sessions is served any more once
//! its contract ends: told by the CRM's event, and found by reading its feed alone. A measurement, so
//! it only runs when asked for:
//!
//! ```text
//! cargo test --release --test it proof::revocation -- --ignored --nocapture
//! ```

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use serde_json::json;
use vestibule::crm::port::{Contract, Record};

use super::{
    contract_end::{Asked, Load, contract, scene, send},
    fleet,
    seed::seed,
};
use crate::support::{TestDb, crm_stand_in::StandIn, each_engine};

const SESSIONS: usize = 10_000;
const CLIENTS: usize = 16;
/// Ends that only the feed tells of.
const POLLS: i64 = 2;

/// The contract as the CRM has it.
fn in_the_crm(version: i64, status: &str) -> Record {
    Record::Contract(serde_json::from_value::<Contract>(contract(version, status)).unwrap())
}

/// Asks for every session once, at all nodes in turn; how many were served.
async fn ask_all(load: &Arc<Load>) -> usize {
    let ask = |client: usize| {
        let load = load.clone();
        tokio::spawn(async move {
            let mut served = 0;
            for (place, who) in load.scene.members.iter().enumerate() {
                if place % CLIENTS != client {
                    continue;
                }
                loop {
                    let node = (place / CLIENTS) % load.caller.nodes();
                    let asked = load
                        .caller
                        .get(node, "/forward-auth?service=shop", &who.cookie);
                    match asked.await {
                        Ok(answer) if answer.is_busy() => {}
                        Ok(answer) => {
                            served += usize::from(answer.status == 200);
                            break;
                        }
                        Err(_) => {}
                    }
                }
            }
            served
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(ask).collect();
    let mut served = 0;
    for client in clients {
        served += client.await.unwrap();
    }
    served
}

fn ms(duration: Duration) -> u128 {
    duration.as_millis()
}

/// The sending of the last request that was served between two moments, counted from the first.
fn last_served(asked: &[Asked], from: Instant, until: Instant) -> Duration {
    let served = asked.iter().filter(|one| one.served && !one.is_neighbour);
    let sent = served.map(|one| one.sent);
    let within = sent.filter(|sent| (from..until).contains(sent));
    within.max().map_or(Duration::ZERO, |last| last - from)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of minutes"]
async fn ten_thousand_sessions_end_with_the_contract() {
    each_engine(async |test: Arc<TestDb>| {
        let crm = StandIn::start().await;
        let mut fleet = fleet(&test, &crm);
        let scene = seed(&fleet, &crm, |seeder| scene(seeder, SESSIONS)).await;
        fleet.start_all().await;
        let (load, clients) = Load::start(fleet.caller(), scene);
        load.some_more().await;
        assert_eq!(ask_all(&load).await, SESSIONS, "not everybody was let in before");

        let sent = Instant::now();
        crm.lock().records.put(in_the_crm(2, "ended"));
        let told = send(&load.caller, 0, json!([contract(2, "ended")])).await;
        let served = ask_all(&load).await;
        let all_asked = told.elapsed();
        assert_eq!(served, 0, "sessions were served after the acknowledgement");
        let until = Instant::now();

        let interval = u64::from(fleet.settings.connections[0].poll_seconds);
        let mut polls = Vec::new();
        for round in 0..POLLS {
            let back = 2 * round + 3;
            crm.lock().records.put(in_the_crm(back, "active"));
            send(&load.caller, 0, json!([contract(back, "active")])).await;
            load.some_more().await;
            let from = Instant::now();
            crm.lock().records.put(in_the_crm(back + 1, "ended"));
            tokio::time::sleep(Duration::from_secs(interval + 5)).await;
            polls.push((from, Instant::now()));
        }
        load.stop.store(true, Ordering::SeqCst);
        let mut asked = Vec::new();
        for client in clients {
            asked.extend(client.await.unwrap());
        }
        println!(
            "{:?}, {} nodes, {SESSIONS} sessions, {} requests beside: event acknowledged after {} ms, the last request served was sent {} ms after the event; every session asked once and refused {} ms after the acknowledgement",
            test.db.engine(),
            fleet.len(),
            asked.len(),
            ms(told - sent),
            ms(last_served(&asked, sent, until)),
            ms(all_asked),
        );
        for (from, until) in polls {
            let last = last_served(&asked, from, until);
            println!("by the feed alone, read every {interval} s: the last request served was sent {} ms after the CRM's change", ms(last));
            assert!(last <= Duration::from_secs(interval + 2), "{last:?}");
        }
        assert!(
            last_served(&asked, told, until).is_zero(),
            "served after the acknowledgement"
        );
    })
    .await;
}
