//! Records of one object by their modification stamps, from the search index.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Hubspot, records::Object};
use crate::crm::{port::CrmError, rest::Place};

/// Results of one search call.
const PAGE: usize = 200;
/// Calls without news after which a page is given all the same, so that none takes for ever.
const PATIENCE: usize = 20;
/// Milliseconds before the newest stamp within which the index may still be behind.
const OVERLAP: i64 = 300_000;

/// What is followed.
#[derive(Clone)]
pub(super) struct Stream<'a> {
    /// The object type.
    pub(super) object: &'a str,
    /// The property that holds its modification stamp.
    pub(super) stamp: &'a str,
    pub(super) properties: Vec<&'a str>,
    /// Conditions beside those of the place.
    pub(super) only: Vec<Value>,
}

/// A record that has to be told, with its version's parts.
pub(super) struct News {
    pub(super) object: Object,
    pub(super) stamp: i64,
    pub(super) times: i64,
}

#[derive(Deserialize)]
struct Found {
    results: Vec<Object>,
}

fn filter(name: &str, operator: &str, value: i64) -> Value {
    json!({"propertyName": name, "operator": operator, "value": value.to_string()})
}

impl Hubspot {
    /// News of one stream, at most `room`, and whether there may be more.
    pub(super) async fn news(
        &self,
        stream: &Stream<'_>,
        place: &mut Place,
        room: usize,
    ) -> Result<(Vec<News>, bool), CrmError> {
        let room = room.min(PAGE);
        for _ in 0..PATIENCE {
            let (objects, is_last) = self.next(stream, place, room).await?;
            let mut news = Vec::new();
            for object in objects {
                let (Some(id), Some(stamp)) = (object.key(), object.stamp(stream.stamp)) else {
                    continue;
                };
                let content = format!("{:?}", object.properties);
                if let Some(times) = place.news(id, stamp, &content) {
                    news.push(News {
                        object,
                        stamp,
                        times,
                    });
                }
            }
            if is_last {
                place.finish(OVERLAP);
                return Ok((news, false));
            }
            if !news.is_empty() {
                return Ok((news, true));
            }
        }
        Ok((Vec::new(), true))
    }

    /// The next records of a stream, and whether they are the last. Moves the place behind them.
    async fn next(
        &self,
        stream: &Stream<'_>,
        place: &mut Place,
        room: usize,
    ) -> Result<(Vec<Object>, bool), CrmError> {
        let rest = |stamp: i64, after: i64| {
            vec![
                filter(stream.stamp, "EQ", stamp),
                filter("hs_object_id", "GT", after),
            ]
        };
        let groups = vec![
            vec![filter(stream.stamp, "GT", place.stamp)],
            rest(place.stamp, place.after),
        ];
        let mut objects = self.search(stream, groups, stream.stamp, room).await?;
        if objects.len() < room {
            return Ok((objects, true));
        }
        // There is one sort, so records of one stamp come in any order. A page ends between two
        // stamps, or else goes through one stamp by id.
        let stamp_of = |object: Option<&Object>| object.and_then(|it| it.stamp(stream.stamp));
        let last = stamp_of(objects.last()).unwrap_or(place.stamp);
        if stamp_of(objects.first()) != Some(last) {
            objects.retain(|object| stamp_of(Some(object)) != Some(last));
            (place.stamp, place.after) = (last, 0);
            return Ok((objects, false));
        }
        let from = if last == place.stamp { place.after } else { 0 };
        let objects = self
            .search(stream, vec![rest(last, from)], "hs_object_id", room)
            .await?;
        let highest = objects.iter().filter_map(Object::key).max();
        (place.stamp, place.after) = match highest {
            Some(highest) if objects.len() == room => (last, highest),
            _ => (last.saturating_add(1), 0),
        };
        Ok((objects, false))
    }

    async fn search(
        &self,
        stream: &Stream<'_>,
        groups: Vec<Vec<Value>>,
        sort: &str,
        limit: usize,
    ) -> Result<Vec<Object>, CrmError> {
        let group = |mut filters: Vec<Value>| {
            filters.extend(stream.only.iter().cloned());
            json!({ "filters": filters })
        };
        let body = json!({
            "filterGroups": groups.into_iter().map(group).collect::<Vec<_>>(),
            "properties": stream.properties,
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "limit": limit,
            "after": "0",
        });
        let found: Found = self
            .calls
            .post("objects", &[stream.object, "search"], &body)
            .await?;
        Ok(found.results)
    }
}
