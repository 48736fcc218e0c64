//! Bringing one user to what is wanted.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Scim,
    calls::success,
    user::{Difference, is_active, literal},
};
use crate::{
    directory::port::{DirectoryError, Put, Wanted, Witness},
    settings::ScimMatch,
};

/// How often a user is read anew because somebody else changed it meanwhile.
const ROUNDS: usize = 3;

#[derive(Deserialize, Default)]
#[serde(default)]
struct List {
    #[serde(rename = "Resources")]
    resources: Vec<Value>,
}

impl Scim {
    pub(super) async fn put_user(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        let Some(user) = &wanted.user else {
            return self.find_or_make(wanted, witness).await;
        };
        // What a token calls the user is the server's own id, or a name by which it knows it.
        let name = match self.matches {
            ScimMatch::Id => return self.update(user, wanted, witness).await,
            ScimMatch::ExternalId => "externalId",
            ScimMatch::UserName => "userName",
        };
        let found = self.list(&format!("{name} eq {}", literal(user))).await?;
        // A server that ignores filters lists strangers.
        let found = found
            .iter()
            .filter(|it| is_called(it, self.matches, name, user));
        let ids: Vec<String> = found.filter_map(id_of).collect();
        match ids.as_slice() {
            // One that we made is remembered by its id.
            [] => self.update(user, wanted, witness).await,
            [id] => self.update(id, wanted, witness).await,
            _ => Ok(Put::Taken { candidates: ids }),
        }
    }

    /// Against the version that was read, where the server has versions: what somebody else changes
    /// meanwhile is read anew. Refused attributes keep nobody in.
    async fn update(
        &self,
        id: &str,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        let (mut first, mut refusal) = (None, None);
        for _ in 0..ROUNDS {
            let Some(user) = self.read(id).await? else {
                return Ok(Put::NotFound);
            };
            let was_enabled = *first.get_or_insert(is_active(&user));
            let mut difference = self.names.difference(&user, wanted);
            difference.attributes &= refusal.is_none();
            if difference.is_none() {
                return Ok(Put::there(id.to_owned(), was_enabled, refusal));
            }
            if difference.active == Some(false) {
                witness.about_to_block().await?;
            }
            match self.write(id, &user, (&difference, wanted)).await {
                Ok(StatusCode::PRECONDITION_FAILED) => continue,
                Ok(StatusCode::NOT_FOUND) => return Ok(Put::NotFound),
                Ok(_) => {}
                // Once more, without them.
                Err(error) if error.is_refusal() && difference.attributes => {
                    refusal = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            }
            if difference.attributes {
                match self.read_back(id, wanted).await {
                    Ok(()) => {}
                    Err(error) if error.is_refusal() => refusal = Some(error),
                    Err(error) => return Err(error),
                }
            }
            return Ok(Put::there(id.to_owned(), was_enabled, refusal));
        }
        let what = "somebody else goes on changing this user".to_owned();
        Err(DirectoryError::Unreachable(what))
    }

    /// A success, or that the user is gone or was changed meanwhile.
    async fn write(
        &self,
        id: &str,
        user: &Value,
        (difference, wanted): (&Difference, &Wanted),
    ) -> Result<StatusCode, DirectoryError> {
        let abilities = self.abilities().await?;
        let version = abilities.etag.then(|| version_of(user)).flatten();
        let (method, body) = if abilities.patch {
            (Method::PATCH, self.names.patch(difference, wanted))
        } else {
            (Method::PUT, self.names.whole(user, difference, wanted))
        };
        let path = ["Users", id];
        let with = (Some(&body), version.as_deref());
        let answer = self.calls.send(method, (&path, &[]), with).await?;
        let is_other = matches!(
            answer.status,
            StatusCode::PRECONDITION_FAILED | StatusCode::NOT_FOUND
        );
        if !is_other {
            success(&answer)?;
        }
        Ok(answer.status)
    }

    async fn read(&self, id: &str) -> Result<Option<Value>, DirectoryError> {
        let path = ["Users", id];
        let answer = self
            .calls
            .send(Method::GET, (&path, &[]), (None, None))
            .await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let user: Value = success(&answer)?.json()?;
        if id_of(&user).as_deref() != Some(id) {
            let what = "the user has another id than was asked for".to_owned();
            return Err(DirectoryError::Protocol(what));
        }
        Ok(Some(user))
    }

    /// A server may ignore a schema that it does not know.
    async fn read_back(&self, id: &str, wanted: &Wanted) -> Result<(), DirectoryError> {
        match self.read(id).await? {
            Some(user) if !self.names.hold(&user, wanted) => Err(DirectoryError::Denied(format!(
                "the server does not keep the attributes of the extension {}: add it to the schema of its users",
                self.names.schema
            ))),
            _ => Ok(()),
        }
    }

    async fn find_or_make(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        // One that we made before without learning of it is found by its external id.
        if let Some(id) = self.made_before(wanted).await? {
            return self.update(&id, wanted, witness).await;
        }
        let user = self.names.new_user(wanted);
        let with = (Some(&user), None);
        let answer = self
            .calls
            .send(Method::POST, (&["Users"], &[]), with)
            .await?;
        if answer.status == StatusCode::CONFLICT {
            return self.taken(wanted, witness).await;
        }
        let made: Value = success(&answer)?.json()?;
        let id = id_of(&made)
            .ok_or_else(|| DirectoryError::Protocol("a new user has no id".to_owned()))?;
        self.read_back(&id, wanted).await?;
        Ok(Put::Done {
            user: id,
            was_enabled: true,
        })
    }

    async fn made_before(&self, wanted: &Wanted) -> Result<Option<String>, DirectoryError> {
        let filter = format!("externalId eq {}", literal(&wanted.person_id));
        let found = self.list(&filter).await?;
        let mut ours = found.iter().filter(|user| self.names.is_ours(user, wanted));
        Ok(ours.find_map(id_of))
    }

    /// The name is somebody's; whether that is our person is for a person to say (law 6).
    async fn taken(&self, wanted: &Wanted, witness: &dyn Witness) -> Result<Put, DirectoryError> {
        if let Some(id) = self.made_before(wanted).await? {
            return self.update(&id, wanted, witness).await;
        }
        let filter = format!("userName eq {}", literal(&wanted.email));
        let found = self.list(&filter).await?;
        Ok(Put::Taken {
            candidates: found.iter().filter_map(id_of).collect(),
        })
    }

    pub(super) async fn list(&self, filter: &str) -> Result<Vec<Value>, DirectoryError> {
        let query = [("filter", filter), ("count", "10")];
        let answer = self
            .calls
            .send(Method::GET, (&["Users"], &query), (None, None))
            .await?;
        let list: List = success(&answer)?.json()?;
        Ok(list.resources)
    }
}

/// Whether a user is the one that was asked for. Names are compared without regard to case (RFC 7643
/// section 4.1.1), external ids with it.
fn is_called(user: &Value, matches: ScimMatch, name: &str, wanted: &str) -> bool {
    let held = user.get(name).and_then(Value::as_str).unwrap_or_default();
    match matches {
        ScimMatch::UserName => held.to_lowercase() == wanted.to_lowercase(),
        ScimMatch::Id | ScimMatch::ExternalId => held == wanted,
    }
}

fn id_of(user: &Value) -> Option<String> {
    user.get("id")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
}

fn version_of(user: &Value) -> Option<String> {
    let version = user.get("meta")?.get("version")?.as_str()?;
    Some(version.to_owned()).filter(|version| !version.is_empty())
}
