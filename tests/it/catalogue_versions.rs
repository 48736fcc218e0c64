//! Which version of the roles and services a deed decides by, and versions that a start must not take
//! over or cannot read.

use vestibule::{
    app::AppState,
    crm::port::Account,
    db::Error,
    kernel::{
        Actor,
        ids::{MembershipId, OrganizationId},
    },
    operations::catalogue::{Took, check_names, take_file},
    organizations::{
        self, ChangeRoles, ChangeRolesError, NotGivable, NoticeRules, RolesChanged, UpsertError,
        change_roles,
    },
    settings::{GrantedBy, RoleSettings, RoleTier, Settings},
};

use crate::support::{Plan, Portal, TestDb, each_engine};

const AINO: &str = "aino@a.example";
const BEN: &str = "ben@a.example";

struct Town {
    portal: Portal,
    company: OrganizationId,
    aino: MembershipId,
    ben: MembershipId,
}

/// A company with an administrator and a buyer; the catalogue has a second role that runs it.
async fn town(test: &TestDb) -> Town {
    let plan = Plan {
        change: Some(Box::new(|settings: &mut Settings| {
            let mut boss = role(settings, "admin").clone();
            boss.key = "boss".to_owned();
            settings.roles.push(boss);
        })),
        ..Plan::default()
    };
    let portal = Portal::start_as(test, plan).await;
    take_file(&portal.state).await.unwrap();
    let company = portal.add_customer("A Oy").await;
    let aino = portal.add_member(&company, AINO, &["admin"]).await;
    let ben = portal.add_member(&company, BEN, &["orders"]).await;
    Town {
        portal,
        company,
        aino,
        ben,
    }
}

fn role<'s>(settings: &'s mut Settings, key: &str) -> &'s mut RoleSettings {
    let mut roles = settings.roles.iter_mut();
    roles.find(|role| role.key == key).unwrap()
}

impl Town {
    /// Another node with another settings file, on the same database.
    fn node(&self, change: impl FnOnce(&mut Settings)) -> AppState {
        let there = &self.portal.state;
        let mut settings = there.settings.clone();
        change(&mut settings);
        AppState::with(settings, there.db.clone(), there.world.clone()).unwrap()
    }

    /// Changes roles on the first node, as the page does whose request began before.
    async fn give(
        &self,
        to: &MembershipId,
        roles: &[&str],
    ) -> Result<RolesChanged, ChangeRolesError> {
        let cx = self.portal.state.world.cx(Actor::Person {
            person_id: self.portal.add_person(AINO).await,
        });
        let command = ChangeRoles {
            organization_id: self.company.clone(),
            membership_id: to.clone(),
            roles: roles.iter().map(ToString::to_string).collect(),
        };
        self.portal
            .state
            .write(move |tx, state| {
                Box::pin(async move { change_roles(tx, &cx, &state.catalogue, command).await })
            })
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deed_decides_by_the_version_of_its_transaction() {
    each_engine(async |test| {
        let town = town(&test).await;
        town.give(&town.ben, &["lead"]).await.unwrap();
        let other = town.node(|settings| role(settings, "orders").granted_by = GrantedBy::Staff);
        assert!(matches!(
            take_file(&other).await.unwrap(),
            Took::Imported(2)
        ));
        // The first node has answered nobody since: it knows the version before.
        assert!(town.portal.state.catalogue.version() < 2);
        let given = town.give(&town.ben, &["orders"]).await;
        assert!(
            matches!(
                given,
                Err(ChangeRolesError::NotGivable(NotGivable::StaffOnly(_)))
            ),
            "{given:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_is_counted_by_the_version_of_the_transaction() {
    each_engine(async |test| {
        let town = town(&test).await;
        town.give(&town.ben, &["boss"]).await.unwrap();
        let other = town.node(|settings| role(settings, "boss").tier = RoleTier::Member);
        assert!(matches!(
            take_file(&other).await.unwrap(),
            Took::Imported(2)
        ));
        let given = town.give(&town.aino, &["orders"]).await;
        assert!(
            matches!(given, Err(ChangeRolesError::LastAdmin)),
            "{given:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_orphans_a_company_or_is_an_old_one_waits_for_an_operator() {
    each_engine(async |test| {
        let town = town(&test).await;
        let renamed = town.node(|settings| role(settings, "admin").key = "site-admin".to_owned());
        let took = take_file(&renamed).await.unwrap();
        assert!(matches!(took, Took::Kept { version: 1, .. }), "{took:?}");
        let newer = town.node(|settings| role(settings, "lead").granted_by = GrantedBy::Staff);
        assert!(matches!(
            take_file(&newer).await.unwrap(),
            Took::Imported(2)
        ));
        // A node that starts again with the file of before undoes nothing.
        let took = take_file(&town.portal.state).await.unwrap();
        assert!(matches!(took, Took::Kept { version: 2, .. }), "{took:?}");
        // A held role that a file leaves out stays as one that is over.
        let without = town.node(|settings| {
            settings.roles.retain(|role| role.key != "orders");
            role(settings, "lead").granted_by = GrantedBy::Staff;
        });
        assert!(matches!(
            take_file(&without).await.unwrap(),
            Took::Imported(3)
        ));
        let mut conn = town.portal.state.db.read().await.unwrap();
        let newest = town
            .portal
            .state
            .catalogues
            .newest(&mut conn)
            .await
            .unwrap();
        assert!(newest.role("orders").is_none() && newest.retired("orders").is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_of_a_newer_release_locks_nobody_out() {
    each_engine(async |test| {
        let town = town(&test).await;
        let ben = town.portal.sign_in(BEN).await;
        town.portal
            .execute(
                "INSERT INTO catalogue_versions (version, body, origin, file_hash, made_by, made_by_name, made_at, note)
                 VALUES (2, '{\"roles\": [], \"services\": [], \"shapes\": 7}', 'person', 'x', '', 'N', 0, '')",
            )
            .await;
        ben.get("/forward-auth?service=shop").await.expect(200);
        ben.get("/services").await.expect(200);
        // A node that starts meanwhile goes on as well, with the last version that it can read.
        let started = town.node(|settings| settings.roles.clear());
        assert!(matches!(take_file(&started).await.unwrap(), Took::Nothing));
        let mut conn = started.db.read().await.unwrap();
        let counts = started.catalogues.newest(&mut conn).await.unwrap();
        assert!(counts.role("orders").is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_may_name_what_was_made_on_the_pages() {
    each_engine(async |test| {
        let town = town(&test).await;
        let wrong = town.node(|settings| {
            settings.access.outage.closed_services = vec!["archive".to_owned()];
        });
        let names = check_names(&wrong).await.unwrap().unwrap_err();
        assert!(names[0].contains("`archive`"), "{names:?}");
        // Once the catalogue was edited here, a wrong name is only a warning.
        town.portal
            .execute("UPDATE catalogue_versions SET origin = 'person'")
            .await;
        check_names(&wrong).await.unwrap().unwrap();
    })
    .await;
}

async fn became(portal: &Portal, kind: &str, version: i64) {
    let cx = portal.state.world.system("test");
    let mut conn = portal.state.db.read().await.unwrap();
    let (account,): (String,) = vestibule::on!(conn, |c| sqlx::query_as(
        "SELECT crm_account_id FROM organizations WHERE name = 'A Oy'"
    )
    .fetch_one(c)
    .await)
    .unwrap();
    drop(conn);
    let account = Account {
        id: account,
        version,
        name: "A Oy".to_owned(),
        kind: kind.to_owned(),
        ..Account::default()
    };
    let done: Result<_, UpsertError> = portal
        .state
        .db
        .write(move |tx| {
            Box::pin(async move { organizations::upsert_from_crm(tx, &cx, "crm", &account).await })
        })
        .await;
    done.unwrap();
    let cx = portal.state.world.system("test");
    let weighed: Result<(), Error> = portal
        .state
        .write(move |tx, here| {
            Box::pin(async move {
                let rules = NoticeRules {
                    settings: &here.settings,
                    catalogue: &here.catalogue,
                };
                organizations::weigh_kinds(tx, &cx, rules).await
            })
        })
        .await;
    weighed.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_of_another_kind_that_nobody_runs_is_a_task_and_no_prey() {
    each_engine(async |test| {
        let town = town(&test).await;
        let open = "SELECT count(*) FROM tasks WHERE kind = 'nobody_runs' AND closed_at IS NULL";
        // Its roles are for all kinds: nothing is lost.
        became(&town.portal, "partner", 2).await;
        assert_eq!(town.portal.count(open).await, 0);
        let limited = town.node(|settings| {
            let kinds = vec![vestibule::kernel::OrganizationKind::Partner];
            role(settings, "admin").kinds = kinds;
        });
        assert!(matches!(
            take_file(&limited).await.unwrap(),
            Took::Imported(2)
        ));
        became(&town.portal, "customer", 3).await;
        assert_eq!(town.portal.count(open).await, 1);
        // Whoever registers next does not become its first administrator.
        let mut conn = town.portal.state.db.read().await.unwrap();
        let newest = town
            .portal
            .state
            .catalogues
            .newest(&mut conn)
            .await
            .unwrap();
        let now = town.portal.clock.now();
        let admins = organizations::admins(&mut conn, &newest, &town.company, now).await;
        assert!(admins.unwrap().is_empty());
        let by_name =
            organizations::has_admin_by_name(&mut conn, &newest, &town.company, now).await;
        assert!(by_name.unwrap());
        drop(conn);
        became(&town.portal, "partner", 4).await;
        assert_eq!(town.portal.count(open).await, 0);
    })
    .await;
}
