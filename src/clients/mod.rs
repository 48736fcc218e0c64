//! Programs that call the API: who they are, what they may do, which organizations exist for them.
//!
//! A client has a name, scopes, perhaps a last day, and perhaps one CRM connection whose
//! organizations alone exist for it. It proves itself with a secret and gets a token for a quarter
//! of an hour; both are 256 random bits of which the hash is kept. A new secret may stand beside the
//! old one for a while. What the API answers is not decided here: see `api`.

mod create;
mod find;
mod model;
mod revoke;
mod rotate;
pub mod store;
mod tokens;

pub use create::{Create, CreateError, Made, create};
pub use find::{find, list, may_invite};
pub use model::{Client, ClientState, NAME_LIMIT, Scope, Scopes};
pub use revoke::{Revoked, revoke};
pub use rotate::{Rotated, rotate};
pub use tokens::{Proved, TOKEN_LIFE, Token, forget_tokens, issue, note_use, of_token, prove};
