//! Bringing one user to what is wanted, and what is missing for it.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Graph,
    calls::{Problem, success},
    user::is_enabled,
};
use crate::directory::port::{DirectoryError, Put, Wanted, Witness};

const READ: &str = "User.Read.All";
const WRITE: &str = "User.ReadWrite.All";
const ENABLED: &str = "accountEnabled";
const REVOKE: &str = "User.RevokeSessions.All or User.ReadWrite.All";
/// Nobody has this id.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// What became of writing a user.
enum Written {
    /// They are there; why attributes were not taken, if they were not.
    There(Option<DirectoryError>),
    Gone,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct List {
    value: Vec<Value>,
}

impl Graph {
    pub(super) async fn look(&self) -> Result<String, DirectoryError> {
        let url = self
            .calls
            .url(&["users"], &[("$top", "1"), ("$select", "id")]);
        let answer = self.calls.send(Method::GET, url, None).await?;
        success(&answer, READ)?;
        // Nobody is changed: the answer only tells whether we might.
        let body = json!({"accountEnabled": true});
        let url = self.calls.url(&["users", NOBODY], &[]);
        let answer = self.calls.send(Method::PATCH, url, Some(&body)).await?;
        if answer.status != StatusCode::NOT_FOUND {
            success(&answer, WRITE)?;
        }
        Ok("it answers, and users can be read and written".to_owned())
    }

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

    async fn update(
        &self,
        id: &str,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        let Some(user) = self.read(id).await? else {
            return Ok(Put::NotFound);
        };
        let was_enabled = is_enabled(&user);
        let enabled = wanted.enabled.filter(|enabled| *enabled != was_enabled);
        if enabled == Some(false) {
            witness.about_to_block().await?;
        }
        let attributes = self.names.difference(&user, wanted);
        let Written::There(refusal) = self.write(id, wanted, (attributes, enabled)).await? else {
            return Ok(Put::NotFound);
        };
        if wanted.end_sessions {
            let url = self.calls.url(&["users", id, "revokeSignInSessions"], &[]);
            let answer = self.calls.send(Method::POST, url, None).await?;
            // Whoever is gone has no sessions.
            if answer.status != StatusCode::NOT_FOUND {
                success(&answer, REVOKE)?;
            }
        }
        Ok(Put::there(id.to_owned(), was_enabled, refusal))
    }

    /// Writes what differs. Refused attributes keep nobody in.
    async fn write(
        &self,
        id: &str,
        wanted: &Wanted,
        (mut patch, enabled): (Map<String, Value>, Option<bool>),
    ) -> Result<Written, DirectoryError> {
        let mut refusal = None;
        let mut is_open = enabled.is_some();
        if !patch.is_empty() {
            refusal = self.names.too_long(wanted);
        }
        if !patch.is_empty() && refusal.is_none() {
            if let Some(enabled) = enabled {
                patch.insert(ENABLED.to_owned(), json!(enabled));
            }
            match self.patch(id, &Value::Object(patch)).await {
                Ok(true) => is_open = false,
                Ok(false) => return Ok(Written::Gone),
                Err(error) if error.is_refusal() => refusal = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let Some(enabled) = enabled.filter(|_| is_open)
            && !self.patch(id, &json!({ ENABLED: enabled })).await?
        {
            return Ok(Written::Gone);
        }
        Ok(Written::There(refusal))
    }

    /// Whether the user was there to be written.
    async fn patch(&self, id: &str, patch: &Value) -> Result<bool, DirectoryError> {
        let url = self.calls.url(&["users", id], &[]);
        let answer = self.calls.send(Method::PATCH, url, Some(patch)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        success(&answer, WRITE)?;
        Ok(true)
    }

    /// The user as Graph holds it; `None` when there is none.
    pub(super) async fn read(&self, id: &str) -> Result<Option<Value>, DirectoryError> {
        let select = self.names.select();
        let url = self.calls.url(&["users", id], &[("$select", &select)]);
        let answer = self.calls.send(Method::GET, url, None).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let user: Value = success(&answer, READ)?.json()?;
        if user.get("id").and_then(Value::as_str) != Some(id) {
            let what = "the user has another id than was asked for".to_owned();
            return Err(DirectoryError::Protocol(what));
        }
        Ok(Some(user))
    }

    /// A user that was made shows in look-ups a while later, so a conflict is looked into too.
    async fn find_or_make(
        &self,
        wanted: &Wanted,
        witness: &dyn Witness,
    ) -> Result<Put, DirectoryError> {
        if let Some(id) = self.made_before(wanted).await? {
            return self.update(&id, wanted, witness).await;
        }
        if let Some(refusal) = self.names.too_long(wanted) {
            return Err(refusal);
        }
        let password = self.password();
        let user = self.names.new_user(wanted, &self.domain, &password);
        let url = self.calls.url(&["users"], &[]);
        let answer = self.calls.send(Method::POST, url, Some(&user)).await?;
        if answer.status.is_client_error() && Problem::of(&answer).is_conflict() {
            return self.taken(wanted, witness).await;
        }
        let made: Value = success(&answer, WRITE)?.json()?;
        let id = id_of(&made)
            .ok_or_else(|| DirectoryError::Protocol("a new user has no id".to_owned()))?;
        Ok(Put::Done {
            user: id,
            was_enabled: true,
        })
    }

    async fn made_before(&self, wanted: &Wanted) -> Result<Option<String>, DirectoryError> {
        let filter = format!("{} eq {}", self.names.person, literal(&wanted.person_id));
        let found = self.list(&filter).await?;
        let mut ours = found.iter().filter(|user| self.is_ours(user, wanted));
        Ok(ours.find_map(id_of))
    }

    fn is_ours(&self, user: &Value, wanted: &Wanted) -> bool {
        user.get(&self.names.person).and_then(Value::as_str) == Some(&wanted.person_id)
    }

    /// The address is somebody's; unless we made them, a person says whether that is our person
    /// (law 6).
    async fn taken(&self, wanted: &Wanted, witness: &dyn Witness) -> Result<Put, DirectoryError> {
        let filter = format!(
            "identities/any(c:c/issuerAssignedId eq {} and c/issuer eq {})",
            literal(&wanted.email),
            literal(&self.domain)
        );
        let found = self.list(&filter).await?;
        if let Some(ours) = found.iter().find(|user| self.is_ours(user, wanted))
            && let Some(id) = id_of(ours)
        {
            return self.update(&id, wanted, witness).await;
        }
        Ok(Put::Taken {
            candidates: found.iter().filter_map(id_of).collect(),
        })
    }

    async fn list(&self, filter: &str) -> Result<Vec<Value>, DirectoryError> {
        let select = self.names.select();
        let query = [("$filter", filter), ("$select", &select), ("$top", "10")];
        let url = self.calls.url(&["users"], &query);
        let answer = self.calls.send(Method::GET, url, None).await?;
        let list: List = success(&answer, READ)?.json()?;
        Ok(list.value)
    }

    /// 128 random bits, and one letter of each kind that a policy may ask for.
    fn password(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::from("Aa1!");
        for byte in self.random.bytes::<16>() {
            // Writing into a text cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

fn id_of(user: &Value) -> Option<String> {
    user.get("id")
        .and_then(Value::as_str)
        .map(ToOwned::to_owned)
}

/// A text in a filter (OData 4.01, part 2, 5.1.1.14.1): a quote is doubled.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
