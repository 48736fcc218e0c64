//! Cases in which the directory misbehaves.

use std::time::Duration;

use super::{Bench, Fault, Seen, address, done, expect, held, holds, wanted};
use crate::directory::port::{DirectoryError, Put, Wanted};

/// A change of a user who is there; the user's id and what is wanted.
async fn change(bench: &dyn Bench, name: &str) -> (String, Wanted) {
    let id = bench.put_user(&address(name)).await;
    let wanted = Wanted {
        enabled: Some(false),
        ..wanted(name, Some(&id))
    };
    (id, wanted)
}

/// The same again after the fault, and it holds.
async fn gets_through(bench: &dyn Bench, id: &str, wanted: &Wanted) -> Seen {
    bench.arm(Fault::None).await;
    done(bench, wanted).await?;
    let user = held(bench, id).await?;
    holds(&user, wanted)?;
    expect(!user.enabled, || format!("{user:?}"))?;
    Ok(true)
}

async fn say(bench: &dyn Bench, wanted: &Wanted) -> Result<Put, DirectoryError> {
    bench.directory().put(wanted).await
}

pub(super) async fn hinted(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "hinted").await;
    let pause = Duration::from_secs(7);
    if !bench.arm(Fault::ThrottledWithHint(pause)).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let expected = DirectoryError::Throttled {
        retry_after: Some(pause),
    };
    expect(said.as_ref() == Err(&expected), || format!("{said:?}"))?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn unhinted(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "unhinted").await;
    if !bench.arm(Fault::Throttled).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let expected = DirectoryError::Throttled { retry_after: None };
    expect(said.as_ref() == Err(&expected), || format!("{said:?}"))?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn expired(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "expired").await;
    // A token is held from now on.
    done(
        bench,
        &Wanted {
            enabled: None,
            ..wanted.clone()
        },
    )
    .await?;
    if !bench.arm(Fault::ExpiredToken).await {
        return Ok(false);
    }
    done(bench, &wanted).await?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn credentials(bench: &dyn Bench) -> Seen {
    refused(bench, "credentials", Fault::BrokenCredentials).await
}

pub(super) async fn permission(bench: &dyn Bench) -> Seen {
    refused(bench, "permission", Fault::MissingPermission).await
}

/// The check and the delivery both say that the portal is not let in.
async fn refused(bench: &dyn Bench, name: &str, fault: Fault) -> Seen {
    let (id, wanted) = change(bench, name).await;
    if !bench.arm(fault).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let is_told = matches!(said, Err(DirectoryError::AuthBroken(_)));
    expect(is_told, || format!("{said:?}"))?;
    let said = bench.directory().check().await;
    let is_told = matches!(said, Err(DirectoryError::AuthBroken(_)));
    expect(is_told, || format!("the check said {said:?}"))?;
    gets_through(bench, &id, &wanted).await
}

/// What is not allowed with one user is allowed with others.
pub(super) async fn protected(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "protected").await;
    if !bench.arm(Fault::ProtectedUsers).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let is_theirs = matches!(
        said,
        Err(DirectoryError::Refused {
            cause: "not_permitted",
            ..
        })
    );
    expect(is_theirs, || format!("{said:?}"))?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn attributes(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "attributes").await;
    bench.sign_in(&id).await;
    if !bench.arm(Fault::RefusedAttributes).await {
        return Ok(false);
    }
    let wanted = Wanted {
        end_sessions: true,
        ..wanted
    };
    let said = say(bench, &wanted).await;
    let is_told = matches!(
        &said,
        Ok(Put::Partly { user, was_enabled: true, refusal: DirectoryError::Refused { .. } }) if *user == id
    );
    expect(is_told, || format!("{said:?}"))?;
    let user = held(bench, &id).await?;
    expect(!user.enabled && user.sessions == 0, || format!("{user:?}"))?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn lost(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "lost").await;
    if !bench.arm(Fault::AnswerLost).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let is_open = matches!(said, Err(DirectoryError::Unreachable(_)));
    expect(is_open, || format!("{said:?}"))?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn created_once(bench: &dyn Bench) -> Seen {
    let wanted = wanted("once", None);
    if !bench.arm(Fault::AnswerLost).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let is_open = matches!(said, Err(DirectoryError::Unreachable(_)));
    expect(is_open, || format!("{said:?}"))?;
    bench.arm(Fault::None).await;
    let id = done(bench, &wanted).await?;
    holds(&held(bench, &id).await?, &wanted)?;
    let count = bench.count(&wanted.email).await;
    expect(count == 1, || format!("{count} users"))?;
    Ok(true)
}

pub(super) async fn away(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "away").await;
    if !bench.arm(Fault::Unavailable).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let is_open = matches!(
        said,
        Err(DirectoryError::Unreachable(_) | DirectoryError::Throttled { .. })
    );
    expect(is_open, || format!("{said:?}"))?;
    gets_through(bench, &id, &wanted).await
}

/// A call that takes its time is not given up.
pub(super) async fn slow(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "slow").await;
    if !bench.arm(Fault::Slow(Duration::from_millis(300))).await {
        return Ok(false);
    }
    done(bench, &wanted).await?;
    gets_through(bench, &id, &wanted).await
}

/// Half a user must not be written back.
pub(super) async fn half(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "half").await;
    if !bench.arm(Fault::HalfAnswer).await {
        return Ok(false);
    }
    let before = held(bench, &id).await?;
    let said = say(bench, &wanted).await;
    let is_open = matches!(
        said,
        Err(DirectoryError::Unreachable(_) | DirectoryError::Protocol(_))
    );
    expect(is_open, || format!("{said:?}"))?;
    let after = held(bench, &id).await?;
    expect(after == before, || format!("{after:?}"))?;
    gets_through(bench, &id, &wanted).await
}

pub(super) async fn unknown(bench: &dyn Bench) -> Seen {
    let (id, wanted) = change(bench, "unknown").await;
    if !bench.arm(Fault::UnknownError).await {
        return Ok(false);
    }
    let said = say(bench, &wanted).await;
    let is_open = matches!(
        said,
        Err(DirectoryError::Protocol(_) | DirectoryError::Unreachable(_))
    );
    expect(is_open, || format!("{said:?}"))?;
    gets_through(bench, &id, &wanted).await
}
