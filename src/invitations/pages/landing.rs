//! `GET /i/{secret}` and `GET /invitation`: what a link means to whoever opened it. Neither changes
//! anything in the database, however often a person or a mail scanner asks.

use axum::{
    extract::OriginalUri,
    http::{StatusCode, header},
    response::Response,
};

use super::{
    given::Contact,
    invitee::{self, Invitee},
    open,
    over::{self, Over},
    view::LandingPage,
};
use crate::{
    invitations::{self, Situation},
    kernel::{LinkSecret, SecretHash},
    web::{Refusal, Visit, see_other, urls},
};

/// `GET /i/{secret}`: the secret moves from the address into a cookie.
///
/// A text that is no secret is put in its place as one that nobody has, so that it takes the same
/// way and the same time as an unknown one.
pub async fn link(visit: Visit, OriginalUri(uri): OriginalUri) -> Result<Response, Refusal> {
    let text = uri.path().rsplit('/').next().unwrap_or_default();
    let secret = LinkSecret::parse(text).or_else(|| {
        let nobodys = SecretHash::of(text.as_bytes());
        LinkSecret::parse(nobodys.as_str())
    });
    let cookie = invitee::keep(&visit, &secret.ok_or(Refusal::Defect)?)?;
    let mut response = invitee::private(see_other(urls::Invitation::PATH));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `GET /invitation`
pub async fn show(invitee: Invitee) -> Result<Response, Refusal> {
    let visit = &invitee.visit;
    let Some(secret) = &invitee.secret else {
        return Ok(nothing(
            visit,
            "invitation-none-title",
            "invitation-none-text",
        ));
    };
    let now = visit.cx.now();
    let mut conn = visit.state.db.read().await?;
    let situation = invitations::look(&mut conn, secret, invitee.account.as_ref(), now).await?;
    drop(conn);
    Ok(match situation {
        Situation::Unknown => nothing(visit, "invitation-unknown-title", "invitation-unknown-text"),
        Situation::Replaced { at, place } => over::page_of(visit, &place, &Over::Replaced(at)),
        Situation::Over {
            ended,
            by_you,
            place,
        } => over::page_of(visit, &place, &Over::Ended { ended, by_you }),
        Situation::Open { meeting, place } => open::page_of(visit, &place, &meeting),
    })
}

/// A page that offers nothing but whom to write to.
fn nothing(visit: &Visit, title: &str, text: &str) -> Response {
    let shell = visit.shell(title);
    let text = vec![shell.t(text).into_owned()];
    let contact = Some(Contact::support(&shell));
    LandingPage::new(shell, text, contact).answer(StatusCode::NOT_FOUND)
}
