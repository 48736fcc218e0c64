//! Invitations: an offer of membership, or of lead access, to an e-mail address.
//!
//! An invitation is `queued`, `sent` or `bounced`, `opened`, and ends `redeemed`, `declined`,
//! `revoked`, `expired` or `superseded`. Its link carries a 256-bit secret of which only the hash is
//! kept; a new link replaces the old one, which then says so. The link is worth nothing by itself:
//! [`redeem()`] wants a signed-in account with a verified address that fits. Whether an invitation
//! would get anywhere is asked before it is sent ([`preflight`]), the same for an admin, a sales rep
//! and a request from a CRM.
//!
//! Who is a member and may do what is not decided here: see `organizations` and `access`. Start
//! reading at `model.rs`, then `create.rs` and `redeem.rs`.
//!
//! Every action takes the organization's lock first and the invitation second, and leaves an audit
//! event and a change for the CRM in its own transaction.

mod account;
mod ask_again;
mod attempts;
mod authority;
mod create;
mod decline;
mod delivery;
mod emails;
mod expire;
mod find;
mod from_crm;
mod hold;
mod issue;
mod look;
mod model;
mod not_sent;
mod open;
mod other_address;
pub mod pages;
pub mod pasted;
pub mod preflight;
mod record;
mod redeem;
mod remind;
mod resend;
mod revoke;
mod row;
mod shared;
pub mod store;
mod timeline;
mod usual_roles;

pub use account::{Account, Fit};
pub use ask_again::{ASK_AGAIN_PAUSE, AskedAgain, ask_again};
pub use attempts::forget_attempts;
pub use authority::{RolesRefused, Rules};
pub use create::{Create, CreateError, Created, NOTE_LIMIT, create};
pub use decline::{Decline, Declined, decline};
pub use delivery::InvitationMails;
pub use expire::sweep;
pub use find::{StaffFilter, StaffListed, find, find_for_staff, is_invited, page_for_staff};
pub use from_crm::InvitationsFromCrm;
pub use issue::link;
pub use look::{Meeting, Place, Seen, Situation, look};
pub use model::{
    Ended, Invitation, Inviter, InviterKind, Kind, Live, OtherAddress, Passed, State, StateWord,
    Way,
};
pub use not_sent::{NotSent, REFUSED, not_sent};
pub use open::{Opened, open};
pub use other_address::{
    AskedOther, InviteOther, InviteOtherError, InvitedOther, ask_other, invite_other,
};
pub use preflight::Class;
pub use redeem::{Joined, Redeem, RedeemError, Redeemed, WhyNot, redeem};
pub use remind::remind;
pub use resend::{Resend, ResendError, Resent, resend};
pub use revoke::{Revoke, RevokeError, Revoked, revoke};
pub use shared::SharedInvitations;
pub use timeline::{Step, StepKind, timeline};
pub use usual_roles::usual_roles;
