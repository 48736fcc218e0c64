//! An invitation that cannot be accepted any more: since when, and what to do.

use axum::{http::StatusCode, response::Response};

use super::{
    given::Contact,
    view::{Action, LandingPage},
};
use crate::{
    invitations::{ASK_AGAIN_PAUSE, Ended, Place},
    kernel::Instant,
    web::{Shell, Visit, urls},
};

/// Why it cannot be accepted.
pub(super) enum Over {
    /// A newer link took this one's place.
    Replaced(Instant),
    /// It ended.
    Ended {
        ended: Ended,
        /// Whether whoever looks is the one who accepted it.
        by_you: bool,
    },
}

impl Over {
    fn words(&self) -> (&'static str, &'static str) {
        let Self::Ended { ended, by_you } = self else {
            return ("invitation-replaced-title", "invitation-replaced-text");
        };
        match ended {
            Ended::Expired { .. } => ("invitation-expired-title", "invitation-expired-text"),
            Ended::Revoked { .. } => ("invitation-revoked-title", "invitation-revoked-text"),
            Ended::Declined { .. } => ("invitation-declined-title", "invitation-declined-text"),
            Ended::Superseded { .. } => {
                ("invitation-superseded-title", "invitation-superseded-text")
            }
            Ended::Redeemed { .. } if *by_you => (
                "invitation-used-by-you-title",
                "invitation-used-by-you-text",
            ),
            Ended::Redeemed { .. } => ("invitation-used-title", "invitation-used-text"),
        }
    }

    fn at(&self) -> Instant {
        match self {
            Self::Replaced(at) => *at,
            Self::Ended { ended, .. } => ended.at(),
        }
    }
}

pub(super) fn page_of(visit: &Visit, place: &Place, over: &Over) -> Response {
    let (title, text) = over.words();
    let shell = visit.shell(title);
    let (when, organization) = (shell.moment(over.at()), place.organization.name.as_str());
    let mut text = vec![shell.t2(text, ("at", when), ("organization", organization))];
    let actions = match over {
        Over::Ended {
            ended: Ended::Expired { .. },
            ..
        } => {
            let (more, action) = ask_again(visit, &shell, place);
            text.push(more);
            action.into_iter().collect()
        }
        Over::Ended {
            ended: Ended::Redeemed { .. },
            by_you: true,
        } => {
            vec![Action::link(
                &shell,
                urls::Home,
                "invitation-open-portal",
                "primary",
            )]
        }
        Over::Ended {
            ended: Ended::Redeemed { .. },
            by_you: false,
        } => {
            vec![Action::link(
                &shell,
                urls::SignIn,
                "invitation-sign-in",
                "primary",
            )]
        }
        Over::Replaced(_) | Over::Ended { .. } => Vec::new(),
    };
    let contact = Some(Contact::of(&shell, &place.invitation));
    let landing = LandingPage {
        actions,
        ..LandingPage::new(shell, text, contact)
    };
    landing.answer(StatusCode::GONE)
}

/// The button, or since when the inviter has known.
fn ask_again(visit: &Visit, shell: &Shell, place: &Place) -> (String, Option<Action>) {
    let asked = place.invitation.asked_again_at;
    if let Some(asked) = asked.filter(|asked| visit.cx.now() < asked.plus(ASK_AGAIN_PAUSE)) {
        let text = shell.t1("invitation-expired-asked", "at", shell.moment(asked));
        return (text, None);
    }
    let action = Action::post(
        shell,
        urls::InvitationAskAgain,
        "invitation-ask-again",
        "primary",
    );
    (shell.t("invitation-expired-ask").into_owned(), Some(action))
}
