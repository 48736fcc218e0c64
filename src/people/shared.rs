//! What the portal shares about a person, for the person to see.
//!
//! The list is made from the very fact that a CRM is told, field by field, so nothing can be shared
//! that does not stand here.

use serde_json::Value;

use super::Person;
use crate::{
    db::Conn,
    kernel::Instant,
    organizations,
    outbox::{
        self,
        read::{DeliveryState, LastDelivery},
    },
    web::{Refusal, Shell, Visit},
};

/// What one organization's CRM is told.
pub struct Shared {
    /// The organization.
    pub organization: String,
    /// Where it goes.
    pub destination: String,
    /// When it was sent, or that it waits.
    pub state: String,
    /// What people know about themselves.
    pub rows: Vec<Row>,
    /// What ties the records of both systems together.
    pub technical: Vec<Row>,
}

/// One field.
pub struct Row {
    /// What it is.
    pub label: String,
    /// What it says now.
    pub value: String,
}

/// Fields that only machines read.
const TECHNICAL: &[&str] = &[
    "membership_id",
    "person_id",
    "organization_id",
    "crm_account_id",
    "crm_contact_id",
    "because",
];

/// The order in which people read the others; a new field comes last until it is named here.
const ORDER: &[&str] = &[
    "given_name",
    "family_name",
    "email",
    "phone",
    "roles",
    "status",
    "last_sign_in_at",
];

/// What is shared about a person, for each organization they belong to.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of(
    conn: &mut Conn,
    visit: &Visit,
    shell: &Shell,
    person: &Person,
) -> Result<Vec<Shared>, Refusal> {
    let mut all = Vec::new();
    for (organization, fact) in organizations::facts_of_person(conn, person).await? {
        let subject = fact.membership_id.to_string();
        let destination = outbox::crm_destination(&organization.connection);
        let last = outbox::read::last_of_subject(conn, &subject, &destination).await?;
        let Ok(Value::Object(fields)) = serde_json::to_value(&fact) else {
            continue;
        };
        let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
        fields.sort_by_key(|(name, _)| place(name));
        let row = |(name, value): &(&String, &Value)| Row {
            label: visit.t(&label_key(name)),
            value: shown(visit, shell, name, value),
        };
        let is_technical = |(name, _): &&(&String, &Value)| TECHNICAL.contains(&name.as_str());
        all.push(Shared {
            organization: organization.name,
            destination: connection_name(visit, &organization.connection),
            state: state_of(shell, last.as_ref()),
            rows: fields
                .iter()
                .filter(|field| !is_technical(field))
                .map(row)
                .collect(),
            technical: fields.iter().filter(is_technical).map(row).collect(),
        });
    }
    Ok(all)
}

fn place(field: &str) -> usize {
    let known = ORDER.iter().position(|name| *name == field);
    known.unwrap_or(ORDER.len())
}

/// The text key of a field's label.
#[must_use]
pub fn label_key(field: &str) -> String {
    format!("profile-shared-{}", field.replace('_', "-"))
}

fn shown(visit: &Visit, shell: &Shell, name: &str, value: &Value) -> String {
    let nothing = || visit.t("profile-shared-nothing");
    match value {
        Value::String(text) if text.is_empty() => nothing(),
        Value::String(text) if name == "status" => {
            visit.t(&format!("profile-shared-status-{text}"))
        }
        Value::String(text) => text.clone(),
        Value::Array(roles) => {
            let lang = visit.lang.as_str();
            let keys = roles.iter().filter_map(Value::as_str);
            let names: Vec<&str> = keys
                .map(|key| visit.state.catalogue.role_name(key, lang))
                .collect();
            if names.is_empty() {
                nothing()
            } else {
                names.join(", ")
            }
        }
        Value::Number(micros) if name.ends_with("_at") => {
            let at = Instant::from_micros(micros.as_i64().unwrap_or_default());
            shell.moment(at)
        }
        Value::Null => nothing(),
        other => other.to_string(),
    }
}

fn connection_name(visit: &Visit, key: &str) -> String {
    let connections = &visit.state.settings.connections;
    let found = connections.iter().find(|connection| connection.key == key);
    found.map_or_else(|| key.to_owned(), |connection| connection.name.clone())
}

fn state_of(shell: &Shell, last: Option<&LastDelivery>) -> String {
    let Some(last) = last else {
        return shell.t("profile-shared-never").into_owned();
    };
    match (last.state, last.done_at) {
        (DeliveryState::Done, Some(at)) => {
            let at = shell.moment(at);
            shell.t1("profile-shared-sent", "at", at.as_str())
        }
        (DeliveryState::Waiting | DeliveryState::Claimed, _) => {
            shell.t("profile-shared-waiting").into_owned()
        }
        _ => shell.t("profile-shared-stuck").into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kernel::ids::{Id, MembershipId, OrganizationId, PersonId},
        outbox::MembershipFact,
        web::{Lang, i18n},
    };

    /// A field that a CRM is told and people have no word for would be shared behind their backs.
    #[test]
    fn every_field_that_is_told_has_a_name_for_people() {
        let fact = MembershipFact {
            membership_id: MembershipId::from_bits(1),
            person_id: PersonId::from_bits(1),
            organization_id: OrganizationId::from_bits(1),
            crm_account_id: String::new(),
            crm_contact_id: None,
            email: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            phone: String::new(),
            status: String::new(),
            roles: Vec::new(),
            last_sign_in_at: None,
            because: String::new(),
        };
        let Ok(Value::Object(fields)) = serde_json::to_value(&fact) else {
            panic!("a fact is an object");
        };
        for name in fields.keys() {
            for lang in Lang::ALL {
                assert!(i18n::has(*lang, &label_key(name)), "{name} in {lang}");
            }
        }
        for name in TECHNICAL {
            assert!(fields.contains_key(*name), "{name} is told no longer");
        }
    }
}
