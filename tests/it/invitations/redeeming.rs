//! Accepting: one winner, the right account, before the end.

use std::time::Duration;

use vestibule::{
    invitations::{
        self, Account, AskedAgain, AskedOther, Created, Decline, Declined, Ended, Inviter, Meeting,
        Opened, Redeemed, Resend, Resent, Revoke, Revoked, Situation, State, Way, WhyNot,
    },
    kernel::{Actor, LinkSecret},
    organizations::{self, InvitePolicy, MembershipStatus},
    people,
};

use super::town::{ADMIN, Town, address};
use crate::support::each_engine;

fn refused(outcome: &Redeemed) -> Option<WhyNot> {
    match outcome {
        Redeemed::Refused(why) => Some(*why),
        Redeemed::Joined(_) | Redeemed::Again(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_makes_person_identity_membership_and_tells_everybody() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let ben = town.pending("ben@kuusi.example", true);
        let Redeemed::Joined(joined) = town.redeem(&secret, &ben).await.unwrap() else {
            panic!("not joined");
        };
        assert_eq!(joined.membership.status, MembershipStatus::Active);
        assert_eq!(joined.membership.roles.to_list(), ["orders"]);
        let mut conn = town.test.db.read().await.unwrap();
        let person =
            people::find_by_identity(&mut conn, super::town::ISSUER, "sub-ben@kuusi.example")
                .await
                .unwrap()
                .unwrap();
        drop(conn);
        assert_eq!(person.id, joined.person_id);
        assert_eq!(person.email, address("ben@kuusi.example"));
        let stored = town.find(&invitation).await;
        let expected = Ended::Redeemed {
            at: town.now(),
            by: person.id.clone(),
            membership: joined.membership.id.clone(),
        };
        assert_eq!(stored.state, State::Ended(expected));
        let given_by_inviter =
            "SELECT count(*) FROM membership_roles r JOIN memberships m ON r.granted_by = m.person_id
             WHERE r.role = 'orders' AND m.email = 'aino@kuusi.example'";
        assert_eq!(town.count(given_by_inviter).await, 1);
        assert_eq!(town.told(&invitation).await, ["queued", "redeemed"]);
        assert_eq!(
            town.audited(&invitation).await,
            ["invitation.created", "invitation.redeemed"]
        );
        let told = town.mails(ADMIN).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["subject"], "Given Family joined Kuusi Oy");

        // The answer got lost: the same again is the same success, with or without a session.
        for account in [ben, Account::Person(person.id)] {
            let again = town.redeem(&secret, &account).await.unwrap();
            let Redeemed::Again(again) = again else {
                panic!("{again:?}")
            };
            assert_eq!(again.membership.id, joined.membership.id);
        }
        // Another person learns nothing and changes nothing.
        let other = town.pending("carl@kuusi.example", true);
        assert_eq!(
            refused(&town.redeem(&secret, &other).await.unwrap()),
            Some(WhyNot::NotOpen)
        );
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);
        assert_eq!(town.told(&invitation).await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_race_and_one_wins() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.allow(InvitePolicy::AnyVerified).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let people = town.count("SELECT count(*) FROM persons").await;
        let mut racers = Vec::new();
        for number in 0..64 {
            let (town, secret) = (town.clone(), secret.clone());
            racers.push(tokio::spawn(async move {
                let racer = town.pending(&format!("racer-{number}@kuusi.example"), true);
                town.redeem(&secret, &racer).await.unwrap()
            }));
        }
        let mut won = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Redeemed::Joined(_) => won += 1,
                other => assert_eq!(refused(&other), Some(WhyNot::NotOpen), "{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);
        assert_eq!(town.count("SELECT count(*) FROM persons").await, people + 1);
        assert_eq!(
            town.count("SELECT count(*) FROM identities").await,
            people + 1
        );
        assert_eq!(town.told(&invitation).await, ["queued", "redeemed"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_racing_with_themselves_is_one_member_and_always_successful() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (_, secret) = town.invited("ben@kuusi.example").await;
        let mut tabs = Vec::new();
        for _ in 0..32 {
            let (town, secret) = (town.clone(), secret.clone());
            tabs.push(tokio::spawn(async move {
                let ben = town.pending("ben@kuusi.example", true);
                town.redeem(&secret, &ben).await.unwrap()
            }));
        }
        let mut joined = 0;
        for tab in tabs {
            match tab.await.unwrap() {
                Redeemed::Joined(_) => joined += 1,
                Redeemed::Again(_) => {}
                other @ Redeemed::Refused(_) => panic!("{other:?}"),
            }
        }
        assert_eq!(joined, 1);
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_are_never_oversold() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let mut links = Vec::new();
        for number in 0..24 {
            let email = format!("p{number}@kuusi.example");
            let (_, secret) = town.invited(&email).await;
            links.push((email, secret));
        }
        // The contract shrank after the invitations went out: the admin and five more fit.
        town.sql("UPDATE contracts SET seats = 6").await;
        let mut racers = Vec::new();
        for (email, secret) in links {
            let town = town.clone();
            racers.push(tokio::spawn(async move {
                let account = town.pending(&email, true);
                town.redeem(&secret, &account).await.unwrap()
            }));
        }
        let (mut joined, mut full) = (0, 0);
        for racer in racers {
            match racer.await.unwrap() {
                Redeemed::Joined(_) => joined += 1,
                other => {
                    assert_eq!(refused(&other), Some(WhyNot::NoSeat));
                    full += 1;
                }
            }
        }
        assert_eq!((joined, full), (5, 19));
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 6);
        assert_eq!(
            town.count("SELECT count(*) FROM invitations WHERE state = 'queued'")
                .await,
            19
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_tested_by_the_statement_and_not_by_a_job() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (first, secret) = town.invited("ben@kuusi.example").await;
        let (_, late) = town.invited("carl@kuusi.example").await;
        let clock = &town.test.world.clock;
        clock.advance(first.expires_at.since(town.now()) - Duration::from_micros(1));
        let ben = town.pending("ben@kuusi.example", true);
        assert!(matches!(
            town.redeem(&secret, &ben).await.unwrap(),
            Redeemed::Joined(_)
        ));
        clock.advance(Duration::from_micros(1));
        let carl = town.pending("carl@kuusi.example", true);
        assert_eq!(
            refused(&town.redeem(&late, &carl).await.unwrap()),
            Some(WhyNot::NotOpen)
        );
        // No job ran: the row still says queued, and nobody believes it.
        assert_eq!(
            town.count("SELECT count(*) FROM invitations WHERE state = 'queued'")
                .await,
            1
        );
        let situation = town.look(&late, None).await;
        let Situation::Over {
            ended,
            by_you: false,
            ..
        } = situation
        else {
            panic!("{situation:?}")
        };
        assert_eq!(
            ended,
            Ended::Expired {
                at: first.expires_at
            }
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_gets_nothing_and_the_invitation_survives() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("Ben@kuusi.example").await;
        let eve = town.person("eve@kuusi.example", "Eve").await;
        let cases = [
            (
                town.pending("eve@elsewhere.example", true),
                WhyNot::WrongAccount,
            ),
            (
                town.pending("ben+x@kuusi.example", true),
                WhyNot::WrongAccount,
            ),
            (
                town.pending("ben@kuusi.example.evil.example", true),
                WhyNot::WrongAccount,
            ),
            (
                town.pending("b\u{435}n@kuusi.example", true),
                WhyNot::Unverified,
            ),
            (
                town.pending("ben@\u{43a}uusi.example", true),
                WhyNot::Unverified,
            ),
            (town.pending("ben@kuusi.example", false), WhyNot::Unverified),
            (town.pending("", true), WhyNot::Unverified),
            (Account::Person(eve), WhyNot::WrongAccount),
        ];
        let before = town.find(&invitation).await;
        for (account, expected) in cases {
            let outcome = town.redeem(&secret, &account).await.unwrap();
            assert_eq!(refused(&outcome), Some(expected), "{account:?}");
        }
        assert_eq!(town.find(&invitation).await, before);
        assert_eq!(
            town.audited(&invitation)
                .await
                .iter()
                .filter(|action| *action == "invitation.refused")
                .count(),
            8
        );
        // The right one, however it is spelt, still can.
        let ben = town.pending("BEN@KUUSI.EXAMPLE", true);
        assert!(matches!(
            town.redeem(&secret, &ben).await.unwrap(),
            Redeemed::Joined(_)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organization_decides_which_other_addresses_may() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        town.allow(InvitePolicy::SameDomain).await;
        let (_, secret) = town.invited("ben@kuusi.example").await;
        let stranger = town.pending("ben@elsewhere.example", true);
        assert_eq!(
            refused(&town.redeem(&secret, &stranger).await.unwrap()),
            Some(WhyNot::WrongAccount)
        );
        let unverified = town.pending("benjamin@kuusi.example", false);
        assert_eq!(
            refused(&town.redeem(&secret, &unverified).await.unwrap()),
            Some(WhyNot::Unverified)
        );
        let colleague = town.pending("benjamin@kuusi.example", true);
        assert!(matches!(
            town.redeem(&secret, &colleague).await.unwrap(),
            Redeemed::Joined(_)
        ));
        let told = town.mails(ADMIN).await;
        assert!(
            told[0]["text"]
                .as_str()
                .unwrap()
                .contains("Invited: ben@kuusi.example")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_address_gets_the_new_identity_unless_the_same_provider_knows_it_under_another() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let ben = town.person("ben@kuusi.example", "Ben").await;
        let (_, secret) = town.invited("ben@kuusi.example").await;
        let mut recycled = town.identity("ben@kuusi.example", true);
        recycled.subject = "somebody new".into();
        let outcome = town
            .redeem(&secret, &Account::Pending(Box::new(recycled.clone())))
            .await
            .unwrap();
        assert_eq!(refused(&outcome), Some(WhyNot::AddressInUse));
        recycled.issuer = "https://other-login.example".into();
        let outcome = town
            .redeem(&secret, &Account::Pending(Box::new(recycled)))
            .await
            .unwrap();
        let Redeemed::Joined(joined) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(joined.person_id, ben);
        assert_eq!(town.count("SELECT count(*) FROM identities").await, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_kept_out_stays_out() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let ben = town.person("ben@kuusi.example", "Ben").await;
        let (_, secret) = town.invited("ben@kuusi.example").await;
        town.sql("UPDATE persons SET status = 'suspended' WHERE email = 'ben@kuusi.example'")
            .await;
        let outcome = town
            .redeem(&secret, &Account::Person(ben.clone()))
            .await
            .unwrap();
        assert_eq!(refused(&outcome), Some(WhyNot::SuspendedPerson));
        town.sql("UPDATE persons SET status = 'active'").await;
        town.join(&town.organization, &ben, &["orders"]).await;
        let account = Account::Person(ben);
        assert_eq!(
            refused(&town.redeem(&secret, &account).await.unwrap()),
            Some(WhyNot::AlreadyMember)
        );
        town.sql("UPDATE memberships SET status = 'suspended' WHERE email = 'ben@kuusi.example'")
            .await;
        assert_eq!(
            refused(&town.redeem(&secret, &account).await.unwrap()),
            Some(WhyNot::SuspendedMember)
        );
        // Removed is over: an invitation brings them back as the same member.
        town.sql("UPDATE memberships SET status = 'removed' WHERE email = 'ben@kuusi.example'")
            .await;
        assert!(matches!(
            town.redeem(&secret, &account).await.unwrap(),
            Redeemed::Joined(_)
        ));
        assert_eq!(town.count("SELECT count(*) FROM memberships").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inviter_who_lost_the_right_meanwhile_gives_nothing() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let second = town.person("second@kuusi.example", "Second").await;
        town.join(&town.organization, &second, &["admin"]).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let ben = town.pending("ben@kuusi.example", true);
        for statement in [
            "UPDATE memberships SET roles = 'orders' WHERE email = 'aino@kuusi.example'",
            "UPDATE memberships SET roles = 'admin', status = 'suspended' WHERE email = 'aino@kuusi.example'",
            "UPDATE memberships SET status = 'removed' WHERE email = 'aino@kuusi.example'",
            "UPDATE memberships SET status = 'active', ends_at = 5 WHERE email = 'aino@kuusi.example'",
        ] {
            town.sql(statement).await;
            let outcome = town.redeem(&secret, &ben).await.unwrap();
            assert_eq!(refused(&outcome), Some(WhyNot::RolesGone), "{statement}");
        }
        // Another admin sends it again, and answers for it from now on.
        town.test.world.clock.advance(Duration::from_secs(600));
        let cx = town.cx(Actor::Person { person_id: second });
        let command = Resend {
            organization_id: town.organization.clone(),
            invitation_id: invitation.id.clone(),
            inviter: Inviter { name: "Second".into(), email: "second@kuusi.example".into(), ..Inviter::of(&cx.actor) },
            way: Way::Mail,
        };
        let here = town.clone();
        let resent = town
            .write(move |tx| Box::pin(async move { invitations::resend(tx, &cx, here.rules(), command).await }))
            .await;
        assert!(matches!(resent.unwrap(), Resent::Queued(_)));
        let secret = town.newest_link("ben@kuusi.example").await;
        assert!(matches!(town.redeem(&secret, &ben).await.unwrap(), Redeemed::Joined(_)));
        assert_eq!(town.mails("second@kuusi.example").await.len(), 1);
        assert_eq!(town.mails(ADMIN).await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_secret_is_unknown() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (_, secret) = town.invited("ben@kuusi.example").await;
        let text = secret.expose().to_owned();
        let mut tried = 0;
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let flipped = String::from_utf8(bytes).unwrap();
            let cased: String = text
                .chars()
                .enumerate()
                .map(|(index, character)| {
                    if index != place {
                        character
                    } else if character.is_ascii_lowercase() {
                        character.to_ascii_uppercase()
                    } else {
                        character.to_ascii_lowercase()
                    }
                })
                .collect();
            for other in [flipped, cased] {
                if other == text {
                    continue;
                }
                if let Some(other) = LinkSecret::parse(&other) {
                    tried += 1;
                    assert!(matches!(town.look(&other, None).await, Situation::Unknown));
                    let ben = town.pending("ben@kuusi.example", true);
                    assert_eq!(
                        refused(&town.redeem(&other, &ben).await.unwrap()),
                        Some(WhyNot::NotOpen)
                    );
                }
            }
        }
        assert!(tried > 60, "{tried}");
        assert!(matches!(
            town.look(&secret, None).await,
            Situation::Open {
                meeting: Meeting::SignedOut,
                ..
            }
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_counts_once_and_declining_is_for_the_invited_address() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        for _ in 0..3 {
            let (cx, secret) = (town.cx(Actor::Visitor), secret.clone());
            let opened: Result<Opened, vestibule::db::Error> = town
                .write(move |tx| Box::pin(async move { invitations::open(tx, &cx, &secret).await }))
                .await;
            assert_eq!(
                opened.unwrap(),
                Opened::Open {
                    email: address("ben@kuusi.example")
                }
            );
            town.test.world.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(town.told(&invitation).await, ["queued", "opened"]);
        let decline = async |account: Account| {
            let (here, cx) = (town.clone(), town.cx(Actor::Visitor));
            let command = Decline {
                secret: secret.clone(),
                account,
            };
            town.write(move |tx| {
                Box::pin(async move { invitations::decline(tx, &cx, here.rules(), command).await })
            })
            .await
        };
        let eve = decline(town.pending("eve@kuusi.example", true))
            .await
            .unwrap();
        assert!(matches!(eve, Declined::NotYours));
        let liar = decline(town.pending("ben@kuusi.example", false))
            .await
            .unwrap();
        assert!(matches!(liar, Declined::NotYours));
        let ben = decline(town.pending("ben@kuusi.example", true))
            .await
            .unwrap();
        assert!(matches!(ben, Declined::Declined(_)));
        assert_eq!(
            town.told(&invitation).await,
            ["queued", "opened", "declined"]
        );
        let outcome = town
            .redeem(&secret, &town.pending("ben@kuusi.example", true))
            .await
            .unwrap();
        assert_eq!(refused(&outcome), Some(WhyNot::NotOpen));
        assert_eq!(
            town.mails(ADMIN).await[0]["subject"],
            "ben@kuusi.example declined your invitation"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_link_is_dead() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let revoke = async |organization: &vestibule::kernel::ids::OrganizationId| {
            let cx = town.as_admin();
            let command = Revoke {
                organization_id: organization.clone(),
                invitation_id: invitation.id.clone(),
            };
            town.write(move |tx| {
                Box::pin(async move { invitations::revoke(tx, &cx, command).await })
            })
            .await
        };
        let foreign = town.company("2002", "Muut Oy").await;
        assert!(matches!(
            revoke(&foreign).await,
            Err(invitations::RevokeError::NotFound)
        ));
        assert!(matches!(
            revoke(&town.organization).await.unwrap(),
            Revoked::Revoked(_)
        ));
        assert!(matches!(
            revoke(&town.organization).await.unwrap(),
            Revoked::OverBefore(_)
        ));
        let outcome = town
            .redeem(&secret, &town.pending("ben@kuusi.example", true))
            .await
            .unwrap();
        assert_eq!(refused(&outcome), Some(WhyNot::NotOpen));
        // The address is free for a new one.
        let again = town
            .create(town.offer("ben@kuusi.example", &["orders"]))
            .await
            .unwrap();
        assert!(matches!(again, Created::Queued(_)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_too_late_may_ask_once_a_day() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let ask = async || {
            let (here, cx, secret) = (town.clone(), town.cx(Actor::Visitor), secret.clone());
            let asked: Result<AskedAgain, vestibule::db::Error> = town
                .write(move |tx| {
                    Box::pin(
                        async move { invitations::ask_again(tx, &cx, here.rules(), &secret).await },
                    )
                })
                .await;
            asked.unwrap()
        };
        assert_eq!(ask().await, AskedAgain::NotExpired);
        town.test
            .world
            .clock
            .advance(Duration::from_secs(8 * 86_400));
        assert_eq!(ask().await, AskedAgain::Told);
        assert_eq!(ask().await, AskedAgain::ToldBefore);
        town.test.world.clock.advance(Duration::from_secs(86_399));
        assert_eq!(ask().await, AskedAgain::ToldBefore);
        town.test.world.clock.advance(Duration::from_secs(1));
        assert_eq!(ask().await, AskedAgain::Told);
        assert_eq!(town.mails(ADMIN).await.len(), 2);
        assert!(
            town.audited(&invitation)
                .await
                .contains(&"invitation.asked_again".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_is_let_in_by_the_inviter_and_by_nobody_else() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (first, secret) = town.invited("ben@kuusi.example").await;
        let ask = async |account: Account| {
            let (here, cx, secret) = (town.clone(), town.cx(Actor::Visitor), secret.clone());
            let asked: Result<AskedOther, vestibule::db::Error> = town
                .write(move |tx| {
                    Box::pin(async move {
                        invitations::ask_other(tx, &cx, here.rules(), (&secret, &account)).await
                    })
                })
                .await;
            asked.unwrap()
        };
        assert_eq!(
            ask(town.pending("ben@home.example", false)).await,
            AskedOther::Unverified
        );
        assert_eq!(
            ask(town.pending("ben@kuusi.example", true)).await,
            AskedOther::NotNeeded
        );
        let private = town.pending("ben@home.example", true);
        assert_eq!(ask(private.clone()).await, AskedOther::Told);
        assert_eq!(ask(private.clone()).await, AskedOther::ToldBefore);
        assert_eq!(town.mails(ADMIN).await.len(), 1);
        assert!(
            town.find(&first).await.live_at(town.now()).is_some(),
            "nothing was consumed"
        );
        let grant = async |inviter: Inviter| {
            let (here, cx) = (town.clone(), town.as_admin());
            let command = invitations::InviteOther {
                organization_id: town.organization.clone(),
                invitation_id: first.id.clone(),
                inviter,
            };
            town.write(move |tx| {
                Box::pin(
                    async move { invitations::invite_other(tx, &cx, here.rules(), command).await },
                )
            })
            .await
        };
        let nobody = Inviter::of(&Actor::Person {
            person_id: vestibule::kernel::ids::Id::from_bits(9),
        });
        assert!(matches!(
            grant(nobody).await,
            Err(invitations::InviteOtherError::Roles(_))
        ));
        assert!(
            town.find(&first).await.live_at(town.now()).is_some(),
            "nothing was changed"
        );
        let invitations::InvitedOther::Invited(second) = grant(town.by_admin()).await.unwrap()
        else {
            panic!("not invited");
        };
        assert_eq!(second.email, address("ben@home.example"));
        assert_eq!(town.told(&first).await, ["queued", "superseded"]);
        assert_eq!(
            refused(&town.redeem(&secret, &private).await.unwrap()),
            Some(WhyNot::NotOpen)
        );
        let link = town.newest_link("ben@home.example").await;
        assert!(matches!(
            town.redeem(&link, &private).await.unwrap(),
            Redeemed::Joined(_)
        ));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_sealed_mail_holds_a_usable_link() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (_, secret) = town.invited("ben@kuusi.example").await;
        let ben = town.pending("ben@kuusi.example", true);
        town.redeem(&secret, &town.pending("eve@kuusi.example", true))
            .await
            .unwrap();
        town.redeem(&secret, &ben).await.unwrap();
        let dump = super::dump::dump(&town).await;
        assert!(
            dump.contains("ben@kuusi.example"),
            "the dump shows what is stored"
        );
        assert!(!dump.contains(secret.expose()));
        assert!(!dump.contains("/i/"));
        let organization = {
            let mut conn = town.test.db.read().await.unwrap();
            organizations::find(&mut conn, &town.organization)
                .await
                .unwrap()
                .unwrap()
        };
        assert!(!format!("{organization:?}{secret:?}").contains(secret.expose()));
    })
    .await;
}
