//! Everything a town's database holds, as text.

use super::town::Town;
use crate::support;

/// Every row of every table.
pub async fn dump(town: &Town) -> String {
    support::dump::dump(&town.test).await
}
