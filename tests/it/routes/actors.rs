//! Everybody who may ask.

use std::collections::BTreeMap;

use crate::support::{
    Portal,
    browser::Browser,
    portal::{DESK, OPERATOR, REP},
};

use super::town::{ENDED, OURS, Plan, THEIRS};

/// Somebody with a browser.
pub struct Actor {
    /// As the table names them.
    pub name: &'static str,
    /// The company whose ids are their own, for what they ask about themselves.
    pub own: Option<Plan>,
    /// Whom the other company is nothing to: it does not exist for them.
    pub is_stranger: bool,
    pub browser: Browser,
    cookies: BTreeMap<String, String>,
}

impl Actor {
    /// A browser as it was right after the sign-in: what one request left is gone.
    pub fn fresh(&self) -> &Browser {
        for name in self.browser.cookies().keys() {
            self.browser.forget_cookie(name);
        }
        for (name, value) in &self.cookies {
            self.browser.set_cookie(name, value);
        }
        &self.browser
    }
}

/// In the order in which they act: those who may change something of the other company last.
pub async fn everybody(portal: &Portal) -> Vec<Actor> {
    let actor = |name, own, is_stranger, browser: Browser| Actor {
        name,
        own,
        is_stranger,
        cookies: browser.cookies(),
        browser,
    };
    portal.add_person("kim@nowhere.example").await;
    portal.add_person("barred@nowhere.example").await;
    // The rep must be known before somebody with the rep's address comes through another provider.
    let rep = sign_in(portal, REP).await;
    let guest = portal.browser();
    guest.sign_in_at("/sign-in/with/guests", REP).await;
    assert!(guest.is_signed_in());
    let barred = sign_in(portal, "barred@nowhere.example").await;
    portal
        .execute("UPDATE persons SET status = 'suspended' WHERE email = 'barred@nowhere.example'")
        .await;
    vec![
        actor("nobody", None, true, portal.browser()),
        actor(
            "stranger",
            None,
            true,
            sign_in(portal, "kim@nowhere.example").await,
        ),
        actor("barred", None, true, barred),
        actor("guest-rep", None, true, guest),
        actor(
            "member",
            Some(OURS),
            true,
            sign_in(portal, &OURS.at("member")).await,
        ),
        actor(
            "admin",
            Some(OURS),
            true,
            sign_in(portal, &OURS.at("admin")).await,
        ),
        actor(
            "ended",
            Some(ENDED),
            true,
            sign_in(portal, &ENDED.at("admin")).await,
        ),
        actor(
            "suspended",
            None,
            false,
            sign_in(portal, &THEIRS.at("suspended")).await,
        ),
        actor("rep", Some(OURS), false, rep),
        actor("desk", Some(OURS), false, sign_in(portal, DESK).await),
        actor(
            "operator",
            Some(OURS),
            false,
            sign_in(portal, OPERATOR).await,
        ),
        actor(
            "their-admin",
            None,
            false,
            sign_in(portal, &THEIRS.at("admin")).await,
        ),
    ]
}

async fn sign_in(portal: &Portal, email: &str) -> Browser {
    let browser = portal.browser();
    let page = browser.sign_in_at("/sign-in/with/demo", email).await;
    assert!(browser.is_signed_in(), "{email}: {}", page.text());
    browser
}
