//! Whether a message was sent by who holds the secret, and recently (Standard Webhooks).

use std::time::Duration;

use axum::http::HeaderMap;

use crate::kernel::{Instant, signature::SigningSecret};

/// How far the sender's clock may be from ours, either way.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);
const LONGEST_ID: usize = 100;

/// A message whose sender is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Names the event: the same on every attempt to deliver it.
    pub id: String,
}

/// A message that proves nothing. The sender is told no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Forged(
    /// Why, for the log.
    pub &'static str,
);

/// Checks the headers against the body as it came over the wire.
///
/// # Errors
/// [`Forged`].
pub fn verify(
    secrets: &[SigningSecret],
    headers: &HeaderMap,
    body: &[u8],
    now: Instant,
) -> Result<Message, Forged> {
    let id = single(headers, "webhook-id")?;
    // No full stop: it parts id, time and body in what is signed.
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(is_id) {
        return Err(Forged("webhook-id is malformed"));
    }
    let timestamp = timestamp(single(headers, "webhook-timestamp")?)?;
    let signatures = single(headers, "webhook-signature")?;
    let mut is_signed = false;
    for secret in secrets {
        is_signed |= secret.verifies(id, timestamp, body, signatures);
    }
    if !is_signed {
        return Err(Forged("no signature fits"));
    }
    let sent = Instant::from_seconds(timestamp);
    if now.since(sent).max(sent.since(now)) > TOLERANCE {
        return Err(Forged("the timestamp is too old or in the future"));
    }
    Ok(Message { id: id.to_owned() })
}

/// Seconds since 1970, digits only: one moment has one spelling.
fn timestamp(text: &str) -> Result<i64, Forged> {
    let wrong = Forged("webhook-timestamp is malformed");
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong);
    }
    text.parse().map_err(|_| wrong)
}

/// The value of a header that stands exactly once.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, Forged> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Forged("a header is not text")),
        _ => Err(Forged("a header is missing or stands twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn secret(letter: char) -> SigningSecret {
        SigningSecret::parse(&format!("whsec_{}", letter.to_string().repeat(40))).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    fn check(pairs: &[(&'static str, &str)]) -> Result<Message, Forged> {
        verify(
            &[secret('a'), secret('b')],
            &headers(pairs),
            b"{}",
            Instant::from_seconds(NOW),
        )
    }

    #[test]
    fn either_secret_and_one_of_several_signatures_suffice() {
        let stamp = NOW.to_string();
        for signature in [
            secret('a').sign("e1", NOW, b"{}"),
            secret('b').sign("e1", NOW, b"{}"),
            format!(
                "{} {}",
                secret('c').sign("e1", NOW, b"{}"),
                secret('b').sign("e1", NOW, b"{}")
            ),
        ] {
            let message = check(&[
                ("webhook-id", "e1"),
                ("webhook-timestamp", &stamp),
                ("webhook-signature", &signature),
            ]);
            assert_eq!(message.unwrap().id, "e1");
        }
        let stranger = secret('c').sign("e1", NOW, b"{}");
        check(&[
            ("webhook-id", "e1"),
            ("webhook-timestamp", &stamp),
            ("webhook-signature", &stranger),
        ])
        .unwrap_err();
    }

    #[test]
    fn old_and_future_messages_are_refused() {
        for (seconds, is_fresh) in [
            (0, true),
            (-300, true),
            (300, true),
            (-301, false),
            (301, false),
            (-NOW + 1, false),
        ] {
            let at = NOW + seconds;
            let signature = secret('a').sign("e1", at, b"{}");
            let stamp = at.to_string();
            let message = check(&[
                ("webhook-id", "e1"),
                ("webhook-timestamp", &stamp),
                ("webhook-signature", &signature),
            ]);
            assert_eq!(message.is_ok(), is_fresh, "{seconds}");
        }
    }

    #[test]
    fn a_moment_and_an_id_have_one_spelling() {
        let signature = secret('a').sign("e1", NOW, b"{}");
        for stamp in [
            "+1800000000",
            "01800000000",
            "1800000000 ",
            "1.8e9",
            "",
            "99999999999999999999",
            "-1",
        ] {
            check(&[
                ("webhook-id", "e1"),
                ("webhook-timestamp", stamp),
                ("webhook-signature", &signature),
            ])
            .unwrap_err();
        }
        for id in ["", "a.b", "a b", "a\u{e4}", &"x".repeat(101)] {
            let signature = secret('a').sign(id, NOW, b"{}");
            let stamp = NOW.to_string();
            check(&[
                ("webhook-id", id),
                ("webhook-timestamp", &stamp),
                ("webhook-signature", &signature),
            ])
            .unwrap_err();
        }
    }

    #[test]
    fn a_header_stands_once() {
        let (signature, stamp) = (secret('a').sign("e1", NOW, b"{}"), NOW.to_string());
        let all = [
            ("webhook-id", "e1"),
            ("webhook-timestamp", stamp.as_str()),
            ("webhook-signature", signature.as_str()),
        ];
        check(&all).unwrap();
        for left_out in 0..3 {
            let mut twice = all.to_vec();
            twice.push(all[left_out]);
            check(&twice).unwrap_err();
            let mut fewer = all.to_vec();
            fewer.remove(left_out);
            check(&fewer).unwrap_err();
        }
    }

    #[test]
    fn without_a_secret_nothing_verifies() {
        let signature = secret('a').sign("e1", NOW, b"{}");
        let map = headers(&[
            ("webhook-id", "e1"),
            ("webhook-timestamp", &NOW.to_string()),
            ("webhook-signature", &signature),
        ]);
        verify(&[], &map, b"{}", Instant::from_seconds(NOW)).unwrap_err();
    }
}
