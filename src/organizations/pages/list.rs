//! Everybody of an organization: members, open invitations and requests in one list.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{
    Choice, Listed, PeopleFilter, PeopleOrder, PeoplePage, PersonState, RowId, offered_roles,
    people_list, role_names, who_can_help,
};
use crate::{
    access::actors::{Member, NotAllowed, OrgAdmin},
    kernel::{Cursor, text},
    organizations::{Source, has_another_admin},
    web::{Query, Refusal, Shell, page, urls},
};

const SIZES: [i64; 3] = [25, 50, 100];
const SEARCH_LIMIT: usize = 100;

/// The query of the list. Whatever it does not know counts as not given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    status: String,
    role: String,
    sort: String,
    size: String,
    page: String,
}

/// What the query asks for, cleaned, and how to write it down again.
struct Wanted {
    typed: String,
    filter: PeopleFilter,
    address: String,
}

impl Wanted {
    fn read(admin: &OrgAdmin, query: &ListQuery) -> Self {
        let typed = text::one_line(&query.q, SEARCH_LIMIT);
        let known_role = admin.visit().state.catalogue.role(&query.role).is_some();
        let size = query.size.parse().ok();
        Self {
            filter: PeopleFilter {
                search: text::fold(&typed),
                state: PersonState::parse(&query.status).ok(),
                role: if known_role {
                    query.role.clone()
                } else {
                    String::new()
                },
                order: PeopleOrder::parse(&query.sort).unwrap_or(PeopleOrder::Name),
                size: size.filter(|size| SIZES.contains(size)).unwrap_or(SIZES[0]),
                cursor: Cursor::parse(&query.page),
            },
            typed,
            address: urls::Members {
                organization: admin.organization_id(),
            }
            .to_string(),
        }
    }

    fn is_filtered(&self) -> bool {
        !self.filter.search.is_empty()
            || self.filter.state.is_some()
            || !self.filter.role.is_empty()
    }

    /// The address of the same list in another order or from another place.
    fn href(&self, order: PeopleOrder, cursor: Option<&Cursor>) -> String {
        let filter = &self.filter;
        let mut query = Serializer::new(String::new());
        let mut add = |name, value: &str, default: &str| {
            if value != default {
                query.append_pair(name, value);
            }
        };
        add("q", &self.typed, "");
        add("status", filter.state.map_or("", PersonState::as_str), "");
        add("role", &filter.role, "");
        add("sort", order.as_str(), PeopleOrder::Name.as_str());
        add("size", &filter.size.to_string(), "25");
        add("page", &cursor.map(Cursor::encode).unwrap_or_default(), "");
        let query = query.finish();
        if query.is_empty() {
            self.address.clone()
        } else {
            format!("{}?{query}", self.address)
        }
    }

    /// A column's link and how it is sorted now: `(href, aria-sort)`.
    fn column(&self, up: PeopleOrder, down: PeopleOrder, first: PeopleOrder) -> Column {
        let order = self.filter.order;
        let (next, sort) = if order == up {
            (down, "ascending")
        } else if order == down {
            (up, "descending")
        } else {
            (first, "")
        };
        Column {
            href: self.href(next, None),
            sort,
        }
    }
}

struct Column {
    href: String,
    sort: &'static str,
}

struct Row {
    member: Option<String>,
    name: String,
    sub: String,
    initials: String,
    href: String,
    roles: String,
    state: String,
    tone: &'static str,
    note: String,
    seen: String,
    source: String,
    menu: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "organizations/members.html")]
struct MembersPage {
    shell: Shell,
    organization: String,
    read_only: bool,
    only_admin: bool,
    invite: String,
    seats: String,
    several: String,
    address: String,
    typed: String,
    states: Vec<Choice>,
    state: &'static str,
    roles: Vec<Choice>,
    role: String,
    sizes: Vec<Choice>,
    size: String,
    sort: &'static str,
    is_filtered: bool,
    is_alone: bool,
    name_column: Column,
    state_column: Column,
    seen_column: Column,
    rows: Vec<Row>,
    previous: Option<String>,
    next: Option<String>,
}

/// The list, for admins; other members read whom to ask.
///
/// # Errors
/// [`Refusal`] when the database refuses.
pub async fn list(
    member: Member,
    admin: Result<OrgAdmin, NotAllowed>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Refusal> {
    let Ok(admin) = admin else {
        return who_can_help::answer(&member).await;
    };
    let wanted = Wanted::read(&admin, &query);
    let visit = admin.visit();
    let (organization, now) = (admin.organization_id(), visit.cx.now());
    let mut conn = visit.state.db.read().await?;
    let people = people_list::read(&mut conn, organization, &wanted.filter, now).await?;
    let me = &admin.membership.id;
    let shared = has_another_admin(
        &mut conn,
        &visit.state.catalogue,
        organization,
        me,
        false,
        now,
    )
    .await?;
    drop(conn);
    Ok(page(
        StatusCode::OK,
        &members_page(&admin, &wanted, &people, !shared),
    ))
}

fn members_page(
    admin: &OrgAdmin,
    wanted: &Wanted,
    people: &PeoplePage,
    only_admin: bool,
) -> MembersPage {
    use PeopleOrder as By;
    let shell = admin.shell("members-title");
    let organization = admin.organization_id();
    let filter = &wanted.filter;
    let link = |cursor: &Option<Cursor>| {
        let cursor = cursor.as_ref()?;
        Some(wanted.href(filter.order, Some(cursor)))
    };
    let rows: Vec<Row> = people
        .rows
        .iter()
        .map(|row| Row::of(admin, &shell, row))
        .collect();
    let is_first = people.previous.is_none();
    MembersPage {
        organization: admin.membership.organization_name.clone(),
        read_only: admin.read_only,
        only_admin,
        invite: urls::Invite { organization }.to_string(),
        seats: urls::Seats { organization }.to_string(),
        several: urls::SeveralMembers { organization }.to_string(),
        address: wanted.address.clone(),
        typed: wanted.typed.clone(),
        states: states(&shell),
        state: filter.state.map_or("", PersonState::as_str),
        roles: roles(admin, &shell),
        role: filter.role.clone(),
        sizes: SIZES
            .map(|size| Choice::new(size.to_string(), size.to_string()))
            .into(),
        size: filter.size.to_string(),
        sort: filter.order.as_str(),
        is_filtered: wanted.is_filtered(),
        is_alone: rows.len() == 1 && is_first && people.next.is_none() && !wanted.is_filtered(),
        name_column: wanted.column(By::Name, By::NameDown, By::Name),
        state_column: wanted.column(By::Status, By::StatusDown, By::Status),
        seen_column: wanted.column(By::Seen, By::SeenDown, By::SeenDown),
        rows,
        previous: link(&people.previous),
        next: link(&people.next),
        shell,
    }
}

fn states(shell: &Shell) -> Vec<Choice> {
    let all = Choice::new("", shell.t("members-any-status"));
    let each = PersonState::ALL.iter().map(|state| {
        let label = shell.t(&format!("members-state-{state}"));
        Choice::new(state.as_str(), label)
    });
    std::iter::once(all).chain(each).collect()
}

fn roles(admin: &OrgAdmin, shell: &Shell) -> Vec<Choice> {
    let catalogue = &admin.visit().state.catalogue;
    let all = Choice::new("", shell.t("members-any-role"));
    let each = offered_roles(admin, &admin.membership).map(|role| {
        Choice::new(
            &*role.key,
            catalogue.role_name(&role.key, shell.lang.as_str()),
        )
    });
    std::iter::once(all).chain(each).collect()
}

const fn tone(state: PersonState) -> &'static str {
    match state {
        PersonState::Active => "success",
        PersonState::Requested | PersonState::Expired => "warning",
        PersonState::Bounced => "danger",
        PersonState::Invited | PersonState::Upcoming => "info",
        PersonState::Suspended | PersonState::Ended => "",
    }
}

impl Row {
    fn of(admin: &OrgAdmin, shell: &Shell, listed: &Listed) -> Self {
        let is_named = !listed.name.is_empty();
        let name = if is_named {
            &listed.name
        } else {
            &listed.email
        };
        let (href, menu) = links(admin, shell, listed);
        let note = match (listed.state, listed.at) {
            (PersonState::Active, Some(end)) => {
                shell.t1("members-until", "date", shell.last_day(end))
            }
            (PersonState::Upcoming, Some(start)) => {
                shell.t1("members-from", "date", shell.day(start))
            }
            (PersonState::Ended | PersonState::Expired, Some(end)) => {
                shell.t1("members-on", "date", shell.day(end))
            }
            (PersonState::Invited | PersonState::Bounced, Some(end)) => {
                shell.t1("members-open-until", "date", shell.day(end))
            }
            (PersonState::Requested, Some(at)) => shell.t1("members-since", "date", shell.day(at)),
            _ => String::new(),
        };
        Self {
            member: match &listed.id {
                RowId::Member(id) => Some(id.to_string()),
                RowId::Invitation(_) | RowId::Request(_) => None,
            },
            initials: text::initials(name),
            name: name.clone(),
            sub: if is_named {
                listed.email.clone()
            } else {
                String::new()
            },
            href,
            roles: role_names(admin, shell, &listed.roles),
            state: shell
                .t(&format!("members-state-{}", listed.state))
                .into_owned(),
            tone: tone(listed.state),
            note,
            seen: match (&listed.id, listed.last_sign_in_at) {
                (_, Some(at)) => shell.day(at),
                (RowId::Member(_), None) => shell.t("members-never").into_owned(),
                _ => String::new(),
            },
            source: source(shell, listed),
            menu,
        }
    }
}

fn source(shell: &Shell, listed: &Listed) -> String {
    match &listed.id {
        RowId::Member(_) => match Source::parse(&listed.source) {
            Ok(source) => shell.t(&format!("members-source-{source}")).into_owned(),
            Err(_) => String::new(),
        },
        RowId::Invitation(_) => shell.t1("members-invited-by", "name", listed.source.as_str()),
        RowId::Request(_) => shell.t("members-source-request").into_owned(),
    }
}

/// Where a row leads, and its menu.
fn links(admin: &OrgAdmin, shell: &Shell, listed: &Listed) -> (String, Vec<(String, String)>) {
    let organization = admin.organization_id();
    let text = |key: &str| shell.t(key).into_owned();
    match &listed.id {
        RowId::Member(membership) => {
            let own = urls::Member {
                organization,
                membership,
            }
            .to_string();
            let mut menu = vec![(own.clone(), text("members-menu-open"))];
            if !admin.read_only {
                let roles = urls::MemberRoles {
                    organization,
                    membership,
                };
                menu.push((roles.to_string(), text("members-menu-roles")));
                menu.push(if listed.state == PersonState::Suspended {
                    let restore = urls::RestoreMember {
                        organization,
                        membership,
                    };
                    (restore.to_string(), text("members-menu-restore"))
                } else {
                    let suspend = urls::SuspendMember {
                        organization,
                        membership,
                    };
                    (suspend.to_string(), text("members-menu-suspend"))
                });
                let remove = urls::RemoveMember {
                    organization,
                    membership,
                };
                menu.push((remove.to_string(), text("members-menu-remove")));
            }
            (own, menu)
        }
        RowId::Invitation(invitation) => {
            let own = urls::OrganizationInvitation {
                organization,
                invitation,
            }
            .to_string();
            (own.clone(), vec![(own, text("members-menu-invitation"))])
        }
        RowId::Request(registration) => {
            let own = urls::Request {
                organization,
                registration,
            }
            .to_string();
            (own.clone(), vec![(own, text("members-menu-request"))])
        }
    }
}
