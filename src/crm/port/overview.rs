//! What a CRM tells about a company at a glance, for pages: who looks after it, its latest orders, its
//! open cases, how far a lead has come, segments. And what somebody who leaves still answered for.
//!
//! All of it is shown and none of it decides anything, so it is asked for when a page wants it and
//! is not part of the mirror. Each part stands alone: a CRM may not have it, may not let us read it,
//! or may fail, and the others are shown all the same.

use serde::{Deserialize, Serialize};

use super::{Author, CrmError};
use crate::kernel::{
    ids::{Id, RegistrationId},
    text::one_line,
};

/// Open cases of one contact that are looked at and handed over at once, at most.
pub const HELD: usize = 50;
/// Rows of a list at most.
pub const ROWS: usize = 5;
/// Characters of a text that is shown, at most.
const LONGEST: usize = 200;

/// Which company is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A customer: the account's id in the CRM.
    Account(String),
    /// A company that is only a lead.
    Lead {
        /// The CRM's id, when it is known.
        id: Option<String>,
        /// Our id for it, when the portal made the lead; otherwise empty.
        portal_key: String,
    },
}

/// What stands before a lead in the account of an organization that is only a lead.
pub const LEAD: &str = "lead:";

impl About {
    /// By what names the company in the portal: the account's id, or a lead after [`LEAD`], which is
    /// the CRM's own id or the registration that made it. `linked` is the id that a write came back
    /// with.
    #[must_use]
    pub fn of(account: &str, linked: Option<&str>) -> Self {
        let Some(reference) = account.strip_prefix(LEAD) else {
            return Self::Account(account.to_owned());
        };
        let is_ours = RegistrationId::parse(reference).is_ok();
        let known = (!is_ours).then(|| reference.to_owned());
        Self::Lead {
            id: linked.map(str::to_owned).or(known),
            portal_key: if is_ours { reference } else { "" }.to_owned(),
        }
    }
}

/// One part of an overview.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "state", content = "value", rename_all = "snake_case")]
pub enum Part<T> {
    /// The CRM has no such thing, or the settings leave it out.
    #[default]
    NotOffered,
    /// Our rights there do not suffice; what is missing, for the operator.
    NotPermitted(String),
    /// It could not be read now; why, for the log.
    Failed(String),
    /// What is there.
    Known(T),
}

impl<T> Part<T> {
    /// What a call for this part alone came to.
    #[must_use]
    pub fn of(answer: Result<T, CrmError>) -> Self {
        match answer {
            Ok(value) => Self::Known(value),
            Err(CrmError::AuthBroken(what) | CrmError::Setup(what)) => Self::NotPermitted(what),
            Err(error) => Self::Failed(error.to_string()),
        }
    }

    /// The same part with what is known of it turned into something else.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Part<U> {
        match self {
            Self::NotOffered => Part::NotOffered,
            Self::NotPermitted(what) => Part::NotPermitted(what),
            Self::Failed(why) => Part::Failed(why),
            Self::Known(value) => Part::Known(change(value)),
        }
    }

    /// What is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }
}

/// A company at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Overview {
    /// Who looks after it; known to be nobody when `None`.
    pub manager: Part<Option<Manager>>,
    /// Its latest orders, newest first.
    pub orders: Part<Vec<Order>>,
    /// Its open cases, newest first.
    pub cases: Part<Vec<Case>>,
    /// How far the lead has come.
    pub lead: Part<Option<LeadStage>>,
    /// What it counts as there.
    pub segments: Part<Vec<String>>,
}

/// Who looks after a company.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Manager {
    /// Name; may be empty.
    pub name: String,
    /// Address; may be empty.
    pub email: String,
    /// Phone number; may be empty.
    pub phone: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Order {
    /// The number people know.
    pub number: String,
    /// Its day, `YYYY-MM-DD`.
    pub date: String,
    /// What it costs, as a number with a point: `1250.50`; may be empty.
    pub total: String,
    /// In which currency, `EUR`; may be empty.
    pub currency: String,
    /// Where it stands: a word of ours (`open`, `confirmed`, `shipped`, `delivered`, `cancelled`) or
    /// the CRM's own.
    pub state: String,
}

/// A case: a request, a fault, a complaint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Case {
    /// The number people know.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands: a word of ours (`new`, `in_progress`, `waiting`, `escalated`, `solved`) or the
    /// CRM's own.
    pub state: String,
    /// The day it was opened, `YYYY-MM-DD`.
    pub date: String,
}

/// How far a lead has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadStage {
    /// The stage: a word of ours (`new`, `working`, `qualified`, `converted`, `lost`) or the CRM's own.
    pub stage: String,
    /// The score, as a number; empty when there is none.
    pub score: String,
}

impl Overview {
    /// Nothing that the CRM has.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Shortened to what pages show, whatever the CRM sent.
    #[must_use]
    pub fn bounded(self) -> Self {
        let short = |text: String| one_line(&text, LONGEST);
        Self {
            manager: self.manager.map(|manager| {
                manager.map(|it| Manager {
                    name: short(it.name),
                    email: short(it.email),
                    phone: short(it.phone),
                })
            }),
            orders: self.orders.map(|orders| {
                let orders = orders.into_iter().take(ROWS);
                let orders = orders.map(|it| Order {
                    number: short(it.number),
                    date: short(it.date),
                    total: short(it.total),
                    currency: short(it.currency),
                    state: short(it.state),
                });
                orders.collect()
            }),
            cases: self.cases.map(|cases| {
                let cases = cases.into_iter().take(ROWS);
                let cases = cases.map(|it| Case {
                    number: short(it.number),
                    subject: short(it.subject),
                    state: short(it.state),
                    date: short(it.date),
                });
                cases.collect()
            }),
            lead: self.lead.map(|lead| {
                lead.map(|it| LeadStage {
                    stage: short(it.stage),
                    score: short(it.score),
                })
            }),
            segments: self
                .segments
                .map(|segments| segments.into_iter().take(ROWS).map(short).collect()),
        }
    }
}

/// The contact whose open cases are handed over, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The contact who leaves.
    pub contact_id: String,
    /// Who takes over.
    pub to: Successor,
    /// Who removed the person, for the CRM's own records.
    pub author: Author,
}

/// Who takes over what somebody leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Successor {
    /// Another contact of the same account.
    Contact {
        /// The CRM's id.
        id: String,
    },
    /// A queue or team of the CRM: nobody of the company answers for it, and the CRM's people see it
    /// there.
    Queue {
        /// The CRM's id of it.
        id: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_crm_sends_stays_small() {
        let order = Order {
            number: "x".repeat(10_000),
            ..Order::default()
        };
        let overview = Overview {
            orders: Part::Known(vec![order; 100]),
            segments: Part::Known(vec!["a\nb".to_owned(); 100]),
            ..Overview::default()
        }
        .bounded();
        let orders = overview.orders.known().unwrap();
        assert_eq!(orders.len(), ROWS);
        assert!(orders[0].number.chars().count() <= LONGEST);
        assert_eq!(overview.segments.known().unwrap().len(), ROWS);
        assert!(!overview.segments.known().unwrap()[0].contains('\n'));
    }

    #[test]
    fn a_right_that_is_missing_is_no_failure() {
        let refused = CrmError::AuthBroken("no read access to Case".to_owned());
        let part: Part<()> = Part::of(Err(refused));
        assert_eq!(
            part,
            Part::NotPermitted("no read access to Case".to_owned())
        );
        let part: Part<()> = Part::of(Err(CrmError::Unreachable("gone".to_owned())));
        assert!(matches!(part, Part::Failed(_)));
    }
}
