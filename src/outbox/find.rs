//! One delivery, held still while a person's decision about it is stored.

use super::{claim, destination::Parcel, row::Row, store};
use crate::{
    db::{Conn, Error, Tx},
    kernel::ids::{DeliveryId, OrganizationId},
    on,
};

/// A delivery as decisions see it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Found {
    pub(super) id: DeliveryId,
    pub(super) destination: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) organization_id: Option<OrganizationId>,
}

impl Found {
    /// Finds it and keeps claims of its destination out until the transaction ends, so that its
    /// state is the one the decision was made for.
    pub(super) async fn lock(tx: &mut Tx, delivery: &DeliveryId) -> Result<Option<Self>, Error> {
        let Some(found) = find(tx, delivery).await? else {
            return Ok(None);
        };
        claim::lock(tx, &found.destination).await?;
        find(tx, delivery).await
    }
}

async fn find(conn: &mut Conn, delivery: &DeliveryId) -> Result<Option<Found>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(delivery)
        .fetch_optional(c)
        .await)?)
}

/// The whole parcel of a delivery.
pub(super) async fn parcel(
    conn: &mut Conn,
    delivery: &DeliveryId,
) -> Result<Option<Parcel>, Error> {
    let row: Option<Row> = on!(conn, |c| sqlx::query_as(store::FIND)
        .bind(delivery)
        .fetch_optional(c)
        .await)?;
    row.map(Row::into_parcel).transpose()
}
