//! What has to hold once the kills are over and everything has been told.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use vestibule::{
    db::{Database, Error},
    kernel::{Clock, Keyring, World, ids::MembershipId},
    on, outbox,
};

use super::{database, kills::Stands};
use crate::support::{crm_stand_in::StandIn, program::Fleet};

const CRM: &str = "crm:main";

/// How long nothing may move before the test gives up: far longer than any pause that is left.
const STUCK: Duration = Duration::from_secs(120);

/// A member as the portal has it.
#[derive(sqlx::FromRow)]
struct Member {
    id: MembershipId,
    email: String,
    status: String,
    roles: String,
    crm_account_id: String,
    crm_contact_id: Option<String>,
}

/// Waits for the end of all deliveries, then compares everything; says what was met on the way.
pub async fn check(fleet: &mut Fleet, crm: &StandIn, stands: &HashMap<String, Stands>) -> String {
    let db = database(fleet).await;
    let replayed = drain(&db).await;
    fleet.kill_all();
    assert_audit_verifies(fleet);
    assert_done_is_kept(&db, stands).await;
    assert_crm_equals(&db, crm).await;
    assert_told_once_in_order(&db, crm).await;
    let lost = "SELECT count(*) FROM delivery_attempts WHERE verdict = 'lost'";
    let retried = "SELECT count(*) FROM delivery_attempts WHERE verdict = 'retry'";
    let (lost, retried) = (number(&db, lost).await, number(&db, retried).await);
    assert!(lost > 0, "no kill met a delivery");
    let told = crm.lock().records.log.len();
    let calls = crm.count_calls("/writes");
    format!(
        "{told} writes applied in {calls} calls, {lost} deliveries lost their worker, {retried} were retried, {replayed} were replayed"
    )
}

async fn number(db: &Database, statement: &'static str) -> i64 {
    let mut conn = db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar::<_, i64>(statement)
        .fetch_one(c)
        .await)
    .unwrap()
}

/// Waits until nothing waits. Appointments for another attempt are brought forward; those of what
/// only waits behind something else are not: they have to come free by themselves. An operator sends
/// again what the kills met so often that it was set aside; how much that was.
async fn drain(db: &Database) -> u64 {
    let open = "SELECT count(*) FROM deliveries WHERE state NOT IN ('done', 'merged')";
    let (mut least, mut since) = (i64::MAX, Instant::now());
    let mut replayed = 0;
    loop {
        let left = number(db, open).await;
        if left == 0 {
            return replayed;
        }
        if left < least {
            (least, since) = (left, Instant::now());
        }
        if since.elapsed() > STUCK {
            panic!("{left} deliveries are stuck: {:?}", stuck(db).await);
        }
        replayed += replay(db).await;
        bring_forward(db).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Replays what was set aside because its workers went away, or because that and failures of the
/// destination together were too many.
async fn replay(db: &Database) -> u64 {
    let cx = World::real(Keyring::new([7; 32])).system("test");
    let mut replayed = 0;
    for (destination, cause) in [CRM, outbox::MAIL]
        .into_iter()
        .flat_map(|destination| [(destination, "worker_lost"), (destination, "gave_up")])
    {
        let cx = cx.clone();
        let done: Result<u64, Error> = db
            .write(move |tx| {
                Box::pin(async move { outbox::replay_all(tx, &cx, destination, cause).await })
            })
            .await;
        replayed += done.unwrap_or(0);
    }
    replayed
}

async fn bring_forward(db: &Database) {
    let now = Clock::System.now();
    let done: Result<(), Error> = db
        .write(move |tx| {
            Box::pin(async move {
                Ok(on!(tx, |c| sqlx::query(
                    "UPDATE deliveries SET next_attempt_at = $1 WHERE state = 'waiting' AND attempts > 0 AND next_attempt_at > $2"
                )
                .bind(now)
                .bind(now.plus(Duration::from_secs(2)))
                .execute(c)
                .await
                .map(drop))?)
            })
        })
        .await;
    // Next time, when the nodes keep the database busy.
    drop(done);
}

/// What is not finished: place, state, kind, subject, attempts, last error.
async fn stuck(db: &Database) -> Vec<(i64, String, String, String, i64, String)> {
    let mut conn = db.read().await.unwrap();
    on!(conn, |c| sqlx::query_as(
        "SELECT seq, state, kind, subject, CAST(attempts AS BIGINT), last_error FROM deliveries
         WHERE state NOT IN ('done', 'merged') ORDER BY seq LIMIT 20"
    )
    .fetch_all(c)
    .await)
    .unwrap()
}

fn assert_audit_verifies(fleet: &Fleet) {
    let output = fleet.run(&["audit", "verify"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("every chain is whole"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

async fn members(db: &Database) -> Vec<Member> {
    let mut conn = db.read().await.unwrap();
    on!(conn, |c| sqlx::query_as(
        "SELECT m.id, m.email, m.status, m.roles, o.crm_account_id, m.crm_contact_id
         FROM memberships m JOIN organizations o ON o.id = m.organization_id ORDER BY m.id"
    )
    .fetch_all(c)
    .await)
    .unwrap()
}

fn roles(text: &str) -> BTreeSet<&str> {
    text.split(',').collect()
}

/// Everything acknowledged is in the portal, as often as it was done.
async fn assert_done_is_kept(db: &Database, stands: &HashMap<String, Stands>) {
    let done = audited(db).await;
    let mut known = 0;
    for member in members(db).await {
        let Some(expected) = stands.get(&member.email) else {
            assert!(
                member.email.starts_with("admin@"),
                "{} is too many",
                member.email
            );
            continue;
        };
        known += 1;
        assert_eq!(member.status, expected.status, "{}", member.email);
        assert_eq!(roles(&member.roles), expected.roles, "{}", member.email);
        let wanted: BTreeMap<String, i64> = expected
            .done
            .iter()
            .map(|(action, times)| ((*action).to_owned(), *times))
            .collect();
        assert_eq!(
            done[member.id.to_string().as_str()],
            wanted,
            "{}",
            member.email
        );
    }
    assert_eq!(known, stands.len());
    let redeemed = "SELECT count(*) FROM audit_events WHERE action = 'invitation.redeemed'";
    assert_eq!(number(db, redeemed).await, i64::try_from(known).unwrap());
    let changes = "SELECT count(*) FROM changes WHERE kind = 'membership_changed'";
    let events = "SELECT count(*) FROM audit_events WHERE action LIKE 'membership.%'";
    assert_eq!(number(db, changes).await, number(db, events).await);
}

/// What was done to each membership, and how often.
async fn audited(db: &Database) -> HashMap<String, BTreeMap<String, i64>> {
    let mut conn = db.read().await.unwrap();
    let rows: Vec<(String, String, i64)> = on!(conn, |c| sqlx::query_as(
        "SELECT target, action, count(*) FROM audit_events WHERE action LIKE 'membership.%' GROUP BY target, action"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    let mut all: HashMap<String, BTreeMap<String, i64>> = HashMap::new();
    for (target, action, times) in rows {
        all.entry(target).or_default().insert(action, times);
    }
    all
}

/// Each member is one contact there, and it says what the portal says.
async fn assert_crm_equals(db: &Database, crm: &StandIn) {
    let members = members(db).await;
    let inner = crm.lock();
    let (contacts, written) = (&inner.records.contacts, &inner.records.portal);
    assert_eq!(contacts.len(), members.len(), "contacts");
    assert_eq!(
        written.len(),
        members.len(),
        "contacts that the portal wrote"
    );
    for member in members {
        let id = member.crm_contact_id.unwrap_or_default();
        let there = written.get(&id);
        let there = there.unwrap_or_else(|| panic!("{} is not in the CRM", member.email));
        assert_eq!(there.membership_id, member.id.to_string());
        assert_eq!(there.email, member.email);
        assert_eq!(there.account_id, member.crm_account_id, "{}", member.email);
        assert_eq!(there.portal_status, member.status, "{}", member.email);
        let told: BTreeSet<&str> = there.portal_roles.iter().map(String::as_str).collect();
        assert_eq!(told, roles(&member.roles), "{}", member.email);
    }
}

/// Every delivery that is done took effect there once, with one line of history; those of one subject
/// in the order in which they were recorded.
async fn assert_told_once_in_order(db: &Database, crm: &StandIn) {
    let mut conn = db.read().await.unwrap();
    let told: Vec<(String, i64, String)> = on!(conn, |c| sqlx::query_as(
        "SELECT change_id, seq, state FROM deliveries WHERE destination = $1"
    )
    .bind(CRM)
    .fetch_all(c)
    .await)
    .unwrap();
    drop(conn);
    let places: HashMap<String, i64> = told.iter().map(|row| (row.0.clone(), row.1)).collect();
    let inner = crm.lock();
    let mut last: HashMap<&str, i64> = HashMap::new();
    let mut applied = BTreeSet::new();
    for (subject, key, _) in &inner.records.log {
        assert!(applied.insert(key.as_str()), "{key} took effect twice");
        let place = places[key];
        let before = last.insert(subject, place);
        assert!(before < Some(place), "{subject} was told out of order");
    }
    for (change, _, state) in &told {
        assert!(
            state == "merged" || applied.contains(change.as_str()),
            "{change} was lost"
        );
    }
    assert_eq!(
        inner.records.activities.len(),
        applied.len(),
        "lines of history"
    );
    for word in ["queued", "sent", "redeemed"] {
        let about =
            |row: &&(String, vestibule::crm::port::ActivityWrite)| row.1.invitation_state == word;
        let texts: Vec<&str> = inner
            .records
            .activities
            .iter()
            .filter(about)
            .map(|row| row.1.text.as_str())
            .collect();
        let different: BTreeSet<&str> = texts.iter().copied().collect();
        assert_eq!(texts.len(), different.len(), "{word} was told twice");
    }
}
