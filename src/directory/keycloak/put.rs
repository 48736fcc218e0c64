//! Bringing one user to what is wanted.

use reqwest::{Method, StatusCode, header::LOCATION};
use serde_json::{Value, json};

use super::{
    Keycloak,
    calls::{refusal, said},
};
use crate::{
    crm::rest::Answer,
    directory::port::{DirectoryError, Put, Wanted},
};

/// Users of one look-up.
const SOME: &str = "10";

impl Keycloak {
    pub(super) async fn put_user(&self, wanted: &Wanted) -> Result<Put, DirectoryError> {
        match &wanted.user {
            Some(user) => self.update(user, wanted).await,
            None => self.find_or_make(wanted).await,
        }
    }

    /// There is no version to write against: what somebody changes between reading and writing, in
    /// some milliseconds, is written over.
    async fn update(&self, id: &str, wanted: &Wanted) -> Result<Put, DirectoryError> {
        let Some(mut user) = self.read(id).await? else {
            return Ok(Put::NotFound);
        };
        let was_enabled = user.get("enabled").and_then(Value::as_bool) != Some(false);
        let has_attributes = self.names.hold(&user, wanted);
        let enabled = wanted.enabled.filter(|enabled| *enabled != was_enabled);
        if !has_attributes || enabled.is_some() {
            if let Some(user) = user.as_object_mut() {
                user.remove("access");
                self.names.set(user, wanted);
                if let Some(enabled) = enabled {
                    user.insert("enabled".to_owned(), json!(enabled));
                }
            }
            let path = ["users", id];
            let answer = self
                .calls
                .send(Method::PUT, (&path, &[]), Some(&user))
                .await?;
            if answer.status == StatusCode::NOT_FOUND {
                return Ok(Put::NotFound);
            }
            success(&answer, "manage-users")?;
            if !has_attributes {
                self.read_back(id, wanted).await?;
            }
        }
        if wanted.end_sessions {
            let path = ["users", id, "logout"];
            let answer = self.calls.send(Method::POST, (&path, &[]), None).await?;
            // Whoever is gone has no sessions.
            if answer.status != StatusCode::NOT_FOUND {
                success(&answer, "manage-users")?;
            }
        }
        Ok(Put::Done {
            user: id.to_owned(),
            was_enabled,
        })
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
            Some(user) if !self.names.hold(&user, wanted) => Err(self.dropped()),
            _ => Ok(()),
        }
    }

    pub(super) fn dropped(&self) -> DirectoryError {
        let names = self.names.all().join(", ");
        DirectoryError::Setup(format!(
            "the realm's user profile does not take the attributes {names}: set Unmanaged Attributes to \"Only administrators can write\", or add them to the profile"
        ))
    }

    async fn find_or_make(&self, wanted: &Wanted) -> Result<Put, DirectoryError> {
        // One that we made before without learning of it is found by our own attribute.
        if let Some(id) = self.made_before(wanted).await? {
            return self.update(&id, wanted).await;
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

    async fn made_before(&self, wanted: &Wanted) -> Result<Option<String>, DirectoryError> {
        let term = format!("{}:{}", self.names.person, wanted.person_id);
        let query = [
            ("q", term.as_str()),
            ("briefRepresentation", "false"),
            ("max", SOME),
        ];
        let found = self.list(&query).await?;
        let ours = found.iter().filter(|user| {
            let values = user
                .get("attributes")
                .and_then(|attributes| attributes.get(&self.names.person))
                .and_then(Value::as_array);
            values.is_some_and(|values| values.iter().any(|value| *value == *wanted.person_id))
        });
        let ids: Vec<String> = ours.filter_map(id_of).collect();
        Ok(ids.into_iter().next())
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
