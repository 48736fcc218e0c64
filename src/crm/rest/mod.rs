//! What adapters that speak HTTP share: one call with a bounded answer, the CRM's pauses, a meter of
//! calls and limits, a bearer token that is renewed once when the CRM no longer takes it, and a place
//! in a feed of stamps.
//!
//! Nothing here knows a CRM. An adapter decides what a status means; [`Answer::failure`] has the
//! usual meaning for all that it does not know better. Neither bodies nor tokens are ever logged.

mod answer;
mod meter;
mod place;
mod session;

pub use answer::{Answer, LARGEST_ANSWER, Transport, send};
pub use meter::{Meter, ReadLimits, number, standard_limits};
pub use place::Place;
pub use session::{Fetched, Given, Session, TokenSource};
