//! Looking invitations up. An organization's own are asked for within it (law 8).

use super::{
    model::{Invitation, StateWord},
    row::{PageRow, Row, SecretRow},
    store,
};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{
        EmailAddress, Instant, LinkSecret,
        ids::{Id, InvitationId, OrganizationId},
        text,
    },
    on,
};

/// An invitation of this organization.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    conn: &mut Conn,
    organization: &OrganizationId,
    invitation: &InvitationId,
) -> Result<Option<Invitation>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(organization)
        .bind(invitation)
        .fetch_optional(c)
        .await)?;
    row.map(Invitation::try_from).transpose()
}

/// An invitation of any organization: for staff and workers only.
///
/// # Errors
/// When the database refuses.
pub async fn find_for_staff(
    conn: &mut Conn,
    invitation: &InvitationId,
) -> Result<Option<Invitation>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::FIND_ANY)
        .bind(invitation)
        .fetch_optional(c)
        .await)?;
    row.map(Invitation::try_from).transpose()
}

/// The one stored as live for an address; its time may have run out meanwhile.
pub(super) async fn find_live(
    conn: &mut Conn,
    organization: &OrganizationId,
    email: &EmailAddress,
) -> Result<Option<Invitation>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::FIND_LIVE)
        .bind(organization)
        .bind(email.key())
        .fetch_optional(c)
        .await)?;
    row.map(Invitation::try_from).transpose()
}

/// Whether any organization has an open invitation for an address.
///
/// # Errors
/// When the database refuses.
pub async fn is_invited(
    conn: &mut Conn,
    email: &EmailAddress,
    now: Instant,
) -> Result<bool, Error> {
    let open: i64 = on!(conn, |c| sqlx::query_scalar(store::IS_INVITED)
        .bind(email.key())
        .bind(now)
        .fetch_one(c)
        .await)?;
    Ok(open > 0)
}

/// What a secret belongs to, and since when it has been replaced by a newer one.
pub(super) async fn by_secret(
    conn: &mut Conn,
    secret: &LinkSecret,
) -> Result<Option<(Invitation, Option<Instant>)>, Error> {
    let row: Option<SecretRow> = on!(conn, |c| sqlx::query_as(store::BY_SECRET)
        .bind(secret.hash())
        .fetch_optional(c)
        .await)?;
    let Some(SecretRow { replaced_at, row }) = row else {
        return Ok(None);
    };
    Ok(Some((Invitation::try_from(row)?, replaced_at)))
}

/// Holds an invitation until the transaction ends, and reads it as it stands then.
pub(super) async fn lock(
    tx: &mut Tx,
    invitation: &InvitationId,
) -> Result<Option<Invitation>, Error> {
    let row: Option<Row> = on!(tx, |c| sqlx::query_as(store::LOCK)
        .bind(invitation)
        .fetch_optional(c)
        .await)?;
    row.map(Invitation::try_from).transpose()
}

/// What an invitation sorts by among members.
pub(super) fn name_key(name: &str, email: &EmailAddress) -> String {
    if name.is_empty() {
        email.key().to_owned()
    } else {
        text::fold(name)
    }
}

/// The pattern that finds a folded text anywhere; empty finds all.
fn like(search: &str) -> String {
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

/// Which invitations staff want to see.
#[derive(Debug, Clone, Default)]
pub struct StaffFilter {
    /// The inviter's address ([`super::Inviter::email`]); empty for everybody's.
    pub inviter_email: String,
    /// One state only.
    pub state: Option<StateWord>,
    /// One organization only.
    pub organization: Option<OrganizationId>,
    /// Part of the invitee's name or address, or of the organization's name.
    pub search: String,
}

/// An invitation in the list of all organizations.
#[derive(Debug, Clone)]
pub struct StaffListed {
    /// The organization's name.
    pub organization_name: String,
    /// The invitation.
    pub invitation: Invitation,
}

/// A page of invitations of all organizations, newest first, those before `before`: for staff only.
///
/// # Errors
/// When the database refuses.
pub async fn page_for_staff(
    conn: &mut Conn,
    filter: &StaffFilter,
    before: Option<(Instant, InvitationId)>,
    limit: i64,
) -> Result<Vec<StaffListed>, Error> {
    let (at, id) = before.map_or(
        (Instant::from_micros(i64::MAX), String::new()),
        |(at, id)| (at, id.to_string()),
    );
    let rows: Vec<PageRow> = on!(conn, |c| sqlx::query_as(store::PAGE)
        .bind(at)
        .bind(&id)
        .bind(&filter.inviter_email)
        .bind(filter.state.map_or("", StateWord::as_str))
        .bind(filter.organization.as_ref().map_or("", Id::as_str))
        .bind(like(&filter.search))
        .bind(limit)
        .fetch_all(c)
        .await)?;
    rows.into_iter()
        .map(
            |PageRow {
                 organization_name,
                 row,
             }| {
                let invitation = Invitation::try_from(row)?;
                Ok(StaffListed {
                    organization_name,
                    invitation,
                })
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_finds_what_was_typed_and_no_wildcards() {
        assert_eq!(like(""), "");
        assert_eq!(like("  Müller "), "%muller%");
        assert_eq!(like("50%_a\\"), "%50\\%\\_a\\\\%");
    }
}
