//! What an event of the log means for who is told.

use serde::{Deserialize, Serialize};

use crate::{
    kernel::ids::{Id, MembershipId, OrganizationId, PersonId},
    outbox::EventFact,
};

/// The event by which the worker tells itself what to tell of one person.
pub(super) const OF_PERSON: &str = "access.ended";

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
    Membership(MembershipId, Initiator),
    /// Of everybody in an organization.
    Everybody {
        organization: OrganizationId,
        /// Whether sessions have ended, whatever access there still is.
        signed_out: bool,
        initiator: Initiator,
    },
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
    pub(super) initiator: Initiator,
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
    if event.event == OF_PERSON {
        return serde_json::from_value(event.data.clone()).map_or(Meaning::None, Meaning::Person);
    }
    let data: Data = serde_json::from_value(event.data.clone()).unwrap_or_default();
    let person = data.person_id.as_deref().and_then(parse::<PersonId>);
    let organization = data.organization_id.as_deref().and_then(parse);
    let initiator = initiator(data.actor.as_ref(), person.as_ref());
    let everybody = |signed_out| {
        organization
            .clone()
            .map_or(Meaning::None, |organization| Meaning::Everybody {
                organization,
                signed_out,
                initiator,
            })
    };
    match event.event.as_str() {
        // Who is kept out is told once: by the event about the person.
        "session.ended" if data.because == "kept_out" => Meaning::None,
        "session.ended" | "person.suspended" => person.map_or(Meaning::None, |person_id| {
            Meaning::Person(Ended {
                person_id,
                session: data.session,
                signed_out: true,
                initiator,
            })
        }),
        "organization.signed_out" => everybody(true),
        "contract.changed" if !data.less => Meaning::None,
        "contract.changed" | "contract.moved_away" => everybody(false),
        _ => {
            let membership = data.membership_id.as_deref().and_then(parse);
            membership.map_or(Meaning::None, |id| Meaning::Membership(id, initiator))
        }
    }
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
            Meaning::Everybody {
                signed_out: false,
                ..
            }
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
            person_id: PersonId::from_bits(9),
            session: None,
            signed_out: false,
            initiator: Initiator::Policy,
        };
        let data = serde_json::to_value(&ended).unwrap();
        assert_eq!(meaning(OF_PERSON, data), Meaning::Person(ended));
    }
}
