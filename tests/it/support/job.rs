//! The main job, through any CRM: invited there, accepted here, a new role told there, the contract
//! ended there and access gone here, reinstated and back.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use vestibule::{
    clients::Scope,
    crm::{
        conformance::Bench,
        port::{Account, Contact, Contract, Record},
    },
    kernel::ids::{Id, MembershipId, OrganizationId, PersonId},
    on,
    organizations::{self, ChangeRoles, ChangeRolesError},
    settings::ConnectionSettings,
    web::http_client::http_client,
};

use super::{
    Portal, TestDb, browser::Browser, delay::Delay, letters::letters, portal::REP, seed::as_person,
};
use crate::api::Program;

/// What the job needs of a CRM, beside putting records into it.
#[async_trait]
pub trait Desk: Bench {
    /// The connection.
    fn settings(&self) -> ConnectionSettings;

    /// How long the CRM takes to answer.
    fn delay(&self) -> Delay;

    /// Gives a contract the product `parts`, where a field of the record is not enough.
    async fn add_product(&self, _contract: &str) {}

    /// Presses Invite on a contact, as the sales rep; the CRM that shows no request in its feed calls
    /// the portal's API.
    async fn press_invite(&self, portal: &Portal, key: &str, contact: &str) {
        let program = Program::with(portal, &[Scope::InvitationsWrite], Some(key)).await;
        let body = json!({"connection": key, "contact_id": contact, "requested_by": REP, "roles": ["admin"]});
        program.post("/api/v1/invitations", &body).await.expect(201);
    }

    /// Sends the vendor's own notice to the portal; the status of the answer.
    async fn notify(&self, portal: &Portal, key: &str) -> u16;

    /// What stands on the contact: portal status, roles, state of the invitation.
    async fn told(&self, contact: &str) -> [String; 3];

    /// Ends a contract, or starts it again.
    async fn set_contract(&self, contract: &Contract, is_active: bool) {
        let status = if is_active { "active" } else { "ended" };
        let contract = Contract {
            status: status.to_owned(),
            ..contract.clone()
        };
        self.put(Record::Contract(contract)).await;
    }

    /// How many contacts there are.
    async fn contacts(&self) -> usize;
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

/// One customer of one CRM.
pub struct Customer<'a> {
    pub desk: &'a dyn Desk,
    pub key: &'static str,
    pub email: &'static str,
    pub contract: Contract,
    pub contact: String,
}

impl<'a> Customer<'a> {
    /// Account, contact and contract, in the CRM.
    pub async fn in_crm(
        desk: &'a dyn Desk,
        key: &'static str,
        email: &'static str,
        (company, number): (&str, &str),
    ) -> Self {
        let account = Account {
            number: number.to_owned(),
            name: company.to_owned(),
            kind: "customer".to_owned(),
            ..Account::default()
        };
        let account = desk.put(Record::Account(account)).await;
        let contact = Contact {
            account_id: account.clone(),
            given_name: "Ben".to_owned(),
            family_name: "Berg".to_owned(),
            email: email.to_owned(),
            ..Contact::default()
        };
        let contact = desk.put(Record::Contact(contact)).await;
        let mut contract = Contract {
            account_id: account,
            number: "CT-1".to_owned(),
            status: "active".to_owned(),
            starts_on: "2026-01-01".to_owned(),
            products: vec!["parts".to_owned()],
            ..Contract::default()
        };
        contract.id = desk.put(Record::Contract(contract.clone())).await;
        desk.add_product(&contract.id).await;
        Self {
            desk,
            key,
            email,
            contract,
            contact,
        }
    }

    /// Has the portal read what a notice promised.
    pub async fn hear(&self, portal: &Portal) {
        let status = self.desk.notify(portal, self.key).await;
        assert!((200..300).contains(&status), "{status}");
        portal.state.crm.catch_up(self.key).await.unwrap();
    }

    /// Invites from the CRM; the link in the mail.
    pub async fn invite(&self, portal: &Portal) -> String {
        self.hear(portal).await;
        self.desk
            .press_invite(portal, self.key, &self.contact)
            .await;
        self.hear(portal).await;
        // Before it is sent: what was sent is no longer kept.
        let state = &portal.state;
        let mails = letters(&state.db, &state.world.keys, "invitation").await;
        let mail = mails.iter().rev().find(|(to, _)| to == self.email);
        let (_, text) = mail.expect("an invitation was sent");
        let start = text.find("/i/").expect("a link");
        let link = text[start..].split_whitespace().next().unwrap().to_owned();
        tell(portal).await;
        let [_, _, state] = self.desk.told(&self.contact).await;
        assert_eq!(state, "sent", "{}", self.key);
        link
    }

    /// Accepts in a browser of one's own.
    pub async fn redeem(&self, portal: &Portal, link: &str) -> Browser {
        let browser = portal.browser();
        let page = browser.open(link).await;
        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        let back = browser.pick(&at_provider, self.email).await.expect(200);
        browser
            .submit(&back, &back.form("/invitation/accept"))
            .await
            .expect(303);
        tell(portal).await;
        assert_eq!(
            self.desk.told(&self.contact).await,
            ["active", "admin", "redeemed"]
        );
        browser
    }

    async fn membership(&self, portal: &Portal) -> (MembershipId, PersonId, OrganizationId) {
        let mut conn = portal.state.db.read().await.unwrap();
        let (membership, person, organization): (String, String, String) =
            on!(conn, |c| sqlx::query_as(
                "SELECT m.id, m.person_id, m.organization_id FROM memberships m JOIN organizations o ON o.id = m.organization_id
                 WHERE o.connection = $1"
            )
            .bind(self.key)
            .fetch_one(c)
            .await)
            .unwrap();
        (
            MembershipId::parse(&membership).unwrap(),
            PersonId::parse(&person).unwrap(),
            OrganizationId::parse(&organization).unwrap(),
        )
    }

    /// Changes the roles in the portal; the CRM is told.
    pub async fn give(&self, test: &TestDb, portal: &Portal, roles: &[&str]) {
        let (membership_id, person, organization_id) = self.membership(portal).await;
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
                Box::pin(
                    async move { organizations::change_roles(tx, &cx, &catalogue, command).await },
                )
            })
            .await;
        done.unwrap();
        tell(portal).await;
        let told = self.desk.told(&self.contact).await;
        assert_eq!(told[0], "active");
        assert_eq!(told[1].replace(';', ", "), roles.join(", "));
    }

    /// Ends the contract in the CRM, or starts it again.
    pub async fn set_contract(&self, portal: &Portal, is_active: bool) {
        self.desk.set_contract(&self.contract, is_active).await;
        self.hear(portal).await;
    }
}

pub async fn tell(portal: &Portal) {
    for _ in 0..4 {
        portal.state.outbox.drain().await.unwrap();
        // Its limit may make the portal wait.
        portal.clock.advance(Duration::from_secs(2));
    }
}

/// What the shop says to a browser.
pub async fn shop(browser: &Browser) -> u16 {
    browser
        .get("/forward-auth?service=shop")
        .await
        .status
        .as_u16()
}

/// Everything was told, and nobody has to look at anything.
pub async fn assert_quiet(portal: &Portal) {
    let open = "SELECT count(*) FROM deliveries WHERE state NOT IN ('done', 'merged', 'skipped')";
    assert_eq!(portal.count(open).await, 0);
    let tasks = "SELECT count(*) FROM tasks WHERE closed_at IS NULL";
    assert_eq!(portal.count(tasks).await, 0);
}

/// Does the job from one end to the other.
pub async fn run(test: &TestDb, desk: &dyn Desk) {
    const KEY: &str = "main";
    let settings = desk.settings();
    let portal = Portal::start_with(test, |all| all.connections.push(settings)).await;
    let company = ("Kuusi Oy", "10-01");
    let customer = Customer::in_crm(desk, KEY, "ben@kuusi.example", company).await;
    let link = customer.invite(&portal).await;
    let browser = customer.redeem(&portal, &link).await;
    customer.give(test, &portal, &["admin", "orders"]).await;
    assert_eq!(desk.contacts().await, 1, "nobody was made twice");
    // The contract ends in the CRM: the next request is refused. Reinstated: it is served again.
    assert_eq!(shop(&browser).await, 200);
    customer.set_contract(&portal, false).await;
    assert_eq!(shop(&browser).await, 403);
    customer.set_contract(&portal, true).await;
    assert_eq!(shop(&browser).await, 200);
    tell(&portal).await;
    portal.state.crm.catch_up(KEY).await.unwrap();
    assert_quiet(&portal).await;
}
