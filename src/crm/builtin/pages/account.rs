//! One account: its contracts, contacts, what stands above and below it, its history.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::RawPathParams, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    history::{self, Entry},
    record_in, shell,
    view::{self, Link, Tag},
};
use crate::{
    access::actors::CrmUser,
    crm::builtin::{
        Order, Place, StoredCase, find_account, list_activities_of_account, list_cases,
        list_contacts, list_contracts, list_orders,
        lists::list_below,
        model::{Account, Activity, Contact, Contract},
    },
    db::Conn,
    kernel::{Cursor, ids::CrmRecordId, text},
    web::{Query, Refusal, Shell, page, urls},
};

const CONTACTS: usize = 50;

/// Where the list of contacts begins.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "crm/account.html")]
struct AccountPage {
    shell: Shell,
    crumbs: Vec<Link>,
    account: Account,
    kind: String,
    domains: String,
    parent: Option<Link>,
    below: Vec<Link>,
    contracts: Vec<ContractRow>,
    orders: Vec<SmallRow>,
    cases: Vec<SmallRow>,
    contacts: Vec<ContactRow>,
    first: Option<String>,
    next: Option<String>,
    history: Vec<Entry>,
    edit_href: String,
    new_contact_href: String,
    new_contract_href: String,
}

struct ContractRow {
    href: String,
    number: String,
    standing: Tag,
    starts: String,
    ends: String,
    seats: String,
    products: String,
}

/// An order or a case.
struct SmallRow {
    number: String,
    text: String,
    state: Tag,
    day: String,
}

struct ContactRow {
    href: String,
    name: String,
    email: String,
    initials: String,
    portal: Tag,
    invitation: Option<Tag>,
    opted_out: bool,
}

/// A contact's name, or the address when there is no name.
pub(super) fn name_of(contact: &Contact) -> String {
    let fields = &contact.fields;
    let name = format!("{} {}", fields.given_name, fields.family_name);
    match name.trim() {
        "" => fields.email.clone(),
        name => name.to_owned(),
    }
}

/// The link to an account.
pub(super) fn link_to(account: &Account) -> Link {
    Link {
        href: urls::CrmAccount {
            record: &account.id,
        }
        .to_string(),
        label: account.fields.name.clone(),
    }
}

/// The way to a record's page: the list of accounts, then the account.
pub(super) fn crumbs(shell: &Shell, account: Option<&Account>) -> Vec<Link> {
    let accounts = Link {
        href: urls::Crm.to_string(),
        label: shell.t("crm-nav-accounts").into_owned(),
    };
    let account = account.map(link_to);
    [Some(accounts), account].into_iter().flatten().collect()
}

/// What the page is made of.
struct Parts {
    account: Account,
    parent: Option<Account>,
    below: Vec<Account>,
    contracts: Vec<Contract>,
    orders: Vec<Order>,
    cases: Vec<StoredCase>,
    contacts: Vec<Contact>,
    activities: Vec<Activity>,
}

async fn read(conn: &mut Conn, id: &CrmRecordId, after: &str) -> Result<Parts, Refusal> {
    let account = find_account(conn, id).await?.ok_or(Refusal::NotFound)?;
    let parent = match &account.fields.parent_id {
        Some(parent) => find_account(conn, parent).await?,
        None => None,
    };
    let after = Cursor::parse(after).map_or_else(Place::default, |cursor| Place {
        key: cursor.key,
        id: cursor.id,
    });
    let limit = i64::try_from(CONTACTS + 1).unwrap_or(i64::MAX);
    Ok(Parts {
        below: list_below(conn, id).await?,
        contracts: list_contracts(conn, id).await?,
        orders: list_orders(conn, id).await?,
        cases: list_cases(conn, id).await?,
        contacts: list_contacts(conn, id, &after, limit).await?,
        activities: list_activities_of_account(conn, id, history::SHOWN).await?,
        account,
        parent,
    })
}

/// Where the list of contacts goes on after its last one.
fn cursor_after(contact: &Contact) -> String {
    let name = format!(
        "{} {}",
        contact.fields.family_name, contact.fields.given_name
    );
    let cursor = Cursor {
        key: text::fold(&name),
        id: contact.id.to_string(),
        backwards: false,
    };
    cursor.encode()
}

/// Shows an account.
///
/// # Errors
/// When there is no such account, or the database refuses.
pub async fn show(
    user: CrmUser,
    params: RawPathParams,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let id = record_in(&params)?;
    let visit = user.visit();
    let mut conn = visit.state.db.read().await?;
    let mut parts = read(&mut conn, &id, &wanted.after).await?;
    drop(conn);
    let more = parts.contacts.len() > CONTACTS;
    parts.contacts.truncate(CONTACTS);
    let shell = shell(&user, parts.account.fields.name.clone());
    let records = names(&parts.contacts, &parts.contracts);
    let place = urls::CrmAccount { record: &id }.to_string();
    let last = parts.contacts.last().filter(|_| more);
    let next = last.map(|last| format!("{place}?after={}#contacts", cursor_after(last)));
    let today = view::today(&shell, &visit.cx);
    let contracts = parts.contracts.iter();
    let contacts = parts.contacts.iter();
    let page_struct = AccountPage {
        crumbs: crumbs(&shell, None),
        kind: view::word(&shell, "crm-kind", parts.account.fields.kind.as_str()),
        domains: parts.account.fields.domains.shown(),
        parent: parts.parent.as_ref().map(link_to),
        below: parts.below.iter().map(link_to).collect(),
        contracts: contracts
            .map(|contract| contract_row(&shell, contract, today))
            .collect(),
        contacts: contacts
            .map(|contact| contact_row(&shell, contact))
            .collect(),
        orders: parts
            .orders
            .iter()
            .map(|it| order_row(&shell, it))
            .collect(),
        cases: parts.cases.iter().map(|it| case_row(&shell, it)).collect(),
        first: (!wanted.after.is_empty()).then(|| format!("{place}#contacts")),
        next,
        history: history::entries(&shell, &visit.state.catalogue, parts.activities, &records),
        edit_href: urls::CrmAccountEdit { record: &id }.to_string(),
        new_contact_href: urls::CrmContactNew { record: &id }.to_string(),
        new_contract_href: urls::CrmContractNew { record: &id }.to_string(),
        account: parts.account,
        shell,
    };
    Ok(page(StatusCode::OK, &page_struct))
}

/// The records of the account that its history may be about.
fn names(contacts: &[Contact], contracts: &[Contract]) -> HashMap<String, Link> {
    let contacts = contacts.iter().map(|contact| {
        let href = urls::CrmContact {
            record: &contact.id,
        }
        .to_string();
        let label = name_of(contact);
        (contact.id.to_string(), Link { href, label })
    });
    let contracts = contracts.iter().map(|contract| {
        let href = urls::CrmContract {
            record: &contract.id,
        }
        .to_string();
        let label = contract.fields.number.clone();
        (contract.id.to_string(), Link { href, label })
    });
    contacts.chain(contracts).collect()
}

fn contract_row(shell: &Shell, contract: &Contract, today: jiff::civil::Date) -> ContractRow {
    let fields = &contract.fields;
    ContractRow {
        href: urls::CrmContract {
            record: &contract.id,
        }
        .to_string(),
        number: fields.number.clone(),
        standing: view::standing(shell, contract, today),
        starts: view::day(shell, &fields.starts_on),
        ends: match fields.ends_on.as_str() {
            "" => shell.t("crm-no-end").into_owned(),
            day => view::day(shell, day),
        },
        seats: fields.seats.map_or_else(
            || shell.t("crm-any-number").into_owned(),
            |seats| seats.to_string(),
        ),
        products: fields.products.shown(),
    }
}

fn order_row(shell: &Shell, order: &Order) -> SmallRow {
    SmallRow {
        number: order.number.clone(),
        text: format!("{} {}", order.total, order.currency),
        state: Tag {
            text: view::word(shell, "overview-order", order.status.as_str()),
            tone: "",
        },
        day: view::day(shell, &order.placed_on),
    }
}

fn case_row(shell: &Shell, case: &StoredCase) -> SmallRow {
    SmallRow {
        number: case.number.clone(),
        text: case.subject.clone(),
        state: Tag {
            text: view::word(shell, "overview-case", case.status.as_str()),
            tone: "",
        },
        day: view::day(shell, &case.opened_on),
    }
}

fn contact_row(shell: &Shell, contact: &Contact) -> ContactRow {
    let name = name_of(contact);
    ContactRow {
        href: urls::CrmContact {
            record: &contact.id,
        }
        .to_string(),
        initials: text::initials(&name),
        name,
        email: contact.fields.email.clone(),
        portal: view::portal_status(shell, &contact.portal.portal_status),
        invitation: view::invitation(shell, &contact.portal.invitation_status),
        opted_out: contact.fields.opted_out,
    }
}
