//! Secrets proved, tokens handed out and read (RFC 6749 4.4, RFC 6750).

use std::time::Duration;

use super::{
    Client, ClientState, Scopes,
    model::{read_secret, read_token, shown_token},
    store,
};
use crate::{
    db::{Conn, Database, Error, Tx},
    kernel::{
        Cx, Instant, LinkSecret, SecretHash,
        ids::{ApiClientId, Id},
    },
    on,
};

/// How long a token counts; less when its client's last day comes before.
pub const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);
/// How often the last use is noted.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// A client that proved itself.
#[derive(Clone)]
pub struct Proved {
    /// Which.
    pub client: Client,
    secret_hash: SecretHash,
}

/// The client with this id and secret, while it may call.
///
/// # Errors
/// When the database refuses.
pub async fn prove(
    conn: &mut Conn,
    id: &str,
    secret: &str,
    now: Instant,
) -> Result<Option<Proved>, Error> {
    let (Ok(id), Some(secret)) = (ApiClientId::parse(id), read_secret(secret)) else {
        return Ok(None);
    };
    let secret_hash = secret.hash();
    let client: Option<Client> = on!(conn, |c| sqlx::query_as(store::BY_SECRET)
        .bind(&secret_hash)
        .bind(&id)
        .bind(now)
        .fetch_optional(c)
        .await)?;
    let client = client.filter(|client| client.state_at(now) == ClientState::Active);
    Ok(client.map(|client| Proved {
        client,
        secret_hash,
    }))
}

/// A token, as it is handed out once.
#[derive(Clone)]
pub struct Token {
    /// The text.
    pub text: String,
    /// How long it counts.
    pub life: Duration,
}

/// Hands out a token for some of the client's scopes.
///
/// # Errors
/// When the database refuses.
pub async fn issue(tx: &mut Tx, cx: &Cx, proved: &Proved, scopes: &Scopes) -> Result<Token, Error> {
    let token = LinkSecret::new(cx.random());
    let now = cx.now();
    let rest = proved.client.expires_at.map(|end| end.since(now));
    let life = rest.map_or(TOKEN_LIFE, |rest| rest.min(TOKEN_LIFE));
    on!(tx, |c| sqlx::query(store::ADD_TOKEN)
        .bind(token.hash())
        .bind(&proved.client.id)
        .bind(&proved.secret_hash)
        .bind(scopes.to_string())
        .bind(now)
        .bind(now.plus(life))
        .execute(c)
        .await
        .map(drop))?;
    Ok(Token {
        text: shown_token(&token),
        life,
    })
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    #[sqlx(try_from = "String")]
    token_scopes: Scopes,
    catalogue_version: i64,
    #[sqlx(flatten)]
    client: Client,
}

/// The client behind a token and what the token lets it do, while both count, with the number of
/// the newest version of roles and services.
///
/// # Errors
/// When the database refuses.
pub async fn of_token(
    conn: &mut Conn,
    text: &str,
    now: Instant,
) -> Result<Option<(Client, Scopes, i64)>, Error> {
    let Some(token) = read_token(text) else {
        return Ok(None);
    };
    let row: Option<TokenRow> = on!(conn, |c| sqlx::query_as(store::BY_TOKEN)
        .bind(token.hash())
        .bind(now)
        .fetch_optional(c)
        .await)?;
    let row = row.filter(|row| row.client.state_at(now) == ClientState::Active);
    Ok(row.map(|row| (row.client, row.token_scopes, row.catalogue_version)))
}

/// Notes that a client called, at most once a minute.
///
/// # Errors
/// When the database refuses.
pub async fn note_use(db: &Database, client: &Client, now: Instant) -> Result<(), Error> {
    let before = now.minus(NOTED_EVERY);
    if client.last_used_at.is_some_and(|last| last > before) {
        return Ok(());
    }
    let id = client.id.clone();
    db.write(move |tx| {
        Box::pin(async move {
            Ok(on!(tx, |c| sqlx::query(store::NOTE_USE)
                .bind(id)
                .bind(now)
                .bind(before)
                .execute(c)
                .await
                .map(drop))?)
        })
    })
    .await
}

/// Forgets tokens that are over, a part at a time; says how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget_tokens(db: &Database, now: Instant) -> Result<u64, Error> {
    const PART: i64 = 1_000;
    db.write(move |tx| {
        Box::pin(async move {
            Ok(on!(tx, |c| sqlx::query(store::FORGET_TOKENS)
                .bind(now)
                .bind(PART)
                .execute(c)
                .await
                .map(|done| done.rows_affected()))?)
        })
    })
    .await
}
