//! An account or a lead at a glance, by one composite call; and the open cases of a contact.

use serde_json::{Value, json};

use super::{
    Salesforce,
    api::{Part as Call, PartAnswer, Row, page_rows},
    errors, records, soql,
};
use crate::{
    crm::port::{
        About, Case, CrmError, HELD, HandOver, LeadStage, Manager, Order, Overview, Part, ROWS,
        Successor,
    },
    settings::Panel,
};

/// What an org's usual words for the state of an order mean.
const ORDER_STATES: &[(&str, &str)] = &[("Draft", "open"), ("Activated", "confirmed")];
const CASE_STATES: &[(&str, &str)] = &[
    ("New", "new"),
    ("Working", "in_progress"),
    ("In Progress", "in_progress"),
    ("On Hold", "waiting"),
    ("Waiting on Customer", "waiting"),
    ("Escalated", "escalated"),
];
const LEAD_STAGES: &[(&str, &str)] = &[
    ("New", "new"),
    ("Open - Not Contacted", "new"),
    ("Working - Contacted", "working"),
    ("Nurturing", "working"),
    ("Qualified", "qualified"),
    ("Closed - Converted", "converted"),
    ("Closed - Not Converted", "lost"),
    ("Unqualified", "lost"),
];

/// The part of an overview that a query is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Owner and segments of an account.
    Account,
    /// Owner, stage and score of a lead.
    Lead,
    Orders,
    Cases,
}

impl Salesforce {
    pub(super) async fn glance(&self, about: &About) -> Result<Overview, CrmError> {
        let asked = match about {
            About::Account(id) if soql::is_id(id) => self.of_account(id),
            About::Account(_) => Vec::new(),
            About::Lead { id, portal_key } => self.of_lead(id.as_deref(), portal_key),
        };
        if asked.is_empty() {
            return Ok(Overview::nothing());
        }
        let calls: Vec<Call> = asked
            .iter()
            .map(|(_, query)| Call::query(query, false))
            .collect();
        let (answers, _) = self.api.composite(&calls).await?;
        let mut overview = Overview::nothing();
        for ((what, _), answer) in asked.iter().zip(&answers) {
            self.take(*what, answer, &mut overview);
        }
        Ok(overview)
    }

    fn of_account(&self, id: &str) -> Vec<(Asked, String)> {
        let mut asked = Vec::new();
        if self.shows(Panel::Manager) || self.shows(Panel::Segments) {
            let mut fields = vec!["Id", "Owner.Name", "Owner.Email", "Owner.Phone"];
            fields.extend(self.names.of("overview.segments"));
            let fields = fields.join(",");
            let query = format!("SELECT {fields} FROM Account WHERE Id = {}", soql::text(id));
            asked.push((Asked::Account, query));
        }
        if self.shows(Panel::Orders) {
            asked.push((Asked::Orders, self.orders(id)));
        }
        if self.shows(Panel::Cases) {
            let field = self.names.of("case.account_id").unwrap_or("AccountId");
            asked.push((Asked::Cases, self.cases(field, id, ROWS)));
        }
        asked
    }

    fn of_lead(&self, id: Option<&str>, portal_key: &str) -> Vec<(Asked, String)> {
        let which = match id {
            Some(id) if soql::is_id(id) => format!("Id = {}", soql::text(id)),
            _ if portal_key.is_empty() => return Vec::new(),
            _ => {
                let key = self.names.our_id(super::Kind::Lead);
                format!("{key} = {}", soql::text(portal_key))
            }
        };
        let mut fields = vec!["Id", "Owner.Name", "Owner.Email", "Owner.Phone"];
        fields.extend(self.names.of("lead.status"));
        fields.extend(self.names.of("lead.score_points"));
        let fields = fields.join(",");
        vec![(
            Asked::Lead,
            format!("SELECT {fields} FROM Lead WHERE {which}"),
        )]
    }

    /// Fields of a kind that are named.
    fn named(&self, record: &str, fields: &[&str]) -> Vec<&str> {
        let path = |field: &&str| format!("{record}.{field}");
        fields
            .iter()
            .filter_map(|field| self.names.of(&path(field)))
            .collect()
    }

    fn orders(&self, account: &str) -> String {
        let mut fields = vec!["Id"];
        fields.extend(self.named("order", &["number", "date", "total", "currency", "state"]));
        let date = self.names.of("order.date").unwrap_or("CreatedDate");
        format!(
            "SELECT {} FROM {} WHERE {} = {} ORDER BY {date} DESC LIMIT {ROWS}",
            fields.join(","),
            self.names.of("order.object").unwrap_or("Order"),
            self.names.of("order.account_id").unwrap_or("AccountId"),
            soql::text(account),
        )
    }

    /// Open cases of an account or a contact.
    fn cases(&self, field: &str, id: &str, most: usize) -> String {
        let mut fields = vec!["Id"];
        fields.extend(self.named("case", &["number", "subject", "state", "date"]));
        let date = self.names.of("case.date").unwrap_or("CreatedDate");
        format!(
            "SELECT {} FROM {} WHERE {field} = {} AND {} = false ORDER BY {date} DESC LIMIT {most}",
            fields.join(","),
            self.names.of("case.object").unwrap_or("Case"),
            soql::text(id),
            self.names.of("case.is_closed").unwrap_or("IsClosed"),
        )
    }

    fn take(&self, what: Asked, answer: &PartAnswer, overview: &mut Overview) {
        let rows = Part::of(rows(answer));
        match what {
            Asked::Account => {
                overview.manager =
                    only(self.shows(Panel::Manager), rows.clone()).map(|rows| manager(&rows));
                let field = self.names.of("overview.segments");
                let is_shown = self.shows(Panel::Segments) && field.is_some();
                overview.segments = only(is_shown, rows).map(|rows| segments(&rows, field));
            }
            Asked::Lead => {
                overview.manager =
                    only(self.shows(Panel::Manager), rows.clone()).map(|rows| manager(&rows));
                overview.lead = only(self.shows(Panel::Lead), rows)
                    .map(|rows| rows.first().map(|row| self.stage(row)));
            }
            Asked::Orders => {
                overview.orders = rows.map(|rows| rows.iter().map(|it| self.order(it)).collect());
            }
            Asked::Cases => {
                overview.cases = rows.map(|rows| rows.iter().map(|it| self.case(it)).collect());
            }
        }
    }

    fn word(&self, row: &Row, path: &str, usual: &[(&str, &'static str)]) -> String {
        let theirs = self.field(row, path);
        let ours = self.values.ours(path, &theirs, usual).map(str::to_owned);
        ours.unwrap_or(theirs)
    }

    fn field(&self, row: &Row, path: &str) -> String {
        let name = self.names.of(path);
        name.map_or_else(String::new, |name| records::text(row, name))
    }

    fn day(&self, row: &Row, path: &str) -> String {
        let text = self.field(row, path);
        match soql::read_time(&text) {
            Some(at) => at.to_jiff().to_zoned(self.zone.clone()).date().to_string(),
            None => text,
        }
    }

    fn stage(&self, row: &Row) -> LeadStage {
        LeadStage {
            stage: self.word(row, "lead.status", LEAD_STAGES),
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
        if !soql::is_id(contact) {
            return Ok(Vec::new());
        }
        let field = self.names.of("case.contact_id").unwrap_or("ContactId");
        self.api.rows(&[self.cases(field, contact, HELD)]).await
    }

    pub(super) async fn held_cases(&self, contact: &str) -> Result<Part<Vec<Case>>, CrmError> {
        let rows = match Part::of(self.held(contact).await) {
            Part::Failed(why) => return Err(CrmError::Unreachable(why)),
            part => part,
        };
        Ok(rows.map(|rows| rows.iter().map(|row| self.case(row)).collect()))
    }

    pub(super) async fn hand_cases_over(&self, it: &HandOver) -> Result<Vec<String>, CrmError> {
        let rows = self.held(&it.contact_id).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let object = self.names.of("case.object").unwrap_or("Case");
        let contact = self.names.of("case.contact_id").unwrap_or("ContactId");
        let change = |row: &Row| {
            let mut change = Row::new();
            change.insert("attributes".to_owned(), json!({"type": object}));
            change.insert("Id".to_owned(), records::id(row).into());
            match &it.to {
                Successor::Contact { id } => change.insert(contact.to_owned(), id.as_str().into()),
                Successor::Queue { id } => {
                    change.insert(contact.to_owned(), Value::Null);
                    change.insert("OwnerId".to_owned(), id.as_str().into())
                }
            };
            change
        };
        let changes: Vec<Row> = rows.iter().map(change).collect();
        let call = Call {
            method: "PATCH",
            path: "/composite/sobjects".to_owned(),
            body: Some(json!({"allOrNone": false, "records": changes})),
            headers: &[],
        };
        let (answers, _) = self.api.composite(&[call]).await?;
        let body = answers.first().map(PartAnswer::ok).transpose()?;
        let results = body
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let mut numbers = Vec::new();
        for (row, result) in rows.iter().zip(results) {
            if result.get("success").and_then(Value::as_bool) == Some(true) {
                numbers.push(self.field(row, "case.number"));
            } else {
                let found = errors::complaint(result.get("errors").unwrap_or(&Value::Null));
                return Err(CrmError::Protocol(format!(
                    "case {} could not be handed over: {}",
                    self.field(row, "case.number"),
                    found.code
                )));
            }
        }
        Ok(numbers)
    }
}

fn rows(answer: &PartAnswer) -> Result<Vec<Row>, CrmError> {
    Ok(page_rows(answer.ok()?)?.0)
}

fn only<T>(is_shown: bool, part: Part<T>) -> Part<T> {
    if is_shown { part } else { Part::NotOffered }
}

fn manager(rows: &[Row]) -> Option<Manager> {
    let manager = Manager {
        name: records::text(rows.first()?, "Owner.Name"),
        email: records::text(rows.first()?, "Owner.Email"),
        phone: records::text(rows.first()?, "Owner.Phone"),
    };
    (manager != Manager::default()).then_some(manager)
}

fn segments(rows: &[Row], field: Option<&str>) -> Vec<String> {
    let text = match (rows.first(), field) {
        (Some(row), Some(field)) => records::text(row, field),
        _ => String::new(),
    };
    records::words(&text)
}
