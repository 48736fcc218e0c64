//! Signing in, staying signed in, signing out: through real pages, the real provider, real HTTP.

mod attempts;
mod back_channel;
mod identities;
mod misbehaviours;
mod other_provider;
mod profile;
mod providers;
mod sessions;
mod sign_out;

use crate::support::{
    Portal,
    browser::{Browser, Page},
};

/// Somebody the portal knows, by an address it has seen proven.
pub const AINO: &str = "aino.virtanen@kuusi.example";

/// The page says what happened and offers the way on, and nobody is signed in.
fn assert_helpful_refusal(browser: &Browser, page: &Page, portal: &Portal) {
    let said = page.text();
    assert!(!browser.is_signed_in(), "{said}");
    assert!(
        page.status.is_client_error() || page.status.is_server_error(),
        "{}: {said}",
        page.status
    );
    assert!(
        !page.h1().is_empty() && said.contains("Reference"),
        "{said}"
    );
    assert_eq!(page.url.origin(), portal.url.origin(), "{said}");
    let (way_on, _) = page
        .links()
        .into_iter()
        .find(|(href, _)| href.starts_with("/sign-in"))
        .unwrap_or_else(|| panic!("no way on: {said}"));
    assert!(!way_on.is_empty());
    for raw in [
        "invalid_grant",
        "told to misbehave",
        "access_denied",
        "Exception",
        "openid",
    ] {
        assert!(!page.body.contains(raw), "{raw} is shown: {said}");
    }
}

/// Nothing was stored about a sign-in.
async fn assert_nothing_stored(portal: &Portal) {
    assert_eq!(portal.count("SELECT count(*) FROM sessions").await, 0);
    assert_eq!(portal.count("SELECT count(*) FROM identities").await, 0);
}
