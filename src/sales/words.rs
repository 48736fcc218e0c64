//! States in words and tones, the same on every page of the console.

use super::read::PortalState;
use crate::{
    contracts::Standing,
    invitations::StateWord,
    kernel::EmailAddress,
    organizations::OrganizationKind,
    web::{Shell, Visit},
};

/// A state in words with its tone.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) text: String,
    pub(super) tone: &'static str,
}

/// What a contract means now, with the day that matters.
pub(super) fn standing(shell: &Shell, standing: Option<Standing>) -> Tag {
    let day = |at| shell.contract_day(at);
    let (text, tone) = match standing {
        None => (shell.t("sales-standing-none").into_owned(), ""),
        Some(Standing::Active { ends_at: None }) => {
            (shell.t("sales-standing-active").into_owned(), "success")
        }
        Some(Standing::Active { ends_at: Some(at) }) => (
            shell.t1(
                "sales-standing-active-until",
                "day",
                shell.contract_last_day(at),
            ),
            "success",
        ),
        Some(Standing::Grace { until }) => (
            shell.t1(
                "sales-standing-grace",
                "day",
                shell.contract_last_day(until),
            ),
            "warning",
        ),
        Some(Standing::Suspended) => (shell.t("sales-standing-suspended").into_owned(), "danger"),
        Some(Standing::Ended { at }) => (
            shell.t1("sales-standing-ended", "day", shell.contract_last_day(at)),
            "danger",
        ),
        Some(Standing::NotStarted {
            starts_at: Some(at),
        }) => (shell.t1("sales-standing-later", "day", day(at)), "info"),
        Some(Standing::NotStarted { starts_at: None }) => {
            (shell.t("sales-standing-draft").into_owned(), "")
        }
    };
    Tag { text, tone }
}

/// Who looks after a company: a colleague's name when the address is one of the portal's staff.
pub(super) fn owner(visit: &Visit, email: &str) -> String {
    let staff = &visit.state.settings.staff;
    let known = EmailAddress::parse(email).ok().and_then(|address| {
        staff
            .iter()
            .find(|colleague| colleague.email.key() == address.key())
    });
    known.map_or_else(|| email.to_owned(), |colleague| colleague.name.clone())
}

/// What a company is.
pub(super) fn kind(shell: &Shell, kind: OrganizationKind) -> String {
    shell.t(&format!("sales-kind-{kind}")).into_owned()
}

/// Where an invitation stands.
pub(super) fn invitation_state(shell: &Shell, word: StateWord) -> Tag {
    let tone = match word {
        StateWord::Redeemed => "success",
        StateWord::Bounced | StateWord::Declined => "danger",
        StateWord::Expired => "warning",
        StateWord::Queued | StateWord::Sent | StateWord::Opened => "info",
        StateWord::Revoked | StateWord::Superseded => "",
    };
    Tag {
        text: shell.t(&format!("sales-state-{word}")).into_owned(),
        tone,
    }
}

/// Where a contact or lead stands in the portal.
pub(super) fn portal_state(shell: &Shell, state: &PortalState) -> Tag {
    let (key, tone) = match state {
        PortalState::Member => ("sales-portal-member", "success"),
        PortalState::Suspended => ("sales-portal-suspended", "warning"),
        PortalState::Invited(_, StateWord::Bounced) => ("sales-portal-bounced", "danger"),
        PortalState::Invited(_, _) => ("sales-portal-invited", "info"),
        PortalState::NotYet => ("sales-portal-not-yet", ""),
    };
    Tag {
        text: shell.t(key).into_owned(),
        tone,
    }
}

/// A name, or the address when there is none.
pub(super) fn name_of(given_name: &str, family_name: &str, email: &str) -> String {
    match format!("{given_name} {family_name}").trim() {
        "" => email.to_owned(),
        name => name.to_owned(),
    }
}
