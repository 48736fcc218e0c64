//! A destination for tests: remembers what it applied, keyed as a good CRM does, and answers as told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tokio::sync::Semaphore;
use vestibule::{
    crm::port::Verdict,
    outbox::{Choice, Destination, Parcel},
};

/// How to answer one parcel: the verdict, and whether it is applied before.
pub type Answer = Box<dyn Fn(&Parcel) -> (bool, Verdict) + Send + Sync>;

pub struct Sink {
    name: String,
    limit: usize,
    answer: Mutex<Arc<Answer>>,
    /// When set, a call waits for a permit before it answers.
    pub gate: Option<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
pub struct State {
    /// What was applied, in order, once per key.
    pub applied: Vec<Parcel>,
    keys: BTreeSet<String>,
    /// Calls by key, applied or not.
    pub calls: BTreeMap<String, usize>,
    /// Sizes of the batches.
    pub batches: Vec<usize>,
    under_way: BTreeSet<String>,
    /// Two parcels of one subject were under way at once.
    pub clashed: bool,
}

pub fn done() -> Verdict {
    Verdict::Done { remote_id: None }
}

pub fn retry() -> Verdict {
    Verdict::Retry {
        reason: "no answer".into(),
        after: None,
    }
}

pub fn rejected(cause: &str) -> Verdict {
    Verdict::Rejected {
        cause: cause.into(),
        reason: "refused".into(),
    }
}

impl Sink {
    pub fn new(name: &str) -> Arc<Self> {
        Arc::new(Self::unshared(name, 20))
    }

    pub fn gated(name: &str) -> Arc<Self> {
        Arc::new(Self {
            gate: Some(Semaphore::new(0)),
            ..Self::unshared(name, 20)
        })
    }

    pub fn unshared(name: &str, limit: usize) -> Self {
        Self {
            name: name.into(),
            limit,
            answer: Mutex::new(Arc::new(Box::new(|_| (true, done())))),
            gate: None,
            state: Mutex::default(),
        }
    }

    pub fn answer(&self, answer: impl Fn(&Parcel) -> (bool, Verdict) + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(Box::new(answer));
    }

    pub fn state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap())
    }

    /// The subjects in the order in which they were applied.
    pub fn subjects(&self) -> Vec<String> {
        self.state(|state| state.applied.iter().map(|p| p.subject.clone()).collect())
    }

    fn begin(&self, batch: &[Parcel]) {
        let mut state = self.state.lock().unwrap();
        state.batches.push(batch.len());
        for parcel in batch {
            *state.calls.entry(parcel.change_id.to_string()).or_default() += 1;
            if !state.under_way.insert(parcel.subject.clone()) {
                state.clashed = true;
            }
        }
    }
}

#[async_trait]
impl Destination for Sink {
    fn name(&self) -> &str {
        &self.name
    }

    fn batch_limit(&self) -> usize {
        self.limit
    }

    async fn deliver(&self, batch: &[Parcel]) -> Vec<Verdict> {
        self.begin(batch);
        tokio::task::yield_now().await;
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let answer = self.answer.lock().unwrap().clone();
        let mut verdicts = Vec::new();
        for parcel in batch {
            let (applies, verdict) = answer(parcel);
            let mut state = self.state.lock().unwrap();
            if applies && state.keys.insert(parcel.change_id.to_string()) {
                state.applied.push(parcel.clone());
            }
            verdicts.push(verdict);
        }
        let mut state = self.state.lock().unwrap();
        for parcel in batch {
            state.under_way.remove(&parcel.subject);
        }
        verdicts
    }
}

/// What a parcel's operator decided, if somebody did.
pub fn chosen(parcel: &Parcel) -> Option<&str> {
    match &parcel.choice {
        Some(Choice::Candidate { id }) => Some(id),
        Some(Choice::CreateNew) => Some("new"),
        None => None,
    }
}
