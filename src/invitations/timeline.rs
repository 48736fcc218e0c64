//! What became of an invitation so far, and what is still to come.

use super::{
    model::{Ended, Invitation, Live, State, Way},
    store,
};
use crate::{
    db::{Conn, Error},
    kernel::Instant,
    on,
};

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened or will.
    pub kind: StepKind,
    /// When; `None` for what has not happened.
    pub at: Option<Instant>,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// It was made.
    Created,
    /// A new link was made; the one before stopped working.
    Renewed,
    /// The mail was sent once more; both links work.
    Reminded,
    /// The mail waits to leave.
    Queued,
    /// The mail server took the mail.
    Accepted,
    /// The inviter took the link to pass it on.
    HandedOver,
    /// The mail could not be delivered.
    Bounced,
    /// A person went on from the page of the link.
    Opened,
    /// Accepted by the invitee.
    Redeemed,
    /// Declined by the invitee.
    Declined,
    /// Taken back.
    Revoked,
    /// Its time ran out.
    Expired,
    /// Another invitation took its place.
    Superseded,
}

/// The steps in their order. What is waited for has no time.
///
/// # Errors
/// When the database refuses.
pub async fn timeline(
    conn: &mut Conn,
    invitation: &Invitation,
    now: Instant,
) -> Result<Vec<Step>, Error> {
    let links: Vec<(Instant, bool)> = on!(conn, |c| sqlx::query_as(store::SECRETS)
        .bind(&invitation.id)
        .fetch_all(c)
        .await)?;
    let kind = |is_reminder| {
        if is_reminder {
            StepKind::Reminded
        } else {
            StepKind::Renewed
        }
    };
    let renewed = links.into_iter().skip(1);
    let renewed = renewed
        .map(|(at, is_reminder)| Step {
            kind: kind(is_reminder),
            at: Some(at),
        })
        .collect();
    Ok(steps(invitation, renewed, now))
}

fn steps(invitation: &Invitation, renewed: Vec<Step>, now: Instant) -> Vec<Step> {
    let done = |kind, at| Step { kind, at: Some(at) };
    let mut steps = vec![done(StepKind::Created, invitation.created_at)];
    steps.extend(renewed);
    let passed = invitation.passed;
    let sent = match invitation.way {
        Way::Mail => StepKind::Accepted,
        Way::Link => StepKind::HandedOver,
    };
    let mut went: Vec<Step> = [
        passed.sent_at.map(|at| done(sent, at)),
        passed.bounced_at.map(|at| done(StepKind::Bounced, at)),
        passed.opened_at.map(|at| done(StepKind::Opened, at)),
    ]
    .into_iter()
    .flatten()
    .collect();
    went.sort_by_key(|step| step.at);
    steps.extend(went);
    let to_come = |kind| Step { kind, at: None };
    match invitation.state_at(now) {
        State::Ended(ended) => steps.push(done(end(&ended), ended.at())),
        State::Live(live) => {
            if live == Live::Queued {
                steps.push(to_come(StepKind::Queued));
            }
            if !matches!(live, Live::Opened { .. }) {
                steps.push(to_come(StepKind::Opened));
            }
            steps.push(to_come(StepKind::Redeemed));
        }
    }
    steps
}

fn end(ended: &Ended) -> StepKind {
    match ended {
        Ended::Redeemed { .. } => StepKind::Redeemed,
        Ended::Declined { .. } => StepKind::Declined,
        Ended::Revoked { .. } => StepKind::Revoked,
        Ended::Expired { .. } => StepKind::Expired,
        Ended::Superseded { .. } => StepKind::Superseded,
    }
}
