//! One reminder at half of an invitation's life, and what both links do.

use std::time::Duration;

use vestibule::{
    db::Error,
    invitations::{self, Decline, Redeemed, Resend, Resent, Situation, StepKind, Way, WhyNot},
    kernel::Actor,
};

use super::town::{SETTINGS, Town};
use crate::support::each_engine;

const DAY: Duration = Duration::from_secs(86_400);
const BEN: &str = "ben@kuusi.example";

/// Runs the sweep until nothing is due; how often it found something.
async fn sweep(town: &Town) -> usize {
    let mut rounds = 0;
    loop {
        let (here, cx) = (town.clone(), town.test.world.system("invitations"));
        let found: Result<bool, Error> = town
            .write(move |tx| {
                Box::pin(async move { invitations::remind(tx, &cx, here.rules()).await })
            })
            .await;
        if !found.unwrap() {
            return rounds;
        }
        rounds += 1;
    }
}

async fn was_sent(town: &Town) {
    town.sql("UPDATE invitations SET state = 'sent', sent_at = issued_at WHERE state = 'queued'")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_not_answered_is_reminded_once_and_both_links_work() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, first) = town.invited(BEN).await;
        was_sent(&town).await;
        test.world.clock.advance(DAY * 3);
        assert_eq!(sweep(&town).await, 0, "not yet half of seven days");
        test.world.clock.advance(DAY);
        assert_eq!(sweep(&town).await, 1);
        test.world.clock.advance(DAY);
        assert_eq!(sweep(&town).await, 0, "once");
        let mails = town.mails(BEN).await;
        assert_eq!(mails.len(), 2);
        let text = mails[1]["text"].as_str().unwrap();
        assert!(text.contains("You have not answered yet."), "{text}");
        let second = town.newest_link(BEN).await;
        assert_ne!(first.hash(), second.hash());
        for secret in [&first, &second] {
            let seen = town.look(secret, None).await;
            assert!(matches!(seen, Situation::Open { .. }), "{seen:?}");
        }
        // The life is the first one's.
        let stored = town.find(&invitation).await;
        assert_eq!(stored.expires_at, invitation.expires_at);
        let mut conn = test.db.read().await.unwrap();
        let steps = invitations::timeline(&mut conn, &stored, town.now()).await;
        let steps = steps.unwrap();
        assert!(steps.iter().any(|step| step.kind == StepKind::Reminded));
        assert!(!steps.iter().any(|step| step.kind == StepKind::Renewed));
        drop(conn);
        assert!(
            town.audited(&invitation)
                .await
                .contains(&"invitation.reminded".to_owned())
        );
        // The old link brings in, and the new one then says the same.
        let ben = town.pending(BEN, true);
        let joined = town.redeem(&first, &ben).await.unwrap();
        assert!(matches!(joined, Redeemed::Joined(_)), "{joined:?}");
        let again = town.redeem(&second, &ben).await.unwrap();
        assert!(matches!(again, Redeemed::Again(_)), "{again:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_ends_both_and_begins_a_life_with_a_reminder_of_its_own() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, first) = town.invited(BEN).await;
        was_sent(&town).await;
        test.world.clock.advance(DAY * 4);
        assert_eq!(sweep(&town).await, 1);
        let second = town.newest_link(BEN).await;
        let command = Resend {
            organization_id: town.organization.clone(),
            invitation_id: invitation.id.clone(),
            inviter: town.by_admin(),
            way: Way::Mail,
        };
        let (here, cx) = (town.clone(), town.as_admin());
        let resent = town
            .write(move |tx| {
                Box::pin(async move { invitations::resend(tx, &cx, here.rules(), command).await })
            })
            .await;
        assert!(matches!(resent.unwrap(), Resent::Queued(_)));
        for secret in [&first, &second] {
            let seen = town.look(secret, None).await;
            assert!(matches!(seen, Situation::Replaced { .. }), "{seen:?}");
            let refused = town.redeem(secret, &town.pending(BEN, true)).await.unwrap();
            let Redeemed::Refused(why) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(why, WhyNot::NotOpen);
        }
        was_sent(&town).await;
        test.world.clock.advance(DAY * 4);
        assert_eq!(sweep(&town).await, 1);
        assert_eq!(town.mails(BEN).await.len(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reminded_of_what_is_over_or_would_not_work() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        for (name, change) in [
            ("queued", "UPDATE invitations SET mail_id = mail_id"),
            ("back", "UPDATE invitations SET state = 'bounced', bounced_at = issued_at WHERE email_key LIKE 'back%'"),
            ("link", "UPDATE invitations SET way = 'link', state = 'sent', sent_at = issued_at WHERE email_key LIKE 'link%'"),
        ] {
            town.invited(&format!("{name}@kuusi.example")).await;
            town.sql(change).await;
        }
        let (_, secret) = town.invited("no@kuusi.example").await;
        town.sql("UPDATE invitations SET state = 'sent', sent_at = issued_at WHERE email_key LIKE 'no%'")
            .await;
        let cx = town.cx(Actor::Visitor);
        let (here, command) = (town.clone(), Decline { secret, account: town.pending("no@kuusi.example", true) });
        let declined: Result<_, Error> = town
            .write(move |tx| {
                Box::pin(async move { invitations::decline(tx, &cx, here.rules(), command).await })
            })
            .await;
        declined.unwrap();
        // An inviter who may not invite any more is not spoken for either.
        town.invited("late@kuusi.example").await;
        town.sql("UPDATE invitations SET state = 'sent', sent_at = issued_at WHERE email_key LIKE 'late%'")
            .await;
        town.sql("UPDATE memberships SET status = 'suspended'").await;
        let before = town.count("SELECT count(*) FROM changes WHERE kind = 'mail'").await;
        test.world.clock.advance(DAY * 4);
        sweep(&town).await;
        let after = town.count("SELECT count(*) FROM changes WHERE kind = 'mail'").await;
        assert_eq!(before, after);
        assert_eq!(sweep(&town).await, 0, "what is not worth a mail is not looked at again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_send_one_reminder() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        for number in 0..10 {
            town.invited(&format!("guest{number}@kuusi.example")).await;
        }
        was_sent(&town).await;
        test.world.clock.advance(DAY * 4);
        let (one, two) = (town.clone(), town.clone());
        let (one, two) = tokio::join!(
            tokio::spawn(async move { sweep(&one).await }),
            tokio::spawn(async move { sweep(&two).await }),
        );
        assert!(one.unwrap() + two.unwrap() >= 10);
        for number in 0..10 {
            let mails = town.mails(&format!("guest{number}@kuusi.example")).await;
            assert_eq!(mails.len(), 2, "guest{number}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_setting_turns_it_off() {
    each_engine(async |test| {
        let settings = SETTINGS.replace("[invitations]", "[invitations]\nreminder = false");
        let town = Town::with(&test, &settings).await;
        town.invited(BEN).await;
        was_sent(&town).await;
        test.world.clock.advance(DAY * 4);
        assert_eq!(sweep(&town).await, 0);
    })
    .await;
}
