//! Somebody who proved an identity that belongs to no person yet.
//!
//! The sign-in callback cannot make a person: an invitation or a registration does. Until one of
//! them does, who signed in is kept in a sealed cookie of their own browser and nowhere else.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::{
    kernel::{Cx, EmailAddress, Instant},
    settings::PortalSettings,
    web::cookies,
};

/// The cookie's name.
const COOKIE: &str = "pending";
/// How long it counts.
const LIFE: Duration = Duration::from_secs(30 * 60);
const LIFE_SECONDS: u32 = 30 * 60;
/// Browsers keep 4,096 bytes of a cookie, its name and attributes included (RFC 6265 6.1).
const LONGEST_VALUE: usize = 3_800;

/// An identity proved by a provider, and what the provider said about whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingIdentity {
    /// The configured provider's key.
    pub provider: String,
    /// The issuer, exactly as in the ID token.
    pub issuer: String,
    /// The subject at that issuer.
    pub subject: String,
    /// The id in the provider's directory; empty when tokens carry none.
    #[serde(default)]
    pub directory_id: String,
    /// The address the provider gave; `None` when it gave none that the portal accepts.
    pub email: Option<EmailAddress>,
    /// Whether the address counts as verified: the provider says so **and** is trusted for its
    /// domain (law 6). Already judged by the callback.
    pub email_verified: bool,
    /// Given name; may be empty.
    pub given_name: String,
    /// Family name; may be empty.
    pub family_name: String,
    /// Name as a whole; may be empty.
    pub name: String,
    /// The encrypted ID token, for the provider's logout; empty when it was too long for a cookie.
    pub id_token_sealed: String,
    /// The provider's own session (`sid`); empty when it sends none.
    pub provider_session: String,
    /// Authentication context (`acr`).
    pub acr: String,
    /// Authentication methods (`amr`), joined by spaces.
    pub amr: String,
    /// When the sign-in was finished.
    pub at: Instant,
}

impl PendingIdentity {
    /// The address, when it counts as verified.
    #[must_use]
    pub fn verified_email(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.email_verified)
    }

    /// The name by which pages greet: as given, else made of its parts, else the address.
    #[must_use]
    pub fn shown_name(&self) -> String {
        let parts = format!("{} {}", self.given_name, self.family_name);
        let parts = crate::kernel::text::one_line(&parts, 200);
        [self.name.clone(), parts]
            .into_iter()
            .find(|name| !name.is_empty())
            .or_else(|| self.email.as_ref().map(|email| email.shown().to_owned()))
            .unwrap_or_default()
    }

    /// The `Set-Cookie` value that keeps it in this browser. An ID token that does not fit is left
    /// out: then the provider's logout asks once more who is meant. `None` when not even the rest
    /// fits, which no real provider causes.
    #[must_use]
    pub fn cookie(&self, portal: &PortalSettings, cx: &Cx) -> Option<HeaderValue> {
        let value = self.sealed(cx).or_else(|| {
            let without_token = Self {
                id_token_sealed: String::new(),
                ..self.clone()
            };
            without_token.sealed(cx)
        })?;
        Some(cookies::set(portal, COOKIE, &value, LIFE_SECONDS))
    }

    fn sealed(&self, cx: &Cx) -> Option<String> {
        let plain = serde_json::to_vec(self).ok()?;
        let sealed = cx.keys().seal(cx.random(), "cookie", COOKIE, &plain).ok()?;
        (sealed.len() <= LONGEST_VALUE).then_some(sealed)
    }

    /// What this browser keeps; `None` when there is nothing, it is forged, or it is too old.
    #[must_use]
    pub fn read(headers: &HeaderMap, portal: &PortalSettings, cx: &Cx) -> Option<Self> {
        let sealed = cookies::read(headers, portal, COOKIE)?;
        let plain = cx.keys().open("cookie", COOKIE, &sealed).ok()?;
        let pending: Self = serde_json::from_slice(&plain).ok()?;
        (cx.now() < pending.at.plus(LIFE)).then_some(pending)
    }

    /// The `Set-Cookie` value that makes the browser forget it.
    #[must_use]
    pub fn forget(portal: &PortalSettings) -> HeaderValue {
        cookies::clear(portal, COOKIE)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;
    use crate::kernel::{Clock, Keyring, Random, World};

    fn portal() -> PortalSettings {
        let settings = serde_json::json!({
            "name": "Nordwind", "public_url": "https://portal.example", "support_email": "help@portal.example",
        });
        serde_json::from_value(settings).unwrap()
    }

    fn pending(id_token_sealed: String) -> PendingIdentity {
        PendingIdentity {
            provider: "main".into(),
            issuer: "https://login.example".into(),
            subject: "s-1".into(),
            directory_id: String::new(),
            email: EmailAddress::parse("aino@kuusi.example").ok(),
            email_verified: true,
            given_name: "Aino".into(),
            family_name: "Virtanen".into(),
            name: String::new(),
            id_token_sealed,
            provider_session: String::new(),
            acr: String::new(),
            amr: "pwd".into(),
            at: Instant::from_seconds(1_800_000_000),
        }
    }

    fn returned(set_cookie: &HeaderValue) -> HeaderMap {
        let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
        [(header::COOKIE, pair.parse().unwrap())]
            .into_iter()
            .collect()
    }

    #[test]
    fn lives_half_an_hour_in_one_browser() {
        let clock = Clock::manual(Instant::from_seconds(1_800_000_000));
        let world = World {
            clock: clock.clone(),
            random: Random::default(),
            keys: Keyring::new([7; 32]),
        };
        let cx = world.system("test");
        let headers = returned(&pending("token".into()).cookie(&portal(), &cx).unwrap());
        let read = || PendingIdentity::read(&headers, &portal(), &cx);
        assert_eq!(read(), Some(pending("token".into())));
        clock.advance(LIFE - Duration::from_micros(1));
        assert!(read().is_some());
        clock.advance(Duration::from_micros(1));
        assert_eq!(read(), None);
    }

    #[test]
    fn a_token_that_does_not_fit_is_left_out() {
        let world = World::real(Keyring::new([7; 32]));
        let cx = World {
            clock: Clock::manual(Instant::from_seconds(1_800_000_000)),
            ..world
        }
        .system("test");
        let cookie = pending("x".repeat(4_000)).cookie(&portal(), &cx).unwrap();
        assert!(cookie.len() < 4_096);
        let read = PendingIdentity::read(&returned(&cookie), &portal(), &cx);
        assert_eq!(read, Some(pending(String::new())));
    }
}
