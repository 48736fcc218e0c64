//! `vestibule client create`, `list`, `rotate` and `revoke`.

use std::time::Duration;

use clap::Subcommand;

use super::{End, Failure, say};
use crate::{
    clients::{self, Client as Known, ClientState, Create, Made, Revoked, Rotated, Scope, Scopes},
    db::{Database, Error},
    kernel::{
        Cx, Keyring, World,
        ids::{ApiClientId, Id},
    },
    settings::Settings,
};

/// Clients listed at most.
const LISTED: i64 = 500;

#[derive(Subcommand)]
pub(super) enum Client {
    /// Let a program call the API. Its secret is printed once.
    #[command(
        after_help = "Example:\n  vestibule client create \"Salesforce\" --scope invitations:write --scope invitations:read --connection crm --days 365"
    )]
    Create {
        /// What you call it.
        name: String,
        /// What it may do: invitations:write, invitations:read, people:write, members:read,
        /// events:read, access:decide, claims:read. Give it several times.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// The one connection whose organizations exist for it; all of them without it.
        #[arg(long, value_name = "KEY")]
        connection: Option<String>,
        /// How many days it may call.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// List the programs.
    #[command(after_help = "Example:\n  vestibule client list")]
    List,
    /// Give a program a new secret, printed once. The old one goes on for a while.
    #[command(
        after_help = "Example:\n  vestibule client rotate cli_06bq3v8k0m7x2n4p5q6r7s8t9v --overlap-hours 24"
    )]
    Rotate {
        /// The program's id.
        client: String,
        /// How many hours the old secret goes on; 0 ends it at once.
        #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
        overlap_hours: u32,
    },
    /// Take a program's right away, for good.
    #[command(after_help = "Example:\n  vestibule client revoke cli_06bq3v8k0m7x2n4p5q6r7s8t9v")]
    Revoke {
        /// The program's id.
        client: String,
    },
}

pub(super) async fn run(command: Client, settings: Settings) -> Result<End, Failure> {
    let keys = Keyring::new(settings.security.key_bytes().unwrap_or_default());
    let world = World::real(keys);
    if let Client::Create {
        connection: Some(key),
        ..
    } = &command
    {
        let mut known = settings.connections.iter().map(|known| known.key.as_str());
        if !known.any(|known| known == key) {
            let known: Vec<&str> = settings
                .connections
                .iter()
                .map(|it| it.key.as_str())
                .collect();
            let known = known.join(", ");
            return Ok(End::Refused(format!(
                "There is no connection {key}. The configuration has: {known}."
            )));
        }
    }
    let db = Database::open(&settings.database).await?;
    let ended = perform(command, &db, &world).await;
    db.close().await;
    ended
}

async fn perform(command: Client, db: &Database, world: &World) -> Result<End, Failure> {
    let cx = world.system("command line");
    let (client, id) = match &command {
        Client::List => return list(db, world).await,
        Client::Create { .. } => return create(command, db, cx).await,
        Client::Rotate { client, .. } | Client::Revoke { client } => {
            (client.clone(), ApiClientId::parse(client))
        }
    };
    let Ok(id) = id else {
        return Ok(unknown(&client));
    };
    match command {
        Client::Rotate { overlap_hours, .. } => rotate((client, id), overlap_hours, db, cx).await,
        _ => revoke((client, id), db, cx).await,
    }
}

async fn create(command: Client, db: &Database, cx: Cx) -> Result<End, Failure> {
    let Client::Create {
        name,
        scopes,
        connection,
        days,
    } = command
    else {
        return Ok(End::Done);
    };
    let life = days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
    let create = Create {
        name,
        scopes: Scopes::new(scopes),
        connection,
        expires_at: life.map(|life| cx.now().plus(life)),
    };
    let made = db.write(move |tx| Box::pin(async move { clients::create(tx, &cx, create).await }));
    tell_secret(&made.await?);
    Ok(End::Done)
}

async fn rotate(
    (client, id): (String, ApiClientId),
    overlap_hours: u32,
    db: &Database,
    cx: Cx,
) -> Result<End, Failure> {
    let overlap = Duration::from_secs(u64::from(overlap_hours) * 3_600);
    let done: Result<Rotated, Error> = db
        .write(move |tx| Box::pin(async move { clients::rotate(tx, &cx, &id, overlap).await }))
        .await;
    match done? {
        Rotated::Rotated(made) => {
            tell_secret(&made);
            say(&format!(
                "The old secret goes on for {overlap_hours} hours."
            ));
            Ok(End::Done)
        }
        Rotated::Over(client) => Ok(End::Refused(format!(
            "{} may not call any more. Make a new one: vestibule client create",
            client.name
        ))),
        Rotated::NotFound => Ok(unknown(&client)),
    }
}

async fn revoke(
    (client, id): (String, ApiClientId),
    db: &Database,
    cx: Cx,
) -> Result<End, Failure> {
    let done: Result<Revoked, Error> = db
        .write(move |tx| Box::pin(async move { clients::revoke(tx, &cx, &id).await }))
        .await;
    match done? {
        Revoked::Revoked(client) => {
            say(&format!("{} may not call any more.", client.name));
            Ok(End::Done)
        }
        Revoked::Already(client) => {
            say(&format!("{} was revoked before.", client.name));
            Ok(End::Done)
        }
        Revoked::NotFound => Ok(unknown(&client)),
    }
}

fn unknown(client: &str) -> End {
    End::Refused(format!(
        "There is no program {client}. `vestibule client list` shows them."
    ))
}

fn tell_secret(made: &Made) {
    say(&format!(
        "client_id:     {}\nclient_secret: {}\n\nThe secret is shown this once and kept nowhere.",
        made.client.id, made.secret
    ));
}

async fn list(db: &Database, world: &World) -> Result<End, Failure> {
    let mut conn = db.read().await?;
    let known = clients::list(&mut conn, LISTED).await?;
    if known.is_empty() {
        say("No program may call the API. `vestibule client create` makes one.");
    }
    let now = world.clock.now();
    for client in known {
        say(&line(&client, client.state_at(now)));
    }
    Ok(End::Done)
}

fn line(client: &Known, state: ClientState) -> String {
    let state = match state {
        ClientState::Active => "active",
        ClientState::Expired => "expired",
        ClientState::Revoked => "revoked",
    };
    let of = client.connection.as_deref().unwrap_or("every connection");
    let last = client.last_used_at;
    let last = last.map_or_else(|| "never".to_owned(), |at| at.to_string());
    format!(
        "{}  {state}  {}  ({}; {of}; last used {last})",
        client.id, client.name, client.scopes
    )
}
