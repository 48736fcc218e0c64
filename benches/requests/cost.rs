//! Processor time of the portal and of the database server, from /proc.

use crate::server::Server;

/// Processor seconds used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) application: f64,
    pub(crate) database: f64,
}

/// Clock ticks per second on Linux as /proc counts (USER_HZ).
const TICKS: f64 = 100.0;

impl Cost {
    pub(crate) async fn now(server: &Server) -> Self {
        let database = server.database_processes().await;
        Self {
            application: seconds(server.pid()),
            database: database.into_iter().map(seconds).sum(),
        }
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            application: self.application - before.application,
            database: (self.database - before.database).max(0.0),
        }
    }
}

/// User and system time of a process; zero when it is gone.
fn seconds(pid: u32) -> f64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return 0.0;
    };
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    // Fields 14 and 15 of proc(5), counted from the state behind the command's name.
    (ticks(11) + ticks(12)) / TICKS
}

/// Megabytes that a process has to itself, with its share of what it shares (PSS).
pub(crate) fn megabytes(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let pss = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = pss.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1_024.0
}
