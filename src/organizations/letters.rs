//! The letters about memberships, queued in the transaction of what they tell.

use super::{Membership, NoticeRules, Organization, admins, find, find_membership, seats};
use crate::{
    db::{Error, Tx},
    kernel::{
        Cx,
        ids::{Id, MembershipId},
    },
    mail::{
        self, Letterhead, Post,
        letters::{LastAdmin, MembershipSuspended, SeatsExceeded},
    },
    people,
    settings::{PortalSettings, Settings, StaffRole},
    tasks::{self, Task, TaskKind},
    web::{Lang, urls},
};

/// Rescues told in one transaction at most.
const BATCH: i64 = 20;

/// Tells a member that they are suspended. The reason is for other admins and not in the letter.
///
/// # Errors
/// When the database refuses.
pub async fn tell_suspended(
    tx: &mut Tx,
    cx: &Cx,
    portal: &PortalSettings,
    member: &Membership,
) -> Result<(), Error> {
    let organization = find(tx, &member.organization_id).await?;
    let organization = organization.ok_or(Error::Lost)?;
    let person = people::find(tx, &member.person_id).await?;
    let person = person.ok_or(Error::Lost)?;
    let letter = MembershipSuspended {
        name: person.display_name,
        organization: organization.name,
    };
    let post = Post {
        to: &person.email,
        lang: Lang::chosen(&person.language, portal),
        reply_to: None,
        organization: Some(&organization.id),
        invitation: None,
    };
    mail::queue(tx, cx, &Letterhead::of(portal), post, &letter)
        .await
        .map(drop)
}

/// Tells the operators of last admins that were kept against another system's will (law 7), each once, also
/// with several workers; returns how many there were.
///
/// # Errors
/// When the database refuses; then nobody was told.
pub async fn tell_rescues(tx: &mut Tx, cx: &Cx, settings: &Settings) -> Result<usize, Error> {
    let untold = tasks::take_untold(tx, cx, TaskKind::LastAdmin, BATCH).await?;
    for task in &untold {
        tell_rescue(tx, cx, settings, task).await?;
    }
    Ok(untold.len())
}

async fn tell_rescue(tx: &mut Tx, cx: &Cx, settings: &Settings, task: &Task) -> Result<(), Error> {
    let (Some(organization), Ok(membership)) =
        (&task.organization_id, MembershipId::parse(&task.subject))
    else {
        return Ok(());
    };
    let member = find_membership(tx, organization, &membership).await?;
    let organization = find(tx, organization).await?;
    let (Some(member), Some(organization)) = (member, organization) else {
        return Ok(());
    };
    let head = Letterhead::of(&settings.portal);
    let letter = LastAdmin {
        organization: organization.name,
        person: member.display_name,
        link: head.link(urls::Operations),
    };
    for operator in settings.staff_with(StaffRole::Operator) {
        let post = Post {
            to: &operator.email,
            lang: people::language_of(tx, &operator.email, &settings.portal).await?,
            reply_to: None,
            organization: Some(&organization.id),
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    Ok(())
}

/// Tells those who run an organization, and its sales rep, that more people are active than its
/// contracts have seats for: nobody lost access, and what to do. Each organization once, also with
/// several workers; returns how many there were.
///
/// # Errors
/// When the database refuses; then nobody was told.
pub async fn tell_exceeded(tx: &mut Tx, cx: &Cx, rules: NoticeRules<'_>) -> Result<usize, Error> {
    let untold = tasks::take_untold(tx, cx, TaskKind::SeatsExceeded, BATCH).await?;
    for task in &untold {
        let Some(organization) = &task.organization_id else {
            continue;
        };
        if let Some(organization) = find(tx, organization).await? {
            tell_one_exceeded(tx, cx, rules, &organization).await?;
        }
    }
    Ok(untold.len())
}

async fn tell_one_exceeded(
    tx: &mut Tx,
    cx: &Cx,
    rules: NoticeRules<'_>,
    organization: &Organization,
) -> Result<(), Error> {
    let now = cx.now();
    let seats = seats(tx, &organization.id, now).await?;
    let Some(limit) = seats.limit.filter(|limit| *limit < seats.taken) else {
        return Ok(());
    };
    let portal = &rules.settings.portal;
    let head = Letterhead::of(portal);
    let letter = SeatsExceeded {
        name: String::new(),
        organization: organization.name.clone(),
        limit,
        taken: seats.taken,
        is_rep: false,
        link: head.link(urls::Seats {
            organization: &organization.id,
        }),
    };
    let mut all = Vec::new();
    for admin in admins(tx, rules.catalogue, &organization.id, now).await? {
        let lang = Lang::chosen(&admin.language, portal);
        let name = admin.display_name;
        all.push((
            admin.email,
            lang,
            SeatsExceeded {
                name,
                ..letter.clone()
            },
        ));
    }
    if let Some(rep) = rules.settings.rep(&organization.owner_email) {
        let letter = SeatsExceeded {
            name: rep.name.clone(),
            is_rep: true,
            link: head.link(urls::SalesAccount {
                organization: &organization.id,
            }),
            ..letter
        };
        let lang = people::language_of(tx, &rep.email, portal).await?;
        all.push((rep.email.clone(), lang, letter));
    }
    for (to, lang, letter) in all {
        let post = Post {
            to: &to,
            lang,
            reply_to: None,
            organization: Some(&organization.id),
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    Ok(())
}
