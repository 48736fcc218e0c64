//! The one page for a contract that was not confirmed, whatever the reason: it depends on nothing
//! that was typed or found (law 8, and a guesser learns nothing).

use askama::Template;
use axum::{http::StatusCode, response::Response};
use tower_sessions::Session;

use super::check::{answer_to, sending};
use crate::{
    registration::{model::Kind, send, visitor::Registrant},
    web::{Refusal, Shell, page, see_other, urls},
};

#[derive(Template)]
#[template(path = "registration/unconfirmed.html")]
struct UnconfirmedPage {
    shell: Shell,
}

/// The page for everything that was not confirmed.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let shell = registrant.shell("registration-unconfirmed-title");
    Ok(page(StatusCode::OK, &UnconfirmedPage { shell }))
}

/// "Continue, and check it for me".
pub async fn go_on(registrant: Registrant, session: Session) -> Result<Response, Refusal> {
    let sending = match sending(&registrant).await? {
        Ok(sending) if sending.draft.kind == Kind::Contract => sending,
        Ok(_) => return Ok(see_other(urls::RegisterCheck::PATH)),
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let visit = &registrant.visit;
    let submitted = send::send_by_hand(&visit.state, &visit.cx, sending).await?;
    answer_to(&registrant, &session, submitted).await
}
