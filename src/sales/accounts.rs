//! The accounts.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    read::{self, AccountFilter, Reading},
    words::{self, Tag},
};
use crate::{
    access::actors::SalesRep,
    crm::borrowed::{self, Shown},
    db::{Conn, Error},
    kernel::{Cursor, text},
    organizations::OrganizationKind,
    web::{Query, Refusal, Shell, Visit, page, urls},
};

/// Rows on a page.
const PAGE: usize = 25;

/// An entry of a filter.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

struct Row {
    href: String,
    initials: String,
    name: String,
    number: String,
    kind: String,
    standing: Tag,
    owner: String,
}

#[derive(Template)]
#[template(path = "sales/accounts.html")]
struct AccountsPage {
    shell: Shell,
    /// Connections that colleagues lend their credential.
    credentials: Vec<Shown>,
    rows: Vec<Row>,
    search: String,
    kind: String,
    kinds: Vec<Choice>,
    owner: String,
    owners: Vec<Choice>,
    is_filtered: bool,
    previous: Option<String>,
    next: Option<String>,
}

/// What the address says.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    at: String,
}

/// How the connections stand that colleagues lend their credential.
async fn credentials(conn: &mut Conn, visit: &Visit, shell: &Shell) -> Result<Vec<Shown>, Error> {
    let mut credentials = Vec::new();
    for connection in visit.state.crm.iter() {
        let now = visit.cx.now();
        let standing = borrowed::standing(conn, connection, now).await?;
        credentials.extend(standing.map(|it| it.shown(shell, now)));
    }
    Ok(credentials)
}

/// A page of accounts.
pub async fn list(rep: SalesRep, Query(query): Query<ListQuery>) -> Result<Response, Refusal> {
    let search = text::one_line(&query.q, 200);
    let kind = OrganizationKind::parse(&query.kind).ok();
    let is_mine = query.owner == "mine";
    let filter = AccountFilter {
        search: search.clone(),
        kind,
        owner: if is_mine {
            rep.entry.email.key().to_owned()
        } else {
            String::new()
        },
    };
    let visit = rep.visit();
    let mut conn = visit.state.db.read().await?;
    let reading = Reading::of(&query.at, PAGE);
    let found = read::accounts(&mut conn, &reading, &filter, visit.cx.now()).await?;
    let shell = rep.shell("sales-accounts-title");
    let credentials = credentials(&mut conn, visit, &shell).await?;
    let kind = kind.map_or("", OrganizationKind::as_str);
    let owner = if is_mine { "mine" } else { "" };
    let link = |cursor: Cursor| {
        let pairs = [("q", search.as_str()), ("kind", kind), ("owner", owner)];
        address(urls::Sales::PATH, &pairs, &cursor)
    };
    let choice = |value: &str, key: &str| Choice {
        value: value.to_owned(),
        label: shell.t(key).into_owned(),
    };
    let kinds = OrganizationKind::ALL
        .iter()
        .map(|kind| choice(kind.as_str(), &format!("sales-kind-{kind}")));
    Ok(page(
        StatusCode::OK,
        &AccountsPage {
            credentials,
            rows: found
                .rows
                .iter()
                .map(|row| row_of(visit, &shell, row))
                .collect(),
            kinds: [choice("", "sales-all-kinds")]
                .into_iter()
                .chain(kinds)
                .collect(),
            owners: vec![choice("", "sales-all-owners"), choice("mine", "sales-mine")],
            is_filtered: !search.is_empty() || !kind.is_empty() || is_mine,
            previous: found.previous.map(link),
            next: found.next.map(link),
            kind: kind.to_owned(),
            owner: owner.to_owned(),
            search,
            shell,
        },
    ))
}

/// A page of a list: its filters that are set, and its place.
pub(super) fn address(path: &str, filters: &[(&str, &str)], cursor: &Cursor) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in filters.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    query.append_pair("at", &cursor.encode());
    format!("{path}?{}", query.finish())
}

fn row_of(visit: &Visit, shell: &Shell, account: &read::Account) -> Row {
    Row {
        href: urls::SalesAccount {
            organization: &account.id,
        }
        .to_string(),
        initials: text::initials(&account.name),
        name: account.name.clone(),
        number: account.number.clone(),
        kind: words::kind(shell, account.kind),
        standing: words::standing(shell, account.standing),
        owner: words::owner(visit, &account.owner_email),
    }
}
