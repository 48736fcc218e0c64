//! Every statement of every store, so that tests can prepare and explain them all.

/// The lists of all stores. `tests/it/architecture.rs` fails when a store is missing here.
#[must_use]
pub fn all() -> Vec<(&'static str, &'static [(&'static str, &'static str)])> {
    vec![
        ("access", crate::access::store::STATEMENTS),
        ("api", crate::api::store::STATEMENTS),
        ("audit", crate::audit::store::STATEMENTS),
        ("clients", crate::clients::store::STATEMENTS),
        ("contracts", crate::contracts::store::STATEMENTS),
        ("crm", crate::crm::store::STATEMENTS),
        ("crm/borrowed", crate::crm::borrowed::store::STATEMENTS),
        ("crm/builtin", crate::crm::builtin::store::STATEMENTS),
        ("crm/reconcile", crate::crm::reconcile::store::STATEMENTS),
        ("directory", crate::directory::store::STATEMENTS),
        ("invitations", crate::invitations::store::STATEMENTS),
        ("demo", crate::demo::store::STATEMENTS),
        ("organizations", crate::organizations::store::STATEMENTS),
        (
            "organizations/pages",
            crate::organizations::pages::store::STATEMENTS,
        ),
        (
            "operations/catalogue",
            crate::operations::catalogue::store::STATEMENTS,
        ),
        ("outbox", crate::outbox::store::STATEMENTS),
        ("people", crate::people::store::STATEMENTS),
        ("registration", crate::registration::store::STATEMENTS),
        ("sales", crate::sales::store::STATEMENTS),
        ("signals", crate::signals::store::STATEMENTS),
        ("tasks", crate::tasks::store::STATEMENTS),
        ("webhooks", crate::webhooks::store::STATEMENTS),
        (
            "webhooks/subscribers",
            crate::webhooks::subscribers::store::STATEMENTS,
        ),
    ]
}
