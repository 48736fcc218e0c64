//! A company or a lead at a glance, and the open tickets of a contact: v4 associations, then a batch
//! read of what they name.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Hubspot,
    batch::{By, Input},
    fields::{COMPANIES, CONTACTS},
    records::{self, Object},
};
use crate::{
    crm::port::{
        About, Case, CrmError, HELD, HandOver, LeadStage, Manager, Order, Overview, Part, ROWS,
        Successor,
    },
    settings::Panel,
};

/// HubSpot's own type of the link from a ticket to a contact.
const TICKET_TO_CONTACT: u32 = 16;
/// Records that are read to find the latest few: HubSpot gives links in no order.
const MOST: usize = 100;

const ORDER_STATES: &[(&str, &str)] = &[
    ("unfulfilled", "open"),
    ("partially_fulfilled", "confirmed"),
    ("fulfilled", "shipped"),
    ("shipped", "shipped"),
    ("delivered", "delivered"),
    ("cancelled", "cancelled"),
    ("canceled", "cancelled"),
    ("closedwon", "confirmed"),
    ("closedlost", "cancelled"),
];
/// The stages of the pipeline that every account begins with.
const CASE_STATES: &[(&str, &str)] = &[
    ("1", "new"),
    ("2", "waiting"),
    ("3", "in_progress"),
    ("4", "solved"),
];
const STAGES: &[(&str, &str)] = &[
    ("subscriber", "new"),
    ("lead", "new"),
    ("NEW", "new"),
    ("OPEN", "new"),
    ("IN_PROGRESS", "working"),
    ("OPEN_DEAL", "working"),
    ("CONNECTED", "working"),
    ("UNQUALIFIED", "lost"),
    ("marketingqualifiedlead", "working"),
    ("salesqualifiedlead", "qualified"),
    ("opportunity", "qualified"),
    ("customer", "converted"),
    ("evangelist", "converted"),
];

#[derive(Deserialize)]
struct Links {
    #[serde(default)]
    results: Vec<Linked>,
}

#[derive(Deserialize)]
struct Linked {
    #[serde(default)]
    to: Vec<To>,
}

#[derive(Deserialize)]
struct To {
    #[serde(rename = "toObjectId")]
    id: Value,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Owner {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
}

impl Hubspot {
    pub(super) async fn glance(&self, about: &About) -> Result<Overview, CrmError> {
        match about {
            About::Account(id) => self.of_company(id).await,
            About::Lead { id, portal_key } => self.of_lead(id.as_deref(), portal_key).await,
        }
    }

    fn shows(&self, panel: Panel) -> bool {
        self.panels.shows(panel)
    }

    async fn of_company(&self, id: &str) -> Result<Overview, CrmError> {
        let ids = [id.to_owned()];
        let owner = self.names.of("account.owner_email");
        let segments = self.names.of("overview.segments");
        let stage = self.names.of("overview.stage");
        let score = self.names.of("overview.score");
        let wanted: Vec<&str> = [owner, segments, stage, score]
            .into_iter()
            .flatten()
            .collect();
        let found = self.read(COMPANIES, None, &ids, &wanted).await?;
        let Some(company) = found.first() else {
            return Ok(Overview::nothing());
        };
        let (manager, orders, cases) = tokio::join!(
            self.manager(company.raw(owner)),
            self.orders(id),
            self.cases_of_company(id),
        );
        let lead = if self.shows(Panel::Lead) && stage.is_some() {
            Part::Known(self.stage(company, stage, score))
        } else {
            Part::NotOffered
        };
        let segments = match segments {
            Some(name) if self.shows(Panel::Segments) => {
                Part::Known(records::list(company.raw(Some(name))))
            }
            _ => Part::NotOffered,
        };
        Ok(Overview {
            manager,
            orders,
            cases,
            lead,
            segments,
        })
    }

    async fn of_lead(&self, id: Option<&str>, portal_key: &str) -> Result<Overview, CrmError> {
        let (unique, value) = match (id, self.names.of("lead.portal_key")) {
            (Some(id), _) => (None, id),
            (None, Some(key)) if !portal_key.is_empty() => (Some(key), portal_key),
            _ => return Ok(Overview::nothing()),
        };
        let owner = self.names.of("lead.owner_email");
        let (stage, score) = (
            self.names.of("lead.status"),
            self.names.of("lead.score_points"),
        );
        let wanted: Vec<&str> = [owner, stage, score].into_iter().flatten().collect();
        let found = self
            .read(CONTACTS, unique, &[value.to_owned()], &wanted)
            .await?;
        let Some(lead) = found.first() else {
            return Ok(Overview::nothing());
        };
        let mut overview = Overview::nothing();
        overview.manager = self.manager(lead.raw(owner)).await;
        if self.shows(Panel::Lead) {
            overview.lead = Part::Known(self.stage(lead, stage, score));
        }
        Ok(overview)
    }

    async fn manager(&self, owner: &str) -> Part<Option<Manager>> {
        if !self.shows(Panel::Manager) {
            return Part::NotOffered;
        }
        if owner.is_empty() {
            return Part::Known(None);
        }
        let found: Result<Owner, CrmError> = self.calls.get("owners", &[owner]).await;
        Part::of(found).map(|owner| {
            let names = [owner.first_name, owner.last_name];
            let names: Vec<String> = names.into_iter().flatten().collect();
            Some(Manager {
                name: names.join(" ").trim().to_owned(),
                email: owner.email.unwrap_or_default(),
                phone: String::new(),
            })
        })
    }

    fn stage(
        &self,
        object: &Object,
        stage: Option<&str>,
        score: Option<&str>,
    ) -> Option<LeadStage> {
        let theirs = object.text(stage);
        let ours = self.values.ours("lead.status", &theirs, STAGES);
        let stage = ours.map_or(theirs.clone(), str::to_owned);
        (!stage.is_empty()).then(|| LeadStage {
            stage,
            score: object.text(score),
        })
    }

    /// Fields that are named.
    fn named(&self, record: &str, fields: &[&str]) -> Vec<&str> {
        let path = |field: &&str| format!("{record}.{field}");
        fields
            .iter()
            .filter_map(|field| self.names.of(&path(field)))
            .collect()
    }

    /// What is linked to a record, as it stands.
    async fn linked(
        &self,
        (from, id): (&str, &str),
        to: &str,
        properties: &[&str],
    ) -> Result<Vec<Object>, CrmError> {
        let body = json!({ "inputs": [{ "id": id }] });
        let path = [from, to, "batch", "read"];
        // Without any link it is an error of a 207.
        let links: Links = self.calls.post("associations", &path, &body).await?;
        let all = links.results.into_iter().flat_map(|it| it.to);
        let text = |to: To| match to.id {
            Value::String(id) => id,
            other => other.to_string(),
        };
        let mut ids: Vec<String> = all.map(text).collect();
        // Ids grow: the last ones are the newest.
        ids.sort_by_key(|id| std::cmp::Reverse(id.parse::<u64>().unwrap_or_default()));
        ids.dedup();
        ids.truncate(MOST);
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.read(to, None, &ids, properties).await
    }

    async fn orders(&self, company: &str) -> Part<Vec<Order>> {
        if !self.shows(Panel::Orders) {
            return Part::NotOffered;
        }
        let object = self.names.of("order.object").unwrap_or("orders");
        let fields = self.named("order", &["number", "date", "total", "currency", "state"]);
        let found = self.linked((COMPANIES, company), object, &fields).await;
        Part::of(found).map(|mut found| {
            let date = self.names.of("order.date");
            found.sort_by_key(|it| std::cmp::Reverse(records::day(it.raw(date))));
            found.iter().take(ROWS).map(|it| self.order(it)).collect()
        })
    }

    async fn cases_of_company(&self, company: &str) -> Part<Vec<Case>> {
        if !self.shows(Panel::Cases) {
            return Part::NotOffered;
        }
        let cases = self.open_cases((COMPANIES, company), ROWS).await;
        cases.map(|cases| cases.iter().map(|it| self.case(it)).collect())
    }

    /// Tickets without a day on which they were closed, newest first.
    async fn open_cases(&self, of: (&str, &str), most: usize) -> Part<Vec<Object>> {
        let closed = self.names.of("case.is_closed");
        let mut fields = self.named("case", &["number", "subject", "state", "date"]);
        fields.extend(closed);
        let object = self.names.of("case.object").unwrap_or("tickets");
        let found = self.linked(of, object, &fields).await;
        Part::of(found).map(|mut found| {
            found.retain(|it| matches!(it.raw(closed), "" | "false"));
            let date = self.names.of("case.date");
            found.sort_by(|a, b| b.raw(date).cmp(a.raw(date)));
            found.truncate(most);
            found
        })
    }

    fn word(&self, object: &Object, path: &str, usual: &[(&str, &'static str)]) -> String {
        let theirs = object.text(self.names.of(path));
        let ours = self.values.ours(path, &theirs, usual).map(str::to_owned);
        ours.unwrap_or(theirs)
    }

    fn order(&self, object: &Object) -> Order {
        let text = |path: &str| object.text(self.names.of(path));
        Order {
            number: text("order.number"),
            date: records::day(object.raw(self.names.of("order.date"))),
            total: text("order.total"),
            currency: text("order.currency"),
            state: self.word(object, "order.state", ORDER_STATES),
        }
    }

    fn case(&self, object: &Object) -> Case {
        let text = |path: &str| object.text(self.names.of(path));
        Case {
            number: text("case.number"),
            subject: text("case.subject"),
            state: self.word(object, "case.state", CASE_STATES),
            date: records::day(object.raw(self.names.of("case.date"))),
        }
    }

    pub(super) async fn held_cases(&self, contact: &str) -> Result<Part<Vec<Case>>, CrmError> {
        match self.held(contact).await {
            Part::Failed(why) => Err(CrmError::Unreachable(why)),
            part => Ok(part.map(|cases| cases.iter().map(|it| self.case(it)).collect())),
        }
    }

    async fn held(&self, contact: &str) -> Part<Vec<Object>> {
        self.open_cases((CONTACTS, contact), HELD).await
    }

    /// The successor is linked before the leaver is unlinked: a lost answer leaves both, and the
    /// next try ends it.
    pub(super) async fn hand_cases_over(&self, it: &HandOver) -> Result<Vec<String>, CrmError> {
        let cases = match self.held(&it.contact_id).await {
            Part::Known(cases) if !cases.is_empty() => cases,
            Part::Failed(why) => return Err(CrmError::Unreachable(why)),
            _ => return Ok(Vec::new()),
        };
        let object = self.names.of("case.object").unwrap_or("tickets");
        match &it.to {
            Successor::Contact { id } => {
                let links: Vec<(String, String)> = cases
                    .iter()
                    .map(|case| (case.id.clone(), id.clone()))
                    .collect();
                self.associate((object, CONTACTS), TICKET_TO_CONTACT, &links)
                    .await?;
            }
            Successor::Queue { id } => {
                let input = |case: &Object| Input {
                    id: case.id.clone(),
                    properties: BTreeMap::from([("hubspot_owner_id".to_owned(), id.clone())]),
                };
                let inputs: Vec<Input> = cases.iter().map(input).collect();
                let stored = self.write(object, By::Id, &inputs).await?;
                if let Some(Err(verdict)) = stored.into_iter().find(Result::is_err) {
                    return Err(CrmError::Protocol(format!(
                        "a ticket could not be given to the queue: {verdict:?}"
                    )));
                }
            }
        }
        let inputs: Vec<Value> = cases
            .iter()
            .map(|case| json!({"from": {"id": case.id}, "to": [{"id": it.contact_id}]}))
            .collect();
        let path = [object, CONTACTS, "batch", "archive"];
        let body = json!({ "inputs": inputs });
        let answer = self
            .calls
            .send(Method::POST, "associations", &path, Some(&body))
            .await?;
        if !answer.status.is_success() {
            return Err(super::errors::of(&answer));
        }
        Ok(cases.iter().map(|case| self.case(case).number).collect())
    }
}
