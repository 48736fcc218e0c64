//! Registrations for staff: what waits, with the CRM's evidence beside it.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::requests::place;
use crate::{
    access::actors::Approver,
    db::{Conn, Error},
    kernel::{Cursor, text},
    registration::{At, Desk, Registration, State, count, of_state_after, of_state_before},
    web::{Query, Refusal, Shell, page, urls},
};

/// Rows on a page.
const PAGE: usize = 25;
/// What [`count`] stops at.
const MANY: i64 = 100;

/// One state as a tab.
struct Tab {
    href: String,
    text: String,
    current: bool,
    count: String,
}

/// One registration in the list.
struct Row {
    href: String,
    initials: String,
    name: String,
    email: String,
    about: String,
    why: String,
    since: String,
}

#[derive(Template)]
#[template(path = "registration/staff_list.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    empty_title: String,
    empty_text: String,
    previous: Option<String>,
    next: Option<String>,
}

/// What the address says.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    at: String,
}

/// Registrations by state.
pub async fn list(staff: Approver, Query(query): Query<ListQuery>) -> Result<Response, Refusal> {
    let state = State::parse(&query.state).unwrap_or(State::WaitingStaff);
    let cursor = Cursor::parse(&query.at);
    let backwards = cursor.as_ref().is_some_and(|cursor| cursor.backwards);
    let mut conn = staff.visit().state.db.read().await?;
    let desk = Desk::of(&staff.entry);
    let slice = slice(&mut conn, &desk, state, (place(&query.at), backwards)).await?;
    let shell = staff.shell("registration-staff-title");
    let mut tabs = Vec::new();
    for shown in State::ALL {
        tabs.push(tab(&mut conn, &shell, &desk, (*shown, state)).await?);
    }
    let word = state.as_str().replace('_', "-");
    let link = |registration: &Registration, backwards: bool| {
        let cursor = Cursor {
            key: registration.created_at.as_micros().to_string(),
            id: registration.id.to_string(),
            backwards,
        };
        format!(
            "{}?state={state}&at={}",
            urls::SalesRegistrations,
            cursor.encode()
        )
    };
    Ok(page(
        StatusCode::OK,
        &ListPage {
            previous: slice.first_link().map(|first| link(first, true)),
            next: slice.last_link().map(|last| link(last, false)),
            rows: slice.rows.iter().map(|row| row_of(&shell, row)).collect(),
            empty_title: shell.t(&format!("registration-none-{word}")).into_owned(),
            empty_text: shell.t("registration-none-text").into_owned(),
            tabs,
            shell,
        },
    ))
}

/// A page of the list, in its order.
struct Slice {
    rows: Vec<Registration>,
    has_before: bool,
    has_after: bool,
}

impl Slice {
    fn first_link(&self) -> Option<&Registration> {
        self.rows.first().filter(|_| self.has_before)
    }

    fn last_link(&self) -> Option<&Registration> {
        self.rows.last().filter(|_| self.has_after)
    }
}

/// What waits comes oldest first, what is decided newest first.
async fn slice(
    conn: &mut Conn,
    desk: &Desk,
    state: State,
    (at, backwards): (Option<At>, bool),
) -> Result<Slice, Error> {
    let from_start = at.is_none();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut rows = if state.is_open() != backwards {
        of_state_after(conn, state, &at.unwrap_or_else(At::start), (desk, limit)).await?
    } else {
        of_state_before(conn, state, &at.unwrap_or_else(At::end), (desk, limit)).await?
    };
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if backwards {
        rows.reverse();
    }
    Ok(Slice {
        rows,
        has_before: if backwards { has_more } else { !from_start },
        has_after: if backwards { true } else { has_more },
    })
}

async fn tab(
    conn: &mut Conn,
    shell: &Shell,
    desk: &Desk,
    (shown, current): (State, State),
) -> Result<Tab, Error> {
    let word = shown.as_str().replace('_', "-");
    // Only what waits is counted: what is decided grows without end.
    let count = if shown.is_open() {
        match count(conn, shown, desk).await? {
            many if many >= MANY => format!("{MANY}+"),
            some => some.to_string(),
        }
    } else {
        String::new()
    };
    Ok(Tab {
        href: format!("{}?state={shown}", urls::SalesRegistrations),
        text: shell.t(&format!("registration-tab-{word}")).into_owned(),
        current: shown == current,
        count,
    })
}

fn row_of(shell: &Shell, registration: &Registration) -> Row {
    let name = registration.applicant_name();
    let company = &registration.company_name;
    Row {
        href: urls::SalesRegistration {
            registration: &registration.id,
        }
        .to_string(),
        initials: text::initials(&name),
        name,
        email: registration.email.to_string(),
        about: if company.is_empty() {
            super::status::about(shell, registration)
        } else {
            company.clone()
        },
        why: why_text(shell, registration),
        since: shell.moment(registration.created_at),
    }
}

/// Why a person decides, in short; empty when nobody has to.
pub(super) fn why_text(shell: &Shell, registration: &Registration) -> String {
    let why = registration
        .evidence
        .why
        .filter(|_| registration.state.is_open());
    why.map(|why| {
        let word = why.as_str().replace('_', "-");
        shell.t(&format!("registration-why-{word}")).into_owned()
    })
    .unwrap_or_default()
}
