//! The one list of every URL, grouped by audience, and the layers all of them share.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{Method, StatusCode},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
};
use tower_sessions::{SessionManagerLayer, cookie::SameSite};

use crate::{
    access::{
        self, forward_auth, front_door,
        session_store::{Sessions, keep_gate},
    },
    api,
    app::AppState,
    crm::builtin,
    demo::mailbox,
    directory, invitations, operations, overview, people, registration,
    settings::ConnectionKind,
    sign_in::{self, pages, sign_out},
    web::{
        Refusal, assets, cookies, csrf, headers, health, rate, refusal, request_log, urls, visit,
    },
    webhooks,
};

/// The largest body of a form. Endpoints for machines bound theirs themselves.
const FORM_LIMIT: usize = 256 * 1024;

/// The portal's router.
pub fn router(state: AppState) -> Router {
    let pages = Router::new()
        .merge(everybody())
        .merge(operators())
        .merge(registering())
        .merge(organization_admins())
        .merge(approvers())
        .merge(sales_reps())
        .merge(own())
        .merge(proxies())
        .merge(overview::routes());
    let pages = if state.settings.portal.demo {
        pages.merge(demo())
    } else {
        pages
    };
    let pages = if has_builtin_crm(&state) {
        pages.merge(crm().layer(from_fn_with_state(
            state.clone(),
            builtin::pages::tell_portal,
        )))
    } else {
        pages
    };
    let pages = pages.layer(from_fn_with_state(state.clone(), wake_outbox));
    let with_sessions = pages
        .layer(session_layer(&state))
        .layer(from_fn(keep_gate))
        .layer(RequestBodyLimitLayer::new(FORM_LIMIT));
    // Health and files answer however busy the portal is.
    let routes = overload(
        with_sessions
            .merge(crm_events(&state))
            .merge(api::routes())
            .merge(sign_in::back_channel::routes()),
        &state,
    )
    .merge(machines())
    .merge(files());
    shared_layers(routes, &state).with_state(state)
}

/// Pages that need no sign-in.
fn everybody() -> Router<AppState> {
    Router::new()
        .route(urls::Root::PATH, get(front_door::show))
        .route(
            urls::SignIn::PATH,
            get(pages::choose).post(pages::find_home),
        )
        .route(
            urls::SignInWith::PATH,
            get(pages::with_provider).post(pages::with_provider_posted),
        )
        .route(urls::Callback::PATH, get(sign_in::callback))
        .route(urls::NotKnownYet::PATH, get(pages::not_known))
        .route(
            urls::SignOut::PATH,
            get(sign_out::ask).post(sign_out::sign_out),
        )
        .route(urls::SignedOut::PATH, get(sign_out::signed_out))
        .merge(invitations::pages::invitee_routes())
}

/// The signed-in person's own pages.
fn own() -> Router<AppState> {
    use access::pages::{home, services, why};
    Router::new()
        .route(urls::Home::PATH, get(home))
        .route(urls::Services::PATH, get(services))
        .route(urls::Why::PATH, get(why))
        .route(
            urls::Profile::PATH,
            get(people::pages::show).post(people::pages::save),
        )
        .route(
            urls::Consents::PATH,
            get(registration::pages::consents::show),
        )
        .route(
            urls::WithdrawConsent::PATH,
            post(registration::pages::consents::withdraw),
        )
        .route(urls::Sessions::PATH, get(people::session_pages::show))
        .route(urls::EndSession::PATH, post(people::session_pages::end))
        .route(
            urls::EndOtherSessions::PATH,
            post(people::session_pages::end_others),
        )
}

/// Operations: operators of the portal only.
fn operators() -> Router<AppState> {
    use operations::{
        audit_log, clients, connections, dead_letters, decide, deliveries, delivery, held, mapping,
        matches, overview, people, reconciliation,
    };
    Router::new()
        .route(urls::Operations::PATH, get(overview::show))
        .route(urls::TaskClose::PATH, post(overview::close_task))
        .route(
            urls::DestinationPause::PATH,
            get(decide::ask_pause).post(decide::pause),
        )
        .route(urls::DestinationResume::PATH, post(decide::resume))
        .route(urls::Deliveries::PATH, get(deliveries::show))
        .route(urls::Delivery::PATH, get(delivery::show))
        .route(urls::DeliveryReplay::PATH, post(decide::replay))
        .route(urls::DeliveryPark::PATH, post(decide::park))
        .route(
            urls::DeliverySkip::PATH,
            get(decide::ask_skip).post(decide::skip),
        )
        .route(urls::DeliveryChoose::PATH, post(decide::choose))
        .route(urls::DeadLetters::PATH, get(dead_letters::show))
        .route(
            urls::DeadLettersReplay::PATH,
            get(dead_letters::ask_replay).post(dead_letters::replay),
        )
        .route(urls::Matches::PATH, get(matches::show))
        .route(urls::Connections::PATH, get(connections::show))
        .route(urls::HeldChanges::PATH, get(held::show).post(held::decide))
        .merge(reconciliation::routes())
        .merge(mapping::routes())
        .merge(operations::credential::routes())
        .route(urls::FeedLook::PATH, post(connections::look))
        .route(urls::FeedReadAgain::PATH, post(connections::read_again))
        .route(urls::OperationsPeople::PATH, get(people::show))
        .route(
            urls::KeepPersonOut::PATH,
            get(people::ask_keep_out).post(people::keep_out),
        )
        .route(urls::LetPersonIn::PATH, post(people::let_in))
        .route(urls::SignPersonOut::PATH, post(people::sign_out))
        .route(
            urls::ApiClients::PATH,
            get(clients::show).post(clients::create),
        )
        .route(urls::ApiClientRotate::PATH, post(clients::rotate))
        .route(
            urls::ApiClientRevoke::PATH,
            get(clients::ask_revoke).post(clients::revoke),
        )
        .route(urls::OperationsAudit::PATH, get(audit_log::show))
        .route(urls::AuditVerify::PATH, post(audit_log::verify))
        .merge(operations::webhooks::routes())
        .merge(operations::receipts::routes())
        .merge(operations::catalogue::routes())
}

fn has_builtin_crm(state: &AppState) -> bool {
    let mut connections = state.settings.connections.iter();
    connections.any(|connection| connection.kind == ConnectionKind::Builtin)
}

/// The built-in CRM's screen, for staff.
fn crm() -> Router<AppState> {
    use builtin::{
        model::{Account, Contact, Contract, Lead},
        pages::{account, accounts, buttons, contact, form, leads},
    };
    Router::new()
        .route(urls::Crm::PATH, get(accounts::show))
        .route(
            urls::CrmAccountNew::PATH,
            get(form::new::<Account>).post(form::create::<Account>),
        )
        .route(urls::CrmAccount::PATH, get(account::show))
        .route(
            urls::CrmAccountEdit::PATH,
            get(form::edit::<Account>).post(form::update::<Account>),
        )
        .route(
            urls::CrmContactNew::PATH,
            get(form::new::<Contact>).post(form::create::<Contact>),
        )
        .route(urls::CrmContact::PATH, get(contact::show))
        .route(
            urls::CrmContactEdit::PATH,
            get(form::edit::<Contact>).post(form::update::<Contact>),
        )
        .route(urls::CrmContactInvite::PATH, post(buttons::invite_contact))
        .route(urls::CrmContactOptOut::PATH, post(buttons::opt_out_contact))
        .route(
            urls::CrmContractNew::PATH,
            get(form::new::<Contract>).post(form::create::<Contract>),
        )
        .route(
            urls::CrmContract::PATH,
            get(form::edit::<Contract>).post(form::update::<Contract>),
        )
        .route(urls::CrmLeads::PATH, get(leads::list))
        .route(
            urls::CrmLeadNew::PATH,
            get(form::new::<Lead>).post(form::create::<Lead>),
        )
        .route(urls::CrmLead::PATH, get(leads::show))
        .route(
            urls::CrmLeadEdit::PATH,
            get(form::edit::<Lead>).post(form::update::<Lead>),
        )
        .route(urls::CrmLeadInvite::PATH, post(buttons::invite_lead))
        .route(urls::CrmLeadOptOut::PATH, post(buttons::opt_out_lead))
}

/// Pages of those who run an organization.
fn organization_admins() -> Router<AppState> {
    use crate::{organizations::pages as people, registration::pages::requests};
    Router::new()
        .route(urls::Members::PATH, get(people::list))
        .route(urls::SeveralMembers::PATH, post(people::several::several))
        .route(urls::Member::PATH, get(people::member))
        .route(
            urls::MemberRoles::PATH,
            get(people::change_roles::form).post(people::change_roles::submit),
        )
        .route(
            urls::SuspendMember::PATH,
            get(people::suspend::ask).post(people::suspend::submit),
        )
        .route(
            urls::RestoreMember::PATH,
            get(people::restore::ask).post(people::restore::submit),
        )
        .route(
            urls::RemoveMember::PATH,
            get(people::remove::ask).post(people::remove::submit),
        )
        .route(urls::HandOver::PATH, get(people::hand_over::show))
        .route(
            urls::MemberDates::PATH,
            get(people::change_dates::form).post(people::change_dates::submit),
        )
        .route(
            urls::SignOutMember::PATH,
            get(people::sign_out::ask).post(people::sign_out::submit),
        )
        .route(
            urls::OrganizationSettings::PATH,
            get(people::settings::show).post(people::settings::save),
        )
        .route(
            urls::SignOutEverybody::PATH,
            get(people::sign_out::ask_everybody).post(people::sign_out::everybody),
        )
        .route(
            urls::Seats::PATH,
            get(people::seats::show).post(people::seats::ask),
        )
        .route(urls::Roles::PATH, get(people::roles))
        .route(urls::OrganizationAudit::PATH, get(people::audit))
        .route(urls::Requests::PATH, get(requests::list))
        .route(
            urls::Request::PATH,
            get(requests::show).post(requests::let_in),
        )
        .route(urls::DeclineRequest::PATH, post(requests::turn_down))
        .merge(invitations::pages::admin_routes())
}

/// Registering: the steps need no sign-in, sending does.
fn registering() -> Router<AppState> {
    use registration::pages::{
        check, company, consent, contract, invitation, start, status, unconfirmed, you,
    };
    Router::new()
        .route(urls::Register::PATH, get(start::show).post(start::choose))
        .route(
            urls::RegisterInvitation::PATH,
            get(invitation::show).post(invitation::open),
        )
        .route(
            urls::RegisterContract::PATH,
            get(contract::show).post(contract::keep),
        )
        .route(
            urls::RegisterCompany::PATH,
            get(company::show).post(company::keep),
        )
        .route(urls::RegisterYou::PATH, get(you::show).post(you::keep))
        .route(
            urls::RegisterConsent::PATH,
            get(consent::show).post(consent::keep),
        )
        .route(
            urls::RegisterCheck::PATH,
            get(check::show).post(check::send),
        )
        .route(
            urls::RegisterUnconfirmed::PATH,
            get(unconfirmed::show).post(unconfirmed::go_on),
        )
        .route(urls::RegisterStatus::PATH, get(status::show))
        .route(urls::WithdrawRegistration::PATH, post(status::withdraw))
}

/// Staff who decide registrations.
fn approvers() -> Router<AppState> {
    use registration::pages::{staff, staff_one};
    Router::new()
        .route(urls::SalesRegistrations::PATH, get(staff::list))
        .route(
            urls::SalesRegistration::PATH,
            get(staff_one::show).post(staff_one::let_in),
        )
        .route(
            urls::SalesDeclineRegistration::PATH,
            post(staff_one::turn_down),
        )
        .route(urls::SalesAskAgain::PATH, post(staff_one::ask))
}

/// Sales reps.
fn sales_reps() -> Router<AppState> {
    use crate::sales::{
        account, accounts, domains, invitation, invitations, invite, invite_lead, leads,
        overview as glance,
    };
    Router::new()
        .route(urls::Sales::PATH, get(accounts::list))
        .route(urls::SalesAccount::PATH, get(account::show))
        .route(urls::SalesOverview::PATH, get(glance::show))
        .route(urls::SalesDomain::PATH, post(domains::decide))
        .route(
            urls::SalesInvite::PATH,
            get(invite::show).post(invite::submit),
        )
        .route(urls::SalesLeads::PATH, get(leads::list))
        .route(
            urls::SalesInviteLead::PATH,
            get(invite_lead::show).post(invite_lead::submit),
        )
        .route(urls::SalesInvitations::PATH, get(invitations::list))
        .route(urls::SalesInvitation::PATH, get(invitation::show))
        .route(urls::SalesResend::PATH, post(invitation::resend))
        .route(urls::SalesRevoke::PATH, post(invitation::revoke))
        .route(urls::SalesCopyLink::PATH, post(invitation::copy_link))
        .route(urls::SalesInviteOther::PATH, post(invitation::invite_other))
}

/// What only the demo shows.
fn demo() -> Router<AppState> {
    Router::new()
        .route(urls::DemoMail::PATH, get(mailbox::list))
        .route(mailbox::MAIL, get(mailbox::show))
        .route(mailbox::HTML, get(mailbox::html))
}

/// What reverse proxies ask with the person's own cookie.
fn proxies() -> Router<AppState> {
    Router::new().route(urls::ForwardAuth::PATH, get(forward_auth::answer))
}

/// Endpoints whose callers are machines: no cookie, no page.
fn machines() -> Router<AppState> {
    Router::new()
        .route(urls::Healthz::PATH, get(health::healthz))
        .route(urls::Readyz::PATH, get(health::readyz))
        .merge(crate::signals::routes())
}

/// The figures, on a listener of their own.
pub fn metrics(state: AppState) -> Router {
    Router::new()
        .route(urls::Metrics::PATH, get(operations::metrics::show))
        .with_state(state)
}

/// What a page changed goes out at once; without this the lanes find it within a second.
async fn wake_outbox(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let changes = request.method() != Method::GET && request.method() != Method::HEAD;
    let response = next.run(request).await;
    if changes {
        state.outbox.wake();
    }
    response
}

/// Signed events of the CRMs, and the notices that they send in their own way.
fn crm_events(state: &AppState) -> Router<AppState> {
    let notices = webhooks::notices::Notices::new(
        state.world.clone(),
        state.crm.clone(),
        state.settings.portal.public_url.clone(),
    );
    let inbound = webhooks::api::Inbound::new(
        state.db.clone(),
        state.world.clone(),
        &state.settings.connections,
        Arc::new(state.crm.clone()),
    );
    webhooks::api::routes(Arc::new(inbound))
        .merge(webhooks::notices::routes(Arc::new(notices)))
        .merge(directory::notices::routes())
}

/// Embedded files.
fn files() -> Router<AppState> {
    Router::new().route(assets::PATH, get(assets::serve))
}

/// Sessions exist only for people who signed in; the cookie ends with the browser, the limits are
/// the store's.
fn session_layer(state: &AppState) -> SessionManagerLayer<Sessions> {
    let portal = &state.settings.portal;
    let store = Sessions::new(
        state.db.clone(),
        state.world.clone(),
        state.catalogues.clone(),
        &state.settings.session,
        state.tasks.clone(),
    );
    SessionManagerLayer::new(store)
        .with_name(cookies::full_name(portal, "sid"))
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(portal.is_https())
        .with_path("/")
}

/// One limit for all of them together; what comes on top gets 503 at once.
fn overload(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    let at_once = state.settings.security.concurrent_requests;
    let layers = tower::ServiceBuilder::new()
        .layer(axum::error_handling::HandleErrorLayer::new(|_| async {
            StatusCode::SERVICE_UNAVAILABLE
        }))
        .load_shed()
        .layer(GlobalConcurrencyLimitLayer::new(at_once));
    routes.layer(layers)
}

/// From the outside in: log, headers, refusal pages, limits, rate, CSRF.
fn shared_layers(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    let limit = Duration::from_secs(state.settings.security.request_seconds);
    routes
        .layer(from_fn_with_state(state.clone(), csrf::layer))
        .layer(from_fn_with_state(state.clone(), rate::layer))
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            limit,
        ))
        .layer(CatchPanicLayer::custom(|_| Refusal::Defect.into_response()))
        .layer(from_fn_with_state(state.clone(), refusal::layer))
        .layer(from_fn_with_state(state.clone(), visit::keep_language))
        .layer(from_fn_with_state(state.clone(), headers::layer))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(from_fn_with_state(state.clone(), request_log::layer))
}
