//! What a request costs: processor time and latency of the pages that matter, on both databases, as
//! ratios to the portal's own smallest static answer measured in the same run.
//!
//! ```text
//! cargo bench --bench requests -- --people 100000,1000000
//! VESTIBULE_BENCH_POSTGRES_URL=postgres://postgres@127.0.0.1/postgres cargo bench --bench requests
//! ```
//!
//! The server is the real program in a process of its own; processor time is read from /proc, the
//! database server's processes beside it. Needs Linux.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark stops at the first thing that is not as expected"
)]

mod cost;
mod load;
mod program;
mod seed;
mod server;
mod yardstick;

use std::{path::Path, time::Duration};

use cost::Cost;
use load::{Load, Measured};
use seed::{Seeded, seed};
use server::Server;
use vestibule::{db::Database, settings::DatabaseSettings};

/// What the command line asks for.
struct Options {
    people: Vec<u64>,
    clients: usize,
    seconds: u64,
}

fn options() -> Options {
    let mut options = Options {
        people: vec![100_000],
        clients: 16,
        seconds: 5,
    };
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    for pair in arguments.chunks(2) {
        let [name, value] = pair else {
            panic!("each option needs a value: {pair:?}")
        };
        match name.as_str() {
            "--people" => {
                options.people = value
                    .split(',')
                    .map(|count| count.parse().unwrap())
                    .collect();
            }
            "--clients" => options.clients = value.parse().unwrap(),
            "--seconds" => options.seconds = value.parse().unwrap(),
            other => panic!("unknown option {other}; there are --people, --clients, --seconds"),
        }
    }
    options
}

#[tokio::main]
async fn main() {
    let options = options();
    let postgres = std::env::var("VESTIBULE_BENCH_POSTGRES_URL").ok();
    if postgres.is_none() {
        println!("VESTIBULE_BENCH_POSTGRES_URL is not set: only SQLite is measured.");
    }
    println!(
        "{} clients, {} s a row. U is the processor time of one static answer in the same run.",
        options.clients, options.seconds
    );
    for people in &options.people {
        let folder =
            std::env::temp_dir().join(format!("vestibule-bench-{}-{people}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        run(
            &options,
            *people,
            &folder,
            format!("sqlite:{}", folder.join("bench.db").display()),
        )
        .await;
        if let Some(base) = &postgres {
            let name = format!("vestibule_bench_{}_{people}", std::process::id());
            let url = server::create_database(base, &name).await;
            run(&options, *people, &folder, url).await;
            server::drop_database(base, &name).await;
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

async fn run(options: &Options, people: u64, folder: &Path, url: String) {
    let settings = DatabaseSettings {
        url: url.clone().into(),
        ..DatabaseSettings::default()
    };
    let db = Database::open(&settings).await.expect("the database opens");
    db.close().await;
    let mut seeded = seed(&url, people).await;
    seeded.token = program::token(&url).await;
    let server = Server::start(folder, &url).await;
    println!(
        "\n{} with {people} people",
        if url.starts_with("sqlite") {
            "SQLite"
        } else {
            "PostgreSQL"
        }
    );
    beginning(&server, &seeded).await;
    println!(
        "{:<34} {:>9} {:>8} {:>8} {:>7} {:>8} {:>8}",
        "", "req/s", "app µs", "db µs", "U", "p50 ms", "p99 ms"
    );
    let length = Duration::from_secs(options.seconds);
    let mut unit = None;
    for row in rows(&seeded, people) {
        let before = Cost::now(&server).await;
        let measured = load::run(&server, &row, options.clients, length).await;
        let cost = Cost::now(&server).await.since(&before);
        report(&row, &measured, &cost, &mut unit);
    }
    server.stop();
    let (rate, late) = yardstick::invitations(&url, options.clients, length).await;
    println!(
        "{:<34} {rate:>9.0} {:>35.2}",
        "yardstick: its rows, bare", late
    );
}

/// What a start costs, and what a thousand pages leave behind.
async fn beginning(server: &Server, seeded: &Seeded) {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = cost::megabytes(server.pid());
    for _ in 0..1_000 {
        load::once(server.port, &seeded.members_path, &seeded.admin_cookie).await;
    }
    println!(
        "first page {} ms after the start; memory {idle:.1} MB idle, {:.1} MB after 1,000 pages; program {:.1} MB",
        server.first_page.as_millis(),
        cost::megabytes(server.pid()),
        server::program_bytes() as f64 / 1_048_576.0,
    );
}

fn rows(seeded: &Seeded, people: u64) -> Vec<Load> {
    vec![
        Load::get("static bytes", "/assets-favicon", ""),
        Load::get(
            "session gate (forward-auth)",
            "/forward-auth?service=shop",
            &seeded.admin_cookie,
        ),
        Load::get("answers, looks nothing up", "/healthz", ""),
        Load::decision("AuthZEN evaluation", seeded, people),
        Load::claims("claims for a token", seeded, people),
        Load::get(
            "members page, 100 members",
            &seeded.members_path,
            &seeded.admin_cookie,
        ),
        Load::get(
            "members page, 50,000 members",
            &seeded.large_path,
            &seeded.large_cookie,
        ),
        Load::get(
            "members page, near its end",
            &seeded.deep_path,
            &seeded.large_cookie,
        ),
        Load::create_invitation("create invitation", seeded),
        Load::accept_invitation("accept invitation", seeded),
    ]
}

fn report(row: &Load, measured: &Measured, cost: &Cost, unit: &mut Option<f64>) {
    let requests = measured.answers.max(1) as f64;
    let (app, database) = (
        cost.application / requests * 1e6,
        cost.database / requests * 1e6,
    );
    let unit = *unit.get_or_insert(app);
    println!(
        "{:<34} {:>9.0} {:>8.1} {:>8.1} {:>7.1} {:>8.2} {:>8.2}{}",
        row.name,
        measured.per_second,
        app,
        database,
        (app + database) / unit,
        measured.percentile(50.0),
        measured.percentile(99.0),
        if measured.wrong == 0 {
            String::new()
        } else {
            format!("  {} unexpected answers", measured.wrong)
        },
    );
}
