//! Destinations that come and go while the outbox runs, on every node.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vestibule::{
    db::Error,
    outbox::{Destination, Outbox, Pace, Source},
};

use crate::support::{
    TestDb, each_engine,
    outbox::{SINK, expect, moved, tell},
    sink::Sink,
};

/// A list that the test changes, as a table of subscribers would.
#[derive(Default)]
struct Changing(Mutex<Vec<Arc<Sink>>>);

#[async_trait]
impl Source for Changing {
    async fn destinations(&self) -> Result<Vec<Arc<dyn Destination>>, Error> {
        let now = self.0.lock().unwrap();
        Ok(now
            .iter()
            .map(|sink| sink.clone() as Arc<dyn Destination>)
            .collect())
    }
}

fn node(test: &TestDb, fixed: &Arc<Sink>, source: &Arc<Changing>) -> Outbox {
    let pace = Pace {
        poll: Duration::from_millis(20),
        ..Pace::default()
    };
    let fixed = vec![fixed.clone() as Arc<dyn Destination>];
    let (db, world) = (test.db.clone(), test.world.clone());
    Outbox::with_source(db, world, (fixed, source.clone()), pace)
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}");
}

fn applied(sink: &Sink) -> usize {
    sink.state(|state| state.applied.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_come_and_go_on_every_node() {
    each_engine(async |test| {
        let (fixed, late) = (Sink::new(SINK), Sink::new("late"));
        let source = Arc::new(Changing::default());
        let nodes = [0, 1].map(|_| node(&test, &fixed, &source));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for node in &nodes {
            node.start(&tasks, &stop);
        }
        // Told before anybody serves it: it waits, and holds up nobody.
        tell(&test, "late", "a", moved(1)).await;
        tell(&test, SINK, "a", moved(1)).await;
        until("the fixed lane runs", || applied(&fixed) == 1).await;
        assert_eq!(applied(&late), 0);

        source.0.lock().unwrap().push(late.clone());
        until("a new destination is served", || applied(&late) == 1).await;
        until("every node has a lane for it", || {
            nodes
                .iter()
                .all(|node| node.destinations() == [SINK, "late"])
        })
        .await;
        assert!(nodes[0].destination("late").is_some());

        source.0.lock().unwrap().clear();
        until("every node has closed the lane", || {
            nodes.iter().all(|node| node.destinations() == [SINK])
        })
        .await;
        tell(&test, "late", "a", moved(2)).await;
        tell(&test, SINK, "a", moved(2)).await;
        until("the fixed lane goes on", || applied(&fixed) == 2).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(applied(&late), 1, "a removed destination gets nothing");

        source.0.lock().unwrap().push(late.clone());
        until("it may come back", || applied(&late) == 2).await;
        stop.cancel();
        tasks.close();
        tokio::time::timeout(Duration::from_secs(10), tasks.wait())
            .await
            .expect("a stop ends every lane");
        expect(&test, &[("done", 4)]).await;
    })
    .await;
}
