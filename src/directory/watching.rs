//! Following directories in the background: the subscription is renewed long before it runs out, and
//! the changes are read now and then, so that a notice that is lost is not missed.

use std::time::Duration;

use super::{
    port::WhereTo,
    registry::{Configured, Directories},
    store,
    upstream::{Source, Taken, Trouble, Upstream},
};
use crate::{
    app::AppState,
    db::{Error, Tx},
    kernel::{Cx, Instant, Keyring},
    on, outbox,
    people::Followed,
    tasks::{self, NewTask, TaskKind},
};

/// How long a subscription is asked for; Graph gives 29 days at most.
const SUBSCRIBED: Duration = Duration::from_secs(28 * 86_400);
/// How long before its end it is renewed.
const AHEAD: Duration = Duration::from_secs(10 * 86_400);
/// Pages of changes of one look.
const PAGES: usize = 200;
/// How often it is looked whether a directory is due.
const EVERY: Duration = Duration::from_secs(60);
/// Looks in a row that fail before operators have a task.
const FAILURES: i64 = 3;

/// What is stored about following one directory.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Place {
    subscription: String,
    runs_out_at: Option<Instant>,
    cursor: String,
    failures: i64,
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

/// Follows the directories until the portal stops. What is under way then is read again later.
pub async fn keep_looking(state: AppState) {
    let stop = state.stop.clone();
    let pause = || tokio::time::sleep(EVERY);
    while stop.run_until_cancelled(pause()).await.is_some() {
        let upstream = Upstream::of(&state);
        let public_url = &state.settings.portal.public_url;
        let round = look(&upstream, &state.directories, public_url);
        if stop.run_until_cancelled(round).await.is_none() {
            return;
        }
        state.outbox.wake();
    }
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
                let source = Source { directory, watch };
                if let Err(error) = follow(upstream, source, followed, public_url).await {
                    tracing::warn!(%error, directory = key, "it was not noted how the look went");
                }
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
    source: Source<'_>,
    followed: Place,
    public_url: &url::Url,
) -> Result<(), Error> {
    let key = source.key();
    // First the subscription: what changes while the changes are read is heard of already.
    if let Err(trouble) = subscribe(upstream, source, &followed, public_url).await {
        tracing::warn!(%trouble, directory = key, "it sends no notices; its changes are read now and then");
    }
    let failed = match read(upstream, source, followed.cursor).await {
        Ok(0) => None,
        Ok(count) => {
            tracing::info!(directory = key, count, "people stand otherwise there");
            None
        }
        Err(trouble) => {
            tracing::warn!(%trouble, directory = key, "its changes could not be read");
            Some(trouble.to_string())
        }
    };
    if failed.is_none() && followed.failures == 0 {
        return Ok(());
    }
    let (cx, key) = (upstream.world.system("directory"), key.to_owned());
    let noted = upstream.db.write(move |tx| {
        Box::pin(async move {
            match failed {
                Some(reason) => look_failed(tx, &cx, &key, &reason).await,
                None => look_worked(tx, &cx, &key).await,
            }
        })
    });
    noted.await
}

/// Operators have a task once it has failed a few times in a row: nobody is kept out for it meanwhile.
async fn look_failed(tx: &mut Tx, cx: &Cx, key: &str, reason: &str) -> Result<(), Error> {
    let failures: Option<i64> = on!(tx, |c| sqlx::query_scalar(store::LOOK_FAILED)
        .bind(key)
        .fetch_optional(c)
        .await)?;
    if failures.is_none_or(|failures| failures < FAILURES) {
        return Ok(());
    }
    let task = NewTask {
        kind: TaskKind::DirectoryUnreadable,
        organization: None,
        subject: &outbox::directory_destination(key),
        detail: serde_json::json!({ "reason": reason }),
    };
    tasks::raise(tx, cx, task).await.map(drop)
}

async fn look_worked(tx: &mut Tx, cx: &Cx, key: &str) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::LOOK_WORKED)
        .bind(key)
        .execute(c)
        .await
        .map(drop))?;
    let subject = outbox::directory_destination(key);
    tasks::settle(tx, cx, TaskKind::DirectoryUnreadable, &subject).await
}

async fn subscribe(
    upstream: &Upstream,
    source: Source<'_>,
    followed: &Place,
    public_url: &url::Url,
) -> Result<(), Trouble> {
    let now = upstream.world.clock.now();
    let soon = now.plus(AHEAD);
    let Source { directory, watch } = source;
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
    source: Source<'_>,
    mut cursor: String,
) -> Result<usize, Trouble> {
    let mut count = 0;
    for _ in 0..PAGES {
        let read_at = upstream.world.clock.now();
        let page = source.watch.delta(&cursor).await?;
        let mut must_wait = false;
        for (user, seen) in &page.users {
            match upstream.take(source, (user, *seen), read_at).await? {
                // The place stays: the page is read again when an operator has looked.
                Taken::Held => return Ok(count),
                Taken::Later => must_wait = true,
                Taken::Done(Followed::Nothing) => {}
                Taken::Done(_) => count += 1,
            }
        }
        // The place stays here too, until what the portal itself did has settled there.
        if must_wait {
            return Ok(count);
        }
        // The place moves only when everything before it was taken over.
        cursor.clone_from(&page.cursor);
        let (key, place) = (source.key().to_owned(), page.cursor);
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
