//! `/`: home for whoever is signed in; for everybody else, what this is and the three ways in.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::actors::{NotAllowed, SignedIn};
use crate::web::{Shell, Visit, page, see_other, urls};

#[derive(Template)]
#[template(path = "access/front_door.html")]
struct FrontDoor {
    shell: Shell,
    can_register: bool,
}

/// Shows the front door or leads on to home.
pub async fn show(signed_in: Result<SignedIn, NotAllowed>, visit: Visit) -> Response {
    match signed_in {
        Ok(_) => see_other(urls::Home::PATH),
        Err(NotAllowed::Refused(refusal)) => refusal.into_response(),
        Err(NotAllowed::SignIn(_)) => {
            let registration = &visit.state.settings.registration;
            let can_register = registration.contract || registration.new_company;
            page(
                StatusCode::OK,
                &FrontDoor {
                    shell: visit.shell("front-title"),
                    can_register,
                },
            )
        }
    }
}
