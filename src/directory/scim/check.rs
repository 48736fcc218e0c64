//! What the server can do, and what is missing.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::{Scim, calls::success};
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
        // Nobody has this name; the answer must be an empty list.
        self.list("userName eq \"vestibule-check\"").await?;
        // A user without a name is never made: the answer only tells whether we might.
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]});
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
