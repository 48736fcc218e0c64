//! A CRM is down for ten minutes while 5,000 changes arrive, and comes back with its limit of calls.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant as Stopwatch},
};

use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        port::{Account, Record},
    },
    db::Error,
    kernel::{
        Instant,
        ids::{Id, InvitationId, MembershipId, OrganizationId, PersonId},
    },
    on,
    outbox::{self, Fact, InvitationFact, MembershipFact, NewChange, Outbox},
    settings::AccessSettings,
};

use crate::support::{
    TestDb,
    crm_stand_in::{RateLimit, StandIn},
    each_engine,
    outbox::states,
    seed::{CONNECTION, catalogues},
};

const ALLOWED: usize = 60;
const WINDOW: Duration = Duration::from_secs(60);
const DOWN: Duration = Duration::from_secs(600);
/// 250 members with eight changes each and 750 invitations with four.
const MEMBERS: u128 = 250;
const INVITATIONS: u128 = 750;
const STEP: Duration = Duration::from_millis(500);

fn invitation(number: u128, turn: usize) -> (String, Fact) {
    let id = InvitationId::from_bits(number + 1);
    let fact = Fact::InvitationMoved(InvitationFact {
        invitation_id: id.clone(),
        organization_id: OrganizationId::from_bits(1),
        crm_account_id: "A".into(),
        crm_contact_id: None,
        is_lead: false,
        email: format!("guest{number}@a.example"),
        state: ["queued", "sent", "opened", "redeemed"][turn].into(),
        roles: vec!["orders".into()],
        reason: String::new(),
    });
    (id.to_string(), fact)
}

fn member(number: u128, turn: usize) -> (String, Fact) {
    let id = MembershipId::from_bits(number + 1);
    let because = match turn {
        0 => "membership.created",
        2 | 5 => "person.signed_in",
        3 => "membership.roles_changed",
        6 => "membership.suspended",
        7 => "membership.restored",
        _ => "person.profile_changed",
    };
    let fact = MembershipFact {
        successor: None,
        membership_id: id.clone(),
        person_id: PersonId::from_bits(number + 1),
        organization_id: OrganizationId::from_bits(1),
        crm_account_id: "A".into(),
        crm_contact_id: None,
        email: format!("m{number}@a.example"),
        given_name: "M".into(),
        family_name: format!("Turn {turn}"),
        phone: String::new(),
        status: if turn == 6 { "suspended" } else { "active" }.into(),
        roles: vec!["orders".into()],
        last_sign_in_at: None,
        because: because.into(),
    };
    let fact = if because == "person.signed_in" {
        Fact::SignedIn(fact)
    } else {
        Fact::MembershipChanged(fact)
    };
    (id.to_string(), fact)
}

/// All 5,000, in the order in which they happen.
fn changes() -> Vec<(String, Fact)> {
    let members = (0..8).flat_map(|turn| (0..MEMBERS).map(move |number| member(number, turn)));
    let invitations =
        (0..4).flat_map(|turn| (0..INVITATIONS).map(move |number| invitation(number, turn)));
    let (members, invitations): (Vec<_>, Vec<_>) = (members.collect(), invitations.collect());
    let mut all = Vec::new();
    for (place, one) in invitations.into_iter().enumerate() {
        all.push(one);
        // Two of members for three of invitations.
        if place % 3 == 2 {
            let from = place / 3 * 2;
            all.extend(members[from..from + 2].iter().cloned());
        }
    }
    all
}

async fn tell(test: &TestDb, some: Vec<(String, Fact)>) {
    let (cx, destinations) = (test.cx(), vec![outbox::crm_destination(CONNECTION)]);
    let told: Result<(), Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                for (subject, fact) in some {
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
    told.unwrap();
}

fn engine(test: &TestDb, crm: &StandIn) -> Outbox {
    let mut settings = crm.settings();
    settings.key = CONNECTION.to_owned();
    settings.batch = 20;
    let connection = Connection::new(settings, &AccessSettings::default(), crm.adapter()).unwrap();
    let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
    let connections = Connections::of(vec![connection], &test.db, &test.world, &requests);
    let destinations = connections.destinations(&catalogues());
    Outbox::new(test.db.clone(), test.world.clone(), destinations)
}

async fn unfinished(test: &TestDb) -> i64 {
    let states = states(test).await;
    states
        .iter()
        .filter(|(state, _)| !matches!(state.as_str(), "done" | "merged"))
        .map(|(_, count)| count)
        .sum()
}

#[derive(Debug)]
struct Figures {
    delivered: i64,
    merged: i64,
    calls: usize,
    seconds: f64,
    used_percent: f64,
    refused_percent: f64,
    missed: usize,
}

/// Everything arrived: each change once or replaced by a newer one, in order, no contact twice.
async fn assert_whole(test: &TestDb, crm: &StandIn, told: usize) -> (i64, i64) {
    let states = states(test).await;
    let count = |state: &str| states.get(state).copied().unwrap_or(0);
    let (done, merged) = (count("done"), count("merged"));
    assert_eq!(done + merged, i64::try_from(told).unwrap(), "{states:?}");
    let mut conn = test.db.read().await.unwrap();
    let rows: Vec<(String, i64)> = on!(conn, |c| sqlx::query_as(
        "SELECT change_id, seq FROM deliveries"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    drop(conn);
    let places: HashMap<String, i64> = rows.into_iter().collect();
    let inner = crm.lock();
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    let mut keys = HashSet::new();
    for (subject, key, _) in &inner.records.log {
        assert!(keys.insert(key.as_str()), "{key} took effect twice");
        let place = places[key];
        let before = last.insert(subject, place);
        assert!(before < Some(place), "{subject} was told out of order");
    }
    assert_eq!(i64::try_from(keys.len()).unwrap(), done);
    let addresses: HashSet<&str> = inner
        .records
        .contacts
        .values()
        .map(|contact| contact.email.as_str())
        .collect();
    assert_eq!(
        inner.records.contacts.len(),
        addresses.len(),
        "no contact was created twice"
    );
    assert_eq!(addresses.len(), usize::try_from(MEMBERS).unwrap());
    for contact in inner.records.contacts.values() {
        assert_eq!(contact.family_name, "Turn 7", "as the last change says");
    }
    (done, merged)
}

async fn outage(test: &TestDb, reports: bool) -> Figures {
    let crm = StandIn::start().await;
    crm.lock().records.put(Record::Account(Account {
        id: "A".to_owned(),
        ..Account::default()
    }));
    let mut limit = RateLimit::new(&test.world.clock, ALLOWED, WINDOW);
    (limit.reports, limit.hints, limit.is_down) = (reports, reports, true);
    crm.lock().limit = Some(limit);
    let outbox = engine(test, &crm);
    let (all, begun) = (changes(), test.world.clock.now());
    let told = all.len();
    let per_step = told / 200;
    let mut waiting = all.into_iter();
    while test.world.clock.now().since(begun) < DOWN {
        let some: Vec<_> = waiting.by_ref().take(per_step).collect();
        if !some.is_empty() {
            tell(test, some).await;
        }
        outbox.drain().await.unwrap();
        test.world.clock.advance(Duration::from_secs(3));
    }
    assert_eq!(waiting.next(), None);
    let back = test.world.clock.now();
    crm.lock().limit.as_mut().unwrap().is_down = false;
    let mut steps = 0;
    while steps % 20 != 0 || unfinished(test).await > 0 {
        outbox.drain().await.unwrap();
        test.world.clock.advance(STEP);
        steps += 1;
        assert!(steps < 4_000, "{:?}", states(test).await);
    }
    let (delivered, merged) = assert_whole(test, &crm, told).await;
    figures(&crm, back, (delivered, merged))
}

fn figures(crm: &StandIn, back: Instant, (delivered, merged): (i64, i64)) -> Figures {
    let inner = crm.lock();
    let limit = inner.limit.as_ref().unwrap();
    let end = *limit.accepted.last().unwrap();
    let (seconds, calls) = (end.since(back).as_secs_f64(), limit.accepted.len());
    let allowed = seconds / WINDOW.as_secs_f64() * ALLOWED as f64;
    Figures {
        delivered,
        merged,
        calls,
        seconds,
        used_percent: 100.0 * calls as f64 / allowed,
        refused_percent: 100.0 * limit.refused as f64 / (calls + limit.refused) as f64,
        missed: limit.missed,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_minutes_without_a_crm_and_5000_changes_lose_and_double_nothing() {
    each_engine(async |test| {
        let watch = Stopwatch::now();
        let figures = outage(&test, true).await;
        println!(
            "outage on {:?}: {figures:.1?}, {:.0} s of real time",
            test.db.engine(),
            watch.elapsed().as_secs_f64()
        );
        assert!(figures.used_percent >= 90.0, "{figures:?}");
        assert!(figures.refused_percent <= 1.0, "{figures:?}");
    })
    .await;
}
