//! A list of addresses with what would become, or became, of each.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::words;
use crate::{
    invitations::{Class, pasted::Entry},
    kernel::ids::OrganizationId,
    web::{Shell, page, urls},
};

/// One line of the list.
pub(super) struct Row {
    line: usize,
    /// The address, or what was typed when it is none.
    shown: String,
    name: String,
    tag: String,
    tone: &'static str,
    text: String,
    /// The invitation that is open already.
    href: String,
    may_send: bool,
}

/// What the form held, carried through the look ahead.
pub(super) struct Kept {
    pub(super) people: String,
    pub(super) roles: Vec<String>,
    pub(super) language: String,
    pub(super) note: String,
}

#[derive(Template)]
#[template(path = "invitations/preview.html")]
struct PreviewPage {
    shell: Shell,
    intro: String,
    rows: Vec<Row>,
    role_names: String,
    kept: Kept,
    sendable: usize,
    send: String,
    action: String,
}

#[derive(Template)]
#[template(path = "invitations/result.html")]
struct ResultPage {
    shell: Shell,
    intro: String,
    rows: Vec<Row>,
    members: String,
    more: String,
}

impl Row {
    pub(super) fn of(
        shell: &Shell,
        organization: &OrganizationId,
        entry: Entry,
        class: &Class,
    ) -> Self {
        let (tag, tone) = words::class_tag(shell, class);
        let href = match class {
            Class::AlreadyInvited { invitation, .. } => urls::OrganizationInvitation {
                organization,
                invitation,
            }
            .to_string(),
            _ => String::new(),
        };
        Self {
            line: entry.line,
            shown: entry
                .email
                .map_or(entry.seen, |email| email.shown().to_owned()),
            name: entry.name,
            tag,
            tone,
            text: words::class_sentence(shell, class),
            href,
            may_send: class.may_send(),
        }
    }

    pub(super) fn sent(
        shell: &Shell,
        organization: &OrganizationId,
        entry: Entry,
        (class, sent): (&Class, bool),
    ) -> Self {
        let row = Self::of(shell, organization, entry, class);
        if !sent {
            return Self {
                may_send: false,
                ..row
            };
        }
        Self {
            tag: shell.t("invitations-row-sent").into_owned(),
            tone: "success",
            text: shell.t("invitations-row-sent-text").into_owned(),
            ..row
        }
    }
}

/// The look ahead.
pub(super) fn page_of(
    shell: Shell,
    organization: &OrganizationId,
    rows: Vec<Row>,
    (kept, role_names): (Kept, String),
) -> Response {
    let sendable = rows.iter().filter(|row| row.may_send).count();
    let others = rows.len().saturating_sub(sendable);
    let preview = PreviewPage {
        intro: shell.t2(
            "invitations-preview-intro",
            ("sendable", sendable),
            ("others", others),
        ),
        send: shell.t1("invitations-preview-send", "count", sendable),
        action: urls::Invite { organization }.to_string(),
        rows,
        role_names,
        kept,
        sendable,
        shell,
    };
    page(StatusCode::OK, &preview)
}

/// What became of each.
pub(super) fn result_of(shell: Shell, organization: &OrganizationId, rows: Vec<Row>) -> Response {
    let sent = rows.iter().filter(|row| row.may_send).count();
    let others = rows.len().saturating_sub(sent);
    let result = ResultPage {
        intro: shell.t2("invitations-sent-intro", ("sent", sent), ("others", others)),
        members: urls::Members { organization }.to_string(),
        more: urls::Invite { organization }.to_string(),
        rows,
        shell,
    };
    page(StatusCode::OK, &result)
}
