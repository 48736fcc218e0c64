//! One page of the list of people: members, open invitations and waiting requests, in one statement.

use std::str::FromStr;

use super::store;
use crate::{
    db::{Conn, Error, inconsistent},
    kernel::{
        Cursor, Instant,
        ids::{Id, InvitationId, MembershipId, OrganizationId, RegistrationId},
    },
    on,
};

/// How long an invitation that ran out stays in the list: a month.
const EXPIRED_SHOWN: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);
/// Sorts after every other text.
const LAST: &str = "\u{10ffff}";
const ROW_END: char = '\u{1e}';
const FIELD_END: char = '\u{1f}';
/// Named when a value of the list does not parse; the row's id says which of its three tables it is.
const TABLE: &str = "memberships, invitations or registrations";

crate::text_enum! {
    /// What somebody in the list is.
    pub enum PersonState {
        /// Asks to join.
        Requested = "requested",
        /// Invited; the mail came back.
        Bounced = "bounced",
        /// Was invited; the time is over.
        Expired = "expired",
        /// Invited.
        Invited = "invited",
        /// A member.
        Active = "active",
        /// A member from a later day on.
        Upcoming = "upcoming",
        /// A member whose time is over.
        Ended = "ended",
        /// A suspended member.
        Suspended = "suspended",
    }
}

impl PersonState {
    /// The part of the list it stands in, in the order of the list by status. The numbers are those
    /// of the statement.
    const fn place(self) -> i64 {
        match self {
            Self::Requested => 1,
            Self::Bounced => 2,
            Self::Expired => 3,
            Self::Invited => 4,
            Self::Active | Self::Upcoming | Self::Ended => ACTIVE_PLACE,
            Self::Suspended => SUSPENDED_PLACE,
        }
    }
}

const ACTIVE_PLACE: i64 = 5;
const SUSPENDED_PLACE: i64 = 6;

crate::text_enum! {
    /// The order of the list, as the URL says it.
    pub enum PeopleOrder {
        /// By name.
        Name = "name",
        /// By name, from the end.
        NameDown = "-name",
        /// By status, what needs somebody first.
        Status = "status",
        /// By status, from the end.
        StatusDown = "-status",
        /// Who was away longest first.
        Seen = "seen",
        /// Who was here last first.
        SeenDown = "-seen",
    }
}

impl PeopleOrder {
    const fn is_down(self) -> bool {
        matches!(self, Self::NameDown | Self::StatusDown | Self::SeenDown)
    }

    const fn by_sign_in(self) -> bool {
        matches!(self, Self::Seen | Self::SeenDown)
    }

    const fn by_status(self) -> bool {
        matches!(self, Self::Status | Self::StatusDown)
    }
}

/// Which people, in which order, from where.
#[derive(Debug, Clone)]
pub struct PeopleFilter {
    /// Folded part of a name or address; empty for everybody.
    pub search: String,
    /// Only these.
    pub state: Option<PersonState>,
    /// Only holders of this role key; empty for everybody.
    pub role: String,
    /// The order.
    pub order: PeopleOrder,
    /// How many.
    pub size: i64,
    /// The place to begin.
    pub cursor: Option<Cursor>,
}

/// Which thing of the portal stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowId {
    /// A member.
    Member(MembershipId),
    /// An invitation.
    Invitation(InvitationId),
    /// A request to join.
    Request(RegistrationId),
}

/// One row.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What it is.
    pub id: RowId,
    /// How it stands.
    pub state: PersonState,
    /// Full name; empty for an invitation that names nobody.
    pub name: String,
    /// Address.
    pub email: String,
    /// Business roles held or offered.
    pub roles: Vec<String>,
    /// The last sign-in.
    pub last_sign_in_at: Option<Instant>,
    /// A member: how they came. An invitation: who invited.
    pub source: String,
    /// A member: when they begin or end. An invitation: when it ends. A request: since when.
    pub at: Option<Instant>,
    /// Where it stands in the order.
    cursor: Cursor,
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct PeoplePage {
    /// Its rows.
    pub rows: Vec<Listed>,
    /// Where the page before it begins, backwards.
    pub previous: Option<Cursor>,
    /// Where the page after it begins.
    pub next: Option<Cursor>,
}

/// Reads a page.
///
/// # Errors
/// When the database refuses or a stored value does not parse.
pub async fn read(
    conn: &mut Conn,
    organization: &OrganizationId,
    filter: &PeopleFilter,
    now: Instant,
) -> Result<PeoplePage, Error> {
    let backwards = filter.cursor.as_ref().is_some_and(|from| from.backwards);
    let down = filter.order.is_down() != backwards;
    let packed = if filter.order.by_sign_in() {
        by_sign_in(conn, organization, filter, now, down).await?
    } else {
        by_name(conn, organization, filter, now, down).await?
    };
    let mut rows = packed
        .unwrap_or_default()
        .split(ROW_END)
        .filter(|line| !line.is_empty())
        .map(|line| Listed::unpack(line, filter.order))
        .collect::<Result<Vec<_>, _>>()?;
    let size = usize::try_from(filter.size).unwrap_or_default();
    let goes_on = rows.len() > size;
    rows.truncate(size);
    if backwards {
        rows.reverse();
    }
    let came_from = filter.cursor.is_some();
    let (has_previous, has_next) = if backwards {
        (goes_on, came_from)
    } else {
        (came_from, goes_on)
    };
    let place = |row: Option<&Listed>, backwards| {
        row.map(|row| Cursor {
            backwards,
            ..row.cursor.clone()
        })
    };
    Ok(PeoplePage {
        previous: place(rows.first().filter(|_| has_previous), true),
        next: place(rows.last().filter(|_| has_next), false),
        rows,
    })
}

/// The place in the list by name or status from which to read.
struct NamePlace<'a> {
    place: i64,
    key: &'a str,
    id: &'a str,
}

impl<'a> NamePlace<'a> {
    /// Where the cursor points, else the very start (the end when reading down).
    fn of(filter: &'a PeopleFilter, down: bool) -> Self {
        let start = if down { (i64::MAX, LAST) } else { (0, "") };
        let start = Self {
            place: start.0,
            key: start.1,
            id: "",
        };
        let Some(cursor) = &filter.cursor else {
            return start;
        };
        let (place, key) = if filter.order.by_status() {
            let split = cursor.key.split_once(':');
            match split.and_then(|(place, key)| Some((place.parse().ok()?, key))) {
                Some(found) => found,
                None => return start,
            }
        } else {
            (0, cursor.key.as_str())
        };
        let id = cursor.id.as_str();
        Self { place, key, id }
    }

    /// Where to begin within the members of one status; `None` when they are all behind.
    fn within(&self, place: i64, by_status: bool, down: bool) -> Option<(&'a str, &'a str)> {
        if !by_status || self.place == place {
            return Some((self.key, self.id));
        }
        let ahead = if down {
            self.place > place
        } else {
            self.place < place
        };
        ahead.then_some(if down { (LAST, "") } else { ("", "") })
    }
}

async fn by_name(
    conn: &mut Conn,
    organization: &OrganizationId,
    filter: &PeopleFilter,
    now: Instant,
    down: bool,
) -> Result<Option<String>, Error> {
    let statement = if down {
        store::PEOPLE_BY_NAME_BACKWARDS
    } else {
        store::PEOPLE_BY_NAME
    };
    let by_status = filter.order.by_status();
    let from = NamePlace::of(filter, down);
    let wants = |place| filter.state.is_none_or(|state| state.place() == place);
    let within = |place| from.within(place, by_status, down).filter(|_| wants(place));
    let (active, suspended) = (within(ACTIVE_PLACE), within(SUSPENDED_PLACE));
    let (active_key, active_id) = active.unwrap_or_default();
    let (suspended_key, suspended_id) = suspended.unwrap_or_default();
    Ok(on!(conn, |c| sqlx::query_scalar(statement)
        .bind(organization)
        .bind(now)
        .bind(contains(&filter.search))
        .bind(holds(&filter.role))
        .bind(filter.state.map_or("", PersonState::as_str))
        .bind(now.minus(EXPIRED_SHOWN))
        .bind(filter.size.saturating_add(1))
        .bind(from.place)
        .bind(active.is_some())
        .bind(active_key)
        .bind(active_id)
        .bind(suspended.is_some())
        .bind(suspended_key)
        .bind(suspended_id)
        .bind(by_status)
        .bind(from.key)
        .bind(from.id)
        .fetch_one(c)
        .await)?)
}

async fn by_sign_in(
    conn: &mut Conn,
    organization: &OrganizationId,
    filter: &PeopleFilter,
    now: Instant,
    down: bool,
) -> Result<Option<String>, Error> {
    let statement = if down {
        store::PEOPLE_BY_SIGN_IN_BACKWARDS
    } else {
        store::PEOPLE_BY_SIGN_IN
    };
    let start = if down { i64::MAX } else { -1 };
    let from = filter.cursor.as_ref();
    let from = from.and_then(|cursor| Some((cursor.key.parse().ok()?, cursor.id.as_str())));
    let (seen, id): (i64, &str) = from.unwrap_or((start, ""));
    Ok(on!(conn, |c| sqlx::query_scalar(statement)
        .bind(organization)
        .bind(now)
        .bind(contains(&filter.search))
        .bind(holds(&filter.role))
        .bind(filter.state.map_or("", PersonState::as_str))
        .bind(now.minus(EXPIRED_SHOWN))
        .bind(filter.size.saturating_add(1))
        .bind(seen)
        .bind(id)
        .fetch_one(c)
        .await)?)
}

/// The pattern of texts that contain `part`; `!` escapes.
pub(super) fn contains(part: &str) -> String {
    format!("%{}%", escaped(part))
}

/// The pattern of role lists (`,a,b,`) that contain `role`; of all of them when it is empty.
fn holds(role: &str) -> String {
    if role.is_empty() {
        "%".to_owned()
    } else {
        format!("%,{},%", escaped(role))
    }
}

fn escaped(part: &str) -> String {
    let mut escaped = String::with_capacity(part.len());
    for character in part.chars() {
        if matches!(character, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(character);
    }
    escaped
}

impl Listed {
    fn unpack(line: &str, order: PeopleOrder) -> Result<Self, Error> {
        let mut fields = line.split(FIELD_END);
        let mut field = || fields.next().unwrap_or_default();
        let (id, state) = (field(), field());
        let state = PersonState::parse(state).map_err(inconsistent(TABLE, "status", id))?;
        let (name, email, roles) = (field(), field(), field());
        let (last_sign_in_at, source, at) = (field(), field(), field());
        let seen = inconsistent(TABLE, "last_sign_in_at", id);
        let last_sign_in_at = moment(last_sign_in_at).map_err(seen)?;
        let at = moment(at).map_err(inconsistent(TABLE, "ends_at", id))?;
        let key = field();
        let key = if order.by_status() {
            format!("{}:{key}", state.place())
        } else {
            key.to_owned()
        };
        Ok(Self {
            cursor: Cursor {
                key,
                id: id.to_owned(),
                backwards: false,
            },
            id: id.parse().map_err(inconsistent(TABLE, "id", id))?,
            state,
            name: name.trim().to_owned(),
            email: email.to_owned(),
            roles: roles
                .split(',')
                .filter(|role| !role.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            last_sign_in_at,
            source: source.to_owned(),
            at,
        })
    }
}

fn moment(text: &str) -> Result<Option<Instant>, std::num::ParseIntError> {
    let micros = Some(text).filter(|text| !text.is_empty()).map(str::parse);
    Ok(micros.transpose()?.map(Instant::from_micros))
}

impl FromStr for RowId {
    type Err = crate::kernel::ids::WrongId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        MembershipId::parse(text)
            .map(Self::Member)
            .or_else(|_| InvitationId::parse(text).map(Self::Invitation))
            .or_else(|_| RegistrationId::parse(text).map(Self::Request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_searched_as_it_stands() {
        assert_eq!(contains("50%_!"), "%50!%!_!!%");
        assert_eq!(holds(""), "%");
        assert_eq!(holds("a_b"), "%,a!_b,%");
    }

    #[test]
    fn within_one_status_a_page_begins_before_at_or_after_it() {
        let place = NamePlace {
            place: ACTIVE_PLACE,
            key: "k",
            id: "i",
        };
        assert_eq!(place.within(ACTIVE_PLACE, true, false), Some(("k", "i")));
        assert_eq!(place.within(SUSPENDED_PLACE, true, false), Some(("", "")));
        assert_eq!(place.within(SUSPENDED_PLACE, true, true), None);
        assert_eq!(place.within(SUSPENDED_PLACE, false, true), Some(("k", "i")));
    }
}
