//! `/demo/mail`: the mails that the demo sent, as their readers see them. Exists only in the demo.

use std::path::PathBuf;

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::{
    kernel::Instant,
    mail::mailbox::{self, Mail},
    web::{Refusal, Shell, Visit, page},
};

/// The route of one mail.
pub const MAIL: &str = "/demo/mail/{mail}";
/// The route of one mail's HTML part, shown in a frame.
pub const HTML: &str = "/demo/mail/{mail}/html";

/// What a mail may do inside its frame: be styled, and lead away when its reader clicks a link.
const FRAME_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; \
     sandbox allow-top-navigation-by-user-activation allow-popups";

#[derive(Template)]
#[template(path = "demo/mailbox.html")]
struct MailboxPage {
    shell: Shell,
    mails: Vec<Listed>,
}

struct Listed {
    href: String,
    to: String,
    subject: String,
    date: String,
}

#[derive(Template)]
#[template(path = "demo/mail.html")]
struct MailPage {
    shell: Shell,
    mail: Mail,
    date: String,
    html_href: String,
}

fn folder(visit: &Visit) -> PathBuf {
    visit.state.settings.mail.folder.clone()
}

fn unreadable(error: &std::io::Error) -> Refusal {
    tracing::error!(%error, "the mailbox cannot be read");
    Refusal::Defect
}

/// Lists the mails, newest first.
pub async fn list(visit: Visit) -> Result<Response, Refusal> {
    let mails = mailbox::list(&folder(&visit)).map_err(|error| unreadable(&error))?;
    let shell = visit.shell("mailbox-title");
    let listed = |mail: &Mail| Listed {
        href: MAIL.replace("{mail}", &mail.id),
        to: mail.header("To").to_owned(),
        subject: mail.header("Subject").to_owned(),
        date: date(&shell, mail),
    };
    let mails = mails.iter().map(listed).collect();
    Ok(page(StatusCode::OK, &MailboxPage { shell, mails }))
}

/// When it was sent, in the reader's time zone; as it stands when that cannot be read.
fn date(shell: &Shell, mail: &Mail) -> String {
    let written = mail.header("Date");
    match jiff::fmt::rfc2822::parse(written) {
        Ok(at) => shell.moment(Instant::from_jiff(at.timestamp())),
        Err(_) => written.to_owned(),
    }
}

fn find(visit: &Visit, id: &str) -> Result<Mail, Refusal> {
    mailbox::read(&folder(visit), id)
        .map_err(|error| unreadable(&error))?
        .ok_or(Refusal::NotFound)
}

/// Shows one mail.
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let mail = find(&visit, &id)?;
    let shell = Shell {
        title: mail.header("Subject").to_owned(),
        ..visit.shell("")
    };
    let html_href = HTML.replace("{mail}", &mail.id);
    Ok(page(
        StatusCode::OK,
        &MailPage {
            date: date(&shell, &mail),
            shell,
            mail,
            html_href,
        },
    ))
}

/// The HTML part alone; its links open in the whole window.
pub async fn html(visit: Visit, Path(id): Path<String>) -> Result<Response, Refusal> {
    let mail = find(&visit, &id)?;
    let html = mail
        .html
        .replacen("<head>", "<head><base target=\"_top\">", 1);
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(FRAME_POLICY),
        ),
        (
            header::X_FRAME_OPTIONS,
            HeaderValue::from_static("SAMEORIGIN"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((headers, Html(html)).into_response())
}
