//! A CRM in memory: a feed that tests write, and a log of what it was told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use vestibule::{
    crm::{
        Connection, Connections, InvitationRequests, NoInvitations,
        port::{
            ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, Record, Skipped, Verdict,
            Write,
        },
    },
    settings::AccessSettings,
};

use super::{TestDb, seed};

#[derive(Default)]
pub struct State {
    /// The feed; the cursor is a position in it.
    pub feed: Vec<Record>,
    /// Told with the next page.
    pub skipped: Vec<Skipped>,
    /// Each is used up by one call.
    pub errors: VecDeque<CrmError>,
    /// Calls of the feed: cursor and limit.
    pub calls: Vec<(String, usize)>,
    /// What it was told, in order.
    pub writes: Vec<Write>,
    /// Answers, each used up by one write; `Done` with the write's subject after them.
    pub verdicts: VecDeque<Verdict>,
}

/// A CRM in memory.
#[derive(Clone, Default)]
pub struct Feed(Arc<Mutex<State>>);

impl Feed {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub fn push(&self, records: impl IntoIterator<Item = Record>) {
        self.lock().feed.extend(records);
    }

    /// The registry of one connection, which is this CRM.
    pub fn connections(&self, test: &TestDb) -> Connections {
        let requests: Arc<dyn InvitationRequests> = Arc::new(NoInvitations);
        self.connections_with(test, &requests)
    }

    pub fn connections_with(
        &self,
        test: &TestDb,
        requests: &Arc<dyn InvitationRequests>,
    ) -> Connections {
        let settings = seed::connection("UTC");
        let crm = Arc::new(self.clone());
        let connection = Connection::new(settings, &AccessSettings::default(), crm).unwrap();
        Connections::of(vec![connection], &test.db, &test.world, requests)
    }
}

#[async_trait]
impl Crm for Feed {
    fn batch_limit(&self) -> usize {
        10
    }

    async fn check(&self) -> Result<String, CrmError> {
        Ok("in memory".to_owned())
    }

    async fn find_contract(
        &self,
        _question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        Ok(None)
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let mut state = self.lock();
        state.calls.push((cursor.to_owned(), limit));
        if let Some(error) = state.errors.pop_front() {
            return Err(error);
        }
        let from: usize = cursor.parse().unwrap_or(0);
        let to = state.feed.len().min(from + limit);
        Ok(FeedPage {
            records: state.feed[from..to].to_vec(),
            cursor: to.to_string(),
            more: to < state.feed.len(),
            skipped: std::mem::take(&mut state.skipped),
        })
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let mut state = self.lock();
        if let Some(error) = state.errors.pop_front() {
            return Err(error);
        }
        let mut verdicts = Vec::new();
        for write in writes {
            let done = Verdict::Done {
                remote_id: Some(format!("remote-{}", write.subject)),
            };
            let verdict = state.verdicts.pop_front().unwrap_or(done);
            state.writes.push(write.clone());
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }
}
