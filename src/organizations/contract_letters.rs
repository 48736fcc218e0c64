//! Letters before a contract begins, ends, or runs out of grace: to those who run the organization
//! and to the account's owner, once for each of the configured numbers of days.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{Organization, admins, find};
use crate::{
    access::Catalogue,
    audit,
    contracts::{self, Contract, Step, StepDue},
    db::{Error, Tx},
    kernel::{Cx, EmailAddress, ids::Id},
    mail::{
        self, Letterhead, Post,
        letters::{ContractStep, StepAhead},
    },
    people,
    settings::Settings,
    web::{Lang, urls},
};

/// What letters are made of.
#[derive(Clone, Copy)]
pub struct NoticeRules<'a> {
    /// Days before a step, the portal's time zone, staff.
    pub settings: &'a Settings,
    /// Who runs organizations.
    pub catalogue: &'a Catalogue,
}

/// Writes the letters that are due, each once, also with several workers; says of how many steps it
/// told. A step that is near when it becomes known is told of once, not for each number of days that
/// has passed.
///
/// # Errors
/// When the database refuses; then nobody was told.
pub async fn tell_of_steps(tx: &mut Tx, cx: &Cx, rules: NoticeRules<'_>) -> Result<usize, Error> {
    let mut days = rules.settings.access.notice_days.clone();
    days.sort_unstable();
    days.dedup();
    let mut told = 0;
    for step in Step::ALL.iter().copied() {
        let mut nearer = 0;
        for day in &days {
            for due in contracts::steps_due(tx, cx, step, (nearer, *day)).await? {
                if contracts::note_step_told(tx, cx, step, &due, *day).await? {
                    tell(tx, cx, rules, step, &due).await?;
                    told += 1;
                }
            }
            nearer = *day;
        }
    }
    Ok(told)
}

async fn tell(
    tx: &mut Tx,
    cx: &Cx,
    rules: NoticeRules<'_>,
    step: Step,
    due: &StepDue,
) -> Result<(), Error> {
    let all = contracts::of_organization(tx, &due.organization_id).await?;
    let Some(contract) = all.iter().find(|contract| contract.id == due.id) else {
        return Ok(());
    };
    // Access goes on: there is nothing to warn of.
    if step != Step::Begin && contracts::goes_on(&all, contract, due.at) {
        return Ok(());
    }
    let organization = find(tx, &due.organization_id).await?;
    let organization = organization.ok_or(Error::Lost)?;
    let letter = letter(rules.settings, step, contract, &organization);
    let admins = admins(tx, rules.catalogue, &organization.id, cx.now()).await?;
    let portal = &rules.settings.portal;
    let head = Letterhead::of(portal);
    for admin in &admins {
        let letter = ContractStep {
            name: admin.display_name.clone(),
            link: head.link(urls::Home),
            ..letter.clone()
        };
        let lang = Lang::chosen(&admin.language, portal);
        send(tx, cx, &head, (&admin.email, lang), &organization, &letter).await?;
    }
    let owner = EmailAddress::parse(&organization.owner_email).ok();
    let owner = owner.and_then(|email| rules.settings.rep(email.key()).cloned());
    if let Some(owner) = &owner {
        let letter = ContractStep {
            name: owner.name.clone(),
            is_rep: true,
            link: head.link(urls::SalesAccount {
                organization: &organization.id,
            }),
            ..letter
        };
        let lang = people::language_of(tx, &owner.email, portal).await?;
        send(tx, cx, &head, (&owner.email, lang), &organization, &letter).await?;
    }
    let event = audit::Event {
        action: "contract.step_ahead",
        target: contract.id.as_str(),
        organization: Some(&organization.id),
        detail: json!({ "step": step.as_str(), "number": contract.number, "at": due.at.to_string(), "admins": admins.len(), "rep": owner.is_some() }),
    };
    audit::record(tx, cx, event).await
}

fn letter(
    settings: &Settings,
    step: Step,
    contract: &Contract,
    organization: &Organization,
) -> ContractStep {
    let terms = contract.terms();
    let (ahead, at) = match step {
        Step::Begin => (StepAhead::Begins, terms.starts_at),
        Step::End => {
            let end = terms.ends_at.unwrap_or(terms.starts_at);
            let has_grace = terms.grace_ends_at.is_some_and(|grace| grace > end);
            let ahead = if has_grace {
                StepAhead::EndsWithGrace {
                    read_only: settings.access.grace_read_only,
                }
            } else {
                StepAhead::Ends
            };
            (ahead, end)
        }
        Step::GraceEnd => {
            let end = terms.grace_ends_at.unwrap_or(terms.starts_at);
            (StepAhead::GraceEnds, end)
        }
    };
    ContractStep {
        name: String::new(),
        organization: organization.name.clone(),
        number: contract.number.clone(),
        step: ahead,
        at,
        zone: TimeZone::get(&settings.portal.time_zone).unwrap_or(TimeZone::UTC),
        is_rep: false,
        link: String::new(),
    }
}

async fn send(
    tx: &mut Tx,
    cx: &Cx,
    head: &Letterhead,
    (to, lang): (&EmailAddress, Lang),
    organization: &Organization,
    letter: &ContractStep,
) -> Result<(), Error> {
    let post = Post {
        to,
        lang,
        reply_to: None,
        organization: Some(&organization.id),
        invitation: None,
    };
    mail::queue(tx, cx, head, post, letter).await.map(drop)
}
