//! Each way in which a provider can be wrong, end to end, under its own name.

use std::time::Duration;

use vestibule::demo::provider::{Counters, Expected, Misbehaviour};

use super::{AINO, assert_helpful_refusal, assert_nothing_stored};
use crate::support::{
    Portal,
    browser::{Browser, Page},
    each_engine,
};

/// What the portal does where the specifications leave it open.
fn our_answer(how: Misbehaviour) -> Expected {
    match how {
        // We ask for no max_age, so an old sign-in at the provider is good.
        Misbehaviour::AuthTimeOld => Expected::Accepted,
        // One text for one truth, from a provider that is trusted for the domain.
        Misbehaviour::EmailVerifiedText => Expected::Accepted,
        // UserInfo is not asked when the ID token says everything.
        Misbehaviour::UserinfoEmailDiffers => Expected::Accepted,
        how => how.expected(),
    }
}

/// Cases that only show when claims are at UserInfo.
fn needs_userinfo(how: Misbehaviour) -> bool {
    use Misbehaviour as M;
    matches!(
        how,
        M::UserinfoSubjectDiffers | M::UserinfoSubjectMissing | M::UserinfoServerError
    )
}

async fn meet(how: Misbehaviour) {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal
            .provider
            .keep_claims_for_userinfo(needs_userinfo(how));
        portal.provider.misbehave(Some(how));
        let browser = portal.browser();
        let page = walk(&browser).await;
        match our_answer(how) {
            Expected::Accepted => assert!(browser.is_signed_in(), "{how:?}: {}", page.text()),
            Expected::Refused => refused(&portal, &browser, &page, how).await,
            Expected::UpToTheClient => left_open(&portal, &browser, &page, how).await,
        }
        // The provider recovers, and so does the person, from the very page they were left on.
        portal.provider.misbehave(None);
        portal.clock.advance(Duration::from_secs(61));
        let again = portal.browser();
        let page = walk(&again).await;
        assert!(again.is_signed_in(), "after {how:?}: {}", page.text());
    })
    .await;
}

/// As far as a person gets: to the provider if the portal sends there, and back.
async fn walk(browser: &Browser) -> Page {
    let page = browser.open("/sign-in").await;
    if page.status.is_success() && page.body.contains("name=\"email\"") {
        browser.pick(&page, AINO).await
    } else {
        page
    }
}

async fn refused(portal: &Portal, browser: &Browser, page: &Page, how: Misbehaviour) {
    use Misbehaviour as M;
    assert_helpful_refusal(browser, page, portal);
    assert_nothing_stored(portal).await;
    let asked = portal.provider.counters();
    let before_authorize = [
        M::DiscoveryIssuerMismatch,
        M::DiscoveryServerError,
        M::DiscoveryGarbage,
        M::KeysServerError,
        M::KeysEmpty,
    ];
    let before_token = [
        M::ResponseIssuerWrong,
        M::ResponseIssuerMissing,
        M::StateWrong,
        M::StateMissing,
        M::CodeMissing,
    ];
    if before_authorize.contains(&how) {
        assert_eq!((asked.authorize, asked.token), (0, 0), "{how:?}: {asked:?}");
    }
    if before_token.contains(&how) {
        assert_eq!(asked.token, 0, "{how:?}: the code was redeemed");
    }
    assert!(asked.token <= 1 && asked.jwks <= 2, "{how:?}: {asked:?}");
}

async fn left_open(portal: &Portal, browser: &Browser, page: &Page, how: Misbehaviour) {
    use Misbehaviour as M;
    match how {
        // Which key is meant cannot be told.
        M::KidAbsentTwoKeys => refused(portal, browser, page, how).await,
        // Without a proven address nobody is linked to a person by it (law 6).
        M::EmailVerifiedMissing | M::EmailVerifiedFalse => {
            assert_eq!(page.h1(), "You have no access yet", "{}", page.text());
            assert!(page.text().contains("not confirmed"), "{}", page.text());
            assert!(!browser.is_signed_in());
            assert_nothing_stored(portal).await;
        }
        // An unknown identity needs the address that UserInfo did not give.
        M::UserinfoServerError => refused(portal, browser, page, how).await,
        other => panic!("{other:?} is left open and has no answer here"),
    }
}

macro_rules! cases {
    ($($name:ident = $how:ident,)*) => {
        const COVERED: &[Misbehaviour] = &[$(Misbehaviour::$how,)*];
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() { meet(Misbehaviour::$how).await; })*
    };
}

cases! {
    discovery_issuer_mismatch = DiscoveryIssuerMismatch,
    discovery_server_error = DiscoveryServerError,
    discovery_garbage = DiscoveryGarbage,
    keys_server_error = KeysServerError,
    keys_empty = KeysEmpty,
    response_issuer_wrong = ResponseIssuerWrong,
    response_issuer_missing = ResponseIssuerMissing,
    state_wrong = StateWrong,
    state_missing = StateMissing,
    code_missing = CodeMissing,
    token_server_error = TokenServerError,
    token_invalid_grant = TokenInvalidGrant,
    token_slow = TokenSlow,
    token_garbage = TokenGarbage,
    token_huge = TokenHuge,
    token_redirects = TokenRedirects,
    id_token_missing = IdTokenMissing,
    token_type_odd_case = TokenTypeOddCase,
    expires_in_missing = ExpiresInMissing,
    issuer_wrong = IssuerWrong,
    issuer_missing = IssuerMissing,
    subject_missing = SubjectMissing,
    audience_wrong = AudienceWrong,
    audience_missing = AudienceMissing,
    audience_list_of_one = AudienceListOfOne,
    two_audiences = TwoAudiences,
    authorized_party_wrong = AuthorizedPartyWrong,
    issued_at_missing = IssuedAtMissing,
    issued_in_future = IssuedInFuture,
    issued_year_ago = IssuedYearAgo,
    expiry_missing = ExpiryMissing,
    expired = Expired,
    not_before_in_future = NotBeforeInFuture,
    nonce_wrong = NonceWrong,
    nonce_missing = NonceMissing,
    access_token_hash_wrong = AccessTokenHashWrong,
    auth_time_old = AuthTimeOld,
    algorithm_none = AlgorithmNone,
    signature_bad = SignatureBad,
    signature_of_stranger = SignatureOfStranger,
    hs256_with_client_secret = Hs256WithClientSecret,
    kid_absent = KidAbsent,
    kid_absent_two_keys = KidAbsentTwoKeys,
    kid_unknown = KidUnknown,
    keys_rotated_before_signing = KeysRotatedBeforeSigning,
    type_access_token = TypeAccessToken,
    critical_unknown = CriticalUnknown,
    email_verified_missing = EmailVerifiedMissing,
    email_verified_text = EmailVerifiedText,
    email_verified_false = EmailVerifiedFalse,
    userinfo_subject_differs = UserinfoSubjectDiffers,
    userinfo_subject_missing = UserinfoSubjectMissing,
    userinfo_email_differs = UserinfoEmailDiffers,
    userinfo_server_error = UserinfoServerError,
}

#[test]
fn every_case_has_its_test() {
    assert_eq!(COVERED, Misbehaviour::ALL);
}

/// A well-behaved provider, for comparison: one call when the portal is warm.
#[tokio::test(flavor = "multi_thread")]
async fn a_warm_sign_in_makes_one_call() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal.sign_in(AINO).await;
        let before = portal.provider.counters();
        portal.sign_in(AINO).await;
        let after = portal.provider.counters();
        let expected = Counters {
            token: before.token + 1,
            authorize: before.authorize + 1,
            ..before
        };
        assert_eq!(after, expected);
    })
    .await;
}

/// Claims kept for UserInfo cost one more call and give the same sign-in.
#[tokio::test(flavor = "multi_thread")]
async fn claims_at_userinfo_are_fetched() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal.provider.keep_claims_for_userinfo(true);
        portal.sign_in(AINO).await;
        let asked = portal.provider.counters();
        assert_eq!((asked.token, asked.userinfo), (1, 1));
    })
    .await;
}

/// A known identity comes in without UserInfo, which adds nothing that decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_identity_needs_no_userinfo() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        portal.add_person(AINO).await;
        portal.sign_in(AINO).await;
        portal.provider.keep_claims_for_userinfo(true);
        portal
            .provider
            .misbehave(Some(Misbehaviour::UserinfoServerError));
        portal.sign_in(AINO).await;
    })
    .await;
}
