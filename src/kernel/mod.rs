//! The leaf of the crate: ids, time, randomness, secrets, addresses, cursors.
//!
//! Nothing here knows a feature, a web request or a pool. Start reading at [`cx`]: every action
//! receives a [`Cx`] that says when it is, who acts and where randomness comes from.

pub mod actor;
pub mod cursor;
pub mod cx;
pub mod email_address;
pub mod ids;
pub mod instant;
pub mod jws;
pub mod network;
mod organization_kind;
pub mod seal;
pub mod secret;
pub mod signature;
pub mod text;
pub mod text_enum;
mod transform;
pub mod webmail;

pub use actor::Actor;
pub use cursor::Cursor;
pub use cx::{Clock, Cx, Random, World};
pub use email_address::EmailAddress;
pub use instant::Instant;
pub use organization_kind::OrganizationKind;
pub use seal::Keyring;
pub use secret::{LinkSecret, SecretHash};
pub use transform::Transform;
