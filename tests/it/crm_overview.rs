//! What each vendor shows of a company, and what happens where a right is missing: the part is not
//! there, the others are, and the check says so only when the settings promise the panel.

use std::sync::Arc;

use serde_json::json;
use vestibule::{
    crm::{
        conformance::Bench,
        port::{About, Account, Contact, Crm, Part, Record},
    },
    kernel::{Clock, Instant, Keyring, World},
    settings::{ConnectionSettings, Panel},
};

use crate::support::{
    dynamics365::{self, DynamicsBench},
    hubspot::{Hubspot, HubspotBench},
    odoo::{Odoo, OdooBench},
    salesforce::{self, SalesforceBench},
};

fn world() -> World {
    World {
        clock: Clock::manual(Instant::from_seconds(1_800_000_000)),
        ..World::real(Keyring::new([7; 32]))
    }
}

fn promised(mut settings: ConnectionSettings) -> ConnectionSettings {
    settings.overview = Some(vec![Panel::Orders, Panel::Cases]);
    settings
}

/// An account with orders and cases; its id.
async fn filled(bench: &dyn Bench) -> String {
    let account = Account {
        number: "10-01".to_owned(),
        name: "Acme".to_owned(),
        kind: "customer".to_owned(),
        ..Account::default()
    };
    let account = bench.put(Record::Account(account)).await;
    let contact = Contact {
        account_id: account.clone(),
        family_name: "Form".to_owned(),
        email: "conny@acme.example".to_owned(),
        ..Contact::default()
    };
    let contact = bench.put(Record::Contact(contact)).await;
    assert!(bench.put_orders_and_cases(&account, &contact).await);
    account
}

/// Who looks after it, and whether its cases are there although its orders are.
async fn seen(crm: &dyn Crm, account: &str) -> (String, bool) {
    let about = About::Account(account.to_owned());
    let overview = crm.overview(&about).await.unwrap();
    let orders = overview.orders.known().expect("orders");
    assert!(!orders.is_empty());
    let manager = overview
        .manager
        .known()
        .cloned()
        .flatten()
        .unwrap_or_default();
    assert!(
        !matches!(overview.cases, Part::Failed(_)),
        "{:?}",
        overview.cases
    );
    let who = format!("{} <{}>", manager.name, manager.email);
    (who, overview.cases.known().is_some())
}

async fn said(crm: &Arc<dyn Crm>) -> String {
    crm.check().await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn salesforce_shows_an_account_in_one_call() {
    let stand_in = salesforce::StandIn::start().await;
    let crm = stand_in.adapter(&world());
    let bench = SalesforceBench { stand_in, crm };
    let account = filled(&bench).await;
    let rep = bench.stand_in.lock().org.rows("User").next().unwrap()["Id"].clone();
    bench
        .stand_in
        .lock()
        .org
        .put("Account", json!({"Id": account, "OwnerId": rep}));
    seen(&*bench.crm, &account).await;
    bench.stand_in.lock().calls.clear();
    let (who, has_cases) = seen(&*bench.crm, &account).await;
    assert_eq!(
        (who.as_str(), has_cases),
        ("Robin Sales <rep@nordwind.example>", true)
    );
    assert_eq!(bench.stand_in.count_calls(), 1);
    let strict = promised(bench.stand_in.settings());
    let strict = bench.stand_in.adapter_with(&strict, &world());
    strict.check().await.unwrap();
    bench.stand_in.lock().org.drop_object("Case");
    assert!(!seen(&*bench.crm, &account).await.1);
    bench.crm.check().await.unwrap();
    let said = said(&strict).await;
    assert!(
        said.contains("the object Case") && said.contains("`cases`"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamics_shows_an_account() {
    let stand_in = dynamics365::StandIn::start().await;
    let crm = stand_in.adapter(&world());
    let bench = DynamicsBench { stand_in, crm };
    let account = filled(&bench).await;
    let (who, has_cases) = seen(&*bench.crm, &account).await;
    assert_eq!((who.as_str(), has_cases), (" <rep@nordwind.example>", true));
    let strict = promised(bench.stand_in.settings());
    let strict = bench.stand_in.adapter_with(&strict, &world());
    strict.check().await.unwrap();
    bench.stand_in.lock().env.lacks.insert("prvReadIncident");
    let text = said(&strict).await;
    assert!(
        text.contains("prvReadIncident") && text.contains("`cases`"),
        "{text}"
    );
    bench
        .stand_in
        .lock()
        .env
        .tables
        .retain(|it| it.set != "incidents");
    assert!(!seen(&*bench.crm, &account).await.1);
    bench.crm.check().await.unwrap();
    let text = said(&strict).await;
    assert!(text.contains("no table incidents"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspot_shows_a_company() {
    let hubspot = Hubspot::start().await;
    let crm = hubspot.adapter(&hubspot.with_key());
    let bench = HubspotBench {
        hubspot,
        crm,
        contracts: "deals",
        address: "email",
    };
    let account = filled(&bench).await;
    let id: u64 = account.parse().unwrap();
    let owner = json!({"hubspot_owner_id": "77", "lifecyclestage": "opportunity"});
    bench.hubspot.lock().records.write("companies", id, owner);
    let (who, has_cases) = seen(&*bench.crm, &account).await;
    assert_eq!(
        (who.as_str(), has_cases),
        ("Robin Sales <rep@nordwind.example>", true)
    );
    let overview = bench
        .crm
        .overview(&About::Account(account.clone()))
        .await
        .unwrap();
    let stage = overview.lead.known().cloned().flatten().unwrap();
    assert_eq!(stage.stage, "qualified");
    let strict = bench.hubspot.adapter(&promised(bench.hubspot.with_key()));
    strict.check().await.unwrap();
    bench.hubspot.lock().lacks = Some("tickets".to_owned());
    assert!(!seen(&*bench.crm, &account).await.1);
    bench.crm.check().await.unwrap();
    let said = said(&strict).await;
    assert!(
        said.contains("tickets") && said.contains("`cases`"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn odoo_shows_a_company_over_both_protocols() {
    for version in [19, 17] {
        let odoo = Odoo::start().await;
        odoo.lock().is_old = version < 19;
        let mut settings = odoo.settings("");
        settings.odoo.as_mut().unwrap().version = version;
        let crm = odoo.adapter(&settings);
        let bench = OdooBench {
            odoo,
            crm,
            contracts: "sale.order",
        };
        let account = filled(&bench).await;
        let id: i64 = account.parse().unwrap();
        {
            let mut inner = bench.odoo.lock();
            let user = inner.records.create(
                "res.users",
                json!({"login": "rep@nordwind.example", "name": "Robin Sales"}),
            );
            let tag = inner
                .records
                .create("res.partner.category", json!({"name": "Key account"}));
            let values = json!({"user_id": user, "category_id": [tag]});
            inner.records.write("res.partner", id, values);
            let stage = inner
                .records
                .create("crm.stage", json!({"name": "Qualified"}));
            let lead =
                json!({"name": "More", "partner_id": id, "stage_id": stage, "x_portal_score": 40});
            inner.records.create("crm.lead", lead);
        }
        let (who, has_cases) = seen(&*bench.crm, &account).await;
        assert_eq!(
            (who.as_str(), has_cases),
            ("Robin Sales <rep@nordwind.example>", true)
        );
        let overview = bench
            .crm
            .overview(&About::Account(account.clone()))
            .await
            .unwrap();
        assert_eq!(
            overview.segments,
            Part::Known(vec!["Key account".to_owned()])
        );
        let stage = overview.lead.known().cloned().flatten().unwrap();
        assert_eq!(
            (stage.stage.as_str(), stage.score.as_str()),
            ("qualified", "40")
        );
        let strict = bench.odoo.adapter(&promised(settings));
        strict.check().await.unwrap();
        bench.odoo.lock().records.models.remove("helpdesk.ticket");
        assert!(!seen(&*bench.crm, &account).await.1);
        bench.crm.check().await.unwrap();
        let said = said(&strict).await;
        assert!(said.contains("helpdesk.ticket"), "{said}");
    }
}
