//! Import of customer lists as companies have them: CSV from any spreadsheet or CRM.
//!
//! Each file is recognised by its headings, in English or German, whatever its encoding and
//! separator. Without `apply` nothing is written and the [`Report`] is a preview. Importing the
//! same list again changes nothing: accounts are found by number, contacts by number or by account
//! and address, contracts by number. A column that a list does not have leaves the records as they
//! are; an empty cell empties the field. Wrong rows are left out and reported; a file that cannot
//! be used at all stops the import before anything is written.

mod accounts;
mod columns;
mod contacts;
mod contracts;
mod decode;
mod plan;
mod report;
mod row;
mod table;

use std::path::{Path, PathBuf};

pub use columns::FileKind;
use plan::{Companies, Plan};
pub use report::{FileReport, Finding, Report};
use table::Table;

use super::{
    model::{Account, Contact, Contract},
    records,
};
use crate::{
    db::{self, Conn, Database, Tx},
    kernel::{Cx, World},
};

/// Bytes of one file at most.
const LIMIT: u64 = 20 * 1024 * 1024;
/// Rows of one file at most: what one transaction can write in its time.
const ROWS: usize = 100_000;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: {source}; the files before it are imported, and importing all of them again changes nothing twice",
    file.display()
)]
pub struct ImportError {
    /// The file that was worked on.
    file: PathBuf,
    /// What the database said.
    source: db::Error,
}

struct File {
    report: FileReport,
    table: Table,
    drafts: Drafts,
}

/// The rows as records in the making: read before the transaction begins, to keep that short.
enum Drafts {
    Accounts(Vec<accounts::Draft>),
    Contacts(Vec<contacts::Draft>),
    Contracts(Vec<contracts::Draft>),
}

/// Imports lists, or with `apply` false says what importing them would do.
///
/// Each file is one transaction. The order of the files does not matter.
///
/// # Errors
/// [`ImportError`] when the database refuses; what is wrong with files and rows is in the report.
pub async fn import(
    db: &Database,
    world: &World,
    files: &[PathBuf],
    apply: bool,
) -> Result<Report, ImportError> {
    let mut refused = Vec::new();
    let mut usable = Vec::new();
    for path in files {
        match read(path).await {
            Ok(file) => usable.push(file),
            Err(report) => refused.push(report),
        }
    }
    // Accounts before what belongs to them.
    usable.sort_by_key(|file| file.table.kind);
    if !refused.is_empty() {
        refused.extend(usable.into_iter().map(|file| file.report));
        return Ok(Report {
            applied: false,
            files: refused,
        });
    }
    let mut done = Report {
        applied: apply,
        files: Vec::with_capacity(usable.len()),
    };
    let mut companies = Companies::default();
    for file in usable {
        let path = file.report.path.clone();
        let cx = world.system("import");
        let report = if apply {
            db.write(move |tx| Box::pin(async move { write(tx, &cx, file).await }))
                .await
        } else {
            preview(db, &cx, file, &mut companies).await
        };
        done.files
            .push(report.map_err(|source| ImportError { file: path, source })?);
    }
    Ok(done)
}

async fn read(path: &Path) -> Result<File, FileReport> {
    let mut report = FileReport {
        path: path.to_owned(),
        ..FileReport::default()
    };
    match read_table(path, &mut report).await {
        Ok(table) => {
            report.kind = Some(table.kind);
            report.delimiter = char::from(table.delimiter);
            report.ignored_columns = table.ignored();
            let drafts = match table.kind {
                FileKind::Accounts => Drafts::Accounts(accounts::read(&table, &mut report)),
                FileKind::Contacts => Drafts::Contacts(contacts::read(&table, &mut report)),
                FileKind::Contracts => Drafts::Contracts(contracts::read(&table, &mut report)),
            };
            Ok(File {
                report,
                table,
                drafts,
            })
        }
        Err((problem, fix)) => {
            report.refuse(problem, fix);
            Err(report)
        }
    }
}

async fn read_table(path: &Path, report: &mut FileReport) -> Result<Table, (String, String)> {
    let unreadable = |error: std::io::Error| {
        (
            format!("the file cannot be read: {error}"),
            "check the name and the rights".to_owned(),
        )
    };
    let size = tokio::fs::metadata(path).await.map_err(unreadable)?.len();
    if size > LIMIT {
        return Err((
            format!("the file has {} MB", size / 1024 / 1024),
            "20 MB is the limit; split it and repeat the first line in each part".to_owned(),
        ));
    }
    let bytes = tokio::fs::read(path).await.map_err(unreadable)?;
    let (text, encoding) =
        decode::decode(&bytes).map_err(|(problem, fix)| (problem.to_owned(), fix.to_owned()))?;
    report.encoding = encoding;
    let table = Table::read(&text)?;
    if table.rows.len() > ROWS {
        return Err((
            format!("the file has {} rows", table.rows.len()),
            "100,000 is the limit; split it and repeat the first line in each part".to_owned(),
        ));
    }
    Ok(table)
}

async fn preview(
    db: &Database,
    cx: &Cx,
    mut file: File,
    companies: &mut Companies,
) -> Result<FileReport, db::Error> {
    let mut conn = db.read().await?;
    if let Planned::Accounts(plan) = plan_file(&mut conn, cx, &mut file, companies).await? {
        companies.expect(&plan);
    }
    Ok(file.report)
}

async fn write(tx: &mut Tx, cx: &Cx, mut file: File) -> Result<FileReport, db::Error> {
    records::lock(tx).await?;
    let name = file.report.path.file_name();
    let source = name.map(|name| name.to_string_lossy().into_owned());
    let source = source.unwrap_or_default();
    let mut companies = Companies::default();
    match plan_file(tx, cx, &mut file, &mut companies).await? {
        Planned::Accounts(plan) => plan.write(tx, cx, &source).await?,
        Planned::Contacts(plan) => plan.write(tx, cx, &source).await?,
        Planned::Contracts(plan) => plan.write(tx, cx, &source).await?,
    }
    Ok(file.report)
}

enum Planned {
    Accounts(Plan<Account>),
    Contacts(Plan<Contact>),
    Contracts(Plan<Contract>),
}

async fn plan_file(
    conn: &mut Conn,
    cx: &Cx,
    file: &mut File,
    companies: &mut Companies,
) -> Result<Planned, db::Error> {
    let File {
        report,
        table,
        drafts,
    } = file;
    if table.kind != FileKind::Accounts {
        companies.load(conn, table).await?;
    }
    Ok(match drafts {
        Drafts::Accounts(drafts) => {
            let drafts = std::mem::take(drafts);
            Planned::Accounts(accounts::plan(conn, cx, table, report, drafts).await?)
        }
        Drafts::Contacts(drafts) => {
            let drafts = std::mem::take(drafts);
            Planned::Contacts(contacts::plan(conn, cx, table, report, companies, drafts).await?)
        }
        Drafts::Contracts(drafts) => {
            let drafts = std::mem::take(drafts);
            Planned::Contracts(contracts::plan(conn, cx, table, report, companies, drafts).await?)
        }
    })
}
