//! Carrying a run on, page by page.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    compare::{Place, compare},
    missing::missing,
    model::{Phase, Run},
    read, store,
};
use crate::{
    crm::{
        intake::IntakeError,
        port::{CrmError, FeedPage},
        registry::{Connection, Connections},
    },
    db::{Database, Error, Tx},
    kernel::{
        Cx, Instant, World,
        ids::{Id, RunId},
        text,
    },
    on,
    tasks::{self, NewTask, TaskKind},
};

/// How long a run belongs to who carries it, without a sign of life.
const LEASE: Duration = Duration::from_secs(120);
/// The pause after the CRM could not be read.
const PAUSE: Duration = Duration::from_secs(300);

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advanced {
    /// There is more to do.
    More,
    /// The run is finished.
    Finished,
    /// Somebody else carries it, or it is gone.
    NotOurs,
}

/// Takes the open run of a connection, if nobody carries it, and carries it to its end. Before its
/// first page the feed is read to its end: what the next look would bring anyway is no difference.
///
/// # Errors
/// When the CRM or the database refuses: the run stays where it is and goes on later.
pub async fn run_open(
    db: &Database,
    world: &World,
    connections: &Connections,
    connection: &str,
    stop: &CancellationToken,
) -> Result<Option<RunId>, IntakeError> {
    let Some(connection) = connections.get(connection) else {
        return Ok(None);
    };
    let (key, now) = (connection.key().to_owned(), world.clock.now());
    let leased: Option<Run> = db
        .write(move |tx| {
            Box::pin(async move {
                let run = on!(tx, |c| sqlx::query_as(store::LEASE)
                    .bind(&key)
                    .bind(now)
                    .bind(now.plus(LEASE))
                    .fetch_optional(c)
                    .await)?;
                Ok::<_, Error>(run)
            })
        })
        .await?;
    let Some(run) = leased else { return Ok(None) };
    if run.phase == Phase::Records && run.cursor.is_empty() {
        let caught_up = connections.catch_up(connection.key()).await;
        if let Err(IntakeError::Crm(error)) = &caught_up {
            note_problem(db, world, &run, error).await?;
        }
        caught_up?;
    }
    while !stop.is_cancelled() {
        match advance(db, world, connection, &run.id).await? {
            Advanced::More => {}
            Advanced::Finished => return Ok(Some(run.id)),
            Advanced::NotOurs => return Ok(None),
        }
    }
    Ok(None)
}

/// Does one step of a run: reads a page, compares it, stores the findings and the new place.
///
/// # Errors
/// When the CRM or the database refuses; nothing of the step is kept then.
pub async fn advance(
    db: &Database,
    world: &World,
    connection: &Connection,
    run: &RunId,
) -> Result<Advanced, IntakeError> {
    let run = {
        let mut conn = db.read().await?;
        read::find_run(&mut conn, run).await?
    };
    let Some(run) = run.filter(|run| run.finished_at.is_none()) else {
        return Ok(Advanced::NotOurs);
    };
    let page = match run.phase {
        Phase::Records => match connection
            .crm
            .changes(&run.cursor, connection.batch())
            .await
        {
            Ok(mut page) => {
                connection.transforms.put_records(&mut page.records);
                Some(page)
            }
            Err(error) => {
                note_problem(db, world, &run, &error).await?;
                return Err(error.into());
            }
        },
        _ => None,
    };
    let (cx, fields) = (world.system("reconciliation"), connection.fields.clone());
    let transforms = connection.transforms.clone();
    let advanced = db
        .write(move |tx| {
            Box::pin(async move {
                match page {
                    Some(page) => {
                        let place = Place {
                            run: &run.id,
                            connection: &run.connection,
                            fields: &fields,
                            transforms: &transforms,
                        };
                        records(tx, &cx, &run, &place, page).await
                    }
                    None => ours(tx, &cx, &run).await,
                }
            })
        })
        .await?;
    Ok(advanced)
}

async fn records(
    tx: &mut Tx,
    cx: &Cx,
    run: &Run,
    place: &Place<'_>,
    page: FeedPage,
) -> Result<Advanced, Error> {
    // A feed that says "more" and stands still would never end.
    let more = page.more && page.cursor != run.cursor;
    let count = compare(tx, cx, place, page.records).await?;
    let next = if more {
        (Phase::Records, page.cursor)
    } else {
        (Phase::Members, String::new())
    };
    go_on(tx, cx, run, next, count).await
}

async fn ours(tx: &mut Tx, cx: &Cx, run: &Run) -> Result<Advanced, Error> {
    let next = match (missing(tx, cx, run).await?, run.phase) {
        (Some(end), phase) => (phase, end),
        (None, Phase::Members) => (Phase::People, String::new()),
        (None, Phase::People) => (Phase::Contracts, String::new()),
        (None, _) => (Phase::Done, String::new()),
    };
    go_on(tx, cx, run, next, 0).await
}

/// Moves the run on; what the transaction did falls with it when somebody else has moved it.
async fn go_on(
    tx: &mut Tx,
    cx: &Cx,
    run: &Run,
    (phase, cursor): (Phase, String),
    count: i64,
) -> Result<Advanced, Error> {
    let is_done = phase == Phase::Done;
    let moved: Option<(RunId,)> = on!(tx, |c| sqlx::query_as(store::MOVE)
        .bind(&run.id)
        .bind(run.phase)
        .bind(&run.cursor)
        .bind(phase)
        .bind(&cursor)
        .bind(count)
        .bind(cx.now().plus(LEASE))
        .bind(is_done.then(|| cx.now()))
        .fetch_optional(c)
        .await)?;
    if moved.is_none() {
        return Err(Error::Lost);
    }
    if !is_done {
        return Ok(Advanced::More);
    }
    on!(tx, |c| sqlx::query(store::FORGET_SEEN)
        .bind(&run.id)
        .execute(c)
        .await
        .map(drop))?;
    report(tx, cx, run).await?;
    Ok(Advanced::Finished)
}

/// Operators hear of what was found with their next letter.
async fn report(tx: &mut Tx, cx: &Cx, run: &Run) -> Result<(), Error> {
    let mut detail = serde_json::Map::new();
    for count in read::counts(tx, &run.id).await? {
        detail.insert(count.class.as_str().to_owned(), count.found.into());
    }
    if detail.is_empty() {
        return tasks::settle(tx, cx, TaskKind::Differences, &run.connection).await;
    }
    detail.insert("run".to_owned(), run.id.as_str().into());
    let task = NewTask {
        kind: TaskKind::Differences,
        organization: None,
        subject: &run.connection,
        detail: detail.into(),
    };
    tasks::raise(tx, cx, task).await.map(drop)
}

async fn note_problem(
    db: &Database,
    world: &World,
    run: &Run,
    error: &CrmError,
) -> Result<(), Error> {
    let problem = text::one_line(&error.to_string(), 300);
    let (id, again): (RunId, Instant) = (run.id.clone(), world.clock.now().plus(PAUSE));
    db.write(move |tx| {
        Box::pin(async move {
            on!(tx, |c| sqlx::query(store::NOTE_PROBLEM)
                .bind(&id)
                .bind(&problem)
                .bind(again)
                .execute(c)
                .await
                .map(drop))?;
            Ok(())
        })
    })
    .await
}
