//! Inviting one: the same for a single request and for a row of many.

use std::time::Duration;

use serde::Deserialize;

use super::{
    ApiClient,
    target::{Faults, Found, Target},
};
use crate::{
    db::{Error, Tx},
    invitations::{
        self, Class, Create, CreateError, Created, Invitation, NotSent, Rules, not_sent,
        usual_roles,
    },
    kernel::{Cx, ids::Id, text},
    web::FieldError,
};

/// What a request wants.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    #[serde(flatten)]
    pub(super) target: Target,
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) note: String,
    pub(super) language: String,
    pub(super) expires_in_hours: Option<u32>,
}

/// What came of it.
pub(super) enum Done {
    /// The mail is on its way.
    Queued(Box<Invitation>),
    /// It would get nowhere; the invitation that is open, when that is why.
    NotSent(Class, Option<Box<Invitation>>),
    /// The request cannot be understood.
    Invalid(Faults),
}

/// The rules of invitations.
pub(super) fn rules(client: &ApiClient) -> Rules<'_> {
    Rules {
        settings: &client.state.settings,
        catalogue: &client.state.catalogue,
    }
}

/// The author, in the name of whoever asked in the CRM.
pub(super) fn author(client: &ApiClient, target: &Target) -> Cx {
    client.asked_by(&text::one_line(&target.requested_by, 200))
}

/// Invites.
///
/// # Errors
/// When the database refuses.
pub(super) async fn invite(tx: &mut Tx, client: &ApiClient, wish: &Wish) -> Result<Done, Error> {
    let cx = author(client, &wish.target);
    match wish.target.find(tx, &cx, client).await? {
        Ok(found) => invite_found(tx, client, wish, &found).await,
        Err(faults) => Ok(Done::Invalid(faults)),
    }
}

/// Invites who was found.
///
/// # Errors
/// When the database refuses.
pub(super) async fn invite_found(
    tx: &mut Tx,
    client: &ApiClient,
    wish: &Wish,
    found: &Found,
) -> Result<Done, Error> {
    let cx = &author(client, &wish.target);
    let rules = rules(client);
    let Some(email) = &found.email else {
        tell(tx, cx, wish, found, &Class::Malformed).await?;
        return Ok(Done::NotSent(Class::Malformed, None));
    };
    let roles = if wish.roles.is_empty() {
        usual_roles(tx, cx, rules, &found.organization, found.kind).await?
    } else {
        wish.roles.clone()
    };
    let person = found.person.as_ref();
    let or = |given: &str, known: Option<String>| match given {
        "" => known.unwrap_or_default(),
        given => given.to_owned(),
    };
    let names = person.map(|person| format!("{} {}", person.given_name, person.family_name));
    let hours = wish.expires_in_hours.map(u64::from);
    let command = Create {
        organization_id: found.organization.id.clone(),
        kind: found.kind,
        email: email.clone(),
        invitee_name: or(&wish.name, names),
        language: or(&wish.language, person.map(|person| person.language.clone())),
        note: wish.note.clone(),
        roles,
        life: hours.map(|hours| Duration::from_secs(hours * 3_600)),
        crm_contact_id: person.map(|person| person.external_id.clone()),
        inviter: wish.target.inviter(client),
    };
    match invitations::create(tx, cx, rules, command).await {
        Ok(Created::Queued(invitation)) => Ok(Done::Queued(invitation)),
        Ok(Created::NotSent(class)) => {
            tell(tx, cx, wish, found, &class).await?;
            let open = open(tx, found, &class).await?;
            Ok(Done::NotSent(class, open))
        }
        Err(CreateError::Roles(refused)) => Ok(Done::Invalid(vec![FieldError::new(
            "#/roles",
            refused.to_string(),
        )])),
        Err(CreateError::NotFound) => Err(Error::Lost),
        Err(CreateError::Db(error)) => Err(error),
    }
}

/// The invitation that is open already.
async fn open(tx: &mut Tx, found: &Found, class: &Class) -> Result<Option<Box<Invitation>>, Error> {
    let Class::AlreadyInvited { invitation, .. } = class else {
        return Ok(None);
    };
    let open = invitations::find(tx, &found.organization.id, invitation).await?;
    Ok(open.map(Box::new))
}

/// Tells the CRM, at the record that was named, that nothing was sent.
async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    wish: &Wish,
    found: &Found,
    class: &Class,
) -> Result<(), Error> {
    let Some(person) = &found.person else {
        return Ok(());
    };
    let told = NotSent {
        crm_contact_id: &person.external_id,
        kind: found.kind,
        email: &person.email,
        roles: &wish.roles,
        word: class.word(),
        reason: class.reason(),
        request: cx.request_id.as_str(),
    };
    not_sent(tx, cx, &found.organization, told).await
}
