//! What is missing, by its name in Keycloak.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Keycloak, calls::refusal, put::success};
use crate::directory::port::DirectoryError;

/// A realm's user profile, as far as it decides about our attributes.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Profile {
    attributes: Vec<Attribute>,
    unmanaged_attribute_policy: Option<String>,
}

#[derive(Deserialize)]
struct Attribute {
    name: String,
}

impl Keycloak {
    pub(super) async fn look(&self) -> Result<String, DirectoryError> {
        self.list(&[("max", "1"), ("briefRepresentation", "true")])
            .await?;
        // A user without a name is never made: the answer only tells whether we might.
        let answer = self
            .calls
            .send(Method::POST, (&["users"], &[]), Some(&json!({})))
            .await?;
        if answer.status != StatusCode::BAD_REQUEST {
            success(&answer, "manage-users")?;
        }
        self.profile().await?;
        Ok(
            "it answers, users can be read and written, and its user profile takes our attributes"
                .to_owned(),
        )
    }

    /// Whether the realm's user profile takes our attributes. Versions that have none take any.
    pub(super) async fn profile(&self) -> Result<(), DirectoryError> {
        let path = ["users", "profile"];
        let answer = self.calls.send(Method::GET, (&path, &[]), None).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => return Ok(()),
            status if !status.is_success() => return Err(refusal(&answer, "view-users")),
            _ => {}
        }
        let profile: Profile = answer.json()?;
        let policy = profile.unmanaged_attribute_policy.as_deref();
        let takes_any = matches!(policy, Some("ENABLED" | "ADMIN_EDIT"));
        let knows = |name: &&str| profile.attributes.iter().any(|it| it.name == **name);
        if takes_any || self.names.all().iter().all(knows) {
            Ok(())
        } else {
            Err(self.dropped())
        }
    }
}
