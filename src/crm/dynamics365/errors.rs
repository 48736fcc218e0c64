//! What Dataverse says when it says no.

use std::time::Duration;

use serde_json::Value;

use super::{batch::Outcome, odata};
use crate::{
    crm::{
        port::{CrmError, Verdict},
        rest::Answer,
    },
    kernel::text::one_line,
};

/// Characters of a foreign message that are kept.
const LONGEST_MESSAGE: usize = 240;
const DUPLICATE: &str = "0x80040333";
const KEY_TAKEN: &str = "0x80060892";
const KEY_TAKEN_ON_SAVE: &str = "0x80040237";
const MAY_NOT: &str = "0x80040220";
const DOES_NOT_EXIST: &str = "0x80040217";

fn error(body: &Value) -> (&str, &str) {
    let part = |name: &str| {
        let error = body.get("error")?;
        error.get(name).and_then(Value::as_str)
    };
    (
        part("code").unwrap_or_default(),
        part("message").unwrap_or_default(),
    )
}

/// Whether a message speaks of a column, table or key that the environment lacks.
fn is_about_schema(message: &str) -> bool {
    [
        "Could not find a property named",
        "is not valid for resource",
        "Resource not found for the segment",
        "undeclared property",
        "does not exist on type",
    ]
    .iter()
    .any(|part| message.contains(part))
}

/// The meaning of a whole call that was refused.
pub(super) fn of_answer(answer: &Answer) -> CrmError {
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    of_call(answer.status.as_u16(), &body, answer.retry_after())
}

/// The meaning of a refused call, alone or within a batch.
pub(super) fn of_call(status: u16, body: &Value, retry_after: Option<Duration>) -> CrmError {
    let (code, message) = error(body);
    let message = one_line(message, LONGEST_MESSAGE);
    match status {
        401 => CrmError::AuthBroken(format!(
            "HTTP 401 {message}: is the app an application user of the environment?"
        )),
        403 => CrmError::AuthBroken(format!("HTTP 403 {code} {message}")),
        429 => CrmError::Throttled { retry_after },
        503 if retry_after.is_some() => CrmError::Throttled { retry_after },
        _ if is_about_schema(&message) => CrmError::Setup(message),
        404 => CrmError::Setup(format!(
            "HTTP 404 {message}: check `url` and the tables' names"
        )),
        408 | 500..=599 => CrmError::Unreachable(format!("HTTP {status} {code}")),
        _ => CrmError::Protocol(format!("HTTP {status} {code}")),
    }
}

/// What a refused record means for the write.
pub(super) fn verdict(outcome: &Outcome) -> Verdict {
    let (code, message) = error(&outcome.body);
    let reason = one_line(&format!("{code} {message}"), LONGEST_MESSAGE);
    let rejected = |cause: &str| Verdict::Rejected {
        cause: cause.to_owned(),
        reason: reason.clone(),
    };
    let retry_after = outcome
        .headers
        .get("retry-after")
        .and_then(|text| text.parse().ok())
        .map(Duration::from_secs);
    match outcome.status {
        429 => Verdict::Throttled { retry_after },
        412 | 400 if code == KEY_TAKEN || code == KEY_TAKEN_ON_SAVE => Verdict::NeedsReview {
            candidates: named(message),
            reason,
        },
        // Somebody changed or made the record between our look and our write: look again.
        412 => Verdict::Retry {
            reason,
            after: None,
        },
        500 if code == DUPLICATE => Verdict::NeedsReview {
            candidates: named(message),
            reason,
        },
        401 => Verdict::AuthBroken { reason },
        403 if code == MAY_NOT => Verdict::AuthBroken { reason },
        403 => rejected("forbidden"),
        404 => rejected("not_found"),
        _ if is_about_schema(message) => Verdict::AuthBroken { reason },
        400 if code == DOES_NOT_EXIST => rejected("not_found"),
        408 | 500..=599 => Verdict::Retry {
            reason,
            after: retry_after,
        },
        _ => rejected("invalid_field"),
    }
}

/// The rows that a message names.
fn named(message: &str) -> Vec<String> {
    let words = message.split(|letter: char| !(letter.is_ascii_hexdigit() || letter == '-'));
    let mut ids: Vec<String> = words
        .filter(|word| odata::is_id(word))
        .map(odata::id_key)
        .collect();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(status: u16, code: &str, message: &str) -> Outcome {
        Outcome {
            status,
            body: json!({"error": {"code": code, "message": message}}),
            ..Outcome::default()
        }
    }

    #[test]
    fn the_code_counts_where_the_status_misleads() {
        let id = "6d81a111-0000-4000-8000-00000000000f";
        let twin = outcome(
            500,
            DUPLICATE,
            "A record was not created because a duplicate",
        );
        assert!(matches!(verdict(&twin), Verdict::NeedsReview { .. }));
        let taken = outcome(412, KEY_TAKEN, &format!("<Entity><Id>{id}</Id></Entity>"));
        let Verdict::NeedsReview { candidates, .. } = verdict(&taken) else {
            panic!("not for review");
        };
        assert_eq!(candidates, [id]);
        assert!(matches!(
            verdict(&outcome(412, "0x80060882", "")),
            Verdict::Retry { .. }
        ));
        assert!(matches!(
            verdict(&outcome(500, "", "")),
            Verdict::Retry { .. }
        ));
        let column = outcome(
            400,
            "0x0",
            "Could not find a property named 'vst_x' on type 'contact'",
        );
        assert!(matches!(verdict(&column), Verdict::AuthBroken { .. }));
        assert!(matches!(
            of_call(400, &column.body, None),
            CrmError::Setup(_)
        ));
    }
}
