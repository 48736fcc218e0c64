//! A small town whose people both a CRM and the portal know.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        port::{Account, Contact, Contract, Record},
        reconcile::{self, Class, Finding, Kind, Owner, Started},
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
        TestDb,
        crm_stand_in::StandIn,
        seed::{CONNECTION, catalogues, member, organization},
    },
};

/// Class, kind, record of the CRM, field, owner.
pub type Row = (Class, Kind, String, String, Owner);

pub struct Town {
    pub crm: StandIn,
    pub connections: Connections,
    pub members: Vec<Membership>,
}

impl Town {
    /// An account with eight members and three contracts, of which both sides know the same.
    pub async fn new(test: &Arc<TestDb>) -> Self {
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
    pub async fn settle(&self, test: &TestDb) {
        let destinations = self.connections.destinations(&catalogues());
        let engine = Outbox::new(test.db.clone(), test.world.clone(), destinations);
        engine.drain().await.unwrap();
        self.connections.catch_up(CONNECTION).await.unwrap();
    }

    pub fn connection(&self) -> &Arc<Connection> {
        self.connections.get(CONNECTION).unwrap()
    }

    pub async fn start(&self, test: &TestDb) -> Started {
        let started: Result<_, Error> = act!(test, test.cx(), |tx, cx| reconcile::start(
            tx, &cx, CONNECTION, ""
        ));
        started.unwrap()
    }

    pub async fn carry(&self, test: &TestDb) -> Option<RunId> {
        let stop = CancellationToken::new();
        let carried =
            reconcile::run_open(&test.db, &test.world, &self.connections, CONNECTION, &stop).await;
        carried.ok().flatten()
    }

    pub async fn compare(&self, test: &TestDb) -> (RunId, BTreeSet<Row>) {
        let Started::Run(run) = self.start(test).await else {
            panic!("a run is under way")
        };
        assert_eq!(self.carry(test).await.as_ref(), Some(&run));
        let found = rows(test, &run).await;
        (run, found)
    }

    /// The id of the contact that stands for a member.
    pub fn contact_of(&self, number: usize) -> String {
        let id = self.members[number].id.as_str();
        let inner = self.crm.lock();
        let mut contacts = inner.records.contacts.values();
        let named = |contact: &&Contact| contact.portal_membership_id.as_deref() == Some(id);
        contacts.find(named).unwrap().id.clone()
    }

    /// Changes both sides behind their backs: one difference of every class, and what is expected.
    pub async fn tamper(&self, test: &TestDb) -> BTreeSet<Row> {
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

pub async fn rows(test: &TestDb, run: &RunId) -> BTreeSet<Row> {
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

/// The findings of a run.
pub async fn findings(test: &TestDb, run: &RunId) -> Vec<Finding> {
    let mut conn = test.db.read().await.unwrap();
    let found = reconcile::findings(&mut conn, run, "", None, 1_000).await;
    found.unwrap()
}
