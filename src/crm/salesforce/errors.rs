//! What Salesforce says when it says no: an error code, whatever the status.

use serde_json::Value;

use crate::{
    crm::{
        port::{CrmError, Verdict},
        rest::Answer,
    },
    kernel::text::one_line,
};

use super::soql;

/// Characters of a foreign message that are kept.
const LONGEST_MESSAGE: usize = 240;

/// One error of an answer or of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    /// `REQUIRED_FIELD_MISSING`…
    pub(super) code: String,
    /// For people; may hold a value of the record.
    pub(super) message: String,
    /// Records that it names.
    pub(super) candidates: Vec<String>,
}

/// The first error of a body: an array of errors as data calls give it, or a single object.
pub(super) fn complaint(body: &Value) -> Complaint {
    let first = match body {
        Value::Array(all) => {
            let is_cause = |it: &&Value| code_of(it) != "PROCESSING_HALTED";
            all.iter().find(is_cause).or_else(|| all.first())
        }
        other => Some(other),
    };
    first.map_or_else(Complaint::default, read)
}

fn code_of(error: &Value) -> &str {
    // Collections call it `statusCode`, the token endpoint `error`.
    ["errorCode", "statusCode", "error"]
        .into_iter()
        .find_map(|key| error.get(key).and_then(Value::as_str))
        .unwrap_or_default()
}

fn read(error: &Value) -> Complaint {
    let message = error
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Complaint {
        code: code_of(error).to_owned(),
        message: one_line(message, LONGEST_MESSAGE),
        candidates: candidates(error, message),
    }
}

/// The records that a duplicate rule found, or that a message names.
fn candidates(error: &Value, message: &str) -> Vec<String> {
    // Some versions misspell the key.
    let found = ["duplicateResult", "duplicateResut"]
        .into_iter()
        .find_map(|key| error.get(key)?.get("matchResults")?.as_array());
    let records = found
        .into_iter()
        .flatten()
        .filter_map(|result| result.get("matchRecords")?.as_array())
        .flatten()
        .filter_map(|matched| matched.get("record")?.get("Id")?.as_str());
    let mut ids: Vec<String> = records.map(str::to_owned).collect();
    if let Some((_, rest)) = message.split_once("with id: ") {
        let id = rest
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .next();
        ids.extend(id.filter(|id| soql::is_id(id)).map(str::to_owned));
    }
    ids
}

impl Complaint {
    fn has(&self, part: &str) -> bool {
        self.code.contains(part)
    }

    /// `CODE: message`.
    fn reason(&self) -> String {
        if self.message.is_empty() {
            self.code.clone()
        } else {
            format!("{}: {}", self.code, self.message)
        }
    }

    /// What an operator may read in a log: no message of a query, which may quote what was asked for.
    fn plain_reason(&self) -> String {
        let missing = self
            .message
            .find("No such column")
            .or_else(|| self.message.find("sObject type"));
        match missing.and_then(|start| self.message.get(start..)) {
            Some(rest) => {
                let end = rest.find(". ").unwrap_or(rest.len());
                rest.get(..end).unwrap_or(rest).to_owned()
            }
            None => self.code.clone(),
        }
    }
}

/// The meaning of a whole call, or of a part of a composite one, that was refused.
pub(super) fn of_call(status: u16, found: &Complaint) -> CrmError {
    match found.code.as_str() {
        "REQUEST_LIMIT_EXCEEDED" => return CrmError::Throttled { retry_after: None },
        "SERVER_UNAVAILABLE" | "QUERY_TIMEOUT" | "UNABLE_TO_LOCK_ROW" | "PROCESSING_HALTED" => {
            return CrmError::Unreachable(found.code.clone());
        }
        "INVALID_FIELD" | "INVALID_TYPE" => return CrmError::Setup(found.plain_reason()),
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => {
            return CrmError::AuthBroken(found.reason());
        }
        _ => {}
    }
    match status {
        401 => CrmError::AuthBroken(found.plain_reason()),
        403 => CrmError::AuthBroken(found.reason()),
        404 | 410 => CrmError::Setup(format!(
            "HTTP {status} {}: check `url` and `salesforce.api_version`",
            found.plain_reason()
        )),
        420 | 429 | 500..=599 => CrmError::Unreachable(format!("HTTP {status} {}", found.code)),
        _ => CrmError::Protocol(format!("HTTP {status} {}", found.plain_reason())),
    }
}

/// As [`of_call`], for an answer of its own.
pub(super) fn of_answer(answer: &Answer) -> CrmError {
    let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let found = complaint(&body);
    match of_call(answer.status.as_u16(), &found) {
        CrmError::Throttled { .. } => CrmError::Throttled {
            retry_after: answer.retry_after(),
        },
        CrmError::Unreachable(reason) => match answer.failure(reason.clone()) {
            throttled @ CrmError::Throttled { .. } => throttled,
            _ => CrmError::Unreachable(reason),
        },
        other => other,
    }
}

/// What a record's error means for the write.
pub(super) fn verdict(found: &Complaint) -> Verdict {
    let reason = found.reason();
    let retry = || Verdict::Retry {
        reason: reason.clone(),
        after: None,
    };
    let rejected = |cause: &str| Verdict::Rejected {
        cause: cause.to_owned(),
        reason: reason.clone(),
    };
    match found.code.as_str() {
        "UNABLE_TO_LOCK_ROW"
        | "SERVER_UNAVAILABLE"
        | "QUERY_TIMEOUT"
        | "ENTITY_IS_DELETED"
        | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        | "PROCESSING_HALTED" => retry(),
        "REQUEST_LIMIT_EXCEEDED" => Verdict::Throttled { retry_after: None },
        "DUPLICATES_DETECTED" | "DUPLICATE_VALUE" | "DUPLICATE_EXTERNAL_ID" => {
            Verdict::NeedsReview {
                reason,
                candidates: found.candidates.clone(),
            }
        }
        "NOT_FOUND" | "INVALID_CROSS_REFERENCE_KEY" | "MALFORMED_ID" => rejected("not_found"),
        // The field is missing, or hidden from us: nothing will get through before somebody helps.
        "INVALID_FIELD"
        | "INVALID_FIELD_FOR_INSERT_UPDATE"
        | "STORAGE_LIMIT_EXCEEDED"
        | "API_DISABLED_FOR_ORG" => Verdict::AuthBroken { reason },
        _ if found.has("INSUFFICIENT_ACCESS") => rejected("forbidden"),
        _ if found.code.is_empty() => retry(),
        _ => rejected("invalid_field"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn codes_count_and_not_the_status() {
        let limit = json!([{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]);
        let throttled = CrmError::Throttled { retry_after: None };
        assert_eq!(of_call(403, &complaint(&limit)), throttled);
        let no_access = json!({"errorCode": "INSUFFICIENT_ACCESS", "message": "no"});
        assert!(matches!(
            of_call(403, &complaint(&no_access)),
            CrmError::AuthBroken(_)
        ));
        let column = json!([{"errorCode": "INVALID_FIELD",
            "message": "WHERE Email = 'ada@x.example'\n ^\nERROR at Row:1:Column:1\nNo such column 'Foo__c' on entity 'Contact'. If you are"}]);
        let said = of_call(400, &complaint(&column));
        assert_eq!(
            said,
            CrmError::Setup("No such column 'Foo__c' on entity 'Contact'".to_owned())
        );
    }

    #[test]
    fn a_halted_part_is_not_the_cause() {
        let body = json!([{"errorCode": "PROCESSING_HALTED", "message": "rolled back"},
            {"errorCode": "REQUIRED_FIELD_MISSING", "message": "LastName"}]);
        assert_eq!(complaint(&body).code, "REQUIRED_FIELD_MISSING");
    }

    #[test]
    fn duplicates_name_their_candidates() {
        for key in ["duplicateResult", "duplicateResut"] {
            let body = json!([{"statusCode": "DUPLICATES_DETECTED", "message": "Use one?",
                key: {"matchResults": [{"matchRecords": [{"record": {"Id": "003000000000001"}}]}]}}]);
            let Verdict::NeedsReview { candidates, .. } = verdict(&complaint(&body)) else {
                panic!("not for review");
            };
            assert_eq!(candidates, ["003000000000001"]);
        }
        let value = json!([{"statusCode": "DUPLICATE_VALUE",
            "message": "duplicate value found: X duplicates value on record with id: 003000000000002"}]);
        assert_eq!(complaint(&value).candidates, ["003000000000002"]);
    }
}
