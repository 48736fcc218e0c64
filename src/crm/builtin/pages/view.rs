//! Words, tags and days as several pages show them.

use crate::{
    crm::builtin::model::{Contract, ContractStatus},
    kernel::{Cx, Instant},
    web::{Shell, dates, i18n},
};

/// Days before the end at which a contract counts as ending.
const SOON: i32 = 30;

/// A word with the colour of its meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) text: String,
    pub(super) tone: &'static str,
}

/// A link with its words.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) label: String,
}

/// The text `prefix-word`, or the word itself when the portal or the CRM uses one we do not know.
pub(super) fn word(shell: &Shell, prefix: &str, word: &str) -> String {
    let key = format!("{prefix}-{}", word.replace('_', "-"));
    if word.is_empty() {
        String::new()
    } else if i18n::has(shell.lang, &key) {
        shell.t(&key).into_owned()
    } else {
        word.replace('_', " ")
    }
}

/// The state of an invitation.
pub(super) fn invitation(shell: &Shell, state: &str) -> Option<Tag> {
    let tone = match state {
        "" => return None,
        "redeemed" => "success",
        "bounced" | "declined" | "refused" => "danger",
        "expired" | "revoked" | "superseded" => "warning",
        _ => "info",
    };
    Some(Tag {
        text: word(shell, "crm-invitation", state),
        tone,
    })
}

/// What the portal says about a contact.
pub(super) fn portal_status(shell: &Shell, status: &str) -> Tag {
    let tone = match status {
        "active" => "success",
        "suspended" => "warning",
        "removed" => "danger",
        _ => "",
    };
    let text = if status.is_empty() {
        shell.t("crm-portal-none").into_owned()
    } else {
        word(shell, "crm-portal", status)
    };
    Tag { text, tone }
}

/// How far a lead has come.
pub(super) fn lead_status(shell: &Shell, status: &str) -> Tag {
    let tone = match status {
        "qualified" | "converted" => "success",
        "working" | "registered" => "info",
        "lost" => "danger",
        _ => "",
    };
    Tag {
        text: word(shell, "crm-lead-status", status),
        tone,
    }
}

/// Today in the time zone of the page.
pub(super) fn today(shell: &Shell, cx: &Cx) -> jiff::civil::Date {
    cx.now().to_jiff().to_zoned(shell.zone.clone()).date()
}

/// A stored day as people read it; what is no day is shown as it is.
pub(super) fn day(shell: &Shell, text: &str) -> String {
    let at = text
        .parse::<jiff::civil::Date>()
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC));
    match at {
        Ok(at) => {
            let at = Instant::from_jiff(at.timestamp());
            dates::day(shell.lang, &jiff::tz::TimeZone::UTC, at)
        }
        Err(_) => text.to_owned(),
    }
}

/// What a contract means today, as sales sees it.
pub(super) fn standing(shell: &Shell, contract: &Contract, today: jiff::civil::Date) -> Tag {
    let fields = &contract.fields;
    let parse = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let (start, end) = (parse(&fields.starts_on), parse(&fields.ends_on));
    let days_left = end.map(|end| (end - today).get_days());
    let (key, tone) = match fields.status {
        ContractStatus::Draft => ("crm-standing-draft", ""),
        ContractStatus::Suspended => ("crm-standing-suspended", "warning"),
        ContractStatus::Ended => ("crm-standing-ended", "danger"),
        ContractStatus::Active if start.is_some_and(|start| start > today) => {
            ("crm-standing-future", "info")
        }
        ContractStatus::Active => match days_left {
            Some(days) if days < 0 => ("crm-standing-over", "danger"),
            Some(days) if days <= SOON => ("crm-standing-ending", "warning"),
            _ => ("crm-standing-active", "success"),
        },
    };
    Tag {
        text: shell.t(key).into_owned(),
        tone,
    }
}
