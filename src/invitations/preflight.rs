//! Before an invitation is sent: would it get anywhere? The same answer for an admin, a sales rep
//! and a request from the CRM.
//!
//! [`classify`] is pure. [`check`] reads what it needs; `create` asks it again in the transaction
//! that sends.

use super::{
    attempts,
    authority::Rules,
    find::find_live,
    model::{Invitation, Inviter, Kind},
    store,
};
use crate::{
    contracts::{self, Standing},
    crm::mirror::{self, CrmPerson, CrmPersonKind},
    db::{Conn, Error},
    kernel::{
        Cx, EmailAddress, Instant,
        ids::{InvitationId, OrganizationId},
        webmail,
    },
    on,
    organizations::{self, Membership, MembershipStatus, Organization, Seats},
    people,
    settings::InvitationSettings,
};

/// What would become of an invitation to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// It can be sent.
    Ready,
    /// It can be sent; but the address is at a public mail service and says nothing of the company.
    Webmail,
    /// The text is no address. Only in lists.
    Malformed,
    /// The address stands further up already. Only in lists.
    Repeated,
    /// The address belongs to a member.
    AlreadyMember,
    /// The address belongs to a member who is suspended: an invitation does not undo that.
    SuspendedMember,
    /// There is an open invitation; it can be sent again.
    AlreadyInvited {
        /// Which.
        invitation: InvitationId,
        /// When its link was made.
        issued_at: Instant,
    },
    /// No contract of the organization gives access, now or later.
    NoContract,
    /// All seats are taken or promised to others who are invited.
    NoSeat {
        /// How many there are.
        seats: i64,
        /// How many of them are promised.
        promised: i64,
    },
    /// The CRM says that this human wants no mail.
    OptedOut,
    /// The address got as many invitations today as one may get.
    AddressLimit,
    /// The inviter made as many invitations today as one may make.
    InviterLimit,
}

impl Class {
    /// Whether an invitation may be sent, perhaps after a look.
    #[must_use]
    pub fn may_send(&self) -> bool {
        matches!(self, Self::Ready | Self::Webmail)
    }

    /// The word for records, CRMs and the keys of texts.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Webmail => "webmail",
            Self::Malformed => "malformed",
            Self::Repeated => "repeated",
            Self::AlreadyMember => "already-member",
            Self::SuspendedMember => "suspended-member",
            Self::AlreadyInvited { .. } => "already-invited",
            Self::NoContract => "no-contract",
            Self::NoSeat { .. } => "no-seat",
            Self::OptedOut => "opted-out",
            Self::AddressLimit => "address-limit",
            Self::InviterLimit => "inviter-limit",
        }
    }

    /// Why nothing is sent, in English: the language of records and machines.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Ready | Self::Webmail => "nothing stands in the way",
            Self::Malformed => "the record has no e-mail address that can be written to",
            Self::Repeated => "the address was asked for twice at once",
            Self::AlreadyMember => "the address belongs to a member already",
            Self::SuspendedMember => "the address belongs to a member who is suspended",
            Self::AlreadyInvited { .. } => "an invitation is open and was sent a moment ago",
            Self::NoContract => "the account has no contract that gives access",
            Self::NoSeat { .. } => "all seats of the contract are taken or promised",
            Self::OptedOut => "the person wants no mail",
            Self::AddressLimit => "the address got too many invitations today",
            Self::InviterLimit => "the inviter made too many invitations today",
        }
    }
}

/// What is known about the organization and the inviter; read once for a whole list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct House {
    /// Whether a contract gives access, or will on a day that is agreed.
    pub has_contract: bool,
    /// Seats, and how many are taken; counted only when the contracts set a limit.
    pub seats: Seats,
    /// Seats promised by open invitations; counted only when the contracts set a limit.
    pub promised: i64,
    /// Invitations this inviter made today.
    pub by_inviter_today: i64,
    /// Invitations this inviter may make in a day.
    pub daily_limit: i64,
}

/// What is known about an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The membership of whoever has the address, whatever its status.
    pub member: Option<Membership>,
    /// The invitation stored as open.
    pub live: Option<Invitation>,
    /// Whether the CRM says that this human wants no mail.
    pub opted_out: bool,
    /// The one contact of the organization that has the address in the CRM.
    pub crm_contact_id: Option<String>,
    /// Invitations the address got today, from everybody.
    pub today: i64,
}

/// Two contacts with one address are nobody in particular.
fn only_contact(people: &[CrmPerson], organization: &Organization) -> Option<String> {
    let mut contacts = people.iter().filter(|person| {
        person.kind == CrmPersonKind::Contact
            && person.organization_id.as_ref() == Some(&organization.id)
    });
    let first = contacts.next()?;
    contacts.next().is_none().then(|| first.external_id.clone())
}

/// Decides about one address. Pure.
#[must_use]
pub fn classify(
    email: &EmailAddress,
    kind: Kind,
    house: &House,
    known: &Known,
    limits: &InvitationSettings,
    now: Instant,
) -> Class {
    match &known.member {
        Some(member) if member.takes_seat(now) => return Class::AlreadyMember,
        Some(member) if member.status == MembershipStatus::Suspended => {
            return Class::SuspendedMember;
        }
        _ => {}
    }
    if let Some(live) = known
        .live
        .as_ref()
        .filter(|live| live.live_at(now).is_some())
    {
        return Class::AlreadyInvited {
            invitation: live.id.clone(),
            issued_at: live.issued_at,
        };
    }
    if known.opted_out {
        return Class::OptedOut;
    }
    if kind == Kind::Member && !house.has_contract {
        return Class::NoContract;
    }
    if let Some(seats) = full(kind, house) {
        let promised = house.promised;
        return Class::NoSeat { seats, promised };
    }
    if known.today >= i64::from(limits.per_address_per_day) {
        return Class::AddressLimit;
    }
    if house.by_inviter_today >= house.daily_limit {
        return Class::InviterLimit;
    }
    if webmail::is_webmail(email.domain()) {
        Class::Webmail
    } else {
        Class::Ready
    }
}

/// The number of seats when none is left. Leads take none.
fn full(kind: Kind, house: &House) -> Option<i64> {
    let spoken_for = house.seats.taken.saturating_add(house.promised);
    let limit = house.seats.limit.filter(|_| kind == Kind::Member)?;
    (spoken_for >= limit).then_some(limit)
}

/// Reads what is known about the organization and the inviter.
///
/// # Errors
/// When the database refuses.
pub async fn house(
    conn: &mut Conn,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    inviter: &Inviter,
) -> Result<House, Error> {
    let now = cx.now();
    let contracts = contracts::of_organization(conn, &organization.id).await?;
    let has_contract = contracts.iter().any(|contract| {
        let standing = contract.standing(now);
        standing.grants() || matches!(standing, Standing::NotStarted { starts_at: Some(_) })
    });
    // Counting walks over everybody in the organization, so it is left out where nothing hangs on it.
    let limit = contracts::seat_limit(&contracts, now);
    let (taken, promised) = match limit {
        None => (0, 0),
        Some(_) => (
            organizations::taken_seats(conn, &organization.id, now).await?,
            promised_seats(conn, &organization.id, now).await?,
        ),
    };
    let seats = Seats { limit, taken };
    let by_inviter_today = attempts::today(conn, cx, &attempts::by_inviter(cx, inviter)).await?;
    Ok(House {
        has_contract,
        seats,
        promised,
        by_inviter_today,
        daily_limit: attempts::daily_limit(&rules.settings.invitations, inviter).into(),
    })
}

/// Seats that open invitations have promised.
///
/// # Errors
/// When the database refuses.
pub async fn promised_seats(
    conn: &mut Conn,
    organization: &OrganizationId,
    now: Instant,
) -> Result<i64, Error> {
    let (promised,): (i64,) = on!(conn, |c| sqlx::query_as(store::PROMISED_SEATS)
        .bind(organization)
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(promised)
}

/// Reads what is known about an address.
///
/// # Errors
/// When the database refuses.
pub async fn known(
    conn: &mut Conn,
    cx: &Cx,
    organization: &Organization,
    email: &EmailAddress,
) -> Result<Known, Error> {
    let member = match people::find_by_email(conn, email).await? {
        Some(person) => {
            organizations::find_membership_of(conn, &organization.id, &person.id).await?
        }
        None => None,
    };
    let people = mirror::by_email(conn, &organization.connection, email).await?;
    Ok(Known {
        member,
        live: find_live(conn, &organization.id, email).await?,
        opted_out: people.iter().any(|person| person.opted_out),
        crm_contact_id: only_contact(&people, organization),
        today: attempts::today(conn, cx, &attempts::to_address(cx, email)).await?,
    })
}

/// Who invites whom to what, for a look ahead.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Into which organization.
    pub organization: &'a Organization,
    /// Who invites.
    pub inviter: &'a Inviter,
    /// What is offered.
    pub kind: Kind,
}

/// Classes addresses, in their order, as if they were invited one after the other.
///
/// # Errors
/// When the database refuses.
pub async fn check(
    conn: &mut Conn,
    cx: &Cx,
    rules: Rules<'_>,
    ask: Ask<'_>,
    addresses: &[EmailAddress],
) -> Result<Vec<Class>, Error> {
    let mut house = house(conn, cx, rules, ask.organization, ask.inviter).await?;
    let mut classes = Vec::with_capacity(addresses.len());
    let limits = &rules.settings.invitations;
    for (index, email) in addresses.iter().enumerate() {
        if addresses.iter().take(index).any(|earlier| earlier == email) {
            classes.push(Class::Repeated);
            continue;
        }
        let known = known(conn, cx, ask.organization, email).await?;
        let class = classify(email, ask.kind, &house, &known, limits, cx.now());
        if class.may_send() {
            house.promised = house
                .promised
                .saturating_add(i64::from(ask.kind == Kind::Member));
            house.by_inviter_today = house.by_inviter_today.saturating_add(1);
        }
        classes.push(class);
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house() -> House {
        House {
            has_contract: true,
            seats: Seats {
                limit: Some(5),
                taken: 2,
            },
            promised: 2,
            by_inviter_today: 0,
            daily_limit: 500,
        }
    }

    fn class(address: &str, kind: Kind, house: &House, known: &Known) -> Class {
        let email = EmailAddress::parse(address).unwrap();
        let limits = InvitationSettings::default();
        classify(
            &email,
            kind,
            house,
            known,
            &limits,
            Instant::from_seconds(1),
        )
    }

    #[test]
    fn the_first_obstacle_is_named() {
        let nothing = Known::default();
        assert_eq!(
            class("a@k.example", Kind::Member, &house(), &nothing),
            Class::Ready
        );
        assert_eq!(
            class("a@gmail.com", Kind::Member, &house(), &nothing),
            Class::Webmail
        );
        let opted_out = Known {
            opted_out: true,
            ..Known::default()
        };
        assert_eq!(
            class("a@gmail.com", Kind::Member, &house(), &opted_out),
            Class::OptedOut
        );
        let often = Known {
            today: 10,
            ..Known::default()
        };
        assert_eq!(
            class("a@k.example", Kind::Member, &house(), &often),
            Class::AddressLimit
        );
        let busy = House {
            by_inviter_today: 500,
            ..house()
        };
        assert_eq!(
            class("a@k.example", Kind::Member, &busy, &nothing),
            Class::InviterLimit
        );
    }

    #[test]
    fn promised_seats_count_and_leads_need_neither_seat_nor_contract() {
        let full = House {
            promised: 3,
            ..house()
        };
        let no_seat = Class::NoSeat {
            seats: 5,
            promised: 3,
        };
        assert_eq!(
            class("a@k.example", Kind::Member, &full, &Known::default()),
            no_seat
        );
        let bare = House {
            has_contract: false,
            ..full
        };
        assert_eq!(
            class("a@k.example", Kind::Member, &bare, &Known::default()),
            Class::NoContract
        );
        assert_eq!(
            class("a@k.example", Kind::Lead, &bare, &Known::default()),
            Class::Ready
        );
    }
}
