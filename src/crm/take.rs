//! Taking one record of a CRM into the mirror.
//!
//! A record that makes no sense becomes a task and nothing else (one bad record must not hold up the
//! contracts behind it). A record that comes before what it belongs to waits for it: a feed that
//! moves a record to its end with each change gives no other order than that of the last changes.

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use serde_json::json;

use super::{
    mirror,
    mirror::CrmPersonKind,
    port::{Contact, InvitationRequest, Lead, Record, Skipped},
    registry::Connection,
    store,
};
use crate::{
    contracts::{self, ApplyError},
    db::{Error, Tx, inconsistent},
    kernel::{Cx, Instant, text},
    on,
    organizations::{self, UpsertError, Upserted},
    tasks::{self, NewTask, TaskKind},
};

/// The longest id of a foreign record that is taken, in bytes.
const ID_LIMIT: usize = 200;

/// What came of an invitation that was asked for in a CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It was made, or there is one.
    Done,
    /// It cannot be made, and why, for staff; a task says so.
    Impossible(String),
}

/// Makes the invitations that are asked for in a CRM. The invitations feature implements it.
#[async_trait]
pub trait InvitationRequests: Send + Sync {
    /// Makes one. It is asked once for each request; the contact or lead is in the mirror.
    ///
    /// # Errors
    /// When the database refuses; expected failures are [`Asked::Impossible`].
    async fn invite(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        connection: &str,
        request: &InvitationRequest,
    ) -> Result<Asked, Error>;
}

/// Makes no invitations: each request becomes a task.
pub struct NoInvitations;

#[async_trait]
impl InvitationRequests for NoInvitations {
    async fn invite(
        &self,
        _tx: &mut Tx,
        _cx: &Cx,
        _connection: &str,
        _request: &InvitationRequest,
    ) -> Result<Asked, Error> {
        let reason = "this installation makes no invitations for a CRM";
        Ok(Asked::Impossible(reason.to_owned()))
    }
}

/// What came of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Something changed.
    Changed,
    /// What is stored is as new.
    NotNewer,
    /// It waits for a person (law 11).
    Held,
    /// It waits for the record it belongs to.
    Waits,
    /// It makes no sense; staff have a task.
    Bad,
}

/// Where records go.
#[derive(Clone)]
pub(super) struct Taker {
    pub(super) connection: Arc<Connection>,
    pub(super) requests: Arc<dyn InvitationRequests>,
}

impl Taker {
    /// Takes a record and those that waited for it; says what came of the record itself.
    pub(super) async fn take(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        record: Record,
        received_at: Instant,
    ) -> Result<Taken, Error> {
        let mut first = None;
        let mut queue = VecDeque::from([record]);
        while let Some(record) = queue.pop_front() {
            let outcome = self.take_one(tx, cx, &record, received_at).await;
            let (outcome, arrived) = match outcome {
                Ok(done) => done,
                Err(Trouble::Bad(problem)) => {
                    self.bad(tx, cx, &Place::of(&record), &problem).await?;
                    (Taken::Bad, None)
                }
                Err(Trouble::WaitsFor(what)) => {
                    self.wait(tx, &record, &what, received_at).await?;
                    (Taken::Waits, None)
                }
                Err(Trouble::Db(error)) => return Err(error),
            };
            if matches!(outcome, Taken::Changed | Taken::NotNewer) {
                let subject = self.subject(&Place::of(&record));
                tasks::settle(tx, cx, TaskKind::BadRecord, &subject).await?;
            }
            first.get_or_insert(outcome);
            if let Some(arrived) = arrived {
                queue.extend(self.arrived(tx, &arrived).await?);
            }
        }
        Ok(first.unwrap_or(Taken::NotNewer))
    }

    /// Raises the task of a record that an adapter could not even read.
    pub(super) async fn skipped(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        skipped: &Skipped,
    ) -> Result<(), Error> {
        let place = Place {
            kind: text::one_line(&skipped.kind, 40),
            id: text::one_line(&skipped.id, ID_LIMIT),
            version: 0,
            references: [("", None); 2],
        };
        self.bad(tx, cx, &place, &skipped.reason).await
    }

    /// Raises the task of a record on which the database itself gave up.
    pub(super) async fn refused(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        record: &Record,
        problem: &str,
    ) -> Result<(), Error> {
        self.bad(tx, cx, &Place::of(record), problem).await
    }

    async fn take_one(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        record: &Record,
        received_at: Instant,
    ) -> Result<(Taken, Option<String>), Trouble> {
        let place = Place::of(record);
        place.check()?;
        let connection = self.connection.key();
        let changed = |changed: bool| match changed {
            true => Taken::Changed,
            false => Taken::NotNewer,
        };
        match record {
            Record::Account(account) => {
                let upserted = organizations::upsert_from_crm(tx, cx, connection, account).await?;
                let is_new = matches!(upserted, Upserted::Created(_));
                let taken = changed(!matches!(upserted, Upserted::NotNewer(_)));
                Ok((taken, is_new.then(|| waits_for("account", &account.id))))
            }
            Record::Contract(contract) => {
                let rules = &self.connection.rules;
                let applied = contracts::apply(tx, cx, rules, contract, received_at).await;
                let taken = match applied? {
                    contracts::Applied::NotNewer => Taken::NotNewer,
                    contracts::Applied::Held(_) => Taken::Held,
                    _ => Taken::Changed,
                };
                Ok((taken, None))
            }
            Record::Contact(contact) => {
                let taken = changed(self.contact(tx, cx, contact).await?);
                Ok((taken, Some(waits_for("contact", &contact.id))))
            }
            Record::Lead(lead) => {
                let taken = changed(self.lead(tx, cx, lead).await?);
                Ok((taken, Some(waits_for("lead", &lead.id))))
            }
            Record::InvitationRequest(request) => {
                Ok((changed(self.invite(tx, cx, request).await?), None))
            }
        }
    }

    async fn contact(&self, tx: &mut Tx, cx: &Cx, contact: &Contact) -> Result<bool, Trouble> {
        let account = &contact.account_id;
        let organization =
            organizations::find_by_crm_account(tx, self.connection.key(), account).await?;
        let organization =
            organization.ok_or_else(|| Trouble::WaitsFor(waits_for("account", account)))?;
        Ok(mirror::upsert_contact(tx, cx, &organization, contact).await?)
    }

    async fn lead(&self, tx: &mut Tx, cx: &Cx, lead: &Lead) -> Result<bool, Trouble> {
        Ok(mirror::upsert_lead(tx, cx, self.connection.key(), lead).await?)
    }

    /// Hands a request on, once, as soon as whom it is for is here.
    async fn invite(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        request: &InvitationRequest,
    ) -> Result<bool, Trouble> {
        let connection = self.connection.key();
        let (kind, id) = match (&request.contact_id, &request.lead_id) {
            (Some(id), None) => (CrmPersonKind::Contact, id),
            (None, Some(id)) => (CrmPersonKind::Lead, id),
            _ => return Err(Trouble::bad("names neither a contact nor a lead, or both")),
        };
        if mirror::find(tx, connection, kind, id).await?.is_none() {
            return Err(Trouble::WaitsFor(waits_for(kind.as_str(), id)));
        }
        let is_new: Option<(String,)> = on!(tx, |c| sqlx::query_as(store::ADD_REQUEST)
            .bind(connection)
            .bind(&request.id)
            .bind(cx.now())
            .fetch_optional(c)
            .await)
        .map_err(Error::from)?;
        if is_new.is_none() {
            return Ok(false);
        }
        if let Asked::Impossible(reason) = self.requests.invite(tx, cx, connection, request).await?
        {
            let task = NewTask {
                kind: TaskKind::InvitationRequest,
                organization: None,
                subject: &format!("{connection}:{}", request.id),
                detail: json!({
                    "connection": connection, "request": request.id, "contact": request.contact_id,
                    "lead": request.lead_id, "problem": reason,
                }),
            };
            tasks::raise(tx, cx, task).await?;
        }
        Ok(true)
    }

    fn subject(&self, place: &Place<'_>) -> String {
        format!("{}:{}", self.connection.key(), place.key())
    }

    async fn bad(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        place: &Place<'_>,
        problem: &str,
    ) -> Result<(), Error> {
        let problem = text::one_line(problem, 300);
        tracing::warn!(
            connection = self.connection.key(),
            kind = place.kind,
            "a record makes no sense"
        );
        let task = NewTask {
            kind: TaskKind::BadRecord,
            organization: None,
            subject: &self.subject(place),
            detail: json!({
                "connection": self.connection.key(), "kind": place.kind, "id": place.shown_id(),
                "version": place.version, "problem": problem,
            }),
        };
        tasks::raise(tx, cx, task).await.map(drop)
    }

    async fn wait(
        &self,
        tx: &mut Tx,
        record: &Record,
        what: &str,
        received_at: Instant,
    ) -> Result<(), Error> {
        let place = Place::of(record);
        let key = place.key();
        let text = serde_json::to_string(record).map_err(inconsistent(
            "waiting_records",
            "record",
            &key,
        ))?;
        on!(tx, |c| sqlx::query(store::WAIT)
            .bind(self.connection.key())
            .bind(&key)
            .bind(what)
            .bind(place.version)
            .bind(&text)
            .bind(received_at)
            .execute(c)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Takes out the records that waited for this one.
    async fn arrived(&self, tx: &mut Tx, what: &str) -> Result<Vec<Record>, Error> {
        let rows: Vec<(String, String)> = on!(tx, |c| sqlx::query_as(store::ARRIVED)
            .bind(self.connection.key())
            .bind(what)
            .fetch_all(c)
            .await)?;
        rows.into_iter()
            .map(|(key, text)| {
                serde_json::from_str(&text).map_err(inconsistent("waiting_records", "record", key))
            })
            .collect()
    }
}

fn waits_for(kind: &str, id: &str) -> String {
    format!("{kind}:{id}")
}

/// Why a record was not taken.
enum Trouble {
    Bad(String),
    WaitsFor(String),
    Db(Error),
}

impl Trouble {
    fn bad(problem: &str) -> Self {
        Self::Bad(problem.to_owned())
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Db(error)
    }
}

impl From<UpsertError> for Trouble {
    fn from(error: UpsertError) -> Self {
        match error {
            UpsertError::BadAccount(problem) => Self::Bad(problem),
            UpsertError::Db(error) => Self::Db(error),
        }
    }
}

impl From<ApplyError> for Trouble {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::BadRecord(problem) => Self::Bad(problem),
            ApplyError::UnknownAccount(account) => Self::WaitsFor(waits_for("account", &account)),
            ApplyError::Db(error) => Self::Db(error),
        }
    }
}

/// What names a record, and which others it names.
struct Place<'a> {
    kind: String,
    id: String,
    version: i64,
    references: [(&'static str, Option<&'a str>); 2],
}

impl<'a> Place<'a> {
    fn of(record: &'a Record) -> Self {
        let none = ("", None);
        let references = match record {
            Record::Account(it) => [("parent_id", it.parent_id.as_deref()), none],
            Record::Contact(it) => [("account_id", Some(it.account_id.as_str())), none],
            Record::Contract(it) => [("account_id", Some(it.account_id.as_str())), none],
            Record::Lead(_) => [none, none],
            Record::InvitationRequest(it) => [
                ("contact_id", it.contact_id.as_deref()),
                ("lead_id", it.lead_id.as_deref()),
            ],
        };
        let (kind, id, version) = match record {
            Record::Account(account) => ("account", &account.id, account.version),
            Record::Contact(contact) => ("contact", &contact.id, contact.version),
            Record::Contract(contract) => ("contract", &contract.id, contract.version),
            Record::Lead(lead) => ("lead", &lead.id, lead.version),
            Record::InvitationRequest(request) => {
                ("invitation_request", &request.id, request.version)
            }
        };
        Self {
            kind: kind.to_owned(),
            id: id.clone(),
            version,
            references,
        }
    }

    /// An id is stored and compared as it is, so it must be one that can be.
    fn check(&self) -> Result<(), Trouble> {
        let named = [("id", Some(self.id.as_str()))];
        for (field, id) in named.into_iter().chain(self.references) {
            let Some(id) = id else { continue };
            let fits = !id.trim().is_empty() && id.len() <= ID_LIMIT;
            if !fits || id.chars().any(char::is_control) {
                let problem = format!("{field}: is empty, too long or has control characters");
                return Err(Trouble::Bad(problem));
            }
        }
        Ok(())
    }

    fn shown_id(&self) -> String {
        text::one_line(&self.id, ID_LIMIT)
    }

    fn key(&self) -> String {
        format!("{}:{}", self.kind, self.shown_id())
    }
}
