//! One member, as the pages about them read it.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
};

use super::store;
use crate::{
    access::{ContractFacts, Facts, MembershipFacts, actors::OrgAdmin},
    app::AppState,
    db::Conn,
    kernel::{
        Instant,
        ids::{Id, MembershipId},
    },
    on,
    organizations::{Membership, MembershipStatus, has_another_admin},
    people::PersonStatus,
    web::{Refusal, Shell, Visit, urls},
};

/// The membership in the path. What is no id is not found, like one of another organization.
pub struct Which(pub MembershipId);

impl FromRequestParts<AppState> for Which {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::NotFound)?;
        let found = params.iter().find(|(name, _)| *name == "membership");
        found
            .and_then(|(_, text)| MembershipId::parse(text).ok())
            .map(Self)
            .ok_or(Refusal::NotFound)
    }
}

/// A member with what stands around them.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct One {
    #[sqlx(flatten)]
    pub(super) member: Membership,
    pub(super) person_status: PersonStatus,
    /// The CRM connection of the organization.
    pub(super) connection: String,
    /// Living sessions of the person.
    pub(super) sessions: i64,
    /// When the person was seen last in one of them, to the minute.
    pub(super) seen_at: Option<Instant>,
}

/// Reads a member of the admin's organization; somebody removed is not found.
pub(super) async fn load(
    conn: &mut Conn,
    admin: &OrgAdmin,
    membership: &MembershipId,
) -> Result<One, Refusal> {
    let visit = admin.visit();
    let idle = u64::from(visit.state.settings.session.idle_minutes) * 60;
    let now = visit.cx.now();
    let found: Option<One> = on!(conn, |c| sqlx::query_as(store::MEMBER)
        .bind(admin.organization_id())
        .bind(membership)
        .bind(now)
        .bind(now.minus(std::time::Duration::from_secs(idle)))
        .fetch_optional(c)
        .await)
    .map_err(crate::db::Error::from)?;
    found.ok_or(Refusal::NotFound)
}

impl One {
    /// Whether it is the admin who looks.
    pub(super) fn is_me(&self, admin: &OrgAdmin) -> bool {
        self.member.id == admin.membership.id
    }

    /// What the engine would be asked about this member. The contracts are those of the organization,
    /// as the gate read them for the admin.
    pub(super) fn facts(&self, admin: &OrgAdmin) -> Facts {
        let contracts: Vec<ContractFacts> = admin.membership.contracts.clone();
        Facts {
            person: self.person_status,
            membership: Some(MembershipFacts {
                organization_kind: admin.membership.organization_kind,
                status: self.member.status,
                starts_at: self.member.starts_at,
                ends_at: self.member.ends_at,
                roles: self.member.roles.to_list(),
            }),
            contracts,
            heard_at: admin.membership.heard_at,
        }
    }

    /// Whether nobody else runs the organization.
    pub(super) async fn is_only_admin(
        &self,
        conn: &mut Conn,
        admin: &OrgAdmin,
    ) -> Result<bool, Refusal> {
        let visit = admin.visit();
        let (catalogue, now) = (&visit.state.catalogue, visit.cx.now());
        let member = &self.member;
        let runs = member.is_current(now) && catalogue.is_admin(&member.roles);
        if !runs || self.person_status != PersonStatus::Active {
            return Ok(false);
        }
        let without_end = member.ends_at.is_none();
        let organization = admin.organization_id();
        let shared =
            has_another_admin(conn, catalogue, organization, &member.id, without_end, now).await?;
        Ok(!shared)
    }

    /// The status as a tag: word and tone.
    pub(super) fn tag(&self, shell: &Shell, now: Instant) -> (String, &'static str) {
        let member = &self.member;
        let (word, tone) = match member.status {
            MembershipStatus::Suspended => ("suspended", ""),
            MembershipStatus::Removed => ("removed", ""),
            MembershipStatus::Active if member.ends_at.is_some_and(|end| end <= now) => {
                ("ended", "")
            }
            MembershipStatus::Active if member.starts_at.is_some_and(|start| start > now) => {
                ("upcoming", "info")
            }
            MembershipStatus::Active => ("active", "success"),
        };
        (shell.t(&format!("members-state-{word}")).into_owned(), tone)
    }
}

/// The page for what would leave the organization without an admin (law 7), with the way out.
pub(super) fn only_admin(visit: &Visit, admin: &OrgAdmin, name: &str) -> Refusal {
    let organization = admin.organization_id();
    let shell = visit.shell("");
    Refusal::Explained {
        status: StatusCode::CONFLICT,
        title: shell.t1("member-only-admin-title", "name", name),
        text: vec![visit.t("member-only-admin-text")],
        way_on: Some((
            urls::Members { organization }.to_string(),
            visit.t("member-to-people"),
        )),
    }
}
