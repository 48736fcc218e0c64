//! The optional calls: a company at a glance, a contact's open cases, and handing them over. A server
//! that answers 404 does not offer them.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{HttpCrm, answer::Failure};
use crate::{
    crm::port::{
        About, Case, CrmError, HandOver, LeadStage, Manager, Order, Overview, Part, Successor,
    },
    kernel::text::one_line,
};

const SHORT: Duration = Duration::from_secs(5);
const LONGEST_REASON: usize = 120;

/// Answer of `GET overview`. A part that is not there is not offered; `null` says that there is none.
#[derive(Deserialize)]
struct Glance {
    #[serde(default, deserialize_with = "present")]
    manager: Option<Option<Manager>>,
    #[serde(default)]
    orders: Option<Vec<Order>>,
    #[serde(default)]
    cases: Option<Vec<Case>>,
    #[serde(default, deserialize_with = "present")]
    lead: Option<Option<LeadStage>>,
    #[serde(default)]
    segments: Option<Vec<String>>,
    #[serde(default)]
    unavailable: BTreeMap<String, String>,
}

/// Tells `null` from a missing key.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

impl Glance {
    fn part<T>(&self, name: &str, value: Option<T>) -> Part<T> {
        match (self.unavailable.get(name), value) {
            (Some(why), _) if why == "not_permitted" => {
                Part::NotPermitted(format!("the CRM may not show {name}"))
            }
            (Some(why), _) => Part::Failed(one_line(why, LONGEST_REASON)),
            (None, Some(value)) => Part::Known(value),
            (None, None) => Part::NotOffered,
        }
    }
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct HandedOver {
    numbers: Vec<String>,
}

impl HttpCrm {
    pub(super) async fn glance(&self, about: &About) -> Result<Overview, CrmError> {
        let query = match about {
            About::Account(id) => vec![("account_id", id.as_str())],
            About::Lead { id, portal_key } => vec![
                ("lead_id", id.as_deref().unwrap_or_default()),
                ("portal_key", portal_key.as_str()),
            ],
        };
        let request = self.request(Method::GET, &["overview"], SHORT);
        let answer = self.call_for_body(request.query(&query)).await;
        let Some(mut glance) = offered::<Glance>(answer)? else {
            return Ok(Overview::nothing());
        };
        let (manager, orders) = (glance.manager.take(), glance.orders.take());
        let (cases, lead) = (glance.cases.take(), glance.lead.take());
        let segments = glance.segments.take();
        Ok(Overview {
            manager: glance.part("manager", manager),
            orders: glance.part("orders", orders),
            cases: glance.part("cases", cases),
            lead: glance.part("lead", lead),
            segments: glance.part("segments", segments),
        })
    }

    pub(super) async fn held_cases(&self, contact: &str) -> Result<Part<Vec<Case>>, CrmError> {
        let request = self.request(Method::GET, &["contacts", "cases"], SHORT);
        let request = request.query(&[("contact_id", contact)]);
        let answer = offered::<Cases>(self.call_for_body(request).await)?;
        Ok(answer.map_or(Part::NotOffered, |answer| Part::Known(answer.cases)))
    }

    pub(super) async fn hand_cases_over(&self, it: &HandOver) -> Result<Vec<String>, CrmError> {
        let body: Value = json!({
            "contact_id": it.contact_id,
            "to_contact_id": match &it.to {
                Successor::Contact { id } => Some(id),
                Successor::Queue { .. } => None,
            },
            "to_queue": match &it.to {
                Successor::Queue { id } => Some(id),
                Successor::Contact { .. } => None,
            },
            "author": it.author,
        });
        let request = self.request(Method::POST, &["contacts", "hand-over"], SHORT);
        let answer = offered::<HandedOver>(self.call_for_body(request.json(&body)).await)?;
        let numbers = answer.map(|answer| answer.numbers).unwrap_or_default();
        let short = |number: String| one_line(&number, LONGEST_REASON);
        Ok(numbers.into_iter().map(short).collect())
    }
}

/// `None` when the server does not have this call.
fn offered<T: DeserializeOwned>(answer: Result<T, Failure>) -> Result<Option<T>, CrmError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(failure) if failure.status == Some(StatusCode::NOT_FOUND) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}
