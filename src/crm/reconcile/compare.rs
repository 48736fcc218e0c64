//! Comparing a page of the CRM's records with what the portal has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    model::{Class, Kind, NewFinding, Owner},
    store,
};
use crate::{
    crm::{
        Transforms,
        mapping::FieldMap,
        port::{Contact, Record},
    },
    db::{Conn, Error, Tx, inconsistent},
    kernel::{
        Cx, EmailAddress,
        ids::{Id, MembershipId, OrganizationId, RunId},
    },
    on,
    organizations::MembershipStatus,
    outbox,
};

/// A member as far as a contact shows one.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Member {
    id: MembershipId,
    organization_id: OrganizationId,
    crm_account_id: String,
    status: MembershipStatus,
    crm_contact_id: Option<String>,
    email: String,
    email_key: String,
    given_name: String,
    family_name: String,
}

/// What is stored of a record.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Stored {
    id: String,
    version: i64,
    word: String,
}

/// Where the comparison happens.
pub(super) struct Place<'a> {
    pub(super) run: &'a RunId,
    pub(super) connection: &'a str,
    pub(super) fields: &'a FieldMap,
    pub(super) transforms: &'a Transforms,
}

/// Rows for `json_each`, which on PostgreSQL takes an object and not a list.
fn list(entries: impl Iterator<Item = Value>) -> String {
    let numbered = entries.enumerate();
    let rows: Map<String, Value> = numbered
        .map(|(place, row)| (place.to_string(), row))
        .collect();
    Value::Object(rows).to_string()
}

fn ids<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    list(ids.map(|id| json!({ "id": id })))
}

/// Compares a page and stores what differs. Returns how many records were looked at.
pub(super) async fn compare(
    tx: &mut Tx,
    cx: &Cx,
    place: &Place<'_>,
    records: Vec<Record>,
) -> Result<i64, Error> {
    let mut by_kind: [BTreeMap<String, Record>; 3] = Default::default();
    for record in records {
        // A page that has a record twice means the last of them.
        let (slot, id) = match &record {
            Record::Account(it) => (0, it.id.clone()),
            Record::Contact(it) => (1, it.id.clone()),
            Record::Contract(it) => (2, it.id.clone()),
            Record::Lead(_) | Record::InvitationRequest(_) => continue,
        };
        if let Some(slot) = by_kind.get_mut(slot) {
            slot.insert(id, record);
        }
    }
    let mut count = 0;
    let kinds = [Kind::Account, Kind::Contact, Kind::Contract];
    for (kind, records) in kinds.into_iter().zip(by_kind) {
        if records.is_empty() {
            continue;
        }
        count += i64::try_from(records.len()).unwrap_or(i64::MAX);
        let names = ids(records.keys().map(String::as_str));
        see(tx, place, kind, &ids_by(records.keys())).await?;
        on!(tx, |c| sqlx::query(store::RETRACT)
            .bind(place.run)
            .bind(kind)
            .bind(&names)
            .execute(c)
            .await
            .map(drop))?;
        let mut found = mirror(tx, cx, place, kind, &records, &names).await?;
        if kind == Kind::Contact {
            found.extend(contacts(tx, cx, place, &records, &names).await?);
        }
        add(tx, place.run, &found).await?;
    }
    Ok(count)
}

fn ids_by<'a>(ids: impl Iterator<Item = &'a String>) -> String {
    list(ids.map(|id| json!({ "id": id, "by": "" })))
}

async fn see(tx: &mut Tx, place: &Place<'_>, kind: Kind, names: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SEE)
        .bind(place.run)
        .bind(kind)
        .bind(names)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Stores findings.
pub(super) async fn add(tx: &mut Tx, run: &RunId, found: &[NewFinding]) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    let rows: Result<Vec<Value>, _> = found.iter().map(serde_json::to_value).collect();
    let rows = rows.map_err(inconsistent("reconciliation_findings", "record", run))?;
    let rows = list(rows.into_iter());
    on!(tx, |c| sqlx::query(store::ADD_FINDINGS)
        .bind(run)
        .bind(&rows)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Records that the mirror does not have, or has in an older version.
async fn mirror(
    tx: &mut Tx,
    cx: &Cx,
    place: &Place<'_>,
    kind: Kind,
    records: &BTreeMap<String, Record>,
    names: &str,
) -> Result<Vec<NewFinding>, Error> {
    let statement = match kind {
        Kind::Account => store::ACCOUNT_VERSIONS,
        Kind::Contact => store::CONTACT_VERSIONS,
        Kind::Contract | Kind::Membership => store::CONTRACT_VERSIONS,
    };
    let stored: Vec<Stored> = on!(tx, |c| sqlx::query_as(statement)
        .bind(place.connection)
        .bind(names)
        .fetch_all(c)
        .await)?;
    let stored: BTreeMap<&str, &Stored> = stored.iter().map(|row| (row.id.as_str(), row)).collect();
    let mut found = Vec::new();
    for (id, record) in records {
        let (version, theirs) = shown(record);
        let (class, ours) = match stored.get(id.as_str()) {
            None => (Class::MissingHere, String::new()),
            Some(row) if row.version < version => (Class::Differs, row.word.clone()),
            Some(_) => continue,
        };
        found.push(NewFinding {
            id: cx.new_id(),
            class,
            kind,
            subject: String::new(),
            record_id: id.clone(),
            organization_id: None,
            field: if class == Class::Differs {
                "version"
            } else {
                ""
            },
            ours,
            theirs,
            owner: Owner::Crm,
            record: serde_json::to_string(record).unwrap_or_default(),
        });
    }
    Ok(found)
}

/// A record's version, and the word by which a person knows it.
fn shown(record: &Record) -> (i64, String) {
    match record {
        Record::Account(it) => (it.version, it.name.clone()),
        Record::Contact(it) => (it.version, it.email.clone()),
        Record::Contract(it) => (it.version, it.status.clone()),
        Record::Lead(it) => (it.version, it.email.clone()),
        Record::InvitationRequest(it) => (it.version, it.id.clone()),
    }
}

/// Contacts against the members that they stand for.
async fn contacts(
    tx: &mut Tx,
    cx: &Cx,
    place: &Place<'_>,
    records: &BTreeMap<String, Record>,
    names: &str,
) -> Result<Vec<NewFinding>, Error> {
    let contacts = || {
        records.values().filter_map(|record| match record {
            Record::Contact(contact) => Some(contact),
            _ => None,
        })
    };
    let named = contacts().filter_map(|contact| contact.portal_membership_id.as_deref());
    let named = ids(named);
    let by_id: Vec<Member> = members(tx, store::MEMBERS_BY_ID, place, &named).await?;
    let by_contact: Vec<Member> = members(tx, store::MEMBERS_BY_CONTACT, place, names).await?;
    let by_id: BTreeMap<&str, &Member> = by_id.iter().map(|it| (it.id.as_str(), it)).collect();
    let by_contact: BTreeMap<&str, &Member> = by_contact
        .iter()
        .filter_map(|it| Some((it.crm_contact_id.as_deref()?, it)))
        .collect();
    let pairs: Vec<(&Contact, Option<&Member>, Option<&Member>)> = contacts()
        .map(|contact| {
            let named = contact.portal_membership_id.as_deref();
            let named = named.and_then(|id| by_id.get(id).copied());
            (contact, named, by_contact.get(contact.id.as_str()).copied())
        })
        .collect();
    let first = seen_in(tx, place, &pairs).await?;
    let mut found = Vec::new();
    for (contact, named, linked) in pairs {
        let judge = Judge { cx, place, contact };
        let mut of_contact = Vec::new();
        judge.contact(named, linked, &first, &mut of_contact);
        let Some(member) = named.or(linked).filter(|_| !of_contact.is_empty()) else {
            found.append(&mut of_contact);
            continue;
        };
        if !is_on_its_way(tx, place, member).await? {
            found.append(&mut of_contact);
        }
    }
    Ok(found)
}

async fn members(
    conn: &mut Conn,
    statement: &'static str,
    place: &Place<'_>,
    names: &str,
) -> Result<Vec<Member>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(statement)
        .bind(place.connection)
        .bind(names)
        .fetch_all(c)
        .await)?)
}

/// What is still on its way to the CRM is no difference.
async fn is_on_its_way(conn: &mut Conn, place: &Place<'_>, member: &Member) -> Result<bool, Error> {
    let destination = outbox::crm_destination(place.connection);
    let told = outbox::told(conn, &destination, member.id.as_str()).await?;
    Ok(told != outbox::Told::Everything)
}

/// Notes which members were named, and by which contact first.
async fn seen_in(
    tx: &mut Tx,
    place: &Place<'_>,
    pairs: &[(&Contact, Option<&Member>, Option<&Member>)],
) -> Result<BTreeMap<String, String>, Error> {
    let named: BTreeSet<(&str, &str)> = pairs
        .iter()
        .flat_map(|(contact, named, linked)| {
            let members = named.iter().chain(linked);
            members.map(|member| (member.id.as_str(), contact.id.as_str()))
        })
        .collect();
    if named.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = list(
        named
            .iter()
            .map(|(member, contact)| json!({ "id": member, "by": contact })),
    );
    see(tx, place, Kind::Membership, &rows).await?;
    let rows: Vec<(String, String)> = on!(tx, |c| sqlx::query_as(store::SEEN_IN)
        .bind(place.run)
        .bind(Kind::Membership)
        .bind(&rows)
        .fetch_all(c)
        .await)?;
    Ok(rows.into_iter().collect())
}

/// Decides about one contact.
struct Judge<'a> {
    cx: &'a Cx,
    place: &'a Place<'a>,
    contact: &'a Contact,
}

impl Judge<'_> {
    fn contact(
        &self,
        named: Option<&Member>,
        linked: Option<&Member>,
        first: &BTreeMap<String, String>,
        found: &mut Vec<NewFinding>,
    ) {
        let id = self.contact.portal_membership_id.as_deref().unwrap_or("");
        let Some(member) = named.or(linked) else {
            if !id.is_empty() {
                let lost = self.finding(Class::MissingHere, None, Owner::Nobody);
                found.push(NewFinding {
                    theirs: id.to_owned(),
                    ..lost
                });
            }
            return;
        };
        let by = first.get(member.id.as_str()).map(String::as_str);
        if by.is_some_and(|by| by != self.contact.id) {
            let twice = self.finding(Class::Duplicate, Some(member), Owner::Nobody);
            let by = by.unwrap_or_default().to_owned();
            found.push(NewFinding {
                ours: by,
                theirs: self.contact.id.clone(),
                ..twice
            });
            return;
        }
        if member.crm_account_id != self.contact.account_id {
            let moved = self.finding(Class::BrokenLink, Some(member), Owner::Nobody);
            found.push(NewFinding {
                field: "account_id",
                ours: member.crm_account_id.clone(),
                theirs: self.contact.account_id.clone(),
                ..moved
            });
            return;
        }
        if member.crm_contact_id.as_deref() != Some(&self.contact.id) || id != member.id.as_str() {
            let loose = self.finding(Class::BrokenLink, Some(member), Owner::Portal);
            found.push(NewFinding {
                ours: member.crm_contact_id.clone().unwrap_or_default(),
                theirs: id.to_owned(),
                ..loose
            });
        }
        if member.status != MembershipStatus::Removed {
            found.extend(self.fields(member));
        }
    }

    /// The fields that the portal writes and the CRM has otherwise.
    fn fields(&self, member: &Member) -> Vec<NewFinding> {
        let address = EmailAddress::parse(&self.contact.email);
        let email_key = address.map(|it| it.key().to_owned()).unwrap_or_default();
        let pairs = [
            (
                "contact.given_name",
                "given_name",
                &member.given_name,
                &self.contact.given_name,
            ),
            (
                "contact.family_name",
                "family_name",
                &member.family_name,
                &self.contact.family_name,
            ),
        ];
        let mut found = Vec::new();
        if email_key != member.email_key {
            found.push(self.differs(member, "email", &member.email, &self.contact.email));
        }
        for (path, field, ours, theirs) in pairs {
            let is_written = self.place.fields.name(path, field).is_some() && !ours.is_empty();
            // What was put otherwise on its way is no difference.
            if is_written && self.place.transforms.put(path, ours) != *theirs {
                found.push(self.differs(member, field, ours, theirs));
            }
        }
        found
    }

    fn differs(
        &self,
        member: &Member,
        field: &'static str,
        ours: &str,
        theirs: &str,
    ) -> NewFinding {
        NewFinding {
            field,
            ours: ours.to_owned(),
            theirs: theirs.to_owned(),
            ..self.finding(Class::Differs, Some(member), Owner::Portal)
        }
    }

    fn finding(&self, class: Class, member: Option<&Member>, owner: Owner) -> NewFinding {
        NewFinding {
            id: self.cx.new_id(),
            class,
            kind: Kind::Contact,
            subject: member.map(|it| it.id.to_string()).unwrap_or_default(),
            record_id: self.contact.id.clone(),
            organization_id: member.map(|it| it.organization_id.clone()),
            field: "",
            ours: String::new(),
            theirs: String::new(),
            owner,
            record: String::new(),
        }
    }
}
