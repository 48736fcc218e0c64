//! A company or a lead at a glance, and the open cases of a person.
//!
//! Cases are tickets where the helpdesk is installed; without it, name another model (`case.object`).

use serde_json::{Value, json};

use super::{
    Odoo,
    calls::Search,
    fields::{LEAD, PARTNER},
    load::Columns,
    values::{self, Row},
};
use crate::{
    crm::port::{
        About, Case, CrmError, HELD, HandOver, LeadStage, Manager, Order, Overview, Part, ROWS,
        Successor,
    },
    settings::Panel,
};

const ORDER_STATES: &[(&str, &str)] = &[
    ("draft", "open"),
    ("sent", "open"),
    ("sale", "confirmed"),
    ("done", "delivered"),
    ("cancel", "cancelled"),
];
const CASE_STATES: &[(&str, &str)] = &[
    ("New", "new"),
    ("In Progress", "in_progress"),
    ("On Hold", "waiting"),
    ("Customer Feedback", "waiting"),
    ("Solved", "solved"),
];
const LEAD_STAGES: &[(&str, &str)] = &[
    ("New", "new"),
    ("Qualified", "qualified"),
    ("Proposition", "working"),
    ("Won", "converted"),
    ("Lost", "lost"),
];

impl Odoo {
    pub(super) async fn glance(&self, about: &About) -> Result<Overview, CrmError> {
        match about {
            About::Account(id) => match id.parse() {
                Ok(id) => self.of_company(id).await,
                Err(_) => Ok(Overview::nothing()),
            },
            About::Lead { id, portal_key } => self.of_lead(id.as_deref(), portal_key).await,
        }
    }

    async fn of_company(&self, id: i64) -> Result<Overview, CrmError> {
        let (company, orders, cases, lead) = tokio::join!(
            self.company(id),
            self.orders(id),
            self.cases_of_company(id),
            self.lead_of_company(id),
        );
        // When not even the company can be read, nothing else is worth showing.
        let (manager, segments) = company?;
        Ok(Overview {
            manager,
            orders,
            cases,
            lead,
            segments,
        })
    }

    fn shows(&self, panel: Panel) -> bool {
        self.panels.shows(panel)
    }

    async fn company(
        &self,
        id: i64,
    ) -> Result<(Part<Option<Manager>>, Part<Vec<String>>), CrmError> {
        let owner = self.names.of("account.owner_email").unwrap_or("user_id");
        let segments = self.names.of("overview.segments");
        let mut fields = vec!["id", owner];
        fields.extend(segments.filter(|_| self.shows(Panel::Segments)));
        let rows = self.some(PARTNER, vec![json!(["id", "=", id])], (&fields, "id", 1));
        let rows = rows.await?;
        let Some(row) = rows.first() else {
            return Ok((Part::NotOffered, Part::NotOffered));
        };
        let manager = if self.shows(Panel::Manager) {
            Part::of(self.manager(row, owner).await)
        } else {
            Part::NotOffered
        };
        let segments = match segments {
            Some(field) if self.shows(Panel::Segments) => Part::of(self.tags(row, field).await),
            _ => Part::NotOffered,
        };
        Ok((manager, segments))
    }

    async fn manager(&self, row: &Row, owner: &str) -> Result<Option<Manager>, CrmError> {
        let Some(user) = values::id(row, owner) else {
            return Ok(None);
        };
        let which = vec![json!(["id", "=", user])];
        let fields = ["name", "login", "email"];
        let users = self.some("res.users", which, (&fields, "id", 1)).await?;
        let Some(user) = users.first() else {
            return Ok(None);
        };
        let login = values::text(user, Some("login"));
        Ok(Some(Manager {
            name: values::text(user, Some("name")),
            email: if login.contains('@') {
                login
            } else {
                values::text(user, Some("email"))
            },
            phone: String::new(),
        }))
    }

    /// The names of tags, or the value of a field that is none.
    async fn tags(&self, row: &Row, field: &str) -> Result<Vec<String>, CrmError> {
        let Some(Value::Array(ids)) = row.get(field) else {
            let text = values::text(row, Some(field));
            return Ok(values::list(&text));
        };
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let which = vec![json!(["id", "in", ids])];
        let tags = self.some("res.partner.category", which, (&["name"], "id", ROWS));
        let tags = tags.await?;
        Ok(tags
            .iter()
            .map(|tag| values::text(tag, Some("name")))
            .collect())
    }

    async fn orders(&self, company: i64) -> Part<Vec<Order>> {
        if !self.shows(Panel::Orders) {
            return Part::NotOffered;
        }
        let model = self.names.of("order.object").unwrap_or("sale.order");
        let account = self.names.of("order.account_id").unwrap_or("partner_id");
        let date = self.names.of("order.date").unwrap_or("date_order");
        let paths = ["number", "date", "total", "currency", "state"];
        let fields = self.fields_named("order", &paths);
        let mut which = vec![json!([account, "child_of", company])];
        if model == "sale.order" {
            // Quotations are no orders yet.
            which.push(json!(["state", "in", ["sale", "done"]]));
        }
        let order = format!("{date} desc, id desc");
        let rows = self.some(model, which, (&fields, &order, ROWS)).await;
        optional(rows).map(|rows| rows.iter().map(|row| self.order(row)).collect())
    }

    async fn cases_of_company(&self, company: i64) -> Part<Vec<Case>> {
        if !self.shows(Panel::Cases) {
            return Part::NotOffered;
        }
        let account = self.names.of("case.account_id").unwrap_or("partner_id");
        let rows = self
            .cases(json!([account, "child_of", company]), ROWS)
            .await;
        optional(rows).map(|rows| rows.iter().map(|row| self.case(row)).collect())
    }

    async fn cases(&self, whose: Value, most: usize) -> Result<Vec<Row>, CrmError> {
        let model = self.names.of("case.object").unwrap_or("helpdesk.ticket");
        let closed = self.names.of("case.is_closed").unwrap_or("stage_id.fold");
        let date = self.names.of("case.date").unwrap_or("create_date");
        let fields = self.fields_named("case", &["number", "subject", "state", "date"]);
        let which = vec![whose, json!([closed, "=", false])];
        let order = format!("{date} desc, id desc");
        self.some(model, which, (&fields, &order, most)).await
    }

    async fn lead_of_company(&self, company: i64) -> Part<Option<LeadStage>> {
        if !self.shows(Panel::Lead) {
            return Part::NotOffered;
        }
        let which = vec![
            json!(["partner_id", "child_of", company]),
            json!(["active", "=", true]),
        ];
        let rows = self
            .some(LEAD, which, (&self.lead_fields(), "id desc", 1))
            .await;
        Part::of(rows).map(|rows| rows.first().map(|row| self.stage(row)))
    }

    async fn of_lead(&self, id: Option<&str>, portal_key: &str) -> Result<Overview, CrmError> {
        let id = id.and_then(|id| id.parse::<i64>().ok());
        let key = self.names.of("lead.portal_key");
        let which = match (id, key) {
            (Some(id), _) => json!(["id", "=", id]),
            (None, Some(key)) if !portal_key.is_empty() => json!([key, "=", portal_key]),
            _ => return Ok(Overview::nothing()),
        };
        let owner = self.names.of("lead.owner_email").unwrap_or("user_id");
        let mut fields = self.lead_fields();
        fields.push(owner);
        let rows = self.some(LEAD, vec![which], (&fields, "id", 1)).await?;
        let Some(row) = rows.first() else {
            return Ok(Overview::nothing());
        };
        let mut overview = Overview::nothing();
        if self.shows(Panel::Manager) {
            overview.manager = Part::of(self.manager(row, owner).await);
        }
        if self.shows(Panel::Lead) {
            overview.lead = Part::Known(Some(self.stage(row)));
        }
        Ok(overview)
    }

    fn lead_fields(&self) -> Vec<&str> {
        let mut fields = self.fields_named("overview", &["stage", "score"]);
        fields.push("id");
        fields
    }

    /// Fields that are named.
    fn fields_named(&self, record: &str, fields: &[&str]) -> Vec<&str> {
        let path = |field: &&str| format!("{record}.{field}");
        fields
            .iter()
            .filter_map(|field| self.names.of(&path(field)))
            .collect()
    }

    async fn some(
        &self,
        model: &str,
        domain: Vec<Value>,
        (fields, order, limit): (&[&str], &str, usize),
    ) -> Result<Vec<Row>, CrmError> {
        let search = Search {
            domain,
            fields,
            limit,
            order,
        };
        self.calls.search_read(model, search).await
    }

    fn word(&self, row: &Row, path: &str, usual: &[(&str, &'static str)]) -> String {
        let theirs = values::text(row, self.names.of(path));
        let ours = self.values.ours(path, &theirs, usual).map(str::to_owned);
        ours.unwrap_or(theirs)
    }

    fn order(&self, row: &Row) -> Order {
        let text = |path: &str| values::text(row, self.names.of(path));
        Order {
            number: text("order.number"),
            date: values::day(row, self.names.of("order.date"), &self.zone),
            total: text("order.total"),
            currency: text("order.currency"),
            state: self.word(row, "order.state", ORDER_STATES),
        }
    }

    fn case(&self, row: &Row) -> Case {
        let text = |path: &str| values::text(row, self.names.of(path));
        Case {
            number: text("case.number"),
            subject: text("case.subject"),
            state: self.word(row, "case.state", CASE_STATES),
            date: values::day(row, self.names.of("case.date"), &self.zone),
        }
    }

    fn stage(&self, row: &Row) -> LeadStage {
        LeadStage {
            stage: self.word(row, "overview.stage", LEAD_STAGES),
            score: values::text(row, self.names.of("overview.score")),
        }
    }

    async fn held(&self, contact: i64) -> Result<Vec<Row>, CrmError> {
        let field = self.names.of("case.contact_id").unwrap_or("partner_id");
        self.cases(json!([field, "=", contact]), HELD).await
    }

    pub(super) async fn held_cases(&self, contact: &str) -> Result<Part<Vec<Case>>, CrmError> {
        let Ok(contact) = contact.parse() else {
            return Ok(Part::Known(Vec::new()));
        };
        match optional(self.held(contact).await) {
            Part::Failed(why) => Err(CrmError::Unreachable(why)),
            part => Ok(part.map(|rows| rows.iter().map(|row| self.case(row)).collect())),
        }
    }

    /// Without a successor a ticket belongs to the company as such, and to the queue's team.
    pub(super) async fn hand_cases_over(&self, it: &HandOver) -> Result<Vec<String>, CrmError> {
        let Ok(contact) = it.contact_id.parse::<i64>() else {
            return Ok(Vec::new());
        };
        let rows = match optional(self.held(contact).await) {
            Part::Known(rows) if !rows.is_empty() => rows,
            Part::Failed(why) => return Err(CrmError::Unreachable(why)),
            _ => return Ok(Vec::new()),
        };
        let field = self.names.of("case.contact_id").unwrap_or("partner_id");
        let mut change = Columns::new();
        match &it.to {
            Successor::Contact { id } => {
                change.insert(format!("{field}/.id"), id.clone());
            }
            Successor::Queue { id } => {
                let company = self.company_of(contact).await?;
                change.insert(format!("{field}/.id"), company);
                change.insert("team_id/.id".to_owned(), id.clone());
            }
        }
        let with_id = |id: i64| {
            let mut row = change.clone();
            row.insert(".id".to_owned(), id.to_string());
            row
        };
        let ids = rows.iter().filter_map(|row| values::id(row, "id"));
        let model = self.names.of("case.object").unwrap_or("helpdesk.ticket");
        let stored = self.store(model, ids.map(with_id).collect()).await?;
        let mut numbers = Vec::new();
        for (row, stored) in rows.iter().zip(stored) {
            let number = self.case(row).number;
            if let Err(verdict) = stored {
                return Err(CrmError::Protocol(format!(
                    "case {number} could not be handed over: {verdict:?}"
                )));
            }
            numbers.push(number);
        }
        Ok(numbers)
    }

    /// The company above a person; empty, which clears a field, when there is none.
    async fn company_of(&self, contact: i64) -> Result<String, CrmError> {
        let which = vec![json!(["id", "=", contact])];
        let fields = ["parent_id"];
        let rows = self.some(PARTNER, which, (&fields, "id", 1)).await?;
        let parent = rows.first().and_then(|row| values::id(row, "parent_id"));
        Ok(parent.map(|id| id.to_string()).unwrap_or_default())
    }
}

/// A model that is not installed is not offered; one that must not be read is not permitted.
fn optional(rows: Result<Vec<Row>, CrmError>) -> Part<Vec<Row>> {
    match rows {
        Err(CrmError::Setup(_) | CrmError::Protocol(_)) => Part::NotOffered,
        rows => Part::of(rows),
    }
}
