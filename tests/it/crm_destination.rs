//! What a CRM is told: through the real actions, the outbox and the destination.

use vestibule::{
    crm::port::{CrmError, Verdict, Write},
    kernel::ids::Id,
    organizations::{self, ChangeRoles, ChangeRolesError, NewProspect},
    outbox::{self, Choice, Decided, Outbox},
};

use crate::{
    act,
    support::{
        TestDb, each_engine,
        feed::Feed,
        seed::{
            CONNECTION, apply, as_person, catalogue, catalogues, contract, member, organization,
        },
    },
};

fn engine(test: &TestDb, feed: &Feed) -> Outbox {
    let destinations = feed.connections(test).destinations(&catalogues());
    Outbox::new(test.db.clone(), test.world.clone(), destinations)
}

async fn give(test: &TestDb, by: &organizations::Membership, roles: &[&str]) {
    let command = ChangeRoles {
        organization_id: by.organization_id.clone(),
        membership_id: by.id.clone(),
        roles: roles.iter().map(ToString::to_string).collect(),
    };
    let roles = catalogue();
    let done: Result<_, ChangeRolesError> = act!(test, as_person(test, &by.person_id), |tx, cx| {
        organizations::change_roles(tx, &cx, &roles, command)
    });
    done.unwrap();
}

async fn contact_of(test: &TestDb, membership: &organizations::Membership) -> Option<String> {
    let mut conn = test.db.read().await.unwrap();
    let stored =
        organizations::find_membership(&mut conn, &membership.organization_id, &membership.id)
            .await;
    stored.unwrap().unwrap().crm_contact_id
}

fn words(write: &Write) -> (&str, &str) {
    let activity = write.activity.as_ref().unwrap();
    (activity.kind.as_str(), activity.text.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_arrives_with_its_true_author_and_links_the_contact() {
    each_engine(async |test| {
        let feed = Feed::default();
        let outbox = engine(&test, &feed);
        let organization = organization(&test, "A").await;
        apply(&test, contract("1", "A", 1)).await.unwrap();
        let admin = member(&test, &organization, "a@a.example", &["admin"]).await;
        outbox.drain().await.unwrap();
        let remote = format!("remote-{}", admin.id);
        assert_eq!(contact_of(&test, &admin).await.as_ref(), Some(&remote));
        give(&test, &admin, &["admin", "orders"]).await;
        outbox.drain().await.unwrap();
        let writes = feed.lock().writes.clone();
        assert_eq!(writes.len(), 2);
        assert_eq!(words(&writes[0]), ("joined", "Joined the customer portal. Roles: Runs the company's account."));
        assert_eq!(writes[0].author.name, "Customer portal");
        let contact = writes[0].contact.as_ref().unwrap();
        assert_eq!((contact.account_id.as_str(), &contact.id), ("A", &None));
        assert_eq!(contact.membership_id, admin.id.as_str());
        assert_eq!(words(&writes[1]), ("roles_changed", "Roles in the customer portal changed to: Runs the company's account, Orders spare parts."));
        let author = &writes[1].author;
        assert_eq!((author.kind.as_str(), author.name.as_str(), author.email.as_str()), ("person", "Test a", "a@a.example"));
        let contact = writes[1].contact.as_ref().unwrap();
        assert_eq!(contact.id, Some(remote));
        assert_eq!(contact.portal_roles, ["admin", "orders"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_whole_call_is_tried_again() {
    each_engine(async |test| {
        let feed = Feed::default();
        let outbox = engine(&test, &feed);
        let organization = organization(&test, "A").await;
        member(&test, &organization, "a@a.example", &["admin"]).await;
        feed.lock()
            .errors
            .push_back(CrmError::Unreachable("no route".into()));
        outbox.drain().await.unwrap();
        assert!(feed.lock().writes.is_empty());
        test.world
            .clock
            .advance(std::time::Duration::from_secs(3_600));
        outbox.drain().await.unwrap();
        assert_eq!(feed.lock().writes.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_decides_in_review_is_what_is_written() {
    each_engine(async |test| {
        for choice in [Choice::Candidate { id: "c-2".into() }, Choice::CreateNew] {
            let feed = Feed::default();
            let outbox = engine(&test, &feed);
            let account = format!("A{}", matches!(choice, Choice::CreateNew));
            let organization = organization(&test, &account).await;
            let admin = member(
                &test,
                &organization,
                &format!("a@{account}.example"),
                &["admin"],
            )
            .await;
            feed.lock().verdicts.push_back(Verdict::NeedsReview {
                reason: "two".into(),
                candidates: vec!["c-1".into(), "c-2".into()],
            });
            outbox.drain().await.unwrap();
            assert_eq!(contact_of(&test, &admin).await, None, "nothing is guessed");
            let mut conn = test.db.read().await.unwrap();
            let (delivery,): (vestibule::kernel::ids::DeliveryId,) =
                vestibule::on!(conn, |c| sqlx::query_as(
                    "SELECT id FROM deliveries WHERE subject = $1"
                )
                .bind(&admin.id)
                .fetch_one(c)
                .await)
                .unwrap();
            drop(conn);
            decide(&test, &outbox, delivery, choice.clone()).await;
            outbox.drain().await.unwrap();
            let writes = feed.lock().writes.clone();
            let contact = writes.last().unwrap().contact.clone().unwrap();
            match choice {
                Choice::Candidate { id } => {
                    assert_eq!((contact.id, contact.create_new), (Some(id), false));
                }
                Choice::CreateNew => assert_eq!((contact.id, contact.create_new), (None, true)),
            }
            assert!(contact_of(&test, &admin).await.is_some());
        }
    })
    .await;
}

async fn decide(
    test: &TestDb,
    outbox: &Outbox,
    delivery: vestibule::kernel::ids::DeliveryId,
    choice: Choice,
) {
    let destination = outbox
        .destination(&outbox::crm_destination(CONNECTION))
        .unwrap();
    let decided: Result<_, vestibule::db::Error> = act!(test, test.cx(), |tx, cx| async move {
        outbox::resolve(tx, &cx, &*destination, &delivery, &choice).await
    });
    assert_eq!(decided.unwrap(), Decided::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_company_that_is_a_lead_is_told_as_that_lead() {
    each_engine(async |test| {
        let feed = Feed::default();
        let outbox = engine(&test, &feed);
        let registration: vestibule::kernel::ids::RegistrationId = test.cx().new_id();
        for (reference, by_id) in [("L-7".to_owned(), true), (registration.to_string(), false)] {
            let new = NewProspect {
                connection: CONNECTION.into(),
                reference: reference.clone(),
                name: "New company".into(),
                owner_email: String::new(),
            };
            let (first, again) = (new.clone(), new);
            let made: Result<_, vestibule::db::Error> =
                act!(test, test.cx(), |tx, cx| async move {
                    organizations::create_prospect(tx, &cx, &first).await
                });
            let organization = made.unwrap();
            let made: Result<_, vestibule::db::Error> =
                act!(test, test.cx(), |tx, cx| async move {
                    organizations::create_prospect(tx, &cx, &again).await
                });
            assert_eq!(made.unwrap(), organization, "one lead is one organization");
            let member = member(
                &test,
                &organization,
                &format!("{}@new.example", reference.to_lowercase()),
                &["lead"],
            )
            .await;
            outbox.drain().await.unwrap();
            let write = feed.lock().writes.last().unwrap().clone();
            assert!(write.contact.is_none());
            let lead = write.lead.unwrap();
            if by_id {
                assert_eq!(
                    (lead.id.as_deref(), lead.portal_key.as_str()),
                    (Some("L-7"), member.id.as_str())
                );
            } else {
                assert_eq!((lead.id, lead.portal_key), (None, reference));
            }
        }
    })
    .await;
}
