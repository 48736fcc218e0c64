//! The API that CRMs and other programs call: `/api/v1/…`.
//!
//! One table, [`operations`], says what there is: the router, the OpenAPI document and the reference
//! page are made of it, so they cannot disagree. A call takes one way, `run.rs`: who calls
//! ([`ApiClient`]), how often, with which scope, what the body says (`schema.rs`), whether the same
//! was asked before (`idempotency.rs`); then the handler calls the actions of the features, as the
//! pages do. What went wrong is a problem document (RFC 9457).
//!
//! Start reading at `table.rs`, then `run.rs` and `invitations.rs`.

mod answer;
mod authzen;
mod batch;
mod claims;
mod client;
mod document;
mod events;
mod idempotency;
mod invitations;
mod invite;
mod limits;
mod members;
mod operation;
mod people;
mod people_letter;
mod reference;
mod routes;
mod run;
mod schema;
mod schemas;
pub mod store;
mod table;
mod target;
mod token;
mod token_request;
mod webhooks;

pub use answer::Answer;
pub use client::ApiClient;
pub use document::document;
pub use idempotency::forget_answers;
pub use limits::Limits;
pub use operation::{Operation, Parameter, Place};
pub use routes::routes;
pub use run::Call;
pub use schema::check as check_schema;
pub use table::operations;
