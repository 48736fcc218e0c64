//! `vestibule check --conformance`: whether somebody's server keeps the HTTP contract.

use anyhow::anyhow;

use super::{End, Failure, say};
use crate::{
    crm::http::TestSystem,
    settings::{ConnectionKind, Settings},
    web::http_client::http_client,
};

pub(super) async fn run(key: &str, settings: &Settings) -> Result<End, Failure> {
    let connection = settings
        .connections
        .iter()
        .find(|connection| connection.key == key && connection.kind == ConnectionKind::Http)
        .ok_or_else(|| anyhow!("no connection of kind `http` has the key `{key}`"))?;
    let system = TestSystem::new(connection, http_client()?)?;
    let violations = system.check().await?;
    for violation in &violations {
        say(&format!(
            "broken: {}\n        {}",
            violation.check, violation.detail
        ));
    }
    if violations.is_empty() {
        say("Every promise of the contract is kept.");
        Ok(End::Done)
    } else {
        say(&format!("{} promises are broken.", violations.len()));
        Ok(End::Found)
    }
}
