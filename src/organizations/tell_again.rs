//! Telling the CRM again how a membership stands.

use serde_json::json;

use super::{Membership, Organization, find, find_membership, record::Changed};
use crate::{
    audit,
    db::{Conn, Error, Tx},
    kernel::{
        Cx,
        ids::{Id, MembershipId, OrganizationId},
    },
    outbox::{Fact, MembershipFact},
    people::{self, Person},
};

/// Tells the organization's CRM how a membership stands now, because the two were found to differ;
/// `false` when there is no such membership.
///
/// # Errors
/// When the database refuses.
pub async fn tell_again(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    membership: &MembershipId,
) -> Result<bool, Error> {
    let because = "membership.told_again";
    let told = tell_as(tx, cx, (organization, membership), because, |_| {}).await?;
    Ok(told.is_some())
}

/// Tells the organization's CRM how a membership stands now, with some of it put otherwise; gives
/// back what is told, `None` when there is no such membership.
///
/// # Errors
/// When the database refuses.
pub async fn tell_as(
    tx: &mut Tx,
    cx: &Cx,
    (organization, membership): (&OrganizationId, &MembershipId),
    because: &'static str,
    put: impl FnOnce(&mut MembershipFact) + Send,
) -> Result<Option<MembershipFact>, Error> {
    let Some(stored) = Stored::find(tx, organization, membership).await? else {
        return Ok(None);
    };
    let event = audit::Event {
        action: because,
        target: membership.as_str(),
        organization: Some(organization),
        detail: json!({}),
    };
    audit::record(tx, cx, event).await?;
    let changed = stored.changed();
    let mut fact = changed.fact(because);
    put(&mut fact);
    let told = Fact::MembershipChanged(fact.clone());
    changed.tell(tx, cx, told).await?;
    Ok(Some(fact))
}

/// What a CRM would be told of a membership as it stands now; `None` when there is no such
/// membership.
///
/// # Errors
/// When the database refuses.
pub async fn as_told(
    conn: &mut Conn,
    organization: &OrganizationId,
    membership: &MembershipId,
) -> Result<Option<MembershipFact>, Error> {
    let stored = Stored::find(conn, organization, membership).await?;
    Ok(stored.map(|it| it.changed().fact("")))
}

/// A membership with its surroundings.
struct Stored(Organization, Person, Membership);

impl Stored {
    async fn find(
        conn: &mut Conn,
        organization: &OrganizationId,
        membership: &MembershipId,
    ) -> Result<Option<Self>, Error> {
        let (Some(organization), Some(member)) = (
            find(conn, organization).await?,
            find_membership(conn, organization, membership).await?,
        ) else {
            return Ok(None);
        };
        let person = people::find(conn, &member.person_id).await?;
        Ok(Some(Self(organization, person.ok_or(Error::Lost)?, member)))
    }

    fn changed(&self) -> Changed<'_> {
        Changed {
            organization: &self.0,
            person: &self.1,
            membership: &self.2,
        }
    }
}
