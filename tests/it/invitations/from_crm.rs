//! Invite pressed in a CRM: from the record to the mail and back to the record.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use vestibule::{
    access::Catalogues,
    crm::{Asked, InvitationRequests, port::InvitationRequest},
    invitations::{self, InvitationsFromCrm, InviterKind, Kind, REFUSED, Redeemed},
    kernel::Actor,
    on,
};

use super::town::{REP, Town};
use crate::support::each_engine;

/// Puts a human into the mirror.
async fn human(town: &Town, kind: &'static str, id: &'static str, email: &'static str) {
    let organization = (kind == "contact").then(|| town.organization.clone());
    let done: Result<(), vestibule::db::Error> = town
        .write(move |tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(
                    "INSERT INTO crm_people (connection, external_id, kind, organization_id, company, email, email_key, given_name,
                        family_name, name_key, phone, language, opted_out, crm_version, fetched_at)
                     VALUES ('crm', $1, $2, $3, 'Alku Oy', $4, $4, 'Ben', 'Berg', 'ben berg', '', 'de', FALSE, 1, 1)"
                )
                .bind(id)
                .bind(kind)
                .bind(&organization)
                .bind(email)
                .execute(c)
                .await
                .map(drop))?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
}

fn request(id: &str, contact: &str, by: &str) -> InvitationRequest {
    InvitationRequest {
        id: id.into(),
        version: 1,
        contact_id: Some(contact.into()),
        requested_by: by.into(),
        ..InvitationRequest::default()
    }
}

async fn ask(town: &Town, request: InvitationRequest) -> Asked {
    let made = InvitationsFromCrm {
        settings: (*town.settings).clone(),
        catalogues: Catalogues::starting(town.catalogue.clone()),
    };
    let cx = town.cx(Actor::Crm {
        connection: "crm".into(),
        user: None,
    });
    let asked = town
        .write(move |tx| {
            Box::pin(async move { Arc::new(made).invite(tx, &cx, "crm", &request).await })
        })
        .await;
    asked.unwrap()
}

/// What the CRM is told about invitations of a contact: states and reasons.
async fn told(town: &Town, contact: &str) -> Vec<(String, String)> {
    let mut conn = town.test.db.read().await.unwrap();
    let payloads: Vec<String> = on!(conn, |c| sqlx::query_scalar(
        "SELECT c.payload FROM changes c JOIN deliveries d ON d.change_id = c.id
         WHERE c.kind = 'invitation_moved' AND d.destination = 'crm:crm' ORDER BY d.seq"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    let facts = payloads
        .iter()
        .map(|payload| serde_json::from_str::<Value>(payload).unwrap());
    facts
        .filter(|fact| fact["crm_contact_id"] == contact)
        .map(|fact| {
            (
                fact["state"].as_str().unwrap().into(),
                fact["reason"].as_str().unwrap().into(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rep_who_pressed_is_the_inviter_and_the_record_hears_it() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        human(&town, "contact", "con-1", "ben@kuusi.example").await;
        assert_eq!(ask(&town, request("r-1", "con-1", "ROBIN@nordwind.example")).await, Asked::Done);
        let mut conn = town.test.db.read().await.unwrap();
        let page = invitations::page_for_staff(&mut conn, &Default::default(), None, 9).await.unwrap();
        drop(conn);
        let invitation = &page[0].invitation;
        assert_eq!((invitation.inviter.kind, invitation.inviter.reference.as_str()), (InviterKind::Crm, "crm"));
        assert_eq!((invitation.inviter.name.as_str(), invitation.inviter.phone.as_str()), ("Robin Sales", "+49 40 123"));
        assert_eq!(invitation.inviter.email, REP);
        assert_eq!(invitation.roles.to_list(), ["orders"], "the organization has an admin");
        let mail = &town.mails("ben@kuusi.example").await[0];
        assert_eq!((mail["lang"].as_str(), mail["reply_to"].as_str()), (Some("de"), Some(REP)));
        assert_eq!(town.count("SELECT count(*) FROM changes WHERE kind = 'invitation_moved' AND author LIKE '%ROBIN@nordwind.example%'").await, 1);
        let secret = town.newest_link("ben@kuusi.example").await;
        let ben = town.pending("ben@kuusi.example", true);
        let Redeemed::Joined(joined) = town.redeem(&secret, &ben).await.unwrap() else { panic!("not joined") };
        assert_eq!(joined.membership.crm_contact_id.as_deref(), Some("con-1"));
        let states: Vec<String> = told(&town, "con-1").await.into_iter().map(|(state, _)| state).collect();
        assert_eq!(states, ["queued", "redeemed"]);
        assert_eq!(town.mails(REP).await.len(), 1, "the rep hears that Ben joined");
        // Asked once more, there is nothing to do and no trouble either; the record says why.
        assert_eq!(ask(&town, request("r-2", "con-1", REP)).await, Asked::Done);
        let (state, reason) = told(&town, "con-1").await.pop().unwrap();
        assert_eq!((state.as_str(), reason.as_str()), (REFUSED, "the address belongs to a member already"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_human_of_an_organization_becomes_its_admin() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.sql("UPDATE memberships SET status = 'removed'").await;
        human(&town, "contact", "con-1", "ben@kuusi.example").await;
        assert_eq!(ask(&town, request("r-1", "con-1", "automation")).await, Asked::Done);
        let roles = town.count("SELECT count(*) FROM invitations WHERE roles = 'admin' AND inviter_name = 'Nordwind' AND inviter_email = ''").await;
        assert_eq!(roles, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_told_with_its_reason() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        human(&town, "contact", "con-1", "not an address").await;
        human(&town, "contact", "con-2", "ben@kuusi.example").await;
        let malformed = ask(&town, request("r-1", "con-1", REP)).await;
        assert!(matches!(malformed, Asked::Impossible(_)));
        assert_eq!(
            told(&town, "con-1").await[0].1,
            "the record has no e-mail address that can be written to"
        );
        let mut named = request("r-2", "con-2", REP);
        named.roles = vec!["root".into()];
        assert!(matches!(ask(&town, named).await, Asked::Impossible(_)));
        assert_eq!(told(&town, "con-2").await[0].1, "there is no role \"root\"");
        town.sql("UPDATE contracts SET status = 'ended'").await;
        let asked = ask(&town, request("r-3", "con-2", REP)).await;
        assert_eq!(
            asked,
            Asked::Impossible("the account has no contract that gives access".into())
        );
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 0);
        assert_eq!(
            town.count("SELECT count(*) FROM audit_events WHERE action = 'invitation.not_sent'")
                .await,
            3
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_again_sends_again_and_pressing_twice_does_not() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        human(&town, "contact", "con-1", "ben@kuusi.example").await;
        for number in 0..3 {
            assert_eq!(
                ask(&town, request(&format!("r-{number}"), "con-1", REP)).await,
                Asked::Done
            );
        }
        assert_eq!(town.mails("ben@kuusi.example").await.len(), 1);
        town.test.world.clock.advance(Duration::from_secs(601));
        assert_eq!(ask(&town, request("r-9", "con-1", REP)).await, Asked::Done);
        assert_eq!(town.mails("ben@kuusi.example").await.len(), 2);
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_gets_lead_access_without_a_contract() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        human(&town, "lead", "lead-1", "lea@alku.example").await;
        let asked = InvitationRequest {
            contact_id: None,
            lead_id: Some("lead-1".into()),
            ..request("r-1", "", REP)
        };
        assert_eq!(ask(&town, asked).await, Asked::Done);
        let mut conn = town.test.db.read().await.unwrap();
        let page = invitations::page_for_staff(&mut conn, &Default::default(), None, 9)
            .await
            .unwrap();
        drop(conn);
        let invitation = page[0].invitation.clone();
        assert_eq!(page[0].organization_name, "Alku Oy");
        assert_eq!(
            (invitation.kind, invitation.roles.to_list()),
            (Kind::Lead, vec!["guest".to_owned()])
        );
        let secret = town.newest_link("lea@alku.example").await;
        let lea = town.pending("lea@alku.example", true);
        assert!(matches!(
            town.redeem(&secret, &lea).await.unwrap(),
            Redeemed::Joined(_)
        ));
        let states: Vec<String> = told(&town, "lead-1")
            .await
            .into_iter()
            .map(|(state, _)| state)
            .collect();
        assert_eq!(states, ["queued", "redeemed"]);
    })
    .await;
}
