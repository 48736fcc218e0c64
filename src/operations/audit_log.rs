//! `/operations/audit`: the whole audit log, newest first, and whether it verifies.

use std::collections::BTreeMap;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    deliveries::link,
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Operator,
    audit::{self, Entry, Fault},
    clients,
    db::Conn,
    kernel::{
        Cursor, Instant,
        ids::{ApiClientId, Id, PersonId},
    },
    people,
    web::{Flash, Query, Refusal, Shell, page, urls},
};

/// Entries of one page.
const PAGE: usize = 50;

/// What to look for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    action: String,
    about: String,
    before: String,
}

#[derive(Template)]
#[template(path = "operations/audit.html")]
struct AuditLog {
    shell: Shell,
    tabs: Vec<Tab>,
    filter: Filter,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

struct Row {
    sentence: String,
    at: String,
    chain: String,
    action: String,
    details: Vec<(String, String)>,
}

/// Shows the log.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator, Query(filter): Query<Filter>) -> Result<Response, Refusal> {
    let shell = operator.shell("operations-audit-title");
    let mut conn = operator.visit().state.db.read().await?;
    let wanted = audit::Filter {
        action: filter.action.trim().to_owned(),
        about: filter.about.trim().to_owned(),
    };
    let before = place(&filter.before);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut entries = audit::list(&mut conn, &wanted, before.clone(), limit).await?;
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let pairs = [
        ("action", filter.action.clone()),
        ("about", filter.about.clone()),
    ];
    let last = entries.last().filter(|_| has_more);
    let next = last.map(|last| {
        let mut pairs = pairs.to_vec();
        pairs.push(("before", after(last)));
        link(urls::OperationsAudit::PATH, &pairs)
    });
    let rows = rows(&mut conn, &shell, &entries).await?;
    Ok(page(
        StatusCode::OK,
        &AuditLog {
            tabs: tabs(&shell, urls::OperationsAudit),
            first: before.map(|_| link(urls::OperationsAudit::PATH, &pairs)),
            next,
            rows,
            filter,
            shell,
        },
    ))
}

/// The place after an entry: its time, its number and its chain.
fn after(entry: &Entry) -> String {
    let cursor = Cursor {
        key: format!("{}\n{}", entry.at.as_micros(), entry.seq),
        id: entry.chain.clone(),
        backwards: false,
    };
    cursor.encode()
}

fn place(text: &str) -> Option<(Instant, String, i64)> {
    let cursor = Cursor::parse(text)?;
    let (at, seq) = cursor.key.split_once('\n')?;
    let at = Instant::from_micros(at.parse().ok()?);
    Some((at, cursor.id, seq.parse().ok()?))
}

async fn rows(conn: &mut Conn, shell: &Shell, entries: &[Entry]) -> Result<Vec<Row>, Refusal> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let actor = match audit::actor_name(shell.lang, entry) {
            Some(_) if entry.actor_kind == "client" => {
                program(conn, shell, &entry.actor_ref, &mut names).await?
            }
            Some(name) => name,
            None => person(conn, shell, &entry.actor_ref, &mut names).await?,
        };
        let target = if entry.target.starts_with("per_") {
            person(conn, shell, &entry.target, &mut names).await?
        } else {
            entry.target.clone()
        };
        let mut details = super::mask::fields(&entry.detail);
        if entry.actor_kind == "client" {
            details.push(("program".to_owned(), entry.actor_ref.clone()));
        }
        details.push(("target".to_owned(), entry.target.clone()));
        details.push(("request".to_owned(), entry.request_id.clone()));
        rows.push(Row {
            sentence: audit::sentence(shell.lang, entry, &actor, &target),
            at: shell.moment(entry.at),
            chain: entry.chain.clone(),
            action: entry.action.clone(),
            details,
        });
    }
    Ok(rows)
}

/// The name of a person, read once; an erased person has none any more.
async fn person(
    conn: &mut Conn,
    shell: &Shell,
    id: &str,
    names: &mut BTreeMap<String, String>,
) -> Result<String, Refusal> {
    if let Some(name) = names.get(id) {
        return Ok(name.clone());
    }
    let found = match PersonId::parse(id) {
        Ok(person) => people::find(conn, &person).await?,
        Err(_) => None,
    };
    let name = found
        .map(|person| person.display_name)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| shell.t("audit-actor-gone").into_owned());
    names.insert(id.to_owned(), name.clone());
    Ok(name)
}

/// The name of a program, read once: who looks for one knows it by that. Its id stands in the
/// details of the entry.
async fn program(
    conn: &mut Conn,
    shell: &Shell,
    id: &str,
    names: &mut BTreeMap<String, String>,
) -> Result<String, Refusal> {
    if let Some(name) = names.get(id) {
        return Ok(name.clone());
    }
    let found = match ApiClientId::parse(id) {
        Ok(client) => clients::find(conn, &client).await?,
        Err(_) => None,
    };
    let name = found.map_or_else(|| id.to_owned(), |client| client.name);
    let name = shell.t1("audit-actor-client", "name", name);
    names.insert(id.to_owned(), name.clone());
    Ok(name)
}

/// Verifies every chain and says what was found.
///
/// # Errors
/// When the database refuses.
pub async fn verify(operator: Operator) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let mut conn = visit.state.db.read().await?;
    let (events, findings) = audit::verify(&mut conn, visit.cx.keys()).await?;
    let shell = operator.shell("");
    let events = i64::try_from(events).unwrap_or(i64::MAX);
    let flash = match findings.first() {
        None => Flash::success(shell.t1("operations-audit-verified", "count", events)),
        Some(first) => Flash::warning(shell.tn(
            "operations-audit-broken",
            &[
                ("count", findings.len().into()),
                ("chain", first.chain.as_str().into()),
                ("seq", first.seq.into()),
                ("fault", shell.t(fault(first.fault)).into_owned().into()),
            ],
        )),
    };
    Ok(visit.go(urls::OperationsAudit, Some(flash)))
}

fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Altered => "operations-fault-altered",
        Fault::Gap => "operations-fault-gap",
        Fault::Cut => "operations-fault-cut",
        Fault::BeyondHead => "operations-fault-beyond-head",
        Fault::HeadAltered => "operations-fault-head-altered",
        Fault::Missing => "operations-fault-missing",
    }
}
