//! The main job through a whole portal and a vendor's stand-in: invite from the CRM, redeem, change
//! a role, end the contract, bring it back.

use std::sync::Arc;

use async_trait::async_trait;
use vestibule::{
    crm::{
        conformance::Bench,
        port::{Account, Contact, Contract, InvitationRequest, Record},
    },
    db::Error,
    kernel::{
        Actor,
        ids::{Id, MembershipId, OrganizationId},
    },
    on,
    organizations::{self, ChangeRoles, ChangeRolesError},
    settings::ConnectionSettings,
};

use super::{Portal, TestDb, browser::Browser, letters::letters};

/// A CRM whose users look at what the portal wrote.
#[async_trait]
pub trait Shown: Bench {
    /// Status, roles (parted by `;`) and state of the invitation on a contact.
    async fn shown(&self, contact: &str) -> [String; 3];
}

const EMAIL: &str = "ben@kuusi.example";

struct Scene<'a> {
    portal: Portal,
    crm: &'a dyn Shown,
    contract: Contract,
    contact: String,
}

impl Scene<'_> {
    /// Everything that waits is told, and everything that was said is heard.
    async fn settle(&self) {
        for _ in 0..3 {
            self.portal.state.outbox.drain().await.unwrap();
        }
        self.portal.state.crm.catch_up("main").await.unwrap();
    }

    async fn contract(&mut self, status: &str) {
        status.clone_into(&mut self.contract.status);
        self.contract.id = self.crm.put(Record::Contract(self.contract.clone())).await;
        self.portal.state.crm.catch_up("main").await.unwrap();
    }

    async fn may_shop(&self, browser: &Browser) -> u16 {
        browser
            .get("/forward-auth?service=shop")
            .await
            .status
            .as_u16()
    }

    async fn membership(&self) -> (OrganizationId, MembershipId) {
        let mut conn = self.portal.state.db.read().await.unwrap();
        let (organization, membership): (String, String) = on!(conn, |c| sqlx::query_as(
            "SELECT m.organization_id, m.id FROM memberships m JOIN organizations o ON o.id = m.organization_id
             WHERE o.connection = 'main'"
        )
        .fetch_one(c)
        .await)
        .unwrap();
        (
            OrganizationId::parse(&organization).unwrap(),
            MembershipId::parse(&membership).unwrap(),
        )
    }

    async fn give(&self, roles: &[&str]) {
        let (organization_id, membership_id) = self.membership().await;
        let command = ChangeRoles {
            organization_id,
            membership_id,
            roles: roles.iter().map(ToString::to_string).collect(),
        };
        let state = &self.portal.state;
        let (cx, catalogue) = (state.world.system("test"), state.catalogue.clone());
        let done: Result<_, ChangeRolesError> = state
            .db
            .write(move |tx| {
                Box::pin(
                    async move { organizations::change_roles(tx, &cx, &catalogue, command).await },
                )
            })
            .await;
        done.unwrap();
    }

    /// The link in the invitation, which is forgotten once the mail is sent.
    async fn link(&self) -> String {
        let state = &self.portal.state;
        let mails = letters(&state.db, &state.world.keys, "invitation").await;
        let (_, text) = mails
            .iter()
            .rev()
            .find(|(to, _)| to == EMAIL)
            .expect("no invitation");
        let start = text.find("/i/").unwrap();
        text[start..].split_whitespace().next().unwrap().to_owned()
    }

    /// Accepts the invitation in a browser of one's own.
    async fn redeem(&self, link: &str) -> Browser {
        let browser = self.portal.browser();
        let moved = browser.get(link).await.expect(303);
        let page = browser.follow(moved).await.expect(200);
        let at_provider = browser
            .press(&page, &page.form("/invitation/continue"))
            .await;
        let back = browser.pick(&at_provider, EMAIL).await.expect(200);
        browser
            .submit(&back, &back.form("/invitation/accept"))
            .await
            .expect(303);
        assert!(browser.is_signed_in());
        browser
    }
}

/// Runs the main job with a connection `main` to the CRM.
pub async fn main_job(test: &Arc<TestDb>, connection: ConnectionSettings, crm: &dyn Shown) {
    let portal = Portal::start_with(test, |settings| settings.connections.push(connection)).await;
    let account = crm
        .put(Record::Account(Account {
            number: "10-77".to_owned(),
            name: "Kuusi Oy".to_owned(),
            kind: "customer".to_owned(),
            ..Account::default()
        }))
        .await;
    let contact = crm
        .put(Record::Contact(Contact {
            account_id: account.clone(),
            given_name: "Ben".to_owned(),
            family_name: "Berg".to_owned(),
            email: EMAIL.to_owned(),
            ..Contact::default()
        }))
        .await;
    let contract = Contract {
        account_id: account,
        number: "CT-77".to_owned(),
        starts_on: "2026-01-01".to_owned(),
        products: vec!["parts".to_owned()],
        ..Contract::default()
    };
    let mut scene = Scene {
        portal,
        crm,
        contract,
        contact,
    };
    scene.contract("active").await;

    let request = InvitationRequest {
        id: "pressed-1".to_owned(),
        version: 1,
        contact_id: Some(scene.contact.clone()),
        ..InvitationRequest::default()
    };
    let state = &scene.portal.state;
    let cx = state.world.cx(Actor::Crm {
        connection: "main".to_owned(),
        user: None,
    });
    let received: Result<_, Error> = state
        .crm
        .receive(&cx, "main", vec![Record::InvitationRequest(request)])
        .await;
    received.unwrap();
    let link = scene.link().await;
    scene.settle().await;
    let [_, _, invitation] = crm.shown(&scene.contact).await;
    assert!(
        matches!(invitation.as_str(), "queued" | "sent"),
        "{invitation}"
    );

    let browser = scene.redeem(&link).await;
    scene.settle().await;
    assert_eq!(
        crm.shown(&scene.contact).await,
        ["active", "admin", "redeemed"]
    );

    scene.give(&["admin", "orders"]).await;
    scene.settle().await;
    assert_eq!(crm.shown(&scene.contact).await[1], "admin;orders");
    assert_eq!(scene.may_shop(&browser).await, 200);

    scene.contract("ended").await;
    assert_eq!(scene.may_shop(&browser).await, 403);
    scene.contract("active").await;
    assert_eq!(scene.may_shop(&browser).await, 200);
    scene.settle().await;
    let waiting = "SELECT count(*) FROM deliveries WHERE destination = 'crm:main' AND state <> 'done' AND state <> 'merged'";
    assert_eq!(scene.portal.count(waiting).await, 0);
}
