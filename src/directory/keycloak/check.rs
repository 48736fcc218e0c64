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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attribute {
    name: String,
    permissions: Permissions,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Permissions {
    edit: Vec<String>,
}

impl Profile {
    /// Whether an attribute is kept, and administrators alone write it. One that the profile knows
    /// goes by its own permissions, any other by the policy.
    fn keeps_from_users(&self, name: &str) -> bool {
        match self.attributes.iter().find(|it| it.name == name) {
            Some(known) => matches!(known.permissions.edit.as_slice(), [who] if who == "admin"),
            None => self.unmanaged_attribute_policy.as_deref() == Some("ADMIN_EDIT"),
        }
    }
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

    /// Whether the realm's user profile takes our attributes, and from nobody else: whoever could write
    /// their own could be somebody else in the eyes of an application. Versions that have none take any.
    pub(super) async fn profile(&self) -> Result<(), DirectoryError> {
        let path = ["users", "profile"];
        let answer = self.calls.send(Method::GET, (&path, &[]), None).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => return Ok(()),
            status if !status.is_success() => return Err(refusal(&answer, "view-users")),
            _ => {}
        }
        let profile: Profile = answer.json()?;
        let names = self.names.all();
        let mut names = names.iter().filter(|name| !profile.keeps_from_users(name));
        match names.next() {
            None => Ok(()),
            Some(name) => Err(DirectoryError::Setup(format!(
                "the realm's user profile does not take the attribute {name} from administrators alone: set Unmanaged Attributes to \"Only administrators can write\", or add it to the profile with the permission to edit for admin only"
            ))),
        }
    }
}
