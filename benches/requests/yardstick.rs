//! What the database alone makes of the same rows: the yardstick beside which the portal's own
//! writing is read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use vestibule::{
    db::{Database, Error, Tx},
    kernel::{Clock, LinkSecret, Random},
    on,
    settings::DatabaseSettings,
};

use crate::seed::id_text;

/// Organizations that get the rows; the smallest data set has more.
const ORGANIZATIONS: u64 = 20;
/// Far above the numbers of seeded rows.
const FIRST: u64 = 1_000_000_000;

/// Transactions a second and their 99th percentile in milliseconds, each the rows of one new
/// invitation, by `clients` at once for `length`.
pub(crate) async fn invitations(url: &str, clients: usize, length: Duration) -> (f64, f64) {
    let settings = DatabaseSettings {
        url: url.to_owned().into(),
        ..DatabaseSettings::default()
    };
    let db = Database::open(&settings).await.unwrap();
    let (number, started) = (Arc::new(AtomicU64::new(FIRST)), Instant::now());
    let running: Vec<_> = (0..clients)
        .map(|_| {
            let (db, number) = (db.clone(), number.clone());
            tokio::spawn(async move {
                let mut micros = Vec::new();
                while started.elapsed() < length {
                    let (next, begun) = (number.fetch_add(1, Ordering::Relaxed), Instant::now());
                    let done: Result<(), Error> = db
                        .write(move |tx| Box::pin(async move { write(tx, next).await }))
                        .await;
                    done.unwrap();
                    micros.push(begun.elapsed().as_micros());
                }
                micros
            })
        })
        .collect();
    let mut micros = Vec::new();
    for client in running {
        micros.extend(client.await.unwrap());
    }
    micros.sort_unstable();
    let seconds = started.elapsed().as_secs_f64();
    db.close().await;
    let late = micros.get(micros.len() * 99 / 100).copied().unwrap_or(0);
    (micros.len() as f64 / seconds, late as f64 / 1_000.0)
}

const INVITATION: &str = "INSERT INTO invitations (id, organization_id, kind, email, email_key, invitee_name, name_key,
    language, note, roles, state, secret_hash, inviter_kind, inviter_ref, inviter_name, inviter_company, inviter_email,
    inviter_phone, life_seconds, way, mail_id, delivery_note, created_at, issued_at, expires_at, other_email, other_name)
    VALUES ($1, $2, 'member', $3, $3, '', $3, 'en', '', 'orders', 'queued', $4, 'staff', '', 'Rep', 'Vendor',
    'rep@bench.example', '', 604800, 'mail', '', '', $5, $5, $6, '', '')";
const SECRET: &str =
    "INSERT INTO invitation_secrets (secret_hash, invitation_id, created_at, is_reminder)
    VALUES ($1, $2, $3, $4)";
const EVENT: &str = "INSERT INTO audit_events (chain, seq, at, actor_kind, actor_ref, action, target, organization_id, detail,
    request_id, hash) VALUES ($1, $2, $3, 'system', '', 'invitation.created', $4, $5, '{}', '', '')";
const CHANGE: &str =
    "INSERT INTO changes (id, at, kind, subject, organization_id, author, payload, request_id)
    VALUES ($1, $2, 'yardstick', $3, $4, '{}', '{}', '')";
const DELIVERY: &str = "INSERT INTO deliveries (id, change_id, destination, subject, kind, state, attempts, next_attempt_at,
    lease_owner, fence, cause, last_error, remote_id, mergeable, choice, created_at, urgency)
    VALUES ($1, $2, 'yardstick', $3, 'yardstick', 'done', 0, $4, '', 0, '', '', '', $5, '', $4, 0)";

/// The rows that a new invitation leaves behind: itself, its secret, an audit event, and a change
/// with its delivery for the mail and for the CRM.
async fn write(tx: &mut Tx, number: u64) -> Result<(), Error> {
    let now = Clock::System.now();
    let (id, organization) = (
        id_text("inv", number),
        id_text("org", number % ORGANIZATIONS + 1),
    );
    let email = format!("yardstick{number}@bench.example");
    let secret = LinkSecret::new(&Random::System);
    on!(tx, |c| sqlx::query(INVITATION)
        .bind(&id)
        .bind(&organization)
        .bind(&email)
        .bind(secret.hash())
        .bind(now)
        .bind(now.plus(Duration::from_secs(604_800)))
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query(SECRET)
        .bind(secret.hash())
        .bind(&id)
        .bind(now)
        .bind(false)
        .execute(c)
        .await
        .map(drop))?;
    on!(tx, |c| sqlx::query(EVENT)
        .bind(format!("yardstick {organization}"))
        .bind(i64::try_from(number).unwrap())
        .bind(now)
        .bind(&id)
        .bind(&organization)
        .execute(c)
        .await
        .map(drop))?;
    for half in ["mail", "crm"] {
        let change = format!("chg_{half}{number}");
        on!(tx, |c| sqlx::query(CHANGE)
            .bind(&change)
            .bind(now)
            .bind(&id)
            .bind(&organization)
            .execute(c)
            .await
            .map(drop))?;
        on!(tx, |c| sqlx::query(DELIVERY)
            .bind(format!("dlv_{half}{number}"))
            .bind(&change)
            .bind(&id)
            .bind(now)
            .bind(false)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}
