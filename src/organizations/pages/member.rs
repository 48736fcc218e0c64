//! One member: roles, status, history, what the supplier knows, why there is access or not.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use url::form_urlencoded::byte_serialize;

use super::{
    history::{self, Happened},
    one::{One, Which, load},
    store,
};
use crate::{
    access::{About, Explanation, actors::OrgAdmin},
    db::{Conn, Error},
    kernel::{Instant, ids::MembershipId, text},
    on,
    organizations::{MembershipStatus, Source},
    outbox::{self, Told},
    web::{Refusal, Shell, page, urls},
};

/// How many entries of the history stand on the page.
const HISTORY: i64 = 10;

/// A held role with who gave it.
#[derive(sqlx::FromRow)]
struct HeldRole {
    role: String,
    granted_at: Instant,
    giver: String,
}

struct RoleLine {
    title: String,
    people: String,
    given: String,
}

/// What can be done, and why not.
struct Doable {
    roles: String,
    suspend: String,
    restore: String,
    remove: String,
    dates: String,
    sign_out: String,
    is_signed_in: bool,
    is_suspended: bool,
    is_me: bool,
    is_only_admin: bool,
    read_only: bool,
}

#[derive(Template)]
#[template(path = "organizations/member.html")]
struct MemberPage {
    shell: Shell,
    people: String,
    initials: String,
    email: String,
    tag: String,
    tone: &'static str,
    name: String,
    facts: Vec<(String, String)>,
    roles: Vec<RoleLine>,
    services: Vec<Explanation>,
    history: Vec<Happened>,
    all_history: String,
    doable: Doable,
}

/// The page.
///
/// # Errors
/// [`Refusal`]: not found here.
pub async fn show(admin: OrgAdmin, Which(membership): Which) -> Result<Response, Refusal> {
    let visit = admin.visit();
    let mut conn = visit.state.db.read().await?;
    let one = load(&mut conn, &admin, &membership).await?;
    let is_only_admin = one.is_only_admin(&mut conn, &admin).await?;
    let held = held_roles(&mut conn, &one).await?;
    let destination = outbox::crm_destination(&one.connection);
    let told = outbox::told(&mut conn, &destination, &membership.to_string()).await?;
    let organization = admin.organization_id();
    let entries = history::of_member(&mut conn, organization, &membership, HISTORY).await?;
    drop(conn);
    let name = one.member.display_name.clone();
    let shell = Shell {
        title: name.clone(),
        ..admin.shell("")
    };
    let (tag, tone) = one.tag(&shell, visit.cx.now());
    let email = one.member.email.shown();
    let about: String = byte_serialize(email.as_bytes()).collect();
    Ok(page(
        StatusCode::OK,
        &MemberPage {
            people: urls::Members { organization }.to_string(),
            initials: text::initials(&name),
            email: email.to_owned(),
            tag,
            tone,
            facts: facts(&admin, &shell, &one, told),
            roles: role_lines(&admin, &shell, &held),
            services: services(&admin, &shell, &one),
            history: history::told(&admin, &shell, &entries),
            all_history: format!("{}?q={about}", urls::OrganizationAudit { organization }),
            doable: doable(&admin, &one, is_only_admin),
            name,
            shell,
        },
    ))
}

async fn held_roles(conn: &mut Conn, one: &One) -> Result<Vec<HeldRole>, Error> {
    Ok(on!(conn, |c| sqlx::query_as(store::HELD_ROLES)
        .bind(&one.member.organization_id)
        .bind(&one.member.id)
        .fetch_all(c)
        .await)?)
}

fn role_lines(admin: &OrgAdmin, shell: &Shell, held: &[HeldRole]) -> Vec<RoleLine> {
    let catalogue = &admin.visit().state.catalogue;
    let lang = shell.lang.as_str();
    let line = |held: &HeldRole| {
        let role = catalogue.role(&held.role);
        let counts = role.is_some_and(|role| role.is_for(admin.membership.organization_kind));
        let card = catalogue.role_card(&held.role, lang).filter(|_| counts);
        let day = shell.day(held.granted_at);
        RoleLine {
            title: catalogue.role_name(&held.role, lang).to_owned(),
            people: card.map_or_else(
                || shell.t("roles-opens-nothing").into_owned(),
                |card| card.words.people.clone(),
            ),
            given: if held.giver.is_empty() {
                shell.t1("member-role-since", "date", day)
            } else {
                shell.t2(
                    "member-role-given",
                    ("name", held.giver.as_str()),
                    ("date", day),
                )
            },
        }
    };
    held.iter().map(line).collect()
}

fn services(admin: &OrgAdmin, shell: &Shell, one: &One) -> Vec<Explanation> {
    let about = About {
        visit: admin.visit(),
        shell,
        organization: &admin.membership.organization_name,
        name: (!one.is_me(admin)).then_some(one.member.display_name.as_str()),
        facts: &one.facts(admin),
    };
    about.services()
}

/// Term and value of everything that is one line.
fn facts(admin: &OrgAdmin, shell: &Shell, one: &One, told: Told) -> Vec<(String, String)> {
    let member = &one.member;
    let text = |key: &str| shell.t(key).into_owned();
    let brand = shell.brand.as_str();
    let mut facts = Vec::new();
    let mut add = |key: &str, value: String| facts.push((text(key), value));
    if member.status == MembershipStatus::Suspended && !member.status_reason.is_empty() {
        add("member-fact-reason", member.status_reason.clone());
    }
    if let Some(start) = member
        .starts_at
        .filter(|start| *start > admin.visit().cx.now())
    {
        add("member-fact-starts", shell.day(start));
    }
    if let Some(end) = member.ends_at {
        add("member-fact-ends", shell.last_day(end));
    }
    add("member-fact-since", shell.day(member.created_at));
    add("member-fact-source", source(shell, member.source));
    let seen = member.last_sign_in_at.map(|at| shell.moment(at));
    add(
        "member-fact-seen",
        seen.unwrap_or_else(|| text("members-never")),
    );
    if let Some(at) = one.seen_at.filter(|_| one.sessions > 0) {
        add("settings-fact-here", shell.moment(at));
    }
    add(
        "member-fact-sessions",
        shell.t1("member-sessions", "count", one.sessions),
    );
    let linked = match (told, &member.crm_contact_id) {
        (Told::Waiting, _) => "member-told-waiting",
        (Told::Stuck, _) => "member-told-stuck",
        (Told::Everything, Some(_)) => "member-told-linked",
        (Told::Everything, None) => "member-told-not-linked",
    };
    facts.push((
        shell.t1("member-fact-told", "brand", brand),
        shell.t1(linked, "brand", brand),
    ));
    facts
}

fn source(shell: &Shell, source: Source) -> String {
    shell.t(&format!("members-source-{source}")).into_owned()
}

fn doable(admin: &OrgAdmin, one: &One, is_only_admin: bool) -> Doable {
    let organization = admin.organization_id();
    let membership: &MembershipId = &one.member.id;
    Doable {
        roles: urls::MemberRoles {
            organization,
            membership,
        }
        .to_string(),
        suspend: urls::SuspendMember {
            organization,
            membership,
        }
        .to_string(),
        restore: urls::RestoreMember {
            organization,
            membership,
        }
        .to_string(),
        remove: urls::RemoveMember {
            organization,
            membership,
        }
        .to_string(),
        dates: urls::MemberDates {
            organization,
            membership,
        }
        .to_string(),
        sign_out: urls::SignOutMember {
            organization,
            membership,
        }
        .to_string(),
        is_signed_in: one.sessions > 0,
        is_suspended: one.member.status == MembershipStatus::Suspended,
        is_me: one.is_me(admin),
        is_only_admin,
        read_only: admin.read_only,
    }
}
