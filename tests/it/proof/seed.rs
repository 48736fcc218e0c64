//! Companies, people, sessions and invitations in the database of a fleet, made by the real actions
//! before its nodes start.

use std::{collections::HashMap, sync::Arc};

use axum::http::HeaderValue;
use serde_json::Value;
use tower_sessions::session;
use vestibule::{
    access::{Catalogue, session_store},
    contracts::{self, ApplyError, ContractRules},
    crm::port::{Account, Contract, Record},
    db::{Database, Error, Tx, TxFuture},
    invitations::{self, Create, CreateError, Created, Inviter, Kind, Rules},
    kernel::{
        Actor, EmailAddress, Keyring, LinkSecret, World,
        ids::{InvitationId, MembershipId, OrganizationId, PersonId, SessionId},
    },
    on,
    organizations::{self, AddMember, AddMemberError, Added, Source, UpsertError},
    people::{
        self, Created as PersonMade, LinkIdentity, LinkIdentityError, NewPerson, PendingIdentity,
    },
    settings::Settings,
};

use crate::{
    invitations::town::secret_in,
    support::{
        crm_stand_in::StandIn,
        program::{Fleet, ISSUER},
    },
};

/// How many of a kind one transaction makes: few, so that it ends in time on a slow machine.
const PART: usize = 5;

/// Somebody who can ask the portal.
#[derive(Debug, Clone)]
pub struct Somebody {
    pub id: PersonId,
    pub email: String,
    /// The cookie of their session.
    pub cookie: String,
}

/// Writes into the database of a fleet in real time.
#[derive(Clone)]
pub struct Seeder {
    db: Database,
    world: World,
    settings: Arc<Settings>,
    catalogue: Catalogue,
    rules: Arc<ContractRules>,
    crm: StandIn,
}

/// Does `work` in a runtime of its own, so that nothing here keeps the database open afterwards.
pub async fn seed<T, F, Fut>(fleet: &Fleet, crm: &StandIn, work: F) -> T
where
    T: Send + 'static,
    F: FnOnce(Seeder) -> Fut + Send + 'static,
    Fut: Future<Output = T>,
{
    let (database, settings) = (fleet.database.clone(), fleet.settings.clone());
    let crm = crm.clone();
    let thread = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let db = Database::open(&database).await.unwrap();
            let seeder = Seeder::new(db.clone(), settings, crm);
            let done = work(seeder).await;
            db.close().await;
            done
        })
    });
    thread.await.unwrap()
}

/// What a browser keeps of a sealed cookie.
fn pair(set_cookie: &HeaderValue) -> String {
    let text = set_cookie.to_str().unwrap();
    text.split(';').next().unwrap().to_owned()
}

impl Seeder {
    fn new(db: Database, settings: Settings, crm: StandIn) -> Self {
        let rules = ContractRules::new(&settings.connections[0], &settings.access).unwrap();
        Self {
            db,
            world: World::real(Keyring::new([7; 32])),
            catalogue: Catalogue::new(&settings),
            settings: Arc::new(settings),
            rules: Arc::new(rules),
            crm,
        }
    }

    async fn write<T, E, F>(&self, work: F) -> T
    where
        F: for<'t> FnOnce(&'t mut Tx) -> TxFuture<'t, T, E> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + std::fmt::Debug + Send + 'static,
    {
        // A transaction takes 10 s at most; a machine that stalled for that long gets another try.
        for _ in 0..5 {
            if let Ok(done) = self.db.write(work.clone()).await {
                return done;
            }
        }
        self.db.write(work).await.unwrap()
    }

    /// A company that the CRM knows under `key`, with a contract that grants.
    pub async fn company(&self, key: &str, seats: Option<i64>) -> OrganizationId {
        let account = Account {
            id: key.to_owned(),
            version: 1,
            number: format!("N-{key}"),
            name: format!("Company {key}"),
            kind: "customer".to_owned(),
            ..Account::default()
        };
        self.crm
            .lock()
            .records
            .put(Record::Account(account.clone()));
        let (cx, connection) = (self.as_crm(), self.rules.connection.clone());
        let id = self
            .write(move |tx| {
                Box::pin(async move {
                    let done =
                        organizations::upsert_from_crm(tx, &cx, &connection, &account).await?;
                    Ok::<_, UpsertError>(done.id().clone())
                })
            })
            .await;
        self.contract(key, 1, seats).await;
        id
    }

    fn as_crm(&self) -> vestibule::kernel::Cx {
        self.world.cx(Actor::Crm {
            connection: self.rules.connection.clone(),
            user: None,
        })
    }

    /// The contract of a company, as the CRM has it from now on.
    pub async fn contract(&self, key: &str, version: i64, seats: Option<i64>) {
        let contract = Contract {
            id: format!("C-{key}"),
            version,
            account_id: key.to_owned(),
            number: format!("CT-{key}"),
            status: "active".to_owned(),
            starts_on: "2020-01-01".to_owned(),
            products: vec!["parts".to_owned()],
            seats,
            ..Contract::default()
        };
        let record = Record::Contract(contract.clone());
        self.crm.lock().records.put(record);
        let (cx, rules) = (self.as_crm(), self.rules.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let now = cx.now();
                contracts::apply(tx, &cx, &rules, &contract, now).await?;
                Ok::<_, ApplyError>(())
            })
        })
        .await;
    }

    /// People with an identity and a session each.
    pub async fn people(&self, emails: &[String]) -> Vec<Somebody> {
        let mut all = Vec::new();
        for part in emails.chunks(PART) {
            let (cx, part) = (self.world.system("test"), part.to_vec());
            let people = self
                .write(move |tx| {
                    Box::pin(async move {
                        let mut people = Vec::new();
                        for email in part {
                            people.push(person(tx, &cx, email).await?);
                        }
                        Ok::<_, LinkIdentityError>(people)
                    })
                })
                .await;
            all.extend(people);
        }
        all
    }

    /// Makes people members.
    pub async fn join(
        &self,
        organization: &OrganizationId,
        people: &[Somebody],
        roles: &[&str],
    ) -> Vec<MembershipId> {
        let mut all = Vec::new();
        for part in people.chunks(PART) {
            let commands: Vec<AddMember> = part
                .iter()
                .map(|one| AddMember {
                    organization_id: organization.clone(),
                    person_id: one.id.clone(),
                    roles: roles.iter().map(ToString::to_string).collect(),
                    source: Source::Import,
                    starts_at: None,
                    ends_at: None,
                    crm_contact_id: None,
                })
                .collect();
            let (cx, catalogue) = (self.world.system("test"), self.catalogue.clone());
            let joined = self
                .write(move |tx| {
                    Box::pin(async move {
                        let mut joined = Vec::new();
                        for command in commands {
                            let added =
                                organizations::add_member(tx, &cx, &catalogue, command).await?;
                            let Added::Joined(membership) = added else {
                                panic!("{added:?}");
                            };
                            joined.push(membership.id);
                        }
                        Ok::<_, AddMemberError>(joined)
                    })
                })
                .await;
            all.extend(joined);
        }
        all
    }

    /// Invites addresses with the role `orders`.
    pub async fn invite(
        &self,
        organization: &OrganizationId,
        admin: &Somebody,
        emails: &[String],
    ) -> Vec<InvitationId> {
        let cx = self.world.cx(Actor::Person {
            person_id: admin.id.clone(),
        });
        let mut all = Vec::new();
        for part in emails.chunks(PART) {
            let offer = |email: &String| Create {
                organization_id: organization.clone(),
                kind: Kind::Member,
                email: EmailAddress::parse(email).unwrap(),
                invitee_name: String::new(),
                language: String::new(),
                note: String::new(),
                roles: vec!["orders".to_owned()],
                life: None,
                crm_contact_id: None,
                inviter: Inviter {
                    name: "An Admin".to_owned(),
                    email: admin.email.clone(),
                    ..Inviter::of(&cx.actor)
                },
            };
            let offers: Vec<Create> = part.iter().map(offer).collect();
            let (seeder, cx) = (self.clone(), cx.clone());
            let invited = self
                .write(move |tx| Box::pin(async move { seeder.offer(tx, &cx, offers).await }))
                .await;
            all.extend(invited);
        }
        all
    }

    async fn offer(
        &self,
        tx: &mut Tx,
        cx: &vestibule::kernel::Cx,
        offers: Vec<Create>,
    ) -> Result<Vec<InvitationId>, CreateError> {
        let rules = Rules {
            settings: &self.settings,
            catalogue: &self.catalogue,
        };
        let mut invited = Vec::new();
        for offer in offers {
            match invitations::create(tx, cx, rules, offer).await? {
                Created::Queued(invitation) => invited.push(invitation.id),
                Created::NotSent(class) => panic!("{class:?}"),
            }
        }
        Ok(invited)
    }

    /// The links in all mails, by address: the cookie of whoever opened it.
    pub async fn links(&self) -> HashMap<String, String> {
        let mut conn = self.db.read().await.unwrap();
        let payloads: Vec<String> = on!(conn, |c| sqlx::query_scalar(
            "SELECT payload FROM changes WHERE kind = 'mail' ORDER BY id"
        )
        .fetch_all(c)
        .await)
        .unwrap();
        let mut links = HashMap::new();
        for payload in payloads {
            let payload: Value = serde_json::from_str(&payload).unwrap();
            let text = |name: &str| payload[name].as_str().unwrap().to_owned();
            let plain = self.world.keys.open("mail", &text("id"), &text("sealed"));
            let mail: Value = serde_json::from_slice(&plain.unwrap()).unwrap();
            let secret = secret_in(mail["text"].as_str().unwrap());
            let to = mail["to"].as_str().unwrap().to_owned();
            links.insert(to, self.invitation_cookie(&secret));
        }
        links
    }

    fn invitation_cookie(&self, secret: &LinkSecret) -> String {
        let plain = secret.expose().as_bytes();
        let keys = &self.world.keys;
        let sealed = keys.seal(&self.world.random, "cookie", "invitation", plain);
        format!("invitation={}", sealed.unwrap())
    }

    /// The cookie of somebody who just proved an address that belongs to nobody yet.
    pub fn newcomer(&self, email: &str) -> String {
        let cx = self.world.system("test");
        let pending = PendingIdentity {
            provider: "demo".to_owned(),
            issuer: ISSUER.to_owned(),
            subject: format!("sub-{email}"),
            directory_id: String::new(),
            email: EmailAddress::parse(email).ok(),
            email_verified: true,
            given_name: "New".to_owned(),
            family_name: email.to_owned(),
            name: String::new(),
            id_token_sealed: String::new(),
            provider_session: String::new(),
            acr: String::new(),
            amr: String::new(),
            at: cx.now(),
        };
        pair(&pending.cookie(&self.settings.portal, &cx).unwrap())
    }
}

/// A person who signed in just now.
async fn person(
    tx: &mut Tx,
    cx: &vestibule::kernel::Cx,
    email: String,
) -> Result<Somebody, LinkIdentityError> {
    let new = NewPerson {
        email: EmailAddress::parse(&email).unwrap(),
        display_name: String::new(),
        given_name: "Known".to_owned(),
        family_name: email.clone(),
        phone: String::new(),
        language: String::new(),
        time_zone: String::new(),
    };
    let PersonMade::Created(person) = people::create(tx, cx, new).await? else {
        panic!("{email} is taken");
    };
    let link = LinkIdentity {
        person_id: person.id.clone(),
        provider: "demo".to_owned(),
        issuer: ISSUER.to_owned(),
        subject: format!("sub-{email}"),
    };
    people::link_identity(tx, cx, link).await?;
    let key = session::Id(i128::from_le_bytes(cx.random().bytes::<16>()));
    on!(tx, |c| sqlx::query(
        "INSERT INTO sessions (id, secret_hash, person_id, provider, issuer, subject, provider_session, id_token_sealed, acr,
            amr, user_agent, created_at, last_seen_at, expires_at, data)
         VALUES ($1, $2, $3, 'demo', $4, $5, '', '', '', '', '', $6, $6, $7, '{}')"
    )
    .bind(cx.new_id::<SessionId>())
    .bind(session_store::hash_of(&key))
    .bind(&person.id)
    .bind(ISSUER)
    .bind(format!("sub-{email}"))
    .bind(cx.now())
    .bind(cx.now().plus(std::time::Duration::from_secs(8 * 3_600)))
    .execute(c)
    .await
    .map(drop))
    .map_err(Error::from)?;
    Ok(Somebody {
        id: person.id,
        email,
        cookie: format!("sid={key}"),
    })
}
