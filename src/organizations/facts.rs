//! What CRMs are told about a person, read without telling anybody.

use super::{MembershipStatus, Organization, find, memberships_of_person, record::Changed};
use crate::{
    db::{Conn, Error},
    outbox::MembershipFact,
    people::Person,
};

/// The fact that each organization's CRM would be told about this person now.
///
/// # Errors
/// When the database refuses.
pub async fn facts_of_person(
    conn: &mut Conn,
    person: &Person,
) -> Result<Vec<(Organization, MembershipFact)>, Error> {
    let mut facts = Vec::new();
    for membership in memberships_of_person(conn, &person.id).await? {
        if membership.status == MembershipStatus::Removed {
            continue;
        }
        let organization = find(conn, &membership.organization_id).await?;
        let organization = organization.ok_or(Error::Lost)?;
        let fact = Changed {
            organization: &organization,
            person,
            membership: &membership,
        }
        .fact("");
        facts.push((organization, fact));
    }
    Ok(facts)
}
