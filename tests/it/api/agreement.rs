//! Whatever happens to person, membership, roles, contract and the catalogue of roles and services, in
//! whatever order: pages, forward-auth, AuthZEN and claims say the same as the engine (law 1).

use serde_json::{Value, json};
use vestibule::{
    access::{CatalogueBody, Named, Wanted, subject},
    crm::port,
    kernel::{OrganizationKind, ids::OrganizationId},
    settings::{ClaimsForm, ClaimsSettings, Settings},
};

use super::{Program, run};
use crate::support::{
    Plan, Portal, TestDb,
    browser::Browser,
    each_engine,
    seed::{apply, contract, organization},
};

const EMAIL: &str = "aino@a.example";
const STEPS: usize = 120;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Numbers that come in the same order in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

struct Town<'t> {
    test: &'t TestDb,
    portal: Portal,
    browser: Browser,
    program: Program,
    organization: OrganizationId,
    person: String,
    version: i64,
}

fn claims() -> ClaimsSettings {
    ClaimsSettings {
        key: "shop".to_owned(),
        form: ClaimsForm::Plain,
        provider: "demo".to_owned(),
        service: Some("shop".to_owned()),
        refuse: false,
        invited_only: false,
        names: std::collections::BTreeMap::new(),
        extension: None,
    }
}

async fn town(test: &TestDb) -> Town<'_> {
    let plan = Plan {
        change: Some(Box::new(|settings: &mut Settings| {
            settings.claims = vec![claims()];
            settings.access.brake_share = 1.0;
            settings.session.absolute_hours = 100_000;
            settings.session.idle_minutes = 6_000_000;
        })),
        ..Plan::default()
    };
    let portal = Portal::start_as(test, plan).await;
    let organization = organization(test, "A").await;
    apply(test, contract("1", "A", 1)).await.unwrap();
    portal.add_member(&organization, EMAIL, &["orders"]).await;
    let browser = portal.sign_in(EMAIL).await;
    let person = portal.add_person(EMAIL).await.to_string();
    let program = Program::new(&portal).await;
    Town {
        test,
        portal,
        browser,
        program,
        organization,
        person,
        version: 1,
    }
}

impl Town<'_> {
    /// Something happens; what, in words.
    async fn happen(&mut self, dice: &mut Dice) -> String {
        match dice.roll(7) {
            0 => {
                let status = dice.pick(&["active", "active", "suspended", "removed"]);
                run(
                    &self.portal,
                    "UPDATE memberships SET status = $1",
                    &[status],
                )
                .await;
                format!("membership {status}")
            }
            1 => {
                let roles = dice.pick(&["", "orders", "admin", "admin,orders", "gone"]);
                run(&self.portal, "UPDATE memberships SET roles = $1", &[roles]).await;
                format!("roles `{roles}`")
            }
            2 => {
                let status = dice.pick(&["active", "active", "active", "suspended"]);
                run(&self.portal, "UPDATE persons SET status = $1", &[status]).await;
                format!("person {status}")
            }
            3 => {
                let days = dice.roll(12);
                for _ in 0..days {
                    self.portal.clock.advance(DAY);
                }
                // A token counts for a quarter of an hour.
                let token = self.program.get_token().await.expect(200);
                self.program.token = token.text("/access_token").to_owned();
                format!("{days} days later")
            }
            4 => self.edit_catalogue(dice).await,
            _ => self.change_contract(dice).await,
        }
    }

    /// The next version of roles and services, in which one of them may mean something else.
    async fn edit_catalogue(&mut self, dice: &mut Dice) -> String {
        let mut body = CatalogueBody::of(&self.portal.state.settings);
        for role in &mut body.roles {
            match dice.roll(6) {
                0 => role.kinds = vec![OrganizationKind::Partner],
                1 => role.retired = true,
                2 => role.product = None,
                3 => role.grants.clear(),
                _ => {}
            }
            if role.key == "orders" && dice.roll(3) == 0 {
                let given = vec!["viewer".to_owned()];
                role.grants.insert("shop".to_owned(), given);
            }
        }
        if dice.roll(8) == 0 {
            body.services.retain(|service| service.key != "shop");
        }
        let text = serde_json::to_string(&body).unwrap();
        let written = text.clone();
        let done: Result<(), vestibule::db::Error> = self
            .test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    vestibule::on!(tx, |c| sqlx::query(
                        "INSERT INTO catalogue_versions (version, body, origin, file_hash, made_by, made_by_name, made_at, note)
                         SELECT COALESCE(max(version), 0) + 1, $1, 'person', '', '', '', 0, '' FROM catalogue_versions"
                    )
                    .bind(&written)
                    .execute(c)
                    .await
                    .map(drop))?;
                    Ok(())
                })
            })
            .await;
        done.unwrap();
        format!("catalogue {text}")
    }

    async fn change_contract(&mut self, dice: &mut Dice) -> String {
        self.version += 1;
        let now = self.portal.clock.now();
        let day = |shift: u64| {
            now.plus(DAY * u32::try_from(shift).unwrap())
                .minus(DAY * 15)
        };
        let day = |shift: u64| day(shift).to_string()[..10].to_owned();
        let starts_on = day(dice.roll(20));
        let ends_on = if dice.roll(4) == 0 {
            String::new()
        } else {
            day(10 + dice.roll(20))
        };
        let record = port::Contract {
            status: dice
                .pick(&["active", "active", "active", "draft", "suspended", "ended"])
                .to_owned(),
            grace_days: Some(i64::try_from(dice.roll(10)).unwrap()),
            products: if dice.roll(4) == 0 {
                vec!["service".to_owned()]
            } else {
                vec!["parts".to_owned()]
            },
            starts_on,
            ends_on,
            ..contract(dice.pick(&["1", "2"]), "A", self.version)
        };
        let words = format!("{record:?}");
        // A last day before the first is refused, and then nothing has changed.
        let applied = apply(self.test, record).await.is_ok();
        format!("{applied}: {words}")
    }

    /// What the engine says about the shop and about running the organization.
    async fn engine(&self) -> (Option<(bool, Vec<String>)>, bool) {
        let state = &self.portal.state.newest().await.unwrap();
        let mut conn = state.db.read().await.unwrap();
        let subject = subject::read(&mut conn, Named::Person(&self.person), "")
            .await
            .unwrap()
            .unwrap();
        let now = self.portal.clock.now();
        let ask = |wanted: Wanted<'_>| subject.ask(&state.catalogue, wanted, None, now);
        let shop = ask(Wanted::Service("shop")).ok();
        let shop = shop.map(|(_, grant)| (grant.read_only, grant.application_roles));
        (shop, ask(Wanted::Administration).is_ok())
    }

    async fn question(&self, action: &str, resource: Value) -> Value {
        let asked = json!({
            "subject": {"type": "person", "id": self.person}, "action": {"name": action}, "resource": resource,
        });
        self.program
            .post("/access/v1/evaluation", &asked)
            .await
            .expect(200)
            .body
    }

    async fn agree(&self, story: &[String]) {
        let (shop, runs) = self.engine().await;
        let place = || format!("after {story:#?}");
        let proxy = self.browser.get("/forward-auth?service=shop").await;
        assert_eq!(
            proxy.status == 200,
            shop.is_some(),
            "forward-auth, {}",
            place()
        );
        let asked = self
            .question("use", json!({"type": "service", "id": "shop"}))
            .await;
        assert_eq!(asked["decision"], shop.is_some(), "AuthZEN, {}", place());
        let path = "/api/v1/identity/claims?source=shop";
        let sub = self.subject().await;
        let claims = self
            .program
            .post(path, &json!({"subject": sub}))
            .await
            .expect(200)
            .body;
        assert_eq!(claims["decision"], shop.is_some(), "claims, {}", place());
        let services = self.browser.get("/services").await;
        let offers = services.body.contains("https://shop.example");
        assert_eq!(offers, shop.is_some(), "/services, {}", place());
        if let Some((read_only, roles)) = &shop {
            let access = if *read_only { "read" } else { "write" };
            assert_eq!(proxy.headers["x-vestibule-access"], access);
            assert_eq!(proxy.headers["x-vestibule-roles"], roles.join(","));
            assert_eq!(asked["context"]["access"], access);
            assert_eq!(asked["context"]["roles"], json!(roles));
            assert_eq!(claims["claims"]["access"], access);
            assert_eq!(claims["claims"]["application_roles"], json!(roles));
        } else {
            let reason = &asked["context"]["reason"];
            assert_eq!(&claims["reason"], reason, "{}", place());
        }
        let home = json!({"type": "organization", "id": self.organization});
        let asked = self.question("administer", home).await;
        assert_eq!(
            asked["decision"],
            runs,
            "AuthZEN on running it, {}",
            place()
        );
        let members = format!("/organizations/{}/members", self.organization);
        let members = self.browser.get(&members).await;
        assert_eq!(members.status == 200, runs, "the members page, {}", place());
    }

    async fn subject(&self) -> String {
        let mut conn = self.portal.state.db.read().await.unwrap();
        let sql = "SELECT subject FROM identities LIMIT 1";
        vestibule::on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_surfaces_ever_disagree() {
    each_engine(async |test| {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        let mut town = town(&test).await;
        let mut story = Vec::new();
        let (mut granted, mut refused) = (0, 0);
        for _ in 0..STEPS {
            story.push(town.happen(&mut dice).await);
            town.agree(&story).await;
            if town.engine().await.0.is_some() {
                granted += 1;
            } else {
                refused += 1;
            }
        }
        assert!(
            granted > 5 && refused > 5,
            "{granted} granted, {refused} refused"
        );
    })
    .await;
}
