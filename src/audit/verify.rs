//! Verifying: walks every chain and names each event that does not fit.

use std::collections::BTreeMap;

use super::{
    SYSTEM_CHAIN,
    chain::{Head, StoredEvent},
    store,
};
use crate::{
    db::{Conn, Error},
    kernel::Keyring,
    on,
};

const PAGE: i64 = 1_000;

/// What is wrong at one place of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The event does not match its hash: edited, inserted, or moved from elsewhere.
    Altered,
    /// The number before it is missing: removed or reordered.
    Gap,
    /// The chain ends before the place its head names: its newest events were cut off.
    Cut,
    /// The chain goes on behind the place its head names, or the head is missing: inserted at the end.
    BeyondHead,
    /// The head itself was altered.
    HeadAltered,
    /// The chain, or its beginning, was removed together with its head: what it must begin with is
    /// not there.
    Missing,
}

/// One fault with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The chain.
    pub chain: String,
    /// The number of the event at which it shows.
    pub seq: i64,
    /// What is wrong.
    pub fault: Fault,
}

#[derive(sqlx::FromRow)]
struct ChainHead {
    chain: String,
    seq: i64,
    hash: String,
    seal: String,
}

/// Verifies every chain; returns the number of events read and what was found.
///
/// # Errors
/// When the database cannot be read; a chain that does not verify is a finding, not an error.
pub async fn verify(conn: &mut Conn, keys: &Keyring) -> Result<(u64, Vec<Finding>), Error> {
    let heads: Vec<ChainHead> = on!(conn, |c| sqlx::query_as(store::CHAINS).fetch_all(c).await)?;
    let with_events: Vec<(String,)> = on!(conn, |c| sqlx::query_as(store::CHAINS_WITH_EVENTS)
        .fetch_all(c)
        .await)?;
    let mut chains: BTreeMap<String, Option<Head>> = with_events
        .into_iter()
        .map(|(chain,)| (chain, None))
        .collect();
    for head in heads {
        chains.insert(
            head.chain,
            Some(Head {
                seq: head.seq,
                hash: head.hash,
                seal: head.seal,
            }),
        );
    }
    let (mut events, mut findings) = (0, Vec::new());
    for (chain, head) in chains {
        let mut walk = Walk {
            keys,
            chain: &chain,
            previous: String::new(),
            last: 0,
            findings: Vec::new(),
        };
        events += walk.events(conn).await?;
        walk.end(head.as_ref());
        findings.append(&mut walk.findings);
    }
    for chain in beheaded(conn).await? {
        // A chain that is there and does not verify has been named already.
        if !findings.iter().any(|finding| finding.chain == chain) {
            findings.push(Finding {
                chain,
                seq: 1,
                fault: Fault::Missing,
            });
        }
    }
    Ok((events, findings))
}

/// Chains that must be there, because of what is, and do not begin as they must: each organization
/// begins with its creation, and the system's chain holds the creation of the first person.
async fn beheaded(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let mut chains: Vec<String> = on!(conn, |c| sqlx::query_scalar(store::UNCHAINED)
        .fetch_all(c)
        .await)?;
    let first: Option<String> = on!(conn, |c| sqlx::query_scalar(store::FIRST_PERSON)
        .fetch_optional(c)
        .await)?;
    if let Some(person) = first {
        let recorded: Option<i64> = on!(conn, |c| sqlx::query_scalar(store::IS_RECORDED)
            .bind(SYSTEM_CHAIN)
            .bind(&person)
            .bind("person.created")
            .fetch_optional(c)
            .await)?;
        if recorded.is_none() {
            chains.push(SYSTEM_CHAIN.to_owned());
        }
    }
    Ok(chains)
}

struct Walk<'a> {
    keys: &'a Keyring,
    chain: &'a str,
    previous: String,
    last: i64,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn found(&mut self, seq: i64, fault: Fault) {
        self.findings.push(Finding {
            chain: self.chain.to_owned(),
            seq,
            fault,
        });
    }

    async fn events(&mut self, conn: &mut Conn) -> Result<u64, Error> {
        let mut count = 0;
        loop {
            let page: Vec<StoredEvent> = on!(conn, |c| sqlx::query_as(store::NEXT_OF_CHAIN)
                .bind(self.chain)
                .bind(self.last)
                .bind(PAGE)
                .fetch_all(c)
                .await)?;
            if page.is_empty() {
                return Ok(count);
            }
            for event in page {
                count += 1;
                self.event(event);
            }
        }
    }

    /// After a fault the walk goes on from what is stored, so that one edit is one finding.
    fn event(&mut self, event: StoredEvent) {
        let follows = event.seq == self.last.saturating_add(1);
        if !follows {
            self.found(event.seq, Fault::Gap);
        } else if event.expected_hash(self.keys, self.chain, &self.previous) != event.hash {
            self.found(event.seq, Fault::Altered);
        }
        self.last = event.seq;
        self.previous = event.hash;
    }

    fn end(&mut self, head: Option<&Head>) {
        let Some(head) = head else {
            self.found(self.last, Fault::BeyondHead);
            return;
        };
        if head.expected_seal(self.keys, self.chain) != head.seal {
            self.found(head.seq, Fault::HeadAltered);
        } else if head.seq > self.last {
            self.found(self.last.saturating_add(1), Fault::Cut);
        } else if head.seq < self.last {
            self.found(head.seq.saturating_add(1), Fault::BeyondHead);
        } else if head.hash != self.previous
            && !self.findings.iter().any(|finding| finding.seq == head.seq)
        {
            self.found(head.seq, Fault::Altered);
        }
    }
}
