//! Looking contracts up in the mirror.

use super::{Contract, store};
use crate::{
    db::{Conn, Error},
    kernel::ids::OrganizationId,
    on,
};

/// The contract with the CRM's id in this connection.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    conn: &mut Conn,
    connection: &str,
    external_id: &str,
) -> Result<Option<Contract>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(connection)
        .bind(external_id)
        .fetch_optional(c)
        .await)?)
}

/// All contracts of an organization, the one that starts last first.
///
/// # Errors
/// When the database refuses.
pub async fn of_organization(
    conn: &mut Conn,
    organization: &OrganizationId,
) -> Result<Vec<Contract>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OF_ORGANIZATION)
        .bind(organization)
        .fetch_all(c)
        .await)?)
}

/// The contracts with this number, folded by [`crate::kernel::text::number_key`]; several when more
/// than one CRM uses it.
///
/// # Errors
/// When the database refuses.
pub async fn find_by_number_key(conn: &mut Conn, number_key: &str) -> Result<Vec<Contract>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND_BY_NUMBER_KEY)
        .bind(number_key)
        .fetch_all(c)
        .await)?)
}
