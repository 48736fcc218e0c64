//! A place in a feed that follows modification stamps.
//!
//! A CRM stamps a record before others can see it, and may show it after later ones: its transaction
//! ends late, its search index lags. So a pass over a stream begins some time before the newest stamp,
//! and the place remembers what was told within that time: a record that comes again as it was is not
//! told again, one that shows late is. A second change under the same stamp has other content: the
//! fingerprint tells them apart, and a count keeps versions growing.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde::{Deserialize, Serialize};

/// Where a stream was read to: everything stamped before `stamp`, and under it what has no higher id
/// than `after`. Stamps are whole numbers in the CRM's own unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The stamp that is being read.
    pub stamp: i64,
    /// The highest id read under it; 0 for none.
    pub after: i64,
    /// The newest stamp.
    newest: i64,
    /// What was told of the last time, by id.
    told: BTreeMap<i64, Told>,
}

/// Stamp, fingerprint, and how often it changed under that stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told(i64, u64, i64);

impl Place {
    /// Takes note of a record; the count under its stamp with which it is told, `None` when it was
    /// told already. `content` is what it holds.
    pub fn news(&mut self, id: i64, stamp: i64, content: &str) -> Option<i64> {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let print = hasher.finish();
        let times = match self.told.get(&id) {
            Some(Told(at, known, _)) if *at == stamp && *known == print => return None,
            Some(Told(at, _, times)) if *at == stamp => times.saturating_add(1),
            _ => 0,
        };
        self.told.insert(id, Told(stamp, print, times));
        self.newest = self.newest.max(stamp);
        Some(times)
    }

    /// Ends a pass; the next one begins `overlap` before the newest stamp.
    pub fn finish(&mut self, overlap: i64) {
        self.stamp = self.newest.saturating_sub(overlap).max(0);
        self.after = 0;
        let from = self.stamp;
        self.told.retain(|_, told| told.0 >= from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_change_under_one_stamp_is_news() {
        let mut place = Place::default();
        assert_eq!(place.news(1, 5_000, "a"), Some(0));
        assert_eq!(place.news(1, 5_000, "a"), None);
        assert_eq!(place.news(1, 5_000, "b"), Some(1));
        assert_eq!(place.news(1, 5_001, "b"), Some(0));
        place.finish(600);
        assert_eq!((place.stamp, place.after), (4_401, 0));
        assert_eq!(place.news(1, 5_001, "b"), None);
        assert_eq!(place.news(2, 4_500, "late"), Some(0));
        place.news(3, 9_000, "c");
        place.finish(600);
        assert_eq!(place.told.len(), 1, "only the last time is remembered");
    }
}
