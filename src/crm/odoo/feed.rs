//! Following `write_date`: companies and people, then contracts, then leads.

use serde_json::{Value, json};

use super::{
    Odoo,
    calls::Search,
    cursor::Cursor,
    fields::{LEAD, PARTNER},
    partners::any,
    records::{self, Known, Partner},
    values::{self, Row},
};
use crate::crm::{
    port::{CrmError, FeedPage, InvitationRequest, Record, Skipped},
    rest::Place,
};

/// Seconds before the newest stamp in which a transaction may still end.
const OVERLAP: i64 = 600;
/// Calls without news after which a page is given all the same, so that none takes for ever.
const PATIENCE: usize = 20;

/// What is read one after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Partners,
    Contracts,
    Leads,
}

/// A record that has to be told, with its version.
struct News {
    row: Row,
    version: i64,
}

impl Odoo {
    /// The next page.
    pub(super) async fn page(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let mut cursor = Cursor::read(cursor)?;
        let mut page = FeedPage::default();
        let now = limit.min(cursor.waiting.len());
        let requests = cursor.waiting.drain(..now);
        page.records.extend(requests.map(Record::InvitationRequest));
        for stream in [Stream::Partners, Stream::Contracts, Stream::Leads] {
            let place = match stream {
                Stream::Partners => &mut cursor.partners,
                Stream::Contracts => &mut cursor.contracts,
                Stream::Leads => &mut cursor.leads,
            };
            let room = limit.saturating_sub(page.records.len());
            if room == 0 {
                page.more = true;
                break;
            }
            let (news, more) = self.stream(stream, place, room).await?;
            page.more = more;
            cursor
                .waiting
                .extend(self.tell(stream, &news, &mut page).await?);
            if more {
                break;
            }
        }
        let room = limit.saturating_sub(page.records.len());
        let now = room.min(cursor.waiting.len());
        let requests = cursor.waiting.drain(..now);
        page.records.extend(requests.map(Record::InvitationRequest));
        page.more |= !cursor.waiting.is_empty();
        page.cursor = cursor.write()?;
        Ok(page)
    }

    /// News of one stream, at most `room`, and whether there may be more.
    async fn stream(
        &self,
        stream: Stream,
        place: &mut Place,
        room: usize,
    ) -> Result<(Vec<News>, bool), CrmError> {
        for _ in 0..PATIENCE {
            let (rows, is_last) = self.rows(stream, place, room).await?;
            let mut news = Vec::new();
            for row in rows {
                let (Some(id), Some(stamp)) = (values::id(&row, "id"), records::changed_at(&row))
                else {
                    continue;
                };
                if let Some(times) = place.news(id, stamp, &content(&row)) {
                    let version = records::version(stamp, times);
                    news.push(News { row, version });
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

    /// The next rows of a stream, and whether they are the last. Moves the place behind them.
    async fn rows(
        &self,
        stream: Stream,
        place: &mut Place,
        room: usize,
    ) -> Result<(Vec<Row>, bool), CrmError> {
        let (second, after) = (place.stamp, place.after);
        let rest_of_second = vec![
            json!(["write_date", ">=", values::time(second)]),
            json!(["write_date", "<", values::time(second + 1)]),
            json!(["id", ">", after]),
        ];
        let later = vec![json!(["write_date", ">=", values::time(second + 1)])];
        let domain = any(vec![later, rest_of_second.clone()]);
        let mut rows = self.read(stream, domain, room, "write_date, id").await?;
        if rows.len() < room {
            return Ok((rows, true));
        }
        // Within a second the order is that of the database's finer stamps, which are not shown. So
        // a page ends between two seconds, or else goes through one second by id.
        let last = rows.last().and_then(records::changed_at).unwrap_or(second);
        let is_one_second = rows.first().and_then(records::changed_at) == Some(last);
        if !is_one_second {
            rows.retain(|row| records::changed_at(row) != Some(last));
            (place.stamp, place.after) = (last, 0);
            return Ok((rows, false));
        }
        let from = if last == second { after } else { 0 };
        let domain = vec![
            json!(["write_date", ">=", values::time(last)]),
            json!(["write_date", "<", values::time(last + 1)]),
            json!(["id", ">", from]),
        ];
        let rows = self.read(stream, domain, room, "id").await?;
        let highest = rows.iter().filter_map(|row| values::id(row, "id")).max();
        (place.stamp, place.after) = match highest {
            Some(highest) if rows.len() == room => (last, highest),
            _ => (last + 1, 0),
        };
        Ok((rows, false))
    }

    async fn read(
        &self,
        stream: Stream,
        domain: Vec<Value>,
        limit: usize,
        order: &str,
    ) -> Result<Vec<Row>, CrmError> {
        let (model, fields, mut whole) = match stream {
            Stream::Partners => (PARTNER, self.names.partner(), partners()),
            Stream::Leads => (LEAD, self.names.lead(), Vec::new()),
            Stream::Contracts => (
                self.names.contract_model.as_str(),
                self.names.contract(),
                self.names.contract_domain.clone(),
            ),
        };
        whole.extend(domain);
        let search = Search {
            domain: whole,
            fields: &fields,
            limit,
            order,
        };
        self.calls.search_read(model, search).await
    }

    /// Puts news on the page; gives the invitations that were asked for on them.
    async fn tell(
        &self,
        stream: Stream,
        news: &[News],
        page: &mut FeedPage,
    ) -> Result<Vec<InvitationRequest>, CrmError> {
        if news.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = news.iter().map(|it| it.row.clone()).collect();
        let known = match stream {
            Stream::Partners => self.owners(&rows, "account.owner_email").await?,
            Stream::Leads => self.owners(&rows, "lead.owner_email").await?,
            Stream::Contracts => self.of_contracts(&rows).await?,
        };
        let mut requests = Vec::new();
        for News { row, version } in news {
            requests.extend(self.tell_one(stream, (row, *version), &known, page));
        }
        Ok(requests)
    }

    fn tell_one(
        &self,
        stream: Stream,
        (row, version): (&Row, i64),
        known: &Known,
        page: &mut FeedPage,
    ) -> Option<InvitationRequest> {
        match stream {
            Stream::Partners => match self.partner(row, version, known) {
                Partner::Company(account) => {
                    page.records.push(Record::Account(account));
                    None
                }
                Partner::Person(contact) => {
                    page.records.push(Record::Contact(contact));
                    records::request(row, "contact", version)
                }
                Partner::Private => None,
            },
            Stream::Leads => {
                page.records
                    .push(Record::Lead(self.lead(row, version, known)));
                records::request(row, "lead", version)
            }
            Stream::Contracts => {
                match self.contract(row, version, known) {
                    Ok(contract) => page.records.push(Record::Contract(contract)),
                    Err(reason) => page.skipped.push(Skipped {
                        kind: "contract".to_owned(),
                        id: records::id_text(row),
                        reason,
                    }),
                }
                None
            }
        }
    }
}

/// Companies, and people of companies; not addresses for invoices and deliveries.
fn partners() -> Vec<Value> {
    any(vec![
        vec![json!(["is_company", "=", true])],
        vec![
            json!(["parent_id", "!=", false]),
            json!(["type", "=", "contact"]),
        ],
    ])
}

fn content(row: &Row) -> String {
    serde_json::to_string(row).unwrap_or_default()
}
