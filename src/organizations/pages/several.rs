//! One change for everybody who is ticked in the list: what it would do, then doing it.
//!
//! The question is answered by the action itself in a transaction that is rolled back, so that it
//! says what would happen: who has no seat, who is the only admin, who is so already.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::acting;
use crate::{
    access::actors::OrgAdmin,
    kernel::ids::{Id, MembershipId},
    organizations::{
        Applied, ChangeSeveral, ChangeSeveralError, Deed, Membership, change_several,
        tell_suspended,
    },
    web::{Field, Flash, Form, Refusal, Shell, page, urls},
};

/// How many people one form may name: a page of the list.
const MOST: usize = 100;
/// How many of those left out are named in the sentence afterwards.
const NAMED: usize = 5;

/// Who is ticked, and what to do.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SeveralForm {
    membership: Vec<String>,
    #[serde(rename = "do")]
    deed: String,
    role: String,
    reason: String,
    confirmed: String,
}

struct LeftOut {
    name: String,
    why: String,
}

#[derive(Template)]
#[template(path = "organizations/several.html")]
struct SeveralPage {
    shell: Shell,
    action: String,
    back: String,
    button: String,
    deed: &'static str,
    role: String,
    members: Vec<String>,
    effect: String,
    affected: Vec<String>,
    left_out: Vec<LeftOut>,
    reason: Option<Field>,
}

/// What the transaction ends with: nothing is kept unless it was confirmed.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("only asked")]
    OnlyAsked(Vec<(Membership, Applied)>),
    #[error(transparent)]
    Failed(#[from] ChangeSeveralError),
}

impl From<crate::db::Error> for Ended {
    fn from(error: crate::db::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Asks, or does it once it is confirmed.
///
/// # Errors
/// [`Refusal`]: one of them is not a member here, then nothing is done for anybody.
pub async fn several(admin: OrgAdmin, Form(form): Form<SeveralForm>) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let list = urls::Members { organization };
    let members = ids(&form.membership)?;
    let deed = deed(&form)?;
    if members.is_empty() {
        return Ok(visit.go(list, Some(Flash::info(visit.t("several-nobody")))));
    }
    let confirmed = form.confirmed == "yes";
    let cx = acting(&admin);
    let suspends = matches!(deed, Deed::Suspend { .. });
    let command = ChangeSeveral {
        organization_id: organization.clone(),
        membership_ids: members.clone(),
        deed: deed.clone(),
    };
    let ended = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move {
                let outcomes = change_several(tx, &cx, &state.catalogue, command).await?;
                if !confirmed {
                    return Err(Ended::OnlyAsked(outcomes));
                }
                if suspends {
                    for (member, _) in outcomes.iter().filter(|(_, done)| *done == Applied::Done) {
                        tell_suspended(tx, &cx, &state.settings.portal, member).await?;
                    }
                }
                Ok(outcomes)
            })
        })
        .await;
    match ended {
        Ok(outcomes) => {
            let flash = told(&admin, &deed, &outcomes);
            Ok(visit.go(list, Some(flash)))
        }
        Err(Ended::OnlyAsked(outcomes)) => {
            let shown = question(&admin, &deed, &outcomes, &members);
            Ok(page(StatusCode::OK, &shown))
        }
        Err(Ended::Failed(ChangeSeveralError::NotFound)) => Err(Refusal::NotFound),
        Err(Ended::Failed(ChangeSeveralError::NotAllowed)) => Err(Refusal::Forbidden),
        Err(Ended::Failed(ChangeSeveralError::UnknownRole)) => Err(Refusal::BadRequest),
        Err(Ended::Failed(ChangeSeveralError::Db(error))) => Err(error.into()),
    }
}

/// The ticked ids, each once. What is no id is not found, like one of another organization.
fn ids(texts: &[String]) -> Result<Vec<MembershipId>, Refusal> {
    if texts.len() > MOST {
        return Err(Refusal::TooLarge);
    }
    let mut ids: Vec<MembershipId> = Vec::with_capacity(texts.len());
    for text in texts {
        let id = MembershipId::parse(text).map_err(|_| Refusal::NotFound)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn deed(form: &SeveralForm) -> Result<Deed, Refusal> {
    match form.deed.as_str() {
        "suspend" => Ok(Deed::Suspend {
            reason: form.reason.clone(),
        }),
        "restore" => Ok(Deed::Restore),
        "give_role" => Ok(Deed::GiveRole {
            role: form.role.clone(),
        }),
        _ => Err(Refusal::BadRequest),
    }
}

const fn word(deed: &Deed) -> &'static str {
    match deed {
        Deed::Suspend { .. } => "suspend",
        Deed::Restore => "restore",
        Deed::GiveRole { .. } => "give_role",
    }
}

/// The key of a text about a deed: `several-suspend-title`.
fn key(deed: &Deed, what: &str) -> String {
    format!("several-{}-{what}", word(deed).replace('_', "-"))
}

fn role_of(admin: &OrgAdmin, shell: &Shell, deed: &Deed) -> (String, String) {
    match deed {
        Deed::GiveRole { role } => {
            let catalogue = &admin.visit().state.catalogue;
            let name = catalogue.role_name(role, shell.lang.as_str());
            (role.clone(), name.to_owned())
        }
        Deed::Suspend { .. } | Deed::Restore => Default::default(),
    }
}

fn left_out(shell: &Shell, deed: &Deed, outcomes: &[(Membership, Applied)]) -> Vec<LeftOut> {
    let why = |applied| match applied {
        Applied::Done => None,
        Applied::Already => Some(shell.t(&key(deed, "already"))),
        Applied::Oneself => Some(shell.t("several-oneself")),
        Applied::LastAdmin => Some(shell.t("several-last-admin")),
        Applied::NoSeat => Some(shell.t("several-no-seat")),
        Applied::AboveCeiling => Some(shell.t("several-above-ceiling")),
        Applied::NotGivable => Some(shell.t("several-not-givable")),
    };
    let each = outcomes.iter().filter_map(|(member, applied)| {
        Some(LeftOut {
            name: member.display_name.clone(),
            why: why(*applied)?.into_owned(),
        })
    });
    each.collect()
}

fn question(
    admin: &OrgAdmin,
    deed: &Deed,
    outcomes: &[(Membership, Applied)],
    members: &[MembershipId],
) -> SeveralPage {
    let organization = admin.organization_id();
    let shell = admin.shell("");
    let (role, role_name) = role_of(admin, &shell, deed);
    let done = outcomes
        .iter()
        .filter(|(_, applied)| *applied == Applied::Done);
    let affected: Vec<String> = done
        .map(|(member, _)| member.display_name.clone())
        .collect();
    let count = affected.len();
    let say = |what: &str| {
        let count = ("count", count);
        shell.t2(&key(deed, what), count, ("role", role_name.as_str()))
    };
    SeveralPage {
        action: urls::SeveralMembers { organization }.to_string(),
        back: urls::Members { organization }.to_string(),
        button: say("button"),
        deed: word(deed),
        members: members.iter().map(ToString::to_string).collect(),
        effect: say("effect"),
        affected,
        left_out: left_out(&shell, deed, outcomes),
        reason: matches!(deed, Deed::Suspend { .. }).then(|| Field::new("reason", "")),
        role,
        shell: Shell {
            title: say("title"),
            ..shell
        },
    }
}

fn told(admin: &OrgAdmin, deed: &Deed, outcomes: &[(Membership, Applied)]) -> Flash {
    let shell = admin.shell("");
    let (_, role_name) = role_of(admin, &shell, deed);
    let left_out = left_out(&shell, deed, outcomes);
    let count = ("count", outcomes.len().saturating_sub(left_out.len()));
    let done = shell.t2(&key(deed, "done"), count, ("role", role_name.as_str()));
    if left_out.is_empty() {
        return Flash::success(done);
    }
    let name = |person: &LeftOut| format!("{} ({})", person.name, person.why);
    let named: Vec<String> = left_out.iter().take(NAMED).map(name).collect();
    let more = left_out.len().saturating_sub(NAMED);
    let names = named.join(", ");
    let others = if more == 0 {
        shell.t1("several-left-out", "names", names)
    } else {
        shell.t2("several-left-out-more", ("names", names), ("count", more))
    };
    Flash::warning(format!("{done} {others}"))
}
