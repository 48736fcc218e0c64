//! Inviting: what the pre-flight stops, what limits there are, what a new link does.

use std::time::Duration;

use vestibule::{
    invitations::{
        self, Class, CreateError, Created, Inviter, Kind, Redeemed, Resend, Resent, RolesRefused,
        Situation, StaffFilter, StateWord, Way, WhyNot, page_for_staff,
        preflight::{self, Ask},
    },
    kernel::Actor,
    organizations,
};

use super::town::{ADMIN, SETTINGS, Town, address};
use crate::support::each_engine;

fn class(created: Created) -> Class {
    match created {
        Created::NotSent(class) => class,
        Created::Queued(_) => Class::Ready,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_preflight_and_the_action_say_the_same() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let member = town.person("member@kuusi.example", "Member").await;
        town.join(&town.organization, &member, &["orders"]).await;
        let gone = town.person("gone@kuusi.example", "Gone").await;
        town.join(&town.organization, &gone, &["orders"]).await;
        town.sql("UPDATE memberships SET status = 'suspended' WHERE email = 'gone@kuusi.example'").await;
        let (open, _) = town.invited("open@kuusi.example").await;
        town.sql(
            "INSERT INTO crm_people (connection, external_id, kind, organization_id, company, email, email_key, given_name, family_name,
                name_key, phone, language, opted_out, crm_version, fetched_at)
             SELECT 'crm', 'con-1', 'contact', id, '', 'no@kuusi.example', 'no@kuusi.example', 'N', 'O', 'n o', '', '', TRUE, 1, 1
             FROM organizations",
        )
        .await;
        let invited = Class::AlreadyInvited { invitation: open.id.clone(), issued_at: open.issued_at };
        let expected = [
            ("member@kuusi.example", Class::AlreadyMember),
            ("gone@kuusi.example", Class::SuspendedMember),
            ("OPEN@kuusi.example", invited),
            ("no@kuusi.example", Class::OptedOut),
            ("new@gmail.com", Class::Webmail),
            ("new@kuusi.example", Class::Ready),
            ("NEW@kuusi.example", Class::Repeated),
        ];
        let addresses: Vec<_> = expected.iter().map(|(email, _)| address(email)).collect();
        let mut conn = town.test.db.read().await.unwrap();
        let organization = organizations::find(&mut conn, &town.organization).await.unwrap().unwrap();
        let inviter = town.by_admin();
        let ask = Ask { organization: &organization, inviter: &inviter, kind: Kind::Member };
        let classes = preflight::check(&mut conn, &town.as_admin(), town.rules(), ask, &addresses).await.unwrap();
        drop(conn);
        let wanted: Vec<Class> = expected.iter().map(|(_, class)| class.clone()).collect();
        assert_eq!(classes, wanted);
        for (email, class_of_preflight) in &expected[..5] {
            let created = class(town.create(town.offer(email, &["orders"])).await.unwrap());
            let sent = matches!(class_of_preflight, Class::Webmail);
            assert_eq!(created, if sent { Class::Ready } else { class_of_preflight.clone() }, "{email}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_contract_and_no_seat_stop_members_and_not_leads() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.sql("UPDATE contracts SET seats = 2").await;
        town.invited("last@kuusi.example").await;
        let full = class(
            town.create(town.offer("more@kuusi.example", &["orders"]))
                .await
                .unwrap(),
        );
        assert_eq!(
            full,
            Class::NoSeat {
                seats: 2,
                promised: 1
            }
        );
        town.sql("UPDATE contracts SET status = 'ended', seats = NULL")
            .await;
        let none = class(
            town.create(town.offer("more@kuusi.example", &["orders"]))
                .await
                .unwrap(),
        );
        assert_eq!(none, Class::NoContract);
        let lead = invitations::Create {
            kind: Kind::Lead,
            inviter: town.by_rep(),
            ..town.offer("lead@kuusi.example", &["guest"])
        };
        assert_eq!(class(town.create(lead).await.unwrap()), Class::Ready);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let clerk = town.person("clerk@kuusi.example", "Clerk").await;
        town.join(&town.organization, &clerk, &["orders"]).await;
        let other = town.company("2002", "Muut Oy").await;
        let stranger = town.person("boss@muut.example", "Boss").await;
        town.contract(&other, None).await;
        town.join(&other, &stranger, &["admin"]).await;
        let operator = town.person("olli@nordwind.example", "Olli").await;
        let person = |id: &_| {
            Inviter::of(&Actor::Person {
                person_id: Clone::clone(id),
            })
        };
        let crm = |connection: &str| {
            Inviter::of(&Actor::Crm {
                connection: connection.into(),
                user: None,
            })
        };
        let refused = [
            (person(&clerk), "orders"),
            (person(&stranger), "orders"),
            (
                Inviter::of(&Actor::Staff {
                    person_id: operator,
                }),
                "orders",
            ),
            (
                Inviter::of(&Actor::Staff {
                    person_id: town.admin.clone(),
                }),
                "orders",
            ),
            (crm("gone"), "orders"),
        ];
        for (inviter, role) in refused {
            let command = invitations::Create {
                inviter: inviter.clone(),
                ..town.offer("x@kuusi.example", &[role])
            };
            let outcome = town.create(command).await;
            assert!(
                matches!(
                    outcome,
                    Err(CreateError::Roles(RolesRefused::AboveCeiling(_)))
                ),
                "{inviter:?}: {outcome:?}"
            );
        }
        let wrong: [(&[&str], RolesRefused); 4] = [
            (&[], RolesRefused::None),
            (&["", ""], RolesRefused::None),
            (&["orders", "root"], RolesRefused::Unknown("root".into())),
            (
                &["orders", "guest"],
                RolesRefused::WrongKind("guest".into()),
            ),
        ];
        for (roles, expected) in wrong {
            let outcome = town.create(town.offer("x@kuusi.example", roles)).await;
            let Err(CreateError::Roles(refused)) = outcome else {
                panic!("{outcome:?}")
            };
            assert_eq!(refused, expected);
        }
        assert_eq!(town.count("SELECT count(*) FROM invitations").await, 0);
        // A rep invites the first admin; so does the CRM.
        for inviter in [town.by_rep(), crm("crm")] {
            let email = format!("{}@kuusi.example", inviter.kind);
            let command = invitations::Create {
                inviter,
                ..town.offer(&email, &["admin"])
            };
            assert_eq!(class(town.create(command).await.unwrap()), Class::Ready);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_inviter_and_one_address_have_limits_a_day() {
    each_engine(async |test| {
        let settings = SETTINGS.replace(
            "per_inviter_per_day = 5000",
            "per_inviter_per_day = 3\nper_address_per_day = 2",
        );
        let town = Town::with(&test, &settings).await;
        let by_rep = |email: &str| invitations::Create {
            inviter: town.by_rep(),
            ..town.offer(email, &["orders"])
        };
        for number in 0..3 {
            let sent = town
                .create(town.offer(&format!("p{number}@kuusi.example"), &["orders"]))
                .await
                .unwrap();
            assert_eq!(class(sent), Class::Ready);
        }
        let over = town
            .create(town.offer("p3@kuusi.example", &["orders"]))
            .await
            .unwrap();
        assert_eq!(class(over), Class::InviterLimit);
        assert_eq!(
            class(town.create(by_rep("p3@kuusi.example")).await.unwrap()),
            Class::Ready
        );
        // The same mailbox from another company counts together.
        town.sql("UPDATE invitations SET state = 'revoked', ended_at = 1")
            .await;
        assert_eq!(
            class(town.create(by_rep("P3@kuusi.example")).await.unwrap()),
            Class::Ready
        );
        town.sql("UPDATE invitations SET state = 'revoked', ended_at = 1")
            .await;
        let other = town.company("2002", "Muut Oy").await;
        town.contract(&other, None).await;
        let elsewhere = invitations::Create {
            organization_id: other,
            ..by_rep("p3@kuusi.example")
        };
        assert_eq!(
            class(town.create(elsewhere.clone()).await.unwrap()),
            Class::AddressLimit
        );
        town.test.world.clock.advance(Duration::from_secs(86_400));
        assert_eq!(class(town.create(elsewhere).await.unwrap()), Class::Ready);
        let keys = super::dump::dump(&town).await;
        let attempts: Vec<&str> = keys
            .lines()
            .filter(|row| row.starts_with("attempts: "))
            .collect();
        assert!(!attempts.is_empty());
        assert!(
            !attempts.concat().contains('@'),
            "no addresses beside the counts: {attempts:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_at_once_make_one_invitation() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let mut writers = Vec::new();
        for _ in 0..100 {
            let town = town.clone();
            writers.push(tokio::spawn(async move {
                class(
                    town.create(town.offer("ben@kuusi.example", &["orders"]))
                        .await
                        .unwrap(),
                )
            }));
        }
        let mut ready = 0;
        for writer in writers {
            match writer.await.unwrap() {
                Class::Ready => ready += 1,
                other => assert!(matches!(other, Class::AlreadyInvited { .. }), "{other:?}"),
            }
        }
        assert_eq!(ready, 1);
        assert_eq!(town.mails("ben@kuusi.example").await.len(), 1);
    })
    .await;
}

async fn resend(
    town: &Town,
    invitation: &invitations::Invitation,
    way: Way,
) -> Result<Resent, invitations::ResendError> {
    let (here, cx) = (town.clone(), town.as_admin());
    let command = Resend {
        organization_id: town.organization.clone(),
        invitation_id: invitation.id.clone(),
        inviter: town.by_admin(),
        way,
    };
    town.write(move |tx| {
        Box::pin(async move { invitations::resend(tx, &cx, here.rules(), command).await })
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_again_kills_the_old_link_and_says_so() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (first, old) = town.invited("ben@kuusi.example").await;
        let again_at = first.issued_at.plus(Duration::from_secs(600));
        assert_eq!(
            resend(&town, &first, Way::Mail).await.unwrap(),
            Resent::TooSoon { again_at }
        );
        town.test.world.clock.advance(Duration::from_secs(600));
        let Resent::Queued(second) = resend(&town, &first, Way::Mail).await.unwrap() else {
            panic!("not sent")
        };
        assert_eq!(second.id, first.id);
        assert_eq!(second.expires_at, town.now().plus(first.life));
        let new = town.newest_link("ben@kuusi.example").await;
        assert_ne!(old, new);
        let situation = town.look(&old, None).await;
        let Situation::Replaced { at, .. } = situation else {
            panic!("{situation:?}")
        };
        assert_eq!(at, town.now());
        let ben = town.pending("ben@kuusi.example", true);
        let by_old = town.redeem(&old, &ben).await.unwrap();
        assert!(matches!(by_old, Redeemed::Refused(WhyNot::NotOpen)));
        // A link to pass on kills the mailed one in turn, is shown once, and costs no mail.
        let mails = town.mails("ben@kuusi.example").await.len();
        let Resent::Link(_, passed_on) = resend(&town, &first, Way::Link).await.unwrap() else {
            panic!("no link")
        };
        assert_eq!(town.mails("ben@kuusi.example").await.len(), mails);
        assert!(matches!(
            town.look(&new, None).await,
            Situation::Replaced { .. }
        ));
        assert!(!super::dump::dump(&town).await.contains(passed_on.expose()));
        assert!(matches!(
            town.redeem(&passed_on, &ben).await.unwrap(),
            Redeemed::Joined(_)
        ));
        assert!(matches!(
            resend(&town, &first, Way::Mail).await.unwrap(),
            Resent::Over(StateWord::Redeemed)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ran_out_can_be_sent_again_and_is_swept_with_one_mail() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (first, old) = town.invited("ben@kuusi.example").await;
        town.invited("carl@kuusi.example").await;
        town.test.world.clock.advance(first.life);
        let (here, cx) = (town.clone(), town.test.world.system("sweeper"));
        let swept: Result<usize, vestibule::db::Error> = town
            .write(move |tx| {
                Box::pin(async move { invitations::sweep(tx, &cx, here.rules()).await })
            })
            .await;
        assert_eq!(swept.unwrap(), 2);
        let (here, cx) = (town.clone(), town.test.world.system("sweeper"));
        let swept: Result<usize, vestibule::db::Error> = town
            .write(move |tx| {
                Box::pin(async move { invitations::sweep(tx, &cx, here.rules()).await })
            })
            .await;
        assert_eq!(swept.unwrap(), 0);
        assert_eq!(town.told(&first).await, ["queued", "expired"]);
        let told = town.mails(ADMIN).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["subject"], "2 of your invitations have expired");
        assert!(matches!(
            resend(&town, &first, Way::Mail).await.unwrap(),
            Resent::Queued(_)
        ));
        assert!(matches!(
            town.look(&old, None).await,
            Situation::Replaced { .. }
        ));
        // Not swept, but over: a new invitation to the address closes the old one itself.
        town.test.world.clock.advance(first.life);
        assert_eq!(
            class(
                town.create(town.offer("ben@kuusi.example", &["orders"]))
                    .await
                    .unwrap()
            ),
            Class::Ready
        );
        assert_eq!(
            town.told(&first).await,
            ["queued", "expired", "queued", "expired"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_stays_in_its_place() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let nasty = "Ben\r\nBcc: eve@evil.example\r\n\r\n<b>x</b>\u{202e}\u{0}";
        let command = invitations::Create {
            invitee_name: nasty.into(),
            note: format!("Hello\n{nasty}"),
            inviter: Inviter {
                name: nasty.into(),
                company: nasty.into(),
                phone: nasty.into(),
                ..town.by_rep()
            },
            ..town.offer("ben@kuusi.example", &["orders"])
        };
        assert_eq!(class(town.create(command).await.unwrap()), Class::Ready);
        let mail = &town.mails("ben@kuusi.example").await[0];
        let subject = mail["subject"].as_str().unwrap();
        assert!(
            !subject.contains(['\r', '\n', '\0', '\u{202e}']),
            "{subject:?}"
        );
        assert!(!mail["html"].as_str().unwrap().contains("<b>x</b>"));
        assert_eq!(mail["to"], "ben@kuusi.example");
        let stored = super::dump::dump(&town).await;
        assert!(!stored.contains('\u{202e}'));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_page_through_what_was_sent_newest_first() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        for number in 0..7 {
            let command = invitations::Create {
                invitee_name: format!("Person {number}"),
                ..town.offer(&format!("p{number}@kuusi.example"), &["orders"])
            };
            town.create(command).await.unwrap();
        }
        let mut conn = town.test.db.read().await.unwrap();
        let filter = StaffFilter {
            inviter_email: ADMIN.into(),
            ..Default::default()
        };
        let page = page_for_staff(&mut conn, &filter, None, 4).await.unwrap();
        assert_eq!(page.len(), 4);
        let last = &page[3].invitation;
        let before = Some((last.created_at, last.id.clone()));
        let rest = page_for_staff(&mut conn, &filter, before, 9).await.unwrap();
        assert_eq!(rest.len(), 3);
        assert_eq!(rest[0].organization_name, "Kuusi Oy");
        for (search, hits) in [
            ("P3@Kuusi", 1),
            ("person 4", 1),
            ("kuusi oy", 7),
            ("%", 0),
            ("_", 0),
        ] {
            let filter = StaffFilter {
                search: search.into(),
                ..Default::default()
            };
            let page = page_for_staff(&mut conn, &filter, None, 9).await.unwrap();
            assert_eq!(page.len(), hits, "{search}");
        }
        let others = StaffFilter {
            state: Some(StateWord::Redeemed),
            ..Default::default()
        };
        assert!(
            page_for_staff(&mut conn, &others, None, 9)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}
