//! Signing a known person in: a new session, the sign-in noted, the CRMs told once a day.

use std::time::Duration;

use tower_sessions::{Session, session};

use crate::{
    access::sessions::{self, Held, NewSession, Opened},
    app::AppState,
    db::{Error, Tx},
    kernel::{Actor, Cx, ids::PersonId},
    people::{self, PendingIdentity, Person, PersonStatus},
    web::{Refusal, Visit},
};

/// What a session needs beside the person and the proof.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The browser's own description.
    pub user_agent: String,
    /// How long a session may live.
    pub life: Duration,
    /// The browser's session until now.
    pub replaces: Option<session::Id>,
}

impl Frame {
    /// The frame of a request.
    #[must_use]
    pub fn of(state: &AppState, user_agent: &str, session: &Session) -> Self {
        let hours = u64::from(state.settings.session.absolute_hours);
        Self {
            user_agent: user_agent.to_owned(),
            life: Duration::from_secs(hours * 3_600),
            replaces: session.id(),
        }
    }
}

/// Holds what the provider of a sign-in may end: the first thing that its transaction does.
///
/// # Errors
/// When the database refuses.
pub(super) async fn hold(tx: &mut Tx, proof: &PendingIdentity) -> Result<Held, Error> {
    let names = (proof.provider_session.as_str(), proof.subject.as_str());
    sessions::hold(tx, &proof.issuer, names).await
}

/// Opens the session in a transaction of the caller's and notes the sign-in. The cookie is set by
/// [`sessions::hand_over`] once the transaction has committed. `None` when the provider has ended
/// this sign-in meanwhile. What the provider may end meanwhile is held since the transaction began
/// ([`hold`]).
///
/// # Errors
/// When the database refuses.
pub async fn open(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    (proof, held): (&PendingIdentity, &Held),
    frame: Frame,
) -> Result<Option<Opened>, Error> {
    if sessions::is_ended(tx, held, proof.at).await? {
        return Ok(None);
    }
    let cx = cx.acting_as(Actor::Person {
        person_id: person.id.clone(),
    });
    // The person's row first, then the identity's: two sign-ins at once must not wait for each other.
    people::note_sign_in(tx, &cx, person, proof).await?;
    people::note_names_said(tx, &cx, proof).await?;
    let new = NewSession {
        person_id: person.id.clone(),
        provider: proof.provider.clone(),
        issuer: proof.issuer.clone(),
        subject: proof.subject.clone(),
        provider_session: proof.provider_session.clone(),
        id_token_sealed: proof.id_token_sealed.clone(),
        acr: proof.acr.clone(),
        amr: proof.amr.clone(),
        user_agent: frame.user_agent,
        expires_at: cx.now().plus(frame.life),
        replaces: frame.replaces,
    };
    sessions::open(tx, &cx, new).await.map(Some)
}

/// Signs a person in who has just come into being: after an invitation was redeemed or a
/// registration made a person, in a transaction of its own. The identity in `proof` must be theirs
/// by then; otherwise nothing happens.
///
/// # Errors
/// [`Refusal`] when the database refuses, the person may not sign in, or the identity is not theirs.
pub async fn start_session(
    visit: &Visit,
    session: &Session,
    person: &PersonId,
    proof: &PendingIdentity,
) -> Result<(), Refusal> {
    let frame = Frame::of(&visit.state, &visit.user_agent, session);
    let (cx, person, proof) = (visit.cx.clone(), person.clone(), proof.clone());
    let opened = visit.state.db.write(move |tx| {
        Box::pin(async move { open_if_theirs(tx, &cx, &person, &proof, frame).await })
    });
    let opened = opened.await?;
    let opened = opened.ok_or(Refusal::Forbidden)?;
    hand_over(session, &opened).await
}

async fn open_if_theirs(
    tx: &mut Tx,
    cx: &Cx,
    person: &PersonId,
    proof: &PendingIdentity,
    frame: Frame,
) -> Result<Option<Opened>, Error> {
    let held = hold(tx, proof).await?;
    let holder = people::find_by_identity(tx, &proof.issuer, &proof.subject).await?;
    match holder {
        Some(holder) if holder.id == *person && holder.status == PersonStatus::Active => {
            open(tx, cx, &holder, (proof, &held), frame).await
        }
        _ => Ok(None),
    }
}

/// Sets the cookie of an opened session.
///
/// # Errors
/// [`Refusal::Busy`] when the store does not answer.
pub async fn hand_over(session: &Session, opened: &Opened) -> Result<(), Refusal> {
    sessions::hand_over(session, opened).await.map_err(|error| {
        tracing::error!(%error, "a session could not be handed over");
        Refusal::Busy
    })
}
