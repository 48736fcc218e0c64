//! The mirror of a CRM's contacts and leads: whom a sales rep can invite, and who was invited there.

use super::{port, store};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{
        Cx, EmailAddress, Instant,
        ids::{Id, MembershipId, OrganizationId, PersonId},
        text,
    },
    on,
    organizations::{self, Organization},
};

const NAME_LIMIT: usize = 100;
const TEXT_LIMIT: usize = 200;

crate::text_enum! {
    /// What a human is in the CRM.
    pub enum CrmPersonKind {
        /// Belongs to an account.
        Contact = "contact",
        /// Belongs to a company that is no customer yet.
        Lead = "lead",
    }
}

/// A contact or lead as last read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct CrmPerson {
    /// The connection.
    pub connection: String,
    /// The CRM's id.
    pub external_id: String,
    /// Contact or lead.
    pub kind: CrmPersonKind,
    /// The organization of a contact.
    pub organization_id: Option<OrganizationId>,
    /// The company's name, of a lead.
    pub company: String,
    /// Address as the CRM has it: may be empty or malformed.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Phone number.
    pub phone: String,
    /// `en`, `de`, or what the CRM says.
    pub language: String,
    /// Whether this human does not want mail.
    pub opted_out: bool,
    /// The portal's person, once linked.
    pub person_id: Option<PersonId>,
    /// The version that is stored.
    pub crm_version: i64,
    /// When it was last read.
    pub fetched_at: Instant,
}

impl CrmPerson {
    /// The address, when it is one.
    #[must_use]
    pub fn address(&self) -> Option<EmailAddress> {
        EmailAddress::parse(&self.email).ok()
    }

    /// The name people see; the address when there is none.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.given_name, self.family_name);
        match name.trim() {
            "" => self.email.clone(),
            name => name.to_owned(),
        }
    }
}

/// The contact or lead with this id.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    conn: &mut Conn,
    connection: &str,
    kind: CrmPersonKind,
    external_id: &str,
) -> Result<Option<CrmPerson>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_PERSON)
        .bind(connection)
        .bind(kind)
        .bind(external_id)
        .fetch_optional(c)
        .await)?)
}

/// Everybody of a connection with this address, contacts first.
///
/// # Errors
/// When the database refuses.
pub async fn by_email(
    conn: &mut Conn,
    connection: &str,
    email: &EmailAddress,
) -> Result<Vec<CrmPerson>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::PEOPLE_BY_EMAIL)
        .bind(email.key())
        .bind(connection)
        .fetch_all(c)
        .await)?)
}

/// What both kinds have.
struct Row<'a> {
    kind: CrmPersonKind,
    id: &'a str,
    version: i64,
    organization: Option<&'a OrganizationId>,
    company: &'a str,
    email: &'a str,
    names: (&'a str, &'a str),
    phone: &'a str,
    language: &'a str,
    opted_out: bool,
    person: Option<PersonId>,
}

/// Stores a contact; `false` when what is stored is as new. A contact that carries the id of one of
/// its organization's memberships is linked to it: the CRM confirms what the portal told it.
pub(super) async fn upsert_contact(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    contact: &port::Contact,
) -> Result<bool, Error> {
    let membership = match contact
        .portal_membership_id
        .as_deref()
        .map(MembershipId::parse)
    {
        Some(Ok(id)) => organizations::find_membership(tx, &organization.id, &id).await?,
        _ => None,
    };
    if let Some(membership) = &membership {
        organizations::link_contact(tx, cx, &membership.id, &contact.id).await?;
    }
    let row = Row {
        kind: CrmPersonKind::Contact,
        id: &contact.id,
        version: contact.version,
        organization: Some(&organization.id),
        company: "",
        email: &contact.email,
        names: (&contact.given_name, &contact.family_name),
        phone: &contact.phone,
        language: &contact.language,
        opted_out: contact.opted_out,
        person: membership.map(|membership| membership.person_id),
    };
    upsert(tx, cx.now(), &organization.connection, row).await
}

/// Stores a lead; `false` when what is stored is as new.
pub(super) async fn upsert_lead(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    lead: &port::Lead,
) -> Result<bool, Error> {
    let row = Row {
        kind: CrmPersonKind::Lead,
        id: &lead.id,
        version: lead.version,
        organization: None,
        company: &lead.company,
        email: &lead.email,
        names: (&lead.given_name, &lead.family_name),
        phone: &lead.phone,
        language: &lead.language,
        opted_out: lead.opted_out,
        person: None,
    };
    upsert(tx, cx.now(), connection, row).await
}

/// Puts a contact or lead back as it was, or takes it out when there was none, unless another version
/// than `version` is stored now (`None` for none at all).
pub(super) async fn put_back(
    tx: &mut Tx,
    cx: &Cx,
    (connection, kind, id): (&str, CrmPersonKind, &str),
    version: Option<i64>,
    before: Option<&CrmPerson>,
) -> Result<bool, Error> {
    let stored = find(tx, connection, kind, id).await?;
    if stored.map(|it| it.crm_version) != version {
        return Ok(false);
    }
    forget(tx, connection, kind, id).await?;
    if let Some(before) = before {
        let row = Row {
            kind,
            id,
            version: before.crm_version,
            organization: before.organization_id.as_ref(),
            company: &before.company,
            email: &before.email,
            names: (&before.given_name, &before.family_name),
            phone: &before.phone,
            language: &before.language,
            opted_out: before.opted_out,
            person: before.person_id.clone(),
        };
        upsert(tx, cx.now(), connection, row).await?;
    }
    Ok(true)
}

/// Takes a contact or lead out: the CRM does not have it any more.
pub(super) async fn forget(
    tx: &mut Tx,
    connection: &str,
    kind: CrmPersonKind,
    id: &str,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::FORGET_PERSON)
        .bind(connection)
        .bind(kind)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

async fn upsert(tx: &mut Tx, now: Instant, connection: &str, row: Row<'_>) -> Result<bool, Error> {
    let given_name = text::one_line(row.names.0, NAME_LIMIT);
    let family_name = text::one_line(row.names.1, NAME_LIMIT);
    let email = text::one_line(row.email, TEXT_LIMIT);
    let email_key = EmailAddress::parse(&email).map(|address| address.key().to_owned());
    let stored: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::UPSERT_PERSON)
        .bind(connection)
        .bind(row.id)
        .bind(row.kind)
        .bind(row.organization)
        .bind(text::one_line(row.company, TEXT_LIMIT))
        .bind(&email)
        .bind(email_key.unwrap_or_default())
        .bind(&given_name)
        .bind(&family_name)
        .bind(text::fold(&format!("{given_name} {family_name}")))
        .bind(text::one_line(row.phone, NAME_LIMIT))
        .bind(text::one_line(row.language, 20))
        .bind(row.opted_out)
        .bind(&row.person)
        .bind(row.version)
        .bind(now)
        .fetch_optional(c)
        .await)?;
    Ok(stored.is_some())
}
