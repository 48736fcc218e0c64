//! Every invitation that was sent, whoever sent it.

use std::time::Duration;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    accounts::{Choice, address},
    read::{self, FUNNEL_LIMIT, Funnel},
    words::{self, Tag},
};
use crate::{
    access::actors::SalesRep,
    invitations::{StaffFilter, StaffListed, StateWord, page_for_staff},
    kernel::{
        Cursor, Instant,
        ids::{Id, InvitationId, OrganizationId},
        text,
    },
    organizations,
    web::{Query, Refusal, Shell, page, urls},
};

/// Rows on a page.
const PAGE: usize = 25;
/// How far back the funnel looks.
const FUNNEL_TIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

struct Row {
    href: String,
    initials: String,
    name: String,
    email: String,
    account: String,
    account_href: String,
    state: Tag,
    delivery_note: String,
    inviter: String,
    at: String,
}

/// One bar of the funnel.
struct Bar {
    label: String,
    count: i64,
    /// Its length in hundredths.
    share: i64,
}

#[derive(Template)]
#[template(path = "sales/invitations.html")]
struct InvitationsPage {
    shell: Shell,
    rows: Vec<Row>,
    search: String,
    state: String,
    states: Vec<Choice>,
    by: String,
    bys: Vec<Choice>,
    /// The one account that is shown; empty for all.
    organization: String,
    organization_name: String,
    is_filtered: bool,
    first: Option<String>,
    next: Option<String>,
    funnel: Vec<Bar>,
    funnel_note: String,
    bounced: i64,
}

/// What the address says.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    by: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    at: String,
}

/// A page of invitations.
pub async fn list(rep: SalesRep, Query(query): Query<ListQuery>) -> Result<Response, Refusal> {
    let visit = rep.visit();
    let is_mine = query.by == "mine";
    let filter = StaffFilter {
        inviter_email: if is_mine {
            rep.entry.email.to_string()
        } else {
            String::new()
        },
        state: StateWord::parse(&query.state).ok(),
        organization: OrganizationId::parse(&query.organization).ok(),
        search: text::one_line(&query.q, 200),
    };
    let before = place(&query.at);
    let is_first = before.is_none();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut conn = visit.state.db.read().await?;
    let mut found = page_for_staff(&mut conn, &filter, before, limit).await?;
    let since = visit.cx.now().minus(FUNNEL_TIME);
    let funnel = read::funnel(&mut conn, since, &filter.inviter_email).await?;
    let organization_name = match &filter.organization {
        Some(id) => organizations::find(&mut conn, id)
            .await?
            .map(|organization| organization.name)
            .unwrap_or_default(),
        None => String::new(),
    };
    drop(conn);
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let more = found.last().filter(|_| has_more);
    let answer = Answer {
        filter,
        is_mine,
        is_first,
        next: more.map(cursor_of),
        found,
        funnel,
        organization_name,
    };
    Ok(page(StatusCode::OK, &render(&rep, answer)))
}

fn place(cursor: &str) -> Option<(Instant, InvitationId)> {
    let cursor = Cursor::parse(cursor)?;
    let at = Instant::from_micros(cursor.key.parse().ok()?);
    Some((at, InvitationId::parse(&cursor.id).ok()?))
}

fn cursor_of(listed: &StaffListed) -> Cursor {
    Cursor {
        key: listed.invitation.created_at.as_micros().to_string(),
        id: listed.invitation.id.to_string(),
        backwards: false,
    }
}

/// What the page shows.
struct Answer {
    filter: StaffFilter,
    is_mine: bool,
    is_first: bool,
    next: Option<Cursor>,
    found: Vec<StaffListed>,
    funnel: Funnel,
    organization_name: String,
}

fn render(rep: &SalesRep, answer: Answer) -> InvitationsPage {
    let shell = rep.shell("sales-invitations-title");
    let now = rep.visit().cx.now();
    let Answer { filter, .. } = answer;
    let state = filter.state.map_or("", StateWord::as_str);
    let organization = filter
        .organization
        .map(|id| id.to_string())
        .unwrap_or_default();
    let by = if answer.is_mine { "mine" } else { "" };
    let pairs = [
        ("q", filter.search.as_str()),
        ("state", state),
        ("by", by),
        ("organization", organization.as_str()),
    ];
    let is_filtered = pairs.iter().any(|(_, value)| !value.is_empty());
    let here = urls::SalesInvitations::PATH;
    let next = answer.next.map(|cursor| address(here, &pairs, &cursor));
    let choice = |value: &str, key: &str| Choice {
        value: value.to_owned(),
        label: shell.t(key).into_owned(),
    };
    let states = StateWord::ALL
        .iter()
        .map(|word| choice(word.as_str(), &format!("sales-state-{word}")));
    InvitationsPage {
        rows: answer
            .found
            .iter()
            .map(|listed| row_of(&shell, listed, now))
            .collect(),
        states: [choice("", "sales-all-states")]
            .into_iter()
            .chain(states)
            .collect(),
        bys: vec![
            choice("", "sales-all-inviters"),
            choice("mine", "sales-sent-by-me"),
        ],
        first: (!answer.is_first).then(|| here.to_owned()),
        next,
        funnel: bars(&shell, answer.funnel),
        funnel_note: shell.t1("sales-funnel-note", "limit", FUNNEL_LIMIT),
        bounced: answer.funnel.bounced,
        state: state.to_owned(),
        by: by.to_owned(),
        is_filtered,
        organization,
        organization_name: answer.organization_name,
        search: filter.search,
        shell,
    }
}

fn row_of(shell: &Shell, listed: &StaffListed, now: Instant) -> Row {
    let invitation = &listed.invitation;
    let name = invitation.shown_name();
    Row {
        href: urls::SalesInvitation {
            invitation: &invitation.id,
        }
        .to_string(),
        initials: text::initials(name),
        name: name.to_owned(),
        email: if name == invitation.email.shown() {
            String::new()
        } else {
            invitation.email.to_string()
        },
        account: listed.organization_name.clone(),
        account_href: urls::SalesAccount {
            organization: &invitation.organization_id,
        }
        .to_string(),
        state: words::invitation_state(shell, invitation.state_at(now).word()),
        delivery_note: invitation.delivery_note.clone(),
        inviter: invitation.inviter.name.clone(),
        at: shell.day(invitation.created_at),
    }
}

/// The bars, each as long as its share of all that were made.
fn bars(shell: &Shell, funnel: Funnel) -> Vec<Bar> {
    let counts = [
        ("sales-funnel-made", funnel.made),
        ("sales-funnel-sent", funnel.sent),
        ("sales-funnel-opened", funnel.opened),
        ("sales-funnel-redeemed", funnel.redeemed),
    ];
    let bar = |(key, count): (&str, i64)| Bar {
        label: shell.t(key).into_owned(),
        count,
        share: count.saturating_mul(100) / funnel.made.max(1),
    };
    counts.into_iter().map(bar).collect()
}
