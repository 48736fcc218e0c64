//! Organizations and their members: who belongs where, with which duties, since when.
//!
//! An organization comes from its CRM and follows it ([`upsert_from_crm`]); memberships are the
//! portal's own. Every action on a member takes the organization's lock first, so that the seat
//! check and the last-admin law (law 7) see one another's effects on both engines. Whether a member
//! gets in is not decided here: see `access`. Start reading at [`Membership`] and [`add_member`].

mod add_member;
mod admins;
mod ask_seats;
mod change_dates;
mod change_policies;
mod change_roles;
mod change_several;
mod contract_letters;
mod domains;
mod facts;
mod find;
mod follow;
mod hand_over;
mod letters;
mod lock;
mod members_after;
mod model;
mod nobody_runs;
mod offer;
pub mod pages;
mod prospect;
mod record;
mod remove;
mod replace_role;
mod restore;
mod roles;
mod seats;
mod sign_out;
pub mod store;
mod suspend;
mod tell_again;
mod upsert_from_crm;

pub use add_member::{AddMember, AddMemberError, Added, add_member, add_member_for};
pub use admins::{Admin, admins, has_admin_by_name, has_another_admin};
pub use ask_seats::{
    AskSeats, AskSeatsError, MESSAGE_LIMIT, MOST, SeatsAsked, SeatsWish, ask_seats, seats_wish,
};
pub use change_dates::{ChangeDates, ChangeDatesError, DatesChanged, change_dates};
pub use change_policies::{ChangePolicies, ChangePoliciesError, PoliciesChanged, change_policies};
pub use change_roles::{ChangeRoles, ChangeRolesError, RolesChanged, change_roles};
pub use change_several::{Applied, ChangeSeveral, ChangeSeveralError, Deed, change_several};
pub use contract_letters::{NoticeRules, tell_of_steps};
pub use domains::{DecideDomain, DecideDomainError, Domain, DomainDecided, decide_domain, domains};
pub use facts::facts_of_person;
pub use find::{
    find, find_by_crm_account, find_membership, find_membership_of, link_contact, linked_to,
    memberships_of_person, set_contact,
};
pub use follow::{follow_person, follow_sign_in};
pub use hand_over::{Leaver, Taker, takers, who_takes_over};
pub use letters::{tell_exceeded, tell_rescues, tell_suspended};
pub use lock::{ceiling, ceiling_of_person, lock, would_lose_last_admin};
pub use members_after::members_after;
pub use model::{
    InvitePolicy, JoinPolicy, Membership, MembershipStatus, Organization, OrganizationKind, Source,
};
pub use nobody_runs::weigh_kinds;
pub use offer::{NotGivable, Offer, products};
pub use pages::{OpenThings, PersonState, not_givable, open_things};
pub use prospect::{NewProspect, create_prospect, prospect_account};
pub use remove::{Remove, RemoveError, Removed, remove};
pub use replace_role::{ReplaceRole, replace_role};
pub use restore::{Restore, RestoreError, Restored, restore};
pub use roles::{Ceiling, Roles};
pub use seats::{Seats, no_seat, seats, settle_seats, sweep_seats, taken_seats};
pub use sign_out::{SignOutError, sign_out_everybody, sign_out_member};
pub use suspend::{Suspend, SuspendError, Suspended, suspend};
pub use tell_again::{as_told, tell_again, tell_as};
pub use upsert_from_crm::{UpsertError, Upserted, upsert_from_crm};
