//! Sign-in, sign-up, sessions and sign-out as people live them.

use super::*;

#[tokio::test]
async fn a_sign_in_from_discovery_to_sign_out() {
    let provider = provider();
    let rp = rp(discover(&provider).await.unwrap());
    let mut browser = Browser::new(&provider);
    let first = attempt(&rp, &[]);
    let back = browser.pick(&first.url, ("subject", "sample-anna")).await;
    assert!(back.location().as_str().starts_with(CALLBACK));
    let returned = back.returned();
    assert_eq!(returned["state"], *first.state.secret());
    assert_eq!(returned["iss"], "http://localhost:8081");

    let tokens = exchange(&provider, &rp, &returned["code"], first.verifier)
        .await
        .unwrap();
    let id_token = tokens.id_token().unwrap();
    let verifier = rp.id_token_verifier();
    let claims = id_token.claims(&verifier, &first.nonce).unwrap();
    assert_eq!(claims.subject().as_str(), "sample-anna");
    assert_eq!(claims.email().unwrap().as_str(), "anna@example.com");
    assert_eq!(claims.email_verified(), Some(true));
    assert_eq!(claims.auth_context_ref().unwrap().as_str(), ACR_SINGLE_STEP);
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));

    let userinfo: CoreUserInfoClaims = rp
        .user_info(
            tokens.access_token().clone(),
            Some(claims.subject().clone()),
        )
        .unwrap()
        .request_async(&http(&provider.router()))
        .await
        .unwrap();
    assert_eq!(userinfo.email(), claims.email());

    let quick = browser.get(&path(&attempt(&rp, &[]).url)).await;
    assert!(quick.returned().contains_key("code"));

    let goodbye = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("id_token_hint", &id_token.to_string())
        .append_pair("post_logout_redirect_uri", GOODBYE)
        .append_pair("state", "see you")
        .finish();
    let out = browser.get(&format!("/end_session?{goodbye}")).await;
    assert_eq!(
        out.location().as_str(),
        "http://localhost:8080/?state=see+you"
    );
    assert_eq!(browser.cookie, None);
    let again = browser
        .get(&path(&attempt(&rp, &[("prompt", "none")]).url))
        .await;
    assert_eq!(again.returned()["error"], "login_required");
    let counters = provider.counters();
    let counted = (
        counters.discovery,
        counters.jwks,
        counters.token,
        counters.userinfo,
    );
    assert_eq!(counted, (1, 1, 1, 1));
}

/// Signs in with one button and returns the claims of the id token.
async fn claims_of(
    provider: &Provider,
    browser: &mut Browser,
    more: &[(&str, &str)],
    form: &[(&str, &str)],
    action: &str,
) -> Value {
    let rp = rp(discover(provider).await.unwrap());
    let attempt = attempt(&rp, more);
    let request = attempt.url.query().unwrap().to_owned();
    let fields: Vec<_> = [("request", request.as_str())]
        .into_iter()
        .chain(form.iter().copied())
        .collect();
    let back = browser.post(action, &fields).await.returned();
    let tokens = exchange(provider, &rp, &back["code"], attempt.verifier)
        .await
        .unwrap();
    let claims = tokens
        .id_token()
        .unwrap()
        .claims(&rp.id_token_verifier(), &attempt.nonce)
        .unwrap();
    serde_json::to_value(claims).unwrap()
}

#[tokio::test]
async fn any_address_signs_in_and_can_be_unverified() {
    let provider = provider();
    let mut browser = Browser::new(&provider);
    let typed = [("email", " Kim.Lee@Example.net ")];
    let one = claims_of(&provider, &mut browser, &[], &typed, "/sign-in").await;
    assert_eq!(one["name"], "Kim Lee");
    assert_eq!(one["email_verified"], true);
    let typed = [
        ("email", "kim.lee@example.net"),
        ("unverified", "yes"),
        ("second_step", "yes"),
    ];
    let two = claims_of(&provider, &mut browser, &[], &typed, "/sign-in").await;
    assert_eq!(one["sub"], two["sub"]);
    assert_eq!(two["email_verified"], false);
    assert_eq!(two["acr"], ACR_SECOND_STEP);
    let known = [("email", "ANNA@example.com")];
    let three = claims_of(&provider, &mut browser, &[], &known, "/sign-in").await;
    assert_eq!(three["sub"], "sample-anna");
}

#[tokio::test]
async fn somebody_signs_up_and_is_known_after_a_restart() {
    let folder = std::env::temp_dir().join(format!("vestibule-provider-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let kept = || ProviderOptions {
        state_file: Some(folder.join("provider.json")),
        ..options()
    };
    let before = Provider::new(kept()).unwrap();
    let mut browser = Browser::new(&before);
    let form = [
        ("given_name", "Lea"),
        ("family_name", "Özil"),
        ("email", "lea@example.org"),
    ];
    let made = claims_of(
        &before,
        &mut browser,
        &[("prompt", "create")],
        &form,
        "/sign-up",
    )
    .await;
    assert_eq!(made["name"], "Lea Özil");
    let keys = browser.get("/jwks").await.json();

    let after = Provider::new(kept()).unwrap();
    let mut browser = Browser::new(&after);
    assert_eq!(browser.get("/jwks").await.json(), keys);
    let typed = [("email", "lea@example.org")];
    let again = claims_of(&after, &mut browser, &[], &typed, "/sign-in").await;
    assert_eq!(again["sub"], made["sub"]);

    let rp = rp(discover(&after).await.unwrap());
    let url = attempt(&rp, &[("prompt", "create")]).url;
    let taken = [
        ("request", url.query().unwrap()),
        ("given_name", ""),
        ("family_name", "O"),
        ("email", "Lea@example.org"),
    ];
    let page = browser.post("/sign-up", &taken).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.body.contains("Somebody has this address"),
        "{}",
        page.body
    );
    assert!(page.body.contains("value=\"Lea@example.org\""));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_page_comes_whenever_the_session_is_not_enough() {
    let provider = provider();
    let rp = rp(discover(&provider).await.unwrap());
    let mut browser = Browser::new(&provider);
    browser
        .pick(&attempt(&rp, &[]).url, ("subject", "sample-anna"))
        .await;
    provider.0.clock.advance(Duration::from_secs(100));
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[], true),
        (&[("prompt", "login")], false),
        (&[("prompt", "select_account")], false),
        (&[("prompt", "create")], false),
        (&[("max_age", "1000")], true),
        (&[("max_age", "99")], false),
        (&[("max_age", "0")], false),
        (&[("login_hint", "Anna@Example.com")], true),
        (&[("login_hint", "bo@example.com")], false),
        (&[("acr_values", ACR_SECOND_STEP)], false),
        (&[("acr_values", ACR_SECOND_STEP), ("prompt", "none")], true),
    ];
    for (more, goes_on) in cases {
        let answer = browser.get(&path(&attempt(&rp, more).url)).await;
        let expected = if *goes_on {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::OK
        };
        assert_eq!(answer.status, expected, "{more:?}");
    }
    let none = attempt(&rp, &[("prompt", "none"), ("login_hint", "bo@example.com")]);
    assert_eq!(
        browser.get(&path(&none.url)).await.returned()["error"],
        "login_required"
    );
    provider.0.clock.advance(Duration::from_secs(9 * 60 * 60));
    let late = browser.get(&path(&attempt(&rp, &[]).url)).await;
    assert_eq!(late.status, StatusCode::OK);
}

#[tokio::test]
async fn cancel_tells_the_client() {
    let provider = provider();
    let rp = rp(discover(&provider).await.unwrap());
    let attempt = attempt(&rp, &[]);
    let form = [("request", attempt.url.query().unwrap())];
    let returned = Browser::new(&provider)
        .post("/cancel", &form)
        .await
        .returned();
    assert_eq!(returned["error"], "access_denied");
    assert_eq!(returned["state"], *attempt.state.secret());
    assert_eq!(returned["iss"], "http://localhost:8081");
}

#[tokio::test]
async fn signing_out_asks_without_a_hint_and_never_leaves_for_an_unknown_address() {
    let provider = provider();
    let rp = rp(discover(&provider).await.unwrap());
    let mut browser = Browser::new(&provider);
    browser
        .pick(&attempt(&rp, &[]).url, ("subject", "sample-anna"))
        .await;
    let page = browser.get("/end_session").await;
    assert!(page.body.contains("Anna Berg"), "{}", page.body);
    assert!(browser.cookie.is_some());
    for query in [
        "post_logout_redirect_uri=http://evil.example",
        "client_id=portal&post_logout_redirect_uri=http://evil.example",
        "post_logout_redirect_uri=http://localhost:8080/",
    ] {
        let page = browser.get(&format!("/end_session?{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert!(provider.session(&cookies(&browser)).is_some());
    let request = "client_id=portal&post_logout_redirect_uri=http://localhost:8080/&state=s";
    let out = browser.post("/sign-out", &[("request", request)]).await;
    assert_eq!(out.location().as_str(), "http://localhost:8080/?state=s");
    let out = browser.get("/end_session").await;
    assert!(out.body.contains("You are signed out"));
}

fn cookies(browser: &Browser) -> HeaderMap {
    let cookie = browser.cookie.as_deref().unwrap().parse().unwrap();
    HeaderMap::from_iter([(header::COOKIE, cookie)])
}
