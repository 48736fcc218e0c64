//! What somebody who holds a link is shown. Reads only: looking, by a person or a mail scanner,
//! changes nothing (law 5).

use super::{
    account::{Account, Fit, Holder},
    find,
    model::{Ended, Invitation, State},
};
use crate::{
    db::{Conn, Error},
    kernel::{EmailAddress, Instant, LinkSecret},
    organizations::{self, MembershipStatus, Organization},
};

/// The situation of a link.
#[derive(Debug, Clone)]
pub enum Situation {
    /// No invitation has or had this secret; a malformed one looks the same.
    Unknown,
    /// A newer link took its place.
    Replaced {
        /// When the newer one was made.
        at: Instant,
        /// The invitation it belonged to.
        place: Box<Place>,
    },
    /// The invitation is over.
    Over {
        /// How it ended.
        ended: Ended,
        /// Whether whoever is signed in is the one who accepted it.
        by_you: bool,
        /// The invitation.
        place: Box<Place>,
    },
    /// It can be accepted by whom it is meant for.
    Open {
        /// Who is looking.
        meeting: Meeting,
        /// The invitation.
        place: Box<Place>,
    },
}

/// An invitation and where it leads.
#[derive(Debug, Clone)]
pub struct Place {
    /// The invitation.
    pub invitation: Invitation,
    /// The organization.
    pub organization: Organization,
}

/// Who looks at an open invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meeting {
    /// Nobody is signed in.
    SignedOut,
    /// Somebody for whom it is meant or allowed.
    Welcome(Seen),
    /// Somebody else.
    SomebodyElse(Seen),
    /// Somebody whose address nobody vouches for.
    Unverified(Seen),
    /// A member already.
    Member(Seen),
    /// A member who is suspended.
    SuspendedMember(Seen),
}

/// An account as pages show it to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Name.
    pub name: String,
    /// Address; `None` when the provider gave none.
    pub email: Option<EmailAddress>,
    /// Whether it is the invited address itself.
    pub is_invited: bool,
}

/// Says what a link means to whoever holds it. Nothing is changed.
///
/// # Errors
/// When the database refuses.
pub async fn look(
    conn: &mut Conn,
    secret: &LinkSecret,
    account: Option<&Account>,
    now: Instant,
) -> Result<Situation, Error> {
    let Some((invitation, replaced_at)) = find::by_secret(conn, secret).await? else {
        return Ok(Situation::Unknown);
    };
    let organization = organizations::find(conn, &invitation.organization_id).await?;
    let organization = organization.ok_or(Error::Lost)?;
    let holder = match account {
        Some(account) => account.read(conn).await?,
        None => None,
    };
    let state = invitation.state_at(now);
    let place = Box::new(Place {
        invitation,
        organization,
    });
    if let (Some(_), State::Live(_)) = (replaced_at, &state) {
        let at = place.invitation.issued_at;
        return Ok(Situation::Replaced { at, place });
    }
    match state {
        State::Ended(ended) => {
            let by_you = holder.is_some_and(|holder| accepted_by(&ended, &holder));
            Ok(Situation::Over {
                ended,
                by_you,
                place,
            })
        }
        State::Live(_) => {
            let meeting = match holder {
                Some(holder) => meet(conn, &place, holder, now).await?,
                None => Meeting::SignedOut,
            };
            Ok(Situation::Open { meeting, place })
        }
    }
}

pub(super) fn accepted_by(ended: &Ended, holder: &Holder) -> bool {
    match (ended, &holder.person) {
        (Ended::Redeemed { by, .. }, Some(person)) => *by == person.id,
        _ => false,
    }
}

async fn meet(
    conn: &mut Conn,
    place: &Place,
    holder: Holder,
    now: Instant,
) -> Result<Meeting, Error> {
    let (invitation, organization) = (&place.invitation, &place.organization);
    let fit = holder.fit(invitation, organization.invite_policy);
    let member = match &holder.person {
        Some(person) => {
            organizations::find_membership_of(conn, &organization.id, &person.id).await?
        }
        None => None,
    };
    let seen = Seen {
        is_invited: fit == Fit::Invited,
        name: holder.name,
        email: holder.email,
    };
    Ok(match member {
        Some(member) if member.takes_seat(now) => Meeting::Member(seen),
        Some(member) if member.status == MembershipStatus::Suspended => {
            Meeting::SuspendedMember(seen)
        }
        _ => match fit {
            Fit::Invited | Fit::Allowed => Meeting::Welcome(seen),
            Fit::Other => Meeting::SomebodyElse(seen),
            Fit::Unverified => Meeting::Unverified(seen),
        },
    })
}
