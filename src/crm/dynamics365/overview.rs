//! An account or a lead at a glance, by one `$batch`; and the open cases of a contact.

use std::sync::PoisonError;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Dynamics365,
    api::{Page, Row},
    batch::{Item, Operation, Outcome},
    errors, odata, records,
};
use crate::{
    crm::port::{
        About, Case, CrmError, HELD, HandOver, LeadStage, Manager, Order, Overview, Part, ROWS,
        Successor,
    },
    settings::Panel,
};

/// Active, submitted, cancelled, fulfilled, invoiced.
const ORDER_STATES: &[(&str, &str)] = &[
    ("0", "open"),
    ("1", "confirmed"),
    ("2", "cancelled"),
    ("3", "delivered"),
    ("4", "delivered"),
];
/// In progress, on hold, waiting for details, researching.
const CASE_STATES: &[(&str, &str)] = &[
    ("1", "in_progress"),
    ("2", "waiting"),
    ("3", "waiting"),
    ("4", "in_progress"),
];
/// Open, qualified, disqualified.
const LEAD_STAGES: &[(&str, &str)] = &[("0", "working"), ("1", "qualified"), ("2", "lost")];

/// The part of an overview that a query is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Account,
    Lead,
    Orders,
    Cases,
}

impl Dynamics365 {
    pub(super) async fn glance(&self, about: &About) -> Result<Overview, CrmError> {
        let asked = match about {
            About::Account(id) if odata::is_id(id) => self.of_account(id),
            About::Account(_) => Vec::new(),
            About::Lead { id, portal_key } => self.of_lead(id.as_deref(), portal_key),
        };
        if asked.is_empty() {
            return Ok(Overview::nothing());
        }
        let items: Vec<Item> = asked.iter().map(|(_, below)| self.reading(below)).collect();
        let answers = self.api.batch(&items).await?;
        let mut overview = Overview::nothing();
        for ((what, _), outcomes) in asked.iter().zip(answers) {
            let rows = Part::of(rows(outcomes.first()));
            self.take(*what, rows, &mut overview).await;
        }
        Ok(overview)
    }

    fn reading(&self, below: &str) -> Item {
        Item::Read(Operation {
            method: "GET",
            path: self.api.path(below),
            headers: Vec::new(),
            body: None,
        })
    }

    fn shows(&self, panel: Panel) -> bool {
        self.panels.shows(panel)
    }

    fn of_account(&self, id: &str) -> Vec<(Asked, String)> {
        let mut asked = Vec::new();
        if self.shows(Panel::Manager) || self.shows(Panel::Segments) {
            let mut columns = vec!["accountid", "_ownerid_value"];
            columns.extend(self.names.of("overview.segments"));
            let query = super::api::query("accounts", &columns, &format!("accountid eq {id}"));
            asked.push((Asked::Account, query));
        }
        if self.shows(Panel::Orders) {
            asked.push((Asked::Orders, self.orders(id)));
        }
        if self.shows(Panel::Cases) {
            let column = self.names.of("case.account_id");
            let column = column.unwrap_or("_customerid_value");
            asked.push((Asked::Cases, self.cases(column, id, ROWS)));
        }
        asked
    }

    fn of_lead(&self, id: Option<&str>, portal_key: &str) -> Vec<(Asked, String)> {
        let which = match id {
            Some(id) if odata::is_id(id) => format!("leadid eq {id}"),
            _ if portal_key.is_empty() => return Vec::new(),
            _ => {
                let key = self.names.our_id(crate::crm::matching::Human::Lead);
                format!("{key} eq {}", odata::text(portal_key))
            }
        };
        let mut columns = vec!["leadid", "_ownerid_value"];
        columns.extend(self.names.of("overview.stage"));
        columns.extend(self.names.of("lead.score_points"));
        vec![(Asked::Lead, super::api::query("leads", &columns, &which))]
    }

    /// Columns that are named.
    fn named(&self, record: &str, fields: &[&str]) -> Vec<&str> {
        let path = |field: &&str| format!("{record}.{field}");
        fields
            .iter()
            .filter_map(|field| self.names.of(&path(field)))
            .collect()
    }

    fn newest(&self, query: &str, date: &str, most: usize) -> String {
        let order = odata::encode(&format!("{date} desc"));
        format!("{query}&$orderby={order}&$top={most}")
    }

    fn orders(&self, account: &str) -> String {
        let table = self.names.of("order.object").unwrap_or("salesorders");
        let column = self.names.of("order.account_id");
        let column = column.unwrap_or("_customerid_value");
        let columns = self.named("order", &["number", "date", "total", "currency", "state"]);
        let query = super::api::query(table, &columns, &format!("{column} eq {account}"));
        let date = self.names.of("order.date").unwrap_or("createdon");
        self.newest(&query, date, ROWS)
    }

    /// Open cases of an account or a contact.
    fn cases(&self, column: &str, id: &str, most: usize) -> String {
        let table = self.names.of("case.object").unwrap_or("incidents");
        let closed = self.names.of("case.is_closed").unwrap_or("statecode");
        let columns = self.named("case", &["number", "subject", "state", "date"]);
        let filter = format!("{column} eq {id} and {closed} eq 0");
        let query = super::api::query(table, &columns, &filter);
        let date = self.names.of("case.date").unwrap_or("createdon");
        self.newest(&query, date, most)
    }

    async fn take(&self, what: Asked, rows: Part<Vec<Row>>, overview: &mut Overview) {
        match what {
            Asked::Account => {
                let field = self.names.of("overview.segments");
                if let (Some(field), true) = (field, self.shows(Panel::Segments)) {
                    overview.segments = rows.clone().map(|rows| {
                        let text = rows.first().map(|row| records::text(row, field));
                        records::words(&text.unwrap_or_default())
                    });
                }
                overview.manager = self.manager(rows).await;
            }
            Asked::Lead => {
                if self.shows(Panel::Lead) {
                    let stage = |rows: Vec<Row>| rows.first().map(|row| self.stage(row));
                    overview.lead = rows.clone().map(stage);
                }
                overview.manager = self.manager(rows).await;
            }
            Asked::Orders => {
                overview.orders = rows.map(|rows| rows.iter().map(|it| self.order(it)).collect());
            }
            Asked::Cases => {
                overview.cases = rows.map(|rows| rows.iter().map(|it| self.case(it)).collect());
            }
        }
    }

    /// The owner's address; their name the portal knows from its own list of staff.
    async fn manager(&self, rows: Part<Vec<Row>>) -> Part<Option<Manager>> {
        if !self.shows(Panel::Manager) {
            return Part::NotOffered;
        }
        let rows = match rows {
            Part::Known(rows) => rows,
            other => return other.map(|_| None),
        };
        if let Err(error) = self.learn_users(&rows).await {
            return Part::of(Err(error));
        }
        let owner = rows.first().map(|row| records::text(row, "_ownerid_value"));
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let email = owner.and_then(|id| users.get(&odata::id_key(&id)).cloned());
        let email = email.filter(|email| !email.is_empty());
        Part::Known(email.map(|email| Manager {
            email,
            ..Manager::default()
        }))
    }

    fn field(&self, row: &Row, path: &str) -> String {
        let name = self.names.of(path);
        name.map_or_else(String::new, |name| records::text(row, name))
    }

    fn word(&self, row: &Row, path: &str, usual: &[(&str, &'static str)]) -> String {
        let theirs = self.field(row, path);
        let ours = self.values.ours(path, &theirs, usual).map(str::to_owned);
        ours.unwrap_or(theirs)
    }

    fn day(&self, row: &Row, path: &str) -> String {
        let text = self.field(row, path);
        text.get(..10).unwrap_or(&text).to_owned()
    }

    fn stage(&self, row: &Row) -> LeadStage {
        LeadStage {
            stage: self.word(row, "overview.stage", LEAD_STAGES),
            score: self.field(row, "lead.score_points"),
        }
    }

    fn order(&self, row: &Row) -> Order {
        Order {
            number: self.field(row, "order.number"),
            date: self.day(row, "order.date"),
            total: self.field(row, "order.total"),
            currency: self.field(row, "order.currency"),
            state: self.word(row, "order.state", ORDER_STATES),
        }
    }

    fn case(&self, row: &Row) -> Case {
        Case {
            number: self.field(row, "case.number"),
            subject: self.field(row, "case.subject"),
            state: self.word(row, "case.state", CASE_STATES),
            date: self.day(row, "case.date"),
        }
    }

    async fn held(&self, contact: &str) -> Result<Vec<Row>, CrmError> {
        if !odata::is_id(contact) {
            return Ok(Vec::new());
        }
        let column = self.names.of("case.contact_id");
        let column = column.unwrap_or("_primarycontactid_value");
        let below = self.cases(column, contact, HELD);
        let answers = self.api.batch(&[self.reading(&below)]).await?;
        rows(answers.first().and_then(|outcomes| outcomes.first()))
    }

    pub(super) async fn held_cases(&self, contact: &str) -> Result<Part<Vec<Case>>, CrmError> {
        match Part::of(self.held(contact).await) {
            Part::Failed(why) => Err(CrmError::Unreachable(why)),
            part => Ok(part.map(|rows| rows.iter().map(|row| self.case(row)).collect())),
        }
    }

    pub(super) async fn hand_cases_over(&self, it: &HandOver) -> Result<Vec<String>, CrmError> {
        let cases = self.held(&it.contact_id).await?;
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let table = self.names.of("case.object").unwrap_or("incidents");
        let column = self.names.of("case.contact_id");
        let column = column.unwrap_or("_primarycontactid_value");
        let column = column.trim_start_matches('_').trim_end_matches("_value");
        let bind = format!("{column}@odata.bind");
        let body = match &it.to {
            Successor::Contact { id } => {
                json!({ bind: format!("/contacts({})", odata::id_key(id)) })
            }
            Successor::Queue { id } => json!({
                bind: Value::Null,
                "ownerid@odata.bind": format!("/teams({})", odata::id_key(id)),
            }),
        };
        let id_column = self.case_id();
        let change = |row: &Row| {
            let id = records::text(row, &id_column);
            let below = format!("/{table}({})", odata::id_key(&id));
            Item::Set(vec![Operation {
                method: "PATCH",
                path: self.api.tagged(&below),
                // Changed only when it is there: an upsert would make an empty one.
                headers: vec![("If-Match", "*".to_owned())],
                body: Some(body.clone()),
            }])
        };
        let items: Vec<Item> = cases.iter().map(change).collect();
        let answers = self.api.batch(&items).await?;
        let mut numbers = Vec::new();
        for (row, outcomes) in cases.iter().zip(answers) {
            let number = self.field(row, "case.number");
            match outcomes.first() {
                Some(outcome) if outcome.is_done() => numbers.push(number),
                other => {
                    let outcome = other.cloned().unwrap_or_default();
                    return Err(errors::of_call(outcome.status, &outcome.body, None));
                }
            }
        }
        Ok(numbers)
    }

    /// `incidentid` of the table `incidents`; every row has it.
    fn case_id(&self) -> String {
        let table = self.names.of("case.object").unwrap_or("incidents");
        format!("{}id", table.strip_suffix('s').unwrap_or(table))
    }
}

fn rows(outcome: Option<&Outcome>) -> Result<Vec<Row>, CrmError> {
    let outcome = outcome.cloned().unwrap_or_default();
    if !outcome.is_done() {
        return Err(errors::of_call(outcome.status, &outcome.body, None));
    }
    let page = Page::deserialize(&outcome.body)
        .map_err(|_| CrmError::Protocol("a page without rows".to_owned()))?;
    Ok(page.value)
}
