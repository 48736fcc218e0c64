//! One account: its contracts and seats, its contacts and what the portal knows of them, who runs
//! it, and what was sent.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    account_contacts,
    accounts::address,
    domains,
    read::{self, NamePage, Reading},
    words::{self, Tag},
};
use crate::{
    access::actors::{Approver, Staff},
    contracts,
    db::{Conn, Error},
    invitations::{self, StaffFilter, StaffListed},
    kernel::{
        Cursor, Instant,
        ids::{Id, OrganizationId},
        text,
    },
    organizations::{self, Domain, MembershipStatus, Organization, Seats, SeatsWish},
    settings::StaffRole,
    web::{Query, Refusal, Shell, page, urls},
};

/// Contacts on a page.
const CONTACTS: usize = 25;
/// Members and invitations shown at most.
const FEW: i64 = 10;

struct ContractRow {
    number: String,
    standing: Tag,
    products: String,
    seats: String,
}

struct MemberRow {
    /// Why this person may or may not.
    why: String,
    initials: String,
    name: String,
    email: String,
    roles: String,
    is_admin: bool,
    is_suspended: bool,
}

struct InvitationRow {
    href: String,
    name: String,
    state: Tag,
    at: String,
}

#[derive(Template)]
#[template(path = "sales/account.html")]
struct AccountPage {
    shell: Shell,
    number: String,
    kind: String,
    owner: String,
    overview: String,
    invite: String,
    may_invite: bool,
    domains: Vec<domains::Row>,
    decide_domain: String,
    may_decide: bool,
    contracts: Vec<ContractRow>,
    seats: String,
    has_room: bool,
    is_exceeded: bool,
    /// What they ask for; empty for nothing.
    asked: String,
    contacts: Vec<account_contacts::Row>,
    search: String,
    here: String,
    previous: Option<String>,
    next: Option<String>,
    members: Vec<MemberRow>,
    has_more_members: bool,
    has_admin: bool,
    invitations: Vec<InvitationRow>,
    all_invitations: String,
}

/// What the address says.
#[derive(Deserialize)]
pub struct ContactQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    at: String,
}

/// What the page reads.
struct Read {
    contracts: Vec<contracts::Contract>,
    domains: Vec<Domain>,
    seats: Seats,
    wish: Option<SeatsWish>,
    contacts: NamePage<read::Contact>,
    members: Vec<read::Member>,
    invitations: Vec<StaffListed>,
}

/// The organization of a path; one that is not there is not found.
pub(super) async fn organization_of(rep: &Staff, id: &str) -> Result<Organization, Refusal> {
    let id = OrganizationId::parse(id).map_err(|_| Refusal::NotFound)?;
    let mut conn = rep.visit().state.db.read().await?;
    let found = organizations::find(&mut conn, &id).await?;
    found.ok_or(Refusal::NotFound)
}

/// The account.
pub async fn show(
    rep: Approver,
    Path(organization): Path<String>,
    Query(query): Query<ContactQuery>,
) -> Result<Response, Refusal> {
    let organization = organization_of(&rep, &organization).await?;
    let search = text::one_line(&query.q, 200);
    let visit = rep.visit();
    let now = visit.cx.now();
    let mut conn = visit.state.db.read().await?;
    let reading = Reading::of(&query.at, CONTACTS);
    let read = read_all(&mut conn, &organization.id, (&reading, &search), now).await?;
    drop(conn);
    Ok(page(
        StatusCode::OK,
        &render(&rep, &organization, &search, read),
    ))
}

async fn read_all(
    conn: &mut Conn,
    organization: &OrganizationId,
    (reading, search): (&Reading, &str),
    now: Instant,
) -> Result<Read, Error> {
    let filter = StaffFilter {
        organization: Some(organization.clone()),
        ..StaffFilter::default()
    };
    Ok(Read {
        contracts: contracts::of_organization(conn, organization).await?,
        domains: organizations::domains(conn, organization).await?,
        seats: organizations::seats(conn, organization, now).await?,
        wish: organizations::seats_wish(conn, organization).await?,
        contacts: read::contacts(conn, organization, reading, search).await?,
        members: read::members(conn, organization, FEW + 1).await?,
        invitations: invitations::page_for_staff(conn, &filter, None, FEW).await?,
    })
}

fn render(rep: &Staff, organization: &Organization, search: &str, read: Read) -> AccountPage {
    let visit = rep.visit();
    let now = visit.cx.now();
    let id = &organization.id;
    let shell = Shell {
        title: organization.name.clone(),
        ..rep.shell("")
    };
    let here = urls::SalesAccount { organization: id }.to_string();
    let link = |cursor: Cursor| address(&here, &[("q", search)], &cursor);
    let shown = usize::try_from(FEW).unwrap_or(usize::MAX);
    let members: Vec<MemberRow> = read
        .members
        .iter()
        .take(shown)
        .map(|member| member_of(rep, member, now))
        .collect();
    AccountPage {
        number: organization.number.clone(),
        kind: words::kind(&shell, organization.kind),
        owner: words::owner(rep.visit(), &organization.owner_email),
        overview: urls::SalesOverview { organization: id }.to_string(),
        invite: urls::SalesInvite { organization: id }.to_string(),
        may_invite: rep.entry.roles.contains(&StaffRole::SalesRep),
        domains: read
            .domains
            .iter()
            .map(|one| domains::row(&shell, one))
            .collect(),
        decide_domain: urls::SalesDomain { organization: id }.to_string(),
        may_decide: domains::may_decide(rep, organization),
        contracts: read
            .contracts
            .iter()
            .map(|contract| contract_of(&shell, contract, now))
            .collect(),
        seats: seats_text(&shell, read.seats),
        has_room: read.seats.has_room(),
        is_exceeded: read.seats.is_exceeded(),
        asked: read.wish.map_or_else(String::new, |wish| {
            let date = shell.day(wish.at);
            shell.t2("sales-seats-asked", ("more", wish.more), ("date", date))
        }),
        contacts: account_contacts::rows(&shell, id, &read.contacts.rows, now),
        previous: read.contacts.previous.map(link),
        next: read.contacts.next.map(link),
        has_more_members: read.members.len() > shown,
        has_admin: members.iter().any(|member| member.is_admin),
        members,
        invitations: read
            .invitations
            .iter()
            .map(|listed| invitation_of(&shell, listed, now))
            .collect(),
        all_invitations: format!("{}?organization={id}", urls::SalesInvitations),
        here: here.clone(),
        search: search.to_owned(),
        shell,
    }
}

fn contract_of(shell: &Shell, contract: &contracts::Contract, now: Instant) -> ContractRow {
    ContractRow {
        number: contract.number.clone(),
        standing: words::standing(shell, Some(contract.standing(now))),
        products: contract.products.join(", "),
        seats: match contract.seats {
            Some(seats) => shell.t1("sales-contract-seats", "seats", seats),
            None => shell.t("sales-contract-any-seats").into_owned(),
        },
    }
}

fn seats_text(shell: &Shell, seats: Seats) -> String {
    match seats.limit {
        Some(limit) => shell.t2("sales-seats", ("taken", seats.taken), ("limit", limit)),
        None => shell.t1("sales-seats-any", "taken", seats.taken),
    }
}

fn member_of(rep: &Staff, member: &read::Member, now: Instant) -> MemberRow {
    let visit = rep.visit();
    let catalogue = &visit.state.catalogue;
    let names = member.roles.iter();
    let names: Vec<&str> = names
        .map(|key| catalogue.role_name(key, visit.lang.as_str()))
        .collect();
    let is_active =
        member.status == MembershipStatus::Active && member.ends_at.is_none_or(|end| now < end);
    MemberRow {
        why: format!("{}?person={}", urls::Why, member.person_id),
        initials: text::initials(&member.display_name),
        name: member.display_name.clone(),
        email: member.email.clone(),
        roles: names.join(", "),
        is_admin: is_active && catalogue.is_admin(&member.roles),
        is_suspended: member.status == MembershipStatus::Suspended,
    }
}

fn invitation_of(shell: &Shell, listed: &StaffListed, now: Instant) -> InvitationRow {
    let invitation = &listed.invitation;
    InvitationRow {
        href: urls::SalesInvitation {
            invitation: &invitation.id,
        }
        .to_string(),
        name: invitation.shown_name().to_owned(),
        state: words::invitation_state(shell, invitation.state_at(now).word()),
        at: shell.day(invitation.created_at),
    }
}
