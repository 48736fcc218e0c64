//! What ends for many, as one change for each person.
//!
//! Each has a subject of its own: what a receiver refuses about one end holds no other back.

use serde::Serialize;

use super::{
    meaning::{Ended, Everybody, Holders, Initiator, Lost, OF_HOLDERS, OF_PERSON},
    store, weigh,
};
use crate::{
    access::Catalogue,
    db::{Error, Tx, inconsistent},
    kernel::{
        Cx, Instant,
        ids::{ChangeId, MembershipId, OrganizationId, PersonId},
    },
    on,
    outbox::{self, EventFact, Fact, Several},
};

/// People of one statement.
const PART: i64 = 500;

/// To whom it is told, and when it happened.
pub(super) struct Telling<'a> {
    /// The receiver's destination.
    pub(super) destination: &'a str,
    /// The service that it is; `None` for the portal as a whole.
    pub(super) service: Option<&'a str>,
    pub(super) at: Instant,
}

/// An event with a subject of its own.
pub(super) fn fact(cx: &Cx, event: &str, data: &impl Serialize) -> Result<(String, Fact), Error> {
    let subject: ChangeId = cx.new_id();
    let data = serde_json::to_value(data);
    let data = data.map_err(inconsistent("changes", "payload", &subject))?;
    let event = EventFact {
        event: event.to_owned(),
        data,
    };
    Ok((subject.to_string(), Fact::Happened(event)))
}

impl Telling<'_> {
    async fn record(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        organization: Option<&OrganizationId>,
        facts: Vec<(String, Fact)>,
    ) -> Result<(), Error> {
        let several = Several {
            destination: self.destination,
            organization,
            facts,
        };
        outbox::record_several(tx, cx, several).await
    }

    /// Records it for everybody of an organization; where only access may have ended, for those whose
    /// roles reach the service. A thousand people take six statements.
    pub(super) async fn everybody(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        catalogue: &Catalogue,
        everybody: &Everybody,
    ) -> Result<(), Error> {
        let organization = &everybody.organization;
        let mut after = String::new();
        loop {
            let people: Vec<(PersonId, String)> = on!(tx, |c| sqlx::query_as(store::PEOPLE_OF)
                .bind(organization)
                .bind(&after)
                .bind(PART)
                .fetch_all(c)
                .await)?;
            let Some((last, _)) = people.last() else {
                return Ok(());
            };
            after = last.to_string();
            let is_meant = |(person, roles): &&(PersonId, String)| {
                let roles = weigh::listed(roles);
                everybody.spared.as_ref() != Some(person)
                    && (everybody.signed_out || weigh::reaches(catalogue, self.service, roles))
            };
            let meant = people.iter().filter(is_meant);
            let facts = meant.map(|(person, _)| {
                let ended = Ended {
                    signed_out: everybody.signed_out,
                    had: true,
                    at: Some(self.at),
                    ..Ended::of_access(person.clone(), everybody.initiator)
                };
                fact(cx, OF_PERSON, &ended)
            });
            let facts = facts.collect::<Result<_, _>>()?;
            self.record(tx, cx, Some(organization), facts).await?;
        }
    }

    /// Records one change for each role that may have lost this service.
    pub(super) async fn roles(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        (lost, initiator): (&Lost, Initiator),
    ) -> Result<(), Error> {
        let service = self.service.unwrap_or_default();
        let concerned = lost
            .iter()
            .filter(|(_, services)| services.contains(service));
        let facts = concerned.map(|(role, _)| {
            let holders = Holders {
                role: role.clone(),
                after: String::new(),
                at: self.at,
                initiator,
            };
            fact(cx, OF_HOLDERS, &holders)
        });
        let facts = facts.collect::<Result<_, _>>()?;
        self.record(tx, cx, None, facts).await
    }

    /// Records it for a part of those who hold a role, and a change for the rest: however many they
    /// are, no transaction is long.
    pub(super) async fn holders(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        holders: &Holders,
    ) -> Result<(), Error> {
        let held: Vec<(MembershipId, PersonId)> = on!(tx, |c| sqlx::query_as(store::HOLDERS)
            .bind(&holders.role)
            .bind(&holders.after)
            .bind(PART)
            .fetch_all(c)
            .await)?;
        let facts = held.iter().map(|(_, person)| {
            let ended = Ended {
                had: true,
                at: Some(holders.at),
                ..Ended::of_access(person.clone(), holders.initiator)
            };
            fact(cx, OF_PERSON, &ended)
        });
        let mut facts = facts.collect::<Result<Vec<_>, _>>()?;
        let is_full = i64::try_from(held.len()).is_ok_and(|count| count >= PART);
        if let Some((last, _)) = held.last().filter(|_| is_full) {
            let rest = Holders {
                after: last.to_string(),
                ..holders.clone()
            };
            facts.push(fact(cx, OF_HOLDERS, &rest)?);
        }
        self.record(tx, cx, None, facts).await
    }
}
