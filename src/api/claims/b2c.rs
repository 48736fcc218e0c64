//! Azure AD B2C: API connectors of user flows, and REST technical profiles of custom policies
//! (Microsoft Learn: "Use API connectors", "Define a RESTful technical profile").

use axum::{http::StatusCode, response::Response};
use serde_json::{Map, Value, json};

use super::{Asked, facts, plain_json, sign_up, text, unfit};
use crate::{access::Named, web::Problem};

const VERSION: &str = "1.0.0";

/// An API connector. Before a token is made it may only go on, with claims; at sign-up it may stop.
/// An absent value is an absent field, and the call is repeated after a failure.
pub(super) async fn connector(asked: &Asked<'_>) -> Result<Response, Problem> {
    let Some(id) = text(&asked.body, &["objectId"]) else {
        return signing_up(asked).await;
    };
    let known = facts::about(asked, directory(asked, id), None).await?;
    Ok(go_on(known.flat_claims(asked)))
}

/// The step is named in two ways by the documents; only that after the attributes comes with an
/// address that the flow itself has verified.
async fn signing_up(asked: &Asked<'_>) -> Result<Response, Problem> {
    let step = text(&asked.body, &["step"]).unwrap_or_default();
    let email = text(&asked.body, &["email"]);
    if !asked.source.invited_only || step != "PostAttributeCollection" {
        return Ok(go_on(Map::new()));
    }
    if sign_up::is_expected(asked, email).await? {
        return Ok(go_on(Map::new()));
    }
    let language = text(&asked.body, &["ui_locales"]);
    Ok(plain_json(
        StatusCode::OK,
        &json!({"version": VERSION, "action": "ShowBlockPage", "userMessage": sign_up::sentence(asked, language)}),
    ))
}

fn go_on(mut claims: Map<String, Value>) -> Response {
    claims.insert("version".to_owned(), VERSION.into());
    claims.insert("action".to_owned(), "Continue".into());
    plain_json(StatusCode::OK, &Value::Object(claims))
}

/// A technical profile: claims as a flat object, a refusal as 409 with the words of the profile.
pub(super) async fn profile(asked: &Asked<'_>) -> Result<Response, Problem> {
    let id = text(&asked.body, &["objectId"]).or_else(|| text(&asked.body, &["subject"]));
    let id = id.ok_or_else(|| unfit("objectId is missing: pass it as an input claim"))?;
    let known = facts::about(asked, directory(asked, id), None).await?;
    let Some(reason) = known.refused.filter(|_| asked.source.refuse) else {
        return Ok(plain_json(
            StatusCode::OK,
            &Value::Object(known.claims(asked)),
        ));
    };
    let language = text(&asked.body, &["ui_locales"]).or_else(|| text(&asked.body, &["culture"]));
    let refusal = json!({
        "version": VERSION,
        "status": StatusCode::CONFLICT.as_u16(),
        "code": reason,
        "requestId": asked.cx.request_id.to_string(),
        "userMessage": sign_up::no_access(asked, language),
        "developerMessage": format!("the portal refuses: {reason}"),
        "moreInfo": asked.state.settings.portal.origin(),
    });
    Ok(plain_json(StatusCode::CONFLICT, &refusal))
}

fn directory<'a>(asked: &'a Asked<'_>, id: &'a str) -> Named<'a> {
    Named::Directory {
        issuer: asked.issuer,
        id,
    }
}
