//! The members of an organization page by page, for programs that read all of them.

use super::{Membership, MembershipStatus, store};
use crate::{
    db::{Conn, Error},
    kernel::ids::{Id, OrganizationId, PersonId},
    on,
};

/// Members behind the person of an earlier page, in the order in which their people became known:
/// who is added meanwhile is not missed, and a new name moves nobody. Without a status all but those
/// who were removed.
///
/// # Errors
/// When the database refuses.
pub async fn members_after(
    conn: &mut Conn,
    organization: &OrganizationId,
    after: Option<&PersonId>,
    status: Option<MembershipStatus>,
    limit: i64,
) -> Result<Vec<Membership>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::MEMBERS_AFTER)
        .bind(organization)
        .bind(after.map_or("", Id::as_str))
        .bind(status.map_or("", MembershipStatus::as_str))
        .bind(limit)
        .fetch_all(c)
        .await)?)
}
