//! The organization's invitations: they stand among its people, so that is where one is led.

use axum::response::Response;

use crate::{
    access::actors::OrgAdmin,
    organizations::PersonState,
    web::{see_other, urls},
};

/// 303 to the people, those who are invited.
pub(super) async fn list(admin: OrgAdmin) -> Response {
    let organization = admin.organization_id();
    let people = urls::Members { organization };
    see_other(&format!("{people}?status={}", PersonState::Invited))
}
