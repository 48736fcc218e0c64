//! What is lent stands nowhere: not in rows, files, logs, pages, letters, nor in what the CRM repeats.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

use super::{PAGE, TOKEN, WIPE, join, lend, scene};
use crate::support::{
    crm_stand_in::Fault,
    dump::dump,
    each_engine,
    portal::{OPERATOR, REP},
};

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

// One thread, so that the log of this thread is all of it.
#[tokio::test(flavor = "current_thread")]
async fn the_secret_stands_nowhere() {
    let log = Log::default();
    // With one subscriber alone, a line that a test beside this one reaches first is never logged
    // here: that thread has no subscriber, and its word is kept for all.
    let other = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(io::sink);
    let _other = tracing::Dispatch::new(other.finish());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    each_engine(async |test| {
        let (portal, crm, organization) = scene(&test, 1).await;
        join(&portal, &organization, &["ada", "ben", "eve"]).await;
        let (rep, ops) = (portal.sign_in(REP).await, portal.sign_in(OPERATOR).await);
        let mut pages = Vec::new();
        // Refused, and repeated by the CRM.
        crm.lock().tokens.clear();
        pages.push(lend(&rep, TOKEN, "4", "0").await.expect(422));
        crm.lock().tokens.insert(TOKEN.to_owned());
        pages.push(lend(&rep, TOKEN, "4", "0").await.expect(303));
        for status in [422, 500] {
            let title = format!("You sent Bearer {TOKEN}");
            crm.fail_next(Fault::Problem(status, title));
        }
        portal.state.outbox.drain().await.unwrap();
        crm.fail_next(Fault::Problem(500, format!("Bearer {TOKEN} again")));
        let _ = portal.state.crm.catch_up("crm").await;
        for page in [
            PAGE,
            "/operations",
            "/operations/connections",
            "/operations/deliveries",
            "/operations/dead-letters",
            "/operations/audit",
            "/sales",
        ] {
            pages.push(ops.get(page).await);
            pages.push(rep.get(page).await);
        }
        let mut conn = test.db.read().await.unwrap();
        let delivery: Vec<String> =
            vestibule::on!(conn, |c| sqlx::query_scalar("SELECT id FROM deliveries")
                .fetch_all(c)
                .await)
            .unwrap();
        drop(conn);
        for id in delivery {
            pages.push(ops.get(&format!("/operations/deliveries/{id}")).await);
        }
        let rows = dump(&test).await;
        assert!(!rows.contains(TOKEN), "in a row");
        pages.push(rep.post(WIPE, &[]).await.expect(303));
        for page in &pages {
            assert!(!page.body.contains(TOKEN), "on {}", page.url);
            assert!(!format!("{:?}{}", page.headers, page.url).contains(TOKEN));
        }
        assert!(!dump(&test).await.contains(TOKEN));
        let path = test.settings.url.expose();
        if let Some(file) = path.strip_prefix("sqlite:") {
            for suffix in ["", "-wal"] {
                let bytes = std::fs::read(format!("{file}{suffix}")).unwrap_or_default();
                let is_in = bytes
                    .windows(TOKEN.len())
                    .any(|part| part == TOKEN.as_bytes());
                assert!(!is_in, "in {file}{suffix}");
            }
        }
        portal.clock.advance(Duration::from_secs(1));
    })
    .await;
    let text = log.text();
    let start: String = text.chars().take(1_500).collect();
    assert!(
        text.contains("answered"),
        "the log was kept: {} bytes, {start}",
        text.len()
    );
    assert!(!text.contains(TOKEN), "in the log");
}

// What was sealed is gone too once it is wiped: the file holds no copy of the row as it was.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wiped_leaves_no_sealed_copy_in_the_table() {
    each_engine(async |test| {
        let (portal, _crm, _) = scene(&test, 1).await;
        let rep = portal.sign_in(REP).await;
        lend(&rep, TOKEN, "4", "0").await.expect(303);
        let mut conn = test.db.read().await.unwrap();
        let sealed: String = vestibule::on!(conn, |c| sqlx::query_scalar(
            "SELECT secret FROM credentials"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        drop(conn);
        assert!(sealed.len() > TOKEN.len());
        rep.post(WIPE, &[]).await.expect(303);
        assert!(!dump(&test).await.contains(&sealed));
    })
    .await;
}
