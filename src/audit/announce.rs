//! Which events subscribers are told, and what of them.

use serde_json::{Map, Value, json};

use super::Event;
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{self, ChangeId, Id},
    },
    outbox::{self, Announcement, EventFact, WEBHOOK},
};

crate::text_enum! {
    /// A group of events that can be subscribed to: the part of their names before the full stop.
    pub enum Topic {
        /// Offers of membership: made, sent, opened, accepted, over.
        Invitation = "invitation",
        /// Requests to be let in without an invitation.
        Registration = "registration",
        /// People, whatever organization they belong to.
        Person = "person",
        /// People in an organization: roles, status.
        Membership = "membership",
        /// What the CRM says is agreed with an organization.
        Contract = "contract",
        /// Changes that could not be told to another system.
        Delivery = "delivery",
    }
}

/// An action that is told: under which name, and which values of its detail. They are names of
/// states, roles and kinds, times and numbers; what somebody typed is never among them.
struct Told {
    action: &'static str,
    event: &'static str,
    values: &'static [&'static str],
}

const fn told(action: &'static str, event: &'static str, values: &'static [&'static str]) -> Told {
    Told {
        action,
        event,
        values,
    }
}

const fn same(action: &'static str, values: &'static [&'static str]) -> Told {
    told(action, action, values)
}

/// Every action that is told. What is missing here is only in the log.
const TOLD: &[Told] = &[
    same("invitation.created", &["kind", "roles", "expires_at"]),
    same("invitation.resent", &["expires_at"]),
    same("invitation.link_made", &["expires_at"]),
    same("invitation.sent", &[]),
    same("invitation.bounced", &[]),
    same("invitation.opened", &[]),
    same("invitation.redeemed", &[]),
    same("invitation.declined", &[]),
    same("invitation.revoked", &[]),
    same("invitation.expired", &[]),
    same("invitation.superseded", &["by"]),
    same("invitation.not_sent", &["why"]),
    told(
        "registration.sent",
        "registration.received",
        &["reference", "kind", "state"],
    ),
    told(
        "registration.placed",
        "registration.waiting",
        &["reference", "state"],
    ),
    same("registration.approved", &["reference", "roles"]),
    same("registration.declined", &["reference"]),
    same("registration.withdrawn", &["reference"]),
    same("person.created", &[]),
    same("person.identity_linked", &["provider"]),
    told("person.profile_changed", "person.changed", &[]),
    told("person.refreshed", "person.changed", &[]),
    same("person.suspended", &[]),
    same("person.restored", &[]),
    told("session.ended", "person.signed_out", &["because"]),
    same(
        "membership.created",
        &["roles", "source", "starts_at", "ends_at"],
    ),
    same("membership.roles_changed", &["before", "after"]),
    same("membership.dates_changed", &["starts_at", "ends_at"]),
    same("membership.suspended", &[]),
    same("membership.restored", &[]),
    same("membership.removed", &["own_wish"]),
    same("membership.signed_out", &[]),
    same("contract.created", &["after", "ends_at", "seats"]),
    same("contract.changed", &["before", "after", "ends_at", "seats"]),
    same("contract.moved_away", &[]),
    same("contract.step_ahead", &["step", "at"]),
    same("contract.end_held", &["connection"]),
    same("contract.end_released", &["connection"]),
    same("contract.end_discarded", &["connection"]),
    same("delivery.dead", &["destination", "kind", "cause"]),
];

/// The topic of what may leave somebody with less access than before, for those who tell services by
/// token: under the names of the log.
pub const ACCESS: &str = "access";

/// Actions of that topic.
const LESS: &[&str] = &[
    "session.ended",
    "person.suspended",
    "membership.roles_changed",
    "membership.dates_changed",
    "membership.suspended",
    "membership.removed",
    "organization.signed_out",
    "organization.updated",
    "contract.changed",
    "contract.moved_away",
];

/// Those of them that say whether they may (`less`).
const PERHAPS: &[&str] = &["organization.updated", "contract.changed"];

async fn announce_less(tx: &mut Tx, cx: &Cx, event: &Event<'_>) -> Result<(), Error> {
    let is_less = || event.detail.get("less").is_some_and(|it| it == true);
    if !LESS.contains(&event.action) || (PERHAPS.contains(&event.action) && !is_less()) {
        return Ok(());
    }
    let values = ["because", "session", "less", "spared", "before"];
    // A subject of its own: what a receiver refuses about somebody holds nothing else back, and the
    // order does not matter, as an end of access is weighed when it is told.
    let subject: ChangeId = cx.new_id();
    let announcement = Announcement {
        topic: ACCESS,
        subject: subject.as_str(),
        organization: event.organization,
        event: EventFact {
            event: event.action.to_owned(),
            data: Value::Object(data(cx, event, &values)),
        },
    };
    outbox::announce(tx, cx, announcement).await
}

/// The names of all events that are told, without repetitions, with the values they may carry.
pub fn told_events() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let is_first =
        |place: usize, event: &str| TOLD.iter().position(|it| it.event == event) == Some(place);
    let all = TOLD.iter().enumerate();
    all.filter(move |(place, told)| is_first(*place, told.event))
        .map(|(_, told)| (told.event, told.values))
}

/// Has an event told to those who subscribed to its topic.
pub(super) async fn announce(tx: &mut Tx, cx: &Cx, event: &Event<'_>) -> Result<(), Error> {
    announce_less(tx, cx, event).await?;
    let Some(told) = TOLD.iter().find(|told| told.action == event.action) else {
        return Ok(());
    };
    // A dead letter of a subscriber would make another for it, and so on: operators have a task
    // about it instead.
    let destination = event.detail.get("destination").and_then(Value::as_str);
    if told.event == "delivery.dead" && destination.is_some_and(|it| it.starts_with(WEBHOOK)) {
        return Ok(());
    }
    let announcement = Announcement {
        topic: told.event.split('.').next().unwrap_or_default(),
        subject: event.target,
        organization: event.organization,
        event: EventFact {
            event: told.event.to_owned(),
            data: Value::Object(data(cx, event, told.values)),
        },
    };
    outbox::announce(tx, cx, announcement).await
}

/// Ids by what they are ids of, the author as in the log, and the values of this kind of event.
fn data(cx: &Cx, event: &Event<'_>, values: &[&str]) -> Map<String, Value> {
    let mut data = Map::new();
    if let Some(organization) = event.organization {
        data.insert("organization_id".to_owned(), json!(organization));
    }
    let mut add_id = |id: &str| {
        if let Some(name) = ids::kind(id) {
            data.entry(format!("{name}_id"))
                .or_insert_with(|| json!(id));
        }
    };
    add_id(event.target);
    for name in ["person", "membership"] {
        if let Some(id) = event.detail.get(name).and_then(Value::as_str) {
            add_id(id);
        }
    }
    data.insert(
        "actor".to_owned(),
        json!({ "kind": cx.actor.kind(), "id": cx.actor.reference() }),
    );
    data.insert("request_id".to_owned(), json!(cx.request_id));
    for name in values {
        let value = event.detail.get(*name).filter(|value| !value.is_null());
        if let Some(value) = value {
            data.insert((*name).to_owned(), readable(name, value));
        }
    }
    data
}

/// Times are stored as numbers and told as RFC 3339.
fn readable(name: &str, value: &Value) -> Value {
    match value.as_i64().filter(|_| name.ends_with("_at")) {
        Some(micros) => json!(Instant::from_micros(micros).to_string()),
        None => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_belongs_to_a_topic_and_carries_nothing_typed() {
        for (event, values) in told_events() {
            let (topic, _) = event.split_once('.').unwrap();
            assert!(Topic::parse(topic).is_ok(), "{event}");
            for typed in ["reason", "name", "email", "number", "note", "company"] {
                assert!(!values.contains(&typed), "{event} tells {typed}");
            }
        }
        for topic in Topic::ALL {
            let prefix = format!("{topic}.");
            assert!(told_events().any(|(event, _)| event.starts_with(&prefix)));
        }
    }
}
