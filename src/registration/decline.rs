//! Declining a request, with a reason; and the applicant taking one back.

use serde_json::json;

use super::{
    Rules,
    approve::{Decider, NOTE_LIMIT, held, hold},
    model::{Registration, State},
    store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, RegistrationId},
        text,
    },
    on,
    organizations::{self, Ceiling},
};

/// Whom not to let in, and why.
#[derive(Debug, Clone)]
pub struct Decline {
    /// The request.
    pub registration_id: RegistrationId,
    /// Who decides.
    pub decider: Decider,
    /// What the applicant reads; needed.
    pub reason: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declined {
    /// Declined now.
    Declined,
    /// Somebody has decided before; nothing was changed.
    Before(Box<Registration>),
}

/// Why it could not be done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DeclineError {
    /// There is no such request here.
    #[error("no such request")]
    NotFound,
    /// The author does not run this organization (any more).
    #[error("only an admin of the organization may do this")]
    NotAllowed,
    /// No reason was given.
    #[error("a reason is needed")]
    NoReason,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Declines a request. Of two deciders the first one's word counts.
///
/// # Errors
/// See [`DeclineError`].
pub async fn decline(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    command: Decline,
) -> Result<Declined, DeclineError> {
    let reason = text::many_lines(&command.reason, NOTE_LIMIT);
    if reason.is_empty() {
        return Err(DeclineError::NoReason);
    }
    let registration = held(tx, &command.registration_id, &command.decider).await?;
    let registration = registration.ok_or(DeclineError::NotFound)?;
    if let Decider::Organization(own) = &command.decider {
        organizations::lock(tx, own).await?;
        if organizations::ceiling(tx, cx, rules.catalogue, own).await? == Ceiling::Nothing {
            return Err(DeclineError::NotAllowed);
        }
    }
    if !registration.state.is_open() {
        return Ok(Declined::Before(Box::new(registration)));
    }
    end(tx, cx, &registration, (State::Declined, &reason)).await?;
    super::letters::declined(tx, cx, rules, &registration, &reason).await?;
    Ok(Declined::Declined)
}

/// What came of taking a request back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawn {
    /// Taken back now.
    Withdrawn,
    /// It was decided or taken back before; nothing was changed.
    Before(Box<Registration>),
}

/// Takes back the applicant's own request; `None` when this identity sent no such request.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw(
    tx: &mut Tx,
    cx: &Cx,
    registration: &RegistrationId,
    (issuer, subject): (&str, &str),
) -> Result<Option<Withdrawn>, Error> {
    hold(tx, registration).await?;
    let found = super::find(tx, registration).await?;
    let Some(own) = found.filter(|found| found.is_of(issuer, subject)) else {
        return Ok(None);
    };
    if !own.state.is_open() {
        return Ok(Some(Withdrawn::Before(Box::new(own))));
    }
    end(tx, cx, &own, (State::Withdrawn, "")).await?;
    Ok(Some(Withdrawn::Withdrawn))
}

async fn end(
    tx: &mut Tx,
    cx: &Cx,
    registration: &Registration,
    (state, note): (State, &str),
) -> Result<(), Error> {
    let ended: Option<(RegistrationId,)> = on!(tx, |c| sqlx::query_as(store::END)
        .bind(&registration.id)
        .bind(state)
        .bind(registration.organization_id.as_ref())
        .bind(registration.person_id.as_ref())
        .bind(cx.actor.reference())
        .bind(note)
        .bind(cx.now())
        .bind("")
        .bind("")
        .fetch_optional(c)
        .await)?;
    ended.ok_or(Error::Lost)?;
    let event = audit::Event {
        action: match state {
            State::Withdrawn => "registration.withdrawn",
            _ => "registration.declined",
        },
        target: registration.id.as_str(),
        organization: registration.organization_id.as_ref(),
        detail: json!({ "reference": registration.reference, "was": registration.state }),
    };
    audit::record(tx, cx, event).await
}
