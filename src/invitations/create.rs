//! Inviting an address.

use std::time::Duration;

use serde_json::json;

use super::{
    attempts,
    authority::{self, RolesRefused, Rules},
    emails, expire, find, issue,
    model::{Invitation, Inviter, Kind},
    preflight::{self, Class},
    record,
    row::Row,
    store,
};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx, EmailAddress,
        ids::{InvitationId, OrganizationId},
        text,
    },
    on,
    organizations::{self, Organization, Roles},
};

/// Longest name of an invitee, in characters.
const NAME_LIMIT: usize = 100;
/// Longest note to an invitee, in characters.
pub const NOTE_LIMIT: usize = 1_000;

/// Who is invited by whom to what.
#[derive(Debug, Clone)]
pub struct Create {
    /// Into which organization.
    pub organization_id: OrganizationId,
    /// What is offered.
    pub kind: Kind,
    /// To which address.
    pub email: EmailAddress,
    /// The invitee's name; may be empty.
    pub invitee_name: String,
    /// The language of the mails; empty for the portal's usual.
    pub language: String,
    /// What the inviter writes to the invitee; may be empty.
    pub note: String,
    /// Business roles.
    pub roles: Vec<String>,
    /// How long its links live; the configured time when `None`.
    pub life: Option<Duration>,
    /// The contact or lead in the CRM; looked up by the address when `None`.
    pub crm_contact_id: Option<String>,
    /// Who invites, and answers for the roles.
    pub inviter: Inviter,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The mail is on its way.
    Queued(Box<Invitation>),
    /// It would get nowhere; nothing was changed.
    NotSent(Class),
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is no such organization.
    #[error("no such organization")]
    NotFound,
    /// These roles cannot be offered.
    #[error(transparent)]
    Roles(#[from] RolesRefused),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Invites an address, unless the pre-flight says that it would get nowhere.
///
/// # Errors
/// See [`CreateError`].
pub async fn create(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Create,
) -> Result<Created, CreateError> {
    let organization = organizations::lock(tx, &command.organization_id).await?;
    let organization = organization.ok_or(CreateError::NotFound)?;
    let roles = Roles::new(command.roles.iter().cloned());
    let by = (&organization, &command.inviter);
    authority::may_offer(tx, rules, by, (command.kind, &roles), cx.now()).await??;
    let known = preflight::known(tx, cx, &organization, &command.email).await?;
    let house = preflight::house(tx, cx, rules, &organization, &command.inviter).await?;
    let limits = &rules.settings.invitations;
    let class = preflight::classify(
        &command.email,
        command.kind,
        &house,
        &known,
        limits,
        cx.now(),
    );
    if !class.may_send() {
        return Ok(Created::NotSent(class));
    }
    if let Some(class) = count(tx, cx, rules, &command.inviter, &command.email).await? {
        return Ok(Created::NotSent(class));
    }
    if let Some(over) = known.live {
        expire::lapse(tx, cx, &organization, over).await?;
    }
    let command = Create {
        crm_contact_id: command.crm_contact_id.or(known.crm_contact_id),
        ..command
    };
    let invitation = insert(tx, cx, rules, &organization, &command, &roles).await?;
    Ok(Created::Queued(Box::new(invitation)))
}

/// Counts one more invitation against today's limits; the class says which one is reached.
pub(super) async fn count(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    inviter: &Inviter,
    email: &EmailAddress,
) -> Result<Option<Class>, Error> {
    let limits = &rules.settings.invitations;
    let by_inviter = attempts::by_inviter(cx, inviter);
    let daily = attempts::daily_limit(limits, inviter);
    if !attempts::take(tx, cx, &by_inviter, daily).await? {
        return Ok(Some(Class::InviterLimit));
    }
    let to_address = attempts::to_address(cx, email);
    if !attempts::take(tx, cx, &to_address, limits.per_address_per_day).await? {
        return Ok(Some(Class::AddressLimit));
    }
    Ok(None)
}

async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    command: &Create,
    roles: &Roles,
) -> Result<Invitation, Error> {
    let id: InvitationId = cx.new_id();
    let life = command.life.unwrap_or(rules.settings.invitations.life());
    let name = text::one_line(&command.invitee_name, NAME_LIMIT);
    let secret = issue::new_secret(cx);
    let inviter = &command.inviter;
    let made: Option<Row> = on!(tx, |c| sqlx::query_as(store::CREATE)
        .bind(&id)
        .bind(&organization.id)
        .bind(command.kind)
        .bind(command.email.shown())
        .bind(command.email.key())
        .bind(&name)
        .bind(find::name_key(&name, &command.email))
        .bind(issue::language(&command.language))
        .bind(text::many_lines(&command.note, NOTE_LIMIT))
        .bind(roles.joined())
        .bind(secret.hash())
        .bind(inviter.kind)
        .bind(&inviter.reference)
        .bind(text::one_line(&inviter.name, NAME_LIMIT))
        .bind(text::one_line(&inviter.company, NAME_LIMIT))
        .bind(&inviter.email)
        .bind(text::one_line(&inviter.phone, NAME_LIMIT))
        .bind(&command.crm_contact_id)
        .bind(i64::try_from(life.as_secs()).unwrap_or(i64::MAX))
        .bind(cx.now())
        .bind(cx.now().plus(life))
        .fetch_optional(c)
        .await)?;
    // The organization is locked and the pre-flight found no other: no row means a defect.
    let invitation = Invitation::try_from(made.ok_or(Error::Lost)?)?;
    issue::add(tx, cx, &id, (&secret, false)).await?;
    let invitation =
        emails::invite(tx, cx, rules, organization, invitation, (&secret, false)).await?;
    let detail = json!({
        "kind": command.kind, "roles": roles.to_list(), "inviter": inviter.kind, "expires_at": invitation.expires_at,
    });
    record::audited(tx, cx, &invitation, "invitation.created", detail).await?;
    record::told(tx, cx, organization, &invitation).await?;
    Ok(invitation)
}
