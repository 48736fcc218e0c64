//! The feed: companies, then contacts and leads, then contracts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Hubspot,
    fields::{COMPANIES, CONTACTS},
    records::{self, Person},
    stream::{News, Stream},
};
use crate::crm::{
    port::{CrmError, FeedPage, InvitationRequest, Record, Skipped},
    rest::Place,
};

/// Where each stream was read to; stamps are milliseconds.
#[derive(Serialize, Deserialize, Default)]
struct Cursor {
    companies: Place,
    contacts: Place,
    contracts: Place,
    /// Invitations that did not fit on the page of their record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<InvitationRequest>,
}

#[derive(Clone, Copy)]
enum Which {
    Companies,
    Contacts,
    Contracts,
}

impl Hubspot {
    /// The next page.
    pub(super) async fn page(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let unreadable =
            |_| CrmError::Protocol("the place in the feed is not one of ours".to_owned());
        let mut cursor: Cursor = match cursor {
            "" => Cursor::default(),
            text => serde_json::from_str(text).map_err(unreadable)?,
        };
        let mut page = FeedPage::default();
        give_waiting(&mut cursor, &mut page, limit);
        for which in [Which::Companies, Which::Contacts, Which::Contracts] {
            let room = limit.saturating_sub(page.records.len());
            if room == 0 {
                page.more = true;
                break;
            }
            let place = match which {
                Which::Companies => &mut cursor.companies,
                Which::Contacts => &mut cursor.contacts,
                Which::Contracts => &mut cursor.contracts,
            };
            let (news, more) = self.news(&self.stream(which), place, room).await?;
            page.more = more;
            let requests = self.tell(which, &news, &mut page).await?;
            cursor.waiting.extend(requests);
            if more {
                break;
            }
        }
        give_waiting(&mut cursor, &mut page, limit);
        page.more |= !cursor.waiting.is_empty();
        page.cursor = serde_json::to_string(&cursor).map_err(unreadable)?;
        Ok(page)
    }

    fn stream(&self, which: Which) -> Stream<'_> {
        let (object, stamp, properties) = match which {
            Which::Companies => (COMPANIES, "hs_lastmodifieddate", self.names.company()),
            Which::Contacts => (CONTACTS, "lastmodifieddate", self.names.person()),
            Which::Contracts => return self.contracts_with(self.names.contract()),
        };
        Stream {
            object,
            stamp,
            properties,
            only: Vec::new(),
        }
    }

    /// The contracts as a stream with these properties.
    pub(super) fn contracts_with<'a>(&'a self, properties: Vec<&'a str>) -> Stream<'a> {
        let pipeline = self.names.pipeline.as_str();
        let only = json!({"propertyName": "pipeline", "operator": "EQ", "value": pipeline});
        Stream {
            object: &self.names.contracts,
            stamp: "hs_lastmodifieddate",
            properties,
            only: Vec::from_iter((!pipeline.is_empty()).then_some(only)),
        }
    }

    /// Puts news on the page; gives the invitations that were asked for on them.
    async fn tell(
        &self,
        which: Which,
        news: &[News],
        page: &mut FeedPage,
    ) -> Result<Vec<InvitationRequest>, CrmError> {
        let mut requests = Vec::new();
        if news.is_empty() {
            return Ok(requests);
        }
        if let Which::Contracts = which {
            self.tell_contracts(news, page).await?;
            return Ok(requests);
        }
        let path = match which {
            Which::Companies => "account.owner_email",
            _ => "lead.owner_email",
        };
        let owned = |it: &News| !it.object.raw(self.names.of(path)).is_empty();
        let owners = if news.iter().any(owned) {
            self.owners().await?
        } else {
            BTreeMap::new()
        };
        for it in news {
            let version = records::version(it.stamp, it.times);
            if let Which::Companies = which {
                let account = self.account(&it.object, version, &owners);
                page.records.push(Record::Account(account));
                continue;
            }
            match self.person(&it.object, version, &owners) {
                Person::Contact(contact) => {
                    page.records.push(Record::Contact(contact));
                    requests.extend(records::request(&it.object, false, version));
                }
                Person::Lead(lead) => {
                    page.records.push(Record::Lead(lead));
                    requests.extend(records::request(&it.object, true, version));
                }
                Person::Unfinished => {}
            }
        }
        Ok(requests)
    }

    async fn tell_contracts(&self, news: &[News], page: &mut FeedPage) -> Result<(), CrmError> {
        let ids: Vec<&str> = news.iter().map(|it| it.object.id.as_str()).collect();
        let companies = self.companies_of(&ids).await?;
        for it in news {
            let version = records::version(it.stamp, it.times);
            match self.contract(&it.object, version, companies.get(&it.object.id)) {
                Ok(contract) => page.records.push(Record::Contract(contract)),
                Err(reason) => page.skipped.push(Skipped {
                    kind: "contract".to_owned(),
                    id: it.object.id.clone(),
                    reason,
                }),
            }
        }
        Ok(())
    }
}

fn give_waiting(cursor: &mut Cursor, page: &mut FeedPage, limit: usize) {
    let room = limit.saturating_sub(page.records.len());
    let now = room.min(cursor.waiting.len());
    let requests = cursor.waiting.drain(..now);
    page.records.extend(requests.map(Record::InvitationRequest));
}
