//! What the built-in CRM holds when a demo starts: companies that tell the story.
//!
//! The lists stand in `src/demo/crm/`; the days of contracts are counted from the day of the start.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    crm::{
        builtin::{
            self, List, SaveAccount, SaveContact, SaveContract, SaveLead, Saved,
            model::{
                AccountFields, AccountKind, ContactFields, ContractFields, ContractStatus,
                LeadFields,
            },
        },
        port::Author,
    },
    db::{Database, Error, Tx},
    kernel::{Cx, World, ids::CrmRecordId},
};

/// Number of the company with a live contract.
pub const HARBOUR: &str = "10010";
/// Number of the company whose contract ends soon.
pub const BERGMANN: &str = "10020";
/// Number of the company in grace.
pub const DELTA: &str = "10030";
/// Number of the company whose contract ended.
pub const OLD_MILL: &str = "10040";
/// Number of the partner.
pub const ATLAS: &str = "10050";
/// Number of a customer below the partner.
pub const COASTAL: &str = "10051";

#[derive(Deserialize)]
struct AccountRow {
    number: String,
    name: String,
    kind: AccountKind,
    parent: String,
    domain: String,
    postcode: String,
    vat_number: String,
    owner: String,
}

#[derive(Deserialize)]
struct ContractRow {
    account: String,
    number: String,
    /// Days from the start of the demo.
    first_day: i64,
    last_day: Option<i64>,
    seats: i64,
    products: String,
}

#[derive(Deserialize)]
struct ContactRow {
    account: String,
    number: String,
    given_name: String,
    family_name: String,
    email: String,
    language: String,
    opted_out: bool,
}

#[derive(Deserialize)]
struct OrderRow {
    account: String,
    number: String,
    /// Days from the start of the demo.
    day: i64,
    total: String,
    currency: String,
    status: builtin::OrderStatus,
}

#[derive(Deserialize)]
struct CaseRow {
    account: String,
    contact: String,
    number: String,
    /// Days from the start of the demo.
    day: i64,
    subject: String,
    status: builtin::CaseStatus,
}

#[derive(Deserialize)]
struct LeadRow {
    company: String,
    given_name: String,
    family_name: String,
    email: String,
    owner: String,
}

fn rows<T: DeserializeOwned>(text: &str) -> Result<Vec<T>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(text.as_bytes());
    Ok(reader.deserialize().collect::<Result<_, csv::Error>>()?)
}

/// Fills an empty built-in CRM.
///
/// # Errors
/// When the database refuses or a record is not accepted.
pub async fn seed(db: &Database, world: &World) -> Result<()> {
    let cx = world.system("demo");
    let outcome: Result<Result<()>, Error> = db
        .write(move |tx| Box::pin(async move { Ok(write(tx, &cx).await) }))
        .await;
    outcome?
}

type AccountIds = HashMap<String, CrmRecordId>;

async fn write(tx: &mut Tx, cx: &Cx) -> Result<()> {
    let accounts = accounts(tx, cx).await?;
    contracts(tx, cx, &accounts).await?;
    let contacts = contacts(tx, cx, &accounts).await?;
    orders(tx, cx, &accounts).await?;
    cases(tx, cx, &accounts, &contacts).await?;
    leads(tx, cx).await
}

fn author() -> Author {
    builtin::crm_user("demo", "Sample data", "")
}

fn kept<R>(saved: Saved<R>) -> Result<R> {
    match saved {
        Saved::Created(record) | Saved::Changed(record) | Saved::Unchanged(record) => Ok(record),
        Saved::Newer(_) | Saved::NumberTaken(_) | Saved::Loop | Saved::NotFound => {
            bail!("a sample record was not accepted")
        }
    }
}

fn account_id(accounts: &AccountIds, number: &str) -> Result<CrmRecordId> {
    accounts
        .get(number)
        .cloned()
        .context("a sample record names an unknown account")
}

async fn accounts(tx: &mut Tx, cx: &Cx) -> Result<AccountIds> {
    let mut ids = AccountIds::new();
    for row in rows::<AccountRow>(include_str!("crm/accounts.csv"))? {
        let fields = AccountFields {
            number: row.number.clone(),
            name: row.name,
            kind: row.kind,
            parent_id: ids.get(&row.parent).cloned(),
            domains: List::parse(&row.domain),
            postcode: row.postcode,
            vat_number: row.vat_number,
            owner_email: row.owner,
        };
        let command = SaveAccount {
            id: None,
            from_version: 0,
            fields,
        };
        let account = kept(builtin::save_account(tx, cx, &author(), command).await?)?;
        ids.insert(row.number, account.id);
    }
    Ok(ids)
}

async fn contracts(tx: &mut Tx, cx: &Cx, accounts: &AccountIds) -> Result<()> {
    for row in rows::<ContractRow>(include_str!("crm/contracts.csv"))? {
        let fields = ContractFields {
            account_id: account_id(accounts, &row.account)?,
            number: row.number,
            status: ContractStatus::Active,
            starts_on: day(cx, row.first_day),
            ends_on: row.last_day.map(|days| day(cx, days)).unwrap_or_default(),
            grace_days: None,
            seats: Some(row.seats),
            products: List::parse(&row.products),
        };
        let command = SaveContract {
            id: None,
            from_version: 0,
            fields,
        };
        kept(builtin::save_contract(tx, cx, &author(), command).await?)?;
    }
    Ok(())
}

async fn orders(tx: &mut Tx, cx: &Cx, accounts: &AccountIds) -> Result<()> {
    for row in rows::<OrderRow>(include_str!("crm/orders.csv"))? {
        let order = builtin::Order {
            id: cx.new_id(),
            account_id: account_id(accounts, &row.account)?,
            number: row.number,
            placed_on: day(cx, row.day),
            total: row.total,
            currency: row.currency,
            status: row.status,
            updated_at: cx.now(),
        };
        builtin::put_order(tx, &order).await?;
    }
    Ok(())
}

async fn cases(
    tx: &mut Tx,
    cx: &Cx,
    accounts: &AccountIds,
    contacts: &HashMap<String, CrmRecordId>,
) -> Result<()> {
    for row in rows::<CaseRow>(include_str!("crm/cases.csv"))? {
        let case = builtin::StoredCase {
            id: cx.new_id(),
            account_id: account_id(accounts, &row.account)?,
            contact_id: contacts.get(&row.contact).cloned(),
            queue: String::new(),
            number: row.number,
            subject: row.subject,
            status: row.status,
            opened_on: day(cx, row.day),
            updated_at: cx.now(),
        };
        builtin::put_case(tx, &case).await?;
    }
    Ok(())
}

/// By their numbers.
async fn contacts(
    tx: &mut Tx,
    cx: &Cx,
    accounts: &AccountIds,
) -> Result<HashMap<String, CrmRecordId>> {
    let mut ids = HashMap::new();
    for row in rows::<ContactRow>(include_str!("crm/contacts.csv"))? {
        let fields = ContactFields {
            account_id: account_id(accounts, &row.account)?,
            number: row.number.clone(),
            given_name: row.given_name,
            family_name: row.family_name,
            email: row.email,
            phone: String::new(),
            language: row.language,
            opted_out: row.opted_out,
        };
        let command = SaveContact {
            id: None,
            from_version: 0,
            fields,
        };
        let contact = kept(builtin::save_contact(tx, cx, &author(), command).await?)?;
        ids.insert(row.number, contact.id);
    }
    Ok(ids)
}

async fn leads(tx: &mut Tx, cx: &Cx) -> Result<()> {
    for row in rows::<LeadRow>(include_str!("crm/leads.csv"))? {
        let fields = LeadFields {
            company: row.company,
            given_name: row.given_name,
            family_name: row.family_name,
            email: row.email,
            phone: String::new(),
            language: "en".to_owned(),
            opted_out: false,
            owner_email: row.owner,
            status: "new".to_owned(),
        };
        let command = SaveLead {
            id: None,
            from_version: 0,
            fields,
        };
        kept(builtin::save_lead(tx, cx, &author(), command).await?)?;
    }
    Ok(())
}

/// `YYYY-MM-DD`, so many days from now.
fn day(cx: &Cx, days: i64) -> String {
    let length = Duration::from_secs(days.unsigned_abs() * 86_400);
    let at = if days < 0 {
        cx.now().minus(length)
    } else {
        cx.now().plus(length)
    };
    at.to_jiff().strftime("%Y-%m-%d").to_string()
}
