//! Facts to tell, engines to tell them, and what the database says became of them.

use std::{collections::BTreeMap, sync::Arc};

use vestibule::{
    db::Error,
    kernel::{
        Instant,
        ids::{DeliveryId, Id, InvitationId, MembershipId, OrganizationId, PersonId},
    },
    on,
    outbox::{self, Destination, Fact, InvitationFact, MembershipFact, NewChange, Outbox},
};

use super::{TestDb, sink::Sink};

/// The usual destination of these tests.
pub const SINK: &str = "crm:sink";

/// A fact that no other replaces; `number` tells facts of one subject apart.
pub fn moved(number: usize) -> Fact {
    Fact::InvitationMoved(InvitationFact {
        invitation_id: InvitationId::from_bits(1),
        organization_id: OrganizationId::from_bits(1),
        crm_account_id: "1".into(),
        crm_contact_id: None,
        is_lead: false,
        email: "a@b.example".into(),
        state: format!("{number:06}"),
        roles: vec![],
        reason: String::new(),
    })
}

/// A fact that replaces older ones of its subject.
pub fn changed(status: &str) -> Fact {
    Fact::MembershipChanged(MembershipFact {
        membership_id: MembershipId::from_bits(1),
        person_id: PersonId::from_bits(1),
        organization_id: OrganizationId::from_bits(1),
        crm_account_id: "1".into(),
        crm_contact_id: None,
        email: "a@b.example".into(),
        given_name: "A".into(),
        family_name: "B".into(),
        phone: String::new(),
        status: status.into(),
        roles: vec![],
        last_sign_in_at: None,
        because: "membership.created".into(),
        successor: None,
    })
}

pub fn word(fact: &Fact) -> String {
    match fact {
        Fact::InvitationMoved(fact) => fact.state.clone(),
        Fact::MembershipChanged(fact) => fact.status.clone(),
        _ => String::new(),
    }
}

pub async fn tell(test: &TestDb, destination: &str, subject: &str, fact: Fact) {
    tell_all(test, destination, subject, vec![fact]).await;
}

/// Records changes of one subject in one transaction.
pub async fn tell_all(test: &TestDb, destination: &str, subject: &str, facts: Vec<Fact>) {
    let (cx, subject) = (test.cx(), subject.to_owned());
    let destinations = vec![destination.to_owned()];
    let result: Result<(), Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                for fact in facts {
                    let change = NewChange {
                        subject: &subject,
                        organization: None,
                        fact,
                        destinations: &destinations,
                    };
                    outbox::record(tx, &cx, change).await?;
                }
                Ok(())
            })
        })
        .await;
    result.unwrap();
}

pub fn engine<const N: usize>(test: &TestDb, sinks: [&Arc<Sink>; N]) -> Outbox {
    let destinations = sinks.map(|sink| sink.clone() as Arc<dyn Destination>);
    Outbox::new(test.db.clone(), test.world.clone(), destinations.into())
}

pub async fn states(test: &TestDb) -> BTreeMap<String, i64> {
    let mut conn = test.db.read().await.unwrap();
    let rows: Vec<(String, i64)> = on!(conn, |c| sqlx::query_as(
        "SELECT state, count(*) FROM deliveries GROUP BY state"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    rows.into_iter().collect()
}

pub async fn expect(test: &TestDb, expected: &[(&str, i64)]) {
    let expected: BTreeMap<String, i64> = expected
        .iter()
        .map(|(state, count)| ((*state).to_owned(), *count))
        .collect();
    assert_eq!(states(test).await, expected);
}

pub async fn in_state(test: &TestDb, state: &'static str) -> DeliveryId {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar(
        "SELECT id FROM deliveries WHERE state = $1 ORDER BY seq LIMIT 1"
    )
    .bind(state)
    .fetch_one(c)
    .await)
    .unwrap()
}

pub async fn next_attempt(test: &TestDb) -> Instant {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar(
        "SELECT min(next_attempt_at) FROM deliveries WHERE state = 'waiting'"
    )
    .fetch_one(c)
    .await)
    .unwrap()
}

pub async fn open_tasks(test: &TestDb) -> Vec<String> {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar(
        "SELECT kind FROM tasks WHERE closed_at IS NULL ORDER BY kind"
    )
    .fetch_all(c)
    .await)
    .unwrap()
}
