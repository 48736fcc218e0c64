//! Microsoft Entra External ID: custom authentication extensions (Microsoft Learn: "Custom
//! authentication extensions overview", "OnTokenIssuanceStart", "OnAttributeCollectionSubmit").

use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{super::client::bearer_of, Asked, facts, plain_json, proof, sign_up, text, unfit};
use crate::{
    access::Named,
    app::AppState,
    kernel::Instant,
    settings::ClaimsSettings,
    sign_in::{Provider, signed},
    web::Problem,
};

/// The application by which Microsoft Entra calls, in every tenant.
const CALLER: &str = "99045fe1-7639-4a75-9d4a-577b6ca3810f";
/// Bytes of all claims at most; more and nobody gets a token (error 1003025).
const CLAIMS_LIMIT: usize = 3_000;

/// The tenant's own token: its signature, and that it is from Entra for this API.
pub(super) async fn prove(
    state: &AppState,
    source: &ClaimsSettings,
    provider: &Provider,
    headers: &HeaderMap,
    now: Instant,
) -> Result<(), Problem> {
    let refuse = |why: String| {
        tracing::warn!(source = %source.key, why, "a call of an authentication extension was refused");
        proof::unproven()
    };
    let token = bearer_of(headers).ok_or_else(proof::unproven)?;
    let signed = signed::check(&state.providers, provider, token, now)
        .await
        .map_err(refuse)?;
    let expected = source.extension.as_ref().ok_or_else(proof::unproven)?;
    let caller = signed.text("azp").or_else(|| signed.text("appid"));
    let rules = [
        (signed.is_for(&expected.audience), "another audience"),
        (caller == Some(CALLER), "another caller"),
        (
            signed.text("tid") == Some(&expected.tenant),
            "another tenant",
        ),
        (signed.seconds("exp").is_some(), "exp is missing"),
    ];
    match rules.into_iter().find(|(holds, _)| !holds) {
        Some((_, why)) => Err(refuse(why.to_owned())),
        None => Ok(()),
    }
}

/// Answers an event.
pub(super) async fn answer(asked: &Asked<'_>) -> Result<Response, Problem> {
    let expected = asked
        .source
        .extension
        .as_ref()
        .ok_or_else(proof::unproven)?;
    let tenant = text(&asked.body, &["data", "tenantId"]);
    if tenant != Some(&expected.tenant) {
        return Err(unfit("data.tenantId is another than the configured tenant"));
    }
    let extension = text(&asked.body, &["data", "customAuthenticationExtensionId"]);
    let is_known = expected.extensions.is_empty()
        || extension.is_some_and(|id| expected.extensions.iter().any(|known| known == id));
    if !is_known {
        return Err(unfit("this extension is not listed in the configuration"));
    }
    let event = text(&asked.body, &["type"]).unwrap_or_default();
    match event.rsplit('.').next().unwrap_or_default() {
        "tokenIssuanceStart" => token(asked).await,
        "attributeCollectionStart" => Ok(action(
            "onAttributeCollectionStart",
            "attributeCollectionStart.continueWithDefaultBehavior",
            Map::new(),
        )),
        "attributeCollectionSubmit" => sign_up(asked).await,
        _ => Err(unfit("type is no event that is answered here")),
    }
}

/// The claims of a token. The person is named by the directory's own id, never by an address.
async fn token(asked: &Asked<'_>) -> Result<Response, Problem> {
    let user = text(
        &asked.body,
        &["data", "authenticationContext", "user", "id"],
    );
    let id = user.ok_or_else(|| unfit("data.authenticationContext.user.id is missing"))?;
    let issuer = asked.issuer;
    let known = facts::about(asked, Named::Directory { issuer, id }, None).await?;
    let mut claims = known.claims(asked);
    // Texts and lists of texts only, none empty.
    claims.retain(|_, value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    });
    while json!(claims).to_string().len() > CLAIMS_LIMIT {
        let longest = claims
            .iter()
            .max_by_key(|(_, value)| value.to_string().len());
        let Some(name) = longest.map(|(name, _)| name.clone()) else {
            break;
        };
        tracing::warn!(source = %asked.source.key, claim = name, "a claim was left out: all together are too long for Entra");
        claims.remove(&name);
    }
    let fields = [("claims".to_owned(), Value::Object(claims))];
    Ok(action(
        "onTokenIssuanceStart",
        "tokenIssuanceStart.provideClaimsForToken",
        fields.into_iter().collect(),
    ))
}

/// The attributes of somebody who signs up; the addresses among the identities are verified.
async fn sign_up(asked: &Asked<'_>) -> Result<Response, Problem> {
    let go_on = || {
        action(
            "onAttributeCollectionSubmit",
            "attributeCollectionSubmit.continueWithDefaultBehavior",
            Map::new(),
        )
    };
    if !asked.source.invited_only {
        return Ok(go_on());
    }
    let identities = asked.body.pointer("/data/userSignUpInfo/identities");
    let identities = identities.and_then(Value::as_array).into_iter().flatten();
    let emails: Vec<&str> = identities
        .filter(|identity| text(identity, &["signInType"]) == Some("emailAddress"))
        .filter_map(|identity| text(identity, &["issuerAssignedId"]))
        .collect();
    // One address is proven by the flow; several are nobody's in particular.
    let [email] = emails.as_slice() else {
        return Ok(block(asked));
    };
    if sign_up::is_expected(asked, Some(email)).await? {
        Ok(go_on())
    } else {
        Ok(block(asked))
    }
}

fn block(asked: &Asked<'_>) -> Response {
    let language = text(
        &asked.body,
        &["data", "authenticationContext", "client", "locale"],
    );
    let fields = [(
        "message".to_owned(),
        Value::from(sign_up::sentence(asked, language)),
    )];
    action(
        "onAttributeCollectionSubmit",
        "attributeCollectionSubmit.showBlockPage",
        fields.into_iter().collect(),
    )
}

/// An answer with the one action that is allowed.
fn action(event: &str, kind: &str, mut fields: Map<String, Value>) -> Response {
    fields.insert(
        "@odata.type".to_owned(),
        format!("microsoft.graph.{kind}").into(),
    );
    let answer = json!({"data": {
        "@odata.type": format!("microsoft.graph.{event}ResponseData"),
        "actions": [fields],
    }});
    plain_json(StatusCode::OK, &answer)
}
