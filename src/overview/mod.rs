//! A company at a glance: who looks after it, its orders and open cases, as its CRM shows them.
//!
//! Pages load these panels after themselves (law 3), so a CRM that is slow or away takes nothing from
//! them. [`Shelf`] asks the CRM within a budget and keeps what it said for a few minutes, in memory
//! only: the portal stores nothing of it. Each part has its own age and its own failure. [`panels`]
//! turns it into words, [`visible`] says who sees which, [`pages`] is `/home/overview`.

pub mod pages;
mod panels;
mod shelf;
mod visible;

use axum::{Router, routing::get};

use crate::{app::AppState, web::urls};

pub use pages::for_staff;
pub use panels::{Card, Line, Pane, Panels};
pub use shelf::{Glance, Key, Shelf, Shown};
pub use visible::visible;

/// The routes of the home page's panels.
pub fn routes() -> Router<AppState> {
    Router::new().route(urls::HomeOverview::PATH, get(pages::home))
}
