//! The main job, through any CRM: invited there, accepted here, a new role told there, the contract
//! ended there and access gone here, reinstated and back.

use async_trait::async_trait;
use vestibule::{
    crm::port::{Account, Contact, Contract, Record},
    kernel::ids::{Id, MembershipId, OrganizationId, PersonId},
    on,
    organizations::{self, ChangeRoles, ChangeRolesError},
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use super::{Portal, TestDb, letters::letters, portal::REP, seed::as_person};

/// The connection's key in the portal.
pub const KEY: &str = "main";
/// Who is invited.
pub const BEN: &str = "ben@kuusi.example";

/// What the job needs of a CRM.
#[async_trait]
pub trait Desk: Send + Sync {
    /// The connection, with the key [`KEY`].
    fn settings(&self) -> ConnectionSettings;

    /// Stores a record as a user of the CRM would; its id there.
    async fn put(&self, record: Record) -> String;

    /// Gives a contract the product `parts`.
    async fn add_product(&self, contract: &str);

    /// Presses Invite on a contact, as this sales rep.
    async fn press_invite(&self, contact: &str, rep: &str);

    /// Sends the vendor's own notice to the portal; the status of the answer.
    async fn notify(&self, portal: &Portal) -> u16;

    /// What stands on the contact: portal status, roles, state of the invitation.
    async fn told(&self, contact: &str) -> [String; 3];

    /// Ends a contract, or starts it again.
    async fn set_contract(&self, contract: &str, is_active: bool);

    /// How many contacts there are.
    async fn contacts(&self) -> usize;
}

/// Has the portal read what a notice promised.
async fn hear(desk: &dyn Desk, portal: &Portal) {
    assert!((200..300).contains(&desk.notify(portal).await));
    portal.state.crm.catch_up(KEY).await.unwrap();
}

async fn tell(portal: &Portal) {
    portal.state.outbox.drain().await.unwrap();
}

/// Ben's membership: its id, his, and the organization.
async fn ben(portal: &Portal) -> (MembershipId, PersonId, OrganizationId) {
    let mut conn = portal.state.db.read().await.unwrap();
    let (membership, person, organization): (String, String, String) =
        on!(conn, |c| sqlx::query_as(
            "SELECT id, person_id, organization_id FROM memberships"
        )
        .fetch_one(c)
        .await)
        .unwrap();
    (
        MembershipId::parse(&membership).unwrap(),
        PersonId::parse(&person).unwrap(),
        OrganizationId::parse(&organization).unwrap(),
    )
}

async fn change_roles(test: &TestDb, portal: &Portal, roles: &[&str]) {
    let (membership_id, person, organization_id) = ben(portal).await;
    let command = ChangeRoles {
        organization_id,
        membership_id,
        roles: roles.iter().map(ToString::to_string).collect(),
    };
    let (cx, catalogue) = (as_person(test, &person), portal.state.catalogue.clone());
    let done: Result<_, ChangeRolesError> = portal
        .state
        .db
        .write(move |tx| {
            Box::pin(async move { organizations::change_roles(tx, &cx, &catalogue, command).await })
        })
        .await;
    done.unwrap();
}

/// Does the job from one end to the other.
pub async fn run(test: &TestDb, desk: &dyn Desk) {
    let settings = desk.settings();
    let portal = Portal::start_with(test, |all| all.connections.push(settings)).await;
    let account = desk
        .put(Record::Account(Account {
            number: "10-01".to_owned(),
            name: "Kuusi Oy".to_owned(),
            kind: "customer".to_owned(),
            ..Account::default()
        }))
        .await;
    let contact = desk
        .put(Record::Contact(Contact {
            account_id: account.clone(),
            given_name: "Ben".to_owned(),
            family_name: "Berg".to_owned(),
            email: BEN.to_owned(),
            ..Contact::default()
        }))
        .await;
    let contract = desk
        .put(Record::Contract(Contract {
            account_id: account,
            number: "CT-1".to_owned(),
            status: "active".to_owned(),
            starts_on: "2026-01-01".to_owned(),
            ..Contract::default()
        }))
        .await;
    desk.add_product(&contract).await;

    // Invited from the CRM.
    desk.press_invite(&contact, REP).await;
    hear(desk, &portal).await;
    // Before it is sent: what was sent is no longer kept.
    let mails = letters(&portal.state.db, &portal.state.world.keys, "invitation").await;
    let (to, text) = mails.first().expect("an invitation was sent");
    assert_eq!(to, BEN);
    tell(&portal).await;
    assert_eq!(desk.told(&contact).await[2], "sent");

    // Redeemed in the portal.
    let start = text.find("/i/").expect("a link");
    let link: String = text[start..]
        .chars()
        .take_while(|letter| !letter.is_whitespace())
        .collect();
    let browser = portal.browser();
    let page = browser.open(&link).await;
    let at_provider = browser
        .press(&page, &page.form("/invitation/continue"))
        .await;
    let back = browser.pick(&at_provider, BEN).await.expect(200);
    browser
        .submit(&back, &back.form("/invitation/accept"))
        .await
        .expect(303);
    tell(&portal).await;
    assert_eq!(desk.told(&contact).await, ["active", "admin", "redeemed"]);

    // A new role reaches the CRM.
    change_roles(test, &portal, &["admin", "orders"]).await;
    tell(&portal).await;
    let told = desk.told(&contact).await;
    assert_eq!(
        (told[0].as_str(), told[1].as_str()),
        ("active", "admin, orders")
    );
    assert_eq!(desk.contacts().await, 1, "nobody was made twice");

    // The contract ends in the CRM: the next request is refused. Reinstated: it is served again.
    let shop = "/forward-auth?service=shop";
    assert_eq!(browser.get(shop).await.status.as_u16(), 200);
    desk.set_contract(&contract, false).await;
    hear(desk, &portal).await;
    assert_eq!(browser.get(shop).await.status.as_u16(), 403);
    desk.set_contract(&contract, true).await;
    hear(desk, &portal).await;
    assert_eq!(browser.get(shop).await.status.as_u16(), 200);
    tell(&portal).await;
    portal.state.crm.catch_up(KEY).await.unwrap();
    assert_eq!(
        portal
            .count(
                "SELECT count(*) FROM deliveries WHERE state NOT IN ('done', 'merged', 'skipped')"
            )
            .await,
        0
    );
    assert_eq!(
        portal
            .count("SELECT count(*) FROM tasks WHERE closed_at IS NULL")
            .await,
        0
    );
}

/// Posts a notice as the vendor would; the status of the answer.
pub async fn post(portal: &Portal, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> u16 {
    let url = portal.url.join(path).unwrap();
    let mut request = http_client().unwrap().post(url).body(body);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.send().await.unwrap().status().as_u16()
}
