//! Whether the process answers, and whether the portal can serve.

use axum::{extract::State, http::StatusCode};

use crate::{app::AppState, on};

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// The database answers and no stop is under way.
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, &'static str) {
    if state.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    let answers = async {
        let mut conn = state.db.read().await?;
        on!(conn, |c| sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok::<_, crate::db::Error>(())
    };
    match answers.await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer",
            )
        }
    }
}
