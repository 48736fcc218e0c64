//! What is refused, and to whom that is told.

use super::*;

#[tokio::test]
async fn doubts_about_client_or_address_stay_here() {
    let provider = provider();
    let good = attempt(&rp(discover(&provider).await.unwrap()), &[]).url;
    let targets = [
        with(&good, "client_id", None),
        with(&good, "client_id", Some("nobody")),
        with(&good, "redirect_uri", None),
        with(
            &good,
            "redirect_uri",
            Some("http://localhost:8080/sign-in/callback/demo?kept=1&more"),
        ),
        with(&good, "redirect_uri", Some("http://evil.example")),
        format!("{}&redirect_uri=http%3A%2F%2Fevil.example", path(&good)),
    ];
    let mut browser = Browser::new(&provider);
    for target in targets {
        let answer = browser.get(&target).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{target}");
        assert!(answer.body.contains("<h1>"), "{target}");
    }
    let long = format!("{}&x={}", path(&good), "y".repeat(9000));
    assert_eq!(browser.get(&long).await.status, StatusCode::URI_TOO_LONG);
}

#[tokio::test]
async fn other_mistakes_are_told_to_the_client() {
    let provider = provider();
    let good = attempt(&rp(discover(&provider).await.unwrap()), &[]).url;
    let cases = [
        ("response_type", None, "invalid_request"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_mode", Some("form_post"), "invalid_request"),
        ("scope", Some("email"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("prompt", Some("none login"), "invalid_request"),
        ("prompt", Some("dance"), "invalid_request"),
        ("max_age", Some("-1"), "invalid_request"),
        ("id_token_hint", Some("a.b.c"), "invalid_request"),
        ("request", Some("x"), "request_not_supported"),
        ("request_uri", Some("x"), "request_uri_not_supported"),
    ];
    let mut targets: Vec<_> = cases
        .into_iter()
        .map(|(name, value, error)| (with(&good, name, value), error))
        .collect();
    targets.push((format!("{}&nonce=again", path(&good)), "invalid_request"));
    let mut browser = Browser::new(&provider);
    for (target, error) in targets {
        let returned = browser.get(&target).await.returned();
        assert_eq!(returned["error"], error, "{target}");
        assert_eq!(returned["iss"], "http://localhost:8081");
        assert!(returned.contains_key("state"), "{target}");
    }
}

/// A good request with one parameter set to another value, or left out.
fn with(good: &Url, name: &str, value: Option<&str>) -> String {
    let mut url = good.clone();
    let kept = good.query_pairs().filter(|(other, _)| other != name);
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(value.map(|value| (name, value)));
    path(&url)
}

/// A token request by hand.
async fn redeem(provider: &Provider, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
    use base64::Engine as _;
    let encode =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut request =
        Request::post("/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some((id, secret)) = basic {
        let pair = format!("{}:{}", encode(id), encode(secret));
        let value = base64::prelude::BASE64_STANDARD.encode(pair);
        request = request.header(header::AUTHORIZATION, format!("Basic {value}"));
    }
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let body = body.extend_pairs(form).finish();
    send(&provider.router(), request.body(Body::from(body)).unwrap()).await
}

/// A fresh code and the verifier for it.
async fn code(provider: &Provider) -> (String, String) {
    let rp = rp(discover(provider).await.unwrap());
    let attempt = attempt(&rp, &[]);
    let form = [
        ("request", attempt.url.query().unwrap()),
        ("subject", "sample-bo"),
    ];
    let back = Browser::new(provider)
        .post("/sign-in", &form)
        .await
        .returned();
    (back["code"].clone(), attempt.verifier.into_secret())
}

#[tokio::test]
async fn a_code_works_once_for_its_client_and_address_and_verifier() {
    let provider = provider();
    let portal = Some(("portal", SECRET));
    let wrong_verifier = "x".repeat(43);
    let cases = [
        ("right", portal, CALLBACK, true, 59, ""),
        ("too late", portal, CALLBACK, true, 60, "invalid_grant"),
        ("address", portal, GOODBYE, true, 0, "invalid_grant"),
        ("verifier", portal, CALLBACK, false, 0, "invalid_grant"),
        (
            "other client",
            Some(("other", SECRET)),
            CALLBACK,
            true,
            0,
            "invalid_grant",
        ),
        (
            "wrong secret",
            Some(("portal", "guess")),
            CALLBACK,
            true,
            0,
            "invalid_client",
        ),
        ("nobody", None, CALLBACK, true, 0, "invalid_client"),
    ];
    for (name, basic, address, right, wait, error) in cases {
        let (code, verifier) = code(&provider).await;
        provider.0.clock.advance(Duration::from_secs(wait));
        let verifier = if right { &verifier } else { &wrong_verifier };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", address),
            ("code_verifier", verifier.as_str()),
        ];
        let answer = redeem(&provider, basic, &form).await;
        assert_eq!(
            answer.json()["error"].as_str().unwrap_or_default(),
            error,
            "{name}"
        );
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{name}");
    }
}

#[tokio::test]
async fn a_code_used_twice_ends_the_token_it_gave() {
    let provider = provider();
    let (code, verifier) = code(&provider).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "portal"),
        ("client_secret", SECRET),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier.as_str()),
    ];
    let tokens = redeem(&provider, None, &form).await.json();
    let userinfo = || {
        let value = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        Request::get("/userinfo")
            .header(header::AUTHORIZATION, value)
            .body(Body::empty())
            .unwrap()
    };
    let before = send(&provider.router(), userinfo()).await;
    assert_eq!(before.json()["email_verified"], false);
    assert_eq!(
        redeem(&provider, None, &form).await.json()["error"],
        "invalid_grant"
    );
    let after = send(&provider.router(), userinfo()).await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED);
    assert!(
        after.headers[header::WWW_AUTHENTICATE]
            .to_str()
            .unwrap()
            .contains("invalid_token")
    );
    let twice = redeem(&provider, Some(("portal", SECRET)), &form).await;
    assert_eq!(twice.json()["error"], "invalid_request");
}

#[tokio::test]
async fn forms_of_other_sites_do_nothing() {
    let provider = provider();
    let rp = rp(discover(&provider).await.unwrap());
    let url = attempt(&rp, &[]).url;
    for action in ["/sign-in", "/sign-up", "/cancel", "/sign-out"] {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("request", url.query().unwrap())
            .append_pair("subject", "sample-anna");
        let request = Request::post(action)
            .header("sec-fetch-site", "same-site")
            .header(header::ORIGIN, "http://localhost:8080")
            .body(Body::from(body.finish()));
        let answer = send(&provider.router(), request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{action}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
    }
}

#[tokio::test]
async fn pages_are_guarded_escaped_and_in_the_language_asked_for() {
    let provider = provider();
    let rp = rp(discover(&provider).await.unwrap());
    let mut browser = Browser::new(&provider);
    let hint = ("login_hint", "\"><script>alert(1)</script>@x");
    let page = browser
        .get(&path(&attempt(&rp, &[hint, ("ui_locales", "fr de")]).url))
        .await;
    assert!(page.body.contains("<html lang=\"de\">") && page.body.contains("Anna leitet etwas"));
    assert!(!page.body.contains("<script"));
    assert!(!page.body.contains("demo-provider-"), "a text is missing");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.contains("form-action 'self' http://localhost:8080;"),
        "{policy}"
    );
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    for target in [
        "/",
        "/nowhere",
        "/token",
        "/authorize",
        "/end_session",
        "/jwks",
        "/provider.css",
    ] {
        let answer = browser.get(target).await;
        assert_eq!(
            answer.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{target}"
        );
        assert_eq!(
            answer.headers[header::REFERRER_POLICY],
            "no-referrer",
            "{target}"
        );
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{target}");
        let kept = answer.headers[header::CACHE_CONTROL].to_str().unwrap();
        assert_eq!(kept == "no-store", target != "/provider.css", "{target}");
    }
}

#[tokio::test]
async fn nonsense_is_answered_and_never_a_server_error() {
    let provider = provider();
    let router = provider.router();
    let bodies: [&[u8]; 6] = [
        b"",
        b"\xff\xfe=%zz&&&==",
        b"request=%00%0d%0a",
        b"code=a&code=b",
        b"{}",
        &[b'a'; 40_000],
    ];
    let targets = [
        "/",
        "/authorize",
        "/sign-in",
        "/sign-up",
        "/cancel",
        "/token",
        "/userinfo",
        "/end_session",
        "/sign-out",
        "/jwks",
        "/%ff%00",
    ];
    for target in targets {
        for body in bodies {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let query = url::form_urlencoded::byte_serialize(body.get(..200).unwrap_or(body));
                let request = Request::builder()
                    .method(&method)
                    .uri(format!(
                        "{target}?{}&id_token_hint=..&a=%ff",
                        query.collect::<String>()
                    ))
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(header::AUTHORIZATION, "Basic %%%")
                    .header(header::COOKIE, "=;vestibule_demo_provider;;=x")
                    .body(Body::from(body.to_vec()));
                let answer = send(&router, request.unwrap()).await;
                assert!(
                    !answer.status.is_server_error(),
                    "{method} {target} {}",
                    answer.status
                );
            }
        }
    }
}

#[test]
fn wrong_options_say_what_is_wrong() {
    let wrong = |change: fn(&mut ProviderOptions)| {
        let mut options = options();
        change(&mut options);
        format!("{:#}", Provider::new(options).err().unwrap())
    };
    let path = wrong(|options| options.issuer = Url::parse("http://localhost:8081/op").unwrap());
    assert!(path.contains("http://localhost:8081/op"), "{path}");
    let uri = wrong(|options| {
        options.clients[0]
            .redirect_uris
            .push("javascript:alert(1)".to_owned());
    });
    assert!(
        uri.contains("portal") && uri.contains("javascript"),
        "{uri}"
    );
}
