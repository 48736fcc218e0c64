//! The change feed: each record once, at the place of its last change.

use sqlx::FromRow;

use super::{
    model::{Account, Contact, Contract, InvitationRequest, Lead, RecordKind},
    store,
};
use crate::{
    crm::port::{self, CrmError, FeedPage, Record},
    db::{Conn, Error},
    on,
};

/// Records on one page at most.
const PAGE: usize = 1_000;

/// Reads a cursor that [`changes`] gave; an empty one is the beginning.
///
/// # Errors
/// [`CrmError::Protocol`] when it is not one of ours.
pub(super) fn parse_cursor(cursor: &str) -> Result<i64, CrmError> {
    if cursor.is_empty() {
        return Ok(0);
    }
    cursor
        .parse()
        .map_err(|_| CrmError::Protocol(format!("{cursor:?} is not a cursor of this feed")))
}

#[derive(FromRow)]
struct Numbered<T> {
    seq: i64,
    #[sqlx(flatten)]
    record: T,
}

#[derive(FromRow)]
struct Entry {
    seq: i64,
    record_kind: RecordKind,
}

/// The records that changed after the feed's number `after`.
///
/// A record that changes while the page is read leaves it and comes again at its new place.
///
/// # Errors
/// When the database refuses.
pub(super) async fn changes(conn: &mut Conn, after: i64, limit: usize) -> Result<FeedPage, Error> {
    let limit = limit.clamp(1, PAGE);
    let mut entries: Vec<Entry> = on!(conn, |c| sqlx::query_as(store::FEED_PAGE)
        .bind(after)
        .bind(i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX))
        .fetch_all(c)
        .await)?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().map_or(after, |entry| entry.seq);
    let has = |kind| entries.iter().any(|entry| entry.record_kind == kind);
    let mut records: Vec<(i64, Record)> = Vec::with_capacity(entries.len());

    macro_rules! collect {
        ($kind:ident, $row:ty, $statement:expr, $convert:expr) => {
            if has(RecordKind::$kind) {
                let rows: Vec<Numbered<$row>> = on!(conn, |c| sqlx::query_as($statement)
                    .bind(after)
                    .bind(last)
                    .fetch_all(c)
                    .await)?;
                records.extend(
                    rows.into_iter()
                        .map(|row| (row.seq, Record::$kind($convert(row.record)))),
                );
            }
        };
    }
    collect!(Account, Account, store::FEED_ACCOUNTS, to_account);
    collect!(Contact, Contact, store::FEED_CONTACTS, to_contact);
    collect!(Contract, Contract, store::FEED_CONTRACTS, to_contract);
    collect!(Lead, Lead, store::FEED_LEADS, to_lead);
    collect!(
        InvitationRequest,
        InvitationRequest,
        store::FEED_REQUESTS,
        to_request
    );

    records.sort_by_key(|(seq, _)| *seq);
    Ok(FeedPage {
        records: records.into_iter().map(|(_, record)| record).collect(),
        cursor: last.to_string(),
        more,
        skipped: Vec::new(),
    })
}

pub(super) fn to_account(account: Account) -> port::Account {
    let fields = account.fields;
    port::Account {
        id: account.id.to_string(),
        version: account.version,
        number: fields.number,
        name: fields.name,
        kind: fields.kind.to_string(),
        parent_id: fields.parent_id.map(|id| id.to_string()),
        domains: fields.domains.0,
        postcode: fields.postcode,
        vat_number: fields.vat_number,
        owner_email: fields.owner_email,
    }
}

pub(super) fn to_contact(contact: Contact) -> port::Contact {
    let fields = contact.fields;
    let membership = contact.portal.portal_membership_id;
    port::Contact {
        id: contact.id.to_string(),
        version: contact.version,
        account_id: fields.account_id.to_string(),
        given_name: fields.given_name,
        family_name: fields.family_name,
        email: fields.email,
        phone: fields.phone,
        language: fields.language,
        opted_out: fields.opted_out,
        portal_membership_id: (!membership.is_empty()).then_some(membership),
    }
}

pub(super) fn to_contract(contract: Contract) -> port::Contract {
    let fields = contract.fields;
    port::Contract {
        id: contract.id.to_string(),
        version: contract.version,
        account_id: fields.account_id.to_string(),
        number: fields.number,
        status: fields.status.to_string(),
        starts_on: fields.starts_on,
        ends_on: fields.ends_on,
        grace_days: fields.grace_days,
        seats: fields.seats,
        products: fields.products.0,
        changed_at: Some(contract.updated_at),
    }
}

fn to_lead(lead: Lead) -> port::Lead {
    let fields = lead.fields;
    port::Lead {
        id: lead.id.to_string(),
        version: lead.version,
        company: fields.company,
        given_name: fields.given_name,
        family_name: fields.family_name,
        email: fields.email,
        phone: fields.phone,
        language: fields.language,
        opted_out: fields.opted_out,
        owner_email: fields.owner_email,
    }
}

fn to_request(request: InvitationRequest) -> port::InvitationRequest {
    port::InvitationRequest {
        id: request.id.to_string(),
        version: request.version,
        contact_id: request.contact_id.map(|id| id.to_string()),
        lead_id: request.lead_id.map(|id| id.to_string()),
        roles: request.roles.0,
        requested_by: request.requested_by,
    }
}
