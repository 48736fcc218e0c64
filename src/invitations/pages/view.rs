//! The page of a link, in all its situations: one template.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::{
    given::{Contact, Given},
    invitee,
};
use crate::web::{Shell, page};

/// One way on from the page.
pub(super) struct Action {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) tone: &'static str,
    /// Whether it changes something, and so is a form.
    pub(super) posts: bool,
}

impl Action {
    pub(super) fn post(
        shell: &Shell,
        to: impl std::fmt::Display,
        key: &str,
        tone: &'static str,
    ) -> Self {
        Self::post_as(to, shell.t(key).into_owned(), tone)
    }

    /// A button whose words need more than their key.
    pub(super) fn post_as(to: impl std::fmt::Display, label: String, tone: &'static str) -> Self {
        Self {
            href: to.to_string(),
            label,
            tone,
            posts: true,
        }
    }

    pub(super) fn link(
        shell: &Shell,
        to: impl std::fmt::Display,
        key: &str,
        tone: &'static str,
    ) -> Self {
        Self {
            posts: false,
            ..Self::post(shell, to, key, tone)
        }
    }
}

/// The two addresses when somebody else is signed in.
pub(super) struct Two {
    pub(super) invited: String,
    pub(super) name: String,
    pub(super) address: String,
}

#[derive(Template)]
#[template(path = "invitations/landing.html")]
pub(super) struct LandingPage {
    pub(super) shell: Shell,
    /// What it means, one paragraph each.
    pub(super) text: Vec<String>,
    /// What is offered; `None` when there is nothing to offer any more.
    pub(super) given: Option<Given>,
    /// Both addresses, when they differ.
    pub(super) two: Option<Two>,
    /// Whom to ask.
    pub(super) contact: Option<Contact>,
    pub(super) actions: Vec<Action>,
    /// What happens next, small.
    pub(super) next: String,
}

impl LandingPage {
    /// A page of words and somebody to ask.
    pub(super) fn new(shell: Shell, text: Vec<String>, contact: Option<Contact>) -> Self {
        Self {
            shell,
            text,
            given: None,
            two: None,
            contact,
            actions: Vec::new(),
            next: String::new(),
        }
    }

    pub(super) fn answer(&self, status: StatusCode) -> Response {
        invitee::private(page(status, self))
    }
}
