//! What changes for whom, before it is saved; and saving it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::{Desk, author, import::file, person};
use crate::{
    access::{CatalogueBody, actors::Operator},
    db::{Conn, Error},
    kernel::{
        Instant,
        ids::{Id, OrganizationId},
        text,
    },
    operations::catalogue::{
        check,
        difference::{self, Difference},
        draft::Draft,
        effects::{Plan, What, scan},
        last_admins,
        save::{self, REPLACED_AT_ONCE, Save, SaveError, Saved, save as save_draft},
        table::guarded,
    },
    web::{Field, Flash, Form, FormErrors, Query, Refusal, Shell, page, urls},
};

/// Organizations on a page.
const SHOWN: usize = 50;
/// Holders of a role that goes who are named.
const NAMED: usize = 20;
/// Characters of a note at most.
const NOTE_LIMIT: usize = 500;

/// Which part of the organizations.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PreviewQuery {
    from: String,
}

/// What is saved.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SaveForm {
    /// The draft's generation that the page showed.
    seen: String,
    note: String,
}

/// One difference, in words.
pub(super) struct DifferenceView {
    pub(super) name: String,
    pub(super) state: (String, &'static str),
    pub(super) changes: Vec<(String, String, String)>,
}

/// How many gain and lose something.
struct TotalRow {
    what: String,
    gains: i64,
    loses: i64,
}

/// A role that goes, and who holds it.
struct GoingRow {
    name: String,
    count: i64,
    names: String,
    replacement: String,
}

struct OrganizationRow {
    name: String,
    id: String,
    gains: i64,
    loses: i64,
}

#[derive(Template)]
#[template(path = "operations/catalogue_preview.html")]
struct PreviewPage {
    shell: Shell,
    errors: FormErrors,
    back: String,
    action: String,
    decide: String,
    csv: String,
    seen: i64,
    newer: String,
    problems: Vec<String>,
    /// Organizations that nobody would run: names and ids.
    orphans: Vec<(String, String)>,
    differences: Vec<DifferenceView>,
    people: i64,
    totals: Vec<TotalRow>,
    going: Vec<GoingRow>,
    organizations: Vec<OrganizationRow>,
    summary: String,
    previous: Option<String>,
    next: Option<String>,
    note: Field,
    may_save: bool,
}

/// What a draft would do.
struct Outlook {
    body: CatalogueBody,
    plan: Plan,
    effects: Effects,
}

/// The effects, added up.
#[derive(Default)]
struct Effects {
    people: i64,
    totals: BTreeMap<What, (i64, i64)>,
    organizations: BTreeMap<(String, OrganizationId), (i64, i64)>,
    going: BTreeMap<String, (i64, Vec<String>)>,
}

async fn outlook(
    conn: &mut Conn,
    operator: &Operator,
    desk: &Desk,
    draft: &Draft,
) -> Result<Outlook, Error> {
    let visit = operator.visit();
    let before = &desk.newest.body;
    let body = save::finished(conn, before, &draft.body).await?;
    let settings = &visit.state.settings;
    let plan = Plan::new(before, &body, &draft.replacements, settings);
    let effects = effects(conn, &plan, visit.cx.now()).await?;
    Ok(Outlook {
        body,
        plan,
        effects,
    })
}

async fn effects(conn: &mut Conn, plan: &Plan, now: Instant) -> Result<Effects, Error> {
    let mut sum = Effects::default();
    scan(conn, plan, now, |touched| {
        let member = touched.membership;
        for key in member.roles.iter().filter(|key| plan.going.contains(*key)) {
            let (count, names) = sum.going.entry(key.clone()).or_default();
            *count += 1;
            if names.len() < NAMED {
                let name = &touched.subject.display_name;
                names.push(format!("{name} ({})", member.organization_name));
            }
        }
        if touched.effects.is_empty() {
            return;
        }
        sum.people += 1;
        for effect in &touched.effects {
            let total = sum.totals.entry(effect.what.clone()).or_default();
            total.0 += i64::from(effect.gains);
            total.1 += i64::from(!effect.gains);
        }
        let place = (
            member.organization_name.clone(),
            member.organization_id.clone(),
        );
        let counts = sum.organizations.entry(place).or_default();
        counts.0 += i64::from(touched.effects.iter().any(|effect| effect.gains));
        counts.1 += i64::from(touched.effects.iter().any(|effect| !effect.gains));
    })
    .await?;
    Ok(sum)
}

/// Shows what the operator's draft would do.
///
/// # Errors
/// When the database refuses.
pub(super) async fn show(
    operator: Operator,
    Query(query): Query<PreviewQuery>,
) -> Result<Response, Refusal> {
    render(
        &operator,
        query.from.parse().unwrap_or_default(),
        (StatusCode::OK, "", None),
    )
    .await
}

async fn render(
    operator: &Operator,
    from: usize,
    (status, note, error): (StatusCode, &str, Option<String>),
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let mut conn = visit.state.db.read().await?;
    let desk = Desk::read(&mut conn, operator).await?;
    let Some(draft) = desk.draft.clone() else {
        let flash = Flash::info(visit.t("catalogue-no-draft"));
        return Ok(visit.go(urls::Catalogue, Some(flash)));
    };
    let found = outlook(&mut conn, operator, &desk, &draft).await?;
    let orphans = last_admins::orphans(&mut conn, &found.plan, visit.cx.now()).await?;
    drop(conn);
    let shell = operator.shell("catalogue-preview-title");
    let orphans: Vec<(String, String)> = orphans
        .into_iter()
        .map(|orphan| (orphan.name, orphan.id.to_string()))
        .collect();
    let faults = check::faults(&found.body);
    let problems: Vec<String> = faults
        .iter()
        .map(|fault| format!("{} {}", fault.entry, fault.sentence(&shell)))
        .collect();
    let differences = difference::between(&desk.newest.body, &found.body);
    let newer = draft.based_on != desk.newest.version;
    let may_save = problems.is_empty() && orphans.is_empty() && !newer && !differences.is_empty();
    let note = Field::new("note", note).with_error(error);
    let errors = FormErrors::of(&[&note]);
    let pager = Pager::of(&shell, from, found.effects.organizations.len());
    let view = PreviewPage {
        back: urls::Catalogue.to_string(),
        action: urls::CataloguePreview.to_string(),
        decide: urls::CatalogueDraft.to_string(),
        csv: urls::CataloguePreviewCsv.to_string(),
        seen: draft.generation,
        newer: newer_text(&shell, &desk, newer),
        problems,
        orphans,
        differences: views(&shell, &differences),
        people: found.effects.people,
        totals: totals(&shell, &found),
        going: going(&shell, &found),
        organizations: organizations(&found.effects, from),
        summary: pager.summary,
        previous: pager.previous,
        next: pager.next,
        note,
        may_save,
        shell: shell.with_errors(!errors.is_empty()),
        errors,
    };
    Ok(page(status, &view))
}

fn newer_text(shell: &Shell, desk: &Desk, newer: bool) -> String {
    if !newer {
        return String::new();
    }
    let by = author(shell, desk.newest.origin, &desk.newest.made_by_name);
    let version = desk.newest.version;
    shell.t2("catalogue-newer-text", ("version", version), ("by", by))
}

/// Where one is in a long list.
struct Pager {
    summary: String,
    previous: Option<String>,
    next: Option<String>,
}

impl Pager {
    fn of(shell: &Shell, from: usize, all: usize) -> Self {
        let place = |from: usize| format!("{}?from={from}", urls::CataloguePreview);
        let last = from.saturating_add(SHOWN).min(all);
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let arguments = [
            ("first", number(from.saturating_add(1)).into()),
            ("last", number(last).into()),
            ("all", number(all).into()),
        ];
        Self {
            summary: if from < all {
                shell.tn("catalogue-shown", &arguments)
            } else {
                String::new()
            },
            previous: (from > 0).then(|| place(from.saturating_sub(SHOWN))),
            next: (last < all).then(|| place(last)),
        }
    }
}

/// Differences in words.
pub(super) fn views(shell: &Shell, differences: &[Difference]) -> Vec<DifferenceView> {
    let view = |difference: &Difference| DifferenceView {
        name: shell.t1(
            &format!("catalogue-entry-{}", difference.kind.word()),
            "key",
            difference.key.as_str(),
        ),
        state: difference.state(shell),
        changes: difference
            .changes
            .iter()
            .map(|change| {
                (
                    change.label(shell),
                    change.before.clone(),
                    change.after.clone(),
                )
            })
            .collect(),
    };
    differences.iter().map(view).collect()
}

fn what(shell: &Shell, found: &Plan, what: &What) -> String {
    let lang = shell.lang.as_str();
    let name = |key: &str| {
        let card = found.after.service_card(key, lang);
        let card = card.or_else(|| found.before.service_card(key, lang));
        card.map_or(key, |card| card.name).to_owned()
    };
    match what {
        What::Portal => shell.t("catalogue-what-portal").into_owned(),
        What::Administration => shell.t("catalogue-what-administration").into_owned(),
        What::Service(key) => shell.t1("catalogue-what-service", "service", name(key)),
        What::ApplicationRole(key, role) => shell.t2(
            "catalogue-what-application-role",
            ("service", name(key)),
            ("role", role.clone()),
        ),
    }
}

fn totals(shell: &Shell, found: &Outlook) -> Vec<TotalRow> {
    let rows = found.effects.totals.iter();
    rows.map(|(kind, (gains, loses))| TotalRow {
        what: what(shell, &found.plan, kind),
        gains: *gains,
        loses: *loses,
    })
    .collect()
}

fn going(shell: &Shell, found: &Outlook) -> Vec<GoingRow> {
    let lang = shell.lang.as_str();
    let replacement = |key: &String| found.plan.replacements.get(key);
    // Saving replaces all of them in one transaction.
    let replaced = found.effects.going.iter();
    let replaced = replaced.filter(|(key, _)| replacement(key).is_some());
    let is_too_many = replaced.map(|(_, (count, _))| count).sum::<i64>() > REPLACED_AT_ONCE;
    let rows = found.effects.going.iter().map(|(key, (count, names))| {
        let to = replacement(key);
        GoingRow {
            name: found.plan.before.role_name(key, lang).to_owned(),
            count: *count,
            names: names.join(", "),
            replacement: match to {
                Some(to) if is_too_many => {
                    let name = found.plan.after.role_name(to, lang).to_owned();
                    shell.t2(
                        "catalogue-too-many",
                        ("role", name),
                        ("count", REPLACED_AT_ONCE),
                    )
                }
                Some(to) => {
                    let name = found.plan.after.role_name(to, lang).to_owned();
                    shell.t1("catalogue-replaced-by", "role", name)
                }
                None => shell.t("catalogue-not-replaced").into_owned(),
            },
        }
    });
    rows.collect()
}

fn organizations(effects: &Effects, from: usize) -> Vec<OrganizationRow> {
    let shown = effects.organizations.iter().skip(from).take(SHOWN);
    shown
        .map(|((name, id), (gains, loses))| OrganizationRow {
            name: name.clone(),
            id: id.to_string(),
            gains: *gains,
            loses: *loses,
        })
        .collect()
}

/// Everybody for whom something changes, as CSV.
///
/// # Errors
/// When there is no draft, or the database refuses.
pub(super) async fn download(operator: Operator) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let mut conn = visit.state.db.read().await?;
    let desk = Desk::read(&mut conn, &operator).await?;
    let draft = desk.draft.as_ref().ok_or(Refusal::NotFound)?;
    let before = &desk.newest.body;
    let body = save::finished(&mut conn, before, &draft.body).await?;
    let settings = &visit.state.settings;
    let plan = Plan::new(before, &body, &draft.replacements, settings);
    let mut rows = csv::Writer::from_writer(Vec::new());
    let head = [
        "organization",
        "organization id",
        "person",
        "membership id",
        "effect",
        "service",
        "application role",
    ];
    let mut written = rows.write_record(head);
    scan(&mut conn, &plan, visit.cx.now(), |touched| {
        let member = touched.membership;
        for effect in &touched.effects {
            let (service, role) = match &effect.what {
                What::Portal => ("(portal)", ""),
                What::Administration => ("(administration)", ""),
                What::Service(key) => (key.as_str(), ""),
                What::ApplicationRole(key, role) => (key.as_str(), role.as_str()),
            };
            let name = guarded(&touched.subject.display_name);
            let (company, role) = (guarded(&member.organization_name), guarded(role));
            let row = [
                company.as_str(),
                member.organization_id.as_str(),
                name.as_str(),
                member.id.as_str(),
                if effect.gains { "gains" } else { "loses" },
                service,
                role.as_str(),
            ];
            if written.is_ok() {
                written = rows.write_record(row);
            }
        }
    })
    .await?;
    written.map_err(|_| Refusal::Defect)?;
    let bytes = rows.into_inner().map_err(|_| Refusal::Defect)?;
    Ok(file("what-changes.csv", bytes))
}

/// Saves the draft as the next version.
///
/// # Errors
/// When the database refuses.
pub(super) async fn save(
    operator: Operator,
    Form(form): Form<SaveForm>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let command = Save {
        person_id: person(&operator).clone(),
        name: operator.entry.name.clone(),
        seen: form.seen.parse().unwrap_or_default(),
        note: text::many_lines(&form.note, NOTE_LIMIT),
    };
    let (state, cx) = (visit.state.clone(), visit.cx.clone());
    let work = visit.state.db.write(move |tx| {
        Box::pin(async move { save_draft(tx, &cx, &state.settings, command).await })
    });
    let shell = visit.shell("");
    let error = match work.await {
        Ok(Saved::Version { version, .. }) => {
            let text = shell.t1("catalogue-saved", "version", version);
            return Ok(visit.go(urls::Catalogue, Some(Flash::success(text))));
        }
        Ok(Saved::Nothing) => {
            let flash = Flash::info(visit.t("catalogue-nothing"));
            return Ok(visit.go(urls::Catalogue, Some(flash)));
        }
        Err(SaveError::NoDraft) => {
            let flash = Flash::info(visit.t("catalogue-no-draft"));
            return Ok(visit.go(urls::Catalogue, Some(flash)));
        }
        Err(SaveError::Newer(version)) => shell.t1("catalogue-save-newer", "version", version),
        Err(SaveError::Changed) => visit.t("catalogue-save-changed"),
        Err(SaveError::Faults(_)) => visit.t("catalogue-save-faults"),
        Err(SaveError::LastAdmin(_)) => visit.t("catalogue-save-last-admin"),
        Err(SaveError::TooMany) => shell.t1("catalogue-save-too-many", "count", REPLACED_AT_ONCE),
        Err(SaveError::Db(error)) => return Err(error.into()),
    };
    render(
        &operator,
        0,
        (StatusCode::CONFLICT, &form.note, Some(error)),
    )
    .await
}
