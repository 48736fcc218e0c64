//! The change feed: each object by its modification stamp and id.
//!
//! Salesforce stamps a record when its transaction writes it, in whole seconds, and shows it when the
//! transaction ends. So a record may appear behind our place, and one second may hold two states of a
//! record. At the end of the feed the last minutes are therefore read again, and what was told is
//! remembered; and a record told within its second is told once more when that second is over, with
//! a version one larger.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Salesforce,
    api::{Part, Row, page_rows},
    names::Kind,
    records, soql,
};
use crate::{
    crm::port::{CrmError, FeedPage},
    kernel::Instant,
};

/// A transaction that lasts longer may have its records missed; Salesforce ends most after a minute.
const OVERLAP: Duration = Duration::from_secs(5 * 60);
/// After this long a stamp's second is over for certain.
const SETTLED: Duration = Duration::from_secs(2);
/// Rows of one page of a query.
const ROWS: usize = 2_000;
/// Places whose memory is kept: one feed has one, and a page that is not stored is asked for again.
const PLACES: usize = 8;

/// Where the feed stands, as the cursor has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The last stamp and id of each object, in microseconds.
    at: BTreeMap<String, (i64, String)>,
    /// Whether the end was reached, so that the last minutes are read again.
    #[serde(default)]
    end: bool,
    /// Grows with each page, so that no two are called the same.
    #[serde(default)]
    page: u64,
}

/// What was told of the last minutes: the stamp of each record, and whether its second was over.
type Told = HashMap<(Kind, String), (Instant, bool)>;

/// What was told up to each of the last cursors.
#[derive(Default)]
pub(super) struct Memory(Mutex<VecDeque<(String, Told)>>);

impl Memory {
    fn of(&self, cursor: &str) -> Told {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = places.iter().find(|(known, _)| known == cursor);
        found.map(|(_, told)| told.clone()).unwrap_or_default()
    }

    fn keep(&self, cursor: &str, told: Told) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|(known, _)| known != cursor);
        places.push_back((cursor.to_owned(), told));
        while places.len() > PLACES {
            places.pop_front();
        }
    }
}

/// A row that is to be told.
struct News {
    kind: Kind,
    id: String,
    stamp: Instant,
    is_settled: bool,
    row: Row,
}

impl Salesforce {
    /// The next page of the feed.
    pub(super) async fn feed(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let mut place = read_cursor(cursor)?;
        let limit = limit.clamp(1, ROWS - 1);
        let mut told = self.memory.of(cursor);
        let mut news = None;
        if place.end {
            news = self.last_minutes(&place, &told).await?;
        }
        let is_again = news.is_some();
        let mut news = match news {
            Some(news) => news,
            None => self.behind(&place, limit).await?,
        };
        let more = news.len() > limit;
        news.truncate(limit);
        let mut page = FeedPage {
            more,
            ..FeedPage::default()
        };
        for it in &news {
            self.tell(it, &mut page);
            let at = place.at.entry(it.kind.word().to_owned()).or_default();
            let here = (it.stamp.as_micros(), it.id.clone());
            *at = here.max(at.clone());
            told.insert((it.kind, it.id.clone()), (it.stamp, it.is_settled));
        }
        if news.is_empty() && place.end && !cursor.is_empty() {
            cursor.clone_into(&mut page.cursor);
            return Ok(page);
        }
        // What is left of the last minutes is only found by reading them once more.
        (place.end, place.page) = (is_again || !more, place.page + 1);
        forget_old(&mut told, &place);
        page.cursor = serde_json::to_string(&place)
            .map_err(|_| CrmError::Protocol("the cursor cannot be written".to_owned()))?;
        self.memory.keep(&page.cursor, told);
        Ok(page)
    }

    fn tell(&self, it: &News, page: &mut FeedPage) {
        let version = it.stamp.as_micros() + i64::from(it.is_settled);
        match self.reader().record(it.kind, &it.row, version) {
            Ok(record) => page.records.push(record),
            Err(skipped) => page.skipped.push(skipped),
        }
    }

    /// Everything behind the place, one row more than `limit` at most of each object.
    async fn behind(&self, place: &Place, limit: usize) -> Result<Vec<News>, CrmError> {
        let query = |kind| {
            let at = place.at.get(Kind::word(kind));
            let from = at.map(|(stamp, id)| {
                let (stamp, id) = (soql::time(Instant::from_micros(*stamp)), soql::text(id));
                format!("(SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > {id}))")
            });
            self.feed_query(kind, from, limit + 1)
        };
        let (pages, now) = self.ask(Kind::ALL.map(query)).await?;
        let mut news = Vec::new();
        for (kind, (rows, _)) in Kind::ALL.into_iter().zip(pages) {
            news.extend(rows.into_iter().filter_map(|row| read(kind, row, now)));
        }
        Ok(news)
    }

    /// What of the last minutes was not told yet; `None` when they hold too much to say so.
    async fn last_minutes(
        &self,
        place: &Place,
        told: &Told,
    ) -> Result<Option<Vec<News>>, CrmError> {
        let query = |kind| {
            let at = place.at.get(Kind::word(kind));
            let from = at.map(|(stamp, _)| {
                let from = Instant::from_micros(*stamp).minus(OVERLAP);
                format!("SystemModstamp >= {}", soql::time(from))
            });
            self.feed_query(kind, from, ROWS)
        };
        let (pages, now) = self.ask(Kind::ALL.map(query)).await?;
        let mut news = Vec::new();
        for (kind, (rows, has_more)) in Kind::ALL.into_iter().zip(pages) {
            if has_more || rows.len() >= ROWS {
                return Ok(None);
            }
            let rows = rows.into_iter().filter_map(|row| read(kind, row, now));
            news.extend(rows.filter(|it| {
                let known = told.get(&(kind, it.id.clone()));
                known.is_none_or(|(stamp, settled)| {
                    *stamp != it.stamp || (it.is_settled && !settled)
                })
            }));
        }
        Ok(Some(news))
    }

    fn feed_query(&self, kind: Kind, from: Option<String>, limit: usize) -> Part {
        let mut conditions: Vec<String> = from.into_iter().collect();
        match kind {
            // A contact of nobody's company is somebody's private one.
            Kind::Contact => {
                let account = self.names.of("contact.account_id").unwrap_or("AccountId");
                conditions.push(format!("{account} != null"));
            }
            Kind::Lead => conditions.push("IsConverted = false".to_owned()),
            Kind::Account | Kind::Contract => {}
        }
        let filter = match conditions.as_slice() {
            [] => String::new(),
            all => format!(" WHERE {}", all.join(" AND ")),
        };
        let soql = format!(
            "{}{filter} ORDER BY SystemModstamp, Id LIMIT {limit}",
            self.select(kind)
        );
        // A deleted contract is an ended one, so it has to be seen.
        Part::query(&soql, kind == Kind::Contract)
    }

    async fn ask(
        &self,
        parts: [Part; 4],
    ) -> Result<(Vec<(Vec<Row>, bool)>, Option<Instant>), CrmError> {
        let (answers, now) = self.api.composite(&parts).await?;
        let pages = answers.iter().map(|answer| {
            let body: &Value = answer.ok()?;
            page_rows(body)
        });
        Ok((pages.collect::<Result<_, _>>()?, now))
    }
}

fn read_cursor(cursor: &str) -> Result<Place, CrmError> {
    if cursor.is_empty() {
        return Ok(Place::default());
    }
    serde_json::from_str(cursor)
        .map_err(|_| CrmError::Protocol("the cursor is not one of this feed".to_owned()))
}

fn read(kind: Kind, row: Row, now: Option<Instant>) -> Option<News> {
    let stamp = records::stamp(&row)?;
    Some(News {
        kind,
        id: records::id(&row),
        stamp,
        is_settled: now.is_none_or(|now| now >= stamp.plus(SETTLED)),
        row,
    })
}

/// Keeps what the last minutes may show again.
fn forget_old(told: &mut Told, place: &Place) {
    told.retain(|(kind, _), (stamp, _)| {
        let at = place.at.get(kind.word()).map_or(0, |(stamp, _)| *stamp);
        *stamp >= Instant::from_micros(at).minus(OVERLAP)
    });
}
