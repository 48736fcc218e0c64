//! Odoo: the adapter against a server that behaves like the vendor's, and the portal on top of it.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        conformance::{check, check_faults},
        port::{Account, Contact, Contract, CrmError, LeadWrite, Notice, Record, Verdict, Write},
    },
    kernel::Instant,
    outbox::Outbox,
    settings::{AccessSettings, ConnectionSettings},
};

use crate::support::{
    Portal,
    delay::Delay,
    each_engine,
    job::{self, Desk},
    odoo::{Odoo, OdooBench, SECRET},
    outbox::expect,
    portal::REP,
    seed::{CONNECTION, catalogues, member, organization},
    writes::{apply, contact, is_done, read_all, write},
};

/// Puts the sub-table's lines behind its head.
fn with(odoo: &Odoo, change: impl FnOnce(&mut ConnectionSettings)) -> ConnectionSettings {
    let mut settings = odoo.settings("");
    change(&mut settings);
    settings
}

fn bench(odoo: &Odoo, settings: &ConnectionSettings, contracts: &'static str) -> OdooBench {
    OdooBench {
        odoo: odoo.clone(),
        crm: odoo.adapter(settings),
        contracts,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odoo_keeps_the_ports_promises() {
    let odoo = Odoo::start().await;
    let bench = bench(&odoo, &odoo.settings(""), "sale.order");
    assert_eq!(check(&bench).await, []);
    assert_eq!(check_faults(&bench).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_odoo_keeps_them_over_json_rpc() {
    let odoo = Odoo::start().await;
    odoo.lock().is_old = true;
    let settings = with(&odoo, |settings| {
        settings.odoo.as_mut().unwrap().version = 17;
    });
    let bench = bench(&odoo, &settings, "sale.order");
    assert_eq!(check(&bench).await, []);
    assert_eq!(check_faults(&bench).await, []);
    assert_eq!(odoo.calls("authenticate"), 1, "the user is asked for once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_ones_own_can_hold_the_contracts() {
    let odoo = Odoo::start().await;
    // Everything within one second: only the content tells changes apart.
    odoo.lock().records.step = 100;
    let settings = with(&odoo, |settings| {
        let odoo = settings.odoo.as_mut().unwrap();
        odoo.contract = vestibule::settings::OdooContract::Model;
        odoo.contract_model = "x_contract".to_owned();
    });
    let bench = bench(&odoo, &settings, "x_contract");
    assert_eq!(check(&bench).await, []);
    assert_eq!(check_faults(&bench).await, []);
}

fn company(odoo: &Odoo) -> i64 {
    let account = Account {
        name: "Acme".to_owned(),
        ..Account::default()
    };
    odoo.put(&Record::Account(account), "sale.order")
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_is_refused_alone() {
    let odoo = Odoo::start().await;
    let (account, crm) = (company(&odoo), odoo.adapter(&odoo.settings("")));
    let mut writes: Vec<Write> = (0..20).map(|number| contact(&account, number)).collect();
    writes[7].contact.as_mut().unwrap().email = "broken@faults.example".to_owned();
    let verdicts = apply(&crm, &writes).await;
    assert!(
        matches!(&verdicts[7], Verdict::Rejected { cause, reason } if cause == "invalid_value" && reason.contains("says no")),
        "{:?}",
        verdicts[7]
    );
    assert_eq!(verdicts.iter().filter(|it| is_done(it)).count(), 19);
    let inner = odoo.lock();
    assert_eq!(inner.records.models["mail.message"].rows.len(), 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_true_author_stands_in_record_and_note_and_nothing_is_markup() {
    let odoo = Odoo::start().await;
    let (account, crm) = (company(&odoo), odoo.adapter(&odoo.settings("")));
    let verdicts = apply(&crm, &[contact(&account, 1)]).await;
    let Verdict::Done {
        remote_id: Some(id),
    } = &verdicts[0]
    else {
        panic!("{verdicts:?}")
    };
    let inner = odoo.lock();
    let row = inner.records.row("res.partner", id.parse().unwrap());
    assert_eq!(
        row["x_portal_author"],
        "Ada <Ark> <ada@acme.example> (person)"
    );
    assert_eq!(row["x_portal_changes"], "chg-1");
    assert_eq!(row["name"], "Pat No1");
    assert_eq!(row["parent_id"], account);
    let note = inner.records.models["mail.message"]
        .rows
        .values()
        .next()
        .unwrap();
    let body = note["body"].as_str().unwrap();
    assert!(
        body.contains("Joined &lt;b&gt;the&lt;/b&gt; portal."),
        "{body}"
    );
    assert!(
        body.contains("Ada &lt;Ark&gt;") && body.contains("chg-1"),
        "{body}"
    );
    assert_eq!(note["date"], "2027-01-15 08:00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_sent_and_an_echo_writes_nothing() {
    let odoo = Odoo::start().await;
    let (account, crm) = (company(&odoo), odoo.adapter(&odoo.settings("")));
    let first = contact(&account, 1);
    apply(&crm, std::slice::from_ref(&first)).await;
    odoo.lock().records.stored.clear();
    let mut again = Write {
        activity: None,
        ..first.clone()
    };
    again.key = "chg-again".to_owned();
    assert!(is_done(&apply(&crm, &[again]).await[0]));
    assert!(odoo.lock().records.stored.is_empty(), "nothing had changed");
    // A person in sales corrects the name; a role change must not undo it.
    let id = odoo.lock().records.models["res.partner"]
        .rows
        .keys()
        .last()
        .copied()
        .unwrap();
    odoo.lock()
        .records
        .write("res.partner", id, json!({"phone": "+49 40 7"}));
    let mut roles = first;
    roles.key = "chg-roles".to_owned();
    roles.contact.as_mut().unwrap().portal_roles = Vec::new();
    assert!(is_done(&apply(&crm, &[roles]).await[0]));
    let row = odoo.lock().records.row("res.partner", id);
    assert_eq!(row["phone"], "+49 40 7");
    assert_eq!(row["x_portal_roles"], json!(false), "no role is news too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leads_score_grows_once_however_often_it_is_told() {
    let odoo = Odoo::start().await;
    let crm = odoo.adapter(&odoo.settings(""));
    let points = |key: &str, points| Write {
        lead: Some(LeadWrite {
            portal_key: "reg-1".to_owned(),
            company: "Neu AG".to_owned(),
            email: "lea@neu.example".to_owned(),
            score_points: points,
            ..LeadWrite::default()
        }),
        ..write(key)
    };
    let both = [points("chg-a", 10), points("chg-b", 5)];
    assert!(apply(&crm, &both).await.iter().all(is_done));
    assert!(apply(&crm, &both).await.iter().all(is_done));
    // The first alone, as after a restart that lost the answer of both.
    assert!(apply(&crm, &both[..1]).await.iter().all(is_done));
    // The same lead by its id, in one batch with the key.
    let id = odoo.lock().records.models["crm.lead"]
        .rows
        .keys()
        .next()
        .copied()
        .unwrap();
    let mut by_id = points("chg-c", 1);
    let part = by_id.lead.as_mut().unwrap();
    (part.id, part.portal_key) = (Some(id.to_string()), String::new());
    assert!(
        apply(&crm, &[by_id, points("chg-d", 100)])
            .await
            .iter()
            .all(is_done)
    );
    let inner = odoo.lock();
    assert_eq!(inner.records.models["crm.lead"].rows.len(), 1);
    assert_eq!(inner.records.row("crm.lead", id)["x_portal_score"], 116);
    assert_eq!(inner.records.row("crm.lead", id)["name"], "Neu AG");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_another_member_has_is_for_a_person() {
    let odoo = Odoo::start().await;
    let (account, crm) = (company(&odoo), odoo.adapter(&odoo.settings("")));
    let known = Contact {
        account_id: account.to_string(),
        given_name: "Info".to_owned(),
        family_name: "Desk".to_owned(),
        email: "Info@acme.example".to_owned(),
        ..Contact::default()
    };
    let known = odoo.put(&Record::Contact(known), "sale.order");
    let mut writes = [contact(&account, 1), contact(&account, 2)];
    for write in &mut writes {
        write.contact.as_mut().unwrap().email = "info@acme.example".to_owned();
    }
    let verdicts = apply(&crm, &writes).await;
    assert!(is_done(&verdicts[0]), "{verdicts:?}");
    let Verdict::NeedsReview { candidates, .. } = &verdicts[1] else {
        panic!("{verdicts:?}")
    };
    assert_eq!(*candidates, [known]);
    // Archived contacts are not found by their address.
    let id: i64 = candidates[0].parse().unwrap();
    odoo.lock().records.write(
        "res.partner",
        id,
        json!({"active": false, "x_portal_membership_id": false}),
    );
    assert!(is_done(&apply(&crm, &writes[1..]).await[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_cost_few_calls() {
    each_engine(async |test| {
        let odoo = Odoo::start().await;
        let account = company(&odoo).to_string();
        let organization = organization(&test, &account).await;
        for number in 0..1_000 {
            let email = format!("m{number}@a.example");
            member(&test, &organization, &email, &["admin"]).await;
        }
        let mut settings = odoo.settings("");
        settings.key = CONNECTION.to_owned();
        let connection = Connection::new(
            settings.clone(),
            &AccessSettings::default(),
            odoo.adapter(&settings),
        )
        .unwrap();
        let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
        let connections = Connections::of(vec![connection], &test.db, &test.world, &requests);
        let outbox = Outbox::new(
            test.db.clone(),
            test.world.clone(),
            connections.destinations(&catalogues()),
        );
        outbox.drain().await.unwrap();
        expect(&test, &[("done", 1_000)]).await;
        let calls = odoo.lock().calls.len();
        println!("1,000 contact changes with activities: {calls} calls to Odoo");
        assert!(calls <= 15, "{calls} calls");
        let inner = odoo.lock();
        assert_eq!(inner.records.models["res.partner"].rows.len(), 1_001);
        assert_eq!(inner.records.models["mail.message"].rows.len(), 1_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_subscription_means_stands_in_its_fields() {
    let odoo = Odoo::start().await;
    let company = company(&odoo);
    let mut ids = Vec::new();
    {
        let mut inner = odoo.lock();
        let records = &mut inner.records;
        let buyer = records.create(
            "res.partner",
            json!({"name": "Bo Buyer", "parent_id": company}),
        );
        let product = records.create(
            "product.product",
            json!({"name": "Parts", "default_code": "parts"}),
        );
        for state in [
            "1_draft",
            "3_progress",
            "4_paused",
            "5_renewed",
            "6_churn",
            "8_new",
        ] {
            let order = json!({
                "name": format!("S-{state}"), "partner_id": buyer, "is_subscription": true,
                "subscription_state": state, "start_date": "2026-01-01", "end_date": "2027-12-31",
                "x_seats": 5, "x_grace": 14,
            });
            let order = records.create("sale.order", order);
            records.create(
                "sale.order.line",
                json!({"order_id": order, "product_id": product}),
            );
            ids.push(order);
        }
        records.create(
            "sale.order",
            json!({"name": "no subscription", "partner_id": buyer}),
        );
    }
    let settings = with(&odoo, |settings| {
        settings.odoo.as_mut().unwrap().contract = vestibule::settings::OdooContract::Subscription;
        for (ours, theirs) in [
            ("contract.seats", "x_seats"),
            ("contract.grace_days", "x_grace"),
        ] {
            settings.fields.insert(ours.to_owned(), theirs.to_owned());
        }
        let meanings = [("5_renewed".to_owned(), "active".to_owned())];
        settings
            .values
            .insert("contract.status".to_owned(), meanings.into());
    });
    let crm = odoo.adapter(&settings);
    let (records, _, skipped) = read_all(&crm, 100).await;
    let contracts: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Contract(it) => Some(it),
            _ => None,
        })
        .collect();
    let statuses: Vec<&str> = contracts.iter().map(|it| it.status.as_str()).collect();
    assert_eq!(
        statuses,
        ["draft", "active", "suspended", "active", "ended"]
    );
    assert!(
        skipped.len() == 1 && skipped[0].contains("8_new"),
        "{skipped:?}"
    );
    let first = contracts[0];
    assert_eq!(first.account_id, company.to_string(), "the buyer's company");
    assert_eq!(
        (first.starts_on.as_str(), first.ends_on.as_str()),
        ("2026-01-01", "2027-12-31")
    );
    assert_eq!((first.seats, first.grace_days), (Some(5), Some(14)));
    assert_eq!(first.products, ["parts"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_of_one_transaction_are_all_told() {
    let odoo = Odoo::start().await;
    odoo.lock().records.step = 0;
    for _ in 0..23 {
        company(&odoo);
    }
    odoo.lock().records.step = 300_000;
    for _ in 0..9 {
        company(&odoo);
    }
    let crm = odoo.adapter(&odoo.settings(""));
    for limit in [1, 5, 23, 40] {
        let (records, cursor, _) = read_all(&crm, limit).await;
        assert_eq!(records.len(), 32, "pages of {limit}");
        let again = crm.changes(&cursor, 100).await.unwrap();
        assert!(again.records.is_empty() && again.cursor == cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_asked_for_is_told_once() {
    let odoo = Odoo::start().await;
    let company = company(&odoo);
    for number in 0..3 {
        odoo.lock().records.create("res.partner", json!({
            "name": format!("Pat {number}"), "parent_id": company, "email": format!("p{number}@acme.example"),
            "x_portal_invite": "2027-01-15 09:00:00", "x_portal_invite_by": "rep@nordwind.example",
        }));
    }
    let crm = odoo.adapter(&odoo.settings(""));
    for limit in [1, 2, 100] {
        let (records, cursor, _) = read_all(&crm, limit).await;
        let requests: Vec<_> = records
            .iter()
            .filter_map(|record| match record {
                Record::InvitationRequest(it) => Some(it),
                _ => None,
            })
            .collect();
        assert_eq!(requests.len(), 3);
        assert_eq!(requests[0].requested_by, "rep@nordwind.example");
        assert!(requests[0].contact_id.is_some());
        assert!(crm.changes(&cursor, 100).await.unwrap().records.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_names_what_is_missing() {
    let odoo = Odoo::start().await;
    let crm = odoo.adapter(&odoo.settings(""));
    let said = crm.check().await.unwrap();
    assert!(said.contains("sale.order"), "{said}");
    let problem = async |change: &dyn Fn(&mut crate::support::odoo::Records)| {
        let whole = odoo.lock().records.clone();
        change(&mut odoo.lock().records);
        let said = crm.check().await.unwrap_err();
        odoo.lock().records = whole;
        said
    };
    let missing = problem(&|records| {
        records.model("res.partner").fields.remove("x_portal_roles");
        records.model("crm.lead").fields.remove("x_portal_key");
    })
    .await
    .to_string();
    assert!(
        missing.contains("res.partner.x_portal_roles, crm.lead.x_portal_key"),
        "{missing}"
    );
    let readonly = problem(&|records| records.model("crm.lead").readonly = true).await;
    assert!(
        matches!(&readonly, CrmError::AuthBroken(said) if said.contains("crm.lead")),
        "{readonly}"
    );
    let hidden = problem(&|records| records.model("sale.order").hidden = true).await;
    assert!(
        matches!(&hidden, CrmError::AuthBroken(said) if said.contains("sale.order")),
        "{hidden}"
    );
    let module = problem(&|records| drop(records.models.remove("crm.lead")))
        .await
        .to_string();
    assert!(
        module.contains("crm.lead") && module.contains("installed"),
        "{module}"
    );
    odoo.lock().is_old = true;
    let old = crm.check().await.unwrap_err().to_string();
    assert!(old.contains("odoo.version"), "{old}");
    let rpc = with(&odoo, |settings| {
        let odoo = settings.odoo.as_mut().unwrap();
        (odoo.version, odoo.login) = (16, "nobody@nordwind.example".to_owned());
    });
    let denied = odoo.adapter(&rpc).check().await.unwrap_err();
    assert!(
        matches!(&denied, CrmError::AuthBroken(said) if said.contains("login")),
        "{denied}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_secret_proves_a_notice() {
    let odoo = Odoo::start().await;
    let crm = odoo.adapter(&odoo.settings(""));
    let hear = async |secret: &str| {
        let notice = Notice {
            method: "POST",
            url: "https://portal.example/",
            secret,
            headers: &[],
            body: b"{\"_id\": 7}",
            now: Instant::from_seconds(1_800_000_000),
        };
        crm.hear(&notice).await.is_ok()
    };
    assert!(hear(SECRET).await);
    for wrong in [
        "",
        "x",
        &SECRET[1..],
        &format!("{SECRET}0"),
        &SECRET.to_uppercase(),
    ] {
        assert!(!hear(wrong).await, "{wrong}");
    }
    let silent = with(&odoo, |settings| {
        settings.odoo.as_mut().unwrap().notice_secret = None;
    });
    let silent = odoo.adapter(&silent);
    let notice = Notice {
        method: "POST",
        url: "",
        secret: "",
        headers: &[],
        body: b"",
        now: Instant::from_seconds(0),
    };
    assert!(
        silent.hear(&notice).await.is_err(),
        "no secret is no open door"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_finds_nothing_it_should_not() {
    let odoo = Odoo::start().await;
    let crm = odoo.adapter(&odoo.settings(""));
    let company = company(&odoo);
    odoo.lock()
        .records
        .write("res.partner", company, json!({"ref": "10-01"}));
    odoo.lock().records.create("sale.order", json!({"name": "S00042", "partner_id": company, "state": "sale", "date_order": "2026-01-01 00:00:00"}));
    let ask = async |number: &str, email: &str| {
        let question = vestibule::crm::port::ContractQuestion {
            number_key: number.to_owned(),
            fact_key: "1001".to_owned(),
            email_key: email.to_owned(),
        };
        crm.find_contract(&question).await.unwrap()
    };
    assert!(ask("S00042", "").await.is_some());
    for hostile in [
        "S0004%",
        "%",
        "_00042",
        "S0004_",
        "\"]",
        "S00042\"]]",
        "'",
        "S0004",
    ] {
        assert!(ask(hostile, "x\"]]@a.example").await.is_none(), "{hostile}");
    }
}

#[test]
fn wrong_settings_name_the_key_and_what_works() {
    let base = r#"
        [portal]
        name = "N"
        public_url = "https://portal.example"
        support_email = "help@portal.example"
        [security]
        encryption_key = "0707070707070707070707070707070707070707070707070707070707070707"
        [mail]
        transport = "file"
        from = "portal@portal.example"
        [[providers]]
        key = "main"
        name = "Main"
        issuer = "https://login.example"
        client_id = "portal"
        client_secret = "secret"
        trusted_domains = ["*"]
        [[connections]]
        key = "odoo"
        name = "Odoo"
        kind = "odoo"
    "#;
    let whole = "url = \"https://acme.odoo.example\"\ntoken = \"key\"\n";
    for (more, key, words) in [
        (
            "token = \"k\"\nodoo = { database = \"a\" }".to_owned(),
            "connections.0.url",
            "https",
        ),
        (
            "url = \"https://a.example\"\nodoo = { database = \"a\" }".to_owned(),
            "connections.0.token",
            "missing",
        ),
        (whole.to_owned(), "connections.0.odoo", "database = "),
        (
            format!("{whole}odoo = {{ database = \" \" }}"),
            "connections.0.odoo.database",
            "database = ",
        ),
        (
            format!("{whole}odoo = {{ database = \"a\", version = 13 }}"),
            "connections.0.odoo.version",
            "version = 19",
        ),
        (
            format!("{whole}odoo = {{ database = \"a\", version = 17 }}"),
            "connections.0.odoo.login",
            "login = ",
        ),
        (
            format!("{whole}odoo = {{ database = \"a\", contract = \"model\" }}"),
            "connections.0.odoo.contract_model",
            "x_contract",
        ),
        (
            format!("{whole}odoo = {{ database = \"a\", contract_domain = \"x\" }}"),
            "connections.0.odoo.contract_domain",
            "[[",
        ),
        (
            format!("{whole}odoo = {{ database = \"a\", notice_secret = \"short\" }}"),
            "connections.0.odoo.notice_secret",
            "openssl",
        ),
        (
            format!("{whole}odoo = {{ database = \"a\", colour = 1 }}"),
            "connections.0.odoo",
            "colour",
        ),
    ] {
        let said = vestibule::settings::parse(&format!("{base}{more}"), &Default::default());
        let problems = said.unwrap_err().0;
        let problem = problems.iter().find(|it| it.key.starts_with(key));
        let problem = problem.unwrap_or_else(|| panic!("{key}: {problems:?}"));
        assert!(
            format!("{problem:?}").contains(words.trim_matches('"')),
            "{key}: {problem:?}"
        );
    }
    let fits = format!("{base}{whole}odoo = {{ database = \"acme\" }}");
    let said = vestibule::settings::parse(&fits, &Default::default());
    let problems = said.err().map_or_else(Vec::new, |it| it.0);
    let ours = problems
        .iter()
        .filter(|it| it.key.starts_with("connections"));
    assert_eq!(ours.count(), 0, "{problems:?}");
}

#[async_trait]
impl Desk for OdooBench {
    fn settings(&self) -> ConnectionSettings {
        self.odoo.settings("")
    }

    fn delay(&self) -> Delay {
        self.odoo.lock().delay.clone()
    }

    async fn add_product(&self, contract: &str) {
        let order: i64 = contract.parse().unwrap();
        let mut inner = self.odoo.lock();
        let records = &mut inner.records;
        let product = records.create(
            "product.product",
            json!({"name": "Parts", "default_code": "parts"}),
        );
        records.create(
            "sale.order.line",
            json!({"order_id": order, "product_id": product}),
        );
    }

    async fn press_invite(&self, _portal: &Portal, _key: &str, contact: &str) {
        let asked = json!({"x_portal_invite": "2027-01-15 09:00:00", "x_portal_invite_by": REP});
        let mut inner = self.odoo.lock();
        inner
            .records
            .write("res.partner", contact.parse().unwrap(), asked);
    }

    async fn notify(&self, portal: &Portal, key: &str) -> u16 {
        let path = format!("/api/v1/crm/{key}/notices/{SECRET}");
        let forged = path.replace("0123", "3210");
        assert_eq!(job::post(portal, &forged, &[], Vec::new()).await, 401);
        let body = json!({"_action": "post(#1)", "_id": 7, "_model": "res.partner"});
        job::post(portal, &path, &[], body.to_string().into_bytes()).await
    }

    async fn told(&self, contact: &str) -> [String; 3] {
        let row = self
            .odoo
            .lock()
            .records
            .row("res.partner", contact.parse().unwrap());
        ["x_portal_status", "x_portal_roles", "x_portal_invitation"].map(|field| {
            row.get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        })
    }

    async fn set_contract(&self, contract: &Contract, is_active: bool) {
        let state = if is_active { "sale" } else { "cancel" };
        let mut inner = self.odoo.lock();
        inner.records.write(
            "sale.order",
            contract.id.parse().unwrap(),
            json!({"state": state}),
        );
    }

    async fn contacts(&self) -> usize {
        let inner = self.odoo.lock();
        let people = inner.records.models["res.partner"].rows.values();
        people
            .filter(|row| row["is_company"] == json!(false))
            .count()
    }
}

pub async fn desk() -> OdooBench {
    let odoo = Odoo::start().await;
    bench(&odoo, &odoo.settings(""), "sale.order")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_goes_through() {
    each_engine(async |test| job::run(&test, &desk().await).await).await;
}
