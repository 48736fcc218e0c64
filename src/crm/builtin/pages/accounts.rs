//! The list of accounts.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    shell,
    view::{self, Tag},
};
use crate::{
    access::actors::CrmUser,
    crm::builtin::{
        Place,
        lists::{list_accounts, list_contracts_of},
        model::{Account, Contract},
    },
    kernel::{Cursor, text},
    web::{Query, Refusal, Shell, page, urls},
};

const PAGE: usize = 25;
/// Characters of a search at most.
const SEARCH: usize = 100;

/// What to show.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "crm/accounts.html")]
struct AccountsPage {
    shell: Shell,
    search: String,
    rows: Vec<Row>,
    summary: String,
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    href: String,
    name: String,
    number: String,
    kind: String,
    initials: String,
    owner: String,
    contracts: Vec<Tag>,
}

/// Shows accounts by name, or those that a search finds.
///
/// # Errors
/// When the database refuses.
pub async fn show(user: CrmUser, Query(wanted): Query<Wanted>) -> Result<Response, Refusal> {
    let visit = user.visit();
    let search = text::one_line(&wanted.q, SEARCH);
    let after = Cursor::parse(&wanted.after).map_or_else(Place::default, |cursor| Place {
        key: cursor.key,
        id: cursor.id,
    });
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut conn = visit.state.db.read().await?;
    let mut accounts = list_accounts(&mut conn, &search, &after, limit).await?;
    let more = accounts.len() > PAGE;
    accounts.truncate(PAGE);
    let contracts = list_contracts_of(&mut conn, &accounts).await?;
    drop(conn);
    let shell = shell(&user, visit.t("crm-accounts-title"));
    let today = view::today(&shell, &visit.cx);
    let rows: Vec<Row> = accounts
        .iter()
        .map(|account| row(&shell, account, &contracts, today))
        .collect();
    let next = accounts.last().filter(|_| more).map(|last| {
        let cursor = Cursor {
            key: text::fold(&last.fields.name),
            id: last.id.to_string(),
            backwards: false,
        };
        address(&search, &cursor.encode())
    });
    let page_struct = AccountsPage {
        summary: shell.t1("crm-accounts-count", "count", rows.len()),
        first: (!wanted.after.is_empty()).then(|| address(&search, "")),
        next,
        search,
        rows,
        shell,
    };
    Ok(page(StatusCode::OK, &page_struct))
}

fn address(search: &str, after: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", search)
        .append_pair("after", after)
        .finish();
    format!("{}?{query}", urls::Crm)
}

fn row(shell: &Shell, account: &Account, contracts: &[Contract], today: jiff::civil::Date) -> Row {
    let fields = &account.fields;
    Row {
        href: urls::CrmAccount {
            record: &account.id,
        }
        .to_string(),
        initials: text::initials(&fields.name),
        name: fields.name.clone(),
        number: fields.number.clone(),
        kind: view::word(shell, "crm-kind", fields.kind.as_str()),
        owner: fields.owner_email.clone(),
        contracts: contracts
            .iter()
            .filter(|contract| contract.fields.account_id == account.id)
            .map(|contract| view::standing(shell, contract, today))
            .collect(),
    }
}
