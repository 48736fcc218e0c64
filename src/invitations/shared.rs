//! What CRMs are told about the invitations of a person, for the person to see.

use futures_util::future::BoxFuture;

use super::{model::Invitation, record, row::Row, store};
use crate::{
    db::{Conn, Error},
    kernel::ids::Id,
    on, organizations,
    outbox::Fact,
    people::{Person, SharedRecord, SharedSource},
};

/// The invitations to a person's address, and those they accepted with another one.
#[derive(Debug, Clone, Copy)]
pub struct SharedInvitations;

impl SharedSource for SharedInvitations {
    fn of<'t>(
        &'t self,
        conn: &'t mut Conn,
        person: &'t Person,
    ) -> BoxFuture<'t, Result<Vec<SharedRecord>, Error>> {
        Box::pin(async move {
            let rows: Vec<Row> = on!(conn, |c| sqlx::query_as(store::OF_PERSON)
                .bind(person.email.key())
                .bind(&person.id)
                .fetch_all(c)
                .await)?;
            let mut records = Vec::with_capacity(rows.len());
            for row in rows {
                let invitation = Invitation::try_from(row)?;
                let organization = organizations::find(conn, &invitation.organization_id).await?;
                let organization = organization.ok_or(Error::Lost)?;
                records.push(SharedRecord {
                    about: "profile-shared-invitation",
                    subject: invitation.id.as_str().to_owned(),
                    fact: Fact::InvitationMoved(record::fact(&organization, &invitation)),
                    name: organization.name,
                    connection: organization.connection,
                });
            }
            Ok(records)
        })
    }
}
