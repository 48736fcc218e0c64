//! Tries at contract numbers, counted so that guessing does not pay.
//!
//! Counts stand in the database, so several nodes count together. A count belongs to a key (one for
//! the contract number, one for the network) and to a slice of time; the slices of the last hour are
//! added up, so that no moment of the clock gives a fresh allowance. Keys are keyed hashes: neither
//! numbers nor addresses can be read from the table.

use std::{fmt::Write as _, net::IpAddr, time::Duration};

use super::store;
use crate::{
    db::{Error, Tx, dialect},
    kernel::{Cx, Instant},
    on,
};

/// The time over which tries are counted.
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long a slice is.
const SLICE: i64 = 5 * 60 * 1_000_000;

/// What is being tried, and from where.
#[derive(Debug, Clone)]
pub struct Try {
    /// The contract number, folded.
    pub number_key: String,
    /// The client's network (`web::client_address::rate_key`).
    pub network: IpAddr,
}

/// Whether one more try is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// Yes; it has been counted.
    Counted,
    /// No: there were as many as the settings allow.
    UsedUp,
}

impl Try {
    /// The two keys under which it counts, always in the same order.
    fn keys(&self, cx: &Cx) -> [String; 2] {
        let network = self.network.to_string();
        [
            key(cx, "network", network.as_bytes()),
            key(cx, "number", self.number_key.as_bytes()),
        ]
    }
}

fn key(cx: &Cx, kind: &str, value: &[u8]) -> String {
    const BYTES: usize = 16;
    let mac = cx.keys().mac("attempts", &[kind.as_bytes(), value]);
    let mut text = format!("registration:{kind}:");
    for byte in mac.iter().take(BYTES) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn slice_of(now: Instant) -> Instant {
    let micros = now.as_micros();
    Instant::from_micros(micros - micros.rem_euclid(SLICE))
}

/// Counts a try unless the number or the network has used up its `limit` for an hour.
///
/// # Errors
/// When the database refuses; then nothing may be asked.
pub async fn count(tx: &mut Tx, cx: &Cx, attempt: &Try, limit: u32) -> Result<Allowance, Error> {
    let keys = attempt.keys(cx);
    for key in &keys {
        dialect::lock(tx, &format!("attempts:{key}")).await?;
    }
    let since = slice_of(cx.now().minus(HOUR));
    for key in &keys {
        let (tries,): (i64,) = on!(tx, |c| sqlx::query_as(store::TRIES)
            .bind(key)
            .bind(since)
            .fetch_one(c)
            .await)?;
        if tries >= i64::from(limit) {
            return Ok(Allowance::UsedUp);
        }
    }
    for key in &keys {
        on!(tx, |c| sqlx::query(store::COUNT_TRY)
            .bind(key)
            .bind(slice_of(cx.now()))
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(Allowance::Counted)
}

/// Takes a counted try back: it was no guess, the contract was confirmed. An office that registers
/// ten colleagues in an hour is not stopped.
///
/// # Errors
/// When the database refuses.
pub async fn give_back(tx: &mut Tx, cx: &Cx, attempt: &Try) -> Result<(), Error> {
    for key in &attempt.keys(cx) {
        on!(tx, |c| sqlx::query(store::GIVE_TRY_BACK)
            .bind(key)
            .bind(slice_of(cx.now()))
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Forgets counts that no longer count.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(tx: &mut Tx, cx: &Cx) -> Result<(), Error> {
    let before = slice_of(cx.now().minus(HOUR + HOUR));
    on!(tx, |c| sqlx::query(store::SWEEP_TRIES)
        .bind(before)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
