//! A list of agreements with companies.

use std::collections::{HashMap, HashSet};

use super::{
    accounts::set,
    columns::Column,
    plan::{Companies, Plan, find_by, wrong_row},
    report::FileReport,
    row::Cells,
    table::Table,
};
use crate::{
    crm::builtin::{
        List,
        model::{Contract, ContractFields, ContractStatus},
        store,
    },
    db::{Conn, Error},
    kernel::{Cx, ids::CrmRecordId},
};

const STATUSES: &[(ContractStatus, &str)] = &[
    (
        ContractStatus::Active,
        "active aktiv laufend gultig gueltig running signed",
    ),
    (ContractStatus::Draft, "draft entwurf angebot"),
    (
        ContractStatus::Suspended,
        "suspended paused gesperrt ausgesetzt pausiert ruhend",
    ),
    (
        ContractStatus::Ended,
        "ended expired terminated closed beendet abgelaufen ausgelaufen",
    ),
];

/// One row: `None` where the list has no such column.
pub(super) struct Draft {
    line: u64,
    account_number: String,
    account_name: String,
    number: String,
    status: Option<ContractStatus>,
    starts_on: Option<String>,
    ends_on: Option<String>,
    grace_days: Option<Option<i64>>,
    seats: Option<Option<i64>>,
    products: Option<List>,
}

/// Reads every row; needs no database.
pub(super) fn read(table: &Table, report: &mut FileReport) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::with_capacity(table.rows.len());
    let mut lines: HashMap<String, u64> = HashMap::new();
    for row in &table.rows {
        let mut cells = Cells::new(table, row, report);
        let draft = Draft {
            line: cells.line(),
            account_number: cells.text(Column::AccountNumber).unwrap_or_default(),
            account_name: cells.text(Column::AccountName).unwrap_or_default(),
            number: cells.required(Column::ContractNumber),
            status: cells.word(Column::Status, ContractStatus::Active, STATUSES),
            starts_on: cells.date(Column::StartsOn),
            ends_on: cells.date(Column::EndsOn),
            grace_days: cells.number(Column::GraceDays),
            seats: cells.number(Column::Seats),
            products: cells.list(Column::Products),
        };
        if draft.account_number.is_empty() && draft.account_name.is_empty() {
            let fix = "fill in the number or the name of the account";
            cells.wrong(Column::AccountNumber, "the account is missing", fix);
        }
        let starts_on = draft.starts_on.as_deref();
        if starts_on == Some("") {
            let fix = "write the first day, like 2026-01-31";
            cells.wrong(Column::StartsOn, "a date is expected here", fix);
        }
        // Days written year first compare as texts do.
        let ends_on = draft.ends_on.as_deref().filter(|day| !day.is_empty());
        if starts_on
            .zip(ends_on)
            .is_some_and(|(start, end)| end < start)
        {
            let fix = "correct one of the two dates";
            cells.wrong(Column::EndsOn, "the last day is before the first", fix);
        }
        if let Some(first) = lines.get(&draft.number) {
            let problem = format!("line {first} has the same number");
            cells.wrong(Column::ContractNumber, &problem, "keep one of the two rows");
        }
        match cells.finish(draft) {
            Some(draft) => {
                lines.insert(draft.number.clone(), draft.line);
                drafts.push(draft);
            }
            None => report.wrong += 1,
        }
    }
    drafts
}

/// Compares the list with the CRM.
pub(super) async fn plan(
    conn: &mut Conn,
    cx: &Cx,
    table: &Table,
    report: &mut FileReport,
    companies: &Companies,
    drafts: Vec<Draft>,
) -> Result<Plan<Contract>, Error> {
    let numbers: HashSet<String> = drafts.iter().map(|draft| draft.number.clone()).collect();
    let known = find_by::<Contract>(conn, store::CONTRACTS_BY_NUMBER, numbers).await?;
    let mut known: HashMap<String, Contract> = known
        .into_iter()
        .map(|contract| (contract.fields.number.clone(), contract))
        .collect();
    let mut plan = Plan::empty();
    for draft in drafts {
        let account = (draft.line, &*draft.account_number, &*draft.account_name);
        let Some(account) = companies.of_row(report, table, account) else {
            continue;
        };
        let before = known.remove(&draft.number);
        if before
            .as_ref()
            .is_some_and(|contract| contract.fields.account_id != account)
        {
            // A slip in a list must not give one company what another one pays for.
            let problem = "in the CRM this contract belongs to another account";
            let fix = "correct the account, or give the contract another number";
            let at = (draft.line, draft.number.as_str());
            wrong_row(report, (table, Column::ContractNumber), at, problem, fix);
            continue;
        }
        let after = merge(cx, before.clone(), account, draft);
        plan.add(report, before, after);
    }
    Ok(plan)
}

fn merge(cx: &Cx, before: Option<Contract>, account_id: CrmRecordId, draft: Draft) -> Contract {
    let mut contract = before.unwrap_or_else(|| Contract {
        id: cx.new_id(),
        fields: ContractFields {
            account_id,
            number: draft.number,
            status: ContractStatus::Active,
            starts_on: String::new(),
            ends_on: String::new(),
            grace_days: None,
            seats: None,
            products: List::default(),
        },
        version: 0,
        updated_at: cx.now(),
    });
    let fields = &mut contract.fields;
    set(&mut fields.status, draft.status);
    set(&mut fields.starts_on, draft.starts_on);
    set(&mut fields.ends_on, draft.ends_on);
    set(&mut fields.grace_days, draft.grace_days);
    set(&mut fields.seats, draft.seats);
    set(&mut fields.products, draft.products);
    contract
}
