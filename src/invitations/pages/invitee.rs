//! Who holds a link in this browser: the link's secret, and whoever is signed in.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use tower_sessions::Session;

use crate::{
    access::{Gate, actors},
    app::AppState,
    invitations::Account,
    kernel::{Cx, LinkSecret},
    people::{PendingIdentity, PersonStatus},
    settings::PortalSettings,
    web::{Flash, Refusal, Visit, cookies, urls},
};

/// The cookie that keeps a link's secret for the pages after the link. The sign-in leads whoever has
/// it back to the invitation.
pub const COOKIE: &str = "invitation";
/// Long enough to make an account at a provider on the way.
const COOKIE_SECONDS: u32 = 60 * 60;

/// A visitor with the invitation whose link this browser opened last.
pub struct Invitee {
    /// The visit, with the person as the author when one is signed in.
    pub visit: Visit,
    /// The browser's session.
    pub session: Session,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The link's secret.
    pub secret: Option<LinkSecret>,
    /// Whoever signed in.
    pub account: Option<Account>,
}

impl FromRequestParts<AppState> for Invitee {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let gate = actors::gate_of(parts).await?;
        let gate = gate.filter(|gate| gate.person_status == PersonStatus::Active);
        let session = parts.extensions.get::<Session>().cloned();
        let mut visit = Visit::of(parts, state);
        if let Some(gate) = &gate {
            actors::fill(&mut visit, gate);
        }
        let (headers, portal) = (&parts.headers, &state.settings.portal);
        Ok(Self {
            session: session.ok_or(Refusal::Defect)?,
            secret: read_secret(headers, portal, &visit.cx),
            account: account(gate, PendingIdentity::read(headers, portal, &visit.cx)),
            headers: headers.clone(),
            visit,
        })
    }
}

/// A session outranks what an unfinished sign-in left behind.
fn account(gate: Option<Arc<Gate>>, pending: Option<PendingIdentity>) -> Option<Account> {
    let person = gate.map(|gate| Account::Person(gate.person_id.clone()));
    person.or_else(|| pending.map(|pending| Account::Pending(Box::new(pending))))
}

fn read_secret(headers: &HeaderMap, portal: &PortalSettings, cx: &Cx) -> Option<LinkSecret> {
    let sealed = cookies::read(headers, portal, COOKIE)?;
    let plain = cx.keys().open("cookie", COOKIE, &sealed).ok()?;
    LinkSecret::parse(std::str::from_utf8(&plain).ok()?)
}

/// The cookie that keeps a secret, sealed so that the browser's store gives nothing away.
pub(super) fn keep(visit: &Visit, secret: &LinkSecret) -> Result<HeaderValue, Refusal> {
    let (cx, plain) = (&visit.cx, secret.expose().as_bytes());
    let sealed = cx.keys().seal(cx.random(), "cookie", COOKIE, plain);
    let sealed = sealed.map_err(|_| Refusal::Defect)?;
    let portal = &visit.state.settings.portal;
    Ok(cookies::set(portal, COOKIE, &sealed, COOKIE_SECONDS))
}

/// What every answer about somebody's link carries: its address goes nowhere, no index keeps it.
pub(super) fn private(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex, nofollow"),
    );
    response
}

impl Invitee {
    /// Back to the invitation, which then shows `flash`.
    pub(super) fn back(&self, flash: Option<Flash>) -> Response {
        private(self.visit.go(urls::Invitation, flash))
    }

    /// A sentence of these pages.
    pub(super) fn t(&self, key: &str) -> String {
        self.visit.t(key)
    }

    /// Takes the link's secret out of the browser.
    pub(super) fn forget(&self, mut response: Response) -> Response {
        let portal = &self.visit.state.settings.portal;
        let cleared = cookies::clear(portal, COOKIE);
        response.headers_mut().append(header::SET_COOKIE, cleared);
        response
    }
}

/// As [`Invitee`], with a link. Without one the answer leads to the invitation's page, which says
/// what to do.
pub struct LinkHolder {
    /// The visitor.
    pub invitee: Invitee,
    /// The link's secret.
    pub secret: LinkSecret,
}

impl std::ops::Deref for LinkHolder {
    type Target = Invitee;
    fn deref(&self) -> &Invitee {
        &self.invitee
    }
}

impl FromRequestParts<AppState> for LinkHolder {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let invitee = Invitee::from_request_parts(parts, state)
            .await
            .map_err(IntoResponse::into_response)?;
        match invitee.secret.clone() {
            Some(secret) => Ok(Self { invitee, secret }),
            None => Err(invitee.back(None)),
        }
    }
}
