//! `/operations/connections/{connection}/held`: contract ends that the mass-change brake holds back
//! (law 11), and the decision about them.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    connections::known,
    tabs::{Tab, tabs},
};
use crate::{
    access::actors::Operator,
    contracts::{self, ApplyError, Held},
    crm::port,
    db::{Conn, Error},
    kernel::{
        Cx, Instant,
        ids::{HeldId, Id},
    },
    organizations,
    web::{Flash, Form, Refusal, Shell, Visit, page, urls},
};

/// Changes shown and decided at once at most.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "operations/held.html")]
struct HeldPage {
    shell: Shell,
    tabs: Vec<Tab>,
    key: String,
    name: String,
    rows: Vec<Row>,
}

struct Row {
    id: HeldId,
    contract: String,
    organization: String,
    becomes: String,
    received: String,
    /// Whether who looks had the record taken: somebody else releases it.
    is_own: bool,
}

/// Shows what is held back.
///
/// # Errors
/// When there is no such connection, or the database refuses.
pub async fn show(operator: Operator, Path(connection): Path<String>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let name = visit
        .state
        .crm
        .get(&connection)
        .map(|found| found.settings.name.clone())
        .ok_or(Refusal::NotFound)?;
    let shell = operator.shell("operations-held-title");
    let mut conn = visit.state.db.read().await?;
    let mut rows = Vec::new();
    for held in contracts::held(&mut conn, &connection, SHOWN).await? {
        let mut row = row(&mut conn, &shell, &held).await?;
        let me = visit.cx.actor.person_id().map_or("", Id::as_str);
        row.is_own = !me.is_empty() && held.asked_by == me;
        rows.push(row);
    }
    Ok(page(
        StatusCode::OK,
        &HeldPage {
            tabs: tabs(&shell, urls::Connections),
            shell,
            key: connection,
            name,
            rows,
        },
    ))
}

async fn row(conn: &mut Conn, shell: &Shell, held: &Held) -> Result<Row, Refusal> {
    let record = held.record()?;
    let organization =
        organizations::find_by_crm_account(conn, &held.connection, &record.account_id).await?;
    Ok(Row {
        id: held.id.clone(),
        contract: record.number.clone(),
        organization: organization
            .map(|organization| organization.name)
            .unwrap_or_default(),
        becomes: becomes(shell, &record),
        received: shell.moment(held.received_at),
        is_own: false,
    })
}

/// What the CRM wants the contract to be, with its last day when it names one.
fn becomes(shell: &Shell, record: &port::Contract) -> String {
    let word = match record.status.as_str() {
        "draft" => "contract-tag-draft",
        "suspended" => "contract-tag-suspended",
        "ended" => "contract-tag-ended",
        _ => "contract-tag-active",
    };
    let status = shell.t(word);
    let last = record.ends_on.parse::<jiff::civil::Date>().ok();
    let last = last.and_then(|day| day.to_zoned(shell.home_zone.clone()).ok());
    match last {
        Some(day) => {
            let day = shell.contract_day(Instant::from_jiff(day.timestamp()));
            shell.t2("operations-held-until", ("status", status), ("day", day))
        }
        None => status.into_owned(),
    }
}

/// What is decided about which changes.
#[derive(Debug, Deserialize)]
pub struct Decision {
    #[serde(default)]
    held: Vec<String>,
    decision: String,
}

/// Lets the chosen contracts end, or keeps them as they are.
///
/// # Errors
/// When there is no such connection, or the database refuses; what was decided before stands.
pub async fn decide(
    operator: Operator,
    Path(connection): Path<String>,
    Form(decision): Form<Decision>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    known(visit, &connection)?;
    let ends = match decision.decision.as_str() {
        "end" => true,
        "keep" => false,
        _ => return Err(Refusal::BadRequest),
    };
    let mut decided: i64 = 0;
    for id in decision
        .held
        .iter()
        .take(usize::try_from(SHOWN).unwrap_or(0))
    {
        let id = HeldId::parse(id).map_err(|_| Refusal::NotFound)?;
        decided += i64::from(decide_one(visit, &connection, id, ends).await?);
    }
    let shell = operator.shell("");
    let flash = match (decided, ends) {
        (0, _) => Flash::warning(shell.t("operations-held-none")),
        (count, true) => Flash::success(shell.t1("operations-held-ended", "count", count)),
        (count, false) => Flash::success(shell.t1("operations-held-kept", "count", count)),
    };
    let to = urls::HeldChanges {
        connection: &connection,
    };
    Ok(visit.go(to, Some(flash)))
}

/// `false` when somebody decided it before.
async fn decide_one(
    visit: &Visit,
    connection: &str,
    id: HeldId,
    ends: bool,
) -> Result<bool, Refusal> {
    let connection = visit.state.crm.get(connection).cloned();
    let connection = connection.ok_or(Refusal::NotFound)?;
    let cx: Cx = visit.cx.clone();
    let decided = visit
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                if ends {
                    let rules = &connection.rules;
                    let applied = contracts::release_held(tx, &cx, rules, &id).await;
                    applied.map(|_| true)
                } else {
                    let kept = contracts::discard_held(tx, &cx, &connection.rules, &id).await;
                    Ok(kept?)
                }
            })
        })
        .await;
    match decided {
        Ok(decided) => Ok(decided),
        Err(ApplyError::BadRecord(_) | ApplyError::UnknownAccount(_)) => Ok(false),
        Err(ApplyError::Db(error)) => Err(Error::into(error)),
    }
}
