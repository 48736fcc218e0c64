//! Bringing one user to what is wanted.

use reqwest::{Method, StatusCode, header::LOCATION};
use serde_json::{Value, json};

use super::{
    Keycloak,
    calls::{refusal, said},
};
use crate::{
    crm::rest::Answer,
    directory::port::{DirectoryError, Put, Wanted, Witness},
};

/// Users of one look-up.
const SOME: &str = "10";

/// A user with our id of the person.
enum Made {
    /// The one we made.
    Ours(String),
    /// Those who may be it, or who say so of themselves.
    Perhaps(Vec<String>),
}

/// What became of writing a user.
enum Written {
    /// They are there; why attributes were not taken, if they were not.
    There(Option<DirectoryError>),
    Gone,
}

impl Keycloak {
    pub(super) async fn put_user(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        match &wanted.user {
            Some(user) => self.update(user, wanted, witness).await,
            None => self.find_or_make(wanted, witness).await,
        }
    }

    /// There is no version to write against: what somebody changes between reading and writing, in
    /// some milliseconds, is written over, but for whether the user may sign in.
    async fn update(
        &self,
        id: &str,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        let Some(user) = self.read(id).await? else {
            return Ok(Put::NotFound);
        };
        let was_enabled = user.get("enabled").and_then(Value::as_bool) != Some(false);
        let enabled = wanted.enabled.filter(|enabled| *enabled != was_enabled);
        if enabled == Some(false) {
            witness.about_to_block().await?;
        }
        let Written::There(refusal) = self.write(id, user, wanted, enabled).await? else {
            return Ok(Put::NotFound);
        };
        if wanted.end_sessions {
            let path = ["users", id, "logout"];
            let answer = self.calls.send(Method::POST, (&path, &[]), None).await?;
            // Whoever is gone has no sessions.
            if answer.status != StatusCode::NOT_FOUND {
                success(&answer, "manage-users")?;
            }
        }
        Ok(Put::there(id.to_owned(), was_enabled, refusal))
    }

    /// Writes what differs. Refused attributes keep nobody in.
    async fn write(
        &self,
        id: &str,
        mut user: Value,
        wanted: &Wanted,
        enabled: Option<bool>,
    ) -> Result<Written, DirectoryError> {
        let alone = enabled.map(|enabled| json!({ "enabled": enabled }));
        if self.names.hold(&user, wanted) {
            let is_there = match alone {
                Some(body) => self.replace(id, &body).await?,
                None => true,
            };
            return Ok(if is_there {
                Written::There(None)
            } else {
                Written::Gone
            });
        }
        if let Some(user) = user.as_object_mut() {
            user.remove("access");
            // Left out, it stays as somebody else may be setting it now.
            user.remove("enabled");
            self.names.set(user, wanted);
            if let Some(enabled) = enabled {
                user.insert("enabled".to_owned(), json!(enabled));
            }
        }
        let refusal = match self.replace(id, &user).await {
            Ok(false) => return Ok(Written::Gone),
            Ok(true) => self.read_back(id, wanted).await.err(),
            Err(refusal) if refusal.is_refusal() => {
                if let Some(body) = alone
                    && !self.replace(id, &body).await?
                {
                    return Ok(Written::Gone);
                }
                Some(refusal)
            }
            Err(error) => return Err(error),
        };
        match refusal {
            Some(error) if !error.is_refusal() => Err(error),
            refusal => Ok(Written::There(refusal)),
        }
    }

    /// Whether the user was there to be written.
    async fn replace(&self, id: &str, user: &Value) -> Result<bool, DirectoryError> {
        let path = ["users", id];
        let answer = self
            .calls
            .send(Method::PUT, (&path, &[]), Some(user))
            .await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        success(&answer, "manage-users")?;
        Ok(true)
    }

    /// The user as Keycloak holds it; `None` when there is none.
    async fn read(&self, id: &str) -> Result<Option<Value>, DirectoryError> {
        let path = ["users", id];
        let answer = self.calls.send(Method::GET, (&path, &[]), None).await?;
        if answer.status == StatusCode::NOT_FOUND && !said(&answer).contains("Realm") {
            return Ok(None);
        }
        let user: Value = success(&answer, "view-users")?.json()?;
        // A proxy's page, or half an answer, must not be written back.
        if user.get("id").and_then(Value::as_str) != Some(id) {
            let what = "the user has another id than was asked for".to_owned();
            return Err(DirectoryError::Protocol(what));
        }
        Ok(Some(user))
    }

    /// Keycloak answers 204 also when its user profile let none of the attributes through.
    async fn read_back(&self, id: &str, wanted: &Wanted) -> Result<(), DirectoryError> {
        match self.read(id).await? {
            Some(user) if !self.names.hold(&user, wanted) => {
                let names = self.names.all().join(", ");
                Err(DirectoryError::Denied(format!(
                    "the user was written, and does not hold the attributes {names} as they were given"
                )))
            }
            _ => Ok(()),
        }
    }

    async fn find_or_make(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        // One that we made before without learning of it is found by our own attribute.
        match self.made_before(wanted).await? {
            Some(Made::Ours(id)) => return self.update(&id, wanted, witness).await,
            Some(Made::Perhaps(candidates)) => return Ok(Put::Taken { candidates }),
            None => {}
        }
        self.profile().await?;
        let user = self.names.new_user(wanted);
        let answer = self
            .calls
            .send(Method::POST, (&["users"], &[]), Some(&user))
            .await?;
        if answer.status == StatusCode::CONFLICT {
            return self.taken(wanted).await;
        }
        success(&answer, "manage-users")?;
        let location = answer.headers.get(LOCATION);
        let id = location.and_then(|value| value.to_str().ok()?.rsplit('/').next());
        let id = id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| DirectoryError::Protocol("a new user has no Location".to_owned()))?;
        self.read_back(id, wanted).await?;
        Ok(Put::Done {
            user: id.to_owned(),
            was_enabled: true,
        })
    }

    /// Users with our id of the person. Only one with the person's address too is taken for the one we
    /// made: a realm may let users write attributes of theirs.
    async fn made_before(&self, wanted: &Wanted) -> Result<Option<Made>, DirectoryError> {
        let term = format!("{}:{}", self.names.person, wanted.person_id);
        let query = [
            ("q", term.as_str()),
            ("briefRepresentation", "false"),
            ("max", SOME),
        ];
        let found = self.list(&query).await?;
        let is_named = |user: &&Value| {
            let values = user
                .get("attributes")
                .and_then(|attributes| attributes.get(&self.names.person))
                .and_then(Value::as_array);
            values.is_some_and(|values| values.iter().any(|value| *value == *wanted.person_id))
        };
        let has_address = |user: &&&Value| {
            let email = user.get("email").and_then(Value::as_str);
            email.is_some_and(|email| email.to_lowercase() == wanted.email.to_lowercase())
        };
        let named: Vec<&Value> = found.iter().filter(is_named).collect();
        let ours: Vec<&&Value> = named.iter().filter(has_address).collect();
        Ok(match (ours.as_slice(), named.as_slice()) {
            (_, []) => None,
            ([user], _) => id_of(user).map(Made::Ours),
            _ => Some(Made::Perhaps(
                named.iter().filter_map(|user| id_of(user)).collect(),
            )),
        })
    }

    /// Name or address is somebody's; whether that is our person is for a person to say (law 6).
    async fn taken(&self, wanted: &Wanted) -> Result<Put, DirectoryError> {
        let mut candidates = Vec::new();
        for field in ["email", "username"] {
            let query = [
                (field, wanted.email.as_str()),
                ("exact", "true"),
                ("max", SOME),
            ];
            candidates.extend(self.list(&query).await?.iter().filter_map(id_of));
        }
        candidates.sort();
        candidates.dedup();
        Ok(Put::Taken { candidates })
    }

    pub(super) async fn list(&self, query: &[(&str, &str)]) -> Result<Vec<Value>, DirectoryError> {
        let answer = self
            .calls
            .send(Method::GET, (&["users"], query), None)
            .await?;
        Ok(success(&answer, "view-users")?.json()?)
    }
}

fn id_of(user: &Value) -> Option<String> {
    user.get("id")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
}

pub(super) fn success<'a>(answer: &'a Answer, role: &str) -> Result<&'a Answer, DirectoryError> {
    if answer.status.is_success() {
        Ok(answer)
    } else {
        Err(refusal(answer, role))
    }
}
