//! `GET /i/{secret}` and `GET /invitation`: what a link means to whoever opened it. Neither changes
//! anything in the database, however often a person or a mail scanner asks.

use askama::Template;
use axum::{
    extract::OriginalUri,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    given::{Contact, Given},
    invitee::{self, Invitee},
};
use crate::{
    access::Catalogue,
    invitations::{self, Ended, Meeting, Place, Seen, Situation},
    kernel::{Instant, LinkSecret, SecretHash},
    web::{Refusal, Shell, Visit, page, see_other, urls},
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

/// One way on from the page.
pub(super) struct Action {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) tone: &'static str,
    /// Whether it changes something, and so is a form.
    pub(super) posts: bool,
}

impl Action {
    fn post(shell: &Shell, to: impl std::fmt::Display, key: &str, tone: &'static str) -> Self {
        Self {
            href: to.to_string(),
            label: shell.t(key).into_owned(),
            tone,
            posts: true,
        }
    }

    fn link(shell: &Shell, to: impl std::fmt::Display, key: &str, tone: &'static str) -> Self {
        Self {
            posts: false,
            ..Self::post(shell, to, key, tone)
        }
    }
}

/// The two addresses when somebody else is signed in.
struct Two {
    invited: String,
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "invitations/landing.html")]
struct LandingPage {
    shell: Shell,
    /// What it means, one paragraph each.
    text: Vec<String>,
    /// What is offered; `None` when there is nothing to offer any more.
    given: Option<Given>,
    /// Both addresses, when they differ.
    two: Option<Two>,
    /// Whom to ask.
    contact: Option<Contact>,
    actions: Vec<Action>,
    /// What happens next, small.
    next: String,
}

/// `GET /invitation`
pub async fn show(invitee: Invitee) -> Result<Response, Refusal> {
    let visit = &invitee.visit;
    let Some(secret) = &invitee.secret else {
        return Ok(plain(
            visit,
            StatusCode::NOT_FOUND,
            "invitation-none-title",
            "invitation-none-text",
        ));
    };
    let now = visit.cx.now();
    let mut conn = visit.state.db.read().await?;
    let situation = invitations::look(&mut conn, secret, invitee.account.as_ref(), now).await?;
    drop(conn);
    Ok(match situation {
        Situation::Unknown => plain(
            visit,
            StatusCode::NOT_FOUND,
            "invitation-unknown-title",
            "invitation-unknown-text",
        ),
        Situation::Replaced { at, place } => gone(visit, &place, &Gone::Replaced(at)),
        Situation::Over {
            ended,
            by_you,
            place,
        } => gone(visit, &place, &Gone::Over(ended, by_you)),
        Situation::Open { meeting, place } => open(visit, &place, &meeting),
    })
}

/// A page that offers nothing but whom to write to.
fn plain(visit: &Visit, status: StatusCode, title: &str, text: &str) -> Response {
    let shell = visit.shell(title);
    let contact = Contact::support(&shell);
    let landing = LandingPage {
        text: vec![shell.t(text).into_owned()],
        given: None,
        two: None,
        contact: Some(contact),
        actions: Vec::new(),
        next: String::new(),
        shell,
    };
    answer(status, &landing)
}

fn answer(status: StatusCode, landing: &LandingPage) -> Response {
    invitee::private(page(status, landing).into_response())
}

enum Gone {
    Replaced(Instant),
    Over(Ended, bool),
}

impl Gone {
    /// Title, sentence and since when.
    fn words(&self) -> (&'static str, &'static str, Instant) {
        match self {
            Self::Replaced(at) => ("invitation-replaced-title", "invitation-replaced-text", *at),
            Self::Over(ended, by_you) => {
                let (title, text) = match ended {
                    Ended::Expired { .. } => {
                        ("invitation-expired-title", "invitation-expired-text")
                    }
                    Ended::Revoked { .. } => {
                        ("invitation-revoked-title", "invitation-revoked-text")
                    }
                    Ended::Declined { .. } => {
                        ("invitation-declined-title", "invitation-declined-text")
                    }
                    Ended::Superseded { .. } => {
                        ("invitation-superseded-title", "invitation-superseded-text")
                    }
                    Ended::Redeemed { .. } if *by_you => (
                        "invitation-used-by-you-title",
                        "invitation-used-by-you-text",
                    ),
                    Ended::Redeemed { .. } => ("invitation-used-title", "invitation-used-text"),
                };
                (title, text, ended.at())
            }
        }
    }
}

/// What can still be done about an invitation that is over; may add a sentence.
fn ways_on(
    visit: &Visit,
    shell: &Shell,
    place: &Place,
    gone: &Gone,
    text: &mut Vec<String>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    match gone {
        Gone::Over(Ended::Expired { .. }, _) => match place.invitation.asked_again_at {
            Some(asked) if visit.cx.now() < asked.plus(invitations::ASK_AGAIN_PAUSE) => {
                text.push(shell.t1("invitation-expired-asked", "at", shell.moment(asked)));
            }
            _ => {
                text.push(shell.t("invitation-expired-ask").into_owned());
                actions.push(Action::post(
                    shell,
                    urls::InvitationAskAgain,
                    "invitation-ask-again",
                    "primary",
                ));
            }
        },
        Gone::Over(Ended::Redeemed { .. }, true) => {
            actions.push(Action::link(
                shell,
                urls::Home,
                "invitation-open-portal",
                "primary",
            ));
        }
        Gone::Over(Ended::Redeemed { .. }, false) => {
            actions.push(Action::link(
                shell,
                urls::SignIn,
                "invitation-sign-in",
                "primary",
            ));
        }
        Gone::Replaced(_) | Gone::Over(..) => {}
    }
    actions
}

/// An invitation that cannot be accepted any more: since when, and what to do.
fn gone(visit: &Visit, place: &Place, gone: &Gone) -> Response {
    let (title, text, at) = gone.words();
    let shell = visit.shell(title);
    let organization = place.organization.name.as_str();
    let when = shell.moment(at);
    let mut text = vec![shell.t2(text, ("at", when), ("organization", organization))];
    let actions = ways_on(visit, &shell, place, gone, &mut text);
    let landing = LandingPage {
        text,
        given: None,
        two: None,
        contact: Some(Contact::of(&shell, &place.invitation)),
        actions,
        next: String::new(),
        shell,
    };
    answer(StatusCode::GONE, &landing)
}

/// An invitation that can be accepted, as whoever looks at it may see it.
fn open(visit: &Visit, place: &Place, meeting: &Meeting) -> Response {
    let view = match meeting {
        Meeting::SignedOut => signed_out(visit, place),
        Meeting::Welcome(seen) => welcome(visit, place, seen),
        Meeting::SomebodyElse(seen) => somebody_else(visit, place, seen),
        Meeting::Unverified(seen) => unverified(visit, place, seen),
        Meeting::Member(_) => member(
            visit,
            place,
            "invitation-member-title",
            "invitation-member-text",
            true,
        ),
        Meeting::SuspendedMember(_) => member(
            visit,
            place,
            "invitation-suspended-title",
            "invitation-suspended-text",
            false,
        ),
    };
    answer(StatusCode::OK, &view)
}

fn given(visit: &Visit, shell: &Shell, place: &Place) -> Given {
    let catalogue: &Catalogue = &visit.state.catalogue;
    Given::of(shell, catalogue, place)
}

/// Who invites whom to what, in one sentence. The address is masked unless it is the reader's own.
fn lead(shell: &Shell, place: &Place, address: &str) -> String {
    let inviter = &place.invitation.inviter;
    shell.tn(
        if place.invitation.kind == invitations::Kind::Lead {
            "invitation-lead-lead"
        } else {
            "invitation-lead"
        },
        &[
            ("inviter", inviter.name.as_str().into()),
            ("company", inviter.company.as_str().into()),
            ("email", address.into()),
            ("organization", place.organization.name.as_str().into()),
            ("brand", shell.brand.as_str().into()),
        ],
    )
}

fn signed_out(visit: &Visit, place: &Place) -> LandingPage {
    let shell = visit.shell("invitation-title");
    let masked = place.invitation.email.masked();
    LandingPage {
        text: vec![lead(&shell, place, &masked)],
        given: Some(given(visit, &shell, place)),
        two: None,
        contact: Some(Contact::of(&shell, &place.invitation)),
        actions: vec![
            Action::post(
                &shell,
                urls::InvitationContinue,
                "invitation-continue",
                "primary",
            ),
            Action::post(&shell, urls::InvitationForget, "invitation-not-me", ""),
        ],
        next: shell.t1("invitation-continue-next", "email", masked),
        shell,
    }
}

fn welcome(visit: &Visit, place: &Place, seen: &Seen) -> LandingPage {
    let shell = visit.shell("invitation-title");
    let masked = place.invitation.email.masked();
    let invited = if seen.is_invited {
        place.invitation.email.shown()
    } else {
        &masked
    };
    let address = seen.email.as_ref().map_or("", |email| email.shown());
    let you = if seen.is_invited {
        "invitation-you"
    } else {
        "invitation-you-allowed"
    };
    let mut actions = vec![Action::post(
        &shell,
        urls::InvitationAccept,
        "invitation-accept",
        "primary",
    )];
    if seen.is_invited {
        actions.push(Action::link(
            &shell,
            urls::InvitationDecline,
            "invitation-decline",
            "",
        ));
    } else {
        actions.push(Action::post(
            &shell,
            urls::InvitationSwitch,
            "invitation-switch",
            "",
        ));
    }
    LandingPage {
        text: vec![lead(&shell, place, invited)],
        given: Some(given(visit, &shell, place)),
        two: None,
        contact: Some(Contact::of(&shell, &place.invitation)),
        actions,
        next: shell.t2(you, ("email", address), ("name", seen.name.as_str())),
        shell,
    }
}

fn somebody_else(visit: &Visit, place: &Place, seen: &Seen) -> LandingPage {
    let shell = visit.shell("invitation-other-title");
    let masked = place.invitation.email.masked();
    let inviter = place.invitation.inviter.name.as_str();
    LandingPage {
        text: vec![
            lead(&shell, place, &masked),
            shell.t("invitation-other-text").into_owned(),
        ],
        given: None,
        two: Some(two(&shell, masked, seen)),
        contact: Some(Contact::of(&shell, &place.invitation)),
        actions: vec![
            Action::post(
                &shell,
                urls::InvitationSwitch,
                "invitation-switch",
                "primary",
            ),
            Action {
                label: shell.t1("invitation-ask-other", "inviter", inviter),
                ..Action::post(&shell, urls::InvitationAskOther, "invitation-ask-other", "")
            },
        ],
        next: shell.t1(
            "invitation-other-next",
            "until",
            shell.moment(place.invitation.expires_at),
        ),
        shell,
    }
}

fn unverified(visit: &Visit, place: &Place, seen: &Seen) -> LandingPage {
    let shell = visit.shell("invitation-unverified-title");
    let masked = place.invitation.email.masked();
    LandingPage {
        text: vec![
            lead(&shell, place, &masked),
            shell.t("invitation-unverified-text").into_owned(),
        ],
        given: None,
        two: Some(two(&shell, masked, seen)),
        contact: Some(Contact::of(&shell, &place.invitation)),
        actions: vec![Action::post(
            &shell,
            urls::InvitationSwitch,
            "invitation-switch",
            "primary",
        )],
        next: shell.t1(
            "invitation-other-next",
            "until",
            shell.moment(place.invitation.expires_at),
        ),
        shell,
    }
}

fn two(shell: &Shell, invited: String, seen: &Seen) -> Two {
    let none = || shell.t("invitation-no-address").into_owned();
    let address = seen.email.as_ref().map_or_else(none, ToString::to_string);
    Two {
        invited,
        name: seen.name.clone(),
        address,
    }
}

fn member(visit: &Visit, place: &Place, title: &str, text: &str, may_enter: bool) -> LandingPage {
    let organization = place.organization.name.as_str();
    let mut shell = visit.shell("");
    shell.title = shell.t1(title, "organization", organization);
    let action = Action::link(&shell, urls::Home, "invitation-open-portal", "primary");
    LandingPage {
        text: vec![shell.t1(text, "organization", organization)],
        given: None,
        two: None,
        contact: (!may_enter).then(|| Contact::of(&shell, &place.invitation)),
        actions: may_enter.then_some(action).into_iter().collect(),
        next: String::new(),
        shell,
    }
}
