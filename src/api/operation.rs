//! One operation of the API, as the table has it.

use axum::routing::MethodRouter;
use futures_util::future::BoxFuture;

use super::{Answer, Call};
use crate::{app::AppState, clients::Scope, web::Problem};

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A part of the path.
    Path,
    /// After the question mark.
    Query,
}

/// A parameter beside the body.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// What it means.
    pub about: &'static str,
    /// The component that describes it.
    pub schema: &'static str,
}

/// An answer that the document promises.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// The status.
    pub status: u16,
    /// When.
    pub about: &'static str,
    /// The component that describes the body; empty when it is none of JSON.
    pub schema: &'static str,
}

/// Who answers.
#[derive(Clone, Copy)]
pub enum Handler {
    /// A program with a token.
    Client(
        Scope,
        fn(Call) -> BoxFuture<'static, Result<Answer, Problem>>,
    ),
    /// A program with a token that asks something in a body and changes nothing.
    Question(
        Scope,
        fn(Call) -> BoxFuture<'static, Result<Answer, Problem>>,
    ),
    /// A caller that proves itself in a way of its own.
    Proved(fn() -> MethodRouter<AppState>),
    /// Anybody.
    Anybody(fn() -> MethodRouter<AppState>),
}

/// One operation.
pub struct Operation {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The router's pattern.
    pub path: &'static str,
    /// Its name in the document.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What is worth knowing.
    pub about: &'static str,
    /// Path and query.
    pub parameters: &'static [Parameter],
    /// The component that describes the body; empty when it takes none.
    pub request: &'static str,
    /// Bytes of a body at most.
    pub largest: usize,
    /// What it answers when nothing is wrong, and problems that only it has.
    pub answers: &'static [Promise],
    /// Who answers.
    pub handler: Handler,
}

impl Operation {
    /// The scope that it needs; `None` for what anybody may ask.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        match self.handler {
            Handler::Client(scope, _) | Handler::Question(scope, _) => Some(scope),
            Handler::Anybody(_) | Handler::Proved(_) => None,
        }
    }

    /// Whether it asks something in a body: it takes no Idempotency-Key, and a body that does not
    /// fit is a bad request.
    #[must_use]
    pub fn is_question(&self) -> bool {
        matches!(self.handler, Handler::Question(..))
    }

    /// Whether it has a body.
    #[must_use]
    pub fn is_post(&self) -> bool {
        self.method == "POST"
    }
}
