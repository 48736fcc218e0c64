//! Who does something: the author that audit entries and CRM records name.

use serde::{Deserialize, Serialize};

use super::ids::{ApiClientId, Id, PersonId};

/// The author of an action.
///
/// Stored as a kind and a reference (an id, never a name or an address), so that erasing a person
/// destroys what the reference resolves to and not the record that something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// Somebody who is not signed in.
    Visitor,
    /// A signed-in person acting for themselves or their organization.
    Person {
        /// Who.
        person_id: PersonId,
    },
    /// A member of the portal operator's staff: sales rep, approver or operator.
    Staff {
        /// Who.
        person_id: PersonId,
    },
    /// A CRM, through its events or its Invite button.
    Crm {
        /// The configured connection.
        connection: String,
        /// The CRM's own user who caused it, in the CRM's words, when it said so.
        user: Option<String>,
    },
    /// A program that calls the API, in the name of whoever it says.
    Client {
        /// Which program.
        client_id: ApiClientId,
        /// Who asked it to, in its own words, when it said so.
        user: Option<String>,
    },
    /// An identity provider's claims.
    Provider {
        /// The configured provider.
        provider: String,
    },
    /// The portal itself: a schedule, a worker, the command line.
    System {
        /// Which part.
        name: String,
    },
}

impl Actor {
    /// The word stored in the column `actor_kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Person { .. } => "person",
            Self::Staff { .. } => "staff",
            Self::Crm { .. } => "crm",
            Self::Client { .. } => "client",
            Self::Provider { .. } => "provider",
            Self::System { .. } => "system",
        }
    }

    /// The reference stored in the column `actor_ref`.
    #[must_use]
    pub fn reference(&self) -> &str {
        match self {
            Self::Visitor => "",
            Self::Person { person_id } | Self::Staff { person_id } => person_id.as_str(),
            Self::Crm { connection, .. } => connection,
            Self::Client { client_id, .. } => client_id.as_str(),
            Self::Provider { provider } => provider,
            Self::System { name } => name,
        }
    }

    /// The person behind the action, if a person is.
    #[must_use]
    pub fn person_id(&self) -> Option<&PersonId> {
        match self {
            Self::Person { person_id } | Self::Staff { person_id } => Some(person_id),
            _ => None,
        }
    }
}
