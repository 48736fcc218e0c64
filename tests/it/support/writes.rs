//! Writes as the adapters' own tests make them, and readers of what came back.

use std::sync::Arc;

use vestibule::{
    crm::port::{
        ActivityWrite, Author, ContactWrite, Crm, FeedPage, LeadWrite, Record, Verdict, Write,
    },
    kernel::{Clock, Instant, Keyring, World},
};

/// A world whose clock stands where the stand-ins' do.
pub fn world() -> World {
    World {
        clock: Clock::manual(Instant::from_seconds(1_800_000_000)),
        ..World::real(Keyring::new([7; 32]))
    }
}

/// A member with everything, and a note.
pub fn member(number: usize, account: &str) -> Write {
    Write {
        key: format!("chg_{number:026}"),
        subject: format!("membership:{number}"),
        at: Instant::from_seconds(1_800_000_000),
        author: Author {
            kind: "person".to_owned(),
            reference: "per_1".to_owned(),
            name: "Ada Holm".to_owned(),
            email: "ada@acme.example".to_owned(),
        },
        contact: Some(ContactWrite {
            account_id: account.to_owned(),
            membership_id: format!("mem_{number:026}"),
            person_id: format!("per_{number:026}"),
            email: format!("m{number}@acme.example"),
            given_name: "Mia".to_owned(),
            family_name: format!("M{number}"),
            portal_status: "active".to_owned(),
            portal_roles: vec!["admin".to_owned(), "orders".to_owned()],
            ..ContactWrite::default()
        }),
        lead: None,
        activity: Some(ActivityWrite {
            kind: "joined".to_owned(),
            text: format!("Joined {number}."),
            ..ActivityWrite::default()
        }),
    }
}

/// A lead with points.
pub fn lead(key: &str, change: &str, points: i64) -> Write {
    Write {
        key: change.to_owned(),
        contact: None,
        activity: None,
        lead: Some(LeadWrite {
            portal_key: key.to_owned(),
            company: "Acme".to_owned(),
            family_name: "Holm".to_owned(),
            email: format!("{key}@lead.example"),
            score_points: points,
            ..LeadWrite::default()
        }),
        ..member(0, "")
    }
}

pub fn of(write: &mut Write) -> &mut ContactWrite {
    write.contact.as_mut().unwrap()
}

pub fn all_done(verdicts: &[Verdict]) -> bool {
    verdicts
        .iter()
        .all(|it| matches!(it, Verdict::Done { remote_id: Some(_) }))
}

/// What the feed tells from here to its end.
pub async fn to_end(crm: &dyn Crm, cursor: &str) -> FeedPage {
    let mut all = FeedPage {
        cursor: cursor.to_owned(),
        ..FeedPage::default()
    };
    loop {
        let page = crm.changes(&all.cursor, 50).await.unwrap();
        all.records.extend(page.records);
        all.skipped.extend(page.skipped);
        all.cursor = page.cursor;
        if !page.more {
            return all;
        }
    }
}

/// A write of nothing, by somebody whose name looks like markup.
pub fn write(key: &str) -> Write {
    Write {
        key: key.to_owned(),
        subject: format!("membership:{key}"),
        at: Instant::from_seconds(1_800_000_000),
        author: Author {
            kind: "person".to_owned(),
            reference: "per_ada".to_owned(),
            name: "Ada <Ark>".to_owned(),
            email: "ada@acme.example".to_owned(),
        },
        contact: None,
        lead: None,
        activity: None,
    }
}

/// A contact and a note that looks like markup.
pub fn contact(account: &dyn ToString, number: usize) -> Write {
    Write {
        contact: Some(ContactWrite {
            account_id: account.to_string(),
            membership_id: format!("mem-{number}"),
            person_id: format!("per-{number}"),
            email: format!("p{number}@acme.example"),
            given_name: "Pat".to_owned(),
            family_name: format!("No{number}"),
            portal_status: "active".to_owned(),
            portal_roles: vec!["orders".to_owned()],
            ..ContactWrite::default()
        }),
        activity: Some(ActivityWrite {
            kind: "joined".to_owned(),
            text: "Joined <b>the</b> portal.".to_owned(),
            ..ActivityWrite::default()
        }),
        ..write(&format!("chg-{number}"))
    }
}

pub async fn apply(crm: &Arc<dyn Crm>, writes: &[Write]) -> Vec<Verdict> {
    crm.apply(writes).await.unwrap()
}

pub fn is_done(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Done { .. })
}

/// The whole feed in pages: records, the place, and why some were skipped.
pub async fn read_all(crm: &Arc<dyn Crm>, limit: usize) -> (Vec<Record>, String, Vec<String>) {
    let (mut records, mut cursor, mut skipped) = (Vec::new(), String::new(), Vec::new());
    loop {
        let page = crm.changes(&cursor, limit).await.unwrap();
        assert!(page.records.len() <= limit);
        records.extend(page.records);
        skipped.extend(page.skipped.into_iter().map(|it| it.reason));
        cursor = page.cursor;
        if !page.more {
            return (records, cursor, skipped);
        }
    }
}
