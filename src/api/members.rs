//! `GET /api/v1/organizations/{organization}/members`.

use serde_json::{Value, json};

use super::{Answer, Call, invitations::not_found};
use crate::{
    kernel::{
        Cursor, Instant,
        ids::{Id, OrganizationId, PersonId},
    },
    organizations::{self, Membership, MembershipStatus},
    web::Problem,
};

/// Rows of a page, when the request does not say.
const USUAL: i64 = 50;

/// A page of members, in the order in which their people became known.
pub(super) async fn list(call: Call) -> Result<Answer, Problem> {
    let id = OrganizationId::parse(call.parameter("organization")).map_err(|_| not_found())?;
    let mut conn = call.conn().await?;
    let organization = organizations::find(&mut conn, &id).await?;
    let seen = organization.filter(|found| call.client.client.sees(&found.connection));
    let organization = seen.ok_or_else(not_found)?;
    let after = match call.parameter("cursor") {
        "" => None,
        text => Some(place(text).ok_or_else(wrong_cursor)?),
    };
    let status = MembershipStatus::parse(call.parameter("status")).ok();
    let limit = call.limit(USUAL);
    let page = organizations::members_after(
        &mut conn,
        &organization.id,
        after.as_ref(),
        status,
        limit.saturating_add(1),
    );
    let mut members = page.await?;
    let size = usize::try_from(limit).unwrap_or_default();
    let has_more = members.len() > size;
    members.truncate(size);
    let next = members.last().filter(|_| has_more).map(after_member);
    let members: Vec<Value> = members.iter().map(shown).collect();
    Ok(Answer::ok(
        json!({ "members": members, "next_cursor": next }),
    ))
}

fn after_member(member: &Membership) -> String {
    let cursor = Cursor {
        key: String::new(),
        id: member.person_id.to_string(),
        backwards: false,
    };
    cursor.encode()
}

fn place(text: &str) -> Option<PersonId> {
    PersonId::parse(&Cursor::parse(text)?.id).ok()
}

/// A cursor that none of our pages gave.
pub(super) fn wrong_cursor() -> Problem {
    super::run::unfit().detail("The parameter cursor is none that was given here.")
}

fn shown(member: &Membership) -> Value {
    let at = |at: Option<Instant>| at.map(|at| at.to_string());
    json!({
        "membership_id": member.id,
        "person_id": member.person_id,
        "name": member.display_name,
        "email": member.email.shown(),
        "status": member.status,
        "roles": member.roles.to_list(),
        "crm_id": member.crm_contact_id,
        "source": member.source,
        "starts_at": at(member.starts_at),
        "ends_at": at(member.ends_at),
        "last_sign_in_at": at(member.last_sign_in_at),
        "created_at": member.created_at.to_string(),
        "updated_at": member.updated_at.to_string(),
    })
}
