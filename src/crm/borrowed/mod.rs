//! A CRM without a licence for the portal: colleagues lend it their own credential for a while.
//!
//! [`lend`] keeps one, sealed, for hours and perhaps for a number of uses. [`Borrowed`] stands where
//! the adapter would: it reads with the credential that is lent, and [`Borrowed::for_batch`] claims a
//! use in the database before anything is written with it. When none is lent the answer is
//! [`super::port::CrmError::NoCredential`]: deliveries wait, and nothing counts as failed. [`end`]
//! wipes it: taken back, at its end, after its last use, when the CRM refuses it, when its lender may
//! lend no more. [`Borrowed::keep`] does so for what nobody asks for, [`end_of_others`] for connections
//! that borrow no more. [`count_try`] bounds how often somebody may try a value.

mod adapter;
mod end;
mod lend;
mod model;
mod standing;
pub mod store;
mod take;
mod tries;
mod usage;

pub use adapter::Borrowed;
pub use end::{end, end_of_others};
pub use lend::{Lend, LendError, lend};
pub use model::{
    EndedBecause, Lenders, Lent, Past, Secret, asked, bound_to, last, live, set_asked,
};
pub use standing::{Shown, Standing, standing};
pub use tries::{Try, count_try, forget_tries, give_back, note_refused};
