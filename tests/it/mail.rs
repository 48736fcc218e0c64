//! Mail: sealed until sent, one recipient, no smuggled headers, and the truth about delivery.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use vestibule::{
    crm::port::Verdict,
    db::{Error, Tx},
    kernel::{
        Cx, EmailAddress, LinkSecret,
        ids::{Id, InvitationId, MailId},
    },
    mail::{
        self, FileTransport, Letter, Letterhead, MailDestination, MailSettled, MemoryTransport,
        Post, SmtpTransport, Transport, letters, mailbox,
    },
    on,
    outbox::Outbox,
    settings::Settings,
    web::Lang,
};

use crate::support::{TestDb, each_engine, outbox::expect, smtp_sink::SmtpSink};

fn settings(mail: &str) -> Settings {
    toml::from_str(&format!(
        r#"
        [portal]
        name = "Example Supplies"
        public_url = "https://portal.supplies.example"
        support_email = "help@supplies.example"
        time_zone = "Europe/Helsinki"
        [security]
        encryption_key = "{}"
        [mail]
        from = "portal@supplies.example"
        per_second = 1000
        {mail}
        "#,
        "07".repeat(32)
    ))
    .unwrap()
}

fn head() -> Letterhead {
    Letterhead::of(&settings("").portal)
}

fn invitation(to: &EmailAddress, link: &str) -> letters::Invitation {
    let (_, sample) = letters::Invitation::samples().remove(0);
    letters::Invitation {
        email: to.clone(),
        link: link.to_owned(),
        ..sample
    }
}

/// Queues an invitation to `to`.
async fn invite(test: &TestDb, to: &str, letter: impl Fn(&EmailAddress) -> letters::Invitation) {
    let to: EmailAddress = to.parse().unwrap();
    let (cx, letter) = (test.cx(), letter(&to));
    let result: Result<_, Error> = test
        .db
        .write(move |tx| {
            Box::pin(async move {
                let invitation = InvitationId::from_bits(5);
                let reply_to: EmailAddress = "sam@supplies.example".parse().unwrap();
                let post = Post {
                    to: &to,
                    lang: Lang::De,
                    reply_to: Some(&reply_to),
                    organization: None,
                    invitation: Some(&invitation),
                };
                mail::queue(tx, &cx, &head(), post, &letter).await
            })
        })
        .await;
    result.unwrap();
}

/// Remembers what it is told about the mails of invitations.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl MailSettled for Heard {
    fn mail_settled<'t>(
        &'t self,
        _: &'t mut Tx,
        _: &'t Cx,
        (invitation, mail): (&'t InvitationId, &'t str),
        verdict: &'t Verdict,
    ) -> BoxFuture<'t, Result<(), Error>> {
        assert_eq!(*invitation, InvitationId::from_bits(5));
        assert!(MailId::parse(mail).is_ok());
        let word = match verdict {
            Verdict::Rejected { cause, .. } => cause.clone(),
            Verdict::Done { .. } => "done".to_owned(),
            Verdict::Retry { .. } => "retry".to_owned(),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().push(word);
        Box::pin(async { Ok(()) })
    }
}

fn engine(test: &TestDb, transport: Arc<dyn Transport>, heard: &Arc<Heard>) -> Outbox {
    let keys = test.world.keys.clone();
    let destination =
        MailDestination::with_transport(&settings(""), keys, transport, Some(heard.clone()));
    Outbox::new(
        test.db.clone(),
        test.world.clone(),
        vec![Arc::new(destination)],
    )
}

async fn payloads(test: &TestDb) -> String {
    let mut conn = test.db.read().await.unwrap();
    let rows: Vec<String> = on!(conn, |c| sqlx::query_scalar(
        "SELECT id || kind || subject || author || payload || request_id FROM changes"
    )
    .fetch_all(c)
    .await)
    .unwrap();
    rows.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_link_is_never_in_the_database_in_clear() {
    each_engine(async |test| {
        let secret = LinkSecret::new(&test.world.random);
        let link = format!("https://portal.supplies.example/i/{}", secret.expose());
        invite(&test, "kim@customer.example", |to| invitation(to, &link)).await;
        let stored = payloads(&test).await;
        for hidden in [secret.expose(), "kim@customer.example", "Sam Sample"] {
            assert!(!stored.contains(hidden), "{hidden} stands in the database");
        }
        let (memory, heard) = (Arc::new(MemoryTransport::default()), Arc::default());
        engine(&test, memory.clone(), &heard).drain().await.unwrap();
        let mails = memory.mails();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text.contains(&link) && mails[0].html.contains(&link));
        // Sent, so nothing of it is left, not even sealed.
        assert!(payloads(&test).await.contains("\"sealed\":\"\""));
        assert_eq!(*heard.0.lock().unwrap(), ["done"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_has_the_headers_it_needs_and_one_recipient() {
    each_engine(async |test| {
        invite(&test, "kim@customer.example", |to| {
            invitation(to, "https://x.example")
        })
        .await;
        let (memory, heard) = (Arc::new(MemoryTransport::default()), Arc::default());
        engine(&test, memory.clone(), &heard).drain().await.unwrap();
        let (sent, mail) = (memory.sent().remove(0), memory.mails().remove(0));
        assert_eq!(sent.envelope.to().len(), 1);
        assert_eq!(mail.header("To"), "kim@customer.example");
        assert!(mail.header("From").contains("portal@supplies.example"));
        assert_eq!(mail.header("Reply-To"), "sam@supplies.example");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert_eq!(mail.header("X-Auto-Response-Suppress"), "All");
        assert_eq!(mail.header("Content-Language"), "de");
        assert_eq!(
            mail.header("Message-ID"),
            format!("<{}@supplies.example>", sent.id)
        );
        assert_eq!(
            mail.header("Subject"),
            "Sam Sample lädt Sie zu Example Supplies ein"
        );
        assert!(mail.text.contains("Die Einladung gilt bis "));
        assert!(mail.text.contains(" EET."), "{}", mail.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_cannot_become_a_header_or_another_recipient() {
    each_engine(async |test| {
        let evil = "Eve\r\nBcc: victim@other.example\r\n\r\nowned\u{2028}\u{0}<b>x</b>";
        invite(&test, "kim@customer.example", |to| letters::Invitation {
            inviter_name: evil.to_owned(),
            inviter_company: evil.to_owned(),
            organization: evil.to_owned(),
            invitee_name: evil.to_owned(),
            note: evil.to_owned(),
            ..invitation(to, "https://x.example")
        })
        .await;
        let sink = SmtpSink::start().await;
        let heard = Arc::default();
        engine(&test, Arc::new(smtp(&sink)), &heard)
            .drain()
            .await
            .unwrap();
        let taken = sink.taken();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].recipients, ["kim@customer.example"]);
        let mail = mailbox::parse("x", taken[0].data.as_bytes());
        let mut names = BTreeMap::new();
        for (name, value) in &mail.headers {
            assert!(!value.contains('\r') && !value.contains('\n'));
            *names.entry(name.to_lowercase()).or_insert(0) += 1;
        }
        assert!(!names.contains_key("bcc"), "{names:?}");
        assert!(names.values().all(|count| *count == 1), "{names:?}");
        assert!(!mail.html.contains("<b>x</b>"));
        assert!(!mail.text.contains("\nBcc:"), "{}", mail.text);
    })
    .await;
}

fn smtp(sink: &SmtpSink) -> SmtpTransport {
    let mail = format!(
        "host = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"",
        sink.port
    );
    SmtpTransport::of(&settings(&mail).mail).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_server_s_answers_are_told_as_they_are() {
    each_engine(async |test| {
        let sink = SmtpSink::start().await;
        let heard: Arc<Heard> = Arc::default();
        let outbox = engine(&test, Arc::new(smtp(&sink)), &heard);
        for to in [
            "kim@customer.example",
            "451@customer.example",
            "550@customer.example",
        ] {
            invite(&test, to, |to| invitation(to, "https://x.example")).await;
        }
        outbox.drain().await.unwrap();
        expect(&test, &[("dead", 1), ("done", 1), ("waiting", 1)]).await;
        assert_eq!(*heard.0.lock().unwrap(), ["done", "retry", "mailbox"]);
        assert_eq!(sink.taken().len(), 1);
        test.world.clock.advance(Duration::from_secs(5));
        outbox.drain().await.unwrap();
        assert_eq!(heard.0.lock().unwrap().len(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_or_offers_no_starttls_gets_nothing() {
    each_engine(async |test| {
        let sink = SmtpSink::start().await;
        let heard: Arc<Heard> = Arc::default();
        let required = format!("host = \"127.0.0.1\"\nport = {}", sink.port);
        let refused = "host = \"127.0.0.1\"\nport = 9\nsecurity = \"none\"".to_owned();
        for mail in [required, refused] {
            let transport = SmtpTransport::of(&settings(&mail).mail).unwrap();
            invite(&test, "kim@customer.example", |to| {
                invitation(to, "https://x.example")
            })
            .await;
            engine(&test, Arc::new(transport), &heard)
                .drain()
                .await
                .unwrap();
        }
        expect(&test, &[("waiting", 2)]).await;
        assert!(sink.taken().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mailbox_shows_what_was_written_into_the_folder() {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("vestibule-mailbox-{}", std::process::id()));
    each_engine(async |test| {
        assert_eq!(mailbox::list(&folder).unwrap(), []);
        let heard = Arc::default();
        let outbox = engine(&test, Arc::new(FileTransport::new(folder.clone())), &heard);
        for to in ["kim@customer.example", "alex@customer.example"] {
            invite(&test, to, |to| {
                invitation(to, "https://x.example/i/Geheimnis")
            })
            .await;
            outbox.drain().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mails = mailbox::list(&folder).unwrap();
        let to: Vec<_> = mails.iter().map(|mail| mail.header("To")).collect();
        assert_eq!(to, ["alex@customer.example", "kim@customer.example"]);
        let read = mailbox::read(&folder, &mails[0].id).unwrap().unwrap();
        assert!(read.html.contains("https://x.example/i/Geheimnis"));
        assert!(read.text.contains("Was Sie tun können"));
        std::fs::remove_dir_all(&folder).unwrap();
    })
    .await;
}

#[test]
fn every_letter_reads_well_in_every_language() {
    for sample in letters::samples(&head()).unwrap() {
        let name = format!("{}-{}", sample.name, sample.lang);
        let rendered = sample.rendered;
        for text in [&rendered.subject, &rendered.text, &rendered.html] {
            assert!(!text.contains("mail-"), "{name}: a text is missing");
            assert!(!text.contains('$'), "{name}: a value is missing");
        }
        assert!(!rendered.html.contains("<script") && !rendered.html.contains("<img"));
        let whole = format!(
            "{}\n\n{}\n{}",
            rendered.subject, rendered.text, rendered.html
        );
        insta::assert_snapshot!(format!("letter-{name}"), whole);
    }
}
