//! A list of companies.

use std::collections::{HashMap, HashSet};

use super::{
    columns::Column,
    plan::{Plan, find_by, wrong_row},
    report::FileReport,
    row::Cells,
    table::Table,
};
use crate::{
    crm::builtin::{
        List,
        model::{Account, AccountFields, AccountKind},
        save_account, store, typed,
    },
    db::{Conn, Error},
    kernel::{Cx, ids::CrmRecordId},
};

const KINDS: &[(AccountKind, &str)] = &[
    (AccountKind::Customer, "customer kunde"),
    (AccountKind::Prospect, "prospect interessent"),
    (AccountKind::Partner, "partner handler haendler reseller"),
    (AccountKind::Vendor, "vendor supplier lieferant"),
    (
        AccountKind::Contractor,
        "contractor dienstleister auftragnehmer",
    ),
];

/// One row: `None` where the list has no such column.
pub(super) struct Draft {
    line: u64,
    number: String,
    name: String,
    kind: Option<AccountKind>,
    parent: Option<String>,
    domains: Option<List>,
    postcode: Option<String>,
    vat_number: Option<String>,
    owner_email: Option<String>,
}

/// Reads every row; needs no database.
pub(super) fn read(table: &Table, report: &mut FileReport) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::with_capacity(table.rows.len());
    let mut lines: HashMap<String, u64> = HashMap::new();
    for row in &table.rows {
        let mut cells = Cells::new(table, row, report);
        let domains = cells.list(Column::Domains).map(|list| {
            let domains = list.0.iter().map(|text| typed::domain_of(text));
            List(domains.filter(|domain| domain.contains('.')).collect())
        });
        let draft = Draft {
            line: cells.line(),
            number: cells.required(Column::AccountNumber),
            name: cells.required(Column::AccountName),
            kind: cells.word(Column::AccountKind, AccountKind::Customer, KINDS),
            parent: cells.text(Column::Parent),
            domains,
            postcode: cells.text(Column::Postcode),
            vat_number: cells.text(Column::VatNumber),
            owner_email: cells.text(Column::Owner),
        };
        if let Some(first) = lines.get(&draft.number) {
            let problem = format!("line {first} has the same number");
            cells.wrong(Column::AccountNumber, &problem, "keep one of the two rows");
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
    drafts: Vec<Draft>,
) -> Result<Plan<Account>, Error> {
    let mut numbers: HashSet<String> = drafts.iter().map(|draft| draft.number.clone()).collect();
    numbers.extend(drafts.iter().filter_map(|draft| draft.parent.clone()));
    let known = find_by::<Account>(conn, store::ACCOUNTS_BY_NUMBER, numbers).await?;
    let mut known: HashMap<String, Account> = known
        .into_iter()
        .map(|account| (account.fields.number.clone(), account))
        .collect();
    let mut ids: HashMap<String, CrmRecordId> = known
        .iter()
        .map(|(number, account)| (number.clone(), account.id.clone()))
        .collect();
    let drafts = with_parents(table, report, drafts, &known);
    for draft in &drafts {
        ids.entry(draft.number.clone())
            .or_insert_with(|| cx.new_id());
    }
    let drafts = without_loops(conn, table, report, drafts, &ids).await?;
    let mut plan = Plan::empty();
    for draft in parents_first(drafts) {
        let before = known.remove(&draft.number);
        let Some(id) = ids.get(&draft.number) else {
            continue;
        };
        let after = merge(cx, before.clone(), id, &ids, draft);
        plan.add(report, before, after);
    }
    Ok(plan)
}

/// Leaves out rows whose parent is in neither the CRM nor the list; again for those below them.
fn with_parents(
    table: &Table,
    report: &mut FileReport,
    mut drafts: Vec<Draft>,
    known: &HashMap<String, Account>,
) -> Vec<Draft> {
    loop {
        let listed: HashSet<String> = drafts.iter().map(|draft| draft.number.clone()).collect();
        let count = drafts.len();
        drafts.retain(|draft| {
            let parent = draft.parent.as_deref().unwrap_or_default();
            let is_there =
                parent.is_empty() || listed.contains(parent) || known.contains_key(parent);
            if !is_there {
                let at = (draft.line, parent);
                let problem = "no such account is in the CRM or in this list";
                let fix = "give the number of an existing account, or empty the cell";
                wrong_row(report, (table, Column::Parent), at, problem, fix);
            }
            is_there
        });
        if drafts.len() == count {
            return drafts;
        }
    }
}

/// Leaves out rows that would put a company above itself.
async fn without_loops(
    conn: &mut Conn,
    table: &Table,
    report: &mut FileReport,
    drafts: Vec<Draft>,
    ids: &HashMap<String, CrmRecordId>,
) -> Result<Vec<Draft>, Error> {
    if drafts.iter().all(|draft| draft.parent.is_none()) {
        return Ok(drafts);
    }
    let mut parents = save_account::parents(conn).await?;
    for draft in &drafts {
        let (Some(id), Some(parent)) = (ids.get(&draft.number), &draft.parent) else {
            continue;
        };
        match ids.get(parent) {
            Some(parent) => parents.insert(id.clone(), parent.clone()),
            None => parents.remove(id),
        };
    }
    let is_loop = |draft: &Draft| {
        let id = ids.get(&draft.number);
        let parent = id.and_then(|id| parents.get(id));
        id.zip(parent)
            .is_some_and(|(id, parent)| save_account::is_above(&parents, id, parent))
    };
    let (loops, good): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(is_loop);
    for draft in loops {
        let parent = draft.parent.unwrap_or_default();
        let fix = "correct the parent, or empty the cell";
        let problem = "the company would stand above itself";
        wrong_row(
            report,
            (table, Column::Parent),
            (draft.line, &parent),
            problem,
            fix,
        );
    }
    Ok(good)
}

/// Rows in an order in which each company comes after the one above it.
fn parents_first(drafts: Vec<Draft>) -> Vec<Draft> {
    let parents: HashMap<String, String> = drafts
        .iter()
        .filter_map(|draft| Some((draft.number.clone(), draft.parent.clone()?)))
        .collect();
    let depth = |number: &str| {
        let (mut depth, mut place) = (0, number);
        while let Some(parent) = parents.get(place)
            && depth <= parents.len()
        {
            depth += 1;
            place = parent;
        }
        depth
    };
    let mut drafts = drafts;
    drafts.sort_by_cached_key(|draft| depth(&draft.number));
    drafts
}

fn merge(
    cx: &Cx,
    before: Option<Account>,
    id: &CrmRecordId,
    ids: &HashMap<String, CrmRecordId>,
    draft: Draft,
) -> Account {
    let mut account = before.unwrap_or_else(|| Account {
        id: id.clone(),
        fields: AccountFields {
            number: draft.number.clone(),
            name: String::new(),
            kind: AccountKind::Customer,
            parent_id: None,
            domains: List::default(),
            postcode: String::new(),
            vat_number: String::new(),
            owner_email: String::new(),
        },
        version: 0,
        updated_at: cx.now(),
    });
    let fields = &mut account.fields;
    fields.name = draft.name;
    fields.kind = draft.kind.unwrap_or(fields.kind);
    if let Some(parent) = draft.parent {
        fields.parent_id = ids.get(&parent).cloned();
    }
    fields.domains = draft.domains.unwrap_or_else(|| fields.domains.clone());
    set(&mut fields.postcode, draft.postcode);
    set(&mut fields.vat_number, draft.vat_number);
    set(&mut fields.owner_email, draft.owner_email);
    account
}

/// Takes what the list says; a column that is not there says nothing, an empty cell empties.
pub(super) fn set<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}
