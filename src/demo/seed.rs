//! The sample data, written once through the same actions that people's clicks use.

use anyhow::Result;

use super::crm_data;
use crate::{app::AppState, db::Error, on};

/// Fills an empty installation; does nothing when there is data.
///
/// # Errors
/// When something is not accepted.
pub async fn seed(state: &AppState) -> Result<()> {
    if has_data(state).await? {
        return Ok(());
    }
    crm_data::seed(&state.db, &state.world).await
}

async fn has_data(state: &AppState) -> Result<bool, Error> {
    let mut conn = state.db.read().await?;
    let first: Option<(String,)> = on!(conn, |c| sqlx::query_as(
        "SELECT id FROM builtin_accounts LIMIT 1"
    )
    .fetch_optional(c)
    .await)?;
    Ok(first.is_some())
}
