//! The page that says what a change does before it is made.

use askama::Template;

use crate::web::{Field, Shell};

/// A question with its effects, answered by a POST to the same address.
#[derive(Template)]
#[template(path = "organizations/confirm.html")]
pub(super) struct ConfirmPage {
    pub(super) shell: Shell,
    pub(super) action: String,
    pub(super) button: String,
    pub(super) back: String,
    pub(super) effects: Vec<String>,
    /// Where a reason can be given.
    pub(super) reason: Option<Field>,
    pub(super) danger: bool,
}
