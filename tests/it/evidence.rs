//! The match review: what speaks for each record that could be meant, side by side and in words.

use vestibule::{
    crm::port::{Account, Contact, Record, Verdict},
    kernel::ids::{Id, MembershipId, PersonId},
    outbox::{Fact, MembershipFact},
};

use crate::support::{
    Portal, TestDb, each_engine,
    outbox::{engine, tell},
    portal::OPERATOR,
    sink::{Sink, done},
};

const CRM: &str = "crm:crm";

fn contact(id: &str, names: (&str, &str), phone: &str) -> Record {
    Record::Contact(Contact {
        id: id.to_owned(),
        version: 1,
        account_id: "account-1".to_owned(),
        given_name: names.0.to_owned(),
        family_name: names.1.to_owned(),
        email: "Kim@customer.example".to_owned(),
        phone: phone.to_owned(),
        ..Contact::default()
    })
}

/// A member of whom the CRM has two contacts, the second linked to somebody else.
async fn in_doubt(test: &TestDb, portal: &Portal) {
    let account = Record::Account(Account {
        id: "account-1".to_owned(),
        version: 1,
        number: "1001".to_owned(),
        name: "Customer Ltd".to_owned(),
        kind: "customer".to_owned(),
        ..Account::default()
    });
    let records = vec![
        account,
        contact("contact-1", ("Kim", "Sample"), "030/123 45 67"),
        contact("contact-2", ("Kai", "Sample"), ""),
    ];
    let cx = portal.state.world.system("test");
    let taken = portal.state.crm.receive(&cx, "crm", records).await;
    assert_eq!(taken.unwrap().changed, 3);
    let organization = {
        let mut conn = test.db.read().await.unwrap();
        let found = vestibule::organizations::find_by_crm_account(&mut conn, "crm", "account-1");
        found.await.unwrap().unwrap().id
    };
    portal
        .add_member(&organization, "olga.zweig@customer.example", &["orders"])
        .await;
    portal
        .execute("UPDATE memberships SET crm_contact_id = 'contact-2'")
        .await;
    let fact = Fact::MembershipChanged(MembershipFact {
        successor: None,
        membership_id: MembershipId::from_bits(1),
        person_id: PersonId::from_bits(1),
        organization_id: organization,
        crm_account_id: "account-1".to_owned(),
        crm_contact_id: None,
        email: "kim@customer.example".to_owned(),
        given_name: "Kim".to_owned(),
        family_name: "Sample".to_owned(),
        phone: "+49 30 1234567".to_owned(),
        status: "active".to_owned(),
        roles: Vec::new(),
        last_sign_in_at: None,
        because: "membership.created".to_owned(),
    });
    let sink = Sink::new(CRM);
    sink.answer(|parcel| match parcel.subject.as_str() {
        "kim" => (
            false,
            Verdict::NeedsReview {
                reason: "several contacts of the account have this address".to_owned(),
                candidates: vec!["contact-1".to_owned(), "contact-2".to_owned()],
            },
        ),
        _ => (false, done()),
    });
    tell(test, CRM, "kim", fact).await;
    engine(test, [&sink]).drain().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_stands_side_by_side_and_is_said_in_words() {
    each_engine(async |test| {
        let portal = Portal::start(&test).await;
        in_doubt(&test, &portal).await;
        let operator = portal.sign_in(OPERATOR).await;
        let page = operator.get("/operations/matches").await.expect(200);
        let text = page.text();
        let (first, second) = text.split_once("(contact-2)").unwrap();
        assert!(first.contains("5 of 5 agree."), "{text}");
        assert!(second.contains("3 of 5 agree."), "{text}");
        assert!(
            second.contains("Differs") && second.contains("Not given on both sides"),
            "{text}"
        );
        assert!(
            second.contains("Linked to somebody else") && second.contains("O••• Z•••"),
            "{text}"
        );
        assert!(!first.contains("Linked to somebody else"));
        assert!(
            first.contains("1001")
                && first.contains("Customer Ltd")
                && first.contains("•••/••• •5 67"),
            "{text}"
        );
        for hidden in ["Sample", "Zweig", "123 45", "kim@customer", "olga"] {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
        let form = page.form("/choose");
        let chosen = operator.press(&page, &form).await.expect(200);
        assert!(chosen.text().contains("Nothing to decide"));
        assert_eq!(
            portal.audited("review.resolved").await[0].1["choice"]["id"],
            "contact-1"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_opened_where_the_connection_says() {
    each_engine(async |test| {
        let portal = Portal::start_with(&test, |settings| {
            let pattern = "https://crm.example/{kind}s/{id}";
            settings.connections[0].record_url = Some(pattern.to_owned());
        })
        .await;
        in_doubt(&test, &portal).await;
        let operator = portal.sign_in(OPERATOR).await;
        let page = operator.get("/operations/matches").await.expect(200);
        let href = "href=\"https://crm.example/contacts/contact-1\"";
        assert!(page.body.contains(href), "{}", page.body);
    })
    .await;
}
