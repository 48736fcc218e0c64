//! What the console's pages read.

use super::store;
use crate::{
    contracts::{ContractStatus, Standing, Terms},
    db::{Conn, Error},
    invitations::StateWord,
    kernel::{
        Cursor, Instant,
        ids::{InvitationId, OrganizationId, PersonId},
        text,
    },
    on,
    organizations::{MembershipStatus, OrganizationKind, Roles},
};

/// A page of a list sorted by a folded name.
#[derive(Debug, Clone)]
pub(super) struct NamePage<T> {
    /// The rows, in the order of the list.
    pub(super) rows: Vec<T>,
    /// Where the page before this one ends.
    pub(super) previous: Option<Cursor>,
    /// Where the page after this one begins.
    pub(super) next: Option<Cursor>,
}

/// Where a page begins, and in which direction it is read.
pub(super) struct Reading {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) backwards: bool,
    pub(super) limit: usize,
}

impl Reading {
    /// Reads a cursor of a URL.
    pub(super) fn of(cursor: &str, limit: usize) -> Self {
        let cursor = Cursor::parse(cursor);
        let (key, id, backwards) = cursor
            .map(|cursor| (cursor.key, cursor.id, cursor.backwards))
            .unwrap_or_default();
        Self {
            key,
            id,
            backwards,
            limit,
        }
    }

    /// Rows to ask for: one more than are shown says whether there is more.
    fn ask_for(&self) -> i64 {
        i64::try_from(self.limit.saturating_add(1)).unwrap_or(i64::MAX)
    }

    /// The page of rows that came in the order of the list.
    fn page<T>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> (String, String)) -> NamePage<T> {
        let has_more = rows.len() > self.limit;
        if has_more && self.backwards {
            rows.remove(0);
        }
        rows.truncate(self.limit);
        let from_start = self.key.is_empty() && self.id.is_empty();
        let cursor = |row: Option<&T>, backwards: bool| {
            row.map(|row| {
                let (key, id) = place(row);
                Cursor { key, id, backwards }
            })
        };
        let has_before = if self.backwards {
            has_more
        } else {
            !from_start
        };
        let has_after = self.backwards || has_more;
        NamePage {
            previous: cursor(rows.first().filter(|_| has_before), true),
            next: cursor(rows.last().filter(|_| has_after), false),
            rows,
        }
    }
}

/// The pattern that finds a folded text anywhere; empty finds all.
pub(super) fn like(search: &str) -> String {
    const LONGEST: usize = 200;
    let folded = text::fold(&text::one_line(search, LONGEST));
    if folded.is_empty() {
        return folded;
    }
    let mut pattern = String::from("%");
    for character in folded.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// An account in the list.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: OrganizationId,
    pub(super) name: String,
    pub(super) name_key: String,
    pub(super) number: String,
    pub(super) kind: OrganizationKind,
    pub(super) owner_email: String,
    /// The standing that counts: a granting one if there is any, else the best of the others.
    pub(super) standing: Option<Standing>,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: OrganizationId,
    name: String,
    name_key: String,
    number: String,
    kind: OrganizationKind,
    owner_email: String,
    status: Option<ContractStatus>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    grace_ends_at: Option<Instant>,
}

/// What accounts are shown.
#[derive(Debug, Clone, Default)]
pub(super) struct AccountFilter {
    pub(super) search: String,
    pub(super) kind: Option<OrganizationKind>,
    /// The owner's address, folded; empty for everybody's.
    pub(super) owner: String,
}

pub(super) async fn accounts(
    conn: &mut Conn,
    reading: &Reading,
    filter: &AccountFilter,
    now: Instant,
) -> Result<NamePage<Account>, Error> {
    let statement = if reading.backwards {
        store::ACCOUNTS_BACK
    } else {
        store::ACCOUNTS
    };
    let rows: Vec<AccountRow> = on!(conn, |c| sqlx::query_as(statement)
        .bind(&reading.key)
        .bind(&reading.id)
        .bind(like(&filter.search))
        .bind(filter.kind.map_or("", OrganizationKind::as_str))
        .bind(&filter.owner)
        .bind(reading.ask_for())
        .fetch_all(c)
        .await)?;
    let mut accounts: Vec<Account> = Vec::new();
    for row in rows {
        let standing = standing_of(&row, now);
        match accounts.last_mut().filter(|last| last.id == row.id) {
            Some(last) => last.standing = better(last.standing, standing),
            None => accounts.push(Account {
                id: row.id,
                name: row.name,
                name_key: row.name_key,
                number: row.number,
                kind: row.kind,
                owner_email: row.owner_email,
                standing,
            }),
        }
    }
    let place = |account: &Account| (account.name_key.clone(), account.id.to_string());
    Ok(reading.page(accounts, place))
}

fn standing_of(row: &AccountRow, now: Instant) -> Option<Standing> {
    let terms = Terms {
        status: row.status?,
        starts_at: row.starts_at?,
        ends_at: row.ends_at,
        grace_ends_at: row.grace_ends_at,
    };
    Some(terms.standing(now))
}

/// The standing to show of two.
fn better(one: Option<Standing>, other: Option<Standing>) -> Option<Standing> {
    let rank = |standing: &Standing| match standing {
        Standing::Active { .. } => 0,
        Standing::Grace { .. } => 1,
        Standing::Suspended => 2,
        Standing::NotStarted { .. } => 3,
        Standing::Ended { .. } => 4,
    };
    one.into_iter().chain(other).min_by_key(rank)
}

/// What the portal knows of a contact or a lead.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Known {
    pub(super) membership_status: Option<MembershipStatus>,
    pub(super) membership_ends_at: Option<Instant>,
    pub(super) invitation_id: Option<InvitationId>,
    pub(super) invitation_state: Option<StateWord>,
    pub(super) expires_at: Option<Instant>,
}

/// Where a contact or lead stands in the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PortalState {
    Member,
    Suspended,
    Invited(InvitationId, StateWord),
    NotYet,
}

impl Known {
    pub(super) fn state(&self, now: Instant) -> PortalState {
        let is_over = |end: &Option<Instant>| end.is_some_and(|end| end <= now);
        match self.membership_status {
            Some(MembershipStatus::Active) if !is_over(&self.membership_ends_at) => {
                return PortalState::Member;
            }
            Some(MembershipStatus::Suspended) => return PortalState::Suspended,
            _ => {}
        }
        match (&self.invitation_id, self.invitation_state) {
            (Some(id), Some(word)) if !is_over(&self.expires_at) => {
                PortalState::Invited(id.clone(), word)
            }
            _ => PortalState::NotYet,
        }
    }
}

/// A contact with what the portal knows of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Contact {
    pub(super) external_id: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) name_key: String,
    pub(super) email: String,
    pub(super) opted_out: bool,
    #[sqlx(flatten)]
    pub(super) known: Known,
}

pub(super) async fn contacts(
    conn: &mut Conn,
    organization: &OrganizationId,
    reading: &Reading,
    search: &str,
) -> Result<NamePage<Contact>, Error> {
    let statement = if reading.backwards {
        store::CONTACTS_BACK
    } else {
        store::CONTACTS
    };
    let rows: Vec<Contact> = on!(conn, |c| sqlx::query_as(statement)
        .bind(organization)
        .bind(&reading.key)
        .bind(&reading.id)
        .bind(like(search))
        .bind(reading.ask_for())
        .fetch_all(c)
        .await)?;
    let place = |contact: &Contact| (contact.name_key.clone(), contact.external_id.clone());
    Ok(reading.page(rows, place))
}

/// A lead with what the portal knows of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Lead {
    pub(super) connection: String,
    pub(super) external_id: String,
    pub(super) company: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) name_key: String,
    pub(super) email: String,
    pub(super) opted_out: bool,
    #[sqlx(flatten)]
    pub(super) known: Known,
}

pub(super) async fn leads(
    conn: &mut Conn,
    reading: &Reading,
    search: &str,
) -> Result<NamePage<Lead>, Error> {
    let statement = if reading.backwards {
        store::LEADS_BACK
    } else {
        store::LEADS
    };
    let rows: Vec<Lead> = on!(conn, |c| sqlx::query_as(statement)
        .bind(&reading.key)
        .bind(&reading.id)
        .bind(like(search))
        .bind(reading.ask_for())
        .fetch_all(c)
        .await)?;
    let place = |lead: &Lead| (lead.name_key.clone(), lead.external_id.clone());
    Ok(reading.page(rows, place))
}

/// A member as the console shows them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Member {
    pub(super) person_id: PersonId,
    pub(super) display_name: String,
    pub(super) email: String,
    pub(super) roles: Roles,
    pub(super) status: MembershipStatus,
    pub(super) ends_at: Option<Instant>,
}

pub(super) async fn members(
    conn: &mut Conn,
    organization: &OrganizationId,
    limit: i64,
) -> Result<Vec<Member>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::MEMBERS)
        .bind(organization)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// How far invitations came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Funnel {
    pub(super) made: i64,
    pub(super) sent: i64,
    pub(super) opened: i64,
    pub(super) redeemed: i64,
    pub(super) bounced: i64,
}

/// Invitations counted for the funnel at most.
pub(super) const FUNNEL_LIMIT: i64 = 1_000;

pub(super) async fn funnel(
    conn: &mut Conn,
    since: Instant,
    inviter_email: &str,
) -> Result<Funnel, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FUNNEL)
        .bind(since)
        .bind(inviter_email)
        .bind(FUNNEL_LIMIT)
        .fetch_one(c)
        .await)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(cursor: Option<Cursor>) -> Reading {
        let text = cursor.map(|cursor| cursor.encode()).unwrap_or_default();
        Reading::of(&text, 2)
    }

    fn place(row: &&str) -> (String, String) {
        ((*row).to_owned(), format!("id-{row}"))
    }

    fn cursor(key: &str, backwards: bool) -> Option<Cursor> {
        Some(Cursor {
            key: key.into(),
            id: format!("id-{key}"),
            backwards,
        })
    }

    #[test]
    fn pages_lead_on_and_back_and_end() {
        let first = reading(None).page(vec!["a", "b", "c"], place);
        assert_eq!(first.rows, ["a", "b"]);
        assert_eq!((first.previous, first.next), (None, cursor("b", false)));
        let last = reading(cursor("b", false)).page(vec!["c"], place);
        assert_eq!((last.previous, last.next), (cursor("c", true), None));
        let back = reading(cursor("c", true)).page(vec!["a", "b"], place);
        assert_eq!((back.previous, back.next), (None, cursor("b", false)));
        let middle = reading(cursor("d", true)).page(vec!["a", "b", "c"], place);
        assert_eq!(middle.rows, ["b", "c"]);
        assert_eq!(middle.previous, cursor("b", true));
    }

    #[test]
    fn the_standing_that_gives_access_is_shown() {
        let active = Standing::Active { ends_at: None };
        let ended = Standing::Ended {
            at: Instant::from_seconds(1),
        };
        assert_eq!(better(Some(ended), Some(active)), Some(active));
        assert_eq!(better(None, Some(ended)), Some(ended));
        assert_eq!(better(None, None), None);
    }

    #[test]
    fn a_member_is_a_member_whatever_was_sent() {
        let id = {
            use crate::kernel::ids::Id;
            InvitationId::from_bits(1)
        };
        let now = Instant::from_seconds(100);
        let known = Known {
            membership_status: Some(MembershipStatus::Active),
            membership_ends_at: None,
            invitation_id: Some(id.clone()),
            invitation_state: Some(StateWord::Sent),
            expires_at: Some(Instant::from_seconds(200)),
        };
        assert_eq!(known.state(now), PortalState::Member);
        let left = Known {
            membership_ends_at: Some(now),
            ..known.clone()
        };
        assert_eq!(left.state(now), PortalState::Invited(id, StateWord::Sent));
        let nobody = Known {
            expires_at: Some(now),
            ..left
        };
        assert_eq!(nobody.state(now), PortalState::NotYet);
    }
}
