//! The built-in CRM's screen, through the real router.

use vestibule::{
    contracts::{self, Standing},
    crm::{
        builtin::{
            self, List, SaveAccount, SaveContact, SaveContract, SaveLead, Saved, crm_user,
            model::{
                AccountFields, AccountKind, ContactFields, ContractFields, ContractStatus,
                LeadFields,
            },
        },
        port::{ActivityWrite, Author, ContactWrite, Record, Write},
    },
    db::Error,
    kernel::{Instant, ids::CrmRecordId},
};

use crate::support::{
    Portal, TestDb,
    browser::Page,
    each_engine,
    portal::{DESK, REP},
};

struct Sample {
    account: CrmRecordId,
    contact: CrmRecordId,
    contract: CrmRecordId,
    lead: CrmRecordId,
}

impl Sample {
    fn at(&self, place: &str) -> String {
        let id = match place.split('/').next() {
            Some("accounts") => &self.account,
            Some("contacts") => &self.contact,
            Some("contracts") => &self.contract,
            _ => &self.lead,
        };
        format!("/crm/{}", place.replace("ID", id.to_string().as_str()))
    }
}

fn created<R: std::fmt::Debug>(saved: Saved<R>) -> R {
    match saved {
        Saved::Created(record) => record,
        other => panic!("{other:?}"),
    }
}

async fn sample(test: &TestDb) -> Sample {
    let cx = test.cx();
    let author = crm_user("x", "Setup", "");
    let result: Result<Sample, Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                let fields = AccountFields {
                    number: "A1".to_owned(),
                    name: "Kuusi & Sons <Oy>".to_owned(),
                    kind: AccountKind::Customer,
                    parent_id: None,
                    domains: List(vec!["kuusi.example".to_owned()]),
                    postcode: "00100".to_owned(),
                    vat_number: String::new(),
                    owner_email: REP.to_owned(),
                };
                let (id, from_version) = (None, 0);
                let command = SaveAccount {
                    id: id.clone(),
                    from_version,
                    fields,
                };
                let account = created(builtin::save_account(tx, &cx, &author, command).await?).id;
                let fields = ContactFields {
                    account_id: account.clone(),
                    number: String::new(),
                    given_name: "Aino".to_owned(),
                    family_name: "Kuusi".to_owned(),
                    email: "aino@kuusi.example".to_owned(),
                    phone: String::new(),
                    language: "en".to_owned(),
                    opted_out: false,
                };
                let command = SaveContact {
                    id: id.clone(),
                    from_version,
                    fields,
                };
                let contact = created(builtin::save_contact(tx, &cx, &author, command).await?).id;
                let fields = ContractFields {
                    account_id: account.clone(),
                    number: "CT-1".to_owned(),
                    status: ContractStatus::Active,
                    starts_on: "2026-01-01".to_owned(),
                    ends_on: "2027-02-01".to_owned(),
                    grace_days: None,
                    seats: Some(5),
                    products: List(vec!["parts".to_owned()]),
                };
                let command = SaveContract {
                    id: id.clone(),
                    from_version,
                    fields,
                };
                let contract = created(builtin::save_contract(tx, &cx, &author, command).await?).id;
                let fields = LeadFields {
                    company: "Lehto".to_owned(),
                    given_name: "Leo".to_owned(),
                    family_name: "Lehto".to_owned(),
                    email: "leo(at)lehto".to_owned(),
                    phone: String::new(),
                    language: String::new(),
                    opted_out: false,
                    owner_email: String::new(),
                    status: "new".to_owned(),
                };
                let command = SaveLead {
                    id,
                    from_version,
                    fields,
                };
                let lead = created(builtin::save_lead(tx, &cx, &author, command).await?).id;
                Ok(Sample {
                    account,
                    contact,
                    contract,
                    lead,
                })
            })
        })
        .await;
    result.unwrap()
}

/// Every address of the screen for the records of a sample.
const PLACES: &[&str] = &[
    "accounts/ID",
    "accounts/ID/edit",
    "accounts/ID/contacts/new",
    "accounts/ID/contracts/new",
    "contacts/ID",
    "contacts/ID/edit",
    "contracts/ID",
    "leads/ID",
    "leads/ID/edit",
];

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_sees_the_crm_and_unknown_records_do_not_exist() {
    each_engine(async |test| {
        let sample = sample(&test).await;
        let portal = Portal::start(&test).await;
        portal.add_person("aino@kuusi.example").await;
        let (rep, desk) = (portal.sign_in(REP).await, portal.sign_in(DESK).await);
        let customer = portal.sign_in("aino@kuusi.example").await;
        let visitor = portal.browser();
        let lists = ["/crm", "/crm/leads", "/crm/accounts/new", "/crm/leads/new"];
        let records = PLACES.iter().map(|place| sample.at(place));
        for place in lists.iter().map(ToString::to_string).chain(records) {
            rep.get(&place).await.expect(200);
            desk.get(&place).await.expect(200);
            customer.get(&place).await.expect(404);
            let page = visitor.get(&place).await.expect(303);
            assert!(page.location().unwrap().path().starts_with("/sign-in"));
        }
        for place in PLACES {
            for id in ["crm_00000000000000000000000000", "x", "per_1", "%00"] {
                let address = format!("/crm/{}", place.replace("ID", id));
                rep.get(&address).await.expect(404);
            }
        }
        // A record of one kind is not found under the address of another.
        rep.get(&format!("/crm/contacts/{}", sample.account))
            .await
            .expect(404);
        rep.get(&format!("/crm/accounts/{}", sample.lead))
            .await
            .expect(404);
        for action in [
            "contacts/ID/invite",
            "contacts/ID/opt-out",
            "leads/ID/invite",
        ] {
            customer
                .post(&sample.at(action), &[("opted_out", "yes")])
                .await
                .expect(404);
            visitor
                .post(&sample.at(action), &[("opted_out", "yes")])
                .await
                .expect(401);
            let nowhere = format!(
                "/crm/{}",
                action.replace("ID", "crm_00000000000000000000000000")
            );
            rep.post(&nowhere, &[("opted_out", "yes")])
                .await
                .expect(404);
        }
    })
    .await;
}

fn contains(page: &Page, words: &str) {
    let text = page.text();
    assert!(
        text.contains(words),
        "{words:?} is not on {}: {text}",
        page.url
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rep_ends_a_contract_and_sees_what_changed() {
    each_engine(async |test| {
        let sample = sample(&test).await;
        let portal = Portal::start(&test).await;
        let rep = portal.sign_in(REP).await;
        let list = rep.get("/crm?q=KUUSI").await.expect(200);
        contains(&list, "Ends soon");
        let account = rep.get(&list.link("Kuusi & Sons <Oy>")).await.expect(200);
        assert_eq!(account.h1(), "Kuusi & Sons <Oy>");
        let contract = rep.get(&account.link("CT-1")).await.expect(200);
        let form = contract
            .form(&sample.at("contracts/ID"))
            .with("status", "ended");
        let after = rep.press(&contract, &form).await.expect(200);
        assert_eq!(after.path(), sample.at("accounts/ID"));
        contains(&after, "Saved.");
        contains(&after, "Status: Active → changed to Ended");
        contains(&after, "Robin Sales");
        contains(&after, "Latest");
        let crm = builtin::adapter(test.db.clone(), test.world.clone());
        let page = crm.changes("", 100).await.unwrap();
        let Some(Record::Contract(seen)) = page.records.last() else {
            panic!("{page:?}")
        };
        assert_eq!((seen.status.as_str(), seen.version), ("ended", 2));
        assert_eq!(seen.products, ["parts"], "nothing else changed");
        // What the screen said holds in the portal before its answer was there.
        let mut conn = test.db.read().await.unwrap();
        let key = portal.state.crm.builtin().unwrap().key();
        let mirrored = contracts::find(&mut conn, key, &seen.id).await.unwrap();
        let standing = mirrored.unwrap().standing(portal.clock.now());
        assert!(matches!(standing, Standing::Ended { .. }), "{standing:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_keeps_what_was_typed_and_says_what_is_wrong() {
    each_engine(async |test| {
        let sample = sample(&test).await;
        let portal = Portal::start(&test).await;
        let rep = portal.sign_in(REP).await;
        let place = sample.at("contracts/ID");
        let page = rep.get(&place).await.expect(200);
        let form = page
            .form(&place)
            .with("number", "")
            .with("starts_on", "03/04/2026")
            .with("seats", "many <b>")
            .with("status", "frozen");
        let refused = rep.submit(&page, &form).await.expect(422);
        assert!(refused.title().starts_with("Error:"), "{}", refused.title());
        contains(&refused, "Enter this field: Number");
        contains(&refused, "2026-03-04 or 2026-04-03");
        contains(&refused, "Seats must be a whole number");
        contains(&refused, "Status: choose one of the list");
        let again = refused.form(&place);
        assert_eq!(again.field("seats"), Some("many <b>"));
        assert_eq!(again.field("starts_on"), Some("03/04/2026"));
        let links = refused.links();
        for field in ["number", "starts_on", "seats", "status"] {
            assert!(
                links.iter().any(|(href, _)| *href == format!("#{field}")),
                "{field}"
            );
        }

        let new = rep.get("/crm/accounts/new").await.expect(200);
        let form = new
            .form("/crm/accounts/new")
            .with("number", "A1")
            .with("name", "Again")
            .with("parent_id", "NOWHERE")
            .with("domains", "https://www.again.example/, nonsense")
            .with("owner_email", "nobody");
        let refused = rep.submit(&new, &form).await.expect(422);
        contains(&refused, "There is no account with this number");
        contains(&refused, "“nonsense” is no mail domain");
        contains(&refused, "Owner must look like name@");
        let form = refused
            .form("/crm/accounts/new")
            .with("parent_id", "A1")
            .with("domains", "https://www.again.example/")
            .with("owner_email", "");
        let refused = rep.submit(&refused, &form).await.expect(422);
        contains(&refused, "Another record has this number");
        let form = refused.form("/crm/accounts/new").with("number", "A2");
        let created = rep.press(&refused, &form).await.expect(200);
        assert_eq!(created.h1(), "Again");
        contains(&created, "again.example");
        assert_eq!(created.link("Kuusi"), sample.at("accounts/ID"));
        let below = rep.get(&sample.at("accounts/ID")).await;
        contains(&below, "Again");
        let edit = rep.get(&sample.at("accounts/ID/edit")).await;
        let form = edit.form("/edit").with("parent_id", "A2");
        let refused = rep.submit(&edit, &form).await.expect(422);
        contains(&refused, "An account cannot stand above itself");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_editing_one_record_both_keep_their_work() {
    each_engine(async |test| {
        let sample = sample(&test).await;
        let portal = Portal::start(&test).await;
        let (rep, desk) = (portal.sign_in(REP).await, portal.sign_in(DESK).await);
        let place = sample.at("contacts/ID/edit");
        let (mine, theirs) = (rep.get(&place).await, desk.get(&place).await);
        let faster = theirs.form(&place).with("phone", "+358 1");
        desk.press(&theirs, &faster).await.expect(200);
        let slower = mine.form(&place).with("family_name", "Kuusisto");
        let told = rep.submit(&mine, &slower).await.expect(409);
        contains(&told, "Somebody changed this record");
        contains(&told, "+358 1");
        contains(&told, "Kuusisto");
        let form = told.form(&place);
        assert_eq!(
            form.field("family_name"),
            Some("Kuusisto"),
            "typing is kept"
        );
        let saved = rep
            .press(&told, &form.with("phone", "+358 1"))
            .await
            .expect(200);
        assert_eq!(saved.h1(), "Aino Kuusisto");
        contains(&saved, "+358 1");
        // The same form sent twice changes nothing.
        let once_more = rep.get(&place).await;
        let same = rep
            .press(&once_more, &once_more.form(&place))
            .await
            .expect(200);
        contains(&same, "Nothing was changed.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invite_button_shows_the_portals_answer_when_it_comes() {
    each_engine(async |test| {
        let sample = sample(&test).await;
        let portal = Portal::start(&test).await;
        let rep = portal.sign_in(REP).await;
        let place = sample.at("contacts/ID");
        let contact = rep.get(&place).await.expect(200);
        contains(&contact, "Not on the portal");
        contains(&contact, "Orders spare parts");
        assert!(
            !contact.text().contains("Gets to know us"),
            "a role for leads only"
        );
        let form = contact
            .form("/invite")
            .and("roles", "orders")
            .and("roles", "forged");
        let asked = rep.press(&contact, &form).await.expect(200);
        contains(&asked, "Requested");
        contains(&asked, "Roles: (empty) → changed to Orders spare parts");
        let crm = builtin::adapter(test.db.clone(), test.world.clone());
        let page = crm.changes("", 100).await.unwrap();
        let Some(Record::InvitationRequest(request)) = page.records.last() else {
            panic!("{page:?}")
        };
        assert_eq!(request.roles, ["orders"]);
        assert_eq!(request.requested_by, REP);
        let twice = rep.press(&asked, &asked.form("/invite")).await.expect(200);
        contains(&twice, "has not answered yet");

        let answer = Write {
            key: "k1".to_owned(),
            subject: "mem_1".to_owned(),
            at: Instant::from_seconds(1_800_000_100),
            author: Author {
                kind: "person".to_owned(),
                name: "Aino <Kuusi>".to_owned(),
                ..Author::default()
            },
            contact: Some(ContactWrite {
                id: Some(sample.contact.to_string()),
                membership_id: "mem_1".to_owned(),
                portal_status: "active".to_owned(),
                portal_roles: vec!["orders".to_owned(), "gone".to_owned()],
                ..ContactWrite::default()
            }),
            lead: None,
            activity: Some(ActivityWrite {
                kind: "joined".to_owned(),
                text: "Joined <b>the</b> portal.".to_owned(),
                invitation_state: "redeemed".to_owned(),
                ..ActivityWrite::default()
            }),
        };
        crm.apply(&[answer]).await.unwrap();
        let shown = rep.get(&place).await.expect(200);
        for words in [
            "Accepted",
            "Active",
            "Orders spare parts, gone",
            "Aino <Kuusi>",
            "Joined <b>the</b> portal.",
        ] {
            contains(&shown, words);
        }
        let german = portal.sign_in(REP).await;
        let shown = german.get(&format!("{place}?lang=de")).await.expect(200);
        contains(&shown, "Dem Portal beigetreten");
        contains(&shown, "Bestellt Ersatzteile");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_without_an_address_or_wish_for_mail_cannot_be_invited() {
    each_engine(async |test| {
        let sample = sample(&test).await;
        let portal = Portal::start(&test).await;
        let rep = portal.sign_in(REP).await;
        let place = sample.at("leads/ID");
        let lead = rep.get(&place).await.expect(200);
        contains(&lead, "Nobody can be invited without a valid email address");
        assert!(
            !lead
                .forms()
                .iter()
                .any(|form| form.action.contains("invite"))
        );
        let refused = rep.post(&sample.at("leads/ID/invite"), &[]).await;
        contains(&rep.follow(refused).await, "Nobody can be invited without");
        let edit = rep.get(&sample.at("leads/ID/edit")).await;
        let form = edit.form("/edit").with("email", "leo@lehto.example");
        let lead = rep.press(&edit, &form).await.expect(200);
        let silent = rep.press(&lead, &lead.form("/opt-out")).await.expect(200);
        contains(&silent, "does not want email, so there is no invitation");
        let welcome = rep
            .press(&silent, &silent.form("/opt-out"))
            .await
            .expect(200);
        let asked = rep
            .press(&welcome, &welcome.form("/invite"))
            .await
            .expect(200);
        contains(&asked, "Requested");
        contains(&rep.get("/crm/leads").await.expect(200), "Requested");
    })
    .await;
}
