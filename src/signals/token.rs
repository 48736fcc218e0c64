//! What is in a token.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::meaning::Ended;
use crate::{
    kernel::Instant,
    settings::{SignalForm, SignalSettings},
};

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// The event of a Security Event Token (CAEP 1.0 section 3.1).
const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
/// How long a logout token counts: section 2.4 asks for two minutes at most.
const COUNTS: Duration = Duration::from_secs(120);

/// What a token is about.
pub(super) struct About<'a> {
    pub(super) issuer: &'a str,
    pub(super) ended: &'a Ended,
    /// When it ended.
    pub(super) at: Instant,
    pub(super) now: Instant,
    /// Names the change.
    pub(super) change: &'a str,
    /// Names this attempt.
    pub(super) attempt: &'a str,
}

/// Kind and claims for a receiver.
pub(super) fn claims(receiver: &SignalSettings, about: &About<'_>) -> (&'static str, Value) {
    let session = about.ended.session.as_deref();
    let session = session.filter(|_| receiver.session_required);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    put("iss", json!(about.issuer));
    put("aud", json!(receiver.audience));
    put("iat", json!(about.now.as_seconds()));
    match receiver.form {
        SignalForm::Logout => {
            // A token that is used twice is refused, so one that is repeated has a name of its own.
            put("jti", json!(about.attempt));
            put("exp", json!(about.now.plus(COUNTS).as_seconds()));
            put("sub", json!(about.ended.person_id));
            if let Some(session) = session {
                put("sid", json!(session));
            }
            put("events", json!({ LOGOUT: {} }));
            ("logout+jwt", Value::Object(claims))
        }
        SignalForm::Caep => {
            // The receiver knows a repetition by its name, and an event does not expire (RFC 8417).
            put("jti", json!(about.change));
            put("txn", json!(about.change));
            put("sub_id", subject(about, session));
            let event = json!({
                "event_timestamp": about.at.as_seconds(),
                "initiating_entity": about.ended.initiator,
            });
            put("events", json!({ SESSION_REVOKED: event }));
            ("secevent+jwt", Value::Object(claims))
        }
    }
}

/// Whose session: the person as in the headers of forward-auth, and the session where one is meant
/// (RFC 9493, the complex subjects of SSF 1.0).
fn subject(about: &About<'_>, session: Option<&str>) -> Value {
    let user = json!({
        "format": "iss_sub",
        "iss": about.issuer,
        "sub": about.ended.person_id,
    });
    match session {
        None => user,
        Some(id) => json!({
            "format": "complex",
            "user": user,
            "session": { "format": "opaque", "id": id },
        }),
    }
}
