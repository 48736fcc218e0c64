//! The change feed: change tracking, table by table.
//!
//! A first look gives all rows in pages and then a link; the link gives what changed since, and the
//! next link. The server minds transactions that end late. A link that is older than a week is
//! forgotten there; the table is then read from the beginning, which versions make safe.

use std::{collections::BTreeMap, sync::PoisonError};

use serde::{Deserialize, Serialize};

use super::{
    Dynamics365,
    api::{Page, Row},
    names::Kind,
    odata,
    records::{self, Reader},
};
use crate::crm::port::{CrmError, FeedPage, Record, Skipped};

/// Rows of a page, at most.
const ROWS: usize = 1_000;
/// Users whose addresses are kept.
const USERS: usize = 10_000;

/// Where the feed stands, as the cursor has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The link of each table, below the host.
    links: BTreeMap<String, String>,
    /// The table that is read next.
    #[serde(default)]
    table: usize,
}

impl Dynamics365 {
    /// The next page of the feed: the rows of the first table that has news.
    pub(super) async fn feed(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let mut place: Place = if cursor.is_empty() {
            Place::default()
        } else {
            serde_json::from_str(cursor)
                .map_err(|_| CrmError::Protocol("the cursor is not one of this feed".to_owned()))?
        };
        let mut page = FeedPage::default();
        while let Some(kind) = Kind::ALL.get(place.table).copied() {
            let tracked = self.tracked(kind, &place, limit.clamp(1, ROWS)).await?;
            let link = tracked.next.as_deref().or(tracked.delta.as_deref());
            let link = link.and_then(|link| self.api.below_host(link));
            let link = link.ok_or_else(|| {
                CrmError::Setup(format!(
                    "the table {} gives no link to its changes: switch `Track changes` on",
                    self.names.table(kind)
                ))
            })?;
            place.links.insert(kind.word().to_owned(), link);
            // What changed while the pages were read stands behind their last one.
            if tracked.next.is_none() && tracked.value.is_empty() {
                place.table += 1;
            }
            self.tell(kind, &tracked.value, &mut page).await?;
            if !page.records.is_empty() || !page.skipped.is_empty() {
                break;
            }
        }
        page.more = place.table < Kind::ALL.len();
        if !page.more {
            place.table = 0;
        }
        page.cursor = serde_json::to_string(&place)
            .map_err(|_| CrmError::Protocol("the cursor cannot be written".to_owned()))?;
        Ok(page)
    }

    async fn tracked(&self, kind: Kind, place: &Place, limit: usize) -> Result<Page, CrmError> {
        let prefer = format!("odata.track-changes,odata.maxpagesize={limit}");
        let table = self.names.table(kind);
        if let Some(link) = place.links.get(kind.word()) {
            if let Some(page) = self.api.page(link, &prefer).await? {
                return Ok(page);
            }
            tracing::warn!(
                table,
                "its place in the changes is forgotten; it is read from the beginning"
            );
        }
        let mut columns = self.names.read(kind);
        if matches!(kind, Kind::Contact | Kind::Lead) {
            columns.push("donotemail".to_owned());
        }
        let first = self
            .api
            .path(&format!("/{table}?$select={}", columns.join(",")));
        let page = self.api.page(&first, &prefer).await?;
        page.ok_or_else(|| CrmError::Protocol("a first page is refused".to_owned()))
    }

    async fn tell(&self, kind: Kind, rows: &[Row], page: &mut FeedPage) -> Result<(), CrmError> {
        if matches!(kind, Kind::Account | Kind::Lead) {
            self.learn_users(rows).await?;
        }
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = Reader {
            names: &self.names,
            values: &self.values,
            users: &users,
        };
        for row in rows {
            if row.get("reason").is_some() {
                // Of a deleted row nothing but its id is left.
                if kind == Kind::Contract {
                    page.skipped.push(Skipped {
                        kind: kind.word().to_owned(),
                        id: records::text(row, "id"),
                        reason: "it was deleted; end a contract instead, or its access stays"
                            .to_owned(),
                    });
                }
                continue;
            }
            match reader.record(kind, row) {
                // A contact of nobody's company is no business of the portal.
                Ok(Record::Contact(it)) if it.account_id.is_empty() => {}
                Ok(record) => page.records.push(record),
                Err(skipped) => page.skipped.push(skipped),
            }
        }
        Ok(())
    }

    /// Change tracking takes no joins, so the owners' addresses are asked for by themselves.
    pub(super) async fn learn_users(&self, rows: &[Row]) -> Result<(), CrmError> {
        let owners = rows
            .iter()
            .map(|row| odata::id_key(&records::text(row, "_ownerid_value")));
        let mut unknown: Vec<String> = {
            let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
            owners
                .filter(|id| odata::is_id(id) && !users.contains_key(id))
                .collect()
        };
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        let queries: Vec<String> = unknown
            .chunks(100)
            .map(|part| {
                let filter = odata::one_of("systemuserid", part.iter().map(String::as_str));
                super::api::query(
                    "systemusers",
                    &["systemuserid", "internalemailaddress"],
                    &filter,
                )
            })
            .collect();
        let found = self.api.rows(&queries).await?;
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() > USERS {
            users.clear();
        }
        // A team has no address; it is not asked for again either.
        users.extend(unknown.into_iter().map(|id| (id, String::new())));
        for row in found.iter().flatten() {
            let id = odata::id_key(&records::text(row, "systemuserid"));
            users.insert(id, records::text(row, "internalemailaddress"));
        }
        Ok(())
    }
}
