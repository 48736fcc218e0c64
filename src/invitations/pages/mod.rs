//! Pages of invitations: what the invitee sees, and what an organization's administrators do.

mod answer;
mod given;
mod invitee;
mod landing;
mod list;
mod new;
mod one;
mod open;
mod over;
mod preview;
mod renew;
mod view;
mod withdraw;
mod words;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{app::AppState, web::urls};

pub use words::{class_sentence, role_names, state_tag, step_words};

/// What the invitee sees; no sign-in is needed to see it.
pub fn invitee_routes() -> Router<AppState> {
    Router::new()
        .route(urls::InvitationLink::PATH, get(landing::link))
        .route(urls::Invitation::PATH, get(landing::show))
        .route(urls::InvitationContinue::PATH, post(answer::go_on))
        .route(urls::InvitationAccept::PATH, post(answer::accept))
        .route(
            urls::InvitationDecline::PATH,
            get(answer::ask_decline).post(answer::decline),
        )
        .route(urls::InvitationSwitch::PATH, post(answer::switch))
        .route(urls::InvitationForget::PATH, post(answer::forget))
        .route(urls::InvitationAskAgain::PATH, post(answer::ask_again))
        .route(urls::InvitationAskOther::PATH, post(answer::ask_other))
}

/// What an organization's administrators do.
pub fn admin_routes() -> Router<AppState> {
    Router::new()
        .route(urls::Invitations::PATH, get(list::list))
        .route(urls::Invite::PATH, get(new::form).post(new::submit))
        .route(urls::OrganizationInvitation::PATH, get(one::show))
        .route(urls::ResendInvitation::PATH, post(renew::resend))
        .route(
            urls::RevokeInvitation::PATH,
            get(withdraw::ask).post(withdraw::revoke),
        )
        .route(
            urls::CopyInvitationLink::PATH,
            get(renew::ask_link).post(renew::make_link),
        )
        .route(urls::InviteOtherAddress::PATH, post(withdraw::invite_other))
}
