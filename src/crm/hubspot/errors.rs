//! What HubSpot's refusals mean: by status, category and the policy that a limit names.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    crm::{
        port::{CrmError, Verdict},
        rest::Answer,
    },
    kernel::text::one_line,
};

/// Characters of HubSpot's own words that are kept.
const LONGEST: usize = 200;
/// A day's allowance ends at midnight of the account, whose time zone is not told.
const DAILY: Duration = Duration::from_secs(60 * 60);
/// An account that is being moved, without a pause of its own.
const MIGRATING: Duration = Duration::from_secs(60 * 60);

/// A refusal; every field is optional.
#[derive(Deserialize, Default, Debug, Clone)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) category: String,
    pub(super) message: String,
    #[serde(rename = "policyName")]
    policy: String,
    #[serde(rename = "correlationId")]
    correlation: String,
    pub(super) context: Value,
}

impl Problem {
    pub(super) fn read(answer: &Answer) -> Self {
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    /// One short line with what HubSpot's support asks for.
    pub(super) fn line(&self) -> String {
        let said = one_line(&self.message, LONGEST);
        if self.correlation.is_empty() {
            said
        } else {
            format!("{said} (correlation {})", one_line(&self.correlation, 40))
        }
    }

    /// The id in `Contact already exists. Existing ID: 512`; HubSpot gives it nowhere else.
    pub(super) fn existing_id(&self) -> Option<String> {
        let (_, rest) = self.message.split_once("Existing ID:")?;
        let digits: String = rest
            .trim_start()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        Some(digits).filter(|digits| !digits.is_empty())
    }

    /// The verdict on one record that was refused.
    pub(super) fn verdict(&self) -> Verdict {
        if self.category == "CONFLICT" {
            return Verdict::NeedsReview {
                reason: format!(
                    "another record has what must be unique: {}",
                    one_line(&self.message, LONGEST)
                ),
                candidates: self.existing_id().into_iter().collect(),
            };
        }
        let cause = match self.category.as_str() {
            "OBJECT_NOT_FOUND" => "not_found",
            "VALIDATION_ERROR" | "" => "invalid_value",
            _ => "refused",
        };
        Verdict::Rejected {
            cause: cause.to_owned(),
            reason: self.line(),
        }
    }
}

/// The meaning of an answer that is no success.
pub(super) fn of(answer: &Answer) -> CrmError {
    let problem = Problem::read(answer);
    let status = answer.status.as_u16();
    let reason = match problem.line() {
        line if line.is_empty() => format!("HTTP {status}"),
        line => format!("HTTP {status}: {line}"),
    };
    match status {
        401 => CrmError::AuthBroken("the token is not accepted".to_owned()),
        429 => CrmError::Throttled {
            retry_after: answer.retry_after().or_else(|| pause(&problem.policy)),
        },
        // Locked for a moment.
        423 => CrmError::Throttled {
            retry_after: answer.retry_after().or(Some(Duration::from_secs(2))),
        },
        477 => CrmError::Throttled {
            retry_after: answer.retry_after().or(Some(MIGRATING)),
        },
        _ => answer.failure(reason),
    }
}

/// How long the policy that was hit takes to let go.
fn pause(policy: &str) -> Option<Duration> {
    match policy {
        "TEN_SECONDLY_ROLLING" => Some(Duration::from_secs(10)),
        "SECONDLY" => Some(Duration::from_secs(1)),
        "DAILY" => Some(DAILY),
        _ => None,
    }
}

/// What is refused because it is not there.
pub(super) fn not_found(kind: &str, id: &str) -> Verdict {
    Verdict::Rejected {
        cause: "not_found".to_owned(),
        reason: format!("there is no {kind} {:?}", one_line(id, 60)),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{StatusCode, header::HeaderMap};

    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_limit_says_how_long_it_lasts_by_its_name() {
        let pause = |body: &str| match of(&answer(429, body)) {
            CrmError::Throttled { retry_after } => retry_after.map(|pause| pause.as_secs()),
            other => panic!("{other:?}"),
        };
        assert_eq!(pause(r#"{"policyName":"TEN_SECONDLY_ROLLING"}"#), Some(10));
        assert_eq!(pause(r#"{"policyName":"SECONDLY"}"#), Some(1));
        assert_eq!(pause(r#"{"policyName":"DAILY"}"#), Some(3_600));
        assert_eq!(pause("<html>"), None);
        assert!(matches!(
            of(&answer(423, "")),
            CrmError::Throttled { retry_after: Some(pause) } if pause.as_secs() == 2
        ));
        assert!(matches!(of(&answer(524, "")), CrmError::Unreachable(_)));
        assert!(matches!(
            of(&answer(403, r#"{"category":"MISSING_SCOPES","message":"needs crm.objects.deals.read"}"#)),
            CrmError::AuthBroken(said) if said.contains("crm.objects.deals.read")
        ));
    }

    #[test]
    fn the_existing_record_stands_in_the_words() {
        let problem = Problem {
            message: "Contact already exists. Existing ID: 6001".to_owned(),
            ..Problem::default()
        };
        assert_eq!(problem.existing_id().as_deref(), Some("6001"));
        assert_eq!(Problem::default().existing_id(), None);
    }
}
