//! People who sign in: who they are, which identities they hold, their own profile.
//!
//! A person is found by an identity `(issuer, subject)`, never by an address. The address is
//! verified and belongs to one person. What a person may do is not here: see `organizations` for
//! memberships and `access` for decisions. Start reading at [`Person`].

mod create;
mod find;
mod keep_out;
mod link_identity;
mod model;
mod names_said;
mod note_sign_in;
pub mod pages;
mod pending;
pub mod session_pages;
mod shared;
pub mod store;
mod update_from_provider;
mod update_own_profile;
mod upstream;
mod user_agent;

pub use create::{Created, NewPerson, create};
pub use find::{
    find, find_by_email, find_by_identity, identities_of, language_of, may_take_identity_of,
};
pub use keep_out::{KeepOutError, KeptOut, LetIn, keep_out, let_in};
pub use link_identity::{LinkIdentity, LinkIdentityError, Linked, link_identity};
pub use model::{Identity, Person, PersonStatus};
pub use names_said::{names_have_news, note_names_said};
pub use note_sign_in::note_sign_in;
pub use pages::provider_name;
pub use pending::PendingIdentity;
pub use shared::{SharedRecord, SharedSource, is_about_people};
pub use update_from_provider::{
    Refreshed, UpdateFromProvider, UpdateFromProviderError, update_from_provider,
};
pub use update_own_profile::{OwnProfile, OwnProfileError, OwnProfileUpdated, update_own_profile};
pub use upstream::{Followed, disabled_there, enabled_there, is_kept_out_by};
