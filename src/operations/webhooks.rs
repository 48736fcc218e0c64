//! `/operations/webhooks`: the systems that are told what happens here, their secrets, their end.

use std::time::Duration;

use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    tabs::{Tab, tabs},
    words,
};
use crate::{
    access::actors::Operator,
    app::AppState,
    audit::Topic,
    db::{Conn, Error},
    kernel::ids::{Id, WebhookId},
    outbox::{self, read},
    web::{Field, Form, FormErrors, Refusal, Shell, page, urls},
    webhooks::subscribers::{self, Allowed, Create, CreateError, Made, Subscriber, Unfit},
};

/// How long an old secret goes on beside a new one.
const OVERLAP: Duration = Duration::from_secs(24 * 3_600);

/// The routes of these pages.
pub fn routes() -> Router<AppState> {
    use super::webhook;
    Router::new()
        .route(urls::Webhooks::PATH, get(show).post(create))
        .route(urls::Webhook::PATH, get(webhook::show))
        .route(urls::WebhookTest::PATH, post(webhook::test))
        .route(urls::WebhookRotate::PATH, post(rotate))
        .route(
            urls::WebhookRemove::PATH,
            get(webhook::ask_remove).post(webhook::remove),
        )
}

struct Row {
    name: String,
    href: String,
    address: String,
    topics: String,
    mood: (String, &'static str),
    waiting: String,
    dead: i64,
    last: String,
}

struct Choice {
    value: String,
    label: String,
    hint: String,
    checked: bool,
}

#[derive(Template)]
#[template(path = "operations/webhooks.html")]
struct WebhooksPage {
    shell: Shell,
    tabs: Vec<Tab>,
    errors: FormErrors,
    rows: Vec<Row>,
    name: Field,
    url: Field,
    topic: Field,
    topics: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "operations/webhook_secret.html")]
struct SecretPage {
    shell: Shell,
    secret: String,
    is_new: bool,
    back: String,
}

/// A new subscriber.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WebhookForm {
    name: String,
    url: String,
    topics: Vec<String>,
}

/// What is wrong with a form, as keys of texts.
#[derive(Default)]
struct Wrong {
    name: Option<&'static str>,
    url: Option<&'static str>,
    topics: Option<&'static str>,
}

/// Shows the subscribers.
///
/// # Errors
/// When the database refuses.
pub async fn show(operator: Operator) -> Result<Response, Refusal> {
    list(&operator, &WebhookForm::default(), &Wrong::default()).await
}

async fn list(operator: &Operator, form: &WebhookForm, wrong: &Wrong) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let shell = operator.shell("operations-webhooks-title");
    let mut conn = visit.state.db.read().await?;
    let mut rows = Vec::new();
    for subscriber in subscribers::list(&mut conn).await? {
        rows.push(row(&mut conn, operator, &shell, subscriber).await?);
    }
    let sentence = |key: Option<&'static str>| key.map(|key| visit.t(key));
    let name = Field::new("name", &*form.name).with_error(sentence(wrong.name));
    let url = Field::new("url", &*form.url).with_error(sentence(wrong.url));
    let topic = Field::new("topics", "").with_error(sentence(wrong.topics));
    let errors = FormErrors::of(&[&name, &url, &topic]);
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let choice = |topic: &Topic| Choice {
        value: topic.to_string(),
        label: visit.t(meaning(*topic)),
        hint: format!("{topic}.*"),
        checked: form.topics.iter().any(|given| given == topic.as_str()),
    };
    let template = WebhooksPage {
        tabs: tabs(&shell, urls::Webhooks),
        rows,
        topics: Topic::ALL.iter().map(choice).collect(),
        name,
        url,
        topic,
        shell: shell.with_errors(!errors.is_empty()),
        errors,
    };
    Ok(page(status, &template))
}

/// What is told of a topic.
pub(super) const fn meaning(topic: Topic) -> &'static str {
    match topic {
        Topic::Invitation => "operations-webhooks-topic-invitation",
        Topic::Registration => "operations-webhooks-topic-registration",
        Topic::Person => "operations-webhooks-topic-person",
        Topic::Membership => "operations-webhooks-topic-membership",
        Topic::Contract => "operations-webhooks-topic-contract",
        Topic::Delivery => "operations-webhooks-topic-delivery",
    }
}

/// The topics of a subscriber in words.
pub(super) async fn topics(
    conn: &mut Conn,
    shell: &Shell,
    subscriber: &Subscriber,
) -> Result<String, Error> {
    let topics = outbox::topics(conn, &subscriber.destination()).await?;
    let words = topics.iter().filter_map(|word| Topic::parse(word).ok());
    let words: Vec<String> = words
        .map(|topic| shell.t(meaning(topic)).into_owned())
        .collect();
    Ok(words.join(" · "))
}

async fn row(
    conn: &mut Conn,
    operator: &Operator,
    shell: &Shell,
    subscriber: Subscriber,
) -> Result<Row, Refusal> {
    let now = operator.visit().cx.now();
    let health = read::health(conn, &subscriber.destination()).await?;
    let last = health.last_success_at.map(|at| shell.moment(at));
    Ok(Row {
        href: urls::Webhook {
            webhook: &subscriber.id,
        }
        .to_string(),
        topics: topics(conn, shell, &subscriber).await?,
        mood: words::mood(shell, health.mood(now)),
        waiting: words::count(health.counts.waiting),
        dead: health.counts.dead,
        last: last.unwrap_or_else(|| shell.t("operations-never").into_owned()),
        name: subscriber.name,
        address: subscriber.url,
    })
}

/// Makes a subscriber and shows its secret, once.
///
/// # Errors
/// When the database refuses.
pub async fn create(
    operator: Operator,
    Form(form): Form<WebhookForm>,
) -> Result<Response, Refusal> {
    let visit = operator.visit();
    let known = form
        .topics
        .iter()
        .filter_map(|word| Topic::parse(word).ok());
    let command = Create {
        name: form.name.clone(),
        url: form.url.clone(),
        topics: known.collect(),
    };
    let (cx, allowed) = (
        visit.cx.clone(),
        Allowed::of(&visit.state.settings.webhooks),
    );
    let made = visit.state.db.write(move |tx| {
        Box::pin(async move { subscribers::create(tx, &cx, &allowed, command).await })
    });
    let mut wrong = Wrong::default();
    match made.await {
        Ok(made) => {
            // So that its pages know it at once; the other nodes follow by themselves.
            visit.state.outbox.refresh().await?;
            return Ok(secret(&operator, &made, true));
        }
        Err(CreateError::NoName) => wrong.name = Some("operations-webhooks-no-name"),
        Err(CreateError::NoTopic) => wrong.topics = Some("operations-webhooks-no-topic"),
        Err(CreateError::TooMany) => wrong.name = Some("operations-webhooks-too-many"),
        Err(CreateError::Address(unfit)) => wrong.url = Some(why(unfit)),
        Err(CreateError::Db(error)) => return Err(error.into()),
    }
    list(&operator, &form, &wrong).await
}

const fn why(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Malformed => "operations-webhooks-malformed",
        Unfit::NotHttps => "operations-webhooks-not-https",
        Unfit::Credentials => "operations-webhooks-credentials",
        Unfit::Internal => "operations-webhooks-internal",
    }
}

fn secret(operator: &Operator, made: &Made, is_new: bool) -> Response {
    let shell = operator.shell("");
    let name = made.subscriber.name.as_str();
    let title = shell.t1("operations-webhooks-secret-title", "name", name);
    let template = SecretPage {
        secret: made.secret.clone(),
        is_new,
        back: urls::Webhook {
            webhook: &made.subscriber.id,
        }
        .to_string(),
        shell: Shell { title, ..shell },
    };
    page(StatusCode::OK, &template)
}

/// The id in the path.
pub(super) fn parse(webhook: &str) -> Result<WebhookId, Refusal> {
    WebhookId::parse(webhook).map_err(|_| Refusal::NotFound)
}

/// Gives a subscriber a new secret and shows it, once; the old one signs too for a day.
///
/// # Errors
/// When there is no such subscriber, or the database refuses.
pub async fn rotate(operator: Operator, Path(webhook): Path<String>) -> Result<Response, Refusal> {
    let id = parse(&webhook)?;
    let visit = operator.visit();
    let cx = visit.cx.clone();
    let made: Result<Option<Made>, Error> = visit
        .state
        .db
        .write(move |tx| Box::pin(async move { subscribers::rotate(tx, &cx, &id, OVERLAP).await }))
        .await;
    let made = made?.ok_or(Refusal::NotFound)?;
    Ok(secret(&operator, &made, false))
}
