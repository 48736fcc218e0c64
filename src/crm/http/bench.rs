//! Somebody's server as a bench of the conformance suite.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use reqwest::{Client, Method};
use serde::Deserialize;

use super::{HttpCrm, SHORT, WrongSettings};
use crate::{
    crm::{
        conformance::{self, Bench, Violation},
        port::{Crm, CrmError, Record},
    },
    settings::ConnectionSettings,
};

/// A test system behind the contract. It takes records by `POST {base}/test/records`, as a user of
/// the CRM would type them; a real system has no such call.
pub struct TestSystem {
    crm: HttpCrm,
    /// Why a record could not be put there; the checks after it say nothing.
    problem: Mutex<Option<CrmError>>,
}

#[derive(Deserialize)]
struct Put {
    id: String,
}

impl TestSystem {
    /// The test system of a connection.
    ///
    /// # Errors
    /// As [`super::adapter`].
    pub fn new(settings: &ConnectionSettings, client: Client) -> Result<Self, WrongSettings> {
        Ok(Self {
            crm: HttpCrm::new(settings, client)?,
            problem: Mutex::new(None),
        })
    }

    /// Runs the conformance suite: the promises that the server breaks, none when it keeps them all.
    ///
    /// # Errors
    /// When the server takes no records, so that nothing can be said.
    pub async fn check(&self) -> Result<Vec<Violation>, CrmError> {
        self.crm.check().await?;
        let violations = conformance::check(self).await;
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        problem.clone().map_or(Ok(violations), Err)
    }
}

#[async_trait]
impl Bench for TestSystem {
    fn crm(&self) -> &dyn Crm {
        &self.crm
    }

    async fn put(&self, record: Record) -> String {
        let request = self
            .crm
            .request(Method::POST, &["test", "records"], SHORT)
            .json(&record);
        match self.crm.call::<Put>(request).await {
            Ok(put) => put.id,
            Err(error) => {
                let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
                problem.get_or_insert(error);
                String::new()
            }
        }
    }
}
