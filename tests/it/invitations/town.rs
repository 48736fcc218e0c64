//! A small world for invitations: a company with a contract, its admin, a sales rep, links out of
//! sealed mails.

use std::sync::Arc;

use serde_json::Value;
use vestibule::{
    access::Catalogue,
    crm::port::Account,
    db::{Error, Tx, TxFuture},
    invitations::{
        self, Account as Visitor, Create, CreateError, Created, Invitation, Inviter, Kind, Redeem,
        RedeemError, Redeemed, Rules, Situation,
    },
    kernel::{
        Actor, Cx, EmailAddress, Instant, LinkSecret,
        ids::{ContractId, Id, OrganizationId, PersonId},
    },
    on,
    organizations::{self, AddMember, Added, ChangePolicies, InvitePolicy, JoinPolicy, Source},
    people::{self, Created as PersonMade, LinkIdentity, NewPerson, PendingIdentity},
    settings::Settings,
};

use crate::support::{Portal, TestDb, portal};

pub const ISSUER: &str = "https://login.example";
pub const ADMIN: &str = "aino@kuusi.example";
pub const REP: &str = "robin@nordwind.example";

pub const SETTINGS: &str = r#"
[portal]
name = "Nordwind"
public_url = "https://portal.nordwind.example"
support_email = "help@nordwind.example"
time_zone = "Europe/Helsinki"
[security]
encryption_key = "0707070707070707070707070707070707070707070707070707070707070707"
[mail]
from = "portal@nordwind.example"
per_second = 1000
[invitations]
per_inviter_per_day = 5000
[[providers]]
key = "main"
name = "Login"
issuer = "https://login.example"
client_id = "vestibule"
client_secret = "secret"
trusted_domains = ["*"]
staff = true
[[staff]]
email = "robin@nordwind.example"
name = "Robin Sales"
phone = "+49 40 123"
roles = ["sales_rep"]
[[staff]]
email = "olli@nordwind.example"
name = "Olli Operator"
roles = ["operator"]
[[connections]]
key = "crm"
name = "CRM"
kind = "builtin"
[[services]]
key = "shop"
url = "https://shop.nordwind.example"
name = { en = "Shop", de = "Laden" }
[[roles]]
key = "admin"
tier = "admin"
[roles.words.en]
name = "Runs the company's account"
people = "For people who decide who may use the portal."
can = ["Invite colleagues"]
cannot = ["Order"]
[roles.words.de]
name = "Verwaltet das Firmenkonto"
people = "Für Personen, die entscheiden, wer das Portal nutzt."
[[roles]]
key = "orders"
[roles.grants]
shop = ["buyer"]
[roles.words.en]
name = "Orders spare parts"
people = "For people who order."
can = ["Order spare parts"]
[roles.words.de]
name = "Bestellt Ersatzteile"
people = "Für Personen, die bestellen."
[[roles]]
key = "guest"
tier = "lead"
[roles.words.en]
name = "Looks around"
people = "For people who want to get to know us."
[roles.words.de]
name = "Schaut sich um"
people = "Für Personen, die uns kennenlernen möchten."
"#;

#[derive(Clone)]
pub struct Town {
    pub test: Arc<TestDb>,
    pub settings: Arc<Settings>,
    pub catalogue: Catalogue,
    pub organization: OrganizationId,
    pub admin: PersonId,
    pub rep: PersonId,
}

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

impl Town {
    pub async fn new(test: &Arc<TestDb>) -> Self {
        Self::with(test, SETTINGS).await
    }

    pub async fn with(test: &Arc<TestDb>, settings: &str) -> Self {
        Self::built(test, toml::from_str(settings).unwrap(), REP).await
    }

    /// The world behind a running portal; its rep is the portal's.
    pub async fn of(test: &Arc<TestDb>, portal: &Portal) -> Self {
        Self::built(test, portal.state.settings.clone(), portal::REP).await
    }

    async fn built(test: &Arc<TestDb>, settings: Settings, rep: &str) -> Self {
        let mut town = Self {
            test: test.clone(),
            catalogue: Catalogue::new(&settings),
            settings: Arc::new(settings),
            organization: OrganizationId::from_bits(0),
            admin: PersonId::from_bits(0),
            rep: PersonId::from_bits(0),
        };
        town.organization = town.company("1001", "Kuusi Oy").await;
        town.contract(&town.organization, Some(1_000)).await;
        town.admin = town.person(ADMIN, "Aino Virtanen").await;
        town.join(&town.organization, &town.admin, &["admin"]).await;
        town.rep = town.person(rep, "Robin Sales").await;
        town
    }

    pub fn now(&self) -> Instant {
        self.test.world.clock.now()
    }

    pub fn cx(&self, actor: Actor) -> Cx {
        self.test.world.cx(actor)
    }

    pub fn as_admin(&self) -> Cx {
        self.cx(Actor::Person {
            person_id: self.admin.clone(),
        })
    }

    pub fn as_rep(&self) -> Cx {
        self.cx(Actor::Staff {
            person_id: self.rep.clone(),
        })
    }

    pub fn by_admin(&self) -> Inviter {
        Inviter {
            name: "Aino Virtanen".into(),
            company: "Kuusi Oy".into(),
            email: ADMIN.into(),
            ..Inviter::of(&self.as_admin().actor)
        }
    }

    pub fn by_rep(&self) -> Inviter {
        Inviter {
            name: "Robin Sales".into(),
            company: "Nordwind".into(),
            email: REP.into(),
            phone: "+49 40 123".into(),
            ..Inviter::of(&self.as_rep().actor)
        }
    }

    /// Runs an action in a transaction.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.test.db.write(work).await
    }

    pub fn rules(&self) -> Rules<'_> {
        Rules {
            settings: &self.settings,
            catalogue: &self.catalogue,
        }
    }

    pub async fn company(&self, number: &str, name: &str) -> OrganizationId {
        let cx = self.test.cx();
        let account = Account {
            id: format!("acc-{number}"),
            version: 1,
            number: number.into(),
            name: name.into(),
            kind: "customer".into(),
            ..Account::default()
        };
        let id: Result<OrganizationId, organizations::UpsertError> = self
            .write(move |tx| {
                Box::pin(async move {
                    let done = organizations::upsert_from_crm(tx, &cx, "crm", &account).await?;
                    Ok(done.id().clone())
                })
            })
            .await;
        id.unwrap()
    }

    pub async fn contract(&self, organization: &OrganizationId, seats: Option<i64>) {
        let id: ContractId = self.test.cx().new_id();
        let organization = organization.clone();
        let now = self.now();
        let done: Result<(), Error> = self
            .write(move |tx| {
                Box::pin(async move {
                    on!(tx, |c| sqlx::query(
                        "INSERT INTO contracts (id, organization_id, connection, external_id, number, number_key, status, starts_at,
                            ends_at, grace_ends_at, seats, products, source_version, fetched_at, created_at)
                         VALUES ($1, $2, 'crm', $1, 'C-1', 'C1', 'active', $3, NULL, NULL, $4, '[]', 1, $3, $3)"
                    )
                    .bind(&id)
                    .bind(&organization)
                    .bind(now)
                    .bind(seats)
                    .execute(c)
                    .await
                    .map(drop))?;
                    Ok(())
                })
            })
            .await;
        done.unwrap();
    }

    /// Has the admin decide who may accept an invitation.
    pub async fn allow(&self, invite_policy: InvitePolicy) {
        let (cx, catalogue) = (self.as_admin(), self.catalogue.clone());
        let command = ChangePolicies {
            organization_id: self.organization.clone(),
            invite_policy,
            join_policy: JoinPolicy::Approval,
        };
        let done = self
            .write(move |tx| {
                Box::pin(async move {
                    organizations::change_policies(tx, &cx, &catalogue, command).await
                })
            })
            .await;
        done.unwrap();
    }

    /// Changes what no action changes, for what a test needs.
    pub async fn sql(&self, statement: &'static str) {
        let done: Result<(), Error> = self
            .write(move |tx| {
                Box::pin(async move {
                    Ok(on!(tx, |c| sqlx::query(statement)
                        .execute(c)
                        .await
                        .map(drop))?)
                })
            })
            .await;
        done.unwrap();
    }

    pub async fn person(&self, email: &str, name: &str) -> PersonId {
        let cx = self.test.cx();
        let new = NewPerson {
            email: address(email),
            display_name: name.into(),
            given_name: String::new(),
            family_name: String::new(),
            phone: String::new(),
            language: String::new(),
            time_zone: String::new(),
        };
        let subject = format!("sub-{email}");
        let made: Result<PersonId, people::LinkIdentityError> = self
            .write(move |tx| {
                Box::pin(async move {
                    let PersonMade::Created(person) = people::create(tx, &cx, new).await? else {
                        panic!("the address is taken");
                    };
                    let link = LinkIdentity {
                        person_id: person.id.clone(),
                        provider: "main".into(),
                        issuer: ISSUER.into(),
                        subject,
                    };
                    people::link_identity(tx, &cx, link).await?;
                    Ok(person.id)
                })
            })
            .await;
        made.unwrap()
    }

    pub async fn join(&self, organization: &OrganizationId, person: &PersonId, roles: &[&str]) {
        let cx = self.test.cx();
        let catalogue = self.catalogue.clone();
        let command = AddMember {
            organization_id: organization.clone(),
            person_id: person.clone(),
            roles: roles.iter().map(ToString::to_string).collect(),
            source: Source::Import,
            starts_at: None,
            ends_at: None,
            crm_contact_id: None,
        };
        let added = self
            .write(move |tx| {
                Box::pin(
                    async move { organizations::add_member(tx, &cx, &catalogue, command).await },
                )
            })
            .await;
        assert!(matches!(added.unwrap(), Added::Joined(_)));
    }

    pub fn offer(&self, email: &str, roles: &[&str]) -> Create {
        Create {
            organization_id: self.organization.clone(),
            kind: Kind::Member,
            email: address(email),
            invitee_name: String::new(),
            language: String::new(),
            note: String::new(),
            roles: roles.iter().map(ToString::to_string).collect(),
            life: None,
            crm_contact_id: None,
            inviter: self.by_admin(),
        }
    }

    pub async fn create(&self, command: Create) -> Result<Created, CreateError> {
        let (town, cx) = (self.clone(), self.as_admin());
        self.write(move |tx| {
            Box::pin(async move { invitations::create(tx, &cx, town.rules(), command).await })
        })
        .await
    }

    /// Invites with the role `orders` and gives back the invitation and its link's secret.
    pub async fn invited(&self, email: &str) -> (Invitation, LinkSecret) {
        let Created::Queued(invitation) =
            self.create(self.offer(email, &["orders"])).await.unwrap()
        else {
            panic!("not sent");
        };
        let secret = self.newest_link(email).await;
        (*invitation, secret)
    }

    /// The texts of all mails to an address, oldest first: what their sealed content says.
    pub async fn mails(&self, email: &str) -> Vec<Value> {
        let mut conn = self.test.db.read().await.unwrap();
        let payloads: Vec<String> = on!(conn, |c| sqlx::query_scalar(
            "SELECT payload FROM changes WHERE kind = 'mail' ORDER BY id"
        )
        .fetch_all(c)
        .await)
        .unwrap();
        let opened = payloads.iter().map(|payload| {
            let payload: Value = serde_json::from_str(payload).unwrap();
            let (id, sealed) = (
                payload["id"].as_str().unwrap(),
                payload["sealed"].as_str().unwrap(),
            );
            let plain = self.test.world.keys.open("mail", id, sealed).unwrap();
            serde_json::from_slice::<Value>(&plain).unwrap()
        });
        opened.filter(|mail| mail["to"] == email).collect()
    }

    pub async fn newest_link(&self, email: &str) -> LinkSecret {
        let mails = self.mails(email).await;
        let text = mails
            .iter()
            .rev()
            .find_map(|mail| mail["text"].as_str().filter(|text| text.contains("/i/")));
        secret_in(text.unwrap())
    }

    pub fn pending(&self, email: &str, verified: bool) -> Visitor {
        Visitor::Pending(Box::new(self.identity(email, verified)))
    }

    pub fn identity(&self, email: &str, verified: bool) -> PendingIdentity {
        PendingIdentity {
            provider: "main".into(),
            issuer: ISSUER.into(),
            subject: format!("sub-{email}"),
            directory_id: String::new(),
            email: EmailAddress::parse(email).ok(),
            email_verified: verified,
            given_name: "Given".into(),
            family_name: "Family".into(),
            name: String::new(),
            id_token_sealed: String::new(),
            provider_session: String::new(),
            acr: String::new(),
            amr: String::new(),
            at: self.now(),
        }
    }

    pub async fn redeem(
        &self,
        secret: &LinkSecret,
        account: &Visitor,
    ) -> Result<Redeemed, RedeemError> {
        let actor = match account {
            Visitor::Person(id) => Actor::Person {
                person_id: id.clone(),
            },
            Visitor::Pending(_) => Actor::Visitor,
        };
        let (town, cx) = (self.clone(), self.cx(actor));
        let command = Redeem {
            secret: secret.clone(),
            account: account.clone(),
        };
        self.write(move |tx| {
            Box::pin(async move { invitations::redeem(tx, &cx, town.rules(), command).await })
        })
        .await
    }

    pub async fn look(&self, secret: &LinkSecret, account: Option<&Visitor>) -> Situation {
        let mut conn = self.test.db.read().await.unwrap();
        invitations::look(&mut conn, secret, account, self.now())
            .await
            .unwrap()
    }

    pub async fn find(&self, invitation: &Invitation) -> Invitation {
        let mut conn = self.test.db.read().await.unwrap();
        let found = invitations::find(&mut conn, &self.organization, &invitation.id)
            .await
            .unwrap();
        found.unwrap()
    }

    pub async fn count(&self, statement: &'static str) -> i64 {
        let mut conn = self.test.db.read().await.unwrap();
        on!(conn, |c| sqlx::query_scalar::<_, i64>(statement)
            .fetch_one(c)
            .await)
        .unwrap()
    }

    /// The states that the CRM is told of an invitation, in their order.
    pub async fn told(&self, invitation: &Invitation) -> Vec<String> {
        let mut conn = self.test.db.read().await.unwrap();
        let payloads: Vec<String> = on!(conn, |c| sqlx::query_scalar(
            "SELECT c.payload FROM changes c JOIN deliveries d ON d.change_id = c.id
             WHERE c.kind = 'invitation_moved' AND c.subject = $1 AND d.destination = 'crm:crm' ORDER BY d.seq"
        )
        .bind(invitation.id.as_str())
        .fetch_all(c)
        .await)
        .unwrap();
        let states = payloads.iter().map(|payload| {
            let fact: Value = serde_json::from_str(payload).unwrap();
            fact["state"].as_str().unwrap().to_owned()
        });
        states.collect()
    }

    /// The audited actions on an invitation, in their order.
    pub async fn audited(&self, invitation: &Invitation) -> Vec<String> {
        let mut conn = self.test.db.read().await.unwrap();
        on!(conn, |c| sqlx::query_scalar(
            "SELECT action FROM audit_events WHERE target = $1 ORDER BY seq"
        )
        .bind(invitation.id.as_str())
        .fetch_all(c)
        .await)
        .unwrap()
    }
}

/// The secret of the link in a mail's text.
pub fn secret_in(text: &str) -> LinkSecret {
    let (_, rest) = text.split_once("/i/").unwrap();
    LinkSecret::parse(rest.split_whitespace().next().unwrap()).unwrap()
}
