//! What the portal shares about a person, for the person to see.
//!
//! The list is made from the very facts that CRMs are told, field by field: of memberships here, of
//! what other features tell by their [`SharedSource`]. [`is_about_people`] names every kind of fact,
//! so a new one does not compile before it is decided whether it belongs on this page.

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Person;
use crate::{
    db::{Conn, Error},
    kernel::Instant,
    organizations,
    outbox::{
        self, Fact,
        read::{DeliveryState, LastDelivery},
    },
    web::{Refusal, Shell, Visit},
};

/// Something that a CRM is told about a person.
#[derive(Debug, Clone)]
pub struct SharedRecord {
    /// The text key of what it is, with `$name`: "Your invitation to { $name }".
    pub about: &'static str,
    /// The organization's or the company's name.
    pub name: String,
    /// The CRM.
    pub connection: String,
    /// The subject of its changes.
    pub subject: String,
    /// What is told now.
    pub fact: Fact,
}

/// A feature that tells CRMs something about people, beside their memberships.
pub trait SharedSource: Send + Sync {
    /// What it tells about this person.
    fn of<'t>(
        &'t self,
        conn: &'t mut Conn,
        person: &'t Person,
    ) -> BoxFuture<'t, Result<Vec<SharedRecord>, Error>>;
}

/// Whether a fact tells a CRM about a person as a state that this page shows; of the others, a
/// withdrawn consent repeats part of one, and a mail goes to the person.
#[must_use]
pub const fn is_about_people(fact: &Fact) -> bool {
    match fact {
        Fact::MembershipChanged(_)
        | Fact::SignedIn(_)
        | Fact::InvitationMoved(_)
        | Fact::LeadRegistered(_) => true,
        Fact::ConsentWithdrawn(_)
        | Fact::SeatsAsked(_)
        | Fact::PersonStands(_)
        | Fact::Happened(_)
        | Fact::Mail(_) => false,
    }
}

/// What one CRM is told about one thing.
pub struct Shared {
    /// What it is, with the organization.
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
    "invitation_id",
    "registration_id",
    "because",
    "fact",
];

/// The order in which people read the others; a new field comes last until it is named here.
const ORDER: &[&str] = &[
    "company",
    "given_name",
    "family_name",
    "email",
    "phone",
    "language",
    "roles",
    "status",
    "state",
    "reason",
    "is_lead",
    "consent",
    "score_points",
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
    let mut records: Vec<SharedRecord> = Vec::new();
    for (organization, fact) in organizations::facts_of_person(conn, person).await? {
        records.push(SharedRecord {
            about: "profile-shared-membership",
            name: organization.name,
            connection: organization.connection,
            subject: fact.membership_id.to_string(),
            fact: Fact::MembershipChanged(fact),
        });
    }
    for source in &visit.state.shared {
        records.extend(source.of(conn, person).await?);
    }
    let mut all = Vec::with_capacity(records.len());
    for record in records {
        let destination = outbox::crm_destination(&record.connection);
        let last = outbox::read::last_of_subject(conn, &record.subject, &destination).await?;
        all.extend(in_words(visit, shell, &record, last.as_ref()));
    }
    Ok(all)
}

fn in_words(
    visit: &Visit,
    shell: &Shell,
    record: &SharedRecord,
    last: Option<&LastDelivery>,
) -> Option<Shared> {
    let Ok(Value::Object(fields)) = serde_json::to_value(&record.fact) else {
        return None;
    };
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| place(name));
    let row = |(name, value): &(&String, &Value)| Row {
        label: visit.t(&label_key(name)),
        value: shown(visit, shell, name, value),
    };
    let is_technical = |(name, _): &&(&String, &Value)| TECHNICAL.contains(&name.as_str());
    Some(Shared {
        organization: shell.t1(record.about, "name", record.name.as_str()),
        destination: connection_name(visit, &record.connection),
        state: state_of(shell, last),
        rows: fields
            .iter()
            .filter(|field| !is_technical(field))
            .map(row)
            .collect(),
        technical: fields.iter().filter(is_technical).map(row).collect(),
    })
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
        Value::String(text) if name == "state" => visit.t(&format!("invitations-state-{text}")),
        Value::Bool(yes) if *yes => visit.t("profile-shared-yes"),
        Value::Bool(_) => visit.t("profile-shared-no"),
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
        kernel::ids::{Id, InvitationId, MembershipId, OrganizationId, PersonId, RegistrationId},
        outbox::{InvitationFact, LeadFact, MembershipFact},
        web::{Lang, i18n},
    };

    fn membership() -> Fact {
        Fact::MembershipChanged(MembershipFact {
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
            successor: None,
        })
    }

    fn invitation() -> Fact {
        Fact::InvitationMoved(InvitationFact {
            invitation_id: InvitationId::from_bits(1),
            organization_id: OrganizationId::from_bits(1),
            crm_account_id: String::new(),
            crm_contact_id: None,
            is_lead: false,
            email: String::new(),
            state: String::new(),
            roles: Vec::new(),
            reason: String::new(),
        })
    }

    fn lead() -> Fact {
        Fact::LeadRegistered(LeadFact {
            registration_id: RegistrationId::from_bits(1),
            person_id: None,
            company: String::new(),
            email: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            phone: String::new(),
            language: String::new(),
            consent: String::new(),
            score_points: 0,
        })
    }

    /// A field that a CRM is told and people have no word for would be shared behind their backs.
    #[test]
    fn every_field_that_is_told_has_a_name_for_people() {
        let mut told: Vec<String> = Vec::new();
        for fact in [membership(), invitation(), lead()] {
            assert!(is_about_people(&fact));
            let Ok(Value::Object(fields)) = serde_json::to_value(&fact) else {
                panic!("a fact is an object");
            };
            told.extend(fields.keys().cloned());
        }
        for name in &told {
            for lang in Lang::ALL {
                assert!(i18n::has(*lang, &label_key(name)), "{name} in {lang}");
            }
            let has_place = TECHNICAL.contains(&name.as_str()) || ORDER.contains(&name.as_str());
            assert!(has_place, "{name} stands nowhere");
        }
        for name in TECHNICAL.iter().chain(ORDER) {
            assert!(
                told.iter().any(|told| told == name),
                "{name} is told no longer"
            );
        }
    }
}
