//! What happened, as a word for programs and a plain English sentence for a record's history.

use crate::outbox::{InvitationFact, MembershipFact, SeatsFact};

/// The word and the sentence for what happened to a membership.
pub(super) fn membership(
    fact: &MembershipFact,
    role_name: &dyn Fn(&str) -> String,
) -> (&'static str, String) {
    let roles = || {
        let names: Vec<String> = fact.roles.iter().map(|role| role_name(role)).collect();
        names.join(", ")
    };
    let plain = |kind, text: &str| (kind, text.to_owned());
    match fact.because.as_str() {
        "membership.created" => (
            "joined",
            format!("Joined the customer portal. Roles: {}.", roles()),
        ),
        "membership.roles_changed" => (
            "roles_changed",
            format!("Roles in the customer portal changed to: {}.", roles()),
        ),
        "membership.suspended" => plain("suspended", "Suspended in the customer portal."),
        "membership.restored" => (
            "restored",
            format!("Restored in the customer portal. Roles: {}.", roles()),
        ),
        "membership.removed" => plain("removed", "Removed from the customer portal."),
        "membership.dates_changed" => {
            plain("dates_changed", "The time of portal access was changed.")
        }
        "person.suspended" => plain(
            "suspended",
            "Kept out of the customer portal by its operator.",
        ),
        "person.restored" => plain("restored", "Let into the customer portal again."),
        "membership.told_again" => plain(
            "told_again",
            "Compared with the customer portal, and set to what the portal has.",
        ),
        "membership.mend_undone" => plain(
            "told_again",
            "Set back to what it was before it was compared with the customer portal.",
        ),
        "person.refreshed" => plain(
            "profile_changed",
            "Name or e-mail address changed at the identity provider.",
        ),
        "person.profile_changed" => plain("profile_changed", "Changed their own portal profile."),
        _ => plain("changed", "Changed in the customer portal."),
    }
}

/// The kind of activity and the sentence for a state of an invitation.
pub(super) fn invitation(fact: &InvitationFact) -> (&'static str, String) {
    let to = &fact.email;
    let because = match fact.reason.trim_end_matches('.') {
        "" => String::new(),
        reason => format!(": {reason}"),
    };
    match fact.state.as_str() {
        "queued" => (
            "invitation_queued",
            format!("Portal invitation to {to} is being sent."),
        ),
        "sent" => (
            "invitation_sent",
            format!("Portal invitation sent to {to}."),
        ),
        "opened" => (
            "invitation_opened",
            format!("Portal invitation to {to} was opened."),
        ),
        "redeemed" => (
            "invitation_redeemed",
            format!("Portal invitation to {to} was accepted."),
        ),
        "bounced" => (
            "invitation_bounced",
            format!("Portal invitation to {to} could not be delivered{because}."),
        ),
        "declined" => (
            "invitation_declined",
            format!("Portal invitation to {to} was declined."),
        ),
        "revoked" => (
            "invitation_revoked",
            format!("Portal invitation to {to} was withdrawn."),
        ),
        "expired" => (
            "invitation_expired",
            format!("Portal invitation to {to} expired."),
        ),
        "superseded" => (
            "invitation_superseded",
            format!("Portal invitation to {to} was replaced by a newer one."),
        ),
        "refused" => (
            "invitation_refused",
            format!("Portal invitation to {to} was not sent{because}."),
        ),
        _ => (
            "invitation_changed",
            format!("Portal invitation to {to} changed."),
        ),
    }
}

/// The sentence for a wish for more seats.
pub(super) fn seats(fact: &SeatsFact) -> String {
    let SeatsFact {
        limit, taken, more, ..
    } = fact;
    let said = match fact.message.as_str() {
        "" => String::new(),
        message => format!(" They write: {message}"),
    };
    format!("Asks for {more} more portal seats; {taken} of {limit} are taken.{said}")
}
