//! A login attempt: what this browser must bring back from the provider, once.
//!
//! It lives in a sealed cookie of the browser that began it and nowhere else, so that a visitor
//! costs no row. The cookie is named by a short id of the attempt's `state`, so that several tabs
//! can sign in at once.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::{
    kernel::{Cx, Instant, LinkSecret, SecretHash},
    settings::PortalSettings,
    web::{cookies, urls},
};

/// Start of the cookies' names.
const PREFIX: &str = "attempt-";
/// How long the person may take at the provider.
pub(super) const LIFE: Duration = Duration::from_secs(10 * 60);
const LIFE_SECONDS: u32 = 10 * 60;
/// Attempts of one browser at once; the oldest gives way.
const AT_MOST: usize = 5;
/// The longest way back kept; a longer one is dropped, as five of them have to fit into a request.
const LONGEST_RETURN: usize = 500;

/// A login attempt.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// The configured provider's key.
    pub provider: String,
    /// Binds the answer to this attempt (RFC 6749 10.12).
    pub state: String,
    /// Binds the ID token to this attempt (OpenID Connect Core 3.1.2.1).
    pub nonce: String,
    /// Proves at the token endpoint that we are who began (RFC 7636).
    pub pkce_verifier: String,
    /// Where to go afterwards: a path of our own.
    pub return_to: String,
    /// When it began.
    pub started_at: Instant,
}

impl Attempt {
    /// A new attempt; a `return_to` that is no path of ours leads home.
    #[must_use]
    pub fn new(cx: &Cx, provider: &str, return_to: &str) -> Self {
        let secret = || LinkSecret::new(cx.random()).expose().to_owned();
        let path = urls::local_path(return_to).filter(|path| path.len() <= LONGEST_RETURN);
        Self {
            provider: provider.to_owned(),
            state: secret(),
            nonce: secret(),
            pkce_verifier: secret(),
            return_to: path.map_or_else(|| urls::Home.to_string(), ToOwned::to_owned),
            started_at: cx.now(),
        }
    }

    /// What is remembered of a used attempt.
    #[must_use]
    pub fn fingerprint(&self) -> SecretHash {
        SecretHash::of(self.state.as_bytes())
    }

    /// When it is over.
    #[must_use]
    pub fn ends_at(&self) -> Instant {
        self.started_at.plus(LIFE)
    }

    /// The `Set-Cookie` value that gives it to the browser.
    #[must_use]
    pub fn cookie(&self, portal: &PortalSettings, cx: &Cx) -> Option<HeaderValue> {
        let name = name_of(&self.state);
        let plain = serde_json::to_vec(self).ok()?;
        let sealed = cx.keys().seal(cx.random(), "cookie", &name, &plain).ok()?;
        Some(cookies::set(portal, &name, &sealed, LIFE_SECONDS))
    }

    /// The attempt of this browser that an answer's `state` belongs to, while it lives.
    #[must_use]
    pub fn find(
        headers: &HeaderMap,
        portal: &PortalSettings,
        cx: &Cx,
        state: &str,
    ) -> Option<Self> {
        let name = name_of(state);
        let attempt = open(cx, &name, &cookies::read(headers, portal, &name)?)?;
        let is_ours = bool::from(attempt.state.as_bytes().ct_eq(state.as_bytes()));
        (is_ours && cx.now() < attempt.ends_at()).then_some(attempt)
    }

    /// The `Set-Cookie` value that takes an attempt's cookie away.
    #[must_use]
    pub fn forget(portal: &PortalSettings, state: &str) -> HeaderValue {
        cookies::clear(portal, &name_of(state))
    }

    /// `Set-Cookie` values that make room for one more: what cannot be read, what is over, and the
    /// oldest beyond the limit go.
    #[must_use]
    pub fn make_room(headers: &HeaderMap, portal: &PortalSettings, cx: &Cx) -> Vec<HeaderValue> {
        let full_prefix = cookies::full_name(portal, PREFIX);
        let mut live = Vec::new();
        let mut gone = Vec::new();
        for (full, value) in cookies::all(headers) {
            let Some(id) = full.strip_prefix(&full_prefix) else {
                continue;
            };
            let name = format!("{PREFIX}{id}");
            match open(cx, &name, value).filter(|attempt| cx.now() < attempt.ends_at()) {
                Some(attempt) => live.push((attempt.started_at, name)),
                None => gone.push(name),
            }
        }
        live.sort();
        let surplus = (live.len() + 1).saturating_sub(AT_MOST);
        gone.extend(live.into_iter().take(surplus).map(|(_, name)| name));
        gone.iter()
            .map(|name| cookies::clear(portal, name))
            .collect()
    }
}

/// The cookie's name for a `state`: the start of its hash, which says nothing about the rest.
fn name_of(state: &str) -> String {
    let hash = SecretHash::of(state.as_bytes());
    let id: String = hash.as_str().chars().take(10).collect();
    format!("{PREFIX}{id}")
}

fn open(cx: &Cx, name: &str, sealed: &str) -> Option<Attempt> {
    let plain = cx.keys().open("cookie", name, sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Clock, Keyring, Random, World};
    use axum::http::header;

    fn world() -> World {
        World {
            clock: Clock::manual(Instant::from_seconds(1_800_000_000)),
            random: Random::default(),
            keys: Keyring::new([7; 32]),
        }
    }

    fn portal() -> PortalSettings {
        toml::from_str(
            "name = 'P'\npublic_url = 'https://p.example'\nsupport_email = 'help@p.example'",
        )
        .unwrap()
    }

    fn headers(cookies: &[HeaderValue]) -> HeaderMap {
        let pairs: Vec<&str> = cookies
            .iter()
            .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap())
            .collect();
        [(header::COOKIE, pairs.join("; ").parse().unwrap())]
            .into_iter()
            .collect()
    }

    #[test]
    fn an_attempt_comes_back_by_its_state_only_and_in_time() {
        let (world, portal) = (world(), portal());
        let cx = world.system("test");
        let attempt = Attempt::new(&cx, "main", "/organizations?x=1");
        let other = Attempt::new(&cx, "main", "/");
        let cookie = attempt.cookie(&portal, &cx).unwrap();
        assert!(cookie.to_str().unwrap().starts_with("__Host-attempt-"));
        assert!(!cookie.to_str().unwrap().contains(&attempt.state));
        let brought = headers(&[cookie]);
        let find = |state: &str| Attempt::find(&brought, &portal, &cx, state);
        assert_eq!(
            find(&attempt.state).unwrap().return_to,
            "/organizations?x=1"
        );
        assert!(find(&other.state).is_none());
        assert!(find("").is_none());
        world.clock.advance(LIFE);
        assert!(find(&attempt.state).is_none());
    }

    #[test]
    fn a_cookie_under_another_name_does_not_open() {
        let (world, portal) = (world(), portal());
        let cx = world.system("test");
        let (one, two) = (Attempt::new(&cx, "a", "/"), Attempt::new(&cx, "a", "/"));
        let value = one.cookie(&portal, &cx).unwrap();
        let moved = value
            .to_str()
            .unwrap()
            .replace(&name_of(&one.state), &name_of(&two.state));
        let brought = headers(&[moved.parse().unwrap()]);
        assert!(Attempt::find(&brought, &portal, &cx, &two.state).is_none());
        assert!(Attempt::find(&brought, &portal, &cx, &one.state).is_none());
    }

    #[test]
    fn five_at_once_and_the_oldest_gives_way() {
        let (world, portal) = (world(), portal());
        let mut jar = Vec::new();
        let mut states = Vec::new();
        for _ in 0..AT_MOST {
            let cx = world.system("test");
            assert!(Attempt::make_room(&headers(&jar), &portal, &cx).is_empty());
            let attempt = Attempt::new(&cx, "main", "/");
            jar.push(attempt.cookie(&portal, &cx).unwrap());
            states.push(attempt.state);
            world.clock.advance(Duration::from_secs(1));
        }
        let cx = world.system("test");
        let gone = Attempt::make_room(&headers(&jar), &portal, &cx);
        assert_eq!(gone, [Attempt::forget(&portal, &states[0])]);
        world.clock.advance(LIFE);
        assert_eq!(
            Attempt::make_room(&headers(&jar), &portal, &cx).len(),
            AT_MOST
        );
    }

    #[test]
    fn only_a_short_path_of_ours_is_kept() {
        let cx = world().system("test");
        let kept = |path: &str| Attempt::new(&cx, "main", path).return_to;
        assert_eq!(kept("/profile?x=1"), "/profile?x=1");
        let long = format!("/{}", "x".repeat(LONGEST_RETURN));
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            &long,
        ] {
            assert_eq!(kept(bad), "/home", "{bad}");
        }
    }
}
