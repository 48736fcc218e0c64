//! Asking the CRM again, for requests that it has not answered and for those that a person decides.
//!
//! Safe on any number of nodes: a request is claimed by moving its next try, so one node asks about
//! it at a time, and what comes of it is written only while the request is still open.

use std::time::Duration;

use super::{
    Rules,
    approve::hold,
    decide::{Answered, Weighed, weigh},
    evidence_text, letters,
    lookup::{self, evidence_of},
    mirror,
    model::{Applicant, Evidence, Registration, State, Why},
    settle::{Confirmed, Placing, Settled, ground, place, settle},
    store,
};
use crate::{
    app::AppState,
    db::{Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{OrganizationId, RegistrationId},
    },
    on, organizations,
};

/// How long after it was sent a request is tried again first.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(20);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);
/// How long one node may work on a request before another takes it.
const LEASE: Duration = Duration::from_secs(2 * 60);
/// How long a CRM may take here, where nobody waits for a page.
const BUDGET: Duration = Duration::from_secs(15);
/// Requests worked on in one round.
const ROUND: i64 = 20;

#[derive(sqlx::FromRow)]
struct Due {
    id: RegistrationId,
    next_try_at: Instant,
}

/// How often it is looked whether something is due.
const EVERY: Duration = Duration::from_secs(5);

/// Asks about what is due until the portal stops.
pub async fn run(state: &AppState) {
    let stop = state.stop.clone();
    while stop
        .run_until_cancelled(tokio::time::sleep(EVERY))
        .await
        .is_some()
    {
        if let Err(error) = run_due(state).await {
            tracing::warn!(%error, "registrations that wait for a CRM were not asked about");
        }
    }
}

/// Asks about the requests that are due; how many there were.
///
/// # Errors
/// When the database refuses; what was not done is due again later.
pub async fn run_due(state: &AppState) -> Result<usize, Error> {
    let cx = state.world.system("registration");
    let state = &state.newest().await?;
    let mut conn = state.db.read().await?;
    let due: Vec<Due> = on!(conn, |c| sqlx::query_as(store::DUE)
        .bind(cx.now())
        .bind(ROUND)
        .fetch_all(c)
        .await)?;
    drop(conn);
    let count = due.len();
    for due in due {
        if let Some(registration) = claim(state, &cx, due).await? {
            one(state, &cx, registration).await?;
        }
    }
    Ok(count)
}

/// Asks about one request now, whatever its next try (staff pressed the button).
///
/// # Errors
/// When the database refuses.
pub async fn run_now(state: &AppState, registration: &RegistrationId) -> Result<(), Error> {
    let cx = state.world.system("registration");
    let mut conn = state.db.read().await?;
    let found = super::find(&mut conn, registration).await?;
    drop(conn);
    match found.filter(|found| found.state.is_open() && !found.contract_number.is_empty()) {
        Some(registration) => one(state, &cx, registration).await,
        None => Ok(()),
    }
}

/// Forgets tries that no longer count.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(state: &AppState) -> Result<(), Error> {
    let cx = state.world.system("registration");
    state
        .db
        .write(move |tx| Box::pin(async move { super::attempts::sweep(tx, &cx).await }))
        .await
}

async fn claim(state: &AppState, cx: &Cx, due: Due) -> Result<Option<Registration>, Error> {
    let until = cx.now().plus(LEASE);
    state
        .db
        .write(move |tx| Box::pin(async move { take(tx, &due, until).await }))
        .await
}

async fn take(tx: &mut Tx, due: &Due, until: Instant) -> Result<Option<Registration>, Error> {
    let claimed: Option<(RegistrationId,)> = on!(tx, |c| sqlx::query_as(store::CLAIM)
        .bind(&due.id)
        .bind(due.next_try_at)
        .bind(until)
        .fetch_optional(c)
        .await)?;
    match claimed {
        Some((id,)) => super::find(tx, &id).await,
        None => Ok(None),
    }
}

/// Asks the CRMs about one request, outside any transaction, and writes what came of it.
async fn one(state: &AppState, cx: &Cx, registration: Registration) -> Result<(), Error> {
    let connections: Vec<_> = state.crm.iter().cloned().collect();
    let question = lookup::question(
        &registration.contract_number,
        &registration.company_fact,
        &registration.email,
    );
    let answers = lookup::ask(&connections, &question, cx.now(), BUDGET).await;
    let organization_id = mirror::take_all(state, &answers).await?;
    let asked = Asked {
        evidence: Evidence {
            why: registration.evidence.why,
            by_hand: registration.evidence.by_hand,
            tries: registration.evidence.tries,
            ..evidence_of(&answers, &registration.email, cx.now())
        },
        answers,
        organization_id,
    };
    let cx = cx.clone();
    state
        .write(move |tx, state| {
            Box::pin(async move {
                let rules = Rules::of(&state);
                write(tx, &cx, rules, &registration.id, asked).await
            })
        })
        .await
}

/// What asking has given.
struct Asked {
    evidence: Evidence,
    answers: Vec<Answered>,
    /// The organization, when exactly one CRM has found one.
    organization_id: Option<OrganizationId>,
}

async fn write(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    id: &RegistrationId,
    asked: Asked,
) -> Result<(), Error> {
    hold(tx, id).await?;
    let Some(mut registration) = super::find(tx, id).await? else {
        return Ok(());
    };
    registration.evidence = asked.evidence.clone();
    match (registration.state, weigh(&asked.answers)) {
        (State::WaitingCrm | State::WaitingStaff, Weighed::Wait) => {
            put_off(tx, cx, &registration).await
        }
        (State::WaitingStaff, _) => show(tx, cx, rules, &registration, (&asked, None)).await,
        (State::WaitingCrm, Weighed::Several) => {
            show(tx, cx, rules, &registration, (&asked, Some(Why::Several))).await
        }
        (State::WaitingCrm, Weighed::NotConfirmed) => {
            show(
                tx,
                cx,
                rules,
                &registration,
                (&asked, Some(Why::NotConfirmed)),
            )
            .await
        }
        (
            State::WaitingCrm,
            Weighed::Confirmed {
                connection,
                evidence,
            },
        ) => {
            let confirmed = Confirmed::of(connection, evidence, &registration.email);
            decide_now(tx, cx, rules, &registration, &confirmed, &asked).await
        }
        // Decided, taken back, or placed with the organization meanwhile.
        _ => Ok(()),
    }
}

async fn decide_now(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    confirmed: &Confirmed,
    asked: &Asked,
) -> Result<(), Error> {
    let applicant = Applicant {
        provider: registration.provider.clone(),
        issuer: registration.issuer.clone(),
        subject: registration.subject.clone(),
        email: registration.email.clone(),
    };
    let Some(ground) = ground(tx, cx, rules, &applicant, confirmed).await? else {
        return show(
            tx,
            cx,
            rules,
            registration,
            (asked, Some(Why::NotConfirmed)),
        )
        .await;
    };
    match settle(tx, cx, rules, registration, &ground).await? {
        Settled::Admitted(_) => Ok(()),
        Settled::Waiting(_) => {
            let placed = super::find(tx, &registration.id)
                .await?
                .ok_or(Error::Lost)?;
            letters::deciders(tx, cx, rules, &placed).await
        }
    }
}

/// Puts the request before staff with what the CRMs said, and tells those who have not been told:
/// staff when it waited for the CRM before, the owner when the account has just become known.
async fn show(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    (asked, why): (&Asked, Option<Why>),
) -> Result<(), Error> {
    let organization = match &asked.organization_id {
        Some(id) => organizations::find(tx, id).await?,
        None => None,
    };
    let placing = Placing {
        state: State::WaitingStaff,
        connection: organization.as_ref().map_or("", |known| &known.connection),
        organization_id: asked.organization_id.as_ref(),
        company_name: organization.as_ref().map_or("", |known| &known.name),
        evidence: Evidence {
            why: why.or(registration.evidence.why),
            ..registration.evidence.clone()
        },
        next_try_at: None,
    };
    place(tx, cx, registration, placing).await?;
    let owner = |known: &organizations::Organization| rules.settings.rep(&known.owner_email);
    let has_new_owner =
        registration.organization_id.is_none() && organization.as_ref().and_then(owner).is_some();
    if registration.state == State::WaitingCrm || has_new_owner {
        let placed = super::find(tx, &registration.id).await?;
        let placed = placed.ok_or(Error::Lost)?;
        letters::deciders(tx, cx, rules, &placed).await?;
    }
    Ok(())
}

/// Remembers that a CRM did not answer, and tries later.
async fn put_off(tx: &mut Tx, cx: &Cx, registration: &Registration) -> Result<(), Error> {
    let tries = registration.evidence.tries.saturating_add(1);
    let evidence = Evidence {
        tries,
        ..registration.evidence.clone()
    };
    let text = evidence_text(&registration.id, &evidence)?;
    on!(tx, |c| sqlx::query(store::PUT_OFF)
        .bind(&registration.id)
        .bind(&text)
        .bind(cx.now().plus(pause(tries)))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The pause after so many tries without an answer: doubled each time up to the longest.
fn pause(tries: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(tries.min(16)))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause(0), FIRST_PAUSE);
        assert_eq!(pause(1), FIRST_PAUSE * 2);
        assert_eq!(pause(60), LONGEST_PAUSE);
    }
}
