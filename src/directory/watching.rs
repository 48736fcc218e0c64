//! Following directories in the background: the subscription is renewed long before it runs out, and
//! the changes are read now and then, so that a notice that is lost is not missed.

use std::time::Duration;

use super::{
    port::{DirectoryError, Watch, WhereTo},
    registry::{Configured, Directories},
    store,
    upstream::{Taken, Upstream},
};
use crate::{
    db::Error,
    kernel::{Instant, Keyring},
    on,
    people::Followed,
};

/// How long a subscription is asked for; Graph gives 29 days at most.
const SUBSCRIBED: Duration = Duration::from_secs(28 * 86_400);
/// How long before its end it is renewed.
const AHEAD: Duration = Duration::from_secs(10 * 86_400);
/// Pages of changes of one look.
const PAGES: usize = 200;

/// What is stored about following one directory.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Place {
    subscription: String,
    runs_out_at: Option<Instant>,
    cursor: String,
}

/// The secret that comes with each notice of a directory. It is made of the portal's key, so nothing
/// has to be stored or configured.
#[must_use]
pub fn notice_secret(keys: &Keyring, directory: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in keys.mac("directory-notice", &[directory.as_bytes()]) {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Looks at every directory that can be followed and is due; safe to run on every node.
pub async fn look(upstream: &Upstream, directories: &Directories, public_url: &url::Url) {
    for directory in directories.iter().filter(|it| it.settings.follow) {
        let Some(watch) = directory.directory.watch() else {
            continue;
        };
        let key = directory.settings.key.as_str();
        match turn(upstream, directory).await {
            Ok(None) => {}
            Ok(Some(followed)) => {
                follow(upstream, (directory, watch), followed, public_url).await;
            }
            Err(error) => tracing::warn!(%error, directory = key, "it could not be looked at"),
        }
    }
}

/// Takes the turn to look; `None` when it is not due, or another node has it.
async fn turn(upstream: &Upstream, directory: &Configured) -> Result<Option<Place>, Error> {
    let (key, now) = (directory.settings.key.clone(), upstream.world.clock.now());
    let pause = Duration::from_secs(u64::from(directory.settings.poll_minutes.max(1)) * 60);
    upstream
        .db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(store::START_FOLLOWING)
                    .bind(&key)
                    .execute(c)
                    .await
                    .map(drop))?;
                Ok(on!(tx, |c| sqlx::query_as(store::TAKE_TURN)
                    .bind(&key)
                    .bind(now)
                    .bind(now.minus(pause))
                    .fetch_optional(c)
                    .await)?)
            })
        })
        .await
}

async fn follow(
    upstream: &Upstream,
    (directory, watch): (&Configured, &dyn Watch),
    followed: Place,
    public_url: &url::Url,
) {
    let key = directory.settings.key.as_str();
    // First the subscription: what changes while the changes are read is heard of already.
    if let Err(trouble) = subscribe(upstream, (directory, watch), &followed, public_url).await {
        tracing::warn!(%trouble, directory = key, "it sends no notices; its changes are read now and then");
    }
    match read(upstream, (directory, watch), followed.cursor).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(directory = key, count, "people stand otherwise there"),
        Err(trouble) => tracing::warn!(%trouble, directory = key, "its changes could not be read"),
    }
}

/// Why a directory could not be followed.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Db(#[from] Error),
}

async fn subscribe(
    upstream: &Upstream,
    (directory, watch): (&Configured, &dyn Watch),
    followed: &Place,
    public_url: &url::Url,
) -> Result<(), Trouble> {
    let now = upstream.world.clock.now();
    let soon = now.plus(AHEAD);
    if !directory.settings.notices || followed.runs_out_at.is_some_and(|until| until > soon) {
        return Ok(());
    }
    let key = directory.settings.key.clone();
    let until = now.plus(SUBSCRIBED);
    let mut kept = None;
    if !followed.subscription.is_empty() {
        let renewed = watch.renew(&followed.subscription, until).await?;
        kept = renewed.map(|until| (followed.subscription.clone(), until));
    }
    let (id, until) = match kept {
        Some(kept) => kept,
        None => {
            let mut notices = public_url.clone();
            notices.set_path(&super::notices::path_of(&key));
            let to = WhereTo {
                notices: notices.to_string(),
                secret: notice_secret(&upstream.world.keys, &key),
            };
            let made = watch.subscribe(&to, until).await?;
            (made.id, made.until)
        }
    };
    upstream
        .db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(store::SUBSCRIBED)
                    .bind(&key)
                    .bind(&id)
                    .bind(until)
                    .execute(c)
                    .await
                    .map(drop))?;
                Ok::<(), Error>(())
            })
        })
        .await?;
    Ok(())
}

/// Reads what has changed since the last look; how many people stand otherwise.
async fn read(
    upstream: &Upstream,
    (directory, watch): (&Configured, &dyn Watch),
    mut cursor: String,
) -> Result<usize, Trouble> {
    let mut count = 0;
    for _ in 0..PAGES {
        let page = watch.delta(&cursor).await?;
        for (user, seen) in &page.users {
            match upstream.take(directory, (user, *seen)).await? {
                // The place stays: the page is read again when an operator has looked.
                Taken::Held => return Ok(count),
                Taken::Done(Followed::Nothing) => {}
                Taken::Done(_) => count += 1,
            }
        }
        // The place moves only when everything before it was taken over.
        cursor.clone_from(&page.cursor);
        let (key, place) = (directory.settings.key.clone(), page.cursor);
        upstream
            .db
            .write(move |tx| {
                Box::pin(async move {
                    on!(tx, |c| sqlx::query(store::FOLLOWED_TO)
                        .bind(&key)
                        .bind(&place)
                        .execute(c)
                        .await
                        .map(drop))?;
                    Ok::<(), Error>(())
                })
            })
            .await?;
        if !page.more {
            break;
        }
    }
    Ok(count)
}

/// Has the next look come at once: something was missed, or the subscription is gone.
///
/// # Errors
/// When the database refuses.
pub(super) async fn look_again(
    upstream: &Upstream,
    key: &str,
    is_unsubscribed: bool,
) -> Result<(), Error> {
    let key = key.to_owned();
    upstream
        .db
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(store::LOOK_AGAIN)
                    .bind(&key)
                    .bind(is_unsubscribed)
                    .execute(c)
                    .await
                    .map(drop))?;
                Ok(())
            })
        })
        .await
}
