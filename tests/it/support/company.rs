//! A company with people in it, written straight into the tables.

use vestibule::{
    db::{Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{InvitationId, MembershipId, OrganizationId, PersonId, RegistrationId},
        text::fold,
    },
    on,
};

/// A person to write: what tests vary, with defaults for the rest.
#[derive(Clone)]
pub struct Somebody {
    pub name: String,
    pub email: String,
    pub status: &'static str,
    pub roles: &'static str,
    pub last_sign_in_at: Option<Instant>,
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
}

impl Somebody {
    pub fn new(name: &str, email: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: email.to_owned(),
            status: "active",
            roles: "orders",
            last_sign_in_at: None,
            starts_at: None,
            ends_at: None,
        }
    }
}

pub async fn organization(tx: &mut Tx, cx: &Cx, name: &str) -> Result<OrganizationId, Error> {
    let id: OrganizationId = cx.new_id();
    on!(tx, |c| {
        sqlx::query(
        "INSERT INTO organizations (id, connection, crm_account_id, crm_version, number, name, name_key, kind, crm_parent_id,
            postcode_key, vat_key, owner_email, invite_policy, join_policy, generation, created_at)
         VALUES ($1, 'crm', $1, 1, $2, $2, $3, 'customer', '', '', '', '', 'strict', 'approval', 0, $4)"
    )
    .bind(&id)
    .bind(name)
    .bind(fold(name))
    .bind(cx.now())
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(id)
}

/// A contract that is active from a year ago to `ends_at`, with grace until `grace_ends_at`.
pub async fn contract(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    ends_at: Option<Instant>,
    grace_ends_at: Option<Instant>,
) -> Result<(), Error> {
    let id: vestibule::kernel::ids::ContractId = cx.new_id();
    on!(tx, |c| {
        sqlx::query(
        "INSERT INTO contracts (id, organization_id, connection, external_id, number, number_key, status, starts_at, ends_at,
            grace_ends_at, seats, products, source_version, fetched_at, created_at)
         VALUES ($1, $2, 'crm', $1, 'CT-1001', 'CT1001', 'active', 0, $3, $4, NULL, '[\"parts\"]', 1, $5, $5)"
    )
    .bind(&id)
    .bind(organization)
    .bind(ends_at)
    .bind(grace_ends_at)
    .bind(cx.now())
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub async fn person(tx: &mut Tx, cx: &Cx, somebody: &Somebody) -> Result<PersonId, Error> {
    let id: PersonId = cx.new_id();
    on!(tx, |c| {
        sqlx::query(
        "INSERT INTO persons (id, email, email_key, email_verified_at, display_name, given_name, family_name, phone, language,
            time_zone, status, created_at, last_sign_in_at)
         VALUES ($1, $2, $3, $4, $5, $5, '', '', '', '', 'active', $4, $6)"
    )
    .bind(&id)
    .bind(&somebody.email)
    .bind(somebody.email.to_lowercase())
    .bind(cx.now())
    .bind(&somebody.name)
    .bind(somebody.last_sign_in_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(id)
}

/// A new person as a member.
pub async fn member(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    somebody: &Somebody,
) -> Result<MembershipId, Error> {
    let person = person(tx, cx, somebody).await?;
    let id: MembershipId = cx.new_id();
    on!(tx, |c| {
        sqlx::query(
        "INSERT INTO memberships (id, organization_id, person_id, status, status_reason, starts_at, ends_at, confirmed_at, source,
            display_name, name_key, email, email_key, roles, last_sign_in_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, '', $5, $6, $7, 'invitation', $8, $9, $10, $11, $12, $13, $7, $7)"
    )
    .bind(&id)
    .bind(organization)
    .bind(&person)
    .bind(somebody.status)
    .bind(somebody.starts_at)
    .bind(somebody.ends_at)
    .bind(cx.now())
    .bind(&somebody.name)
    .bind(fold(&somebody.name))
    .bind(&somebody.email)
    .bind(somebody.email.to_lowercase())
    .bind(somebody.roles)
    .bind(somebody.last_sign_in_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    for role in somebody.roles.split(',') {
        on!(tx, |c| {
            sqlx::query(
            "INSERT INTO membership_roles (membership_id, organization_id, role, granted_by, granted_at) VALUES ($1, $2, $3, '', 0)"
        )
        .bind(&id)
        .bind(organization)
        .bind(role)
        .execute(c)
        .await
        .map(drop)
        })?;
    }
    Ok(id)
}

pub async fn request(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    name: &str,
    email: &str,
) -> Result<RegistrationId, Error> {
    let id: RegistrationId = cx.new_id();
    on!(tx, |c| {
        sqlx::query(
        "INSERT INTO registrations (id, reference, kind, state, provider, issuer, subject, email, email_key, given_name, family_name,
            name_key, phone, language, contract_number, number_key, company_fact, company_name, message, connection,
            organization_id, evidence, decided_by, decision_note, created_at)
         VALUES ($1, $1, 'contract', 'waiting_organization', 'p', 'i', $1, $2, $3, $4, '', $5, '', '', '', '', '', '', '', 'crm', $6,
            '{}', '', '', $7)"
    )
    .bind(&id)
    .bind(email)
    .bind(email.to_lowercase())
    .bind(name)
    .bind(fold(name))
    .bind(organization)
    .bind(cx.now())
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(id)
}

pub async fn invitation(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    name: &str,
    email: &str,
    (state, expires_at): (&'static str, Instant),
) -> Result<InvitationId, Error> {
    let id: InvitationId = cx.new_id();
    let key = if name.is_empty() {
        email.to_lowercase()
    } else {
        fold(name)
    };
    on!(tx, |c| {
        sqlx::query(
        "INSERT INTO invitations (id, organization_id, kind, email, email_key, invitee_name, name_key, language, note, roles, state,
            secret_hash, inviter_kind, inviter_ref, inviter_name, inviter_company, inviter_email, inviter_phone, life_seconds, way,
            mail_id, delivery_note, created_at, issued_at, expires_at, other_email, other_name)
         VALUES ($1, $2, 'member', $3, $4, $5, $6, '', '', 'orders', $7, $1, 'person', '', 'Aino Virtanen', '', '', '', 604800, 'mail',
            '', '', $8, $8, $9, '', '')"
    )
    .bind(&id)
    .bind(organization)
    .bind(email)
    .bind(email.to_lowercase())
    .bind(name)
    .bind(key)
    .bind(state)
    .bind(cx.now())
    .bind(expires_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(id)
}
