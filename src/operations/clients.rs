//! `/operations/clients`: the programs that may call the API, their secrets, their end.

use std::time::Duration;

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::tabs::{Tab, tabs};
use crate::{
    access::actors::Operator,
    clients::{
        self, Client, ClientState, Create, CreateError, Made, Revoked, Rotated, Scope, Scopes,
    },
    db::Error,
    kernel::ids::{ApiClientId, Id},
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// Programs shown at most.
const SHOWN: i64 = 200;
/// How long an old secret goes on beside a new one.
const OVERLAP: Duration = Duration::from_secs(24 * 3_600);
const REFERENCE: &str = "/api/v1/reference";

struct Row {
    name: String,
    id: ApiClientId,
    scopes: String,
    connection: String,
    until: String,
    last: String,
    state: (String, &'static str),
    is_active: bool,
    rotate: String,
    revoke: String,
}

struct Choice {
    value: String,
    label: String,
    hint: String,
    checked: bool,
}

#[derive(Template)]
#[template(path = "operations/clients.html")]
struct ClientsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    errors: FormErrors,
    reference: &'static str,
    rows: Vec<Row>,
    name: Field,
    scope: Field,
    scopes: Vec<Choice>,
    connection: Field,
    connections: Vec<Choice>,
    days: Field,
}

#[derive(Template)]
#[template(path = "operations/client_secret.html")]
struct SecretPage {
    shell: Shell,
    id: String,
    secret: String,
    is_new: bool,
    back: String,
}

#[derive(Template)]
#[template(path = "operations/client_revoke.html")]
struct RevokePage {
    shell: Shell,
    action: String,
    back: String,
}

/// A new program.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientForm {
    name: String,
    scopes: Vec<String>,
    connection: String,
    days: String,
}

/// What is wrong with a form, as keys of texts.
#[derive(Default)]
struct Wrong {
    name: Option<&'static str>,
    scopes: Option<&'static str>,
    connection: Option<&'static str>,
    days: Option<&'static str>,
}

/// Shows the programs.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator) -> Result<Response, Refusal> {
    list(&operator, &ClientForm::default(), &Wrong::default()).await
}

async fn list(operator: &Operator, form: &ClientForm, wrong: &Wrong) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let shell = operator.shell("operations-clients-title");
    let mut conn = visit.state.db.read().await?;
    let known = clients::list(&mut conn, SHOWN).await?;
    let rows = known
        .into_iter()
        .map(|client| row(operator, &shell, client));
    let sentence = |key: Option<&'static str>| key.map(|key| visit.t(key));
    let name = Field::new("name", &*form.name).with_error(sentence(wrong.name));
    let scope = Field::new("scopes", "").with_error(sentence(wrong.scopes));
    let connection =
        Field::new("connection", &*form.connection).with_error(sentence(wrong.connection));
    let days = Field::new("days", &*form.days).with_error(sentence(wrong.days));
    let errors = FormErrors::of(&[&name, &scope, &connection, &days]);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = ClientsPage {
        tabs: tabs(&shell, urls::ApiClients),
        reference: REFERENCE,
        rows: rows.collect(),
        scopes: scope_choices(&shell, form),
        connections: connections(operator),
        name,
        scope,
        connection,
        days,
        shell: shell.with_errors(!errors.is_empty()),
        errors,
    };
    Ok(page(status, &template))
}

/// What a scope lets a program do.
const fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::InvitationsWrite => "operations-clients-scope-invite",
        Scope::InvitationsRead => "operations-clients-scope-read",
        Scope::PeopleWrite => "operations-clients-scope-people",
        Scope::MembersRead => "operations-clients-scope-members",
        Scope::EventsRead => "operations-clients-scope-events",
        Scope::AccessDecide => "operations-clients-scope-decide",
        Scope::ClaimsRead => "operations-clients-scope-claims",
    }
}

fn scope_choices(shell: &Shell, form: &ClientForm) -> Vec<Choice> {
    let choice = |scope: &Scope| Choice {
        value: scope.as_str().to_owned(),
        label: shell.t(meaning(*scope)).into_owned(),
        hint: scope.as_str().to_owned(),
        checked: form.scopes.iter().any(|given| given == scope.as_str()),
    };
    Scope::ALL.iter().map(choice).collect()
}

fn connections(operator: &Operator) -> Vec<Choice> {
    let configured = operator.visit().state.settings.connections.iter();
    let choice = configured.map(|known| Choice {
        value: known.key.clone(),
        label: known.name.clone(),
        hint: String::new(),
        checked: false,
    });
    choice.collect()
}

fn row(operator: &Operator, shell: &Shell, client: Client) -> Row {
    let visit = operator.visit();
    let state = client.state_at(visit.cx.now());
    let (word, tone) = match state {
        ClientState::Active => ("operations-clients-active", "success"),
        ClientState::Expired => ("operations-clients-expired", "warning"),
        ClientState::Revoked => ("operations-clients-revoked", ""),
    };
    let words = |key: &str| shell.t(key).into_owned();
    let scopes: Vec<String> = client
        .scopes
        .iter()
        .map(|scope| words(meaning(scope)))
        .collect();
    let last = client.last_used_at.map(|at| shell.moment(at));
    let until = client.expires_at.map(|at| shell.last_day(at));
    let all = || words("operations-clients-all");
    Row {
        scopes: scopes.join(" · "),
        connection: client.connection.unwrap_or_else(all),
        until: until.unwrap_or_else(|| words("operations-clients-no-end")),
        last: last.unwrap_or_else(|| words("operations-never")),
        state: (words(word), tone),
        is_active: state == ClientState::Active,
        rotate: urls::ApiClientRotate { client: &client.id }.to_string(),
        revoke: urls::ApiClientRevoke { client: &client.id }.to_string(),
        name: client.name,
        id: client.id,
    }
}

/// Makes a program and shows its secret, once.
///
/// # Errors
/// When the database refuses.
pub async fn create(operator: Operator, Form(form): Form<ClientForm>) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let command = match command(&operator, &form) {
        Ok(command) => command,
        Err(wrong) => return list(&operator, &form, &wrong).await,
    };
    let cx = visit.cx.clone();
    let made = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { clients::create(tx, &cx, command).await }));
    let mut wrong = Wrong::default();
    match made.await {
        Ok(made) => return Ok(secret(&operator, &made, true)),
        Err(CreateError::NoName) => wrong.name = Some("operations-clients-no-name"),
        Err(CreateError::NoScope) => wrong.scopes = Some("operations-clients-no-scope"),
        Err(CreateError::Over) => wrong.days = Some("operations-clients-wrong-days"),
        Err(CreateError::Db(error)) => return Err(error.into()),
    }
    list(&operator, &form, &wrong).await
}

fn command(operator: &Operator, form: &ClientForm) -> Result<Create, Wrong> {
    let visit = operator.visit();
    let mut wrong = Wrong::default();
    if form.name.trim().is_empty() {
        wrong.name = Some("operations-clients-no-name");
    }
    let scopes = Scopes::parse(&form.scopes.join(" ")).unwrap_or_default();
    if scopes.is_empty() {
        wrong.scopes = Some("operations-clients-no-scope");
    }
    let configured = &visit.state.settings.connections;
    let connection = (!form.connection.is_empty()).then(|| form.connection.clone());
    if let Some(key) = &connection
        && !configured.iter().any(|known| known.key == *key)
    {
        wrong.connection = Some("operations-clients-wrong-connection");
    }
    let days = match form.days.trim() {
        "" => None,
        typed => match typed.parse::<u64>() {
            Ok(days) if (1..=3_650).contains(&days) => Some(days),
            _ => {
                wrong.days = Some("operations-clients-wrong-days");
                None
            }
        },
    };
    let is_right = [wrong.name, wrong.scopes, wrong.connection, wrong.days]
        .iter()
        .all(Option::is_none);
    if !is_right {
        return Err(wrong);
    }
    let life = days.map(|days| Duration::from_secs(days * 86_400));
    Ok(Create {
        name: form.name.clone(),
        scopes,
        connection,
        expires_at: life.map(|life| visit.cx.now().plus(life)),
    })
}

fn secret(operator: &Operator, made: &Made, is_new: bool) -> Response {
    let shell = operator.shell("");
    let name = made.client.name.as_str();
    let title = shell.t1("operations-clients-secret-title", "name", name);
    let template = SecretPage {
        id: made.client.id.to_string(),
        secret: made.secret.clone(),
        is_new,
        back: urls::ApiClients.to_string(),
        shell: Shell { title, ..shell },
    };
    page(StatusCode::OK, &template)
}

fn client_of(id: &str) -> Result<ApiClientId, Refusal> {
    ApiClientId::parse(id).map_err(|_| Refusal::NotFound)
}

/// Gives a program a new secret and shows it, once; the old one goes on for a day.
///
/// # Errors
/// When there is no such program, or the database refuses.
pub async fn rotate(operator: Operator, Path(client): Path<String>) -> Result<Response, Refusal> {
    let id = client_of(&client)?;
    let visit = operator.visit();
    let cx = visit.cx.clone();
    let done: Result<Rotated, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { clients::rotate(tx, &cx, &id, OVERLAP).await }))
        .await;
    match done? {
        Rotated::Rotated(made) => Ok(secret(&operator, &made, false)),
        Rotated::Over(_) => {
            let flash = Flash::warning(visit.t("operations-clients-over"));
            Ok(visit.go(urls::ApiClients, Some(flash)))
        }
        Rotated::NotFound => Err(Refusal::NotFound),
    }
}

/// Asks whether to revoke a program.
///
/// # Errors
/// When there is no such program, or the database refuses.
pub async fn ask_revoke(
    operator: Operator,
    Path(client): Path<String>,
) -> Result<Response, Refusal> {
    let id = client_of(&client)?;
    let mut conn = operator.visit().state.db.read().await?;
    let client = clients::find(&mut conn, &id).await?;
    let client = client.ok_or(Refusal::NotFound)?;
    let shell = operator.shell("");
    let title = shell.t1(
        "operations-clients-revoke-title",
        "name",
        client.name.as_str(),
    );
    let template = RevokePage {
        action: urls::ApiClientRevoke { client: &id }.to_string(),
        back: urls::ApiClients.to_string(),
        shell: Shell { title, ..shell },
    };
    Ok(page(StatusCode::OK, &template))
}

/// Revokes a program.
///
/// # Errors
/// When there is no such program, or the database refuses.
pub async fn revoke(operator: Operator, Path(client): Path<String>) -> Result<Response, Refusal> {
    let id = client_of(&client)?;
    let visit = operator.visit();
    let cx = visit.cx.clone();
    let done: Result<Revoked, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { clients::revoke(tx, &cx, &id).await }))
        .await;
    let flash = match done? {
        Revoked::Revoked(_) => Flash::success(visit.t("operations-clients-done-revoke")),
        Revoked::Already(_) => Flash::info(visit.t("operations-clients-already")),
        Revoked::NotFound => return Err(Refusal::NotFound),
    };
    Ok(visit.go(urls::ApiClients, Some(flash)))
}
