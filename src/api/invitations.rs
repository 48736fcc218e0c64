//! One invitation: made, read, sent again, taken back.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Answer, ApiClient, Call,
    invite::{self, Done, Wish},
    run::unfit,
    target::Target,
};
use crate::{
    clients,
    db::{Conn, Error},
    invitations::{
        self, Class, Ended, Invitation, Resend, ResendError, Resent, Revoke, RevokeError, Revoked,
        State, Way,
    },
    kernel::{
        Instant,
        ids::{Id, InvitationId},
    },
    organizations,
    web::Problem,
};

/// Where an invitation is read.
pub(super) const ONE: &str = "/api/v1/invitations/{invitation}";

/// Invites.
pub(super) async fn create(call: Call) -> Result<Answer, Problem> {
    let wish: Wish = call.read()?;
    call.act(move |tx, client| {
        Box::pin(async move {
            match invite::invite(tx, &client, &wish).await? {
                Done::Queued(invitation) => {
                    let location = location(&invitation);
                    let now = client.cx.now();
                    let body = outcome("queued", Some((&invitation, now)));
                    Ok(Answer::created(body, location))
                }
                Done::NotSent(class, open) => Ok(Answer::ok(not_sent(
                    &class,
                    open.as_deref(),
                    client.cx.now(),
                ))),
                Done::Invalid(faults) => Err(unfit()
                    .detail("`errors` says what is wrong where.")
                    .errors(faults)),
            }
        })
    })
    .await
}

/// Reads one.
pub(super) async fn show(call: Call) -> Result<Answer, Problem> {
    let mut conn = call.conn().await?;
    let invitation = seen(&mut conn, &call.client, call.parameter("invitation")).await?;
    Ok(Answer::ok(shown(&invitation, call.client.cx.now())))
}

/// Sends one again, with a new link and a full life.
pub(super) async fn resend(call: Call) -> Result<Answer, Problem> {
    let mut conn = call.conn().await?;
    let found = seen(&mut conn, &call.client, call.parameter("invitation")).await?;
    drop(conn);
    call.act(move |tx, client| {
        Box::pin(async move {
            let now = client.cx.now();
            // Whoever sends it answers for it; who is named to the invitee stays.
            let target = Target::asked_by(found.inviter.email.clone());
            let command = Resend {
                organization_id: found.organization_id.clone(),
                invitation_id: found.id.clone(),
                inviter: target.inviter(&client),
                way: Way::Mail,
            };
            let done = invitations::resend(tx, &client.cx, invite::rules(&client), command).await;
            Ok(Answer::ok(match done {
                Ok(Resent::Queued(invitation) | Resent::Link(invitation, _)) => {
                    outcome("resent", Some((&invitation, now)))
                }
                Ok(Resent::TooSoon { again_at }) => with(
                    refused(
                        "too-soon",
                        "the last mail is too young",
                        Some((&found, now)),
                    ),
                    "again_at",
                    again_at.to_string().into(),
                ),
                Ok(Resent::NotSent(class)) => not_sent(&class, Some(&found), now),
                Ok(Resent::Over(_)) => outcome("over", Some((&found, now))),
                Err(ResendError::Roles(why)) => {
                    refused("roles", &why.to_string(), Some((&found, now)))
                }
                Err(ResendError::NotFound) => return Err(not_found()),
                Err(ResendError::Db(error)) => return Err(error.into()),
            }))
        })
    })
    .await
}

/// Takes one back.
pub(super) async fn revoke(call: Call) -> Result<Answer, Problem> {
    let mut conn = call.conn().await?;
    let found = seen(&mut conn, &call.client, call.parameter("invitation")).await?;
    drop(conn);
    call.act(move |tx, client| {
        Box::pin(async move {
            let now = client.cx.now();
            let command = Revoke {
                organization_id: found.organization_id.clone(),
                invitation_id: found.id.clone(),
            };
            match invitations::revoke(tx, &client.cx, command).await {
                Ok(Revoked::Revoked(invitation)) => {
                    Ok(Answer::ok(outcome("revoked", Some((&invitation, now)))))
                }
                Ok(Revoked::OverBefore(_)) => Ok(Answer::ok(outcome("over", Some((&found, now))))),
                Err(RevokeError::NotFound) => Err(not_found()),
                Err(RevokeError::Db(error)) => Err(error.into()),
            }
        })
    })
    .await
}

/// What is not there, and what is not there for this client: one answer (law 8).
pub(super) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "Nothing is here")
}

/// Where an invitation can be read.
fn location(invitation: &Invitation) -> String {
    ONE.replace("{invitation}", invitation.id.as_str())
}

/// The invitation with this id, when its organization exists for the client.
async fn seen(conn: &mut Conn, client: &ApiClient, id: &str) -> Result<Invitation, Problem> {
    let id = InvitationId::parse(id).map_err(|_| not_found())?;
    let found = invitations::find_for_staff(conn, &id).await?;
    let invitation = found.ok_or_else(not_found)?;
    let organization = organizations::find(conn, &invitation.organization_id).await?;
    let organization = organization.ok_or_else(|| Problem::from(Error::Lost))?;
    let client: &clients::Client = &client.client;
    if client.sees(&organization.connection) {
        Ok(invitation)
    } else {
        Err(not_found())
    }
}

/// An outcome with the invitation it is about.
pub(super) fn outcome(word: &str, invitation: Option<(&Invitation, Instant)>) -> Value {
    let body = json!({ "outcome": word });
    match invitation {
        Some((invitation, now)) => with(body, "invitation", shown(invitation, now)),
        None => body,
    }
}

fn refused(word: &str, detail: &str, invitation: Option<(&Invitation, Instant)>) -> Value {
    let body = outcome("not_sent", invitation);
    with(with(body, "reason", word.into()), "detail", detail.into())
}

/// Why nothing was sent.
pub(super) fn not_sent(class: &Class, open: Option<&Invitation>, now: Instant) -> Value {
    let open = open.map(|open| (open, now));
    refused(class.word(), class.reason(), open)
}

/// With one more member.
pub(super) fn with(mut body: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    body
}

/// An invitation as the API shows it.
pub(super) fn shown(invitation: &Invitation, now: Instant) -> Value {
    let state = invitation.state_at(now);
    let ended_at = match &state {
        State::Live(_) => None,
        State::Ended(ended) => Some(ended.at()),
    };
    let (person, membership) = match &state {
        State::Ended(Ended::Redeemed { by, membership, .. }) => (Some(by), Some(membership)),
        _ => (None, None),
    };
    let at = |at: Option<Instant>| at.map(|at| at.to_string());
    json!({
        "id": invitation.id,
        "organization_id": invitation.organization_id,
        "kind": invitation.kind,
        "email": invitation.email.shown(),
        "name": invitation.invitee_name,
        "language": invitation.language,
        "roles": invitation.roles.to_list(),
        "state": state.word().as_str(),
        "crm_id": invitation.crm_contact_id,
        "delivery_note": invitation.delivery_note,
        "created_at": invitation.created_at.to_string(),
        "issued_at": invitation.issued_at.to_string(),
        "expires_at": invitation.expires_at.to_string(),
        "sent_at": at(invitation.passed.sent_at),
        "opened_at": at(invitation.passed.opened_at),
        "bounced_at": at(invitation.passed.bounced_at),
        "ended_at": at(ended_at),
        "person_id": person,
        "membership_id": membership,
    })
}
