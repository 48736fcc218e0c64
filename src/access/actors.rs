//! The actors: extractors that prove who makes a request and hand over what they may act on.
//!
//! `SignedIn` passes anybody with a session. `Member` and `OrgAdmin` read the organization from the
//! path and pass only its people; to everybody else it does not exist (law 8). `SalesRep`,
//! `Approver` and `Operator` pass the portal company's own staff.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use tower_sessions::Session;

use super::{
    Decision, Gate, GateMembership, Grant, Wanted, decide, first_refusals, nav, refusals,
    session_store,
};
use crate::{
    app::AppState,
    kernel::{
        Actor, EmailAddress,
        ids::{Id, OrganizationId},
        text,
    },
    people::PersonStatus,
    settings::{StaffRole, StaffSettings},
    web::{Lang, Refusal, Shell, Visit, see_other, shell::ShellPerson, urls},
};

/// Anybody with a session.
#[derive(Clone)]
pub struct SignedIn {
    /// The visit, with the person as the author.
    pub visit: Visit,
    /// What the gate read.
    pub gate: Arc<Gate>,
}

/// Why an actor is not who the handler asked for.
pub enum NotAllowed {
    /// Sign in first, then come back.
    SignIn(Response),
    /// A page that says why.
    Refused(Refusal),
}

impl IntoResponse for NotAllowed {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(response) => response,
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

impl From<Refusal> for NotAllowed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The gate of a request, read once; `None` when nobody is signed in.
///
/// # Errors
/// When the session cannot be read: the request is refused, never let through.
pub async fn gate_of(parts: &mut Parts) -> Result<Option<Arc<Gate>>, Refusal> {
    if let Some(gate) = parts.extensions.get::<Arc<Gate>>() {
        return Ok(Some(gate.clone()));
    }
    let Some(session) = parts.extensions.get::<Session>().cloned() else {
        return Ok(None);
    };
    let gate = session_store::current(&session).await?;
    if let Some(gate) = &gate {
        parts.extensions.insert(gate.clone());
    }
    Ok(gate)
}

/// The entry of the staff list for whoever passed this gate: the address must be listed and the
/// sign-in must have come through a provider for staff.
#[must_use]
pub fn staff_of<'s>(state: &'s AppState, gate: &Gate) -> Option<&'s StaffSettings> {
    let address = EmailAddress::parse(&gate.email).ok()?;
    let through_staff_provider = state
        .settings
        .providers
        .iter()
        .any(|provider| provider.staff && provider.key == gate.provider);
    let is_active = gate.person_status == PersonStatus::Active;
    (through_staff_provider && is_active).then(|| {
        state
            .settings
            .staff
            .iter()
            .find(|staff| staff.email == address)
    })?
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotAllowed> {
        let gate = gate_of(parts).await?;
        let mut visit = Visit::of(parts, state);
        let Some(gate) = gate else {
            return Err(must_sign_in(parts));
        };
        fill(&mut visit, &gate);
        if gate.person_status != PersonStatus::Active {
            return Err(refusals::suspended_person(&visit).into());
        }
        Ok(Self { visit, gate })
    }
}

/// A page is asked for again after sign-in; a change is not made twice by accident.
fn must_sign_in(parts: &Parts) -> NotAllowed {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Refusal::SignInAgain.into();
    }
    let wanted = parts
        .uri
        .path_and_query()
        .map_or("/", axum::http::uri::PathAndQuery::as_str);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", wanted)
        .finish();
    NotAllowed::SignIn(see_other(&format!("{}?{query}", urls::SignIn)))
}

/// Puts the person into the visit: author, name, language, navigation.
pub fn fill(visit: &mut Visit, gate: &Gate) {
    let staff = staff_of(&visit.state, gate).is_some();
    let person_id = gate.person_id.clone();
    visit.cx.actor = if staff {
        Actor::Staff { person_id }
    } else {
        Actor::Person { person_id }
    };
    if !visit.lang_is_chosen
        && let Ok(lang) = Lang::parse(&gate.language)
    {
        visit.lang = lang;
    }
    visit.time_zone.clone_from(&gate.time_zone);
    visit.signed_in = Some(ShellPerson {
        name: gate.display_name.clone(),
        email: gate.email.clone(),
        initials: text::initials(&gate.display_name),
    });
    nav::fill(visit, gate);
}

impl SignedIn {
    /// The frame for a page.
    #[must_use]
    pub fn shell(&self, title_key: &str) -> Shell {
        self.visit.shell(title_key)
    }

    /// The membership in an organization, if there is one that is not removed.
    #[must_use]
    pub fn membership(&self, organization: &OrganizationId) -> Option<&GateMembership> {
        self.gate
            .memberships
            .iter()
            .find(|membership| membership.organization_id == *organization)
    }

    /// What the one engine says about a membership.
    #[must_use]
    pub fn decide(&self, membership: &GateMembership, wanted: Wanted<'_>) -> Decision {
        decide(
            &self.gate.facts(membership),
            &self.visit.state.catalogue,
            wanted,
            self.visit.cx.now(),
        )
    }
}

/// A member of the organization in the path whose access stands.
#[derive(Clone)]
pub struct Member {
    /// The person.
    pub signed_in: SignedIn,
    /// Their membership there.
    pub membership: GateMembership,
    /// Whether the contract's grace lets them only read.
    pub read_only: bool,
}

/// An administrator of the organization in the path whose access stands.
#[derive(Clone)]
pub struct OrgAdmin(pub Member);

async fn organization_in_path(
    parts: &mut Parts,
    state: &AppState,
) -> Result<OrganizationId, Refusal> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| Refusal::NotFound)?;
    let found = params
        .iter()
        .find(|(name, _)| *name == "organization")
        .map(|(_, value)| value.to_owned());
    found
        .and_then(|text| OrganizationId::parse(&text).ok())
        .ok_or(Refusal::NotFound)
}

async fn member(
    parts: &mut Parts,
    state: &AppState,
    wanted: Wanted<'_>,
) -> Result<Member, NotAllowed> {
    let signed_in = SignedIn::from_request_parts(parts, state).await?;
    let organization = organization_in_path(parts, state).await?;
    let membership = signed_in
        .membership(&organization)
        .cloned()
        .ok_or(Refusal::NotFound)?;
    match signed_in.decide(&membership, wanted) {
        Decision::Granted(Grant { read_only, .. }) => {
            let changes = parts.method != Method::GET && parts.method != Method::HEAD;
            if read_only && changes {
                return Err(refusals::read_only(&signed_in.visit, &membership).into());
            }
            Ok(Member {
                signed_in,
                membership,
                read_only,
            })
        }
        Decision::Refused(reason) => {
            first_refusals::note(state, &organization, &reason, signed_in.visit.cx.now());
            Err(refusals::refused(&signed_in.visit, &membership, &reason).into())
        }
    }
}

impl Member {
    /// The organization in the path.
    #[must_use]
    pub fn organization_id(&self) -> &OrganizationId {
        &self.membership.organization_id
    }

    /// The visit.
    #[must_use]
    pub fn visit(&self) -> &Visit {
        &self.signed_in.visit
    }

    /// The frame for a page.
    #[must_use]
    pub fn shell(&self, title_key: &str) -> Shell {
        self.signed_in.shell(title_key)
    }
}

impl FromRequestParts<AppState> for Member {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotAllowed> {
        member(parts, state, Wanted::Portal).await
    }
}

impl std::ops::Deref for OrgAdmin {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}

impl FromRequestParts<AppState> for OrgAdmin {
    type Rejection = NotAllowed;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotAllowed> {
        member(parts, state, Wanted::Administration).await.map(Self)
    }
}

/// A member of the portal company's staff with what they may do.
#[derive(Clone)]
pub struct Staff {
    /// The person.
    pub signed_in: SignedIn,
    /// Their entry in the staff list.
    pub entry: StaffSettings,
}

impl Staff {
    /// The visit.
    #[must_use]
    pub fn visit(&self) -> &Visit {
        &self.signed_in.visit
    }

    /// The frame for a page.
    #[must_use]
    pub fn shell(&self, title_key: &str) -> Shell {
        self.signed_in.shell(title_key)
    }
}

/// Passes staff with one of `roles`; to everybody else the page does not exist.
async fn staff(
    parts: &mut Parts,
    state: &AppState,
    roles: &[StaffRole],
) -> Result<Staff, NotAllowed> {
    let signed_in = SignedIn::from_request_parts(parts, state).await?;
    let entry = staff_of(state, &signed_in.gate)
        .cloned()
        .ok_or(Refusal::NotFound)?;
    if roles.iter().any(|role| entry.roles.contains(role)) {
        Ok(Staff { signed_in, entry })
    } else {
        let visit = &signed_in.visit;
        Err(Refusal::Explained {
            status: StatusCode::FORBIDDEN,
            title: visit.t("refusal-forbidden-title"),
            text: vec![visit.t("access-staff-role-missing")],
            way_on: Some((urls::Home.to_string(), visit.t("refusal-home"))),
        }
        .into())
    }
}

macro_rules! staff_actor {
    ($($(#[$doc:meta])* $name:ident = $($role:ident)|+;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(pub Staff);

        impl std::ops::Deref for $name {
            type Target = Staff;
            fn deref(&self) -> &Staff { &self.0 }
        }

        impl FromRequestParts<AppState> for $name {
            type Rejection = NotAllowed;
            async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotAllowed> {
                staff(parts, state, &[$(StaffRole::$role),+]).await.map(Self)
            }
        }
    )*};
}

staff_actor! {
    /// Invites and sees accounts.
    SalesRep = SalesRep;
    /// Decides registrations: sales reps for the accounts they own, the service desk for all. Which
    /// ones, the pages ask `registration::Desk`.
    Approver = Approver | SalesRep;
    /// Runs the portal.
    Operator = Operator;
    /// May lend a CRM connection a credential; which connection, its settings say.
    Lender = Operator | SalesRep;
    /// Anybody of staff: the built-in CRM's users.
    CrmUser = SalesRep | Approver | Operator;
}
