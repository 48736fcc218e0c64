//! Making and editing a record of any kind.
//!
//! A form carries the version it was made from. When somebody stored a newer one meanwhile, nothing
//! is stored: the page shows, for each field that differs, what stands there now, keeps what was
//! typed, and carries the newer version, so that the person decides.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::RawPathParams, http::StatusCode, response::Response};

use super::{
    account::crumbs,
    author, go,
    history::{self, Entry},
    inputs::{Input, Kind, Problem, Reader, Values},
    record_in, shell,
    view::{Link, day, word},
};
use crate::{
    access::actors::CrmUser,
    crm::{
        builtin::{Saved, find_account, list_activities, stored::Stored},
        port::Author,
    },
    db::{Conn, Error, Tx},
    kernel::{Cx, ids::CrmRecordId},
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// A record that people edit.
pub trait Editable: Stored + 'static {
    /// What they edit of it.
    type Fields: Send + 'static;
    /// The word in text keys.
    const NAME: &'static str;
    /// Whether it belongs to an account, which the address of a new one names.
    const UNDER_ACCOUNT: bool;
    /// What the form asks for.
    const INPUTS: &'static [Input];

    /// What stands in the form of this record.
    fn values(&self, conn: &mut Conn) -> impl Future<Output = Result<Values, Error>> + Send;

    /// What was typed; what is wrong with it stays in the reader.
    fn read(
        conn: &mut Conn,
        reader: &mut Reader<'_>,
    ) -> impl Future<Output = Result<Self::Fields, Error>> + Send;

    /// The record with this id.
    fn find(
        conn: &mut Conn,
        id: &CrmRecordId,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;

    /// Stores it: a new one, or the one with the id if it still has the version.
    fn save(
        tx: &mut Tx,
        cx: &Cx,
        author: &Author,
        at: (Option<CrmRecordId>, i64),
        fields: Self::Fields,
    ) -> impl Future<Output = Result<Saved<Self>, Error>> + Send;

    /// The page to go to once it is stored.
    fn place(&self) -> String;

    /// What people call it.
    fn title(&self) -> String;
}

#[derive(Template)]
#[template(path = "crm/form.html")]
struct FormPage {
    shell: Shell,
    crumbs: Vec<Link>,
    subject: String,
    errors: FormErrors,
    inputs: Vec<Shown>,
    version: i64,
    action: String,
    cancel: String,
    conflicts: Vec<Conflict>,
    history: Vec<Entry>,
}

/// One field on the page.
struct Shown {
    field: Field,
    label: String,
    hint: String,
    optional: String,
    kind: Kind,
    choices: Vec<Choice>,
}

struct Choice {
    value: &'static str,
    label: String,
}

/// A field in which the record as it stands now differs from what was typed.
struct Conflict {
    label: String,
    now: String,
    typed: String,
}

/// What a form is about.
struct About<R> {
    /// The record, when it exists.
    record: Option<R>,
    /// The account it belongs to or will.
    account: Option<crate::crm::builtin::model::Account>,
}

/// The empty form of a new record.
///
/// # Errors
/// When the account does not exist, or the database refuses.
pub async fn new<R: Editable>(user: CrmUser, params: RawPathParams) -> Result<Response, Refusal> {
    let mut conn = user.visit().state.db.read().await?;
    let about = about_new::<R>(&mut conn, &params).await?;
    drop(conn);
    render(&user, &about, Draft::default(), StatusCode::OK).await
}

/// The form of a record that exists.
///
/// # Errors
/// When it does not, or the database refuses.
pub async fn edit<R: Editable>(user: CrmUser, params: RawPathParams) -> Result<Response, Refusal> {
    let mut conn = user.visit().state.db.read().await?;
    let (about, values) = about_existing::<R>(&mut conn, &params).await?;
    drop(conn);
    let version = about.record.as_ref().map_or(0, Stored::version);
    let draft = Draft {
        values,
        version,
        ..Draft::default()
    };
    render(&user, &about, draft, StatusCode::OK).await
}

/// Stores a new record.
///
/// # Errors
/// When the account does not exist, or the database refuses.
pub async fn create<R: Editable>(
    user: CrmUser,
    params: RawPathParams,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let mut conn = user.visit().state.db.read().await?;
    let about = about_new::<R>(&mut conn, &params).await?;
    store(&user, conn, about, &pairs).await
}

/// Stores a changed record.
///
/// # Errors
/// When it does not exist, or the database refuses.
pub async fn update<R: Editable>(
    user: CrmUser,
    params: RawPathParams,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let mut conn = user.visit().state.db.read().await?;
    let (about, _) = about_existing::<R>(&mut conn, &params).await?;
    store(&user, conn, about, &pairs).await
}

async fn about_new<R: Editable>(
    conn: &mut Conn,
    params: &RawPathParams,
) -> Result<About<R>, Refusal> {
    let account = if R::UNDER_ACCOUNT {
        let account = find_account(conn, &record_in(params)?).await?;
        Some(account.ok_or(Refusal::NotFound)?)
    } else {
        None
    };
    Ok(About {
        record: None,
        account,
    })
}

async fn about_existing<R: Editable>(
    conn: &mut Conn,
    params: &RawPathParams,
) -> Result<(About<R>, Values), Refusal> {
    let record = R::find(conn, &record_in(params)?)
        .await?
        .ok_or(Refusal::NotFound)?;
    let account = match record.account().parse() {
        Ok(account) if R::UNDER_ACCOUNT => find_account(conn, &account).await?,
        _ => None,
    };
    let values = record.values(conn).await?;
    let record = Some(record);
    Ok((About { record, account }, values))
}

/// What stands in a form and what is wrong with it.
#[derive(Default)]
struct Draft {
    values: Values,
    version: i64,
    problems: Vec<(&'static str, Problem)>,
    /// The values as they stand now, when somebody was faster.
    newer: Option<Values>,
}

fn posted<R: Editable>(about: &About<R>, pairs: &[(String, String)]) -> Draft {
    let find = |name: &str| pairs.iter().find(|(known, _)| known == name);
    let mut values: Values = R::INPUTS
        .iter()
        .map(|input| {
            let value = find(input.name).map_or("", |(_, value)| value.as_str());
            (input.name, crate::kernel::text::one_line(value, 500))
        })
        .collect();
    if let Some(account) = &about.account {
        values.insert("account_id", account.id.to_string());
    }
    let version = find("version").and_then(|(_, value)| value.parse().ok());
    Draft {
        values,
        version: version.unwrap_or(0),
        ..Draft::default()
    }
}

async fn store<R: Editable>(
    user: &CrmUser,
    mut conn: Conn,
    about: About<R>,
    pairs: &[(String, String)],
) -> Result<Response, Refusal> {
    let mut draft = posted(&about, pairs);
    let mut reader = Reader::new(&draft.values);
    let fields = R::read(&mut conn, &mut reader).await?;
    let problems = reader.problems;
    drop(conn);
    if !problems.is_empty() {
        draft.problems = problems;
        return render(user, &about, draft, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let visit = user.visit();
    let (cx, author) = (visit.cx.clone(), author(user));
    let at = (
        about.record.as_ref().map(|record| record.id().clone()),
        draft.version,
    );
    let saved: Result<Saved<R>, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { R::save(tx, &cx, &author, at, fields).await }))
        .await;
    match saved? {
        Saved::Created(record) | Saved::Changed(record) => {
            let flash = Flash::success(visit.t("crm-saved"));
            return Ok(go(user, &record.place(), &flash));
        }
        Saved::Unchanged(record) => {
            let flash = Flash::info(visit.t("crm-unchanged"));
            return Ok(go(user, &record.place(), &flash));
        }
        Saved::NotFound => return Err(Refusal::NotFound),
        Saved::NumberTaken(_) => draft.problems.push(("number", Problem::NumberTaken)),
        Saved::Loop => draft.problems.push(("parent_id", Problem::Loop)),
        Saved::Newer(now) => {
            let mut conn = visit.state.db.read().await?;
            draft.version = now.version();
            draft.newer = Some(now.values(&mut conn).await?);
        }
    }
    let status = if draft.newer.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    render(user, &about, draft, status).await
}

async fn render<R: Editable>(
    user: &CrmUser,
    about: &About<R>,
    draft: Draft,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let visit = user.visit();
    let verb = if about.record.is_some() {
        "edit"
    } else {
        "new"
    };
    let shell = shell(user, visit.t(&format!("crm-{verb}-{}", R::NAME)));
    let inputs: Vec<Shown> = R::INPUTS
        .iter()
        .map(|input| shown(&shell, input, &draft))
        .collect();
    let errors = FormErrors::of(&inputs.iter().map(|input| &input.field).collect::<Vec<_>>());
    let history = match &about.record {
        Some(record) => {
            let mut conn = visit.state.db.read().await?;
            let found = list_activities(&mut conn, record.id(), history::SHOWN).await?;
            history::entries(&shell, &visit.state.catalogue, found, &HashMap::new())
        }
        None => Vec::new(),
    };
    let cancel = match (&about.record, &about.account) {
        (Some(record), _) => record.place(),
        (None, Some(account)) => urls::CrmAccount {
            record: &account.id,
        }
        .to_string(),
        (None, None) if R::NAME == "lead" => urls::CrmLeads.to_string(),
        (None, None) => urls::Crm.to_string(),
    };
    let page_struct = FormPage {
        crumbs: crumbs(&shell, about.account.as_ref()),
        subject: about.record.as_ref().map(R::title).unwrap_or_default(),
        conflicts: conflicts(&shell, &inputs, &draft),
        shell: shell.with_errors(!errors.is_empty() || draft.newer.is_some()),
        errors,
        inputs,
        version: draft.version,
        action: visit.path.clone(),
        cancel,
        history,
    };
    Ok(page(status, &page_struct))
}

fn shown(shell: &Shell, input: &Input, draft: &Draft) -> Shown {
    let label = word(shell, "crm-field", input.name);
    let problem = draft
        .problems
        .iter()
        .find(|(name, _)| *name == input.name)
        .map(|(_, problem)| problem.sentence(shell, &label));
    let value = draft.values.get(input.name).cloned().unwrap_or_default();
    let choices = match input.kind {
        Kind::Choice { words, prefix } => words
            .iter()
            .map(|value| Choice {
                value,
                label: choice_label(shell, prefix, value),
            })
            .collect(),
        _ => Vec::new(),
    };
    Shown {
        field: Field::new(input.name, value).with_error(problem),
        hint: if input.hint.is_empty() {
            String::new()
        } else {
            shell.t(input.hint).into_owned()
        },
        optional: if input.optional && input.kind != Kind::Tick {
            shell.t("crm-optional").into_owned()
        } else {
            String::new()
        },
        label,
        kind: input.kind,
        choices,
    }
}

fn choice_label(shell: &Shell, prefix: &str, value: &str) -> String {
    if value.is_empty() {
        shell.t("crm-not-known").into_owned()
    } else {
        word(shell, prefix, value)
    }
}

/// What differs between what stands now and what was typed.
fn conflicts(shell: &Shell, inputs: &[Shown], draft: &Draft) -> Vec<Conflict> {
    let Some(newer) = &draft.newer else {
        return Vec::new();
    };
    let readable = |input: &Shown, value: &str| match input.kind {
        _ if value.is_empty() && input.kind != Kind::Tick => shell.t("crm-empty").into_owned(),
        Kind::Choice { prefix, .. } => word(shell, prefix, value),
        Kind::Tick => word(shell, "crm", if value == "yes" { "yes" } else { "no" }),
        Kind::Day => day(shell, value),
        _ => value.to_owned(),
    };
    inputs
        .iter()
        .map(|input| {
            let now = newer.get(input.field.name).map_or("", String::as_str);
            Conflict {
                label: input.label.clone(),
                now: readable(input, now),
                typed: readable(input, &input.field.value),
            }
        })
        .filter(|conflict| conflict.now != conflict.typed)
        .collect()
}
