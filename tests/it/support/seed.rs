//! Organizations, people, members and contracts for tests, made by the real actions.

use vestibule::{
    access::{Catalogue, Catalogues},
    contracts::{self, Applied, ApplyError, ContractRules},
    crm::port,
    db::Error,
    kernel::{
        Actor, Cx, EmailAddress, Instant,
        ids::{OrganizationId, PersonId},
    },
    organizations::{self, AddMember, AddMemberError, Added, Membership, Source},
    people::{self, Created, NewPerson},
    settings::{AccessSettings, ConnectionSettings, RoleSettings, RoleTier, TEMPLATE},
};

use super::TestDb;

/// The connection everything here belongs to.
pub const CONNECTION: &str = "crm";

/// Runs one action in a transaction: `act!(test, cx, |tx, cx| suspend(tx, &cx, …))`.
#[macro_export]
macro_rules! act {
    ($test:expr, $cx:expr, |$tx:ident, $in:ident| $body:expr) => {{
        let $in = $cx;
        $test
            .db
            .write(move |$tx| Box::pin(async move { $body.await }))
            .await
    }};
}

/// The template's roles (`admin`, `orders`) and a lead's.
pub fn catalogue() -> Catalogue {
    let settings: toml::Table = toml::from_str(TEMPLATE).unwrap();
    let mut roles: Vec<RoleSettings> = settings["roles"].clone().try_into().unwrap();
    let lead = RoleSettings {
        key: "lead".to_owned(),
        tier: RoleTier::Lead,
        product: None,
        ..roles[0].clone()
    };
    roles.push(lead);
    Catalogue::from_parts(
        roles,
        settings["services"].clone().try_into().unwrap(),
        true,
    )
}

/// The same as a node knows them.
pub fn catalogues() -> Catalogues {
    Catalogues::starting(catalogue())
}

/// A context in which this person acts.
pub fn as_person(test: &TestDb, person: &PersonId) -> Cx {
    test.world.cx(Actor::Person {
        person_id: person.clone(),
    })
}

/// A context in which the CRM acts.
pub fn as_crm(test: &TestDb) -> Cx {
    test.world.cx(Actor::Crm {
        connection: CONNECTION.to_owned(),
        user: None,
    })
}

pub fn account(id: &str, version: i64) -> port::Account {
    port::Account {
        id: id.to_owned(),
        version,
        number: format!("N-{id}"),
        name: format!("Company {id}"),
        kind: "customer".to_owned(),
        ..port::Account::default()
    }
}

/// An organization that is the account `id`, owned in the CRM by a member of staff.
pub async fn owned(test: &TestDb, id: &str, owner: &str) -> OrganizationId {
    let company = organization(test, id).await;
    let owned = port::Account {
        owner_email: owner.to_owned(),
        ..account(id, 2)
    };
    let upserted: Result<_, organizations::UpsertError> = act!(test, as_crm(test), |tx, cx| {
        organizations::upsert_from_crm(tx, &cx, CONNECTION, &owned)
    });
    upserted.unwrap();
    company
}

/// An organization that is the account `id`.
pub async fn organization(test: &TestDb, id: &str) -> OrganizationId {
    let account = account(id, 1);
    let upserted: Result<_, organizations::UpsertError> = act!(test, as_crm(test), |tx, cx| {
        organizations::upsert_from_crm(tx, &cx, CONNECTION, &account)
    });
    upserted.unwrap().id().clone()
}

/// A person with this verified address.
pub async fn person(test: &TestDb, email: &str) -> PersonId {
    let new = NewPerson {
        email: EmailAddress::parse(email).unwrap(),
        display_name: String::new(),
        given_name: "Test".to_owned(),
        family_name: email.split('@').next().unwrap_or_default().to_owned(),
        phone: String::new(),
        language: String::new(),
        time_zone: String::new(),
    };
    let created: Result<_, Error> = act!(test, test.cx(), |tx, cx| people::create(tx, &cx, new));
    match created.unwrap() {
        Created::Created(person) => person.id,
        Created::EmailTaken(person) => panic!("{email} is taken by {}", person.id),
    }
}

/// Adds a member as the system would; what came of it.
pub async fn add(
    test: &TestDb,
    organization: &OrganizationId,
    person: &PersonId,
    roles: &[&str],
) -> Result<Added, AddMemberError> {
    let command = AddMember {
        organization_id: organization.clone(),
        person_id: person.clone(),
        roles: roles.iter().map(ToString::to_string).collect(),
        source: Source::Invitation,
        starts_at: None,
        ends_at: None,
        crm_contact_id: None,
    };
    let catalogue = catalogue();
    act!(test, test.cx(), |tx, cx| organizations::add_member(
        tx, &cx, &catalogue, command
    ))
}

/// A new person who is a member now.
pub async fn member(
    test: &TestDb,
    organization: &OrganizationId,
    email: &str,
    roles: &[&str],
) -> Membership {
    let person = person(test, email).await;
    match add(test, organization, &person, roles).await.unwrap() {
        Added::Joined(membership) => membership,
        other => panic!("{other:?}"),
    }
}

/// The rules of the connection, in a time zone.
pub fn rules(zone: &str) -> ContractRules {
    ContractRules::new(&connection(zone), &AccessSettings::default()).unwrap()
}

/// Settings of the connection, in a time zone.
pub fn connection(zone: &str) -> ConnectionSettings {
    let table = toml::toml! {
        key = "crm"
        name = "Test CRM"
        kind = "builtin"
    };
    let mut settings: ConnectionSettings = table.try_into().unwrap();
    settings.time_zone = zone.to_owned();
    settings
}

/// A contract record that grants at the start of each test.
pub fn contract(id: &str, account_id: &str, version: i64) -> port::Contract {
    port::Contract {
        id: id.to_owned(),
        version,
        account_id: account_id.to_owned(),
        number: format!("C-{id}"),
        status: "active".to_owned(),
        starts_on: "2026-01-01".to_owned(),
        products: vec!["parts".to_owned()],
        ..port::Contract::default()
    }
}

/// Applies a contract record as the feed would.
pub async fn apply(test: &TestDb, record: port::Contract) -> Result<Applied, ApplyError> {
    apply_by(test, rules("UTC"), record).await
}

pub async fn apply_by(
    test: &TestDb,
    rules: ContractRules,
    record: port::Contract,
) -> Result<Applied, ApplyError> {
    let received_at: Instant = test.world.clock.now();
    act!(test, as_crm(test), |tx, cx| contracts::apply(
        tx,
        &cx,
        &rules,
        &record,
        received_at
    ))
}
