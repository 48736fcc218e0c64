//! Each vendor's CRM accepts what a user of it can lend, and nothing else is needed of the portal.

use secrecy::SecretString;
use vestibule::{
    crm::{
        borrowed::{Borrowed, Secret},
        port::CrmError,
    },
    settings::{ConnectionSettings, CredentialSource, Settings},
    web::http_client::http_client,
};

use super::borrowed;
use crate::support::{
    Portal, TestDb,
    crm_stand_in::StandIn,
    dynamics365, each_engine,
    hubspot::{self, Hubspot},
    odoo::{self, Odoo},
    salesforce,
};

fn without(mut settings: ConnectionSettings) -> ConnectionSettings {
    settings.credential = CredentialSource::Borrowed;
    settings.token = None;
    if let Some(own) = &mut settings.salesforce {
        own.client_secret = None;
        own.client_id.clear();
    }
    if let Some(own) = &mut settings.dynamics365 {
        own.client_secret = None;
        own.client_id.clear();
        own.tenant.clear();
        own.token_url = None;
    }
    if let Some(own) = &mut settings.hubspot {
        own.refresh_token = None;
    }
    if let Some(own) = &mut settings.odoo {
        own.login.clear();
    }
    settings
}

async fn tries(
    test: &TestDb,
    (all, settings): (&Settings, ConnectionSettings),
    (token, login): (&str, &str),
) {
    let settings = without(settings);
    let wiring = (&test.db, &test.world, &http_client().unwrap());
    let crm = Borrowed::new(all, &settings, wiring).unwrap();
    let secret = |value: &str| Secret {
        value: SecretString::from(value),
        login: login.to_owned(),
    };
    let kind = settings.kind;
    assert_eq!(crm.try_out(&secret(token)).await, Ok(()), "{kind}");
    let wrong = crm.try_out(&secret("not-the-token")).await;
    assert!(
        matches!(wrong, Err(CrmError::AuthBroken(_))),
        "{kind}: {wrong:?}"
    );
    let text = wrong.unwrap_err().to_string();
    assert!(!text.contains("not-the-token"), "{kind}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_takes_a_users_own_credential() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        let all = &portal.state.settings;
        let http = StandIn::start().await;
        http.lock().tokens.insert("users-token".to_owned());
        tries(&test, (all, borrowed(&http, 100)), ("users-token", "")).await;
        let salesforce = salesforce::StandIn::start().await;
        tries(
            &test,
            (all, salesforce.settings()),
            (&salesforce.token(), ""),
        )
        .await;
        let dynamics = dynamics365::StandIn::start().await;
        tries(&test, (all, dynamics.settings()), (&dynamics.token(), "")).await;
        let hubspot = Hubspot::start().await;
        tries(&test, (all, hubspot.settings()), (hubspot::TOKEN, "")).await;
        let erp = Odoo::start().await;
        tries(&test, (all, erp.settings("")), (odoo::KEY, "")).await;
        let mut old = erp.settings("");
        old.odoo.as_mut().unwrap().version = 17;
        tries(&test, (all, old), (odoo::KEY, odoo::LOGIN)).await;
    })
    .await;
}
