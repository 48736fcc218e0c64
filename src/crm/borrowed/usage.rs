//! A credential at work: what the CRM refuses is wiped, and what it says never repeats the secret.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    adapter::Borrowed,
    model::{EndedBecause, Secret},
};
use crate::{
    crm::port::{
        About, Case, ContractEvidence, ContractQuestion, Crm, CrmError, FeedPage, HandOver,
        Overview, Part, Verdict, Write,
    },
    db::Error,
    kernel::ids::CredentialId,
};

/// The database, not the CRM, keeps it from us: later it will not.
pub(super) fn unread(error: &Error) -> CrmError {
    CrmError::Unreachable(format!("the credential could not be read: {error}"))
}

pub(super) fn scrubbed(secret: &Secret, error: CrmError) -> CrmError {
    match error {
        CrmError::Unreachable(text) => CrmError::Unreachable(secret.scrub(&text)),
        CrmError::AuthBroken(text) => CrmError::AuthBroken(secret.scrub(&text)),
        CrmError::Setup(text) => CrmError::Setup(secret.scrub(&text)),
        CrmError::Protocol(text) => CrmError::Protocol(secret.scrub(&text)),
        CrmError::Throttled { .. } | CrmError::NoCredential => error,
    }
}

/// The adapter with a credential in it.
pub(super) struct Use {
    pub(super) borrowed: Borrowed,
    pub(super) id: CredentialId,
    pub(super) secret: Secret,
    pub(super) crm: Arc<dyn Crm>,
}

impl Use {
    /// What the CRM refuses is wiped. A call that it refuses says little: the lender may read or do
    /// less than the portal asks for, so the CRM is asked whether it still accepts the credential.
    async fn heed<T>(&self, answer: Result<T, CrmError>) -> Result<T, CrmError> {
        match answer {
            Ok(value) => Ok(value),
            Err(CrmError::AuthBroken(_)) if self.is_refused().await => Err(self.refused().await),
            Err(error) => Err(scrubbed(&self.secret, error)),
        }
    }

    async fn is_refused(&self) -> bool {
        matches!(self.crm.check().await, Err(CrmError::AuthBroken(_)))
    }

    async fn refused(&self) -> CrmError {
        let ended = self.borrowed.end(self.id.clone(), EndedBecause::Refused);
        match ended.await {
            Ok(_) => CrmError::NoCredential,
            Err(error) => unread(&error),
        }
    }

    fn verdict(&self, verdict: Verdict) -> Verdict {
        let scrub = |text: &str| self.secret.scrub(text);
        match verdict {
            Verdict::AuthBroken { reason } => Verdict::AuthBroken {
                reason: scrub(&reason),
            },
            Verdict::Retry { reason, after } => Verdict::Retry {
                reason: scrub(&reason),
                after,
            },
            Verdict::Rejected { cause, reason } => Verdict::Rejected {
                cause,
                reason: scrub(&reason),
            },
            Verdict::NeedsReview { reason, candidates } => Verdict::NeedsReview {
                reason: scrub(&reason),
                candidates,
            },
            other => other,
        }
    }
}

#[async_trait]
impl Crm for Use {
    fn batch_limit(&self) -> usize {
        self.crm.batch_limit()
    }

    async fn check(&self) -> Result<String, CrmError> {
        match self.crm.check().await {
            Err(CrmError::AuthBroken(_)) => Err(self.refused().await),
            answer => answer.map_err(|error| scrubbed(&self.secret, error)),
        }
    }

    async fn find_contract(
        &self,
        question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        self.heed(self.crm.find_contract(question).await).await
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        self.heed(self.crm.changes(cursor, limit).await).await
    }

    async fn apply(&self, writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        let verdicts = self.heed(self.crm.apply(writes).await).await?;
        let is_refused = |verdict: &Verdict| matches!(verdict, Verdict::AuthBroken { .. });
        // A record that may not be written, or a field that is not there, says nothing of the
        // credential: the CRM is asked.
        let asks = verdicts.iter().any(is_refused);
        if asks && self.is_refused().await {
            self.refused().await;
            let waits = |verdict| match verdict {
                Verdict::AuthBroken { .. } => Verdict::Waits,
                other => self.verdict(other),
            };
            return Ok(verdicts.into_iter().map(waits).collect());
        }
        Ok(verdicts.into_iter().map(|it| self.verdict(it)).collect())
    }

    async fn overview(&self, about: &About) -> Result<Overview, CrmError> {
        self.heed(self.crm.overview(about).await).await
    }

    async fn cases_of(&self, contact_id: &str) -> Result<Part<Vec<Case>>, CrmError> {
        self.heed(self.crm.cases_of(contact_id).await).await
    }

    async fn hand_over(&self, hand_over: &HandOver) -> Result<Vec<String>, CrmError> {
        self.heed(self.crm.hand_over(hand_over).await).await
    }
}
