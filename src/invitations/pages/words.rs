//! Words about invitations that several pages share, the sales console's among them.

use crate::{
    access::Catalogue,
    invitations::{Class, Invitation, RolesRefused, StateWord, Step, StepKind, Way},
    kernel::Instant,
    organizations,
    web::Shell,
};

/// A state as a tag: its words and its tone.
#[must_use]
pub fn state_tag(shell: &Shell, invitation: &Invitation, now: Instant) -> (String, &'static str) {
    let (key, tone) = match invitation.state_at(now).word() {
        StateWord::Queued if invitation.delivery_note.is_empty() => {
            ("invitations-state-queued", "info")
        }
        StateWord::Queued => ("invitations-state-retrying", "warning"),
        StateWord::Sent => ("invitations-state-sent", "info"),
        StateWord::Opened => ("invitations-state-opened", "accent"),
        StateWord::Bounced => ("invitations-state-bounced", "danger"),
        StateWord::Redeemed => ("invitations-state-redeemed", "success"),
        StateWord::Declined => ("invitations-state-declined", ""),
        StateWord::Revoked => ("invitations-state-revoked", ""),
        StateWord::Expired => ("invitations-state-expired", "warning"),
        StateWord::Superseded => ("invitations-state-superseded", ""),
    };
    (shell.t(key).into_owned(), tone)
}

/// What would become of an invitation, as a short tag and its tone.
pub(super) fn class_tag(shell: &Shell, class: &Class) -> (String, &'static str) {
    let (key, tone) = match class {
        Class::Ready => ("invitations-class-ready", "success"),
        Class::Webmail => ("invitations-class-webmail", "warning"),
        Class::Malformed => ("invitations-class-malformed", "danger"),
        Class::Repeated => ("invitations-class-repeated", ""),
        Class::AlreadyMember => ("invitations-class-already-member", ""),
        Class::SuspendedMember => ("invitations-class-suspended-member", "warning"),
        Class::AlreadyInvited { .. } => ("invitations-class-already-invited", "info"),
        Class::NoContract => ("invitations-class-no-contract", "danger"),
        Class::NoSeat { .. } => ("invitations-class-no-seat", "danger"),
        Class::OptedOut => ("invitations-class-opted-out", "danger"),
        Class::AddressLimit => ("invitations-class-address-limit", "warning"),
        Class::InviterLimit => ("invitations-class-inviter-limit", "warning"),
    };
    (shell.t(key).into_owned(), tone)
}

/// What would become of an invitation and what to do about it, as a sentence.
#[must_use]
pub fn class_sentence(shell: &Shell, class: &Class) -> String {
    let plain = |key: &str| shell.t(key).into_owned();
    match class {
        Class::Ready => plain("invitations-class-ready-text"),
        Class::Webmail => plain("invitations-class-webmail-text"),
        Class::Malformed => plain("invitations-class-malformed-text"),
        Class::Repeated => plain("invitations-class-repeated-text"),
        Class::AlreadyMember => plain("invitations-class-already-member-text"),
        Class::SuspendedMember => plain("invitations-class-suspended-member-text"),
        Class::AlreadyInvited { issued_at, .. } => shell.t1(
            "invitations-class-already-invited-text",
            "at",
            shell.moment(*issued_at),
        ),
        Class::NoContract => plain("invitations-class-no-contract-text"),
        Class::NoSeat { seats, promised } => shell.t2(
            "invitations-class-no-seat-text",
            ("seats", *seats),
            ("promised", *promised),
        ),
        Class::OptedOut => plain("invitations-class-opted-out-text"),
        Class::AddressLimit => plain("invitations-class-address-limit-text"),
        Class::InviterLimit => plain("invitations-class-inviter-limit-text"),
    }
}

/// Why roles cannot be offered, as a sentence.
pub(super) fn roles_sentence(
    shell: &Shell,
    catalogue: &Catalogue,
    refused: &RolesRefused,
) -> String {
    let name = |key: &str| catalogue.role_name(key, shell.lang.as_str()).to_owned();
    match refused {
        RolesRefused::None => shell.t("invitations-roles-none").into_owned(),
        RolesRefused::Unknown(_) => shell.t("invitations-roles-unknown").into_owned(),
        RolesRefused::AboveCeiling(key) | RolesRefused::WrongKind(key) => {
            shell.t1("invitations-roles-above", "role", name(key))
        }
        RolesRefused::NotGivable(why) => organizations::not_givable(shell, catalogue, why),
    }
}

/// The names of the roles offered, in the order of the catalogue's keys.
#[must_use]
pub fn role_names(shell: &Shell, catalogue: &Catalogue, invitation: &Invitation) -> Vec<String> {
    let keys = invitation.roles.iter();
    keys.map(|key| catalogue.role_name(key, shell.lang.as_str()).to_owned())
        .collect()
}

/// A step of the timeline: its words, its icon and its tone.
#[must_use]
pub fn step_words(
    shell: &Shell,
    invitation: &Invitation,
    step: &Step,
) -> (String, &'static str, &'static str) {
    let waiting = step.at.is_none();
    let (key, icon, tone) = match step.kind {
        StepKind::Created => ("invitations-step-created", "person", ""),
        StepKind::Renewed => ("invitations-step-renewed", "sync", ""),
        StepKind::Reminded => ("invitations-step-reminded", "mail", ""),
        StepKind::Queued if invitation.delivery_note.is_empty() => {
            ("invitations-step-queued", "mail", "waiting")
        }
        StepKind::Queued => ("invitations-step-retrying", "mail", "waiting"),
        StepKind::Accepted => ("invitations-step-accepted", "mail", "success"),
        StepKind::HandedOver => ("invitations-step-handed-over", "link", "success"),
        StepKind::Bounced => ("invitations-step-bounced", "warn", "danger"),
        StepKind::Opened if waiting => ("invitations-step-not-opened", "eye", "waiting"),
        StepKind::Opened => ("invitations-step-opened", "eye", "success"),
        StepKind::Redeemed if waiting => ("invitations-step-not-redeemed", "check", "waiting"),
        StepKind::Redeemed => ("invitations-step-redeemed", "done", "success"),
        StepKind::Declined => ("invitations-step-declined", "cross", "warning"),
        StepKind::Revoked => ("invitations-step-revoked", "cross", "warning"),
        StepKind::Expired => ("invitations-step-expired", "history", "warning"),
        StepKind::Superseded => ("invitations-step-superseded", "sync", "warning"),
    };
    let name = match step.kind {
        StepKind::Created => invitation.inviter.name.as_str(),
        _ => invitation.shown_name(),
    };
    (shell.t1(key, "name", name), icon, tone)
}

/// Why a mail has not left, or could not be delivered, in the words of whoever said so; empty when
/// there is nothing to say.
pub(super) fn delivery_sentence(shell: &Shell, invitation: &Invitation, now: Instant) -> String {
    let note = invitation.delivery_note.as_str();
    if note.is_empty() || invitation.way == Way::Link {
        return String::new();
    }
    match invitation.state_at(now).word() {
        StateWord::Queued => shell.t1("invitations-delivery-retrying", "reason", note),
        StateWord::Bounced => shell.t1("invitations-delivery-bounced", "reason", note),
        _ => String::new(),
    }
}
