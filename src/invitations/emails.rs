//! The mails about invitations: to the invitee, and to whoever invited.

use super::{
    authority::{self, Rules},
    issue,
    model::{Invitation, Inviter, InviterKind},
    store,
};
use crate::{
    db::{Conn, Error, Tx},
    kernel::{Cx, EmailAddress, Instant, LinkSecret, ids::Id},
    mail::{self, Letterhead, Post, letters},
    on,
    organizations::{self, Ceiling, Organization},
    people::{self, Person},
    web::{Lang, urls},
};

/// Somebody who is told about an invitation they answer for.
struct Recipient {
    email: EmailAddress,
    name: String,
    lang: Lang,
    /// Whether they see it in the sales console instead of their organization's pages.
    is_staff: bool,
}

/// Mails the link, for the first time or once more. The secret goes into the sealed mail and nowhere else; the invitation remembers
/// which mail it is.
pub(super) async fn invite(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    invitation: Invitation,
    (secret, is_reminder): (&LinkSecret, bool),
) -> Result<Invitation, Error> {
    let lang = Lang::chosen(&invitation.language, &rules.settings.portal);
    let inviter_email = EmailAddress::parse(&invitation.inviter.email).ok();
    let letter = letters::Invitation {
        is_reminder,
        is_lead: invitation.kind == super::Kind::Lead,
        email: invitation.email.clone(),
        invitee_name: invitation.invitee_name.clone(),
        inviter_name: invitation.inviter.name.clone(),
        inviter_company: foreign_company(&invitation.inviter),
        inviter_email: inviter_email.clone(),
        inviter_phone: invitation.inviter.phone.clone(),
        organization: organization.name.clone(),
        roles: roles(rules, &invitation, lang),
        note: invitation.note.clone(),
        link: issue::link(&rules.settings.portal, secret),
        expires_at: invitation.expires_at,
    };
    let post = Post {
        to: &invitation.email,
        lang,
        reply_to: inviter_email.as_ref(),
        organization: Some(&organization.id),
        invitation: Some(&invitation.id),
    };
    let head = Letterhead::of(&rules.settings.portal);
    let mail = mail::queue(tx, cx, &head, post, &letter).await?;
    on!(tx, |c| sqlx::query(store::SET_MAIL)
        .bind(&invitation.id)
        .bind(mail.as_str())
        .execute(c)
        .await
        .map(drop))?;
    Ok(Invitation {
        mail_id: mail.to_string(),
        ..invitation
    })
}

/// A colleague invites into their own company: then its name once is enough.
fn foreign_company(inviter: &Inviter) -> String {
    match inviter.kind {
        InviterKind::Person => String::new(),
        InviterKind::Staff | InviterKind::Crm | InviterKind::Client | InviterKind::System => {
            inviter.company.clone()
        }
    }
}

fn roles(rules: Rules<'_>, invitation: &Invitation, lang: Lang) -> Vec<letters::InvitedRole> {
    let cards = invitation.roles.iter();
    cards
        .filter_map(|key| rules.catalogue.role_card(key, lang.as_str()))
        .map(|card| letters::InvitedRole {
            name: card.words.name.clone(),
            people: card.words.people.clone(),
        })
        .collect()
}

/// "X joined": to whoever invited.
pub(super) async fn joined(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    (invitation, person): (&Invitation, &Person),
) -> Result<(), Error> {
    let invitee = letters::Invitee {
        name: person.display_name.clone(),
        email: person.email.clone(),
    };
    let news = if person.email == invitation.email {
        letters::News::Joined
    } else {
        letters::News::JoinedOther {
            invited: invitation.email.clone(),
        }
    };
    tell(
        tx,
        cx,
        rules,
        organization,
        (news, &[invitation], vec![invitee]),
    )
    .await
}

/// "X declined": to whoever invited.
pub(super) async fn declined(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    invitation: &Invitation,
) -> Result<(), Error> {
    let invitees = vec![invitee(invitation)];
    let news = letters::News::Declined;
    tell(tx, cx, rules, organization, (news, &[invitation], invitees)).await
}

/// "These invitations ran out": to whoever sent all of them.
pub(super) async fn expired(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    invitations: &[Invitation],
) -> Result<(), Error> {
    let all: Vec<&Invitation> = invitations.iter().collect();
    let invitees = invitations.iter().map(invitee).collect();
    let news = letters::News::Expired;
    tell(tx, cx, rules, organization, (news, &all, invitees)).await
}

/// "X came too late and asks for a new one": to whoever invited.
pub(super) async fn asked_again(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    invitation: &Invitation,
) -> Result<(), Error> {
    let invitees = vec![invitee(invitation)];
    let news = letters::News::AskedAgain;
    tell(tx, cx, rules, organization, (news, &[invitation], invitees)).await
}

/// "Somebody asks to use another address": to whoever invited.
pub(super) async fn other_address(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    (invitation, email, name): (&Invitation, &EmailAddress, &str),
) -> Result<(), Error> {
    let news = letters::News::OtherAddress {
        name: name.to_owned(),
        email: email.clone(),
    };
    let invitees = vec![invitee(invitation)];
    tell(tx, cx, rules, organization, (news, &[invitation], invitees)).await
}

fn invitee(invitation: &Invitation) -> letters::Invitee {
    letters::Invitee {
        name: invitation.invitee_name.clone(),
        email: invitation.email.clone(),
    }
}

/// Writes to everybody who answers for these invitations, which have one inviter.
async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    organization: &Organization,
    (news, invitations, invitees): (letters::News, &[&Invitation], Vec<letters::Invitee>),
) -> Result<(), Error> {
    let Some(first) = invitations.first() else {
        return Ok(());
    };
    let head = Letterhead::of(&rules.settings.portal);
    for recipient in recipients(tx, rules, organization, &first.inviter, cx.now()).await? {
        let letter = letters::InvitationNews {
            news: news.clone(),
            to_name: recipient.name.clone(),
            organization: organization.name.clone(),
            invitees: invitees.clone(),
            link: head.link(place(organization, invitations, recipient.is_staff)),
        };
        let post = Post {
            to: &recipient.email,
            lang: recipient.lang,
            reply_to: None,
            organization: Some(&organization.id),
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    Ok(())
}

/// Where the news is dealt with.
fn place(organization: &Organization, invitations: &[&Invitation], is_staff: bool) -> String {
    match (invitations, is_staff) {
        ([one], true) => urls::SalesInvitation {
            invitation: &one.id,
        }
        .to_string(),
        ([one], false) => urls::OrganizationInvitation {
            organization: &organization.id,
            invitation: &one.id,
        }
        .to_string(),
        (_, true) => urls::SalesInvitations.to_string(),
        (_, false) => urls::Members {
            organization: &organization.id,
        }
        .to_string(),
    }
}

/// Who is told: the inviter while they may still invite, otherwise those who do now. A person who
/// left the organization learns nothing of it any more.
async fn recipients(
    conn: &mut Conn,
    rules: Rules<'_>,
    organization: &Organization,
    inviter: &Inviter,
    now: Instant,
) -> Result<Vec<Recipient>, Error> {
    match inviter.kind {
        InviterKind::System => Ok(Vec::new()),
        InviterKind::Person => admins(conn, rules, organization, inviter, now).await,
        InviterKind::Staff | InviterKind::Crm | InviterKind::Client => {
            let rep = rules
                .rep(&inviter.email.to_ascii_lowercase())
                .or_else(|| rules.rep(&organization.owner_email.to_ascii_lowercase()));
            let Some(rep) = rep else {
                return Ok(Vec::new());
            };
            Ok(vec![Recipient {
                email: rep.email.clone(),
                name: rep.name.clone(),
                lang: people::language_of(conn, &rep.email, &rules.settings.portal).await?,
                is_staff: true,
            }])
        }
    }
}

async fn admins(
    conn: &mut Conn,
    rules: Rules<'_>,
    organization: &Organization,
    inviter: &Inviter,
    now: Instant,
) -> Result<Vec<Recipient>, Error> {
    let ceiling = authority::ceiling(conn, rules, &organization.id, inviter, now).await?;
    let own = inviter.person_id().filter(|_| ceiling != Ceiling::Nothing);
    let admins = organizations::admins(conn, rules.catalogue, &organization.id, now).await?;
    let told = admins
        .into_iter()
        .filter(|admin| own.as_ref().is_none_or(|own| *own == admin.person_id));
    Ok(told
        .map(|admin| Recipient {
            lang: Lang::chosen(&admin.language, &rules.settings.portal),
            name: admin.display_name,
            email: admin.email,
            is_staff: false,
        })
        .collect())
}
