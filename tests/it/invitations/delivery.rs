//! What the inviter sees of the mail: never "sent" before the mail server took it.

use std::{sync::Arc, time::Duration};

use vestibule::{
    crm::port::Verdict,
    invitations::{
        self, InvitationMails, Live, Resend, ResendError, Resent, Revoke, State, StepKind, Way,
    },
    kernel::Actor,
    mail::{MailDestination, MailSettled, MemoryTransport},
    outbox::Outbox,
};

use super::town::Town;
use crate::support::each_engine;

fn mails(town: &Town) -> InvitationMails {
    InvitationMails {
        db: town.test.db.clone(),
        clock: town.test.world.clock.clone(),
    }
}

async fn settle(town: &Town, invitation: &invitations::Invitation, mail: &str, verdict: Verdict) {
    let (cx, id, mail) = (
        town.test.world.system("outbox"),
        invitation.id.clone(),
        mail.to_owned(),
    );
    let mails = mails(town);
    let done: Result<(), vestibule::db::Error> = town
        .write(move |tx| {
            Box::pin(async move { mails.mail_settled(tx, &cx, (&id, &mail), &verdict).await })
        })
        .await;
    done.unwrap();
}

async fn newest_mail(town: &Town) -> String {
    let mut conn = town.test.db.read().await.unwrap();
    vestibule::on!(conn, |c| sqlx::query_scalar::<_, String>(
        "SELECT mail_id FROM invitations"
    )
    .fetch_one(c)
    .await)
    .unwrap()
}

fn retry() -> Verdict {
    Verdict::Retry {
        reason: "451 try\r\nlater".into(),
        after: None,
    }
}

fn rejected() -> Verdict {
    Verdict::Rejected {
        cause: "mailbox".into(),
        reason: "550 no such mailbox".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_follows_the_mail() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, _) = town.invited("ben@kuusi.example").await;
        let mail = newest_mail(&town).await;
        settle(&town, &invitation, &mail, retry()).await;
        let stored = town.find(&invitation).await;
        assert_eq!(
            (stored.state, stored.delivery_note.as_str()),
            (State::Live(Live::Queued), "451 try later")
        );
        assert_eq!(town.told(&invitation).await, ["queued"]);
        settle(&town, &invitation, &mail, Verdict::Done { remote_id: None }).await;
        let stored = town.find(&invitation).await;
        assert_eq!(
            (stored.state, stored.delivery_note.as_str()),
            (State::Live(Live::Sent { at: town.now() }), "")
        );
        assert_eq!(town.told(&invitation).await, ["queued", "sent"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_is_shown_and_the_link_still_works() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let mail = newest_mail(&town).await;
        settle(&town, &invitation, &mail, rejected()).await;
        let stored = town.find(&invitation).await;
        assert_eq!(stored.state, State::Live(Live::Bounced { at: town.now() }));
        assert_eq!(stored.delivery_note, "550 no such mailbox");
        let mut conn = town.test.db.read().await.unwrap();
        let steps = invitations::timeline(&mut conn, &stored, town.now())
            .await
            .unwrap();
        drop(conn);
        let kinds: Vec<StepKind> = steps.iter().map(|step| step.kind).collect();
        assert_eq!(
            kinds,
            [
                StepKind::Created,
                StepKind::Bounced,
                StepKind::Opened,
                StepKind::Redeemed
            ]
        );
        assert!(steps[2].at.is_none());
        let ben = town.pending("ben@kuusi.example", true);
        let outcome = town.redeem(&secret, &ben).await.unwrap();
        assert!(matches!(outcome, invitations::Redeemed::Joined(_)));
        assert_eq!(
            town.told(&invitation).await,
            ["queued", "bounced", "redeemed"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_of_a_replaced_link_says_nothing_about_the_new_one() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, _) = town.invited("ben@kuusi.example").await;
        let old_mail = newest_mail(&town).await;
        town.test.world.clock.advance(Duration::from_secs(600));
        let (here, cx) = (town.clone(), town.as_admin());
        let command = Resend {
            organization_id: town.organization.clone(),
            invitation_id: invitation.id.clone(),
            inviter: town.by_admin(),
            way: Way::Mail,
        };
        let resent = town
            .write(move |tx| {
                Box::pin(async move { invitations::resend(tx, &cx, here.rules(), command).await })
            })
            .await;
        assert!(matches!(resent.unwrap(), Resent::Queued(_)));
        assert_ne!(newest_mail(&town).await, old_mail);
        for verdict in [rejected(), Verdict::Done { remote_id: None }] {
            settle(&town, &invitation, &old_mail, verdict).await;
            assert_eq!(
                town.find(&invitation).await.state,
                State::Live(Live::Queued)
            );
        }
        let mail = newest_mail(&town).await;
        settle(&town, &invitation, &mail, Verdict::Done { remote_id: None }).await;
        assert_eq!(town.told(&invitation).await, ["queued", "queued", "sent"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_outlasts_what_the_mail_server_says_later() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (invitation, secret) = town.invited("ben@kuusi.example").await;
        let cx = town.cx(Actor::Visitor);
        let opened: Result<_, vestibule::db::Error> = town
            .write(move |tx| Box::pin(async move { invitations::open(tx, &cx, &secret).await }))
            .await;
        opened.unwrap();
        let mail = newest_mail(&town).await;
        settle(&town, &invitation, &mail, rejected()).await;
        let stored = town.find(&invitation).await;
        assert_eq!(
            stored.state,
            State::Live(Live::Opened {
                sent_at: None,
                at: town.now()
            })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_whose_link_died_while_it_waited_is_not_sent() {
    each_engine(async |test| {
        let town = Town::new(&test).await;
        let (replaced, _) = town.invited("ben@kuusi.example").await;
        let (withdrawn, _) = town.invited("carl@kuusi.example").await;
        town.test.world.clock.advance(Duration::from_secs(600));
        let (here, cx) = (town.clone(), town.as_admin());
        let again = Resend {
            organization_id: town.organization.clone(),
            invitation_id: replaced.id.clone(),
            inviter: town.by_admin(),
            way: Way::Mail,
        };
        let revoke = Revoke {
            organization_id: town.organization.clone(),
            invitation_id: withdrawn.id.clone(),
        };
        let done: Result<(), ResendError> = town
            .write(move |tx| {
                Box::pin(async move {
                    invitations::resend(tx, &cx, here.rules(), again).await?;
                    invitations::revoke(tx, &cx, revoke).await.unwrap();
                    Ok(())
                })
            })
            .await;
        done.unwrap();
        let live = town.newest_link("ben@kuusi.example").await;
        let memory = Arc::new(MemoryTransport::default());
        let keys = town.test.world.keys.clone();
        let hook = Some(Arc::new(mails(&town)) as Arc<dyn MailSettled>);
        let destination =
            MailDestination::with_transport(&town.settings, keys, memory.clone(), hook);
        let (db, world) = (town.test.db.clone(), town.test.world.clone());
        Outbox::new(db, world, vec![Arc::new(destination)])
            .drain()
            .await
            .unwrap();
        let sent = memory.mails();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].text.contains(live.expose()));
        assert_eq!(town.told(&replaced).await, ["queued", "queued", "sent"]);
        assert_eq!(town.told(&withdrawn).await, ["queued", "revoked"]);
        assert_eq!(
            town.count("SELECT count(*) FROM deliveries WHERE remote_id LIKE 'not sent%'")
                .await,
            2
        );
        assert!(!super::dump::dump(&town).await.contains(live.expose()));
    })
    .await;
}
