//! An invitation that can be accepted, as whoever looks at it may see it.

use axum::{http::StatusCode, response::Response};

use super::{
    given::{Contact, Given},
    view::{Action, LandingPage, Two},
};
use crate::{
    invitations::{Kind, Meeting, Place, Seen},
    web::{Shell, Visit, urls},
};

pub(super) fn page_of(visit: &Visit, place: &Place, meeting: &Meeting) -> Response {
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
    view.answer(StatusCode::OK)
}

fn given(visit: &Visit, shell: &Shell, place: &Place) -> Given {
    Given::of(shell, &visit.state.catalogue, place)
}

/// Who invites whom to what, in one sentence. The address is masked unless it is the reader's own.
fn lead(shell: &Shell, place: &Place, address: &str) -> String {
    let inviter = &place.invitation.inviter;
    shell.tn(
        if place.invitation.kind == Kind::Lead {
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
            Action::post_as(
                urls::InvitationAskOther,
                shell.t1("invitation-ask-other", "inviter", inviter),
                "",
            ),
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
