//! A realm behind the portal: the real actions, the outbox and the destination.

use std::collections::BTreeSet;

use vestibule::{
    access::Catalogues,
    contracts::ApplyError,
    crm::port,
    db::Error,
    directory::{self, Configured, Directories, clock},
    kernel::ids::{OrganizationId, PersonId},
    on,
    organizations::{self, Membership, Restore, RestoreError, Suspend, SuspendError},
    outbox::{Outbox, directory_destination, read},
    people::{self, LinkIdentity, LinkIdentityError},
    tasks::{self, TaskKind},
};

use super::keycloak::Keycloak;
use crate::{
    act,
    support::{
        TestDb,
        seed::{apply, as_person, catalogue, catalogues, contract, member, organization},
    },
};

pub const ISSUER: &str = "https://login.example/realms/customers";

/// A directory behind the portal.
pub struct Desk {
    pub keycloak: Keycloak,
    pub directories: Directories,
    pub outbox: Outbox,
}

impl Desk {
    pub async fn with(test: &TestDb, more: &str) -> Self {
        Self::of(test, Keycloak::start().await, (more, catalogues())).await
    }

    /// A portal with these settings and roles in front of a realm.
    pub async fn of(test: &TestDb, keycloak: Keycloak, (more, roles): (&str, Catalogues)) -> Self {
        let directories = Directories::of(vec![Configured {
            settings: keycloak.settings(more),
            issuer: ISSUER.to_owned(),
            by_subject: true,
            directory: keycloak.adapter(),
        }]);
        let staff = BTreeSet::from(["staff@a.example".to_owned()]);
        let destinations = directories.destinations(&test.db, &roles, &staff, &test.world);
        let desk = Self {
            keycloak,
            outbox: Outbox::new(test.db.clone(), test.world.clone(), destinations),
            directories,
        };
        desk.register(test).await;
        desk
    }

    pub async fn register(&self, test: &TestDb) {
        let directories = self.directories.clone();
        let done: Result<(), Error> = act!(test, test.cx(), |tx, _cx| directory::register(
            tx,
            &directories
        ));
        done.unwrap();
        // Nobody is there yet.
        clock::advance(&test.db, &test.world).await.unwrap();
    }

    pub async fn deliver(&self) {
        self.outbox.drain().await.unwrap();
    }

    /// Somebody with an identity of the directory's provider, and their user there.
    pub async fn identity(&self, test: &TestDb, person: &PersonId) -> String {
        self.another(test, person, &format!("user-of-{person}"))
            .await
    }

    /// The same with this id there.
    pub async fn another(&self, test: &TestDb, person: &PersonId, id: &str) -> String {
        self.keycloak.add(id, &format!("{id}@kc.example"));
        let command = LinkIdentity {
            person_id: person.clone(),
            provider: "main".to_owned(),
            issuer: ISSUER.to_owned(),
            subject: id.to_owned(),
        };
        let done: Result<_, LinkIdentityError> =
            act!(test, test.cx(), |tx, cx| people::link_identity(
                tx, &cx, command
            ));
        done.unwrap();
        id.to_owned()
    }

    pub fn enabled(&self, id: &str) -> bool {
        self.keycloak.held(id).unwrap().enabled
    }

    pub fn sign_in(&self, id: &str) {
        self.keycloak.lock().sessions.insert(id.to_owned(), 2);
    }

    pub fn sessions(&self, id: &str) -> usize {
        self.keycloak.held(id).unwrap().sessions
    }
}

/// A company with a contract and two admins, the second of whom has a user in the directory.
pub struct House {
    pub organization: OrganizationId,
    pub admin: Membership,
    pub member: Membership,
    pub user: String,
}

pub async fn house(test: &TestDb, desk: &Desk) -> House {
    let organization = organization(test, "A").await;
    apply(test, contract("1", "A", 1)).await.unwrap();
    let admin = member(test, &organization, "admin@a.example", &["admin"]).await;
    let member = member(test, &organization, "ada@a.example", &["admin", "orders"]).await;
    let user = desk.identity(test, &member.person_id).await;
    desk.deliver().await;
    House {
        organization,
        admin,
        member,
        user,
    }
}

pub async fn suspend(test: &TestDb, house: &House) {
    let command = Suspend {
        organization_id: house.organization.clone(),
        membership_id: house.member.id.clone(),
        reason: String::new(),
    };
    let (roles, by) = (catalogue(), as_person(test, &house.admin.person_id));
    let done: Result<_, SuspendError> = act!(test, by, |tx, cx| organizations::suspend(
        tx, &cx, &roles, command
    ));
    done.unwrap();
}

pub async fn restore(test: &TestDb, house: &House) {
    let command = Restore {
        organization_id: house.organization.clone(),
        membership_id: house.member.id.clone(),
    };
    let (roles, by) = (catalogue(), as_person(test, &house.admin.person_id));
    let done: Result<_, RestoreError> = act!(test, by, |tx, cx| organizations::restore(
        tx, &cx, &roles, command
    ));
    done.unwrap();
}

pub async fn end_contract(test: &TestDb, version: i64) -> Result<(), ApplyError> {
    let ended = port::Contract {
        status: "ended".to_owned(),
        ends_on: "2027-01-01".to_owned(),
        ..contract("1", "A", version)
    };
    apply(test, ended).await.map(drop)
}

pub async fn waiting(test: &TestDb) -> i64 {
    let mut conn = test.db.read().await.unwrap();
    let health = read::health(&mut conn, &directory_destination("kc")).await;
    health.unwrap().counts.waiting
}

/// Deliveries of a state, with their causes.
pub async fn causes(test: &TestDb, state: &str) -> Vec<String> {
    let mut conn = test.db.read().await.unwrap();
    on!(conn, |c| sqlx::query_scalar(
        "SELECT cause FROM deliveries WHERE kind = 'person_stands' AND state = $1 ORDER BY seq"
    )
    .bind(state)
    .fetch_all(c)
    .await)
    .unwrap()
}

/// Whether operators have a task of this kind about the directory.
pub async fn has_task(test: &TestDb, kind: TaskKind) -> bool {
    let mut conn = test.db.read().await.unwrap();
    let kc = directory_destination("kc");
    tasks::is_open(&mut conn, kind, &kc).await.unwrap()
}
