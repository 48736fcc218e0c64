//! Following a CRM: bad records, any order, replays, two nodes, the place in the feed.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use vestibule::{
    contracts,
    crm::{
        self, Asked, InvitationRequests,
        mirror::{self, CrmPersonKind},
        port::{Account, Contact, Contract, CrmError, InvitationRequest, Lead, Record, Skipped},
    },
    db::{Error, Tx},
    kernel::Cx,
    on, organizations,
    tasks::{Task, TaskKind},
};

use crate::{
    act,
    support::{
        TestDb, each_engine,
        feed::Feed,
        seed::{CONNECTION, account, contract, member, organization},
    },
};

fn contact(id: &str, account_id: &str, version: i64) -> Contact {
    Contact {
        id: id.to_owned(),
        version,
        account_id: account_id.to_owned(),
        given_name: "Aino".to_owned(),
        family_name: "Virtanen".to_owned(),
        email: format!("{id}@a.example"),
        ..Contact::default()
    }
}

fn lead(id: &str, version: i64) -> Lead {
    Lead {
        id: id.to_owned(),
        version,
        company: "New".to_owned(),
        email: "not an address".to_owned(),
        ..Lead::default()
    }
}

fn request(id: &str, contact_id: &str) -> InvitationRequest {
    InvitationRequest {
        id: id.to_owned(),
        version: 1,
        contact_id: Some(contact_id.to_owned()),
        ..InvitationRequest::default()
    }
}

async fn poll(feed: &Feed, test: &TestDb) {
    feed.connections(test).catch_up(CONNECTION).await.unwrap();
}

async fn cursor(test: &TestDb) -> Option<(String, String)> {
    let mut conn = test.db.read().await.unwrap();
    let state = crm::feed_state(&mut conn, CONNECTION).await.unwrap();
    state.map(|state| (state.cursor, state.error))
}

async fn tasks(test: &TestDb) -> Vec<Task> {
    let mut conn = test.db.read().await.unwrap();
    vestibule::tasks::open(&mut conn, 100).await.unwrap()
}

async fn has_contract(test: &TestDb, id: &str) -> bool {
    let mut conn = test.db.read().await.unwrap();
    contracts::find(&mut conn, CONNECTION, id)
        .await
        .unwrap()
        .is_some()
}

async fn waiting(test: &TestDb) -> i64 {
    let mut conn = test.db.read().await.unwrap();
    crm::count_waiting(&mut conn, CONNECTION).await.unwrap()
}

/// How often anything was audited: a number that must not move when nothing changes.
async fn audited(test: &TestDb) -> i64 {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM audit_events"
    )
    .fetch_one(c)
    .await)
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_stays_unreadable_is_a_task_until_it_can_be_read() {
    each_engine(async |test| {
        let feed = Feed::default();
        let fails = async |error: CrmError| {
            feed.lock().errors.push_back(error);
            let crm = feed.connections(&test);
            assert!(crm.catch_up(CONNECTION).await.is_err());
        };
        let kinds = async || -> Vec<TaskKind> {
            let open = tasks(&test).await;
            open.into_iter().map(|task| task.kind).collect()
        };
        let no_route = || CrmError::Unreachable("no route".into());
        fails(no_route()).await;
        test.world.clock.advance(Duration::from_secs(590));
        fails(no_route()).await;
        assert_eq!(kinds().await, [], "it may pass by itself");
        test.world.clock.advance(Duration::from_secs(20));
        fails(no_route()).await;
        fails(no_route()).await;
        assert_eq!(kinds().await, [TaskKind::FeedUnreadable]);
        poll(&feed, &test).await;
        assert_eq!(kinds().await, []);
        // The time counts anew.
        fails(no_route()).await;
        assert_eq!(kinds().await, []);
        fails(CrmError::AuthBroken("expired".into())).await;
        assert_eq!(kinds().await, [TaskKind::FeedUnreadable], "at once");
        poll(&feed, &test).await;
        assert_eq!(kinds().await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_is_a_task_and_the_feed_goes_on() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([
            Record::Account(account("A", 1)),
            Record::Contract(Contract {
                status: "Activated".into(),
                ..contract("bad", "A", 1)
            }),
            Record::Account(Account {
                kind: "Kunde".into(),
                ..account("B", 1)
            }),
            Record::Contact(Contact {
                id: "x\0y".into(),
                ..contact("c", "A", 1)
            }),
            Record::Contract(Contract {
                id: "z".repeat(500),
                ..contract("long", "A", 1)
            }),
            Record::InvitationRequest(InvitationRequest {
                id: "r".into(),
                ..InvitationRequest::default()
            }),
            Record::Contract(contract("good", "A", 1)),
        ]);
        feed.lock().skipped.push(Skipped {
            kind: "Opportunity\u{202e}".into(),
            id: "o-1".into(),
            reason: "unknown type".into(),
        });
        poll(&feed, &test).await;
        assert!(has_contract(&test, "good").await && !has_contract(&test, "bad").await);
        assert_eq!(cursor(&test).await, Some(("7".to_owned(), String::new())));
        let open = tasks(&test).await;
        assert_eq!(open.len(), 6, "{open:#?}");
        assert!(open.iter().all(|task| task.kind == TaskKind::BadRecord));
        let named = open
            .iter()
            .find(|task| task.subject == "crm:contract:bad")
            .unwrap();
        assert!(named.detail.contains("Activated"), "{}", named.detail);
        // The record comes again, mended: its task is settled by itself.
        feed.push([Record::Contract(contract("bad", "A", 2))]);
        poll(&feed, &test).await;
        assert!(has_contract(&test, "bad").await);
        assert_eq!(tasks(&test).await.len(), 5);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_any_kind_do_not_stop_the_feed() {
    each_engine(async |test| {
        let feed = Feed::default();
        let hostile = "a\0b\u{202e}\r\n'); DROP TABLE contracts; --";
        feed.push([
            Record::Account(Account {
                name: hostile.into(),
                number: hostile.into(),
                postcode: hostile.into(),
                vat_number: hostile.into(),
                owner_email: hostile.into(),
                domains: vec![hostile.into(), "gmail.com".into(), "a.example".into()],
                ..account("A", 1)
            }),
            Record::Contact(Contact {
                given_name: hostile.into(),
                email: hostile.into(),
                phone: hostile.into(),
                language: hostile.into(),
                portal_membership_id: Some(hostile.into()),
                ..contact("c", "A", 1)
            }),
            Record::Contract(Contract {
                number: hostile.into(),
                products: vec![hostile.into()],
                ..contract("k", "A", 1)
            }),
            Record::Lead(Lead {
                company: hostile.into(),
                ..lead("l", 1)
            }),
            Record::Account(Account {
                parent_id: Some(hostile.into()),
                ..account("B", 1)
            }),
            Record::Contract(contract("nowhere", hostile, 1)),
            Record::Contract(contract("after", "A", 1)),
        ]);
        poll(&feed, &test).await;
        assert!(has_contract(&test, "after").await && has_contract(&test, "k").await);
        assert_eq!(
            tasks(&test).await.len(),
            2,
            "what cannot name a record names none"
        );
        let mut conn = test.db.read().await.unwrap();
        let domains: Vec<(String,)> = on!(conn, |c| sqlx::query_as(
            "SELECT domain FROM organization_domains"
        )
        .fetch_all(c)
        .await)
        .unwrap();
        assert_eq!(domains, [("a.example".to_owned(),)]);
        let lead = mirror::find(&mut conn, CONNECTION, CrmPersonKind::Lead, "l")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(lead.address(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_wait_for_what_they_belong_to() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([
            Record::InvitationRequest(request("r1", "c1")),
            Record::Contract(contract("k", "A", 1)),
            Record::Contact(contact("c1", "A", 3)),
            Record::Contract(contract("k", "A", 2)),
        ]);
        let (asked, requests) = recorder();
        let connections = feed.connections_with(&test, &requests);
        connections.catch_up(CONNECTION).await.unwrap();
        assert_eq!(
            waiting(&test).await,
            3,
            "the contract waits once, in its newest version"
        );
        assert!(asked.seen().is_empty() && tasks(&test).await.is_empty());
        feed.push([Record::Account(account("A", 1))]);
        connections.catch_up(CONNECTION).await.unwrap();
        assert_eq!(waiting(&test).await, 0);
        let mut conn = test.db.read().await.unwrap();
        let stored = contracts::find(&mut conn, CONNECTION, "k")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stored.source_version, 2);
        assert_eq!(
            asked.seen(),
            ["r1"],
            "the request waited for the contact, the contact for the account"
        );
    })
    .await;
}

/// Remembers what it was asked for; says no to ids that begin with `no`.
#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

fn recorder() -> (Arc<Recorder>, Arc<dyn InvitationRequests>) {
    let recorder = Arc::new(Recorder::default());
    (recorder.clone(), recorder)
}

impl Recorder {
    fn seen(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl InvitationRequests for Recorder {
    async fn invite(
        &self,
        _tx: &mut Tx,
        _cx: &Cx,
        _connection: &str,
        request: &InvitationRequest,
    ) -> Result<Asked, Error> {
        self.0.lock().unwrap().push(request.id.clone());
        Ok(match request.id.starts_with("no") {
            true => Asked::Impossible("opted out".to_owned()),
            false => Asked::Done,
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_asked_for_once_however_often_it_is_told() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([
            Record::Account(account("A", 1)),
            Record::Contact(contact("c1", "A", 1)),
        ]);
        for version in 1..4 {
            feed.push([Record::InvitationRequest(InvitationRequest {
                version,
                ..request("r1", "c1")
            })]);
        }
        feed.push([Record::InvitationRequest(request("no-1", "c1"))]);
        let (asked, requests) = recorder();
        let connections = feed.connections_with(&test, &requests);
        connections.catch_up(CONNECTION).await.unwrap();
        let again: Result<(), Error> = act!(test, test.cx(), |tx, cx| crm::read_again(
            tx, &cx, CONNECTION
        ));
        again.unwrap();
        connections.catch_up(CONNECTION).await.unwrap();
        assert_eq!(asked.seen(), ["r1", "no-1"]);
        let open = tasks(&test).await;
        assert_eq!(open.len(), 1);
        assert!(
            open[0].kind == TaskKind::InvitationRequest && open[0].detail.contains("opted out")
        );
    })
    .await;
}

fn a_story() -> Vec<Record> {
    let mut records = Vec::new();
    for number in 0..12 {
        let id = format!("A{number}");
        records.push(Record::Account(account(&id, 1)));
        records.push(Record::Contract(contract(&format!("k{number}"), &id, 1)));
        records.push(Record::Contact(contact(&format!("c{number}"), &id, 1)));
    }
    records.push(Record::Contract(Contract {
        status: "ended".into(),
        ..contract("k0", "A0", 2)
    }));
    records.push(Record::Lead(lead("l", 1)));
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_applied_again_changes_nothing() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push(a_story());
        poll(&feed, &test).await;
        let before = audited(&test).await;
        let again: Result<(), Error> = act!(test, test.cx(), |tx, cx| crm::read_again(
            tx, &cx, CONNECTION
        ));
        again.unwrap();
        poll(&feed, &test).await;
        assert_eq!(
            audited(&test).await,
            before + 1,
            "only that the feed is read again"
        );
        let polled = feed
            .connections(&test)
            .receive(&test.cx(), CONNECTION, a_story())
            .await
            .unwrap();
        assert_eq!((polled.changed, polled.bad, polled.waiting), (0, 0, 0));
        assert!(tasks(&test).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_that_read_one_feed_apply_it_once() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push(a_story());
        let (asked, requests) = recorder();
        feed.push(
            (0..5).map(|number| Record::InvitationRequest(request(&format!("r{number}"), "c1"))),
        );
        let nodes: Vec<_> = (0..6)
            .map(|_| {
                let connections = feed.connections_with(&test, &requests);
                tokio::spawn(async move { connections.catch_up(CONNECTION).await })
            })
            .collect();
        for node in nodes {
            node.await.unwrap().unwrap();
        }
        feed.connections_with(&test, &requests)
            .catch_up(CONNECTION)
            .await
            .unwrap();
        assert_eq!(
            cursor(&test).await.unwrap().0,
            feed.lock().feed.len().to_string()
        );
        let mut conn = test.db.read().await.unwrap();
        let receipts = on!(conn, |c| sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM receipts"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(receipts, 1);
        // A page that was rolled back may have been asked before; what commits was asked once.
        let kept = on!(conn, |c| sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM crm_requests"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        assert_eq!(kept, 5);
        assert_eq!(asked.seen().len(), 5);
    })
    .await;
}

/// Fails in the middle of a page, after earlier records were applied in the same transaction.
struct Breaks;

#[async_trait]
impl InvitationRequests for Breaks {
    async fn invite(
        &self,
        _tx: &mut Tx,
        _cx: &Cx,
        _connection: &str,
        _request: &InvitationRequest,
    ) -> Result<Asked, Error> {
        Err(Error::Busy)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_place_in_the_feed_and_the_effects_stand_or_fall_together() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([
            Record::Account(account("A", 1)),
            Record::Contact(contact("c1", "A", 1)),
            Record::InvitationRequest(request("r1", "c1")),
            Record::Contract(contract("k", "A", 1)),
        ]);
        let broken =
            feed.connections_with(&test, &(Arc::new(Breaks) as Arc<dyn InvitationRequests>));
        assert!(broken.catch_up(CONNECTION).await.is_err());
        assert_eq!(cursor(&test).await, None);
        assert_eq!(
            audited(&test).await,
            0,
            "the account of the same page is not there either"
        );
        poll(&feed, &test).await;
        assert!(has_contract(&test, "k").await);
    })
    .await;
}

/// Panics, as a defect would: the page cannot be stored as a whole, whatever is tried.
struct Defect;

#[async_trait]
impl InvitationRequests for Defect {
    async fn invite(
        &self,
        _tx: &mut Tx,
        _cx: &Cx,
        _connection: &str,
        _request: &InvitationRequest,
    ) -> Result<Asked, Error> {
        panic!("a defect")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_on_which_everything_fails_holds_up_nobody_else() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([
            Record::Account(account("A", 1)),
            Record::Contact(contact("c1", "A", 1)),
            Record::InvitationRequest(request("r1", "c1")),
            Record::Contract(contract("k", "A", 1)),
        ]);
        let connections =
            feed.connections_with(&test, &(Arc::new(Defect) as Arc<dyn InvitationRequests>));
        connections.catch_up(CONNECTION).await.unwrap();
        assert!(has_contract(&test, "k").await);
        assert_eq!(cursor(&test).await.unwrap().0, "4");
        let open = tasks(&test).await;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].subject, "crm:invitation_request:r1");
        // The same through the door for events.
        let record = Record::InvitationRequest(request("r2", "c1"));
        let polled = connections
            .receive(&test.cx(), CONNECTION, vec![record])
            .await
            .unwrap();
        assert_eq!(polled.bad, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_cannot_be_read_is_noted_and_read_later() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([Record::Account(account("A", 1))]);
        feed.lock()
            .errors
            .push_back(CrmError::Unreachable("no route".into()));
        let connections = feed.connections(&test);
        assert!(connections.catch_up(CONNECTION).await.is_err());
        let (place, error) = cursor(&test).await.unwrap();
        assert!(place.is_empty() && error.contains("no route"), "{error}");
        connections.catch_up(CONNECTION).await.unwrap();
        assert_eq!(cursor(&test).await, Some(("1".to_owned(), String::new())));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_carries_our_id_is_linked_only_within_its_organization() {
    each_engine(async |test| {
        let ours = organization(&test, "A").await;
        let theirs = organization(&test, "B").await;
        let membership = member(&test, &ours, "p@a.example", &["orders"]).await;
        let stranger = member(&test, &theirs, "q@b.example", &["orders"]).await;
        let feed = Feed::default();
        feed.push([
            Record::Contact(Contact {
                portal_membership_id: Some(stranger.id.to_string()),
                ..contact("wrong", "A", 1)
            }),
            Record::Contact(Contact {
                portal_membership_id: Some(membership.id.to_string()),
                ..contact("right", "A", 1)
            }),
        ]);
        poll(&feed, &test).await;
        let mut conn = test.db.read().await.unwrap();
        let linked = async |organization, id| {
            let mut conn = test.db.read().await.unwrap();
            organizations::find_membership(&mut conn, organization, id)
                .await
                .unwrap()
                .unwrap()
                .crm_contact_id
        };
        assert_eq!(
            linked(&ours, &membership.id).await.as_deref(),
            Some("right")
        );
        assert_eq!(linked(&theirs, &stranger.id).await, None);
        let right = mirror::find(&mut conn, CONNECTION, CrmPersonKind::Contact, "right")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(right.person_id, Some(membership.person_id));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_and_a_lead_with_one_id_are_two() {
    each_engine(async |test| {
        let feed = Feed::default();
        feed.push([
            Record::Account(account("A", 1)),
            Record::Contact(contact("7", "A", 5)),
            Record::Lead(lead("7", 1)),
            Record::Contact(Contact {
                family_name: "Older".into(),
                ..contact("7", "A", 4)
            }),
        ]);
        poll(&feed, &test).await;
        let mut conn = test.db.read().await.unwrap();
        for (kind, version) in [(CrmPersonKind::Contact, 5), (CrmPersonKind::Lead, 1)] {
            let found = mirror::find(&mut conn, CONNECTION, kind, "7")
                .await
                .unwrap()
                .unwrap();
            assert_eq!(found.crm_version, version);
        }
    })
    .await;
}
