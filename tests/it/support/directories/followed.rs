//! A tenant of Microsoft Graph that a portal follows.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::{
    contracts::ApplyError,
    db::Error,
    directory::{self, Upstream, watching},
    kernel::ids::{OrganizationId, PersonId},
    organizations::Membership,
    people::{self, LinkIdentity, LinkIdentityError, PersonStatus},
    web::http_client::http_client,
};

use super::graph::Tenant;
use crate::{
    act,
    support::{
        Portal, TestDb,
        seed::{apply, catalogues, contract, member, organization},
    },
};

/// A portal that follows a tenant, with one member whom the tenant knows.
pub struct House {
    pub portal: Portal,
    pub tenant: Tenant,
    pub organization: OrganizationId,
    pub admin: Membership,
    pub member: Membership,
    pub user: String,
}

impl House {
    pub async fn build(test: &TestDb) -> Self {
        Self::with(test, "").await
    }

    /// The same with these settings of the directory.
    pub async fn with(test: &TestDb, more: &str) -> Self {
        let tenant = Tenant::start().await;
        let directory = tenant.settings(more);
        let portal = Portal::start_with(test, move |settings| {
            let mut directory = directory;
            directory.provider = settings.providers[0].key.clone();
            settings.providers[0].directory_id = "oid".to_owned();
            settings.directories.push(directory);
        })
        .await;
        let directories = portal.state.directories.clone();
        let noted: Result<(), Error> = act!(test, test.cx(), |tx, _cx| directory::register(
            tx,
            &directories
        ));
        noted.unwrap();
        let organization = organization(test, "A").await;
        let done: Result<_, ApplyError> = apply(test, contract("1", "A", 1)).await;
        done.unwrap();
        let admin = member(test, &organization, "admin@a.example", &["admin"]).await;
        let member = member(test, &organization, "ada@a.example", &["orders"]).await;
        let mut house = Self {
            user: String::new(),
            portal,
            tenant,
            organization,
            admin,
            member,
        };
        house.user = house.identity(test, &house.member.person_id).await;
        house.look().await;
        house.deliver().await;
        house
    }

    /// An identity whose sub is not the id there.
    pub async fn identity(&self, test: &TestDb, person: &PersonId) -> String {
        let id = format!("user-of-{person}");
        self.tenant.add(&id, &format!("{person}@entra.example"));
        let issuer = self.portal.state.settings.providers[0].issuer.clone();
        let command = LinkIdentity {
            person_id: person.clone(),
            provider: "demo".to_owned(),
            issuer,
            subject: format!("pairwise-{person}"),
        };
        let done: Result<_, LinkIdentityError> =
            act!(test, test.cx(), |tx, cx| people::link_identity(
                tx, &cx, command
            ));
        done.unwrap();
        let (person, user) = (person.clone(), id.clone());
        let stored: Result<(), Error> = test
            .db
            .write(move |tx| {
                Box::pin(async move {
                    vestibule::on!(tx, |c| sqlx::query(
                        "UPDATE identities SET directory_id = $2 WHERE person_id = $1"
                    )
                    .bind(&person)
                    .bind(&user)
                    .execute(c)
                    .await
                    .map(drop))?;
                    Ok(())
                })
            })
            .await;
        stored.unwrap();
        id
    }

    pub fn upstream(&self) -> Upstream {
        Upstream {
            catalogues: catalogues(),
            ..Upstream::of(&self.portal.state)
        }
    }

    /// The background's look, when the next one is due.
    pub async fn look(&self) {
        self.portal.clock.advance(Duration::from_secs(601));
        let directories = &self.portal.state.directories;
        watching::look(&self.upstream(), directories, &self.portal.url).await;
    }

    pub async fn deliver(&self) {
        self.portal.state.outbox.drain().await.unwrap();
    }

    pub fn notice(&self, secret: &str, more: &Value) -> Value {
        let mut notice = json!({
            "subscriptionId": "sub-1", "clientState": secret, "changeType": "updated", "resource": format!("Users/{}", self.user),
            "tenantId": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "resourceData": {"id": self.user},
        });
        for (name, value) in more.as_object().unwrap() {
            notice[name] = value.clone();
        }
        json!({"value": [notice]})
    }

    pub fn secret(&self) -> String {
        watching::notice_secret(&self.portal.state.world.keys, "entra")
    }

    pub async fn send(&self, body: &Value) -> u16 {
        let url = self.portal.url.join("/api/v1/directories/entra/notices");
        let client = http_client().unwrap();
        let answer = client.post(url.unwrap()).json(body).send().await.unwrap();
        answer.status().as_u16()
    }

    pub async fn status(&self, person: &PersonId) -> PersonStatus {
        let mut conn = self.portal.state.db.read().await.unwrap();
        let person = people::find(&mut conn, person).await.unwrap();
        person.unwrap().status
    }

    /// Waits until what a notice set off is over.
    pub async fn becomes(&self, wanted: PersonStatus) {
        for _ in 0..200 {
            if self.status(&self.member.person_id).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {wanted}");
    }
}

/// A contract that ended.
pub fn ended(version: i64) -> vestibule::crm::port::Contract {
    vestibule::crm::port::Contract {
        status: "ended".to_owned(),
        ends_on: "2027-01-01".to_owned(),
        ..contract("1", "A", version)
    }
}
