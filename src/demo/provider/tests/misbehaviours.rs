//! The provider being wrong on purpose.

use super::*;

/// What openidconnect alone says to one sign-in.
async fn outcome(provider: &Provider, rp: &Rp) -> Result<&'static str, String> {
    let attempt = attempt(rp, &[]);
    let form = [
        ("request", attempt.url.query().unwrap()),
        ("subject", "sample-anna"),
    ];
    let back = Browser::new(provider)
        .post("/sign-in", &form)
        .await
        .returned();
    if back.get("state") != Some(attempt.state.secret()) {
        return Err("state".to_owned());
    }
    if back.get("iss").map(String::as_str) != Some("http://localhost:8081") {
        return Err("response iss".to_owned());
    }
    let code = back.get("code").ok_or("no code")?;
    let reply = tokio::time::timeout(
        Duration::from_millis(900),
        exchange(provider, rp, code, attempt.verifier),
    );
    let tokens = reply.await.map_err(|_| "token reply too late")??;
    let id_token = tokens.id_token().ok_or("no id token")?;
    let claims = id_token
        .claims(&rp.id_token_verifier(), &attempt.nonce)
        .map_err(|error| error.to_string())?;
    let _: CoreUserInfoClaims = rp
        .user_info(
            tokens.access_token().clone(),
            Some(claims.subject().clone()),
        )
        .map_err(|error| error.to_string())?
        .request_async(&http(&provider.router()))
        .await
        .map_err(|error| error.to_string())?;
    Ok("accepted")
}

/// Every case is met by the library or is one of the few it leaves to its user.
#[tokio::test]
async fn the_library_alone_meets_every_case_but_these() {
    let provider = provider();
    let mut by_hand = Vec::new();
    for how in [None]
        .into_iter()
        .chain(Misbehaviour::ALL.iter().copied().map(Some))
    {
        provider.misbehave(how);
        let seen = match discover(&provider).await {
            Ok(metadata) => outcome(&provider, &rp(metadata)).await,
            Err(error) => Err(error),
        };
        let expected = how.map_or(Expected::Accepted, Misbehaviour::expected);
        match (expected, seen) {
            (Expected::Accepted, Ok(_)) | (Expected::Refused, Err(_)) => {}
            (Expected::UpToTheClient, _) => {}
            (_, _) => by_hand.extend(how),
        }
    }
    let left_to_the_portal = [
        Misbehaviour::AuthorizedPartyWrong,
        Misbehaviour::IssuedInFuture,
        Misbehaviour::IssuedYearAgo,
        Misbehaviour::NotBeforeInFuture,
        Misbehaviour::AccessTokenHashWrong,
        Misbehaviour::KeysRotatedBeforeSigning,
    ];
    assert_eq!(by_hand, left_to_the_portal);
}

#[tokio::test]
async fn after_a_rotation_fresh_keys_help() {
    let provider = provider();
    let old = discover(&provider).await.unwrap();
    provider.rotate_keys();
    let refused = outcome(&provider, &rp(old.clone())).await.unwrap_err();
    assert!(refused.contains("ignature"), "{refused}");
    let keys = CoreJsonWebKeySet::fetch_async(old.jwks_uri(), &http(&provider.router())).await;
    let fresh = old.set_jwks(keys.unwrap());
    assert_eq!(outcome(&provider, &rp(fresh)).await, Ok("accepted"));
}
