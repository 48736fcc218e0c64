//! `vestibule mapping`: looking at how a CRM's fields are mapped, before another mapping is switched
//! on.

use std::path::PathBuf;

use super::{End, Failure, say, start_logs};
use crate::{
    app::AppState,
    crm::preview::{self, Preview, Side},
    operations::mask,
    settings::{MappingSettings, Settings},
};

/// What to do with a mapping.
#[derive(clap::Subcommand)]
pub(super) enum Mapping {
    /// Read real records by the mapping in force and by another one, and show what comes out.
    Preview(PreviewArgs),
}

#[derive(clap::Args)]
pub(super) struct PreviewArgs {
    /// Which connection.
    #[arg(long, value_name = "KEY")]
    connection: String,
    /// The other mapping: a TOML file with `fields`, `values` and `transforms`, or a whole
    /// configuration. Without it the mapping in force is shown.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Records to look at, 20 at most.
    #[arg(long, default_value_t = preview::RECORDS)]
    limit: usize,
}

pub(super) async fn run(command: Mapping, settings: Settings) -> Result<End, Failure> {
    let Mapping::Preview(wanted) = command;
    start_logs("warn");
    let key = wanted.connection.as_str();
    let Some(connection) = settings
        .connections
        .iter()
        .find(|it| it.key == key)
        .cloned()
    else {
        return Ok(End::Refused(
            "There is no such connection. `vestibule config show` lists them.".to_owned(),
        ));
    };
    let proposed = match &wanted.file {
        None => MappingSettings::of(&connection),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
            match MappingSettings::parse(&text, key) {
                Ok(proposed) => proposed,
                Err(problem) => {
                    say(&format!("{}: {problem}", path.display()));
                    return Ok(End::Found);
                }
            }
        }
    };
    let problems = proposed.problems(&connection);
    for problem in &problems {
        say(&format!("WRONG {problem}"));
    }
    if !problems.is_empty() {
        return Ok(End::Found);
    }
    let state = AppState::build(settings).await?;
    let shown = state
        .crm
        .preview(key, &proposed, &state.http, wanted.limit)
        .await
        .map_err(anyhow::Error::from)?;
    state.db.close().await;
    let Some(shown) = shown else {
        return Ok(End::Done);
    };
    Ok(report(&proposed, &shown))
}

fn report(proposed: &MappingSettings, shown: &Preview) -> End {
    for line in preview::table(proposed, false) {
        let theirs = match line.theirs.as_deref() {
            None => "the adapter's own name",
            Some("") => "kept by the CRM",
            Some(theirs) => theirs,
        };
        let values: Vec<String> = line
            .values
            .iter()
            .map(|(theirs, ours)| format!("{theirs} = {ours}"))
            .collect();
        let more = [line.transform.clone(), values.join(", ")];
        let more: Vec<&str> = more
            .iter()
            .map(String::as_str)
            .filter(|it| !it.is_empty())
            .collect();
        say(&format!(
            "{:<28} {theirs:<28} {}",
            line.path,
            more.join("; ")
        ));
    }
    side("in force", &shown.before);
    side("proposed", &shown.after);
    for record in &shown.records {
        say(&format!("{} {}", record.kind, record.id));
        for cell in &record.cells {
            let field = cell.path.split('.').nth(1).unwrap_or_default();
            let (before, after) = (
                mask::value(field, &cell.before),
                mask::value(field, &cell.after),
            );
            let mark = if cell.before == cell.after { ' ' } else { '*' };
            say(&format!("{mark} {:<26} {before} -> {after}", cell.path));
        }
    }
    let changed = shown.records.iter().filter(|it| it.changes()).count();
    say(&format!(
        "{} records read, {changed} come out otherwise. Nothing was written.",
        shown.records.len()
    ));
    if shown.after.error.is_empty() && shown.after.passed_over.is_empty() {
        End::Done
    } else {
        End::Found
    }
}

fn side(name: &str, side: &Side) {
    if !side.error.is_empty() {
        say(&format!("{name}: {}", side.error));
    }
    for passed in &side.passed_over {
        say(&format!("{name}: passed over {passed}"));
    }
    for field in &side.empty {
        say(&format!("{name}: no record has anything in {field}"));
    }
}
