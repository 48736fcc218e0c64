//! `vestibule webhook create`, `list`, `rotate` and `remove`.

use std::time::Duration;

use clap::Subcommand;

use super::{End, Failure, say};
use crate::{
    audit::Topic,
    db::{Database, Error},
    kernel::{
        Cx, Keyring, World,
        ids::{Id, WebhookId},
    },
    outbox,
    settings::Settings,
    webhooks::subscribers::{self, Allowed, Create, CreateError, Made},
};

#[derive(Subcommand)]
pub(super) enum Webhook {
    /// Tell a system what happens. Its secret is printed once.
    #[command(
        after_help = "Example:\n  vestibule webhook create \"Data warehouse\" https://hooks.example.com/vestibule --topic membership --topic contract"
    )]
    Create {
        /// What you call it.
        name: String,
        /// Where events are sent.
        url: String,
        /// What it is told: invitation, registration, person, membership, contract, delivery. Give
        /// it several times.
        #[arg(long = "topic", required = true, value_name = "TOPIC")]
        topics: Vec<Topic>,
    },
    /// List the subscribers.
    #[command(after_help = "Example:\n  vestibule webhook list")]
    List,
    /// Give a subscriber a new secret, printed once. The old one signs too for a while.
    #[command(
        after_help = "Example:\n  vestibule webhook rotate whk_06bq3v8k0m7x2n4p5q6r7s8t9v --overlap-hours 24"
    )]
    Rotate {
        /// The subscriber's id.
        webhook: String,
        /// How many hours the old secret signs too; 0 ends it at once.
        #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
        overlap_hours: u32,
    },
    /// Tell a system nothing any more.
    #[command(after_help = "Example:\n  vestibule webhook remove whk_06bq3v8k0m7x2n4p5q6r7s8t9v")]
    Remove {
        /// The subscriber's id.
        webhook: String,
    },
}

pub(super) async fn run(command: Webhook, settings: Settings) -> Result<End, Failure> {
    let keys = Keyring::new(settings.security.key_bytes().unwrap_or_default());
    let cx = World::real(keys).system("command line");
    let db = Database::open(&settings.database).await?;
    let ended = perform(command, &settings, &db, cx).await;
    db.close().await;
    ended
}

async fn perform(
    command: Webhook,
    settings: &Settings,
    db: &Database,
    cx: Cx,
) -> Result<End, Failure> {
    match command {
        Webhook::List => list(db).await,
        Webhook::Create { name, url, topics } => {
            let allowed = Allowed::of(&settings.webhooks);
            create(Create { name, url, topics }, allowed, db, cx).await
        }
        Webhook::Rotate {
            webhook,
            overlap_hours,
        } => rotate(&webhook, overlap_hours, db, cx).await,
        Webhook::Remove { webhook } => remove(&webhook, db, cx).await,
    }
}

async fn create(command: Create, allowed: Allowed, db: &Database, cx: Cx) -> Result<End, Failure> {
    let made = db.write(move |tx| {
        Box::pin(async move { subscribers::create(tx, &cx, &allowed, command).await })
    });
    match made.await {
        Ok(made) => {
            tell_secret(&made);
            Ok(End::Done)
        }
        Err(CreateError::Db(error)) => Err(error.into()),
        Err(refused) => Ok(End::Refused(format!("Not added: {refused}."))),
    }
}

async fn rotate(webhook: &str, overlap_hours: u32, db: &Database, cx: Cx) -> Result<End, Failure> {
    let Ok(id) = WebhookId::parse(webhook) else {
        return Ok(unknown(webhook));
    };
    let overlap = Duration::from_secs(u64::from(overlap_hours) * 3_600);
    let made: Result<Option<Made>, Error> = db
        .write(move |tx| Box::pin(async move { subscribers::rotate(tx, &cx, &id, overlap).await }))
        .await;
    let Some(made) = made? else {
        return Ok(unknown(webhook));
    };
    tell_secret(&made);
    say(&format!(
        "The old secret signs too for {overlap_hours} hours."
    ));
    Ok(End::Done)
}

async fn remove(webhook: &str, db: &Database, cx: Cx) -> Result<End, Failure> {
    let Ok(id) = WebhookId::parse(webhook) else {
        return Ok(unknown(webhook));
    };
    let removed: Result<bool, Error> = db
        .write(move |tx| Box::pin(async move { subscribers::remove(tx, &cx, &id).await }))
        .await;
    if !removed? {
        return Ok(unknown(webhook));
    }
    say("It is told nothing any more.");
    Ok(End::Done)
}

async fn list(db: &Database) -> Result<End, Failure> {
    let mut conn = db.read().await?;
    let known = subscribers::list(&mut conn).await?;
    if known.is_empty() {
        say("Nobody is told anything. `vestibule webhook create` adds a subscriber.");
    }
    for subscriber in known {
        let topics = outbox::topics(&mut conn, &subscriber.destination()).await?;
        say(&format!(
            "{}  {}  {}  ({})",
            subscriber.id,
            subscriber.name,
            subscriber.url,
            topics.join(", ")
        ));
    }
    Ok(End::Done)
}

fn unknown(webhook: &str) -> End {
    End::Refused(format!(
        "There is no subscriber {webhook}. `vestibule webhook list` shows them."
    ))
}

fn tell_secret(made: &Made) {
    say(&format!(
        "id:     {}\nsecret: {}\n\nThe secret is shown this once; it is kept encrypted.",
        made.subscriber.id, made.secret
    ));
}
