//! The built-in CRM: its feed, its keyed writes, its look-up, its own actions.

use std::{collections::HashMap, sync::Arc};

use vestibule::{
    crm::{
        builtin::{
            self, Invite, Invited, List, OptOut, SaveAccount, SaveContact, SaveContract, SaveLead,
            Saved, crm_user,
            model::{
                Account, AccountFields, AccountKind, Activity, Contact, ContactFields, Contract,
                ContractFields, ContractStatus, Lead, LeadFields,
            },
        },
        port::{
            ActivityWrite, Author, ContactWrite, ContractQuestion, Crm, FeedPage, LeadWrite,
            Record, Verdict, Write,
        },
    },
    db::Error,
    kernel::ids::CrmRecordId,
};

use crate::support::{TestDb, each_engine};

fn rep() -> Author {
    crm_user("per_rep", "Rana Rep", "rana@supplier.example")
}

pub fn account_fields(number: &str) -> AccountFields {
    AccountFields {
        number: number.to_owned(),
        name: format!("Company {number}"),
        kind: AccountKind::Customer,
        parent_id: None,
        domains: List(vec![format!("{}.example", number.to_lowercase())]),
        postcode: "20095".to_owned(),
        vat_number: format!("DE {number}"),
        owner_email: "rana@supplier.example".to_owned(),
    }
}

fn contact_fields(account: &CrmRecordId, email: &str) -> ContactFields {
    ContactFields {
        account_id: account.clone(),
        number: String::new(),
        given_name: "Aino".to_owned(),
        family_name: "Virtanen".to_owned(),
        email: email.to_owned(),
        phone: "+358 9 1".to_owned(),
        language: "en".to_owned(),
        opted_out: false,
    }
}

fn contract_fields(account: &CrmRecordId, number: &str) -> ContractFields {
    ContractFields {
        account_id: account.clone(),
        number: number.to_owned(),
        status: ContractStatus::Active,
        starts_on: "2026-01-01".to_owned(),
        ends_on: String::new(),
        grace_days: None,
        seats: Some(5),
        products: List(vec!["parts".to_owned(), "service".to_owned()]),
    }
}

fn lead_fields(email: &str) -> LeadFields {
    LeadFields {
        company: "New Company".to_owned(),
        given_name: "Lee".to_owned(),
        family_name: "Dahl".to_owned(),
        email: email.to_owned(),
        phone: String::new(),
        language: "de".to_owned(),
        opted_out: false,
        owner_email: "rana@supplier.example".to_owned(),
        status: "new".to_owned(),
    }
}

macro_rules! saver {
    ($name:ident, $command:ident, $fields:ty, $record:ty, $action:path) => {
        async fn $name(
            test: &TestDb,
            id: Option<CrmRecordId>,
            from_version: i64,
            fields: $fields,
        ) -> Saved<$record> {
            let cx = test.cx();
            test.db
                .write(move |tx| {
                    Box::pin(async move {
                        let command = $command {
                            id,
                            from_version,
                            fields,
                        };
                        $action(tx, &cx, &rep(), command).await
                    })
                })
                .await
                .unwrap()
        }
    };
}
saver!(
    save_account,
    SaveAccount,
    AccountFields,
    Account,
    builtin::save_account
);
saver!(
    save_contact,
    SaveContact,
    ContactFields,
    Contact,
    builtin::save_contact
);
saver!(
    save_contract,
    SaveContract,
    ContractFields,
    Contract,
    builtin::save_contract
);
saver!(save_lead, SaveLead, LeadFields, Lead, builtin::save_lead);

fn created<R: std::fmt::Debug>(saved: Saved<R>) -> R {
    match saved {
        Saved::Created(record) => record,
        other => panic!("{other:?}"),
    }
}

async fn new_account(test: &TestDb, number: &str) -> Account {
    created(save_account(test, None, 0, account_fields(number)).await)
}

async fn new_contact(test: &TestDb, account: &Account, email: &str) -> Contact {
    created(save_contact(test, None, 0, contact_fields(&account.id, email)).await)
}

fn crm(test: &TestDb) -> Arc<dyn Crm> {
    builtin::adapter(test.db.clone(), test.world.clone())
}

fn key_of(record: &Record) -> (String, i64) {
    match record {
        Record::Account(record) => (record.id.clone(), record.version),
        Record::Contact(record) => (record.id.clone(), record.version),
        Record::Contract(record) => (record.id.clone(), record.version),
        Record::Lead(record) => (record.id.clone(), record.version),
        Record::InvitationRequest(record) => (record.id.clone(), record.version),
    }
}

fn keys(page: &FeedPage) -> Vec<(String, i64)> {
    page.records.iter().map(key_of).collect()
}

async fn contact_by_id(test: &TestDb, id: &CrmRecordId) -> Contact {
    let mut conn = test.db.read().await.unwrap();
    builtin::find_contact(&mut conn, id).await.unwrap().unwrap()
}

async fn history(test: &TestDb, id: &CrmRecordId) -> Vec<Activity> {
    let mut conn = test.db.read().await.unwrap();
    builtin::list_activities(&mut conn, id, 100).await.unwrap()
}

fn write(key: &str, subject: &str) -> Write {
    Write {
        key: key.to_owned(),
        subject: subject.to_owned(),
        at: vestibule::kernel::Instant::from_seconds(1_799_999_000),
        author: Author {
            kind: "person".to_owned(),
            reference: "per_1".to_owned(),
            name: "Olli Admin".to_owned(),
            email: "olli@a1.example".to_owned(),
        },
        contact: None,
        lead: None,
        activity: None,
    }
}

fn contact_write(key: &str, account: &Account, membership: &str, email: &str) -> Write {
    Write {
        contact: Some(ContactWrite {
            account_id: account.id.to_string(),
            membership_id: membership.to_owned(),
            person_id: format!("per_of_{membership}"),
            email: email.to_owned(),
            given_name: "Aino".to_owned(),
            family_name: "Virtanen".to_owned(),
            portal_status: "active".to_owned(),
            portal_roles: vec!["orders".to_owned()],
            ..ContactWrite::default()
        }),
        ..write(key, membership)
    }
}

async fn apply(test: &TestDb, write: &Write) -> Verdict {
    let mut verdicts = crm(test).apply(std::slice::from_ref(write)).await.unwrap();
    assert_eq!(verdicts.len(), 1);
    verdicts.remove(0)
}

fn remote_id(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Done {
            remote_id: Some(id),
        } => id.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_shows_each_record_once_at_its_last_change() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let contact = new_contact(&test, &account, "aino@a1.example").await;
        let fields = contract_fields(&account.id, "CT-1");
        let contract = created(save_contract(&test, None, 0, fields).await);
        let lead = created(save_lead(&test, None, 0, lead_fields("lee@new.example")).await);
        let crm = crm(&test);

        let first = crm.changes("", 3).await.unwrap();
        let expected: Vec<(String, i64)> = [&account.id, &contact.id, &contract.id]
            .map(|id| (id.to_string(), 1))
            .into();
        assert_eq!(keys(&first), expected);
        assert!(first.more);
        let second = crm.changes(&first.cursor, 3).await.unwrap();
        assert_eq!(keys(&second), [(lead.id.to_string(), 1)]);
        assert!(!second.more);

        let mut fields = account.fields.clone();
        fields.name = "Renamed".to_owned();
        save_account(&test, Some(account.id.clone()), 1, fields).await;
        let third = crm.changes(&second.cursor, 3).await.unwrap();
        assert_eq!(keys(&third), [(account.id.to_string(), 2)]);
        let nothing = crm.changes(&third.cursor, 3).await.unwrap();
        assert!(nothing.records.is_empty() && nothing.cursor == third.cursor);

        let whole = crm.changes("", 100).await.unwrap();
        assert_eq!(whole.records.len(), 4);
        let old = crm.changes(&first.cursor, 100).await.unwrap();
        assert_eq!(old.records.len(), 2, "an old cursor stays valid");
        let Record::Contract(seen) = whole.records.get(1).unwrap() else {
            panic!("{whole:?}")
        };
        assert_eq!(seen.products, ["parts", "service"]);
        assert_eq!((seen.seats, seen.grace_days), (Some(5), None));
        assert!(crm.changes("nonsense", 3).await.is_err());
        assert!(crm.check().await.is_ok());
    })
    .await;
}

/// The reader asks for what came after its last number while sixteen writers commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_the_feed_misses_nothing_while_many_write() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let mut writers = Vec::new();
        for writer in 0..16 {
            let (test, account) = (test.clone(), account.clone());
            writers.push(tokio::spawn(async move {
                for number in 0..12 {
                    let email = format!("p{writer}-{number}@a1.example");
                    let mut contact = new_contact(&test, &account, &email).await;
                    contact.fields.phone = "+49 40 1".to_owned();
                    let saved =
                        save_contact(&test, Some(contact.id), 1, contact.fields.clone()).await;
                    assert!(matches!(saved, Saved::Changed(_)), "{saved:?}");
                }
            }));
        }
        let (crm, mut cursor) = (crm(&test), String::new());
        let mut seen: HashMap<String, i64> = HashMap::new();
        let mut finished = false;
        loop {
            let page = crm.changes(&cursor, 7).await.unwrap();
            for (id, version) in keys(&page) {
                let last = seen.insert(id, version).unwrap_or(0);
                assert!(version >= last, "the feed goes back");
            }
            cursor = page.cursor;
            if !page.more && finished {
                break;
            }
            finished = writers.iter().all(tokio::task::JoinHandle::is_finished);
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        seen.remove(account.id.to_string().as_str());
        assert_eq!(seen.len(), 192);
        assert!(seen.values().all(|version| *version == 2), "{seen:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_found_only_with_a_second_fact_of_its_own_account() {
    each_engine(async |test| {
        let account = new_account(&test, "A-1").await;
        let mut blank = account_fields("B-2");
        blank.postcode = String::new();
        blank.vat_number = String::new();
        let other = created(save_account(&test, None, 0, blank).await);
        save_contract(&test, None, 0, contract_fields(&account.id, "CT 10/01")).await;
        save_contract(&test, None, 0, contract_fields(&other.id, "CT-2002")).await;
        new_contact(&test, &account, "Aino@A1.example").await;
        new_contact(&test, &other, "aino@a1.example").await;
        let ask = async |number: &str, fact: &str| {
            let question = ContractQuestion {
                number_key: number.to_owned(),
                fact_key: fact.to_owned(),
                email_key: "aino@a1.example".to_owned(),
            };
            crm(&test).find_contract(&question).await.unwrap()
        };
        for fact in ["A1", "20095", "DEA1"] {
            let found = ask("CT1001", fact).await.unwrap();
            assert_eq!(found.account.id, account.id.to_string());
            assert_eq!(found.contract.number, "CT 10/01");
            assert_eq!(found.contacts.len(), 1, "only this account's contacts");
        }
        for (number, fact) in [
            ("CT1001", "B2"),
            ("CT1001", ""),
            ("CT2002", ""),
            ("CT2002", "20095"),
            ("", ""),
            ("CT9", "A1"),
        ] {
            assert!(ask(number, fact).await.is_none(), "{number} {fact}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_becomes_one_contact_whatever_arrives_how_often() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let known = new_contact(&test, &account, "AINO@a1.example").await;
        let first = contact_write("k1", &account, "mem_1", "aino@a1.example");
        let verdict = apply(&test, &first).await;
        assert_eq!(remote_id(&verdict), known.id.to_string(), "by address");
        assert_eq!(apply(&test, &first).await, verdict, "the same answer again");
        let linked = contact_by_id(&test, &known.id).await;
        assert_eq!(linked.version, 2);
        assert_eq!(linked.portal.portal_roles.0, ["orders"]);
        assert_eq!(linked.fields.phone, "+358 9 1", "what is empty stays");
        let entries = history(&test, &known.id).await;
        assert_eq!(entries.len(), 2, "{entries:?}");
        assert!(
            entries
                .iter()
                .any(|entry| entry.author_name == "Olli Admin")
        );

        // A changed address finds the contact by its membership, and the stored id comes first.
        let moved = contact_write("k2", &account, "mem_1", "new@a1.example");
        assert_eq!(remote_id(&apply(&test, &moved).await), known.id.to_string());
        let mut by_id = contact_write("k3", &account, "mem_other", "x@a1.example");
        if let Some(part) = &mut by_id.contact {
            part.id = Some(known.id.to_string());
        }
        assert_eq!(remote_id(&apply(&test, &by_id).await), known.id.to_string());

        let fresh = contact_write("k4", &account, "mem_2", "two@a1.example");
        assert_ne!(remote_id(&apply(&test, &fresh).await), known.id.to_string());

        let page = crm(&test).changes("", 100).await.unwrap();
        let seen = keys(&page);
        assert!(seen.contains(&(known.id.to_string(), 4)), "{seen:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_shown_without_a_new_version() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let mut first = contact_write("k1", &account, "mem_1", "aino@a1.example");
        let id: CrmRecordId = remote_id(&apply(&test, &first).await).parse().unwrap();
        let cursor = crm(&test).changes("", 100).await.unwrap().cursor;
        first.key = "k2".to_owned();
        if let Some(part) = &mut first.contact {
            part.last_sign_in = "2027-01-15T07:00:00Z".to_owned();
        }
        apply(&test, &first).await;
        let contact = contact_by_id(&test, &id).await;
        assert_eq!(contact.portal.last_sign_in, "2027-01-15T07:00:00Z");
        assert_eq!(contact.version, 1);
        assert!(
            crm(&test)
                .changes(&cursor, 9)
                .await
                .unwrap()
                .records
                .is_empty()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_candidate_is_for_a_person_to_decide() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let one = new_contact(&test, &account, "office@a1.example").await;
        let two = new_contact(&test, &account, "Office@a1.example").await;
        let mut change = contact_write("k1", &account, "mem_1", "office@a1.example");
        let Verdict::NeedsReview { candidates, .. } = apply(&test, &change).await else {
            panic!("a blind write")
        };
        let mut expected = [one.id.to_string(), two.id.to_string()];
        expected.sort();
        assert_eq!(candidates, expected);
        assert_eq!(
            contact_by_id(&test, &one.id).await,
            one,
            "nothing was written"
        );

        // The person chose: the same change goes through.
        if let Some(part) = &mut change.contact {
            part.id = Some(two.id.to_string());
        }
        assert_eq!(remote_id(&apply(&test, &change).await), two.id.to_string());

        // A contact of another member is never taken over.
        new_contact(&test, &account, "solo@a1.example").await;
        let first = contact_write("k2", &account, "mem_2", "solo@a1.example");
        let stranger = contact_write("k3", &account, "mem_3", "solo@a1.example");
        apply(&test, &first).await;
        assert!(matches!(
            apply(&test, &stranger).await,
            Verdict::NeedsReview { .. }
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_refused_and_leaves_nothing_behind() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let foreign = new_account(&test, "B2").await;
        let theirs = new_contact(&test, &foreign, "aino@a1.example").await;
        let refused = |verdict: &Verdict| {
            matches!(verdict, Verdict::Rejected { cause, .. } if cause == "not_found")
        };
        let mut nowhere = contact_write("k1", &account, "mem_1", "aino@a1.example");
        for id in ["", "crm_00000000000000000000000000", "'; DROP TABLE x"] {
            if let Some(part) = &mut nowhere.contact {
                id.clone_into(&mut part.account_id);
            }
            assert!(refused(&apply(&test, &nowhere).await), "{id}");
        }
        // The contact could be written, the lead does not exist: neither is.
        let mut both = contact_write("k2", &account, "mem_1", "aino@a1.example");
        both.lead = Some(LeadWrite {
            id: Some("crm_00000000000000000000000000".to_owned()),
            ..LeadWrite::default()
        });
        assert!(refused(&apply(&test, &both).await));
        let cursor_before = crm(&test).changes("", 100).await.unwrap();
        assert_eq!(cursor_before.records.len(), 3);

        // Once the cause is gone the same change goes through, and into its own account only.
        both.lead = None;
        let id = remote_id(&apply(&test, &both).await);
        assert_ne!(id, theirs.id.to_string());
        let activity = Write {
            activity: Some(ActivityWrite {
                contact_id: Some("crm_nonsense".to_owned()),
                ..ActivityWrite::default()
            }),
            ..write("k3", "x")
        };
        assert!(refused(&apply(&test, &activity).await));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_found_by_key_then_by_address_and_scored_once() {
    each_engine(async |test| {
        let known = created(save_lead(&test, None, 0, lead_fields("Lee@new.example")).await);
        let part = LeadWrite {
            portal_key: "reg_1".to_owned(),
            company: "New Company Ltd".to_owned(),
            email: "lee@new.example".to_owned(),
            score_points: 10,
            status: "registered".to_owned(),
            consent: "contact v1".to_owned(),
            ..LeadWrite::default()
        };
        let mut change = Write {
            lead: Some(part.clone()),
            activity: Some(ActivityWrite {
                kind: "lead_registered".to_owned(),
                text: "Registered on the portal".to_owned(),
                invitation_state: "redeemed".to_owned(),
                ..ActivityWrite::default()
            }),
            ..write("k1", "reg_1")
        };
        for _ in 0..3 {
            assert_eq!(
                remote_id(&apply(&test, &change).await),
                known.id.to_string()
            );
        }
        change.key = "k2".to_owned();
        if let Some(part) = &mut change.lead {
            part.email = "moved@new.example".to_owned();
            part.status = String::new();
        }
        apply(&test, &change).await;
        let mut conn = test.db.read().await.unwrap();
        let lead = builtin::find_lead(&mut conn, &known.id)
            .await
            .unwrap()
            .unwrap();
        drop(conn);
        assert_eq!(lead.score, 20);
        assert_eq!(lead.fields.status, "registered");
        assert_eq!(lead.invitation_status, "redeemed");
        assert_eq!(lead.fields.given_name, "Lee");
        assert_eq!(history(&test, &known.id).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_change_from_many_sides_at_once_is_applied_once() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let mut senders = Vec::new();
        for sender in 0..24 {
            let (crm, account) = (crm(&test), account.clone());
            senders.push(tokio::spawn(async move {
                // Two keys, one member: whoever comes second finds the contact of the first.
                let key = if sender % 2 == 0 { "k1" } else { "k2" };
                let change = contact_write(key, &account, "mem_1", "aino@a1.example");
                crm.apply(&[change]).await.unwrap().remove(0)
            }));
        }
        let mut ids = Vec::new();
        for sender in senders {
            ids.push(remote_id(&sender.await.unwrap()));
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let page = crm(&test).changes("", 100).await.unwrap();
        assert_eq!(page.records.len(), 2, "one account, one contact");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_answers_in_its_own_order() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let mut batch = Vec::new();
        for number in 0..40 {
            let (member, email) = (format!("mem_{}", number % 10), number % 10);
            let mut change = contact_write(
                &format!("k{number}"),
                &account,
                &member,
                &format!("p{email}@a1.example"),
            );
            if let Some(part) = &mut change.contact {
                part.family_name = format!("Version {}", number / 10);
                if number % 10 == 9 {
                    part.account_id = "nowhere".to_owned();
                }
            }
            batch.push(change);
        }
        let verdicts = crm(&test).apply(&batch).await.unwrap();
        assert_eq!(verdicts.len(), 40);
        for (number, verdict) in verdicts.iter().enumerate() {
            if number % 10 == 9 {
                assert!(matches!(verdict, Verdict::Rejected { .. }));
                continue;
            }
            let id: CrmRecordId = remote_id(verdict).parse().unwrap();
            let contact = contact_by_id(&test, &id).await;
            let member = format!("mem_{}", number % 10);
            assert_eq!(contact.portal.portal_membership_id, member);
            assert_eq!(contact.fields.family_name, "Version 3", "order per subject");
        }
    })
    .await;
}

async fn invite(test: &TestDb, id: &CrmRecordId, roles: &[&str]) -> Invited {
    let (cx, id) = (test.cx(), id.clone());
    let roles = List(roles.iter().map(ToString::to_string).collect());
    let result: Result<Invited, Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move { builtin::invite(tx, &cx, &rep(), Invite { id, roles }).await })
        })
        .await;
    result.unwrap()
}

async fn set_opt_out(test: &TestDb, id: &CrmRecordId, opted_out: bool) {
    let (cx, id) = (test.cx(), id.clone());
    let result: Result<_, Error> = test
        .db
        .write(move |tx| {
            let command = OptOut { id, opted_out };
            Box::pin(async move { builtin::opt_out(tx, &cx, &rep(), command).await })
        })
        .await;
    result.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_invite_button_asks_once_and_shows_what_became_of_it() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let contact = new_contact(&test, &account, "aino@a1.example").await;
        let Invited::Requested(request) = invite(&test, &contact.id, &["orders"]).await else {
            panic!("not requested")
        };
        assert_eq!(
            invite(&test, &contact.id, &[]).await,
            Invited::AlreadyRequested
        );
        let shown = contact_by_id(&test, &contact.id).await;
        assert_eq!(shown.portal.invitation_status, "requested");
        let page = crm(&test).changes("", 100).await.unwrap();
        let Some(Record::InvitationRequest(seen)) = page.records.last() else {
            panic!("the request comes after whom it is about: {page:?}")
        };
        assert_eq!(seen.id, request.to_string());
        assert_eq!(seen.contact_id, Some(contact.id.to_string()));
        assert_eq!(seen.requested_by, "rana@supplier.example");
        assert_eq!(seen.roles, ["orders"]);

        let told = Write {
            activity: Some(ActivityWrite {
                contact_id: Some(contact.id.to_string()),
                kind: "invitation_sent".to_owned(),
                text: "Invitation sent".to_owned(),
                invitation_state: "sent".to_owned(),
                ..ActivityWrite::default()
            }),
            ..write("k1", "inv_1")
        };
        assert_eq!(apply(&test, &told).await, Verdict::Done { remote_id: None });
        let shown = contact_by_id(&test, &contact.id).await;
        assert_eq!(shown.portal.invitation_status, "sent");
        let latest = history(&test, &contact.id).await;
        assert!(latest.iter().any(|entry| entry.kind == "invitation_sent"));
        assert!(matches!(
            invite(&test, &contact.id, &[]).await,
            Invited::Requested(_)
        ));
        // A request nobody answers can be made again.
        test.world
            .clock
            .advance(std::time::Duration::from_secs(601));
        assert!(matches!(
            invite(&test, &contact.id, &[]).await,
            Invited::Requested(_)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_invited_against_their_wish_or_to_no_address() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let bad = new_contact(&test, &account, "bad@@a1").await;
        assert_eq!(invite(&test, &bad.id, &[]).await, Invited::NoAddress);
        assert_eq!(invite(&test, &account.id, &[]).await, Invited::NotFound);
        let lead = created(save_lead(&test, None, 0, lead_fields("lee@new.example")).await);
        set_opt_out(&test, &lead.id, true).await;
        assert_eq!(invite(&test, &lead.id, &[]).await, Invited::OptedOut);
        set_opt_out(&test, &lead.id, false).await;
        assert!(matches!(
            invite(&test, &lead.id, &[]).await,
            Invited::Requested(_)
        ));
        let page = crm(&test).changes("", 100).await.unwrap();
        let Some(Record::InvitationRequest(seen)) = page.records.last() else {
            panic!("{page:?}")
        };
        assert_eq!(seen.lead_id, Some(lead.id.to_string()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_made_from_an_old_form_overwrites_nothing() {
    each_engine(async |test| {
        let account = new_account(&test, "A1").await;
        let fields = contract_fields(&account.id, "CT-1");
        let contract = created(save_contract(&test, None, 0, fields).await);
        let id = Some(contract.id.clone());
        let mut theirs = contract.fields.clone();
        theirs.seats = Some(9);
        let mut mine = contract.fields.clone();
        mine.ends_on = "2027-03-31".to_owned();
        save_contract(&test, id.clone(), 1, theirs.clone()).await;
        let Saved::Newer(now) = save_contract(&test, id.clone(), 1, mine.clone()).await else {
            panic!("an edit was lost")
        };
        assert_eq!((now.version, now.fields.seats), (2, Some(9)));
        // The same content is no conflict, whatever version the form was made from.
        let same = save_contract(&test, id.clone(), 1, theirs).await;
        assert!(matches!(same, Saved::Unchanged(_)));
        let changed = save_contract(&test, id.clone(), 2, mine).await;
        assert!(matches!(&changed, Saved::Changed(now) if now.version == 3));

        // One of many at the same moment wins; the others are told.
        let mut editors = Vec::new();
        for seats in 20..36 {
            let (test, id) = (test.clone(), id.clone());
            let mut fields = contract.fields.clone();
            fields.seats = Some(seats);
            editors.push(tokio::spawn(async move {
                matches!(save_contract(&test, id, 3, fields).await, Saved::Changed(_))
            }));
        }
        let mut won = 0;
        for editor in editors {
            won += i32::from(editor.await.unwrap());
        }
        assert_eq!(won, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_unique_and_no_company_is_above_itself() {
    each_engine(async |test| {
        let top = new_account(&test, "A1").await;
        let mut fields = account_fields("A2");
        fields.parent_id = Some(top.id.clone());
        let child = created(save_account(&test, None, 0, fields).await);
        assert_eq!(
            save_account(&test, None, 0, account_fields("A1")).await,
            Saved::NumberTaken(top.id.clone())
        );
        for parent in [&top.id, &child.id] {
            let mut fields = top.fields.clone();
            fields.parent_id = Some(parent.clone());
            let saved = save_account(&test, Some(top.id.clone()), 1, fields).await;
            assert_eq!(saved, Saved::Loop);
        }
        let contract = contract_fields(&top.id, "CT-1");
        created(save_contract(&test, None, 0, contract.clone()).await);
        let twice = save_contract(&test, None, 0, contract).await;
        assert!(matches!(twice, Saved::NumberTaken(_)));
        // Contacts need no number; a given one is unique.
        new_contact(&test, &top, "a@a1.example").await;
        new_contact(&test, &top, "b@a1.example").await;
        let mut numbered = contact_fields(&top.id, "c@a1.example");
        numbered.number = "C1".to_owned();
        created(save_contact(&test, None, 0, numbered.clone()).await);
        let twice = save_contact(&test, None, 0, numbered).await;
        assert!(matches!(twice, Saved::NumberTaken(_)));
        let missing: CrmRecordId = "crm_00000000000000000000000000".parse().unwrap();
        let nowhere = save_contact(&test, None, 0, contact_fields(&missing, "")).await;
        assert_eq!(nowhere, Saved::NotFound);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_by_name_and_search_takes_every_character_as_it_is() {
    each_engine(async |test| {
        for (number, name) in [
            ("1", "Zebra"),
            ("2", "Ärzte 100%"),
            ("3", "100 Ärzte"),
            ("4", "a_b"),
        ] {
            let mut fields = account_fields(number);
            fields.name = name.to_owned();
            created(save_account(&test, None, 0, fields).await);
        }
        let list = async |search: &str, after: builtin::Place, limit: i64| {
            let mut conn = test.db.read().await.unwrap();
            let found = builtin::list_accounts(&mut conn, search, &after, limit).await;
            let names = found
                .unwrap()
                .into_iter()
                .map(|account| account.fields.name);
            names.collect::<Vec<_>>()
        };
        let start = builtin::Place::default;
        assert_eq!(
            list("", start(), 9).await,
            ["100 Ärzte", "a_b", "Ärzte 100%", "Zebra"]
        );
        assert_eq!(list("ARZTE", start(), 9).await, ["100 Ärzte", "Ärzte 100%"]);
        assert_eq!(list("0%", start(), 9).await, ["Ärzte 100%"]);
        assert_eq!(list("_", start(), 9).await, ["a_b"]);
        assert_eq!(list("4", start(), 9).await, ["a_b"], "by number");
        assert_eq!(list("!", start(), 9).await, [""; 0]);
        let after = builtin::Place {
            key: "a_b".to_owned(),
            id: "~".to_owned(),
        };
        assert_eq!(list("", after, 1).await, ["Ärzte 100%"]);
    })
    .await;
}
