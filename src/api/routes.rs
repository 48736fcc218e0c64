//! The router, made of the table.

use axum::{
    Router,
    extract::{RawPathParams, Request},
    routing::{MethodRouter, get, post},
};

use super::{
    ApiClient,
    operation::{Handler, Operation},
    run::run,
    table::operations,
};
use crate::app::AppState;

/// Every operation under its address.
pub fn routes() -> Router<AppState> {
    operations()
        .iter()
        .fold(Router::new(), |router, operation| {
            router.route(operation.path, methods(operation))
        })
}

fn methods(operation: &'static Operation) -> MethodRouter<AppState> {
    let answer = move |client: ApiClient, params: RawPathParams, request: Request| {
        run(operation, client, params, request)
    };
    match operation.handler {
        Handler::Anybody(make) | Handler::Proved(make) => make(),
        Handler::Client(..) | Handler::Question(..) if operation.is_post() => post(answer),
        Handler::Client(..) | Handler::Question(..) => get(answer),
    }
}
