//! What the server can do, and what is missing.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Scim, calls::success, user::USER};
use crate::directory::port::DirectoryError;

/// What a server says of itself (RFC 7643 section 5).
#[derive(Debug, Clone, Copy)]
pub(super) struct Abilities {
    pub(super) patch: bool,
    pub(super) etag: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Config {
    patch: Supported,
    etag: Supported,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Supported {
    supported: bool,
}

impl Scim {
    /// Whether the server knows our extension, when it says which schemas it knows (RFC 7644 section 4).
    async fn has_extension(&self) -> Result<(), DirectoryError> {
        let asked = async |schema: &str| {
            let path = ["Schemas", schema];
            let answer = self
                .calls
                .send(Method::GET, (&path, &[]), (None, None))
                .await?;
            Ok::<_, DirectoryError>(answer.status)
        };
        let is_missing = asked(&self.names.schema).await? == StatusCode::NOT_FOUND;
        if !is_missing || !asked(USER).await?.is_success() {
            return Ok(());
        }
        Err(DirectoryError::Setup(format!(
            "the server does not know the extension {}: add it to the schema of its users",
            self.names.schema
        )))
    }

    /// Asked once; a server that does not say has PATCH and no versions.
    pub(super) async fn abilities(&self) -> Result<Abilities, DirectoryError> {
        let known = self.abilities.get_or_try_init(async || {
            let path = ["ServiceProviderConfig"];
            let answer = self
                .calls
                .send(Method::GET, (&path, &[]), (None, None))
                .await?;
            if answer.status == StatusCode::NOT_FOUND {
                return Ok(Abilities {
                    patch: true,
                    etag: false,
                });
            }
            let config: Config = success(&answer)?.json()?;
            Ok::<_, DirectoryError>(Abilities {
                patch: config.patch.supported,
                etag: config.etag.supported,
            })
        });
        known.await.copied()
    }

    pub(super) async fn look(&self) -> Result<String, DirectoryError> {
        let abilities = self.abilities().await?;
        // Nobody has this name.
        if !self
            .list("userName eq \"vestibule-check\"")
            .await?
            .is_empty()
        {
            return Err(DirectoryError::Setup(
                "the service lists users who were not asked for: it must filter by userName and externalId".to_owned(),
            ));
        }
        self.has_extension().await?;
        // A user without a name is never made: the answer only tells whether we might.
        let body = json!({"schemas": [USER]});
        let with = (Some(&body), None);
        let answer = self
            .calls
            .send(Method::POST, (&["Users"], &[]), with)
            .await?;
        if answer.status != StatusCode::BAD_REQUEST {
            success(&answer)?;
        }
        let has = |able| if able { "has" } else { "has no" };
        Ok(format!(
            "it answers, users can be read and written; it {} PATCH, it {} versions",
            has(abilities.patch),
            has(abilities.etag)
        ))
    }
}
