//! A portal whose CRM is a stand-in with a few companies, and applicants who go through the steps.

use std::time::Duration;

use vestibule::{
    app::AppState,
    crm::port::{Account, Contact, Contract, Record},
    db::Error,
    kernel::ids::OrganizationId,
    organizations::{self, AddMember, Added, Membership, Source},
    registration::{
        self, Applicant, Desk, Kind, Registration, Submitted,
        draft::Draft,
        send::{Sending, send},
    },
    settings::Settings,
};

use crate::support::{
    Portal, TestDb,
    browser::{Browser, Page},
    crm_stand_in::StandIn,
    letters::letters,
};

/// The connection's key.
pub const CRM: &str = "main";
/// A contact of Kuusi.
pub const CONTACT: &str = "aino@kuusi.example";
/// At Kuusi's domain, but no contact.
pub const COLLEAGUE: &str = "eero@kuusi.example";
/// From elsewhere.
pub const STRANGER: &str = "mallory@elsewhere.example";
/// Kuusi's contract and a fact about the company.
pub const LIVE: (&str, &str) = ("CT-1001", "20095");

pub struct House {
    pub portal: Portal,
    pub crm: StandIn,
}

fn account(id: &str, name: &str, postcode: &str) -> Record {
    Record::Account(Account {
        id: id.to_owned(),
        number: format!("K-{id}"),
        name: name.to_owned(),
        kind: "customer".to_owned(),
        domains: vec![format!("{id}.example")],
        postcode: postcode.to_owned(),
        vat_number: format!("DE{postcode}99"),
        owner_email: "rep@nordwind.example".to_owned(),
        ..Account::default()
    })
}

pub fn contract(id: &str, account: &str, number: &str) -> Contract {
    Contract {
        id: id.to_owned(),
        account_id: account.to_owned(),
        number: number.to_owned(),
        status: "active".to_owned(),
        starts_on: "2020-01-01".to_owned(),
        products: vec!["parts".to_owned()],
        ..Contract::default()
    }
}

impl House {
    pub async fn new(test: &TestDb) -> Self {
        Self::with(test, |_| {}).await
    }

    pub async fn with(test: &TestDb, change: impl FnOnce(&mut Settings) + Send + 'static) -> Self {
        let crm = StandIn::start().await;
        crm.fill();
        let connection = crm.settings();
        let portal = Portal::start_with(test, move |settings| {
            settings.connections = vec![connection];
            settings.registration.crm_budget_ms = 700;
            change(settings);
        })
        .await;
        Self { portal, crm }
    }

    pub fn state(&self) -> &AppState {
        &self.portal.state
    }

    /// Somebody who answered every step with a contract, and has not signed in.
    pub async fn answered(&self, (number, fact): (&str, &str)) -> Browser {
        let browser = self.portal.browser();
        answer_contract(&browser, (number, fact)).await;
        browser
    }

    /// Somebody who answered every step and proved who they are: on the page to check the answers.
    pub async fn ready(&self, who: &str, contract: (&str, &str)) -> (Browser, Page) {
        let browser = self.answered(contract).await;
        let page = browser
            .sign_in_at("/sign-in?return_to=%2Fregister%2Fcheck", who)
            .await;
        (browser, page)
    }

    /// The same, and sent: the page it ends on.
    pub async fn register(&self, who: &str, contract: (&str, &str)) -> (Browser, Page) {
        let (browser, page) = self.ready(who, contract).await;
        let sent = browser.press(&page, &page.form("/register/check")).await;
        (browser, sent)
    }

    /// Every registration, oldest first.
    pub async fn registrations(&self) -> Vec<Registration> {
        let mut conn = self.state().db.read().await.unwrap();
        let mut all = Vec::new();
        for state in registration::State::ALL {
            let start = registration::At::start();
            all.extend(
                registration::of_state_after(&mut conn, *state, &start, (&Desk::All, 1_000))
                    .await
                    .unwrap(),
            );
        }
        all.sort_by_key(|registration| registration.id.clone());
        all
    }

    /// The only registration.
    pub async fn only(&self) -> Registration {
        let mut all = self.registrations().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// The organization of an account.
    pub async fn organization(&self, account: &str) -> Option<OrganizationId> {
        let mut conn = self.state().db.read().await.unwrap();
        organizations::find_by_crm_account(&mut conn, CRM, account)
            .await
            .unwrap()
            .map(|organization| organization.id)
    }

    /// The roles of somebody in Kuusi, joined; empty when they are no member.
    pub async fn roles_of(&self, email: &str) -> String {
        let Some(organization) = self.organization("kuusi").await else {
            return String::new();
        };
        let mut conn = self.state().db.read().await.unwrap();
        let email = email.parse().unwrap();
        let person = vestibule::people::find_by_email(&mut conn, &email)
            .await
            .unwrap();
        let Some(person) = person else {
            return String::new();
        };
        let member = organizations::find_membership_of(&mut conn, &organization, &person.id)
            .await
            .unwrap();
        member
            .map(|member| member.roles.joined())
            .unwrap_or_default()
    }

    /// Makes somebody a member of Kuusi, which is taken from the CRM first.
    pub async fn member(&self, email: &str, roles: &[&str]) -> Membership {
        self.state().crm.catch_up(CRM).await.unwrap();
        let organization_id = self.organization("kuusi").await.unwrap();
        let person_id = self.portal.add_person(email).await;
        let command = AddMember {
            organization_id,
            person_id,
            roles: roles.iter().map(ToString::to_string).collect(),
            source: Source::Invitation,
            starts_at: None,
            ends_at: None,
            crm_contact_id: None,
        };
        let (state, cx) = (self.state().clone(), self.state().world.system("test"));
        let added = self
            .state()
            .db
            .write(move |tx| {
                Box::pin(async move {
                    organizations::add_member(tx, &cx, &state.catalogue, command).await
                })
            })
            .await;
        match added.unwrap() {
            Added::Joined(membership) => membership,
            other => panic!("{other:?}"),
        }
    }

    /// Sends a registration with the live contract past the pages, as some identity of the provider.
    pub async fn submit_as(&self, subject: &str, email: &str) -> Submitted {
        let cx = self.state().world.cx(vestibule::kernel::Actor::Visitor);
        let draft = Draft {
            number: LIVE.0.to_owned(),
            fact: LIVE.1.to_owned(),
            given_name: "Aino".to_owned(),
            language: "en".to_owned(),
            ..Draft::new(&cx, Kind::Contract)
        };
        let applicant = Applicant {
            provider: "demo".to_owned(),
            issuer: self
                .portal
                .provider
                .issuer
                .as_str()
                .trim_end_matches('/')
                .to_owned(),
            subject: subject.to_owned(),
            email: email.parse().unwrap(),
        };
        let sending = Sending {
            draft,
            applicant,
            network: "192.0.2.1".parse().unwrap(),
        };
        send(self.state(), &cx, sending).await.unwrap()
    }

    /// Runs what is due, after `wait`.
    pub async fn later(&self, wait: Duration) -> usize {
        self.portal.clock.advance(wait);
        registration::retry::run_due(self.state()).await.unwrap()
    }

    /// The kinds of mail that wait to be sent, sorted.
    pub async fn mails(&self) -> Vec<String> {
        let mut conn = self.state().db.read().await.unwrap();
        let payloads: Vec<(String,)> = vestibule::on!(conn, |c| sqlx::query_as(
            "SELECT payload FROM changes WHERE kind = 'mail' ORDER BY id"
        )
        .fetch_all(c)
        .await)
        .unwrap();
        let mut kinds: Vec<String> = payloads
            .iter()
            .map(|(payload,)| {
                let payload: serde_json::Value = serde_json::from_str(payload).unwrap();
                payload["template"].as_str().unwrap().to_owned()
            })
            .collect();
        kinds.sort();
        kinds
    }

    /// Who gets the mails of a kind, and their texts, oldest first.
    pub async fn letters(&self, kind: &str) -> Vec<(String, String)> {
        letters(&self.state().db, &self.state().world.keys, kind).await
    }

    /// Changes something in the database by hand.
    pub async fn run(&self, statement: &'static str) {
        let done: Result<(), Error> = self
            .state()
            .db
            .write(move |tx| {
                Box::pin(async move {
                    vestibule::on!(tx, |c| sqlx::query(statement).execute(c).await.map(drop))?;
                    Ok(())
                })
            })
            .await;
        done.unwrap();
    }
}

/// The companies of the CRM: Kuusi with a live contract, one that ended, one on hold, one that starts
/// later, and a foreign one.
trait Fill {
    fn fill(&self);
}

impl Fill for StandIn {
    fn fill(&self) {
        let mut inner = self.lock();
        let records = &mut inner.records;
        for (id, name, postcode) in [
            ("kuusi", "Kuusi Oy", "20095"),
            ("old", "Old Mill", "30001"),
            ("held", "Held Ltd", "30002"),
            ("soon", "Soon Ltd", "30003"),
            ("other", "Other Ltd", "30004"),
        ] {
            records.put(account(id, name, postcode));
        }
        let ended = Contract {
            ends_on: "2026-01-31".to_owned(),
            grace_days: Some(0),
            ..contract("c2", "old", "CT-2002")
        };
        let held = Contract {
            status: "suspended".to_owned(),
            ..contract("c3", "held", "CT-3003")
        };
        let soon = Contract {
            starts_on: "2030-01-01".to_owned(),
            ..contract("c4", "soon", "CT-4004")
        };
        let live = contract("c1", "kuusi", "CT-1001");
        let other = contract("c5", "other", "CT-5005");
        for contract in [live, ended, held, soon, other] {
            records.put(Record::Contract(contract));
        }
        records.put(Record::Contact(Contact {
            id: "p1".to_owned(),
            account_id: "kuusi".to_owned(),
            given_name: "Aino".to_owned(),
            family_name: "Virtanen".to_owned(),
            email: CONTACT.to_owned(),
            ..Contact::default()
        }));
    }
}

/// Goes through the steps with a contract.
pub async fn answer_contract(browser: &Browser, (number, fact): (&str, &str)) {
    let page = browser.open("/register").await.expect(200);
    let form = page.form("/register").with("how", "contract");
    let page = browser.press(&page, &form).await.expect(200);
    let form = page.form("/register/contract");
    let form = form.with("number", number).with("fact", fact);
    let page = browser.press(&page, &form).await.expect(200);
    let page = answer_you(browser, &page).await;
    assert_eq!(page.path(), "/register/check", "{}", page.text());
}

/// Fills the step about oneself.
pub async fn answer_you(browser: &Browser, page: &Page) -> Page {
    let form = page.form("/register/you");
    let form = form
        .with("given_name", "Aino")
        .with("family_name", "Virtanen")
        .with("phone", "+358 40 123 4567")
        .with("language", "en");
    browser.press(page, &form).await.expect(200)
}
