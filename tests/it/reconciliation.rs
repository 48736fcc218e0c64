//! Comparing a CRM with the portal: every class of difference is found, none is invented, what has an
//! owner is mended, and a run that stands still goes on where it was.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        port::{Account, Contact, Contract, Record},
        reconcile::{self, Class, Kind, Mended, Owner, Started},
    },
    db::Error,
    kernel::ids::{Id, MembershipId, RunId},
    on,
    organizations::Membership,
    outbox::Outbox,
    settings::AccessSettings,
};

use crate::{
    act,
    support::{
        Portal, TestDb,
        crm_stand_in::{Fault, StandIn},
        each_engine,
        portal::{OPERATOR, REP},
        seed::{CONNECTION, catalogue, member, organization},
    },
};

/// Class, kind, record of the CRM, field, owner.
type Row = (Class, Kind, String, String, Owner);

struct Town {
    crm: StandIn,
    connections: Connections,
    members: Vec<Membership>,
}

impl Town {
    /// An account with eight members and three contracts, of which both sides know the same.
    async fn new(test: &Arc<TestDb>) -> Self {
        let crm = StandIn::start().await;
        let mut settings = crm.settings();
        settings.key = CONNECTION.to_owned();
        settings.batch = 3;
        let access = AccessSettings::default();
        let connection = Connection::new(settings, &access, crm.adapter()).unwrap();
        let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
        let connections = Connections::of(vec![connection], &test.db, &test.world, &requests);
        crm.lock().records.put(Record::Account(Account {
            id: "A".to_owned(),
            name: "Company A".to_owned(),
            ..Account::default()
        }));
        for number in 1..=3 {
            crm.lock().records.put(Record::Contract(Contract {
                id: format!("CT{number}"),
                account_id: "A".to_owned(),
                number: format!("C-{number}"),
                status: "active".to_owned(),
                starts_on: "2026-01-01".to_owned(),
                ..Contract::default()
            }));
        }
        let organization = organization(test, "A").await;
        let mut town = Self {
            crm,
            connections,
            members: Vec::new(),
        };
        town.settle(test).await;
        for number in 0..8 {
            let email = format!("m{number}@a.example");
            town.members
                .push(member(test, &organization, &email, &["admin"]).await);
        }
        town.settle(test).await;
        test.world.clock.advance(Duration::from_secs(60));
        town
    }

    /// Everything that is on its way arrives, in both directions.
    async fn settle(&self, test: &TestDb) {
        let destinations = self.connections.destinations(&catalogue());
        let engine = Outbox::new(test.db.clone(), test.world.clone(), destinations);
        engine.drain().await.unwrap();
        self.connections.catch_up(CONNECTION).await.unwrap();
    }

    fn connection(&self) -> &Arc<Connection> {
        self.connections.get(CONNECTION).unwrap()
    }

    async fn start(&self, test: &TestDb) -> Started {
        let started: Result<_, Error> = act!(test, test.cx(), |tx, cx| reconcile::start(
            tx, &cx, CONNECTION, ""
        ));
        started.unwrap()
    }

    async fn carry(&self, test: &TestDb) -> Option<RunId> {
        let stop = CancellationToken::new();
        let carried = reconcile::run_open(&test.db, &test.world, self.connection(), &stop).await;
        carried.ok().flatten()
    }

    async fn compare(&self, test: &TestDb) -> (RunId, BTreeSet<Row>) {
        let Started::Run(run) = self.start(test).await else {
            panic!("a run is under way")
        };
        assert_eq!(self.carry(test).await.as_ref(), Some(&run));
        let found = rows(test, &run).await;
        (run, found)
    }

    /// The id of the contact that stands for a member.
    fn contact_of(&self, number: usize) -> String {
        let id = self.members[number].id.as_str();
        let inner = self.crm.lock();
        let mut contacts = inner.records.contacts.values();
        let named = |contact: &&Contact| contact.portal_membership_id.as_deref() == Some(id);
        contacts.find(named).unwrap().id.clone()
    }

    /// Changes both sides behind their backs: one difference of every class, and what is expected.
    async fn tamper(&self, test: &TestDb) -> BTreeSet<Row> {
        let contact: Vec<String> = (0..4).map(|number| self.contact_of(number)).collect();
        {
            let records = &mut self.crm.lock().records;
            records.contacts.get_mut(&contact[0]).unwrap().family_name = "Other".to_owned();
            records.contacts.remove(&contact[1]);
            records.portal.remove(&contact[1]);
            records
                .contacts
                .get_mut(&contact[2])
                .unwrap()
                .portal_membership_id = None;
            let nobody = MembershipId::from_bits(9).to_string();
            for (id, named) in [("X1", nobody.as_str()), ("X2", self.members[3].id.as_str())] {
                records.put(Record::Contact(Contact {
                    id: id.to_owned(),
                    account_id: "A".to_owned(),
                    portal_membership_id: Some(named.to_owned()),
                    ..Contact::default()
                }));
            }
            let ended = records.contracts.get_mut("CT1").unwrap();
            ended.status = "ended".to_owned();
            ended.version += 1;
            records.contracts.remove("CT2");
        }
        self.connections.catch_up(CONNECTION).await.unwrap();
        test.world.clock.advance(Duration::from_secs(60));
        let lost: Result<(), Error> = act!(test, test.cx(), |tx, _cx| async move {
            on!(tx, |c| sqlx::query(
                "DELETE FROM contracts WHERE external_id = 'CT3'"
            )
            .execute(c)
            .await
            .map(drop))?;
            Ok(())
        });
        lost.unwrap();
        let row = |class, kind, record: &str, field: &str, owner| {
            (class, kind, record.to_owned(), field.to_owned(), owner)
        };
        BTreeSet::from([
            row(
                Class::Differs,
                Kind::Contact,
                &contact[0],
                "family_name",
                Owner::Portal,
            ),
            row(
                Class::MissingThere,
                Kind::Membership,
                &contact[1],
                "",
                Owner::Portal,
            ),
            row(
                Class::MissingThere,
                Kind::Contact,
                &contact[1],
                "",
                Owner::Crm,
            ),
            row(
                Class::BrokenLink,
                Kind::Contact,
                &contact[2],
                "",
                Owner::Portal,
            ),
            row(Class::MissingHere, Kind::Contact, "X1", "", Owner::Nobody),
            row(Class::Duplicate, Kind::Contact, "X2", "", Owner::Nobody),
            row(Class::Differs, Kind::Contract, "CT1", "version", Owner::Crm),
            row(
                Class::MissingThere,
                Kind::Contract,
                "CT2",
                "",
                Owner::Nobody,
            ),
            row(Class::MissingHere, Kind::Contract, "CT3", "", Owner::Crm),
        ])
    }
}

async fn rows(test: &TestDb, run: &RunId) -> BTreeSet<Row> {
    let mut conn = test.db.read().await.unwrap();
    let found = reconcile::findings(&mut conn, run, "", None, 1_000).await;
    let found = found.unwrap();
    let count = found.len();
    let rows: BTreeSet<Row> = found
        .into_iter()
        .map(|it| (it.class, it.kind, it.record_id, it.field, it.owner))
        .collect();
    assert_eq!(rows.len(), count, "something was found twice");
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_class_is_found_and_mended_by_its_owner() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (_, none) = town.compare(&test).await;
        assert_eq!(none, BTreeSet::new(), "nothing differs yet");
        let expected = town.tamper(&test).await;
        let (run, found) = town.compare(&test).await;
        assert_eq!(found, expected);

        let cx = test.cx();
        let mended = reconcile::mend_all(&test.db, &town.connections, &cx, &run, u64::MAX).await;
        assert_eq!(mended.unwrap(), 6);
        town.settle(&test).await;
        test.world.clock.advance(Duration::from_secs(60));
        let (_, left) = town.compare(&test).await;
        let nobodys: BTreeSet<Row> = expected
            .into_iter()
            .filter(|row| row.4 == Owner::Nobody)
            .collect();
        assert_eq!(left, nobodys);
        let contact = town.contact_of(0);
        let family = town.crm.lock().records.contacts[&contact]
            .family_name
            .clone();
        assert_eq!(family, "m0", "the portal's word counts");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stands_still_goes_on_where_it_was() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let expected = town.tamper(&test).await;
        let Started::Run(run) = town.start(&test).await else {
            panic!("a run is under way")
        };
        assert_eq!(town.start(&test).await, Started::UnderWay);
        // Two steps, then whoever carries it is gone; then the CRM is away for a while.
        for _ in 0..2 {
            let step = reconcile::advance(&test.db, &test.world, town.connection(), &run).await;
            assert_eq!(step.unwrap(), reconcile::Advanced::More);
        }
        town.crm.fail_next(Fault::Status(503, None));
        test.world.clock.advance(Duration::from_secs(121));
        assert_eq!(town.carry(&test).await, None);
        assert_eq!(town.carry(&test).await, None, "it rests for five minutes");
        test.world.clock.advance(Duration::from_secs(301));
        assert_eq!(town.carry(&test).await.as_ref(), Some(&run));
        assert_eq!(rows(&test, &run).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_carry_one_run_find_everything_once() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let expected = town.tamper(&test).await;
        let Started::Run(run) = town.start(&test).await else {
            panic!("a run is under way")
        };
        let carry = async || {
            let mut last = None;
            for _ in 0..200 {
                let step = reconcile::advance(&test.db, &test.world, town.connection(), &run).await;
                match step {
                    Ok(reconcile::Advanced::More) => {}
                    Ok(_) => return,
                    Err(error) => last = Some(error),
                }
            }
            panic!("it does not end: {last:?}");
        };
        tokio::join!(carry(), carry(), carry());
        assert_eq!(rows(&test, &run).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_compare_and_mend_on_pages() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let operator = portal.sign_in(OPERATOR).await;
        let page = operator
            .open("/operations/reconciliation")
            .await
            .expect(200);
        let form = page.form("/reconcile");
        let page = operator.press(&page, &form).await.expect(200);
        assert!(
            page.text().contains("The comparison has started"),
            "{}",
            page.text()
        );
        let unknown =
            reconcile::mend(&test.db, &portal.state.crm, &test.cx(), &Id::from_bits(5)).await;
        assert_eq!(unknown.unwrap(), Mended::NotFound);
        for path in [
            "/operations/reconciliation/rec_00000000000000000000000000",
            "/operations/reconciliation/rec_00000000000000000000000000/csv",
            "/operations/reconciliation/nonsense",
        ] {
            operator.open(path).await.expect(404);
        }
        let rep = portal.sign_in(REP).await;
        rep.open("/operations/reconciliation").await.expect(403);
    })
    .await;
}
