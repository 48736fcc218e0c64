//! Following an account of a CRM.

use serde_json::json;

use super::{OrganizationKind, domains::own_domain, find_by_crm_account, nobody_runs, store};
use crate::{
    audit,
    crm::port,
    db::{Error, Tx},
    directory::tell,
    kernel::{
        Cx, EmailAddress,
        ids::{Id, OrganizationId},
        text,
    },
    on,
};

/// The longest name and number kept, in characters.
const TEXT_LIMIT: usize = 200;
/// No tree of companies is deeper; a walk that gets this far is in a circle.
const DEPTH_LIMIT: usize = 32;

/// What came of it; each names the organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upserted {
    /// The organization is new.
    Created(OrganizationId),
    /// It was brought up to date.
    Updated(OrganizationId),
    /// What is stored is as new or newer; nothing was changed (law 10).
    NotNewer(OrganizationId),
}

impl Upserted {
    /// The organization.
    #[must_use]
    pub fn id(&self) -> &OrganizationId {
        match self {
            Self::Created(id) | Self::Updated(id) | Self::NotNewer(id) => id,
        }
    }
}

/// Why an account could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum UpsertError {
    /// The account makes no sense; the text says which field and why.
    #[error("{0}")]
    BadAccount(String),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Creates or updates the organization of an account, unless what is stored is as new.
///
/// A parent that has not arrived yet is linked when it does. Mail domains of public mail services
/// are not taken: they would say that strangers belong to the company.
///
/// # Errors
/// See [`UpsertError`].
pub async fn upsert_from_crm(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    account: &port::Account,
) -> Result<Upserted, UpsertError> {
    let kind = checked(account)?;
    let before = find_by_crm_account(tx, connection, &account.id).await?;
    let upserted = match insert(tx, cx, connection, account, kind).await? {
        Some(id) => Upserted::Created(id),
        None => match update(tx, connection, account, kind).await? {
            Some(id) => Upserted::Updated(id),
            None => {
                let stored = find_by_crm_account(tx, connection, &account.id).await?;
                return Ok(Upserted::NotNewer(stored.ok_or(Error::Lost)?.id));
            }
        },
    };
    let id = upserted.id();
    set_domains(tx, id, &account.domains).await?;
    let circle = link(tx, connection, account, id).await?;
    let action = match &upserted {
        Upserted::Created(_) => "organization.created",
        _ => "organization.updated",
    };
    // A prospect needs no contract, a customer does; roles may count in one kind only.
    let turned = before.as_ref().is_some_and(|before| before.kind != kind);
    let event = audit::Event {
        action,
        target: id.as_str(),
        organization: Some(id),
        detail: json!({
            "account": account.id, "version": account.version, "kind": kind, "circle": circle, "less": turned,
        }),
    };
    audit::record(tx, cx, event).await?;
    if let Some(before) = before.filter(|_| turned) {
        tell::organization(tx, cx, id, "organization.updated").await?;
        nobody_runs::note_kind(tx, cx, id, (before.kind.as_str(), kind.as_str())).await?;
    }
    Ok(upserted)
}

fn checked(account: &port::Account) -> Result<OrganizationKind, UpsertError> {
    if account.id.trim().is_empty() {
        return Err(UpsertError::BadAccount("id: is empty".to_owned()));
    }
    if text::one_line(&account.name, TEXT_LIMIT).is_empty() {
        return Err(UpsertError::BadAccount("name: is empty".to_owned()));
    }
    OrganizationKind::parse(&account.kind)
        .map_err(|error| UpsertError::BadAccount(format!("kind: {error}")))
}

/// The part both statements share: number, name, name key, parent, postcode, VAT number, owner.
struct Texts {
    number: String,
    name: String,
    name_key: String,
    crm_parent_id: String,
    postcode_key: String,
    vat_key: String,
    owner_email: String,
}

fn texts(account: &port::Account) -> Texts {
    let name = text::one_line(&account.name, TEXT_LIMIT);
    Texts {
        number: text::one_line(&account.number, TEXT_LIMIT),
        name_key: text::fold(&name),
        name,
        crm_parent_id: account.parent_id.clone().unwrap_or_default(),
        postcode_key: text::number_key(&account.postcode),
        vat_key: text::number_key(&account.vat_number),
        // A malformed owner is nobody's; the account itself is fine.
        owner_email: EmailAddress::parse(&account.owner_email)
            .map(|owner| owner.key().to_owned())
            .unwrap_or_default(),
    }
}

async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    connection: &str,
    account: &port::Account,
    kind: OrganizationKind,
) -> Result<Option<OrganizationId>, Error> {
    let texts = texts(account);
    let created: Option<(OrganizationId,)> = on!(tx, |c| sqlx::query_as(store::CREATE)
        .bind(cx.new_id::<OrganizationId>())
        .bind(connection)
        .bind(&account.id)
        .bind(account.version)
        .bind(&texts.number)
        .bind(&texts.name)
        .bind(&texts.name_key)
        .bind(kind)
        .bind(&texts.crm_parent_id)
        .bind(&texts.postcode_key)
        .bind(&texts.vat_key)
        .bind(&texts.owner_email)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    Ok(created.map(|(id,)| id))
}

async fn update(
    tx: &mut Tx,
    connection: &str,
    account: &port::Account,
    kind: OrganizationKind,
) -> Result<Option<OrganizationId>, Error> {
    let texts = texts(account);
    let updated: Option<(OrganizationId,)> = on!(tx, |c| sqlx::query_as(store::FOLLOW)
        .bind(connection)
        .bind(&account.id)
        .bind(account.version)
        .bind(&texts.number)
        .bind(&texts.name)
        .bind(&texts.name_key)
        .bind(kind)
        .bind(&texts.crm_parent_id)
        .bind(&texts.postcode_key)
        .bind(&texts.vat_key)
        .bind(&texts.owner_email)
        .fetch_optional(c)
        .await)?;
    Ok(updated.map(|(id,)| id))
}

/// Replaces the domains the CRM named; verified ones stay.
async fn set_domains(
    tx: &mut Tx,
    organization: &OrganizationId,
    domains: &[String],
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::DROP_UNVERIFIED_DOMAINS)
        .bind(organization)
        .execute(c)
        .await
        .map(drop))?;
    for domain in domains.iter().filter_map(|domain| own_domain(domain)) {
        on!(tx, |c| sqlx::query(store::ADD_DOMAIN)
            .bind(organization)
            .bind(&domain)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Links the parent, if known, and the children that wait for this one. Says whether a link was left
/// out because it would close a circle.
async fn link(
    tx: &mut Tx,
    connection: &str,
    account: &port::Account,
    id: &OrganizationId,
) -> Result<bool, Error> {
    let mut circle = false;
    let wanted = account.parent_id.as_deref().unwrap_or_default();
    let parent = match wanted {
        "" => None,
        wanted => find_by_crm_account(tx, connection, wanted).await?,
    };
    let mut parent = parent.map(|parent| parent.id);
    if let Some(above) = &parent
        && is_at_or_above(tx, id, above).await?
    {
        (parent, circle) = (None, true);
    }
    set_parent(tx, id, parent.as_ref()).await?;
    let waiting: Vec<(OrganizationId,)> = on!(tx, |c| sqlx::query_as(store::WAITING_CHILDREN)
        .bind(connection)
        .bind(&account.id)
        .fetch_all(c)
        .await)?;
    for (child,) in waiting {
        if is_at_or_above(tx, &child, id).await? {
            circle = true;
        } else {
            set_parent(tx, &child, Some(id)).await?;
        }
    }
    Ok(circle)
}

async fn set_parent(
    tx: &mut Tx,
    child: &OrganizationId,
    parent: Option<&OrganizationId>,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::SET_PARENT)
        .bind(child)
        .bind(parent)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether `candidate` is `start` or stands above it.
async fn is_at_or_above(
    tx: &mut Tx,
    candidate: &OrganizationId,
    start: &OrganizationId,
) -> Result<bool, Error> {
    let mut at = start.clone();
    for _ in 0..DEPTH_LIMIT {
        if at == *candidate {
            return Ok(true);
        }
        let above: Option<(OrganizationId,)> = on!(tx, |c| sqlx::query_as(store::PARENT_OF)
            .bind(&at)
            .fetch_optional(c)
            .await)?;
        let Some((above,)) = above else {
            return Ok(false);
        };
        at = above;
    }
    Ok(true)
}
