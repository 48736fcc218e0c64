//! The provider's only sources of time and chance.

use std::sync::atomic::{AtomicI64, Ordering};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// A clock in whole seconds since 1970, which tests can push ahead.
#[derive(Default)]
pub(super) struct Moment {
    ahead: AtomicI64,
}

impl Moment {
    pub(super) fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second() + self.ahead.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// 256 random bits in base64url, for codes, tokens, session ids and subjects.
///
/// # Errors
/// When the operating system gives no random bytes.
pub(super) fn secret() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
