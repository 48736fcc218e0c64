//! What Odoo's refusals mean. Odoo names the Python exception; status and name together decide.

use serde::Deserialize;

use crate::{
    crm::{
        port::{CrmError, Verdict},
        rest::Answer,
    },
    kernel::text::one_line,
};

/// Characters of Odoo's own words that are kept.
const LONGEST: usize = 200;

/// A refusal as Odoo writes it; `debug`, a traceback with data, is never read.
#[derive(Deserialize, Default)]
pub(super) struct Exception {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) message: String,
}

impl Exception {
    /// The meaning. `status` is the answer's, when the transport tells errors by it.
    pub(super) fn meaning(&self, status: Option<&Answer>) -> CrmError {
        let said = one_line(self.message.lines().next().unwrap_or_default(), LONGEST);
        let kind = self.name.rsplit('.').next().unwrap_or_default();
        match kind {
            "AccessDenied" | "Unauthorized" => {
                CrmError::AuthBroken("the API key or its user is not accepted".to_owned())
            }
            "AccessError" | "Forbidden" => CrmError::AuthBroken(said),
            "LockError" | "OperationalError" | "SerializationFailure" | "ConcurrencyError" => {
                CrmError::Unreachable(format!("Odoo was busy: {kind}"))
            }
            // A field that is not there is reported as any bug is: with 500.
            "KeyError" | "ValueError" | "NotFound" => CrmError::Setup(format!(
                "{kind}: {said}; `vestibule check` says what is missing"
            )),
            "AttributeError" | "MissingError" | "UserError" | "ValidationError" | "TypeError" => {
                CrmError::Protocol(format!("{kind}: {said}"))
            }
            _ => match status {
                Some(answer) => answer.failure(format!("HTTP {}", answer.status.as_u16())),
                None => CrmError::Unreachable(format!("Odoo failed: {kind}")),
            },
        }
    }
}

/// The verdict on one row that `load` did not take, by what it said.
pub(super) fn of_row(message: &str) -> Verdict {
    let reason = one_line(message, LONGEST);
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["AccessError", "not allowed to"]) {
        Verdict::AuthBroken { reason }
    } else if says(&["serialize access", "LockNotAvailable", "LockError"]) {
        Verdict::Retry {
            reason,
            after: None,
        }
    } else {
        Verdict::Rejected {
            cause: "invalid_value".to_owned(),
            reason,
        }
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
    use super::*;

    #[test]
    fn an_exception_decides_before_its_status_does() {
        let of = |name: &str| {
            Exception {
                name: name.to_owned(),
                message: "No.\nTraceback".to_owned(),
            }
            .meaning(None)
        };
        assert!(matches!(
            of("odoo.exceptions.AccessDenied"),
            CrmError::AuthBroken(_)
        ));
        assert_eq!(
            of("odoo.exceptions.AccessError"),
            CrmError::AuthBroken("No.".to_owned())
        );
        assert!(matches!(
            of("odoo.exceptions.LockError"),
            CrmError::Unreachable(_)
        ));
        assert!(matches!(of("builtins.KeyError"), CrmError::Setup(_)));
        assert!(matches!(of("builtins.OSError"), CrmError::Unreachable(_)));
    }
}
