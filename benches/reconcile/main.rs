//! A comparison of 100,000 contacts with 1,000 differences of every class: what is found, how long it
//! takes, how much memory it needs, and that a run that is killed in the middle goes on.
//!
//! ```text
//! cargo bench --bench reconcile -- --contacts 100000 --seeded 1000
//! VESTIBULE_BENCH_POSTGRES_URL=postgres://postgres@127.0.0.1/postgres cargo bench --bench reconcile
//! ```
//!
//! The CRM is computed in the process, so the figures are the portal's own. Each part is a process
//! of its own: one fills the database, one compares, one is killed half way and one goes on after
//! it. Peak memory is the kernel's (`VmHWM`). Needs Linux.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark stops at the first thing that is not as expected"
)]

#[path = "../../tests/it/support/many.rs"]
mod many;

use std::{
    collections::BTreeMap,
    process::{Child, Command},
    time::{Duration, Instant as Stopwatch},
};

use many::{CONNECTION, Many, Row, Size, found, statements};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tokio_util::sync::CancellationToken;
use vestibule::{
    crm::reconcile::{self, Run, Started},
    db::{Database, Error},
    kernel::{Clock, Instant, Keyring, Random, World},
    settings::DatabaseSettings,
};

/// Records a page; the limit of an adapter that reads in bulk.
const BATCH: u32 = 500;
/// Longer than a run belongs to who carries it.
const PAST_THE_LEASE: i64 = 130_000_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|it| it == name)?;
        arguments.get(place + 1).cloned()
    };
    let number = |name: &str, usual: u64| value(name).map_or(usual, |text| text.parse().unwrap());
    let size = Size {
        contacts: number("--contacts", 100_000),
        seeded: number("--seeded", 1_000),
    };
    match (value("--part"), value("--url")) {
        (Some(part), Some(url)) => one_part(&part, &url, size).await,
        _ => all(size).await,
    }
}

async fn all(size: Size) {
    println!(
        "{} contacts, {} differences of every class",
        size.contacts, size.seeded
    );
    let folder = std::env::temp_dir().join(format!("vestibule-compare-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let url = format!("sqlite:{}", folder.join("bench.db").display());
    engine("SQLite", &url, size).await;
    std::fs::remove_dir_all(&folder).unwrap();
    match std::env::var("VESTIBULE_BENCH_POSTGRES_URL") {
        Ok(base) => {
            let name = format!("vestibule_compare_{}", std::process::id());
            in_server(&base, format!("CREATE DATABASE {name}")).await;
            let url = in_database(&base, &name);
            engine("PostgreSQL", &url, size).await;
            in_server(&base, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        Err(_) => println!("VESTIBULE_BENCH_POSTGRES_URL is not set: only SQLite is measured."),
    }
}

async fn in_server(base: &str, statement: String) {
    let mut connection = PgConnection::connect(base).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
}

/// The same server's address with another database.
fn in_database(base: &str, name: &str) -> String {
    let (server, _) = base.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

async fn engine(name: &str, url: &str, size: Size) {
    println!("\n{name}");
    assert!(part("fill", url, size).wait().unwrap().success());
    assert!(part("compare", url, size).wait().unwrap().success());
    let mut killed = part("compare", url, size);
    let db = open(url).await;
    let half = i64::try_from(size.contacts / 2).unwrap();
    while latest(&db)
        .await
        .is_none_or(|run| run.finished_at.is_some() || run.records < half)
    {
        assert!(
            killed.try_wait().unwrap().is_none(),
            "it ended before it was killed"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let at = latest(&db).await.unwrap();
    println!(
        "killed after {} records, in the phase {}",
        at.records, at.phase
    );
    db.close().await;
    assert!(part("go-on", url, size).wait().unwrap().success());
}

fn part(part: &str, url: &str, size: Size) -> Child {
    let (contacts, seeded) = (size.contacts.to_string(), size.seeded.to_string());
    Command::new(std::env::current_exe().unwrap())
        .args(["--part", part, "--url", url])
        .args(["--contacts", &contacts, "--seeded", &seeded])
        .spawn()
        .unwrap()
}

async fn open(url: &str) -> Database {
    let settings = DatabaseSettings {
        url: url.to_owned().into(),
        ..DatabaseSettings::default()
    };
    Database::open(&settings).await.unwrap()
}

async fn latest(db: &Database) -> Option<Run> {
    let mut conn = db.read().await.unwrap();
    reconcile::latest(&mut conn, CONNECTION).await.unwrap()
}

async fn one_part(part: &str, url: &str, size: Size) {
    let now = Clock::System.now().as_micros();
    match part {
        "fill" => {
            open(url).await.close().await;
            fill(url, size, now - 60_000_000).await;
        }
        "compare" => compare(url, size, Clock::System).await,
        // Nobody waits two minutes here: the one who goes on lives a little later.
        "go-on" => {
            let later = Clock::manual(Instant::from_micros(now + PAST_THE_LEASE));
            compare(url, size, later).await;
        }
        other => panic!("unknown part {other}"),
    }
}

async fn fill(url: &str, size: Size, now: i64) {
    let is_postgres = url.starts_with("postgres");
    let mut all = statements(size, is_postgres, now);
    all.push("ANALYZE".to_owned());
    if is_postgres {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for statement in all {
            connection.execute(AssertSqlSafe(statement)).await.unwrap();
        }
    } else {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        for statement in all {
            connection.execute(AssertSqlSafe(statement)).await.unwrap();
        }
    }
}

async fn compare(url: &str, size: Size, clock: Clock) {
    let db = open(url).await;
    let world = World {
        clock,
        random: Random::System,
        keys: Keyring::new([7; 32]),
    };
    let idle = memory("VmRSS");
    let connections = Many::new(size, u64::MAX).connections(&db, &world, BATCH);
    let cx = world.system("bench");
    let started: Result<Started, Error> = db
        .write(move |tx| Box::pin(async move { reconcile::start(tx, &cx, CONNECTION, "").await }))
        .await;
    started.unwrap();
    let watch = Stopwatch::now();
    let stop = CancellationToken::new();
    let run = reconcile::run_open(&db, &world, &connections, CONNECTION, &stop).await;
    let run = run.unwrap().unwrap();
    let (took, peak) = (watch.elapsed(), memory("VmHWM"));
    let mut conn = db.read().await.unwrap();
    let records = reconcile::find_run(&mut conn, &run)
        .await
        .unwrap()
        .unwrap()
        .records;
    let (found, expected) = (found(&mut conn, &run).await, size.expected());
    println!(
        "{records} records compared in {:.1} s; memory {idle:.0} MB before, {peak:.0} MB at the peak",
        took.as_secs_f64()
    );
    println!(
        "{:<16} {:>8} {:>8} {:>8} {:>8}",
        "class", "seeded", "found", "missed", "invented"
    );
    for (class, [seeded, hit, missed, invented]) in tally(&expected, &found) {
        println!("{class:<16} {seeded:>8} {hit:>8} {missed:>8} {invented:>8}");
    }
    assert!(found == expected, "something was missed or invented");
}

type Rows = std::collections::BTreeSet<Row>;

fn tally(expected: &Rows, found: &Rows) -> BTreeMap<&'static str, [usize; 4]> {
    let mut all: BTreeMap<&'static str, [usize; 4]> = BTreeMap::new();
    for row in expected.union(found) {
        let [seeded, hit, missed, invented] = all.entry(row.0.as_str()).or_default();
        let (is_expected, is_found) = (expected.contains(row), found.contains(row));
        *seeded += usize::from(is_expected);
        *hit += usize::from(is_expected && is_found);
        *missed += usize::from(is_expected && !is_found);
        *invented += usize::from(!is_expected);
    }
    all
}

/// Megabytes of this process, as the kernel counts them.
fn memory(what: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1_024.0
}
