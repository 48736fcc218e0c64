//! The tabs above every page of operations.

use std::fmt::Display;

use crate::web::{Shell, urls};

/// One tab.
#[derive(Debug, Clone)]
pub(super) struct Tab {
    pub(super) href: String,
    pub(super) text: String,
    pub(super) current: bool,
}

/// The tabs, with the one of `here` marked.
pub(super) fn tabs(shell: &Shell, here: impl Display) -> Vec<Tab> {
    let here = here.to_string();
    let tab = |href: &dyn Display, key: &str| Tab {
        current: href.to_string() == here,
        href: href.to_string(),
        text: shell.t(key).into_owned(),
    };
    vec![
        tab(&urls::Operations, "operations-tab-overview"),
        tab(&urls::Deliveries, "operations-tab-deliveries"),
        tab(&urls::DeadLetters, "operations-tab-dead-letters"),
        tab(&urls::Matches, "operations-tab-matches"),
        tab(&urls::Connections, "operations-tab-connections"),
        tab(&urls::Reconciliation, "operations-tab-reconciliation"),
        tab(&urls::Catalogue, "operations-tab-catalogue"),
        tab(&urls::ApiClients, "operations-tab-clients"),
        tab(&urls::Webhooks, "operations-tab-webhooks"),
        tab(&urls::OperationsPeople, "operations-tab-people"),
        tab(&urls::Receipts, "operations-tab-receipts"),
        tab(&urls::OperationsAudit, "operations-tab-audit"),
    ]
}
