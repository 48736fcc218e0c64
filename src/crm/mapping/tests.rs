//! Each fact as a write, and the map of fields.

use serde_json::json;

use super::*;
use crate::{
    kernel::ids::{InvitationId, MembershipId, OrganizationId, PersonId, RegistrationId},
    outbox::SealedMail,
};

fn member(because: &str) -> MembershipFact {
    MembershipFact {
        membership_id: MembershipId::from_bits(1),
        person_id: PersonId::from_bits(2),
        organization_id: OrganizationId::from_bits(3),
        crm_account_id: "A-1".into(),
        crm_contact_id: Some("C-1".into()),
        email: "aino@kuusi.example".into(),
        given_name: "Aino".into(),
        family_name: "Kuusi".into(),
        phone: String::new(),
        status: "active".into(),
        roles: vec!["admin".into(), "orders".into()],
        last_sign_in_at: Some(Instant::from_seconds(1_800_000_000)),
        because: because.into(),
        successor: None,
    }
}

fn invited(state: &str, account: &str, contact: Option<&str>, is_lead: bool) -> Fact {
    Fact::InvitationMoved(InvitationFact {
        invitation_id: InvitationId::from_bits(4),
        organization_id: OrganizationId::from_bits(3),
        crm_account_id: account.into(),
        crm_contact_id: contact.map(Into::into),
        is_lead,
        email: "aino@kuusi.example".into(),
        state: state.into(),
        roles: vec!["orders".into()],
        reason: String::new(),
    })
}

fn write_of(fact: &Fact) -> Write {
    let told = Told {
        key: "chg_1",
        subject: "mem_1",
        at: Instant::from_seconds(1_800_000_000),
        author: Author::default(),
        fact,
    };
    to_write(&told, &|role| role.to_uppercase()).unwrap()
}

fn text_of(write: &Write) -> &str {
    &write.activity.as_ref().unwrap().text
}

#[test]
fn a_member_is_a_contact_with_what_happened_in_words() {
    let write = write_of(&Fact::MembershipChanged(member("membership.roles_changed")));
    let contact = write.contact.as_ref().unwrap();
    assert_eq!(
        (contact.id.as_deref(), contact.account_id.as_str()),
        (Some("C-1"), "A-1")
    );
    assert_eq!(contact.portal_roles, ["admin", "orders"]);
    assert_eq!(contact.last_sign_in, "2027-01-15T08:00:00.000000Z");
    assert_eq!(
        text_of(&write),
        "Roles in the customer portal changed to: ADMIN, ORDERS."
    );
    assert!(write.lead.is_none());
    for because in [
        "membership.created",
        "membership.suspended",
        "membership.restored",
        "membership.removed",
        "membership.dates_changed",
        "person.refreshed",
        "person.profile_changed",
        "something.new",
    ] {
        let write = write_of(&Fact::MembershipChanged(member(because)));
        assert!(
            text_of(&write).ends_with('.') && !text_of(&write).contains(because),
            "{because}"
        );
    }
}

#[test]
fn a_member_of_a_lead_is_that_lead() {
    let mut fact = member("membership.created");
    fact.crm_contact_id = None;
    fact.crm_account_id = format!("{LEAD}L-9");
    let lead = write_of(&Fact::MembershipChanged(fact.clone()))
        .lead
        .unwrap();
    assert_eq!(
        (lead.id.as_deref(), lead.portal_key.as_str()),
        (Some("L-9"), fact.membership_id.as_str())
    );
    let registration = RegistrationId::from_bits(9);
    fact.crm_account_id = format!("{LEAD}{registration}");
    let lead = write_of(&Fact::SignedIn(fact)).lead.unwrap();
    assert_eq!((lead.id, lead.portal_key), (None, registration.to_string()));
}

#[test]
fn an_invitation_is_an_activity_of_whom_it_is_about() {
    let to_contact = write_of(&invited("sent", "A-1", Some("C-1"), false));
    let activity = to_contact.activity.unwrap();
    assert_eq!(
        (activity.contact_id.as_deref(), activity.account_id),
        (Some("C-1"), None)
    );
    assert_eq!(activity.invitation_state, "sent");
    assert!(
        to_contact.contact.is_none(),
        "an invitation makes no contact"
    );
    let to_nobody_known = write_of(&invited("bounced", "A-1", None, false));
    assert_eq!(
        to_nobody_known.activity.unwrap().account_id.as_deref(),
        Some("A-1")
    );
    let registration = RegistrationId::from_bits(9).to_string();
    for (account, contact, id, key) in [
        ("lead:L-9", None, Some("L-9"), ""),
        ("lead:L-9", Some("L-10"), Some("L-10"), ""),
        (
            &*format!("lead:{registration}"),
            None,
            None,
            registration.as_str(),
        ),
        ("A-1", Some("L-9"), Some("L-9"), ""),
    ] {
        let lead = write_of(&invited("redeemed", account, contact, true))
            .lead
            .unwrap();
        assert_eq!(
            (
                lead.id.as_deref(),
                lead.portal_key.as_str(),
                lead.score_points
            ),
            (id, key, REDEEMED_POINTS),
            "{account}"
        );
        let opened = write_of(&invited("opened", account, contact, true))
            .lead
            .unwrap();
        assert_eq!(opened.score_points, 0);
    }
}

#[test]
fn every_state_of_an_invitation_has_its_sentence() {
    let states = [
        "queued",
        "sent",
        "opened",
        "redeemed",
        "bounced",
        "declined",
        "revoked",
        "expired",
        "superseded",
    ];
    let texts: Vec<String> = states
        .iter()
        .map(|state| text_of(&write_of(&invited(state, "A-1", None, false))).to_owned())
        .collect();
    for (number, text) in texts.iter().enumerate() {
        assert!(
            text.contains("aino@kuusi.example") && !texts[..number].contains(text),
            "{text}"
        );
    }
}

#[test]
fn a_registered_company_is_a_lead_and_a_mail_is_nothing() {
    let fact = Fact::LeadRegistered(LeadFact {
        registration_id: RegistrationId::from_bits(9),
        person_id: None,
        company: "Kuusi".into(),
        email: "aino@kuusi.example".into(),
        given_name: "Aino".into(),
        family_name: "Kuusi".into(),
        phone: String::new(),
        language: "de".into(),
        consent: "terms 3".into(),
        score_points: 20,
    });
    let lead = write_of(&fact).lead.unwrap();
    assert_eq!(
        (
            lead.company.as_str(),
            lead.consent.as_str(),
            lead.score_points
        ),
        ("Kuusi", "terms 3", 20)
    );
    let withdrawn = Fact::ConsentWithdrawn(ConsentFact {
        registration_id: RegistrationId::from_bits(9),
        person_id: PersonId::from_bits(2),
        email: "aino@kuusi.example".into(),
        consent: "terms 3".into(),
    });
    let write = write_of(&withdrawn);
    let after = write.lead.unwrap();
    assert_eq!(after.portal_key, lead.portal_key);
    assert_eq!(after.consent, "withdrawn: terms 3");
    assert_eq!(after.company, "", "the rest stays as the CRM has it");
    assert_eq!(write.activity.unwrap().kind, "consent_withdrawn");
    let mail = Fact::Mail(SealedMail {
        id: "m".into(),
        template: "t".into(),
        invitation_id: None,
        sealed: String::new(),
    });
    let told = Told {
        key: "k",
        subject: "s",
        at: Instant::from_seconds(0),
        author: Author::default(),
        fact: &mail,
    };
    assert!(to_write(&told, &str::to_owned).is_none());
}

fn field_map(pairs: &[(&str, &str)]) -> FieldMap {
    let pairs = pairs
        .iter()
        .map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()));
    FieldMap::new(&pairs.collect())
}

#[test]
fn what_the_crm_keeps_for_itself_is_not_written() {
    let mut write = write_of(&Fact::MembershipChanged(member("membership.created")));
    field_map(&[
        ("contact.given_name", ""),
        ("contact.email", ""),
        ("contact.family_name", "surname"),
    ])
    .hold_back(&mut write);
    let contact = write.contact.unwrap();
    assert_eq!(
        (contact.given_name.as_str(), contact.family_name.as_str()),
        ("", "Kuusi")
    );
    assert_eq!(contact.email, "aino@kuusi.example", "it finds the record");
}

#[test]
fn names_are_changed_on_the_way_out_and_back_on_the_way_in() {
    let map = field_map(&[
        ("contact.phone", "telephone1"),
        ("contact.portal_status", "x_status"),
        ("lead.phone", "mobile"),
    ]);
    let ours = json!({"phone": "1", "portal_status": "active", "email": "a@b.example"});
    let mut object = ours.as_object().unwrap().clone();
    map.rename_out("contact", &mut object);
    assert_eq!(
        Value::Object(object.clone()),
        json!({"telephone1": "1", "x_status": "active", "email": "a@b.example"})
    );
    map.rename_in("contact", &mut object);
    assert_eq!(Value::Object(object), ours);
    // Two fields that change places do not run over one another.
    let map = field_map(&[("contact.a", "b"), ("contact.b", "a")]);
    let mut object = json!({"a": 1, "b": 2}).as_object().unwrap().clone();
    map.rename_out("contact", &mut object);
    assert_eq!(Value::Object(object), json!({"a": 2, "b": 1}));
}

#[test]
fn every_field_that_can_be_kept_back_is_not_written() {
    for record in ["contact", "lead", "activity"] {
        for field in fields_to_keep_back(record) {
            let map = field_map(&[(&format!("{record}.{field}"), "")]);
            let mut write = full();
            map.hold_back(&mut write);
            let mut expected = serde_json::to_value(full()).unwrap();
            let empty = serde_json::to_value(Write {
                contact: Some(ContactWrite::default()),
                lead: Some(LeadWrite::default()),
                activity: Some(ActivityWrite::default()),
                ..full()
            });
            assert_ne!(expected[record][field], Value::Null, "{record}.{field}");
            expected[record][field] = empty.unwrap()[record][field].clone();
            assert_eq!(
                serde_json::to_value(&write).unwrap(),
                expected,
                "{record}.{field}"
            );
            let sent = map.write_out(&write).unwrap();
            assert!(sent[record].get(field).is_none(), "{record}.{field}");
        }
    }
}

/// A write in which every field has a value.
fn full() -> Write {
    let fact = Fact::MembershipChanged(member("membership.created"));
    let mut write = write_of(&fact);
    let contact = write.contact.as_mut().unwrap();
    contact.phone = "+49 1".into();
    contact.create_new = true;
    write.lead = Some(LeadWrite {
        id: Some("L".into()),
        create_new: true,
        portal_key: "k".into(),
        company: "Kuusi".into(),
        given_name: "Aino".into(),
        family_name: "Kuusi".into(),
        email: "a@kuusi.example".into(),
        phone: "1".into(),
        language: "de".into(),
        score_points: 5,
        status: "open".into(),
        consent: "terms 3".into(),
    });
    let activity = write.activity.as_mut().unwrap();
    activity.invitation_state = "sent".into();
    write
}

#[test]
fn the_list_of_fields_is_that_of_the_port() {
    use crate::crm::port::{Account, Contact, Contract, InvitationRequest, Lead};
    use std::collections::BTreeSet;
    let mut port = BTreeSet::new();
    let mut add = |record: &str, value: Value| {
        let object = value.as_object().unwrap().clone();
        port.extend(
            object
                .into_iter()
                .map(|(field, _)| format!("{record}.{field}")),
        );
    };
    let write = serde_json::to_value(full()).unwrap();
    for record in ["contact", "lead", "activity"] {
        add(record, write[record].clone());
    }
    add("account", serde_json::to_value(Account::default()).unwrap());
    add("contact", serde_json::to_value(Contact::default()).unwrap());
    add(
        "contract",
        serde_json::to_value(Contract::default()).unwrap(),
    );
    add("lead", serde_json::to_value(Lead::default()).unwrap());
    let request = InvitationRequest::default();
    add("invitation_request", serde_json::to_value(request).unwrap());
    // What overviews read has no record of its own in the port: it is never written or mirrored.
    let is_shown_only = |path: &String| {
        ["overview.", "order.", "case."]
            .iter()
            .any(|record| path.starts_with(record))
    };
    let listed: BTreeSet<String> = crate::settings::field_paths()
        .filter(|path| !is_shown_only(path))
        .collect();
    assert_eq!(listed, port);
}
