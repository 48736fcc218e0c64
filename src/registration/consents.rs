//! What people have agreed to: given with a registration, theirs from then on, withdrawn by them.

use serde_json::json;

use super::{CONSENT_PURPOSE, store};
use crate::{
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx, Instant,
        ids::{ConsentId, Id, PersonId, RegistrationId},
    },
    on,
    outbox::{self, ConsentFact, Fact, NewChange},
    people::Person,
};

/// A consent of a person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnConsent {
    /// Which.
    pub id: ConsentId,
    /// The registration it was given with.
    pub registration_id: Option<RegistrationId>,
    /// The CRM that was told of it; empty when none was.
    pub connection: String,
    /// What for.
    pub purpose: String,
    /// Which wording.
    pub text_version: String,
    /// In which language.
    pub language: String,
    /// When it was given.
    pub given_at: Instant,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
}

/// A person's consents, newest first, withdrawn ones too.
///
/// # Errors
/// When the database refuses.
pub async fn own_consents(conn: &mut Conn, person: &PersonId) -> Result<Vec<OwnConsent>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::OWN_CONSENTS)
        .bind(person)
        .fetch_all(c)
        .await)?)
}

/// What came of withdrawing a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentWithdrawal {
    /// It is withdrawn, and the CRM is told.
    Now,
    /// It was withdrawn before.
    Before,
    /// It is none of this person's.
    NotFound,
}

/// Withdraws a consent of this person and tells the CRM that was told of it.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_consent(
    tx: &mut Tx,
    cx: &Cx,
    lead_connection: &str,
    (person, consent): (&Person, &ConsentId),
) -> Result<ConsentWithdrawal, Error> {
    let withdrawn: Option<(ConsentId,)> = on!(tx, |c| sqlx::query_as(store::WITHDRAW_CONSENT)
        .bind(&person.id)
        .bind(consent)
        .bind(cx.now())
        .fetch_optional(c)
        .await)?;
    let own = own_consents(tx, &person.id).await?;
    let Some(own) = own.into_iter().find(|own| own.id == *consent) else {
        return Ok(ConsentWithdrawal::NotFound);
    };
    if withdrawn.is_none() {
        return Ok(ConsentWithdrawal::Before);
    }
    let event = audit::Event {
        action: "consent.withdrawn",
        target: person.id.as_str(),
        organization: None,
        detail: json!({ "consent": own.id, "purpose": own.purpose, "version": own.text_version }),
    };
    audit::record(tx, cx, event).await?;
    let connection = if own.connection.is_empty() {
        lead_connection
    } else {
        own.connection.as_str()
    };
    if let (Some(registration), false) = (&own.registration_id, connection.is_empty()) {
        let fact = ConsentFact {
            registration_id: registration.clone(),
            person_id: person.id.clone(),
            email: person.email.shown().to_owned(),
            consent: consent_text(&own.purpose, &own.text_version),
        };
        let change = NewChange {
            subject: registration.as_str(),
            organization: None,
            fact: Fact::ConsentWithdrawn(fact),
            destinations: &[outbox::crm_destination(connection)],
        };
        outbox::record(tx, cx, change).await?;
    }
    Ok(ConsentWithdrawal::Now)
}

/// A consent as CRMs are told of it.
pub(super) fn consent_text(purpose: &str, version: &str) -> String {
    format!("{purpose} {version}")
}

/// The text key of what was agreed to, as it was worded in a version; `None` for a wording that the
/// portal no longer has.
pub(super) fn wording(purpose: &str, version: &str) -> Option<&'static str> {
    match (purpose, version) {
        (CONSENT_PURPOSE, "2026-11") => Some("registration-consent-label"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registration::CONSENT_VERSION;

    #[test]
    fn the_wording_that_is_asked_for_now_can_be_shown_later() {
        assert!(wording(CONSENT_PURPOSE, CONSENT_VERSION).is_some());
    }
}
