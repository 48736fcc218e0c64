//! The one integration-test binary: behaviour through real databases, the real router, real HTTP.
//!
//! `cargo test` runs everything on SQLite with nothing installed. With
//! `VESTIBULE_TEST_POSTGRES_URL` (a superuser's URL of a throw-away server; `./tests/run` gives it)
//! every test that takes an engine runs on PostgreSQL as well.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::type_complexity,
    dead_code,
    reason = "a test may panic, print and read the environment"
)]

mod support;

mod api;
mod architecture;
mod borrowed;
mod builtin_crm;
mod catalogue;
mod catalogue_versions;
mod cli;
mod contract_notices;
mod contracts;
mod crm_conformance;
mod crm_destination;
mod crm_dynamics365;
mod crm_http;
mod crm_http_contract;
mod crm_http_delivery;
mod crm_hubspot;
mod crm_odoo;
mod crm_overview;
mod crm_pages;
mod crm_salesforce;
mod crm_table;
mod directory;
mod directory_blocks;
mod directory_graph;
mod directory_keycloak;
mod directory_late;
mod directory_receipts;
mod directory_scim;
mod directory_table;
mod evidence;
mod explain;
mod figures;
mod first_refusals;
mod foundation;
mod import;
mod intake;
mod invitations;
mod keeping_out;
mod leavers;
mod limits;
mod locales;
mod mail;
mod mapping;
mod member_letters;
mod member_pages;
mod members;
mod operations;
mod operators;
mod organization_settings;
mod organizations;
mod outbox;
mod outbox_decisions;
mod outbox_lanes;
mod overview;
mod pacing;
mod proof;
mod receipts;
mod reconciliation;
mod registration;
mod routes;
mod schema_parity;
mod seats;
mod sign_in;
mod signals;
mod silence;
mod two_crms;
mod webhooks;
mod webhooks_out;
mod why;
