//! What the organization's admins decide about it: who may come in and how. Beside it, the company's
//! domains and who is signed in.

use std::time::Duration;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

use super::acting;
use crate::{
    access::{
        actors::OrgAdmin,
        sessions::{self, SignedInMember},
    },
    kernel::text,
    organizations::{
        ChangePolicies, ChangePoliciesError, Domain, InvitePolicy, JoinPolicy, PoliciesChanged,
        change_policies, domains, find,
    },
    web::{Field, Flash, Form, FormErrors, Refusal, Shell, page, urls},
};

/// People shown who are signed in.
const SHOWN: i64 = 25;

/// One choice with what it means.
struct Choice {
    value: &'static str,
    label: String,
    hint: String,
}

struct DomainRow {
    domain: String,
    state: String,
    tone: &'static str,
}

struct Here {
    initials: String,
    name: String,
    email: String,
    href: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "organizations/settings.html")]
struct SettingsPage {
    shell: Shell,
    organization: String,
    action: String,
    errors: FormErrors,
    invite: Field,
    invites: Vec<Choice>,
    join: Field,
    joins: Vec<Choice>,
    domains: Vec<DomainRow>,
    has_confirmed: bool,
    waits_for_domain: bool,
    here: Vec<Here>,
    has_more: bool,
    sign_out: String,
    read_only: bool,
}

/// The policies as posted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SettingsForm {
    invite: String,
    join: String,
}

/// The page.
///
/// # Errors
/// [`Refusal`]: the database refuses.
pub async fn show(admin: OrgAdmin) -> Result<Response, Refusal> {
    let mut conn = admin.visit().state.db.read().await?;
    let stored = find(&mut conn, admin.organization_id()).await?;
    let stored = stored.ok_or(Refusal::NotFound)?;
    drop(conn);
    let invite = Field::new("invite", stored.invite_policy.as_str());
    let join = Field::new("join", stored.join_policy.as_str());
    render(&admin, StatusCode::OK, (invite, join)).await
}

async fn render(
    admin: &OrgAdmin,
    status: StatusCode,
    (invite, join): (Field, Field),
) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let organization = admin.organization_id();
    let now = visit.cx.now();
    let idle = u64::from(visit.state.settings.session.idle_minutes) * 60;
    let living = (now, now.minus(Duration::from_secs(idle)));
    let mut conn = visit.state.db.read().await?;
    let known = domains(&mut conn, organization).await?;
    let mut here =
        sessions::list_for_organization(&mut conn, organization, living, SHOWN + 1).await?;
    drop(conn);
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let has_more = here.len() > shown;
    here.truncate(shown);
    let errors = FormErrors::of(&[&invite, &join]);
    let shell = admin
        .shell("settings-title")
        .with_errors(!errors.is_empty());
    let has_confirmed = known.iter().any(|domain| domain.verified_at.is_some());
    Ok(page(
        status,
        &SettingsPage {
            organization: admin.membership.organization_name.clone(),
            action: urls::OrganizationSettings { organization }.to_string(),
            errors,
            invites: invites(&shell),
            joins: joins(&shell),
            domains: known.iter().map(|domain| row(&shell, domain)).collect(),
            waits_for_domain: join.value == JoinPolicy::VerifiedDomain.as_str() && !has_confirmed,
            has_confirmed,
            here: here
                .iter()
                .map(|one| signed_in(admin, &shell, one))
                .collect(),
            has_more,
            sign_out: urls::SignOutEverybody { organization }.to_string(),
            read_only: admin.read_only,
            invite,
            join,
            shell,
        },
    ))
}

fn choice(shell: &Shell, group: &str, value: &'static str) -> Choice {
    let key = format!("settings-{group}-{}", value.replace('_', "-"));
    Choice {
        value,
        label: shell.t(&key).into_owned(),
        hint: shell.t(&format!("{key}-hint")).into_owned(),
    }
}

fn invites(shell: &Shell) -> Vec<Choice> {
    let all = InvitePolicy::ALL.iter();
    all.map(|policy| choice(shell, "invite", policy.as_str()))
        .collect()
}

fn joins(shell: &Shell) -> Vec<Choice> {
    let all = JoinPolicy::ALL.iter();
    all.map(|policy| choice(shell, "join", policy.as_str()))
        .collect()
}

fn row(shell: &Shell, domain: &Domain) -> DomainRow {
    let (state, tone) = match domain.verified_at {
        Some(at) => (
            shell.t1("settings-domain-confirmed", "date", shell.day(at)),
            "success",
        ),
        None => (shell.t("settings-domain-open").into_owned(), ""),
    };
    DomainRow {
        domain: domain.domain.clone(),
        state,
        tone,
    }
}

fn signed_in(admin: &OrgAdmin, shell: &Shell, one: &SignedInMember) -> Here {
    Here {
        initials: text::initials(&one.display_name),
        name: one.display_name.clone(),
        email: one.email.clone(),
        href: urls::Member {
            organization: admin.organization_id(),
            membership: &one.membership_id,
        }
        .to_string(),
        seen: shell.moment(one.seen_at),
    }
}

/// Stores the policies.
///
/// # Errors
/// [`Refusal`]: no admin any more.
pub async fn save(admin: OrgAdmin, Form(form): Form<SettingsForm>) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let policies = (
        InvitePolicy::parse(&form.invite),
        JoinPolicy::parse(&form.join),
    );
    let (Ok(invite_policy), Ok(join_policy)) = policies else {
        let wrong = |is_wrong: bool, key: &str| is_wrong.then(|| visit.t(key));
        let invite = wrong(policies.0.is_err(), "settings-invite-empty");
        let join = wrong(policies.1.is_err(), "settings-join-empty");
        let fields = (
            Field::new("invite", form.invite).with_error(invite),
            Field::new("join", form.join).with_error(join),
        );
        return render(&admin, StatusCode::UNPROCESSABLE_ENTITY, fields).await;
    };
    let command = ChangePolicies {
        organization_id: admin.organization_id().clone(),
        invite_policy,
        join_policy,
    };
    let cx = acting(&admin);
    let done = visit
        .state
        .write(move |tx, state| {
            Box::pin(async move { change_policies(tx, &cx, &state.catalogue, command).await })
        })
        .await;
    let flash = match done {
        Ok(PoliciesChanged::Changed) => Flash::success(visit.t("settings-saved")),
        Ok(PoliciesChanged::Unchanged) => Flash::info(visit.t("settings-unchanged")),
        Err(ChangePoliciesError::NotFound) => return Err(Refusal::NotFound),
        Err(ChangePoliciesError::NotAllowed) => return Err(Refusal::Forbidden),
        Err(ChangePoliciesError::Db(error)) => return Err(error.into()),
    };
    let organization = admin.organization_id();
    Ok(visit.go(urls::OrganizationSettings { organization }, Some(flash)))
}
