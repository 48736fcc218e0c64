//! Orders and cases: what an account bought and what it asked. Sample data and tests fill them, the
//! CRM's own screen shows them; the change feed does not know them.

use super::{model::LeadStatus, records, store};
use crate::{
    crm::port::{About, Case, HELD, HandOver, LeadStage, Manager, Overview, Part, ROWS, Successor},
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{CrmRecordId, Id},
    },
    on,
};

crate::text_enum! {
    /// Where an order stands.
    pub enum OrderStatus {
        /// Came in.
        Open = "open",
        /// Will be delivered.
        Confirmed = "confirmed",
        /// On its way.
        Shipped = "shipped",
        /// There.
        Delivered = "delivered",
        /// Will not come.
        Cancelled = "cancelled",
    }
}

crate::text_enum! {
    /// Where a case stands.
    pub enum CaseStatus {
        /// Nobody has looked at it.
        New = "new",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// The company has to answer something.
        Waiting = "waiting",
        /// Settled.
        Solved = "solved",
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Order {
    /// Which.
    pub id: CrmRecordId,
    /// Whose.
    pub account_id: CrmRecordId,
    /// The number people know; unique.
    pub number: String,
    /// Its day, `YYYY-MM-DD`.
    pub placed_on: String,
    /// What it costs: `1250.50`.
    pub total: String,
    /// In which currency: `EUR`.
    pub currency: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// Last change.
    pub updated_at: Instant,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredCase {
    /// Which.
    pub id: CrmRecordId,
    /// Whose.
    pub account_id: CrmRecordId,
    /// Who answers for it at the company.
    pub contact_id: Option<CrmRecordId>,
    /// Where it waits when nobody at the company answers for it; usually empty.
    pub queue: String,
    /// The number people know; unique.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub status: CaseStatus,
    /// The day it was opened, `YYYY-MM-DD`.
    pub opened_on: String,
    /// Last change.
    pub updated_at: Instant,
}

/// Stores an order; one with the same number is changed.
///
/// # Errors
/// When the database refuses.
pub async fn put_order(tx: &mut Tx, order: &Order) -> Result<(), Error> {
    Ok(on!(tx, |c| sqlx::query(store::PUT_ORDER)
        .bind(&order.id)
        .bind(&order.account_id)
        .bind(&order.number)
        .bind(&order.placed_on)
        .bind(&order.total)
        .bind(&order.currency)
        .bind(order.status)
        .bind(order.updated_at)
        .execute(c)
        .await
        .map(drop))?)
}

/// Stores a case; one with the same number is changed.
///
/// # Errors
/// When the database refuses.
pub async fn put_case(tx: &mut Tx, case: &StoredCase) -> Result<(), Error> {
    Ok(on!(tx, |c| sqlx::query(store::PUT_CASE)
        .bind(&case.id)
        .bind(&case.account_id)
        .bind(&case.contact_id)
        .bind(&case.number)
        .bind(&case.subject)
        .bind(case.status)
        .bind(&case.opened_on)
        .bind(case.updated_at)
        .execute(c)
        .await
        .map(drop))?)
}

/// The latest orders of an account, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_orders(conn: &mut Conn, account: &CrmRecordId) -> Result<Vec<Order>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::ORDERS_OF_ACCOUNT)
        .bind(account)
        .bind(limit(ROWS))
        .fetch_all(c)
        .await)?)
}

/// The open cases of an account, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_cases(conn: &mut Conn, account: &CrmRecordId) -> Result<Vec<StoredCase>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OPEN_CASES_OF_ACCOUNT)
        .bind(account)
        .bind(limit(ROWS))
        .fetch_all(c)
        .await)?)
}

async fn held(conn: &mut Conn, contact: &CrmRecordId) -> Result<Vec<StoredCase>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OPEN_CASES_OF_CONTACT)
        .bind(contact)
        .bind(limit(HELD))
        .fetch_all(c)
        .await)?)
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn case(stored: StoredCase) -> Case {
    Case {
        number: stored.number,
        subject: stored.subject,
        state: stored.status.to_string(),
        date: stored.opened_on,
    }
}

fn manager(email: String) -> Part<Option<Manager>> {
    Part::Known((!email.is_empty()).then_some(Manager {
        email,
        ..Manager::default()
    }))
}

/// The company at a glance. What an account counts as here is its kind.
pub(super) async fn overview(conn: &mut Conn, about: &About) -> Result<Overview, Error> {
    match about {
        About::Account(id) => of_account(conn, id).await,
        About::Lead { id, portal_key } => of_lead(conn, id.as_deref(), portal_key).await,
    }
}

async fn of_account(conn: &mut Conn, id: &str) -> Result<Overview, Error> {
    let found = match CrmRecordId::parse(id) {
        Ok(id) => records::find_account(conn, &id).await?,
        Err(_) => None,
    };
    let Some(account) = found else {
        return Ok(Overview::nothing());
    };
    let order = |order: Order| crate::crm::port::Order {
        number: order.number,
        date: order.placed_on,
        total: order.total,
        currency: order.currency,
        state: order.status.to_string(),
    };
    let orders = list_orders(conn, &account.id).await?;
    let cases = list_cases(conn, &account.id).await?;
    Ok(Overview {
        manager: manager(account.fields.owner_email),
        orders: Part::Known(orders.into_iter().map(order).collect()),
        cases: Part::Known(cases.into_iter().map(case).collect()),
        lead: Part::NotOffered,
        segments: Part::Known(vec![account.fields.kind.to_string()]),
    })
}

async fn of_lead(conn: &mut Conn, id: Option<&str>, portal_key: &str) -> Result<Overview, Error> {
    let mut found = match id.map(CrmRecordId::parse) {
        Some(Ok(id)) => records::find_lead(conn, &id).await?,
        _ => None,
    };
    if found.is_none() {
        let by_key: Vec<super::model::Lead> = on!(conn, |c| sqlx::query_as(store::LEADS_BY_KEY)
            .bind(portal_key)
            .fetch_all(c)
            .await)?;
        found = by_key.into_iter().next();
    }
    let Some(lead) = found else {
        return Ok(Overview::nothing());
    };
    let stage = match lead.fields.status.as_str() {
        "" => LeadStatus::New.to_string(),
        word => word.to_owned(),
    };
    Ok(Overview {
        manager: manager(lead.fields.owner_email),
        lead: Part::Known(Some(LeadStage {
            stage,
            score: lead.score.to_string(),
        })),
        ..Overview::nothing()
    })
}

/// The open cases for which a contact answers.
pub(super) async fn cases_of(conn: &mut Conn, contact: &str) -> Result<Vec<Case>, Error> {
    let Ok(contact) = CrmRecordId::parse(contact) else {
        return Ok(Vec::new());
    };
    let held = held(conn, &contact).await?;
    Ok(held.into_iter().map(case).collect())
}

/// Hands them over; the numbers of those that were.
pub(super) async fn hand_over(
    tx: &mut Tx,
    cx: &Cx,
    hand_over: &HandOver,
) -> Result<Vec<String>, Error> {
    let (to, queue) = match &hand_over.to {
        Successor::Contact { id } => (CrmRecordId::parse(id).ok(), ""),
        Successor::Queue { id } => (None, id.as_str()),
    };
    let (Ok(contact), true) = (
        CrmRecordId::parse(&hand_over.contact_id),
        to.is_some() || !queue.is_empty(),
    ) else {
        return Ok(Vec::new());
    };
    let mut numbers = Vec::new();
    for case in held(tx, &contact).await? {
        let moved: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::HAND_CASE_OVER)
            .bind(&case.id)
            .bind(&contact)
            .bind(&to)
            .bind(queue)
            .bind(cx.now())
            .fetch_optional(c)
            .await)?;
        numbers.extend(moved.map(|(number,)| number));
    }
    Ok(numbers)
}
