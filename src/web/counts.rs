//! How many requests were answered, by status class, since this process started.

use std::sync::atomic::{AtomicU64, Ordering};

/// The classes, in the order in which they are counted.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Counts answers.
#[derive(Debug, Default)]
pub struct RequestCounts([AtomicU64; 5]);

impl RequestCounts {
    /// Counts one answer with this status.
    pub fn count(&self, status: u16) {
        let class = usize::from(status / 100).saturating_sub(1);
        if let Some(slot) = self.0.get(class) {
            slot.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Each class with its count.
    pub fn by_class(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        CLASSES.into_iter().zip(counts)
    }
}
