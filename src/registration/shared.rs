//! What CRMs are told about the registrations of a person, for the person to see.

use futures_util::future::BoxFuture;

use super::{Registration, consents::consent_text, own_consents, store, submit::lead_fact};
use crate::{
    db::{Conn, Error},
    kernel::ids::Id,
    on,
    outbox::Fact,
    people::{Person, SharedRecord, SharedSource},
};

/// The registrations of new companies by which a person came in.
#[derive(Debug, Clone)]
pub struct SharedRegistrations {
    /// The CRM in which new companies become leads; empty when there is none.
    pub lead_connection: String,
}

impl SharedSource for SharedRegistrations {
    fn of<'t>(
        &'t self,
        conn: &'t mut Conn,
        person: &'t Person,
    ) -> BoxFuture<'t, Result<Vec<SharedRecord>, Error>> {
        Box::pin(async move {
            if self.lead_connection.is_empty() {
                return Ok(Vec::new());
            }
            let sent: Vec<Registration> = on!(conn, |c| sqlx::query_as(store::NEW_COMPANIES_OF)
                .bind(&person.id)
                .fetch_all(c)
                .await)?;
            if sent.is_empty() {
                return Ok(Vec::new());
            }
            let consents = own_consents(conn, &person.id).await?;
            let record = |registration: &Registration| {
                let given = consents.iter().find(|consent| {
                    consent.registration_id.as_ref() == Some(&registration.id)
                        && consent.withdrawn_at.is_none()
                });
                let text = given.map(|given| consent_text(&given.purpose, &given.text_version));
                SharedRecord {
                    about: "profile-shared-registration",
                    name: registration.company_name.clone(),
                    connection: self.lead_connection.clone(),
                    subject: registration.id.as_str().to_owned(),
                    fact: Fact::LeadRegistered(lead_fact(registration, text.unwrap_or_default())),
                }
            };
            Ok(sent.iter().map(record).collect())
        })
    }
}
