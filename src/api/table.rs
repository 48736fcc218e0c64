//! The table of operations: what the API offers. Router, document and reference page are made of it.

use axum::routing::{get, post};

use super::{
    authzen, batch, claims, document, events,
    invitations::{self, ONE},
    members,
    operation::{Handler, Operation, Parameter, Place, Promise},
    people, reference, token,
};
use crate::clients::Scope;

/// Bytes of a body, where nothing else is said.
const BODY: usize = 64 * 1024;
/// A thousand invitations with notes.
const LARGE_BODY: usize = 4 * 1024 * 1024;

const INVITATION: Parameter = Parameter {
    name: "invitation",
    place: Place::Path,
    about: "The invitation's id.",
    schema: "InvitationId",
};
const ORGANIZATION: Parameter = Parameter {
    name: "organization",
    place: Place::Path,
    about: "The organization's id.",
    schema: "OrganizationId",
};
const LIMIT: Parameter = Parameter {
    name: "limit",
    place: Place::Query,
    about: "Rows of the page at most.",
    schema: "Limit",
};
const CURSOR: Parameter = Parameter {
    name: "cursor",
    place: Place::Query,
    about: "Where to begin: `next_cursor` of the page before.",
    schema: "Cursor",
};

const fn promise(status: u16, about: &'static str, schema: &'static str) -> Promise {
    Promise {
        status,
        about,
        schema,
    }
}

/// Every operation.
#[must_use]
pub fn operations() -> &'static [Operation] {
    OPERATIONS
}

static OPERATIONS: &[Operation] = &[
    Operation {
        method: "POST",
        path: "/api/v1/token",
        id: "getToken",
        summary: "Get a token",
        about: "OAuth 2.0 client credentials (RFC 6749 4.4). Id and secret come by HTTP Basic or in the body. A token counts for 15 minutes.",
        parameters: &[],
        request: "TokenRequest",
        largest: token::LARGEST,
        answers: &[
            promise(200, "A token.", "Token"),
            promise(400, "The request is wrong.", "TokenError"),
            promise(401, "The client did not prove itself.", "TokenError"),
            promise(413, "The body is too large.", "Problem"),
            promise(429, "Too many tokens or wrong secrets.", "Problem"),
        ],
        handler: Handler::Anybody(|| post(token::token)),
    },
    Operation {
        method: "POST",
        path: "/api/v1/invitations",
        id: "createInvitation",
        summary: "Invite somebody",
        about: "A contact, a lead, or an address. The same checks as everywhere: what stands in the way is an outcome, not an error.",
        parameters: &[],
        request: "NewInvitation",
        largest: BODY,
        answers: &[
            promise(201, "The mail is on its way.", "InvitationOutcome"),
            promise(
                200,
                "Nothing was sent; `reason` says why.",
                "InvitationOutcome",
            ),
        ],
        handler: Handler::Client(Scope::InvitationsWrite, |call| {
            Box::pin(invitations::create(call))
        }),
    },
    Operation {
        method: "POST",
        path: "/api/v1/invitations/batch",
        id: "createInvitations",
        summary: "Invite up to 1,000",
        about: "Each row is answered for itself, in order; a bad row stops nobody. With an Idempotency-Key a repetition after a failure goes on where it ended.",
        parameters: &[],
        request: "NewInvitations",
        largest: LARGE_BODY,
        answers: &[promise(200, "What came of each row.", "BatchOutcome")],
        handler: Handler::Client(Scope::InvitationsWrite, |call| {
            Box::pin(batch::create(call))
        }),
    },
    Operation {
        method: "GET",
        path: ONE,
        id: "getInvitation",
        summary: "Read an invitation",
        about: "How it stands now.",
        parameters: &[INVITATION],
        request: "",
        largest: BODY,
        answers: &[promise(200, "The invitation.", "Invitation")],
        handler: Handler::Client(Scope::InvitationsRead, |call| {
            Box::pin(invitations::show(call))
        }),
    },
    Operation {
        method: "POST",
        path: "/api/v1/invitations/{invitation}/resend",
        id: "resendInvitation",
        summary: "Send an invitation again",
        about: "With a new link and a full life; the old link stops working.",
        parameters: &[INVITATION],
        request: "",
        largest: BODY,
        answers: &[promise(200, "What came of it.", "InvitationOutcome")],
        handler: Handler::Client(Scope::InvitationsWrite, |call| {
            Box::pin(invitations::resend(call))
        }),
    },
    Operation {
        method: "POST",
        path: "/api/v1/invitations/{invitation}/revoke",
        id: "revokeInvitation",
        summary: "Take an invitation back",
        about: "Its link stops working.",
        parameters: &[INVITATION],
        request: "",
        largest: BODY,
        answers: &[promise(200, "What came of it.", "InvitationOutcome")],
        handler: Handler::Client(Scope::InvitationsWrite, |call| {
            Box::pin(invitations::revoke(call))
        }),
    },
    Operation {
        method: "POST",
        path: "/api/v1/people",
        id: "requestPerson",
        summary: "Ask for a user",
        about: "Somebody who has proven the address is a member at once; everybody else is invited. Person, status and time go back to the CRM's record.",
        parameters: &[],
        request: "NewPerson",
        largest: BODY,
        answers: &[
            promise(201, "A member, or an invitation.", "PersonOutcome"),
            promise(
                200,
                "A member or invited already, or not done.",
                "PersonOutcome",
            ),
        ],
        handler: Handler::Client(Scope::PeopleWrite, |call| Box::pin(people::create(call))),
    },
    Operation {
        method: "GET",
        path: "/api/v1/organizations/{organization}/members",
        id: "listMembers",
        summary: "Read the members of an organization",
        about: "Page by page, in the order in which their people became known. Those who were removed only by `status=removed`.",
        parameters: &[
            ORGANIZATION,
            Parameter {
                name: "status",
                place: Place::Query,
                about: "Only these.",
                schema: "MembershipStatus",
            },
            LIMIT,
            CURSOR,
        ],
        request: "",
        largest: BODY,
        answers: &[promise(200, "A page.", "Members")],
        handler: Handler::Client(Scope::MembersRead, |call| Box::pin(members::list(call))),
    },
    Operation {
        method: "GET",
        path: "/api/v1/events",
        id: "listEvents",
        summary: "Follow the audit log",
        about: "Oldest first, ids only. Keep `next_cursor` and ask again. Without `organization`, events appear after 15 seconds, so that none is missed. Of organizations that exist for the client; what belongs to none is for clients that see all.",
        parameters: &[
            Parameter {
                name: "organization",
                place: Place::Query,
                about: "Only what happened there.",
                schema: "OrganizationId",
            },
            LIMIT,
            CURSOR,
        ],
        request: "",
        largest: BODY,
        answers: &[promise(200, "A page.", "Events")],
        handler: Handler::Client(Scope::EventsRead, |call| Box::pin(events::list(call))),
    },
    Operation {
        method: "POST",
        path: authzen::EVALUATION,
        id: "evaluateAccess",
        summary: "May somebody do something?",
        about: "AuthZEN Authorization API 1.0: subject `person` (our id) or `identity` (a provider's subject, with `properties.issuer`); resource `service` or `organization`; action `use`, `read`, `write` or an application role, and `enter` or `administer`. A refusal is a decision, not an error.",
        parameters: &[],
        request: "Question",
        largest: BODY,
        answers: &[promise(200, "The decision.", "Decision")],
        handler: Handler::Question(Scope::AccessDecide, |call| {
            Box::pin(authzen::evaluation(call))
        }),
    },
    Operation {
        method: "POST",
        path: authzen::EVALUATIONS,
        id: "evaluateAccesses",
        summary: "Several of these at once",
        about: "AuthZEN Authorization API 1.0: what stands beside `evaluations` counts for each that does not say otherwise. Without `evaluations` it is one question.",
        parameters: &[],
        request: "Questions",
        largest: LARGE_BODY,
        answers: &[promise(200, "The decisions, in order.", "Decisions")],
        handler: Handler::Question(Scope::AccessDecide, |call| {
            Box::pin(authzen::evaluations(call))
        }),
    },
    Operation {
        method: "POST",
        path: claims::PATH,
        id: "getClaims",
        summary: "What belongs into somebody's token",
        about: "For identity providers, in the words of each: see docs/decisions.md. Proved by HTTP Basic or a token of ours, or by the token of a Microsoft Entra tenant.",
        parameters: &[Parameter {
            name: "source",
            place: Place::Query,
            about: "Which of [[claims]] in the configuration; not needed when there is one.",
            schema: "SourceKey",
        }],
        request: "ClaimsQuestion",
        largest: claims::LARGEST,
        answers: &[
            promise(200, "The claims.", "Claims"),
            promise(400, "The question cannot be understood.", "Problem"),
            promise(401, "The caller did not prove itself.", "Problem"),
            promise(403, "The caller lacks the scope claims:read.", "Problem"),
            promise(404, "There is no such source.", "Problem"),
            promise(409, "A technical profile is told to refuse.", "Claims"),
            promise(413, "The body is too large.", "Problem"),
            promise(415, "The body is not declared as JSON.", "Problem"),
            promise(429, "Too many requests or wrong proofs.", "Problem"),
        ],
        handler: Handler::Proved(|| post(claims::ask)),
    },
    Operation {
        method: "GET",
        path: authzen::METADATA,
        id: "getAuthzenConfiguration",
        summary: "Where access is decided",
        about: "AuthZEN Authorization API 1.0, metadata of the policy decision point.",
        parameters: &[],
        request: "",
        largest: BODY,
        answers: &[promise(200, "The addresses.", "AuthzenConfiguration")],
        handler: Handler::Anybody(|| get(authzen::metadata)),
    },
    Operation {
        method: "GET",
        path: document::PATH,
        id: "getDocument",
        summary: "This document",
        about: "OpenAPI 3.1.",
        parameters: &[],
        request: "",
        largest: BODY,
        answers: &[promise(200, "The document.", "Document")],
        handler: Handler::Anybody(|| get(document::show)),
    },
    Operation {
        method: "GET",
        path: reference::PATH,
        id: "getReference",
        summary: "The reference page",
        about: "This document for people.",
        parameters: &[],
        request: "",
        largest: BODY,
        answers: &[promise(200, "A page.", "")],
        handler: Handler::Anybody(|| get(reference::show)),
    },
];
