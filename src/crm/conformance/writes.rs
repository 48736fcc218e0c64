//! Checks of keyed writes.

use super::{
    Bench, Outcome, account, apply_one, contact, contact_write, done, expect, feed, lead_write,
};
use crate::crm::port::{ActivityWrite, Contact, Record, Verdict, Write};

/// The contacts with this address, by the feed.
async fn contacts(bench: &dyn Bench, email: &str) -> Result<Vec<Contact>, String> {
    let (records, _) = feed::read(bench, "", 100).await?;
    let mut found: Vec<Contact> = Vec::new();
    for record in records {
        if let Record::Contact(contact) = record {
            found.retain(|known| known.id != contact.id);
            found.push(contact);
        }
    }
    found.retain(|contact| contact.email.eq_ignore_ascii_case(email));
    Ok(found)
}

fn with_phone(mut write: Write, phone: &str) -> Write {
    if let Some(contact) = &mut write.contact {
        contact.phone = phone.to_owned();
    }
    write
}

pub(super) async fn applied_once(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "ONCE").await;
    let email = "once@conformance.example";
    let first = with_phone(contact_write("once", &account, email), "1");
    let id = done(bench, &first).await?;
    let again = done(bench, &first).await?;
    expect(again == id, || format!("answered {id}, then {again}"))?;
    // The key names the change: what comes under it later is not looked at.
    done(bench, &with_phone(first, "2")).await?;
    let found = contacts(bench, email).await?;
    let phones: Vec<&str> = found.iter().map(|contact| contact.phone.as_str()).collect();
    expect(phones == ["1"], || format!("phones {phones:?}"))
}

pub(super) async fn in_order(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "ORDER").await;
    let batch = [
        contact_write("order-1", &account, "order1@conformance.example"),
        contact_write("order-2", "no-such-account", "order2@conformance.example"),
        contact_write("order-3", &account, "order3@conformance.example"),
    ];
    let verdicts = bench
        .crm()
        .apply(&batch)
        .await
        .map_err(|error| error.to_string())?;
    let fits = matches!(
        verdicts.as_slice(),
        [
            Verdict::Done { remote_id: Some(_) },
            Verdict::Rejected { .. },
            Verdict::Done { remote_id: Some(_) },
        ]
    );
    expect(fits, || format!("{verdicts:?}"))?;
    let lost = contacts(bench, "order2@conformance.example").await?;
    expect(lost.is_empty(), || {
        format!("a rejected write left {lost:?}")
    })
}

pub(super) async fn empty_batch(bench: &dyn Bench) -> Outcome {
    let verdicts = bench
        .crm()
        .apply(&[])
        .await
        .map_err(|error| error.to_string())?;
    expect(verdicts.is_empty(), || format!("{verdicts:?}"))
}

pub(super) async fn last_stands(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "LAST").await;
    let email = "last@conformance.example";
    let one_subject = |number: usize| Write {
        subject: "subject-last".to_owned(),
        ..with_phone(
            contact_write(&format!("last-{number}"), &account, email),
            &number.to_string(),
        )
    };
    let batch: Vec<Write> = (0..bench.crm().batch_limit().min(6))
        .map(one_subject)
        .collect();
    let verdicts = bench
        .crm()
        .apply(&batch)
        .await
        .map_err(|error| error.to_string())?;
    let all_done = verdicts
        .iter()
        .all(|verdict| matches!(verdict, Verdict::Done { .. }));
    expect(all_done && verdicts.len() == batch.len(), || {
        format!("{verdicts:?}")
    })?;
    let phones: Vec<String> = contacts(bench, email)
        .await?
        .into_iter()
        .map(|it| it.phone)
        .collect();
    let last = (batch.len() - 1).to_string();
    expect(phones == [last.as_str()], || format!("phones {phones:?}"))
}

pub(super) async fn candidates(bench: &dyn Bench) -> Outcome {
    if bench.keeps_addresses_unique() {
        return Ok(());
    }
    let account = account(bench, "TWINS").await;
    let email = "twins@conformance.example";
    let mut twins = [
        contact(bench, &account, email).await,
        contact(bench, &account, email).await,
    ];
    twins.sort_unstable();
    let write = contact_write("twins", &account, email);
    let Verdict::NeedsReview { mut candidates, .. } = apply_one(bench, &write).await? else {
        return Err("two candidates were not left to a person".to_owned());
    };
    candidates.sort_unstable();
    expect(candidates == twins, || {
        format!("{candidates:?} are not {twins:?}")
    })?;
    let untouched = contacts(bench, email).await?;
    let linked = untouched
        .iter()
        .any(|contact| contact.portal_membership_id.is_some());
    expect(untouched.len() == 2 && !linked, || format!("{untouched:?}"))?;
    // The person's word: this one. The same change comes again under its own key.
    let mut chosen = write;
    if let (Some(contact), [first, _]) = (&mut chosen.contact, &twins) {
        contact.id = Some(first.clone());
    }
    let id = done(bench, &chosen).await?;
    expect(twins.first() == Some(&id), || {
        format!("chosen, but written to {id}")
    })?;
    // Another person of the same address, and none of the candidates.
    let mut stranger = contact_write("twins-new", &account, email);
    if let Some(contact) = &mut stranger.contact {
        contact.membership_id = "mem_conformance_twins_new".to_owned();
        contact.create_new = true;
    }
    let id = done(bench, &stranger).await?;
    expect(!twins.contains(&id), || {
        "no new contact was made".to_owned()
    })
}

pub(super) async fn found_by_membership(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "MOVED").await;
    let first = contact_write("moved-1", &account, "moved@conformance.example");
    let id = done(bench, &first).await?;
    let mut renamed = contact_write("moved-2", &account, "moved@conformance.example");
    if let Some(contact) = &mut renamed.contact {
        contact.email = "moved-on@conformance.example".to_owned();
    }
    let again = done(bench, &renamed).await?;
    expect(again == id, || {
        format!("{id}, and after a new address {again}")
    })?;
    let old = contacts(bench, "moved@conformance.example").await?;
    expect(old.is_empty(), || {
        format!("the old address is still at {old:?}")
    })
}

pub(super) async fn empty_leaves(bench: &dyn Bench) -> Outcome {
    let account = account(bench, "EMPTY").await;
    let email = "empty@conformance.example";
    let id = contact(bench, &account, email).await;
    let written = done(bench, &contact_write("empty", &account, email)).await?;
    expect(written == id, || {
        format!("the contact {id} was not found by its address")
    })?;
    let phones: Vec<String> = contacts(bench, email)
        .await?
        .into_iter()
        .map(|it| it.phone)
        .collect();
    expect(phones == ["+49 40 1"], || format!("phones {phones:?}"))
}

pub(super) async fn lead_by_key(bench: &dyn Bench) -> Outcome {
    let id = done(bench, &lead_write("lead-1", "reg_conformance_lead")).await?;
    let mut more = lead_write("lead-2", "reg_conformance_lead");
    more.activity = Some(ActivityWrite {
        kind: "registered".to_owned(),
        text: "Registered.".to_owned(),
        ..ActivityWrite::default()
    });
    let again = done(bench, &more).await?;
    expect(again == id, || format!("{id}, then {again}"))
}
