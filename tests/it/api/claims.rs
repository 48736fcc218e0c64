//! Identity providers ask what belongs into people's tokens, each in its own words.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::{
    clients::Scope,
    on,
    settings::{ClaimsSettings, Settings},
};

use super::{Program, Reply};
use crate::support::{Plan, Portal, TestDb, each_engine};

const EMAIL: &str = "aino@kuusi.example";
const TENANT: &str = "11111111-aaaa-bbbb-cccc-222222222222";
const AUDIENCE: &str = "33333333-aaaa-bbbb-cccc-444444444444";
const EXTENSION: &str = "55555555-aaaa-bbbb-cccc-666666666666";
const ENTRA: &str = "99045fe1-7639-4a75-9d4a-577b6ca3810f";

fn sources() -> Vec<ClaimsSettings> {
    let table = toml::toml! {
        [[claims]]
        key = "actions"
        form = "plain"
        provider = "demo"
        service = "shop"
        [[claims]]
        key = "connector"
        form = "api_connector"
        provider = "demo"
        invited_only = true
        names = { extension_CrmContactId = "contact", extension_Roles = "roles" }
        [[claims]]
        key = "profile"
        form = "technical_profile"
        provider = "demo"
        service = "shop"
        refuse = true
        names = { shopRoles = "application_roles", company = "organization_name" }
        [[claims]]
        key = "entra"
        form = "extension"
        provider = "demo"
        service = "shop"
        invited_only = true
        names = { crmContactId = "contact", roles = "application_roles", access = "access" }
        extension = { tenant = "11111111-aaaa-bbbb-cccc-222222222222", audience = "33333333-aaaa-bbbb-cccc-444444444444", extensions = ["55555555-aaaa-bbbb-cccc-666666666666"] }
    };
    table["claims"].clone().try_into().unwrap()
}

struct Town {
    portal: Portal,
    program: Program,
    subject: String,
}

/// A customer whose member has signed in, so that the provider's name for them is known.
async fn town(test: &TestDb) -> Town {
    let plan = Plan {
        change: Some(Box::new(|settings: &mut Settings| {
            settings.claims = sources();
        })),
        ..Plan::default()
    };
    let portal = Portal::start_as(test, plan).await;
    let organization = portal.add_customer("Kuusi Oy").await;
    portal.add_member(&organization, EMAIL, &["orders"]).await;
    portal
        .execute("UPDATE memberships SET crm_contact_id = 'c-7'")
        .await;
    drop(portal.sign_in(EMAIL).await);
    let mut conn = portal.state.db.read().await.unwrap();
    let sql = "SELECT subject FROM identities";
    let subject = on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await).unwrap();
    drop(conn);
    let program = Program::with(&portal, &[Scope::ClaimsRead], None).await;
    Town {
        portal,
        program,
        subject,
    }
}

impl Town {
    async fn ask(&self, source: &str, body: &Value) -> Reply {
        let path = format!("/api/v1/identity/claims?source={source}");
        self.program.post(&path, body).await
    }

    /// The claims that Entra's own tokens carry.
    fn call(&self) -> Value {
        let now = self.portal.clock.now().as_seconds();
        let issuer = self.portal.state.settings.providers[0].issuer.clone();
        json!({"iss": issuer, "aud": AUDIENCE, "azp": ENTRA, "tid": TENANT, "iat": now, "nbf": now, "exp": now + 300})
    }

    async fn call_entra(&self, claims: &Value, body: &Value) -> Reply {
        let token = self.portal.provider.sign("JWT", claims).await.unwrap();
        let header = format!("Bearer {token}");
        let path = "/api/v1/identity/claims?source=entra";
        let headers = [("authorization", header.as_str())];
        self.program
            .send(Method::POST, path, Some(body), &headers)
            .await
    }

    fn token_event(&self, user: &str) -> Value {
        json!({
            "type": "microsoft.graph.authenticationEvent.tokenIssuanceStart",
            "source": "/tenants/t/applications/a",
            "data": {
                "@odata.type": "microsoft.graph.onTokenIssuanceStartCalloutData",
                "tenantId": TENANT, "authenticationEventListenerId": "l", "customAuthenticationExtensionId": EXTENSION,
                "authenticationContext": {
                    "correlationId": "c", "client": {"ip": "127.0.0.1", "locale": "de-de", "market": "de-de"}, "protocol": "OAUTH2.0",
                    "user": {"id": user, "mail": EMAIL, "userPrincipalName": EMAIL, "userType": "Member"},
                },
            },
        })
    }

    fn sign_up_event(&self, email: &str) -> Value {
        json!({
            "type": "microsoft.graph.authenticationEvent.attributeCollectionSubmit",
            "data": {
                "@odata.type": "microsoft.graph.onAttributeCollectionSubmitCalloutData",
                "tenantId": TENANT, "customAuthenticationExtensionId": EXTENSION,
                "authenticationContext": {"client": {"locale": "de-de"}},
                "userSignUpInfo": {
                    "attributes": {"displayName": {"@odata.type": "microsoft.graph.stringDirectoryAttributeValue", "value": "Aino", "attributeType": "builtIn"}},
                    "identities": [{"signInType": "emailAddress", "issuer": "t.onmicrosoft.com", "issuerAssignedId": email}],
                },
            },
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plain_form_tells_claims_and_follows_the_contract() {
    each_engine(async |test| {
        let town = town(&test).await;
        let asked = json!({"subject": town.subject});
        let reply = town.ask("actions", &asked).await.expect(200);
        assert_eq!(reply.body["decision"], true);
        let claims = &reply.body["claims"];
        assert_eq!(claims["contact"], "c-7");
        assert_eq!(claims["organization_name"], "Kuusi Oy");
        assert_eq!(claims["contract"], "C-1");
        assert_eq!(claims["standing"], "active");
        assert_eq!(claims["access"], "write");
        assert_eq!(claims["roles"], json!(["orders"]));
        assert_eq!(claims["application_roles"], json!(["buyer"]));
        town.portal
            .execute("UPDATE contracts SET status = 'ended'")
            .await;
        let reply = town.ask("actions", &asked).await.expect(200);
        assert_eq!(reply.body["decision"], false);
        assert_eq!(reply.body["reason"], "contract_ended");
        assert_eq!(reply.body["claims"]["access"], "none");
        assert!(reply.body["claims"].get("application_roles").is_none());
        let nobody = town
            .ask("actions", &json!({"subject": "x"}))
            .await
            .expect(200);
        assert_eq!(nobody.body["reason"], "unknown_subject");
        town.ask("actions", &json!({"subject": 7}))
            .await
            .expect(400);
        town.ask(
            "actions",
            &json!({"subject": "x", "issuer": "https://y.example"}),
        )
        .await
        .expect(400);
        town.ask("mars", &asked).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_goes_on_with_claims_and_stops_strangers_at_sign_up() {
    each_engine(async |test| {
        let town = town(&test).await;
        // The documents name the step in two ways.
        for step in ["PreTokenIssuance", "PreTokenApplicationClaims"] {
            let asked = json!({"objectId": town.subject, "email": "x@y.example", "step": step, "client_id": "a", "ui_locales": "de"});
            let reply = town.ask("connector", &asked).await.expect(200);
            let wanted = json!({
                "version": "1.0.0", "action": "Continue",
                "extension_CrmContactId": "c-7", "extension_Roles": "orders",
            });
            assert_eq!(reply.body, wanted);
        }
        // The address of the step after a federated sign-in is unverified: it decides nothing.
        let stranger = |step: &str, email: &str| json!({"email": email, "step": step, "ui_locales": "de"});
        let go_on = json!({"version": "1.0.0", "action": "Continue"});
        let reply = town.ask("connector", &stranger("PostFederationSignup", "x@y.example")).await;
        assert_eq!(reply.expect(200).body, go_on);
        let reply = town.ask("connector", &stranger("PostAttributeCollection", "x@y.example")).await;
        let reply = reply.expect(200);
        assert_eq!(reply.text("/action"), "ShowBlockPage");
        assert!(reply.text("/userMessage").contains("Einladung"), "{}", reply.body);
        let reply = town.ask("connector", &stranger("PostAttributeCollection", EMAIL)).await;
        assert_eq!(reply.expect(200).body, go_on);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technical_profile_gets_claims_or_a_conflict_with_words() {
    each_engine(async |test| {
        let town = town(&test).await;
        let asked = json!({"objectId": town.subject, "culture": "en"});
        let reply = town.ask("profile", &asked).await.expect(200);
        assert_eq!(
            reply.body,
            json!({"shopRoles": ["buyer"], "company": "Kuusi Oy"})
        );
        town.portal
            .execute("UPDATE memberships SET status = 'suspended'")
            .await;
        let reply = town.ask("profile", &asked).await.expect(409);
        assert_eq!(reply.body["status"], 409);
        assert_eq!(reply.text("/code"), "membership_suspended");
        assert_eq!(reply.text("/version"), "1.0.0");
        assert!(reply.text("/userMessage").contains("no access"));
        town.ask("profile", &json!({})).await.expect(400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_answered_to_the_letter() {
    each_engine(async |test| {
        let town = town(&test).await;
        let reply = town
            .call_entra(&town.call(), &town.token_event(&town.subject))
            .await;
        let reply = reply.expect(200);
        assert_eq!(reply.header("content-type"), "application/json");
        let wanted = json!({"data": {
            "@odata.type": "microsoft.graph.onTokenIssuanceStartResponseData",
            "actions": [{
                "@odata.type": "microsoft.graph.tokenIssuanceStart.provideClaimsForToken",
                "claims": {"crmContactId": "c-7", "roles": ["buyer"], "access": "write"},
            }],
        }});
        assert_eq!(reply.body, wanted);
        // Somebody unknown gets a token without access, whatever the mail says.
        let reply = town
            .call_entra(&town.call(), &town.token_event("nobody"))
            .await
            .expect(200);
        assert_eq!(
            reply.body["data"]["actions"][0]["claims"],
            json!({"access": "none"})
        );
        let kind = |reply: &Reply| reply.text("/data/actions/0/@odata.type").to_owned();
        let reply = town
            .call_entra(&town.call(), &town.sign_up_event(EMAIL))
            .await
            .expect(200);
        assert_eq!(
            kind(&reply),
            "microsoft.graph.attributeCollectionSubmit.continueWithDefaultBehavior"
        );
        let reply = town
            .call_entra(&town.call(), &town.sign_up_event("x@y.example"))
            .await
            .expect(200);
        assert_eq!(
            kind(&reply),
            "microsoft.graph.attributeCollectionSubmit.showBlockPage"
        );
        assert!(reply.text("/data/actions/0/message").contains("Einladung"));
        let mut start = town.sign_up_event(EMAIL);
        start["type"] = "microsoft.graph.authenticationEvent.attributeCollectionStart".into();
        let reply = town.call_entra(&town.call(), &start).await.expect(200);
        assert_eq!(
            kind(&reply),
            "microsoft.graph.attributeCollectionStart.continueWithDefaultBehavior"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_tenant_itself_is_answered() {
    each_engine(async |test| {
        let town = town(&test).await;
        let event = town.token_event(&town.subject);
        let now = town.portal.clock.now().as_seconds();
        for (name, value) in [
            ("iss", json!("https://login.example")),
            ("aud", json!("another")),
            ("azp", json!("another-caller")),
            ("tid", json!("another-tenant")),
            ("exp", json!(now - 100)),
            ("exp", Value::Null),
            ("nbf", json!(now + 600)),
        ] {
            let mut claims = town.call();
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value,
            }
            let reply = town.call_entra(&claims, &event).await;
            assert_eq!(reply.status, 401, "{name}: {}", reply.body);
        }
        let mut appid = town.call();
        let caller = appid.as_object_mut().unwrap().remove("azp").unwrap();
        appid["appid"] = caller;
        town.call_entra(&appid, &event).await.expect(200);
        for (place, value) in [
            ("/data/tenantId", json!("another")),
            ("/data/customAuthenticationExtensionId", json!("another")),
            (
                "/type",
                json!("microsoft.graph.authenticationEvent.emailOtpSend"),
            ),
            ("/data/authenticationContext/user/id", json!("")),
        ] {
            let mut event = event.clone();
            *event.pointer_mut(place).unwrap() = value;
            town.call_entra(&town.call(), &event).await.expect(400);
        }
        // Our own token opens no extension, and the tenant's none of the others.
        town.ask("entra", &event).await.expect(401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_proves_itself_by_basic_or_token_and_guessing_ends() {
    each_engine(async |test| {
        let town = town(&test).await;
        let path = "/api/v1/identity/claims?source=actions";
        let body = json!({"subject": town.subject});
        let basic = |id: &str, secret: &str| {
            use base64::Engine as _;
            let code = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
            format!("Basic {code}")
        };
        let made = &town.program.made;
        let right = basic(made.client.id.to_string().as_str(), &made.secret);
        let send = async |header: &str| {
            let headers = [("authorization", header)];
            town.program
                .send(Method::POST, path, Some(&body), &headers)
                .await
        };
        send(&right).await.expect(200);
        let unable = Program::with(&town.portal, &[Scope::EventsRead], None).await;
        unable.post(path, &body).await.expect(403);
        town.program
            .raw(Method::POST, path, Some(b"[]".to_vec()), &[])
            .await
            .expect(400);
        let wrong = basic(made.client.id.to_string().as_str(), "vcs_wrong");
        for _ in 0..20 {
            send(&wrong).await.expect(401);
        }
        send(&right).await.expect(429);
    })
    .await;
}
