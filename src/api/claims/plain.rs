//! Our own form, for Auth0 Actions, Keycloak and anything that can call an address.

use axum::{http::StatusCode, response::Response};
use serde_json::json;

use super::{Asked, facts, plain_json, text, unfit};
use crate::{access::Named, web::Problem};

/// `{"subject": "…", "organization": "…"}` is answered by
/// `{"decision": true, "claims": {…}}`, with `reason` when it is refused.
pub(super) async fn answer(asked: &Asked<'_>) -> Result<Response, Problem> {
    let subject = text(&asked.body, &["subject"])
        .ok_or_else(|| unfit("subject is missing: whom the provider calls by it (`sub`)"))?;
    let issuer = text(&asked.body, &["issuer"]).unwrap_or(asked.issuer);
    if issuer != asked.issuer {
        return Err(unfit(
            "issuer is another than that of the source's provider",
        ));
    }
    let named = Named::Identity { issuer, subject };
    let known = facts::about(asked, named, text(&asked.body, &["organization"])).await?;
    let mut answer = json!({"decision": known.refused.is_none(), "claims": known.claims(asked)});
    if let (Some(reason), Some(fields)) = (known.refused, answer.as_object_mut()) {
        fields.insert("reason".to_owned(), reason.into());
    }
    Ok(plain_json(StatusCode::OK, &answer))
}
