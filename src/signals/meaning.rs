//! What an event of the log means for who is told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    kernel::{
        Instant,
        ids::{Id, MembershipId, OrganizationId, PersonId},
    },
    outbox::EventFact,
};

/// The event by which the worker tells itself what to tell of one person.
pub(super) const OF_PERSON: &str = "access.ended";
/// The event by which the worker tells itself whose role gives less now.
pub(super) const OF_HOLDERS: &str = "role.lessened";

/// Who made it end, in CAEP's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Initiator {
    User,
    Admin,
    Policy,
    System,
}

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing.
    None,
    /// Of one person.
    Person(Ended),
    /// Of whoever has this membership.
    Membership {
        id: MembershipId,
        /// Roles that were held until then.
        before: Vec<String>,
        initiator: Initiator,
    },
    /// Of everybody in an organization.
    Everybody(Everybody),
    /// Of whoever holds these roles: by role, the services that may be lost, the portal as the empty
    /// name.
    Roles(Lost, Initiator),
    /// Of whoever holds one role.
    Holders(Holders),
}

/// By role, the services that may be lost.
pub(super) type Lost = BTreeMap<String, BTreeSet<String>>;

/// Everybody in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Everybody {
    pub(super) organization: OrganizationId,
    /// Whether sessions have ended, whatever access there still is.
    pub(super) signed_out: bool,
    /// Whose session goes on.
    pub(super) spared: Option<PersonId>,
    pub(super) initiator: Initiator,
}

/// Whoever holds a role, from some membership on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holders {
    pub(super) role: String,
    /// The last membership that was looked at; empty at the beginning.
    pub(super) after: String,
    /// When it happened.
    pub(super) at: Instant,
    pub(super) initiator: Initiator,
}

/// One person's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) person_id: PersonId,
    /// Only this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// Whether sessions have ended; otherwise only access may have, and that is weighed.
    pub(super) signed_out: bool,
    /// Whether they are known to have had a role that reached the service.
    #[serde(default)]
    pub(super) had: bool,
    /// When it happened, where that was before the change was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Instant>,
    pub(super) initiator: Initiator,
}

impl Ended {
    /// An end of access, to be weighed.
    pub(super) fn of_access(person_id: PersonId, initiator: Initiator) -> Self {
        Self {
            person_id,
            session: None,
            signed_out: false,
            had: false,
            at: None,
            initiator,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Data {
    person_id: Option<String>,
    membership_id: Option<String>,
    organization_id: Option<String>,
    session: Option<String>,
    because: String,
    less: bool,
    spared: Option<String>,
    /// Roles of a membership; the state of a contract is no list and none of them.
    before: Value,
    lost: Lost,
    actor: Option<ActorData>,
}

#[derive(Deserialize)]
struct ActorData {
    kind: String,
    #[serde(default)]
    id: String,
}

/// Reads an event.
pub(super) fn of(event: &EventFact) -> Meaning {
    match event.event.as_str() {
        OF_PERSON => {
            return serde_json::from_value(event.data.clone())
                .map_or(Meaning::None, Meaning::Person);
        }
        OF_HOLDERS => {
            return serde_json::from_value(event.data.clone())
                .map_or(Meaning::None, Meaning::Holders);
        }
        _ => {}
    }
    let data: Data = serde_json::from_value(event.data.clone()).unwrap_or_default();
    of_log(&event.event, data)
}

/// What an event of the log means.
fn of_log(event: &str, data: Data) -> Meaning {
    let person = data.person_id.as_deref().and_then(parse::<PersonId>);
    let initiator = match data.because.as_str() {
        // Whoever sits at the browser did it, whichever of their accounts it was.
        "replaced" | "switched" => Initiator::User,
        _ => initiator(data.actor.as_ref(), person.as_ref()),
    };
    let everybody = |signed_out| {
        let organization = data.organization_id.as_deref().and_then(parse);
        organization.map_or(Meaning::None, |organization| {
            Meaning::Everybody(Everybody {
                organization,
                signed_out,
                spared: data.spared.as_deref().and_then(parse),
                initiator,
            })
        })
    };
    match event {
        // Who is kept out is told once: by the event about the person.
        "session.ended" if data.because == "kept_out" => Meaning::None,
        "session.ended" | "person.suspended" => person.map_or(Meaning::None, |person_id| {
            Meaning::Person(Ended {
                session: data.session,
                signed_out: true,
                ..Ended::of_access(person_id, initiator)
            })
        }),
        "organization.signed_out" => everybody(true),
        "contract.changed" | "organization.updated" if !data.less => Meaning::None,
        "contract.changed" | "contract.moved_away" | "organization.updated" => everybody(false),
        "catalogue.saved" => Meaning::Roles(data.lost, initiator),
        _ => {
            let membership = data.membership_id.as_deref().and_then(parse);
            membership.map_or(Meaning::None, |id| Meaning::Membership {
                id,
                before: roles(&data.before),
                initiator,
            })
        }
    }
}

fn roles(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

fn parse<I: Id>(text: &str) -> Option<I> {
    I::parse(text).ok()
}

fn initiator(actor: Option<&ActorData>, person: Option<&PersonId>) -> Initiator {
    match actor {
        Some(ActorData { kind, id }) => match kind.as_str() {
            "person" | "staff" if person.is_some_and(|it| it.as_str() == id) => Initiator::User,
            "person" | "staff" | "client" => Initiator::Admin,
            "crm" | "provider" => Initiator::Policy,
            _ => Initiator::System,
        },
        None => Initiator::System,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn meaning(event: &str, data: Value) -> Meaning {
        of(&EventFact {
            event: event.to_owned(),
            data,
        })
    }

    #[test]
    fn who_is_kept_out_is_told_once_and_growth_is_not_told() {
        let person = PersonId::from_bits(7);
        let actor = json!({"kind": "staff", "id": "per_x"});
        let data = json!({"person_id": person, "because": "kept_out", "actor": actor});
        assert_eq!(meaning("session.ended", data.clone()), Meaning::None);
        assert!(matches!(
            meaning("person.suspended", data),
            Meaning::Person(Ended {
                signed_out: true,
                initiator: Initiator::Admin,
                ..
            })
        ));
        let organization = OrganizationId::from_bits(7);
        let data = json!({"organization_id": organization});
        assert_eq!(meaning("contract.changed", data), Meaning::None);
        let data = json!({"organization_id": organization, "less": true});
        assert!(matches!(
            meaning("contract.changed", data),
            Meaning::Everybody(Everybody {
                signed_out: false,
                ..
            })
        ));
        assert_eq!(meaning("membership.removed", json!({})), Meaning::None);
        assert_eq!(
            meaning("session.ended", json!({"person_id": 7})),
            Meaning::None
        );
    }

    #[test]
    fn what_the_worker_tells_itself_comes_back_whole() {
        let ended = Ended {
            had: true,
            at: Some(Instant::from_seconds(1_800_000_000)),
            ..Ended::of_access(PersonId::from_bits(9), Initiator::Policy)
        };
        let data = serde_json::to_value(&ended).unwrap();
        assert_eq!(meaning(OF_PERSON, data), Meaning::Person(ended));
    }
}
