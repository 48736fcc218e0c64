//! Where the person is signed in, and ending it.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};

use super::{pages::provider_name, user_agent::Device};
use crate::{
    access::{
        actors::SignedIn,
        sessions::{self, ListedSession},
    },
    kernel::ids::{Id, SessionId},
    web::{Flash, Refusal, Shell, Visit, page, urls},
};

struct Row {
    device: String,
    provider: String,
    since: String,
    last_seen: String,
    is_here: bool,
    end: String,
}

#[derive(Template)]
#[template(path = "people/sessions.html")]
struct SessionsPage {
    shell: Shell,
    rows: Vec<Row>,
    has_others: bool,
    end_others: String,
}

/// `GET /profile/sessions`
pub async fn show(signed_in: SignedIn) -> Result<Response, Refusal> {
    let visit = &signed_in.visit;
    let now = visit.cx.now();
    let idle = u64::from(visit.state.settings.session.idle_minutes) * 60;
    let seen_since = now.minus(std::time::Duration::from_secs(idle));
    let person = &signed_in.gate.person_id;
    let mut conn = visit.state.db.read().await?;
    let listed = sessions::list_for_person(&mut conn, person, now, seen_since).await?;
    drop(conn);
    let shell = signed_in.shell("layout-sessions");
    let here = &signed_in.gate.session_id;
    let row = |session: &ListedSession| row(visit, &shell, session, here);
    let mut rows: Vec<Row> = listed.iter().map(row).collect();
    rows.sort_by_key(|row| !row.is_here);
    let sessions = SessionsPage {
        has_others: rows.iter().any(|row| !row.is_here),
        rows,
        end_others: urls::EndOtherSessions.to_string(),
        shell,
    };
    Ok(page(StatusCode::OK, &sessions))
}

fn row(visit: &Visit, shell: &Shell, session: &ListedSession, here: &SessionId) -> Row {
    let is_here = session.id == *here;
    Row {
        device: device_in_words(shell, &session.user_agent),
        provider: provider_name(visit, &session.provider),
        since: shell.moment(session.created_at),
        last_seen: if is_here {
            shell.t("sessions-now").into_owned()
        } else {
            shell.moment(session.last_seen_at)
        },
        is_here,
        end: urls::EndSession {
            session: &session.id,
        }
        .to_string(),
    }
}

fn device_in_words(shell: &Shell, user_agent: &str) -> String {
    match Device::of(user_agent) {
        Device {
            browser: Some(browser),
            system: Some(system),
        } => shell.t2("sessions-device", ("browser", browser), ("system", system)),
        Device {
            browser: Some(one),
            system: None,
        }
        | Device {
            browser: None,
            system: Some(one),
        } => one.to_owned(),
        Device {
            browser: None,
            system: None,
        } => shell.t("sessions-device-unknown").into_owned(),
    }
}

/// `POST /profile/sessions/{session}/end`. One that is over, somebody else's and one that never was
/// get the same answer.
pub async fn end(signed_in: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = SessionId::parse(&id).map_err(|_| Refusal::NotFound)?;
    let visit = &signed_in.visit;
    let (cx, person) = (visit.cx.clone(), signed_in.gate.person_id.clone());
    let ended = visit.state.db.write(move |tx| {
        Box::pin(async move { sessions::end(tx, &cx, &person, &id, "by_person").await })
    });
    let flash = match ended.await? {
        Some(_) => Flash::success(visit.t("sessions-ended")),
        None => Flash::info(visit.t("sessions-ended-before")),
    };
    Ok(visit.go(urls::Sessions, Some(flash)))
}

/// `POST /profile/sessions/end-others`
pub async fn end_others(signed_in: SignedIn) -> Result<Response, Refusal> {
    let visit = &signed_in.visit;
    let cx = visit.cx.clone();
    let (person, here) = (
        signed_in.gate.person_id.clone(),
        signed_in.gate.session_id.clone(),
    );
    let ended = visit.state.db.write(move |tx| {
        Box::pin(async move { sessions::end_others(tx, &cx, &person, &here).await })
    });
    let count = i64::try_from(ended.await?).unwrap_or(i64::MAX);
    let shell = visit.shell("");
    let flash = Flash::success(shell.t1("sessions-others-ended", "count", count));
    Ok(visit.go(urls::Sessions, Some(flash)))
}
