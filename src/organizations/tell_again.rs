//! Telling the CRM again how a membership stands.

use serde_json::json;

use super::{find, find_membership, record};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{MembershipId, OrganizationId},
    },
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
    let (Some(organization), Some(member)) = (
        find(tx, organization).await?,
        find_membership(tx, organization, membership).await?,
    ) else {
        return Ok(false);
    };
    let because = ("membership.told_again", json!({}));
    record::changed(tx, cx, &organization, &member, because).await?;
    Ok(true)
}
