//! Making a person known, from a verified address.

use serde_json::json;

use super::{
    Person, find, find_by_email,
    model::{NAME_LIMIT, display_name, known_language},
    store,
};
use crate::{
    audit,
    db::{Error, Tx, dialect},
    kernel::{
        Cx, EmailAddress,
        ids::{Id, PersonId},
        text,
    },
    on,
};

/// What is known about a new person.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// The address, **verified** by a trusted provider or by our own code (law 6).
    pub email: EmailAddress,
    /// Name as a whole, when a provider gives one; else empty and made of the other two.
    pub display_name: String,
    /// Given name; may be empty.
    pub given_name: String,
    /// Family name; may be empty.
    pub family_name: String,
    /// Phone number; may be empty.
    pub phone: String,
    /// Language tag; kept when the portal speaks it.
    pub language: String,
    /// IANA time zone; kept when known, empty otherwise.
    pub time_zone: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// There is a new person.
    Created(Person),
    /// The address belongs to this person already; nothing was changed.
    EmailTaken(Person),
}

/// Creates a person unless the address belongs to one.
///
/// # Errors
/// When the database refuses.
pub async fn create(tx: &mut Tx, cx: &Cx, new: NewPerson) -> Result<Created, Error> {
    lock_address(tx, &new.email).await?;
    let id: PersonId = cx.new_id();
    let given_name = text::one_line(&new.given_name, NAME_LIMIT);
    let family_name = text::one_line(&new.family_name, NAME_LIMIT);
    let shown = display_name(&new.display_name, &given_name, &family_name, &new.email);
    let phone = text::one_line(&new.phone, super::update_own_profile::PHONE_LIMIT);
    let inserted: Option<(PersonId,)> = on!(tx, |c| sqlx::query_as(store::CREATE)
        .bind(&id)
        .bind(new.email.shown())
        .bind(new.email.key())
        .bind(cx.now())
        .bind(&shown)
        .bind(&given_name)
        .bind(&family_name)
        .bind(&phone)
        .bind(known_language(&new.language))
        .bind(super::update_own_profile::known_time_zone(&new.time_zone))
        .fetch_optional(c)
        .await)?;
    if inserted.is_none() {
        let owner = find_by_email(tx, &new.email).await?;
        return owner.map(Created::EmailTaken).ok_or(Error::Lost);
    }
    let event = audit::Event {
        action: "person.created",
        target: id.as_str(),
        organization: None,
        detail: json!({}),
    };
    audit::record(tx, cx, event).await?;
    let person = find(tx, &id).await?;
    person.map(Created::Created).ok_or(Error::Lost)
}

/// Two transactions that want one address come one after the other, so that "taken" is an outcome
/// on both engines and never a failed statement.
pub(super) async fn lock_address(tx: &mut Tx, email: &EmailAddress) -> Result<(), Error> {
    dialect::lock(tx, &format!("person-email:{}", email.key())).await
}
