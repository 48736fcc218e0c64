//! The letter to colleagues when changes wait for a credential: once a day at most.

use std::time::Duration;

use crate::{
    app::AppState,
    crm::{
        Connection,
        borrowed::{self, Standing},
    },
    db::{Error, Tx, dialect},
    kernel::{Cx, EmailAddress},
    mail::{self, Letterhead, Post, letters::CredentialWanted},
    settings::{ConnectionSettings, Settings},
    tasks::{self, NewTask, TaskKind},
    web::{Lang, urls},
};

/// No colleague is asked again sooner.
const PAUSE: Duration = Duration::from_secs(24 * 3_600);

/// Asks for a credential wherever changes wait for one; returns how many connections were asked for.
/// Safe to call on several nodes at once.
///
/// # Errors
/// When the database refuses.
pub async fn ask_for_credentials(state: &AppState) -> Result<usize, Error> {
    let mut asked = 0;
    for connection in state.crm.iter() {
        if wanted(state, connection).await? && write_for(state, connection.settings.clone()).await?
        {
            asked += 1;
        }
    }
    if asked > 0 {
        state.outbox.wake();
    }
    Ok(asked)
}

/// Whether changes wait and nobody was asked lately; costs the writer nothing.
async fn wanted(state: &AppState, connection: &Connection) -> Result<bool, Error> {
    if connection.borrowed.is_none() {
        return Ok(false);
    }
    let now = state.world.clock.now();
    let mut conn = state.db.read().await?;
    let standing = borrowed::standing(&mut conn, connection, now).await?;
    let waits = |it: Standing| it.lent.is_none() && it.waiting > 0;
    if !standing.is_some_and(waits) {
        return Ok(false);
    }
    let key = connection.key();
    let is_raised = tasks::is_open(&mut conn, TaskKind::CredentialMissing, key).await?;
    let asked = borrowed::asked(&mut conn, key).await?;
    let is_recent = asked.is_some_and(|at| now.since(at) < PAUSE);
    Ok(!is_raised || !is_recent)
}

async fn write_for(state: &AppState, connection: ConnectionSettings) -> Result<bool, Error> {
    let (here, cx) = (state.clone(), state.world.system("operations"));
    state
        .db
        .write(move |tx| Box::pin(async move { write(tx, &cx, (&here, &connection)).await }))
        .await
}

async fn write(
    tx: &mut Tx,
    cx: &Cx,
    (state, connection): (&AppState, &ConnectionSettings),
) -> Result<bool, Error> {
    let key = connection.key.as_str();
    dialect::lock(tx, &format!("credential-letter:{key}")).await?;
    let Some(known) = state.crm.get(key) else {
        return Ok(false);
    };
    let standing = borrowed::standing(tx, known, cx.now()).await?;
    let Some(standing) = standing.filter(|it| it.lent.is_none() && it.waiting > 0) else {
        return Ok(false);
    };
    let task = NewTask {
        kind: TaskKind::CredentialMissing,
        organization: None,
        subject: key,
        detail: serde_json::json!({}),
    };
    tasks::raise(tx, cx, task).await?;
    // This letter tells of the task, not the one to operators.
    tasks::set_told_of(tx, cx, TaskKind::CredentialMissing, key).await?;
    let settings = &state.settings;
    let asked = borrowed::asked(tx, key).await?;
    let is_recent = asked.is_some_and(|at| cx.now().since(at) < PAUSE);
    if settings.operations.letter_minutes == 0 || is_recent {
        return Ok(false);
    }
    let head = Letterhead::of(&settings.portal);
    let letter = CredentialWanted {
        connection: connection.name.clone(),
        waiting: standing.waiting,
        link: head.link(urls::Credential { connection: key }),
    };
    for colleague in lenders(settings, connection) {
        let post = Post {
            to: colleague,
            lang: Lang::parse(&settings.portal.default_language).unwrap_or(Lang::En),
            reply_to: None,
            organization: None,
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    borrowed::set_asked(tx, cx, key).await?;
    Ok(true)
}

fn lenders<'a>(
    settings: &'a Settings,
    connection: &'a ConnectionSettings,
) -> impl Iterator<Item = &'a EmailAddress> {
    let may = |roles: &[_]| {
        let mut roles = roles.iter();
        roles.any(|role| connection.credential_lenders.contains(role))
    };
    let staff = settings.staff.iter();
    staff
        .filter(move |staff| may(&staff.roles))
        .map(|staff| &staff.email)
}
