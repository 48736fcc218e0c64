//! Questions of services about access (AuthZEN Authorization API 1.0), answered by the one engine
//! from the mirror; nothing waits for the CRM.

use std::collections::BTreeMap;

use axum::{Json, extract::State, response::IntoResponse};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Call};
use crate::{
    access::{Catalogue, Grant, Named, Reason, Subject, Wanted, first_refusals, subject},
    app::AppState,
    db::Conn,
    web::Problem,
};

pub(super) const EVALUATION: &str = "/access/v1/evaluation";
pub(super) const EVALUATIONS: &str = "/access/v1/evaluations";
pub(super) const METADATA: &str = "/.well-known/authzen-configuration";

/// A subject or a resource.
#[derive(Debug, Clone, Deserialize)]
struct Entity {
    r#type: String,
    id: String,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Action {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Question {
    subject: Entity,
    action: Action,
    resource: Entity,
}

/// What stands beside the questions, and the questions.
#[derive(Debug, Deserialize)]
struct Questions {
    #[serde(default)]
    evaluations: Vec<Map<String, Value>>,
    #[serde(default)]
    options: Options,
    #[serde(flatten)]
    usual: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When to stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// `GET /.well-known/authzen-configuration`.
pub(super) async fn metadata(State(state): State<AppState>) -> impl IntoResponse {
    let origin = state.settings.portal.origin();
    Json(json!({
        "policy_decision_point": origin,
        "access_evaluation_endpoint": format!("{origin}{EVALUATION}"),
        "access_evaluations_endpoint": format!("{origin}{EVALUATIONS}"),
    }))
}

/// `POST /access/v1/evaluation`.
pub(super) async fn evaluation(call: Call) -> Result<Answer, Problem> {
    let question: Question = call.read()?;
    let mut desk = Desk::open(&call).await?;
    Ok(Answer::ok(desk.answer(&question).await?))
}

/// `POST /access/v1/evaluations`.
pub(super) async fn evaluations(call: Call) -> Result<Answer, Problem> {
    let asked: Questions = call.read()?;
    let mut desk = Desk::open(&call).await?;
    if asked.evaluations.is_empty() {
        let answer = desk.answer_parts(asked.usual).await?;
        return Ok(Answer::ok(answer));
    }
    let mut decisions = Vec::with_capacity(asked.evaluations.len());
    for each in asked.evaluations {
        let mut parts = asked.usual.clone();
        parts.extend(each);
        let answer = desk.answer_parts(parts).await?;
        let is_permit = answer.get("decision") == Some(&Value::Bool(true));
        decisions.push(answer);
        match asked.options.evaluations_semantic {
            Semantic::DenyOnFirstDeny if !is_permit => break,
            Semantic::PermitOnFirstPermit if is_permit => break,
            _ => {}
        }
    }
    Ok(Answer::ok(json!({ "evaluations": decisions })))
}

/// Answers the questions of one call, each person read once.
struct Desk<'c> {
    call: &'c Call,
    conn: Conn,
    catalogue: Catalogue,
    read: BTreeMap<(String, String), Option<Subject>>,
}

/// Why a question gets no.
enum No {
    /// The engine refuses.
    Refused(Reason),
    /// Nobody of that name exists for the caller.
    UnknownSubject,
    /// The grant is for less than was asked.
    ReadOnly,
    /// The question cannot be understood.
    Wrong(&'static str),
}

impl<'c> Desk<'c> {
    async fn open(call: &'c Call) -> Result<Self, Problem> {
        Ok(Self {
            call,
            conn: call.conn().await?,
            catalogue: call.client.state.catalogue.clone(),
            read: BTreeMap::new(),
        })
    }

    async fn answer_parts(&mut self, parts: Map<String, Value>) -> Result<Value, Problem> {
        match serde_json::from_value(Value::Object(parts)) {
            Ok(question) => self.answer(&question).await,
            Err(_) => Ok(no(&No::Wrong(
                "subject (type, id), action (name) and resource (type, id) are needed",
            ))),
        }
    }

    async fn answer(&mut self, question: &Question) -> Result<Value, Problem> {
        let Some(key) = key_of(&question.subject) else {
            return Ok(no(&No::Wrong(
                "a subject is a `person`, or an `identity` with `properties.issuer`",
            )));
        };
        if !self.read.contains_key(&key) {
            let named = match key.0.as_str() {
                "" => Named::Person(&key.1),
                issuer => Named::Identity {
                    issuer,
                    subject: &key.1,
                },
            };
            let connection = self.call.client.client.connection.as_deref();
            let found = subject::read(&mut self.conn, named, connection.unwrap_or_default());
            let found = found.await?;
            if let Some(subject) = &found {
                let catalogues = &self.call.client.state.catalogues;
                let met = catalogues.meet(&mut self.conn, subject.catalogue_version);
                self.catalogue = met.await?;
            }
            self.read.insert(key.clone(), found);
        }
        let Some(subject) = self.read.get(&key).and_then(Option::as_ref) else {
            return Ok(no(&No::UnknownSubject));
        };
        Ok(
            match decide(&self.catalogue, self.call, subject, question) {
                Ok(yes) => yes,
                Err(refused) => no(&refused),
            },
        )
    }
}

/// Issuer and subject, or nothing and our id.
fn key_of(entity: &Entity) -> Option<(String, String)> {
    match entity.r#type.as_str() {
        "person" => Some((String::new(), entity.id.clone())),
        "identity" => {
            let issuer = entity.properties.get("issuer").and_then(Value::as_str)?;
            (!issuer.is_empty()).then(|| (issuer.to_owned(), entity.id.clone()))
        }
        _ => None,
    }
}

fn decide(
    catalogue: &Catalogue,
    call: &Call,
    subject: &Subject,
    question: &Question,
) -> Result<Value, No> {
    let (resource, action) = (&question.resource, question.action.name.as_str());
    let (wanted, organization) = match (resource.r#type.as_str(), action) {
        ("service", _) => {
            let organization = resource.properties.get("organization");
            let organization = organization.and_then(Value::as_str);
            (Wanted::Service(&resource.id), organization)
        }
        ("organization", "enter") => (Wanted::Portal, Some(resource.id.as_str())),
        ("organization", "administer") => (Wanted::Administration, Some(resource.id.as_str())),
        ("organization", _) => {
            return Err(No::Wrong(
                "at an organization one may `enter` or `administer`",
            ));
        }
        _ => return Err(No::Wrong("a resource is a `service` or an `organization`")),
    };
    let now = call.client.cx.now();
    let state = &call.client.state;
    let asked = subject.ask(catalogue, wanted, organization, now);
    let (membership, grant) = asked.map_err(|refused| {
        for (membership, reason) in &refused {
            first_refusals::note(state, &membership.organization_id, reason, now);
        }
        // The membership that came furthest says most about what to do.
        let reasons = refused.into_iter().map(|(_, reason)| reason);
        let nearest = reasons.max_by_key(Reason::check);
        No::Refused(nearest.unwrap_or(Reason::NotAMember))
    })?;
    if matches!(wanted, Wanted::Service(_)) {
        covers(&grant, action, &resource.id)?;
    }
    Ok(json!({"decision": true, "context": {
        "person": subject.person_id,
        "organization": membership.organization_id,
        "access": if grant.read_only { "read" } else { "write" },
        "roles": grant.application_roles,
    }}))
}

/// Whether a grant at a service covers the action.
fn covers(grant: &Grant, action: &str, service: &str) -> Result<(), No> {
    match action {
        "use" | "read" => Ok(()),
        "write" if grant.read_only => Err(No::ReadOnly),
        "write" => Ok(()),
        role if grant.application_roles.iter().any(|held| held == role) => Ok(()),
        _ => Err(No::Refused(Reason::RoleMissing {
            service: service.to_owned(),
        })),
    }
}

fn no(why: &No) -> Value {
    let context = match why {
        No::Refused(reason) => json!({
            "reason": reason.code(),
            "check": reason.check().word(),
            "mended_by": if reason.an_admin_can_help() { "organization_admin" } else { "staff" },
        }),
        No::UnknownSubject => json!({"reason": "unknown_subject", "check": "person"}),
        No::ReadOnly => json!({"reason": "read_only", "check": "contract", "mended_by": "staff"}),
        No::Wrong(message) => json!({"error": {"status": 400, "message": message}}),
    };
    json!({"decision": false, "context": context})
}
