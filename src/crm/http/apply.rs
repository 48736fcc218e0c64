//! Delivering writes: in parts when the CRM says that a whole is too large or malformed, so that one
//! bad write holds up nobody else.

use std::{collections::VecDeque, ops::Range, sync::atomic::Ordering, time::Duration};

use reqwest::Method;

use super::{
    CEILING, HttpCrm, LONG,
    answer::Failure,
    wire::{Writes, WritesAnswer},
};
use crate::crm::port::{CrmError, Verdict, Write};

/// Bytes of one call, so that a server with usual limits takes it.
const LARGEST_CALL: usize = 1024 * 1024;
/// Refused calls, while none was taken, after which the fault is not in single writes.
const REFUSALS: usize = 40;
/// How long the parts of one batch may take together.
const ALL_PARTS: Duration = Duration::from_secs(60);

impl HttpCrm {
    /// Remembers that the CRM takes no more than this in one call.
    pub(super) fn learn_batch_limit(&self, limit: usize) {
        self.batch
            .fetch_min(limit.clamp(1, CEILING), Ordering::Relaxed);
    }

    /// Sends the writes as one call; in halves where a call is refused as malformed or too large. A
    /// write that is refused alone, while others are taken, is rejected alone. When everything is
    /// refused the fault is not in a write, and the error speaks for the whole.
    pub(super) async fn apply_in_parts(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let mut work = Parts::of(writes.len());
        let all = async {
            while let Some(range) = work.waiting.pop_front() {
                let part = writes.get(range.clone()).unwrap_or_default();
                match self.send(part).await {
                    Ok(verdicts) => work.taken(range, verdicts),
                    Err(failure) => work.refused(range, failure)?,
                }
            }
            Ok(())
        };
        match tokio::time::timeout(ALL_PARTS, all).await {
            Ok(Ok(())) => work.finish(),
            Ok(Err(error)) => work.stop(error),
            Err(_) => work.stop(CrmError::Unreachable("no answer in time".to_owned())),
        }
    }

    async fn send(&self, part: &[Write]) -> Result<Vec<Verdict>, Failure> {
        if part.is_empty() {
            return Ok(Vec::new());
        }
        let unwritable = |_| Failure::of_content("a write could not be written as JSON");
        let writes = part.iter().map(|write| self.fields.write_out(write));
        let writes = writes.collect::<Result<_, _>>().map_err(unwritable)?;
        let body = serde_json::to_vec(&Writes { writes }).map_err(unwritable)?;
        if body.len() > LARGEST_CALL {
            return Err(Failure::too_large());
        }
        let request = self
            .request(Method::POST, &["writes"], LONG)
            .header("content-type", "application/json")
            .body(body);
        let answer: Result<WritesAnswer, Failure> = self.call_for_body(request).await;
        if answer.as_ref().is_err_and(Failure::is_too_large) && part.len() > 1 {
            self.learn_batch_limit(part.len() / 2);
        }
        Ok(answer?.verdicts(part)?)
    }
}

/// What is still to send of a batch, and what became of the rest.
struct Parts {
    waiting: VecDeque<Range<usize>>,
    verdicts: Vec<Option<Verdict>>,
    any_taken: bool,
    refusals: usize,
    first_refusal: Option<CrmError>,
}

impl Parts {
    fn of(count: usize) -> Self {
        Self {
            waiting: VecDeque::from_iter(std::iter::once(0..count)),
            verdicts: vec![None; count],
            any_taken: false,
            refusals: 0,
            first_refusal: None,
        }
    }

    fn taken(&mut self, range: Range<usize>, verdicts: Vec<Verdict>) {
        self.any_taken = true;
        for (slot, verdict) in self.slots(range).zip(verdicts) {
            *slot = Some(verdict);
        }
    }

    fn slots(&mut self, range: Range<usize>) -> impl Iterator<Item = &mut Option<Verdict>> {
        self.verdicts.iter_mut().skip(range.start).take(range.len())
    }

    /// Halves a refused part, or notes the refusal of a single write.
    fn refused(&mut self, range: Range<usize>, failure: Failure) -> Result<(), CrmError> {
        if !failure.is_about_content() {
            return Err(failure.error);
        }
        self.refusals += 1;
        let reason = match &failure.error {
            CrmError::Protocol(reason) => reason.clone(),
            other => other.to_string(),
        };
        self.first_refusal.get_or_insert(failure.error);
        if range.len() > 1 {
            if !self.any_taken && self.refusals > REFUSALS {
                return self.all_refused();
            }
            let middle = range.start + range.len() / 2;
            self.waiting.push_back(range.start..middle);
            self.waiting.push_back(middle..range.end);
            return Ok(());
        }
        for slot in self.slots(range) {
            *slot = Some(Verdict::Rejected {
                cause: "refused".to_owned(),
                reason: reason.clone(),
            });
        }
        Ok(())
    }

    fn all_refused(&mut self) -> Result<(), CrmError> {
        match self.first_refusal.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Vec<Verdict>, CrmError> {
        if !self.any_taken {
            self.all_refused()?;
        }
        Ok(self.verdicts.into_iter().flatten().collect())
    }

    /// The call ends early. What is known stays known; the rest shares the error.
    fn stop(self, error: CrmError) -> Result<Vec<Verdict>, CrmError> {
        if !self.any_taken {
            return Err(error);
        }
        let rest = match error {
            CrmError::Throttled { retry_after } => Verdict::Throttled { retry_after },
            CrmError::NoCredential => Verdict::Waits,
            CrmError::AuthBroken(reason) | CrmError::Setup(reason) => {
                Verdict::AuthBroken { reason }
            }
            CrmError::Unreachable(reason) | CrmError::Protocol(reason) => Verdict::Retry {
                reason,
                after: None,
            },
        };
        let verdicts = self.verdicts.into_iter();
        Ok(verdicts
            .map(|verdict| verdict.unwrap_or_else(|| rest.clone()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;

    fn refusal(status: StatusCode) -> Failure {
        Failure {
            status: Some(status),
            error: CrmError::Protocol(format!("HTTP {}", status.as_u16())),
        }
    }

    /// Plays a CRM that refuses each call with a write for which `is_bad` holds; counts the calls.
    fn play(
        count: usize,
        is_bad: impl Fn(usize) -> bool,
    ) -> (Result<Vec<Verdict>, CrmError>, usize) {
        let mut work = Parts::of(count);
        let mut calls = 0;
        while let Some(range) = work.waiting.pop_front() {
            calls += 1;
            if range.clone().any(&is_bad) {
                if let Err(error) = work.refused(range, refusal(StatusCode::BAD_REQUEST)) {
                    return (work.stop(error), calls);
                }
            } else {
                let verdicts = vec![Verdict::Done { remote_id: None }; range.len()];
                work.taken(range, verdicts);
            }
        }
        (work.finish(), calls)
    }

    #[test]
    fn bad_writes_are_found_wherever_they_stand() {
        for count in [2, 3, 7, 100, 1_000] {
            for bad in [0, count / 2, count - 1] {
                let (verdicts, calls) = play(count, |index| index == bad);
                for (index, verdict) in verdicts.unwrap().iter().enumerate() {
                    assert_eq!(
                        matches!(verdict, Verdict::Rejected { .. }),
                        index == bad,
                        "{index} of {count}"
                    );
                }
                assert!(calls <= 21, "{calls} calls for {count}");
            }
        }
        let (verdicts, _) = play(1_000, |index| index < 5);
        let rejected = |verdict: &&Verdict| matches!(verdict, Verdict::Rejected { .. });
        assert_eq!(verdicts.unwrap().iter().filter(rejected).count(), 5);
    }

    #[test]
    fn when_everything_is_refused_no_write_is_to_blame() {
        for count in [1, 2, 1_000] {
            let (verdicts, calls) = play(count, |_| true);
            assert_eq!(verdicts, Err(CrmError::Protocol("HTTP 400".to_owned())));
            assert!(calls <= 42, "{calls} calls for {count}");
        }
    }

    #[test]
    fn an_early_end_keeps_what_is_known() {
        let mut work = Parts::of(4);
        work.taken(0..2, vec![Verdict::Done { remote_id: None }; 2]);
        let verdicts = work
            .stop(CrmError::Throttled { retry_after: None })
            .unwrap();
        assert_eq!(verdicts[1], Verdict::Done { remote_id: None });
        assert_eq!(verdicts[3], Verdict::Throttled { retry_after: None });
        let untouched = Parts::of(4).stop(CrmError::AuthBroken("no".to_owned()));
        assert_eq!(untouched, Err(CrmError::AuthBroken("no".to_owned())));
    }
}
