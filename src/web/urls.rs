//! Every URL that links and redirects are built from, as types.
//!
//! `PATH` is the pattern for the router; `Display` is the address for people. A parameter is an id
//! or a word of our own, so nothing has to be escaped.

use crate::kernel::ids::{
    ApiClientId, ConsentId, CrmRecordId, DeliveryId, FindingId, InvitationId, MembershipId,
    OrganizationId, PersonId, RegistrationId, RunId, SessionId, TaskId, WebhookId,
};

/// Addresses without parameters.
macro_rules! places {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl $name {
            /// The router's pattern and the address.
            pub const PATH: &'static str = $path;
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str($path) }
        }
    )*};
}

/// Addresses with parameters.
macro_rules! places_of {
    ($($(#[$doc:meta])* $name:ident ($($field:ident: $kind:ty),+) = $path:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'a> {
            $(/// A segment of the path.
            pub $field: &'a $kind,)+
        }

        impl $name<'_> {
            /// The router's pattern.
            pub const PATH: &'static str = $path;
        }

        impl std::fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self { $($field),+ } = self;
                write!(f, $path)
            }
        }
    )*};
}

places! {
    /// The front door: home when signed in, otherwise what the portal is for.
    Root = "/";
    /// Where a signed-in person starts.
    Home = "/home";
    /// What the CRM shows of one of the person's companies.
    HomeOverview = "/home/overview";
    /// The person's services.
    Services = "/services";
    /// Why access is given or refused.
    Why = "/why";
    /// Choosing a provider.
    SignIn = "/sign-in";
    /// Somebody signed in whom nobody knows yet.
    NotKnownYet = "/sign-in/not-known";
    /// Ending the session (POST).
    SignOut = "/sign-out";
    /// Where the provider sends people after its own logout.
    SignedOut = "/signed-out";
    /// The signed-in person's own data.
    Profile = "/profile";
    /// What the signed-in person has agreed to.
    Consents = "/profile/consents";
    /// The signed-in person's sessions.
    Sessions = "/profile/sessions";
    /// Ends all other sessions (POST).
    EndOtherSessions = "/profile/sessions/end-others";
    /// The invitation whose secret this browser holds.
    Invitation = "/invitation";
    /// Going on from the invitation to signing in (POST).
    InvitationContinue = "/invitation/continue";
    /// Accepting it (POST).
    InvitationAccept = "/invitation/accept";
    /// Declining it: the question (GET) and the answer (POST).
    InvitationDecline = "/invitation/decline";
    /// Signing in with another account for it (POST).
    InvitationSwitch = "/invitation/switch";
    /// Putting it away because it is meant for somebody else (POST).
    InvitationForget = "/invitation/not-me";
    /// Asking for a new one (POST).
    InvitationAskAgain = "/invitation/ask-again";
    /// Asking the inviter to invite another address instead (POST).
    InvitationAskOther = "/invitation/ask-approval";
    /// Registering.
    Register = "/register";
    /// Registering with an invitation: where its link is.
    RegisterInvitation = "/register/invitation";
    /// Registering: contract number and company fact.
    RegisterContract = "/register/contract";
    /// Registering: the new company.
    RegisterCompany = "/register/company";
    /// Registering: name, phone, language.
    RegisterYou = "/register/you";
    /// Registering: consent.
    RegisterConsent = "/register/consent";
    /// Registering: checking and sending.
    RegisterCheck = "/register/check";
    /// Registering: the contract was not confirmed.
    RegisterUnconfirmed = "/register/unconfirmed";
    /// What became of one's registrations.
    RegisterStatus = "/register/status";
    /// The public halves of the keys that sign what the portal tells services.
    SigningKeys = "/.well-known/jwks.json";
    /// What receivers of security events read of the portal.
    SsfConfiguration = "/.well-known/ssf-configuration";
    /// The sales console.
    Sales = "/sales";
    /// Leads of the CRMs.
    SalesLeads = "/sales/leads";
    /// Inviting a lead.
    SalesInviteLead = "/sales/leads/invite";
    /// Every invitation staff sent.
    SalesInvitations = "/sales/invitations";
    /// Registrations waiting for staff.
    SalesRegistrations = "/sales/registrations";
    /// The operations overview.
    Operations = "/operations";
    /// Deliveries.
    Deliveries = "/operations/deliveries";
    /// Dead letters.
    DeadLetters = "/operations/dead-letters";
    /// Sends dead letters with one cause again: the question (GET) and the deed (POST).
    DeadLettersReplay = "/operations/dead-letters/replay";
    /// Matches to decide.
    Matches = "/operations/matches";
    /// Looking a person up.
    OperationsPeople = "/operations/people";
    /// Connections.
    Connections = "/operations/connections";
    /// Comparisons of each CRM with the portal.
    Reconciliation = "/operations/reconciliation";
    /// Roles and services: what counts, or one's draft of it.
    Catalogue = "/operations/catalogue";
    /// Throws one's draft away, or renews it (POST).
    CatalogueDraft = "/operations/catalogue/draft";
    /// A new role: the form (GET), into the draft (POST).
    CatalogueNewRole = "/operations/catalogue/new-role";
    /// A new service: the form (GET), into the draft (POST).
    CatalogueNewService = "/operations/catalogue/new-service";
    /// What changes for whom (GET), and saving it (POST).
    CataloguePreview = "/operations/catalogue/preview";
    /// Everybody for whom something changes, as CSV.
    CataloguePreviewCsv = "/operations/catalogue/preview/csv";
    /// Every version.
    CatalogueVersions = "/operations/catalogue/versions";
    /// Roles and services as CSV.
    CatalogueCsv = "/operations/catalogue/csv";
    /// A CSV into the draft: the form (GET), the deed (POST).
    CatalogueImport = "/operations/catalogue/import";
    /// The whole audit log.
    OperationsAudit = "/operations/audit";
    /// How fast access ended or came back.
    Receipts = "/operations/receipts";
    /// The same as a file.
    ReceiptsCsv = "/operations/receipts/csv";
    /// The same for programs.
    ReceiptsJson = "/operations/receipts/json";
    /// The programs that may call the API: the list (GET), a new one (POST).
    ApiClients = "/operations/clients";
    /// The systems that are told by webhook: the list (GET), a new one (POST).
    Webhooks = "/operations/webhooks";
    /// Verifies the audit log (POST).
    AuditVerify = "/operations/audit/verify";
    /// The built-in CRM: its accounts.
    Crm = "/crm";
    /// A new account in the built-in CRM.
    CrmAccountNew = "/crm/accounts/new";
    /// The built-in CRM's leads.
    CrmLeads = "/crm/leads";
    /// A new lead in the built-in CRM.
    CrmLeadNew = "/crm/leads/new";
    /// The demo's mailbox.
    DemoMail = "/demo/mail";
    /// Whether a reverse proxy may let a request through.
    ForwardAuth = "/forward-auth";
    /// The process answers.
    Healthz = "/healthz";
    /// Figures for Prometheus, on a listener of their own.
    Metrics = "/metrics";
    /// The portal can serve.
    Readyz = "/readyz";
}

places_of! {
    /// Where a provider sends people back.
    Callback(provider: str) = "/sign-in/callback/{provider}";
    /// Where a provider says that somebody has signed out there.
    BackChannelLogout(provider: str) = "/sign-in/back-channel/{provider}";
    /// Starts signing in with one provider.
    SignInWith(provider: str) = "/sign-in/with/{provider}";
    /// An invitation link as it stands in mails.
    InvitationLink(secret: str) = "/i/{secret}";
    /// Withdraws a consent (POST).
    WithdrawConsent(consent: ConsentId) = "/profile/consents/{consent}/withdraw";
    /// Ends one session (POST).
    EndSession(session: SessionId) = "/profile/sessions/{session}/end";
    /// The organization's members and invitations.
    Members(organization: OrganizationId) = "/organizations/{organization}/members";
    /// One member.
    Member(organization: OrganizationId, membership: MembershipId) = "/organizations/{organization}/members/{membership}";
    /// What to do with several ticked members (POST).
    SeveralMembers(organization: OrganizationId) = "/organizations/{organization}/members/several";
    /// A member's roles.
    MemberRoles(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/roles";
    /// Suspending a member.
    SuspendMember(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/suspend";
    /// Restoring a member.
    RestoreMember(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/restore";
    /// Removing a member.
    RemoveMember(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/remove";
    /// What becomes of the open cases of a member who is removed.
    HandOver(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/hand-over";
    /// From when until when a member has access.
    MemberDates(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/dates";
    /// Signing a member out everywhere: the question (GET) and the deed (POST).
    SignOutMember(organization: OrganizationId, membership: MembershipId) =
        "/organizations/{organization}/members/{membership}/sign-out";
    /// Seats: how many there are, and asking for more.
    Seats(organization: OrganizationId) = "/organizations/{organization}/seats";
    /// How people come in, the company's domains, who is signed in.
    OrganizationSettings(organization: OrganizationId) = "/organizations/{organization}/settings";
    /// Signing everybody of the organization out: the question (GET) and the deed (POST).
    SignOutEverybody(organization: OrganizationId) = "/organizations/{organization}/settings/sign-out";
    /// The organization's invitations.
    Invitations(organization: OrganizationId) = "/organizations/{organization}/invitations";
    /// Inviting somebody.
    Invite(organization: OrganizationId) = "/organizations/{organization}/invitations/new";
    /// One invitation of the organization.
    OrganizationInvitation(organization: OrganizationId, invitation: InvitationId) =
        "/organizations/{organization}/invitations/{invitation}";
    /// A new mail with a new link (POST).
    ResendInvitation(organization: OrganizationId, invitation: InvitationId) =
        "/organizations/{organization}/invitations/{invitation}/resend";
    /// Taking it back: the question (GET) and the answer (POST).
    RevokeInvitation(organization: OrganizationId, invitation: InvitationId) =
        "/organizations/{organization}/invitations/{invitation}/revoke";
    /// A new link to pass on: the question (GET) and the link, once (POST).
    CopyInvitationLink(organization: OrganizationId, invitation: InvitationId) =
        "/organizations/{organization}/invitations/{invitation}/link";
    /// Inviting the address that somebody asked to use instead (POST).
    InviteOtherAddress(organization: OrganizationId, invitation: InvitationId) =
        "/organizations/{organization}/invitations/{invitation}/other-address";
    /// Requests to join.
    Requests(organization: OrganizationId) = "/organizations/{organization}/requests";
    /// The organization's own slice of the audit log.
    OrganizationAudit(organization: OrganizationId) = "/organizations/{organization}/audit";
    /// Business roles and what they mean.
    Roles(organization: OrganizationId) = "/organizations/{organization}/roles";
    /// One request to join.
    Request(organization: OrganizationId, registration: RegistrationId) = "/organizations/{organization}/requests/{registration}";
    /// Declines a request to join (POST).
    DeclineRequest(organization: OrganizationId, registration: RegistrationId) =
        "/organizations/{organization}/requests/{registration}/decline";
    /// Takes back one's own registration (POST).
    WithdrawRegistration(registration: RegistrationId) = "/register/status/{registration}/withdraw";
    /// What the CRM shows of an account.
    SalesOverview(organization: OrganizationId) = "/sales/accounts/{organization}/overview";
    /// One account in the sales console.
    SalesAccount(organization: OrganizationId) = "/sales/accounts/{organization}";
    /// Confirms a mail domain of an account, or takes that back (POST).
    SalesDomain(organization: OrganizationId) = "/sales/accounts/{organization}/domains";
    /// Inviting into one account.
    SalesInvite(organization: OrganizationId) = "/sales/accounts/{organization}/invite";
    /// Sends an invitation again (POST).
    SalesResend(invitation: InvitationId) = "/sales/invitations/{invitation}/resend";
    /// Takes an invitation back (POST).
    SalesRevoke(invitation: InvitationId) = "/sales/invitations/{invitation}/revoke";
    /// Makes a new link to hand over (POST).
    SalesCopyLink(invitation: InvitationId) = "/sales/invitations/{invitation}/link";
    /// Invites the other address that somebody asked to use (POST).
    SalesInviteOther(invitation: InvitationId) = "/sales/invitations/{invitation}/other";
    /// One invitation in the sales console.
    SalesInvitation(invitation: InvitationId) = "/sales/invitations/{invitation}";
    /// One registration in the sales console.
    SalesRegistration(registration: RegistrationId) = "/sales/registrations/{registration}";
    /// An account in the built-in CRM.
    CrmAccount(record: CrmRecordId) = "/crm/accounts/{record}";
    /// Editing an account in the built-in CRM.
    CrmAccountEdit(record: CrmRecordId) = "/crm/accounts/{record}/edit";
    /// A new contact of an account in the built-in CRM.
    CrmContactNew(record: CrmRecordId) = "/crm/accounts/{record}/contacts/new";
    /// A new contract of an account in the built-in CRM.
    CrmContractNew(record: CrmRecordId) = "/crm/accounts/{record}/contracts/new";
    /// A contact in the built-in CRM.
    CrmContact(record: CrmRecordId) = "/crm/contacts/{record}";
    /// Editing a contact in the built-in CRM.
    CrmContactEdit(record: CrmRecordId) = "/crm/contacts/{record}/edit";
    /// Editing a contract in the built-in CRM.
    CrmContract(record: CrmRecordId) = "/crm/contracts/{record}";
    /// A lead in the built-in CRM.
    CrmLead(record: CrmRecordId) = "/crm/leads/{record}";
    /// Editing a lead in the built-in CRM.
    CrmLeadEdit(record: CrmRecordId) = "/crm/leads/{record}/edit";
    /// Inviting a contact of the built-in CRM to the portal (POST).
    CrmContactInvite(record: CrmRecordId) = "/crm/contacts/{record}/invite";
    /// Inviting a lead of the built-in CRM to the portal (POST).
    CrmLeadInvite(record: CrmRecordId) = "/crm/leads/{record}/invite";
    /// Whether a contact of the built-in CRM wants mail (POST).
    CrmContactOptOut(record: CrmRecordId) = "/crm/contacts/{record}/opt-out";
    /// Whether a lead of the built-in CRM wants mail (POST).
    CrmLeadOptOut(record: CrmRecordId) = "/crm/leads/{record}/opt-out";
    /// Declines a registration (POST).
    SalesDeclineRegistration(registration: RegistrationId) = "/sales/registrations/{registration}/decline";
    /// Asks the CRM again about a registration (POST).
    SalesAskAgain(registration: RegistrationId) = "/sales/registrations/{registration}/ask";
    /// Keeps a person out: the question (GET) and the deed (POST).
    KeepPersonOut(person: PersonId) = "/operations/people/{person}/keep-out";
    /// Lets a person in again (POST).
    LetPersonIn(person: PersonId) = "/operations/people/{person}/let-in";
    /// Ends every session of a person (POST).
    SignPersonOut(person: PersonId) = "/operations/people/{person}/sign-out";
    /// One delivery.
    Delivery(delivery: DeliveryId) = "/operations/deliveries/{delivery}";
    /// Sends one delivery again (POST).
    DeliveryReplay(delivery: DeliveryId) = "/operations/deliveries/{delivery}/replay";
    /// Sets one delivery aside (POST).
    DeliveryPark(delivery: DeliveryId) = "/operations/deliveries/{delivery}/park";
    /// Gives one delivery up: the question (GET) and the deed (POST).
    DeliverySkip(delivery: DeliveryId) = "/operations/deliveries/{delivery}/skip";
    /// Says which record a delivery in review means (POST).
    DeliveryChoose(delivery: DeliveryId) = "/operations/deliveries/{delivery}/choose";
    /// Pauses a destination: the question (GET) and the deed (POST).
    DestinationPause(destination: str) = "/operations/destinations/{destination}/pause";
    /// Ends a destination's pause (POST).
    DestinationResume(destination: str) = "/operations/destinations/{destination}/resume";
    /// Contract ends of a connection that wait for a person: the list (GET), the decision (POST).
    HeldChanges(connection: str) = "/operations/connections/{connection}/held";
    /// What a connection is lent (GET), lending it a credential (POST).
    Credential(connection: str) = "/operations/connections/{connection}/credential";
    /// Wiping a credential (POST).
    CredentialWipe(connection: str) = "/operations/connections/{connection}/credential/wipe";
    /// How a connection's fields are mapped (GET), and what another mapping would give (POST).
    ConnectionMapping(connection: str) = "/operations/connections/{connection}/mapping";
    /// Compares a connection now (POST).
    ReconcileNow(connection: str) = "/operations/connections/{connection}/reconcile";
    /// What a comparison found.
    ReconciliationRun(run: RunId) = "/operations/reconciliation/{run}";
    /// The same as CSV.
    ReconciliationCsv(run: RunId) = "/operations/reconciliation/{run}/csv";
    /// Mends all of it that has an owner (POST).
    ReconciliationMendAll(run: RunId) = "/operations/reconciliation/{run}/mend";
    /// Mends one finding (POST).
    ReconciliationMend(finding: FindingId) = "/operations/findings/{finding}/mend";
    /// Sets back what mending all of it set (POST).
    ReconciliationUndoAll(run: RunId) = "/operations/reconciliation/{run}/undo";
    /// Sets back what mending one finding set (POST).
    ReconciliationUndo(finding: FindingId) = "/operations/findings/{finding}/undo";
    /// Has a connection's feed read now (POST).
    FeedLook(connection: str) = "/operations/connections/{connection}/look";
    /// Has a connection's feed read from its beginning (POST).
    FeedReadAgain(connection: str) = "/operations/connections/{connection}/read-again";
    /// Gives a program a new secret (POST).
    ApiClientRotate(client: ApiClientId) = "/operations/clients/{client}/rotate";
    /// Takes a program's right away: the question (GET) and the deed (POST).
    ApiClientRevoke(client: ApiClientId) = "/operations/clients/{client}/revoke";
    /// One system that is told by webhook.
    Webhook(webhook: WebhookId) = "/operations/webhooks/{webhook}";
    /// Sends it a test event (POST).
    WebhookTest(webhook: WebhookId) = "/operations/webhooks/{webhook}/test";
    /// Gives it a new secret (POST).
    WebhookRotate(webhook: WebhookId) = "/operations/webhooks/{webhook}/rotate";
    /// Removes it: the question (GET) and the deed (POST).
    WebhookRemove(webhook: WebhookId) = "/operations/webhooks/{webhook}/remove";
    /// One role: the form (GET), into the draft (POST).
    CatalogueRole(role: str) = "/operations/catalogue/roles/{role}";
    /// One service: the form (GET), into the draft (POST).
    CatalogueService(service: str) = "/operations/catalogue/services/{service}";
    /// One version, and what differs from another.
    CatalogueVersion(version: i64) = "/operations/catalogue/versions/{version}";
    /// Makes a version one's draft (POST).
    CatalogueRestore(version: i64) = "/operations/catalogue/versions/{version}/restore";
    /// Closes a task (POST).
    TaskClose(task: TaskId) = "/operations/tasks/{task}/close";
}

/// A path of our own to go back to after sign-in: starts with one `/`, has no control characters,
/// no backslash, and stays on our origin when a browser reads it. Anything else is `None`.
#[must_use]
pub fn local_path(text: &str) -> Option<&str> {
    const LONGEST: usize = 1_000;
    let looks_local = text.len() <= LONGEST
        && text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    let base = url::Url::parse("https://portal.invalid").ok()?;
    let joined = looks_local.then(|| base.join(text).ok())??;
    (joined.origin() == base.origin() && !joined.path().starts_with("//")).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_their_patterns() {
        use crate::kernel::ids::Id;
        let organization = OrganizationId::from_bits(1);
        assert_eq!(
            Members {
                organization: &organization
            }
            .to_string(),
            format!("/organizations/{organization}/members")
        );
        assert_eq!(Members::PATH, "/organizations/{organization}/members");
    }

    #[test]
    fn only_own_paths_are_local() {
        for good in ["/", "/home?x=1#y", "/organizations/org_1/members"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "home",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\tb",
            "/\u{202e}",
            "/\n/evil.example",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
