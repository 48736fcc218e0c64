//! A person changing their own profile.

use serde_json::json;

use super::{
    Person, find,
    model::{NAME_LIMIT, display_name, known_language},
    store,
};
use crate::{
    audit,
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, PersonId},
        text,
    },
    on, organizations,
};

/// The longest phone number kept, in characters.
pub(super) const PHONE_LIMIT: usize = 40;

/// The profile as the person wants it. The address is not here: it follows the identity provider.
#[derive(Debug, Clone)]
pub struct OwnProfile {
    /// Whose: the signed-in person's own id.
    pub person_id: PersonId,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Phone number; may be empty.
    pub phone: String,
    /// `en`, `de`, or empty for the browser's.
    pub language: String,
    /// IANA time zone, or empty for the portal's.
    pub time_zone: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnProfileUpdated {
    /// Nothing differed.
    Unchanged(Person),
    /// Stored.
    Updated(Person),
}

/// Why it could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum OwnProfileError {
    /// There is no such person.
    #[error("no such person")]
    NotFound,
    /// Both names are empty.
    #[error("a name is needed")]
    NameMissing,
    /// The time zone is not in the IANA database.
    #[error("not a known time zone")]
    UnknownTimeZone,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Stores a person's own profile and tells every CRM whose contact it changes.
///
/// # Errors
/// See [`OwnProfileError`].
pub async fn update_own_profile(
    tx: &mut Tx,
    cx: &Cx,
    wanted: OwnProfile,
) -> Result<OwnProfileUpdated, OwnProfileError> {
    let before = find(tx, &wanted.person_id).await?;
    let before = before.ok_or(OwnProfileError::NotFound)?;
    let after = wished(&before, &wanted)?;
    if after == before {
        return Ok(OwnProfileUpdated::Unchanged(before));
    }
    on!(tx, |c| sqlx::query(store::SET_OWN_PROFILE)
        .bind(&after.id)
        .bind(&after.display_name)
        .bind(&after.given_name)
        .bind(&after.family_name)
        .bind(&after.phone)
        .bind(&after.language)
        .bind(&after.time_zone)
        .execute(c)
        .await
        .map(drop))
    .map_err(Error::from)?;
    let told = after.display_name != before.display_name
        || after.given_name != before.given_name
        || after.family_name != before.family_name
        || after.phone != before.phone;
    let event = audit::Event {
        action: "person.profile_changed",
        target: after.id.as_str(),
        organization: None,
        detail: json!({ "told": told }),
    };
    audit::record(tx, cx, event).await?;
    if told {
        organizations::follow_person(tx, cx, &after, "person.profile_changed").await?;
    }
    Ok(OwnProfileUpdated::Updated(after))
}

fn wished(before: &Person, wanted: &OwnProfile) -> Result<Person, OwnProfileError> {
    let given_name = text::one_line(&wanted.given_name, NAME_LIMIT);
    let family_name = text::one_line(&wanted.family_name, NAME_LIMIT);
    if given_name.is_empty() && family_name.is_empty() {
        return Err(OwnProfileError::NameMissing);
    }
    let time_zone = known_time_zone(&wanted.time_zone);
    if time_zone.is_empty() && !wanted.time_zone.trim().is_empty() {
        return Err(OwnProfileError::UnknownTimeZone);
    }
    let same_names = given_name == before.given_name && family_name == before.family_name;
    let shown = if same_names {
        before.display_name.clone()
    } else {
        display_name("", &given_name, &family_name, &before.email)
    };
    Ok(Person {
        display_name: shown,
        given_name,
        family_name,
        phone: text::one_line(&wanted.phone, PHONE_LIMIT),
        language: known_language(&wanted.language).to_owned(),
        time_zone,
        ..before.clone()
    })
}

/// The zone's name when the IANA database has it, else empty.
pub(super) fn known_time_zone(name: &str) -> String {
    let name = name.trim();
    if !name.is_empty() && jiff::tz::TimeZone::get(name).is_ok() {
        name.to_owned()
    } else {
        String::new()
    }
}
