//! What an invitee answers: every one a form of the invitation's page.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    given::Contact,
    invitee::{self, Invitee, LinkHolder},
};
use crate::{
    app::AppState,
    invitations::{
        self, Account, AskedAgain, AskedOther, Decline, Declined, Joined, Meeting, Opened, Redeem,
        RedeemError, Redeemed, Rules, Situation, WhyNot,
    },
    kernel::Actor,
    people::PendingIdentity,
    sign_in::{self, Link, Wish},
    web::{Flash, Refusal, Shell, page, urls},
};

/// What actions need of the configuration.
pub(super) fn rules(state: &AppState) -> Rules<'_> {
    Rules {
        settings: &state.settings,
        catalogue: &state.catalogue,
    }
}

/// `POST /invitation/continue`: a person went on; now sign in, with the invited address as a hint.
pub async fn go_on(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let cx = invitee.visit.cx.clone();
    let work = invitee
        .visit
        .state
        .db
        .write(move |tx| Box::pin(async move { invitations::open(tx, &cx, &secret).await }));
    match work.await? {
        Opened::NotOpen => Ok(invitee.back(None)),
        Opened::Open { email } => {
            let wish = Wish {
                link: Link::to(urls::Invitation::PATH),
                email: Some(email),
            };
            let response = sign_in::begin(&invitee.visit, &invitee.headers, &wish).await;
            Ok(invitee::private(response))
        }
    }
}

/// `POST /invitation/switch`: sign in with another account and come back. Whoever comes back as
/// somebody else has left the session before; whoever gives up on the way is where they were.
pub async fn switch(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let now = invitee.visit.cx.now();
    let mut conn = invitee.visit.state.db.read().await?;
    let Situation::Open { place, .. } = invitations::look(&mut conn, &secret, None, now).await?
    else {
        return Ok(invitee.back(None));
    };
    drop(conn);
    let wish = Wish {
        link: Link::to(urls::Invitation::PATH).with_other_account(),
        email: Some(place.invitation.email),
    };
    let response = sign_in::begin(&invitee.visit, &invitee.headers, &wish).await;
    Ok(invitee::private(response))
}

/// `POST /invitation/accept`
pub async fn accept(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let Some(account) = invitee.account.clone() else {
        return Ok(invitee.back(None));
    };
    let cx = invitee.visit.cx.clone();
    let command = Redeem {
        secret,
        account: account.clone(),
    };
    let work = invitee.visit.state.write(move |tx, state| {
        Box::pin(async move { invitations::redeem(tx, &cx, rules(&state), command).await })
    });
    match work.await {
        Ok(Redeemed::Joined(joined) | Redeemed::Again(joined)) => {
            welcome(&invitee, &account, &joined).await
        }
        Ok(Redeemed::Refused(why)) => Ok(refused(&invitee, why)),
        Err(RedeemError::Db(error)) => Err(error.into()),
        Err(error @ RedeemError::Defect(_)) => {
            tracing::error!(%error, "an invitation could not be accepted");
            Err(Refusal::Defect)
        }
    }
}

/// In: with a session, without the link.
async fn welcome(
    invitee: &Invitee,
    account: &Account,
    joined: &Joined,
) -> Result<Response, Refusal> {
    let visit = &invitee.visit;
    if let Account::Pending(proof) = account {
        sign_in::start_session(visit, &invitee.session, &joined.person_id, proof).await?;
    }
    let shell = visit.shell("");
    let text = shell.t1(
        "invitation-joined",
        "organization",
        joined.organization.name.as_str(),
    );
    let home = format!("{}?organization={}", urls::Home, joined.organization.id);
    let response = visit.go(home, Some(Flash::success(text)));
    let mut response = invitee.forget(invitee::private(response));
    let forget = PendingIdentity::forget(&visit.state.settings.portal);
    response.headers_mut().append(header::SET_COOKIE, forget);
    Ok(response)
}

/// Back to the invitation. Most reasons are what its page shows by itself; these are not.
fn refused(invitee: &Invitee, why: WhyNot) -> Response {
    let key = match why {
        WhyNot::NoSeat => "invitation-refused-no-seat",
        WhyNot::RolesGone => "invitation-refused-roles-gone",
        WhyNot::SuspendedPerson => "invitation-refused-suspended-person",
        WhyNot::AddressInUse => "invitation-refused-address-in-use",
        WhyNot::NotOpen
        | WhyNot::WrongAccount
        | WhyNot::Unverified
        | WhyNot::AlreadyMember
        | WhyNot::SuspendedMember => return invitee.back(None),
    };
    invitee.back(Some(Flash::warning(invitee.t(key))))
}

#[derive(Template)]
#[template(path = "invitations/decline.html")]
struct DeclinePage {
    shell: Shell,
    text: String,
}

/// `GET /invitation/decline`: asks once more; changes nothing.
pub async fn ask_decline(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let visit = &invitee.visit;
    let mut conn = visit.state.db.read().await?;
    let account = invitee.account.as_ref();
    let situation = invitations::look(&mut conn, &secret, account, visit.cx.now()).await?;
    drop(conn);
    let Situation::Open {
        meeting: Meeting::Welcome(seen),
        place,
    } = situation
    else {
        return Ok(invitee.back(None));
    };
    if !seen.is_invited {
        return Ok(invitee.back(None));
    }
    let shell = visit.shell("invitation-decline-title");
    let text = shell.t2(
        "invitation-decline-text",
        ("inviter", place.invitation.inviter.name.as_str()),
        ("organization", place.organization.name.as_str()),
    );
    let question = DeclinePage { shell, text };
    Ok(invitee::private(page(StatusCode::OK, &question)))
}

/// `POST /invitation/decline`
pub async fn decline(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let Some(account) = invitee.account.clone() else {
        return Ok(invitee.back(None));
    };
    let cx = invitee.visit.cx.clone();
    let command = Decline { secret, account };
    let work = invitee.visit.state.write(move |tx, state| {
        Box::pin(async move { invitations::decline(tx, &cx, rules(&state), command).await })
    });
    match work.await? {
        Declined::Declined(_) => {
            let text = invitee.t("invitation-declined-done");
            Ok(invitee.back(Some(Flash::success(text))))
        }
        Declined::NotOpen | Declined::NotYours => Ok(invitee.back(None)),
    }
}

#[derive(Template)]
#[template(path = "invitations/forgotten.html")]
struct ForgottenPage {
    shell: Shell,
    contact: Contact,
}

/// `POST /invitation/not-me`: this browser puts the link away. The invitation stays: whoever holds a
/// link, and some mail scanners, could otherwise end what is not theirs.
pub async fn forget(invitee: Invitee) -> Result<Response, Refusal> {
    let visit = &invitee.visit;
    let shell = visit.shell("invitation-forgotten-title");
    let mut contact = Contact::support(&shell);
    if let Some(secret) = &invitee.secret {
        let mut conn = visit.state.db.read().await?;
        let situation = invitations::look(&mut conn, secret, None, visit.cx.now()).await?;
        if let Situation::Open { place, .. } = situation {
            contact = Contact::of(&shell, &place.invitation);
        }
    }
    let forgotten = ForgottenPage { shell, contact };
    let response = page(StatusCode::OK, &forgotten).into_response();
    Ok(invitee.forget(invitee::private(response)))
}

/// `POST /invitation/ask-again`
pub async fn ask_again(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let cx = invitee.visit.cx.clone();
    let work = invitee.visit.state.write(move |tx, state| {
        Box::pin(async move { invitations::ask_again(tx, &cx, rules(&state), &secret).await })
    });
    Ok(match work.await? {
        AskedAgain::Told => {
            let text = invitee.t("invitation-asked-again");
            invitee.back(Some(Flash::success(text)))
        }
        AskedAgain::ToldBefore | AskedAgain::NotExpired => invitee.back(None),
    })
}

/// `POST /invitation/ask-approval`
pub async fn ask_other(holder: LinkHolder) -> Result<Response, Refusal> {
    let LinkHolder { invitee, secret } = holder;
    let Some(account) = invitee.account.clone() else {
        return Ok(invitee.back(None));
    };
    let cx = match &account {
        Account::Person(_) => invitee.visit.cx.clone(),
        Account::Pending(_) => invitee.visit.cx.acting_as(Actor::Visitor),
    };
    let work = invitee.visit.state.write(move |tx, state| {
        Box::pin(async move {
            invitations::ask_other(tx, &cx, rules(&state), (&secret, &account)).await
        })
    });
    let key = match work.await? {
        AskedOther::Told => "invitation-asked-other",
        AskedOther::ToldBefore => "invitation-asked-other-before",
        AskedOther::NotNeeded | AskedOther::Unverified => return Ok(invitee.back(None)),
    };
    Ok(invitee.back(Some(Flash::success(invitee.t(key)))))
}
