//! What ends for a whole organization, as one change for each person.

use serde_json::Value;

use super::{
    meaning::{Ended, Initiator, OF_PERSON},
    store,
};
use crate::{
    db::{Error, Tx, inconsistent},
    kernel::{
        Cx,
        ids::{OrganizationId, PersonId},
    },
    on,
    outbox::{self, EventFact, Fact, Several},
};

/// People of one statement.
const PART: i64 = 500;

/// Records it for a receiver; returns how many people that are. A thousand take four statements.
pub(super) async fn spread(
    tx: &mut Tx,
    cx: &Cx,
    destination: &str,
    organization: &OrganizationId,
    (signed_out, initiator): (bool, Initiator),
) -> Result<usize, Error> {
    let mut after = String::new();
    let mut total = 0;
    loop {
        let people: Vec<PersonId> = on!(tx, |c| sqlx::query_scalar(store::PEOPLE_OF)
            .bind(organization)
            .bind(&after)
            .bind(PART)
            .fetch_all(c)
            .await)?;
        let Some(last) = people.last() else {
            return Ok(total);
        };
        after = last.to_string();
        total += people.len();
        let fact = |person: &PersonId| -> Result<(String, Fact), Error> {
            let ended = Ended {
                person_id: person.clone(),
                session: None,
                signed_out,
                initiator,
            };
            let data: Value = serde_json::to_value(&ended).map_err(inconsistent(
                "changes",
                "payload",
                organization,
            ))?;
            let event = EventFact {
                event: OF_PERSON.to_owned(),
                data,
            };
            Ok((person.to_string(), Fact::Happened(event)))
        };
        let several = Several {
            destination,
            organization: Some(organization),
            facts: people.iter().map(fact).collect::<Result<_, _>>()?,
        };
        outbox::record_several(tx, cx, several).await?;
    }
}
