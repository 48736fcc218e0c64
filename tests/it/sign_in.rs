//! Signing in, staying signed in, signing out: through real pages, the real provider, real HTTP.

use crate::support::{Portal, each_engine, portal::REP};

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_staff_comes_in_and_a_stranger_does_not() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let browser = portal.sign_in(REP).await;
        assert!(browser.is_signed_in());
        let stranger = portal.browser();
        let page = stranger
            .sign_in_as("who@elsewhere.example")
            .await
            .expect(200);
        assert_eq!(page.h1(), "We do not know you yet");
        assert!(!stranger.is_signed_in());
    })
    .await;
}
