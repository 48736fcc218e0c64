//! Asking for more seats than the contract has: the account's sales rep and the CRM learn of it.

use std::time::Duration;

use serde_json::json;

use super::{Organization, Seats, lock, seats};
use crate::{
    audit,
    db::{Conn, Error, Tx, inconsistent},
    kernel::{
        Cx, Instant,
        ids::{Id, OrganizationId},
        text,
    },
    mail::{self, Letterhead, Post, letters::SeatsAsked as Letter},
    outbox::{self, Fact, NewChange, SeatsFact},
    people,
    settings::Settings,
    tasks::{self, NewTask, TaskKind},
    web::urls,
};

/// The most that can be asked for at once.
pub const MOST: i64 = 10_000;
/// The longest message, in characters.
pub const MESSAGE_LIMIT: usize = 500;
/// While an answer is awaited, the same wish is not sent again for so long.
const PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A wish for more seats.
#[derive(Debug, Clone)]
pub struct AskSeats {
    /// For which organization.
    pub organization_id: OrganizationId,
    /// How many more, 1 to [`MOST`].
    pub more: i64,
    /// What to add; may be empty.
    pub message: String,
    /// Who asks, for the letter.
    pub asker: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatsAsked {
    /// Staff and the CRM are told.
    Asked,
    /// They were told at this moment, and that is not long ago.
    Already(Instant),
    /// The contracts allow any number.
    Unlimited,
}

/// Why it was not asked.
#[derive(Debug, thiserror::Error)]
pub enum AskSeatsError {
    /// There is no such organization.
    #[error("no such organization")]
    NotFound,
    /// Not a number of seats.
    #[error("not from 1 to {MOST}")]
    NotANumber,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// A wish that has no answer yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatsWish {
    /// When it was sent.
    pub at: Instant,
    /// How many more.
    pub more: i64,
    /// How many seats there were.
    limit: i64,
    /// How many were taken.
    taken: i64,
}

impl SeatsWish {
    /// Whether it has its answer: there are more seats, or one is free where none was.
    #[must_use]
    pub fn is_answered(self, seats: Seats) -> bool {
        let had_none = self.taken >= self.limit;
        seats.limit.is_none_or(|limit| limit > self.limit) || (had_none && seats.has_room())
    }

    /// Whether it is so young that it cannot be sent again.
    #[must_use]
    pub fn is_fresh(self, now: Instant) -> bool {
        now < self.at.plus(PATIENCE)
    }
}

/// The organization's wish that has no answer yet.
///
/// # Errors
/// When the database refuses, or the stored wish does not parse.
pub async fn seats_wish(
    conn: &mut Conn,
    organization: &OrganizationId,
) -> Result<Option<SeatsWish>, Error> {
    #[derive(serde::Deserialize)]
    struct Detail {
        more: i64,
        seats: i64,
        taken: i64,
    }
    let open = tasks::find_open(conn, TaskKind::SeatsAsked, organization.as_str()).await?;
    let Some(task) = open else {
        return Ok(None);
    };
    let detail: Detail =
        serde_json::from_str(&task.detail).map_err(inconsistent("tasks", "detail", &task.id))?;
    Ok(Some(SeatsWish {
        at: task.created_at,
        more: detail.more,
        limit: detail.seats,
        taken: detail.taken,
    }))
}

/// Asks: a task, a letter to the account's owner (or the service desk), a note on the account in the
/// CRM. The task closes when it is answered ([`SeatsWish::is_answered`]), or when staff close it.
///
/// # Errors
/// [`AskSeatsError`].
pub async fn ask_seats(
    tx: &mut Tx,
    cx: &Cx,
    settings: &Settings,
    wish: AskSeats,
) -> Result<SeatsAsked, AskSeatsError> {
    if !(1..=MOST).contains(&wish.more) {
        return Err(AskSeatsError::NotANumber);
    }
    let organization = lock(tx, &wish.organization_id).await?;
    let organization = organization.ok_or(AskSeatsError::NotFound)?;
    let now = cx.now();
    let seats = seats(tx, &organization.id, now).await?;
    let Some(limit) = seats.limit else {
        return Ok(SeatsAsked::Unlimited);
    };
    let before = seats_wish(tx, &organization.id).await?;
    if let Some(wish) = before.filter(|wish| wish.is_fresh(now)) {
        return Ok(SeatsAsked::Already(wish.at));
    }
    let fact = SeatsFact {
        organization_id: organization.id.clone(),
        crm_account_id: organization.crm_account_id.clone(),
        limit,
        taken: seats.taken,
        more: wish.more,
        message: text::one_line(&wish.message, MESSAGE_LIMIT),
    };
    raise(tx, cx, &organization, &fact).await?;
    tell(tx, cx, settings, &organization, (&fact, &wish.asker)).await?;
    let change = NewChange {
        subject: organization.id.as_str(),
        organization: Some(&organization.id),
        destinations: &[outbox::crm_destination(&organization.connection)],
        fact: Fact::SeatsAsked(fact),
    };
    outbox::record(tx, cx, change).await?;
    Ok(SeatsAsked::Asked)
}

/// The task for staff, and the record.
async fn raise(
    tx: &mut Tx,
    cx: &Cx,
    organization: &Organization,
    fact: &SeatsFact,
) -> Result<(), Error> {
    let subject = organization.id.as_str();
    let numbers = json!({ "seats": fact.limit, "taken": fact.taken, "more": fact.more });
    tasks::settle(tx, cx, TaskKind::SeatsAsked, subject).await?;
    let task = NewTask {
        kind: TaskKind::SeatsAsked,
        organization: Some(&organization.id),
        subject,
        detail: numbers.clone(),
    };
    tasks::raise(tx, cx, task).await?;
    let event = audit::Event {
        action: "organization.seats_asked",
        target: subject,
        organization: Some(&organization.id),
        detail: numbers,
    };
    audit::record(tx, cx, event).await
}

/// The letters to staff.
async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    settings: &Settings,
    organization: &Organization,
    (fact, asker): (&SeatsFact, &str),
) -> Result<(), Error> {
    let head = Letterhead::of(&settings.portal);
    let (desk, is_owner) = settings.desk_of(&organization.owner_email);
    for staff in desk {
        let lang = people::language_of(tx, &staff.email, &settings.portal).await?;
        let letter = Letter {
            name: staff.name.clone(),
            organization: organization.name.clone(),
            asker: asker.to_owned(),
            more: fact.more,
            limit: fact.limit,
            taken: fact.taken,
            message: fact.message.clone(),
            is_owner,
            link: head.link(urls::SalesAccount {
                organization: &organization.id,
            }),
        };
        let post = Post {
            to: &staff.email,
            lang,
            reply_to: None,
            organization: Some(&organization.id),
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    Ok(())
}
