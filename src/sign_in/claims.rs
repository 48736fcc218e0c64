//! What a checked sign-in says about the person, read from the ID token and, for gaps, UserInfo.

use openidconnect::{IdTokenClaims, core::CoreGenderClaim};
use serde_json::Value;

use super::{
    client::{MoreClaims, Token, Userinfo},
    trust::SaidEmail,
};
use crate::kernel::text;

/// The longest text kept of a claim, in characters.
const LIMIT: usize = 255;

pub(super) type Claims = IdTokenClaims<MoreClaims, CoreGenderClaim>;

/// A checked sign-in: who the provider says this is.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The issuer.
    pub issuer: String,
    /// The subject at that issuer.
    pub subject: String,
    /// The id in the provider's directory; empty when it is not configured or not said.
    pub directory_id: String,
    /// The address and the provider's word about it.
    pub email: SaidEmail,
    /// Names and language.
    pub names: Names,
    /// The provider's own session, empty for none.
    pub provider_session: String,
    /// Authentication context, empty for none.
    pub acr: String,
    /// Authentication methods, joined by spaces.
    pub amr: String,
    /// The ID token, for the provider's logout.
    pub id_token: String,
    /// Whether claims are missing because UserInfo did not answer.
    pub incomplete: bool,
}

/// What somebody is called; empty where nothing was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// As a whole.
    pub name: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Language tag.
    pub locale: String,
}

/// Reads [`Names`] and [`SaidEmail`] from either kind of claims, which share names, not types.
macro_rules! person_of {
    ($claims:expr) => {{
        let claims = $claims;
        macro_rules! plain {
            ($claim:ident) => {
                claims
                    .$claim()
                    .and_then(|localized| {
                        localized
                            .get(None)
                            .or(localized.iter().next().map(|(_, value)| value))
                    })
                    .map(|value| text::one_line(value.as_str(), LIMIT))
                    .unwrap_or_default()
            };
        }
        let names = Names {
            name: plain!(name),
            given_name: plain!(given_name),
            family_name: plain!(family_name),
            locale: claims
                .locale()
                .map(|tag| text::one_line(tag.as_ref(), LIMIT))
                .unwrap_or_default(),
        };
        let email = SaidEmail {
            email: claims.email().map(|email| email.as_str().to_owned()),
            verified: claims.email_verified(),
        };
        (names, email)
    }};
}

impl Verified {
    /// What a checked ID token says.
    pub(super) fn read(claims: &Claims, token: &Token, directory_claim: &str) -> Self {
        let more = claims.additional_claims();
        let (names, mut email) = person_of!(claims);
        if email.email.is_some() && email.verified.is_none() {
            email.verified = more.xms_edov.as_ref().and_then(truth);
        }
        let sid = more.sid.as_ref().and_then(Value::as_str);
        let methods = claims.auth_method_refs().into_iter().flatten();
        let methods: Vec<&str> = methods.map(|method| method.as_str()).collect();
        let acr = claims.auth_context_ref().map(|acr| acr.as_str());
        Self {
            issuer: claims.issuer().as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
            directory_id: match directory_claim {
                "sub" => claims.subject().as_str().to_owned(),
                "oid" => text::one_line(
                    more.oid
                        .as_ref()
                        .and_then(Value::as_str)
                        .unwrap_or_default(),
                    LIMIT,
                ),
                _ => String::new(),
            },
            email,
            names,
            provider_session: text::one_line(sid.unwrap_or_default(), LIMIT),
            acr: text::one_line(acr.unwrap_or_default(), LIMIT),
            amr: text::one_line(&methods.join(" "), LIMIT),
            id_token: token.to_string(),
            incomplete: false,
        }
    }

    /// Whether the ID token leaves gaps that UserInfo may fill.
    pub(super) fn has_gaps(&self) -> bool {
        let names = &self.names;
        let is_nameless = names.name.is_empty() && names.given_name.is_empty();
        self.email.email.is_none() || self.email.verified.is_none() || is_nameless
    }

    /// Fills the gaps; what the ID token said stands.
    pub(super) fn fill(&mut self, userinfo: &Userinfo) {
        let (names, email) = person_of!(userinfo);
        if self.names.name.is_empty() && self.names.given_name.is_empty() {
            self.names = names;
        }
        self.email = std::mem::take(&mut self.email).with_userinfo(email);
    }
}

/// `true`, `"true"`, `1` and `"1"` are seen in this claim; everything else is no.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::Number(number) => Some(number.as_i64() == Some(1)),
        Value::String(text) => Some(matches!(text.as_str(), "true" | "1")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_clear_yes_is_a_yes() {
        for yes in [json!(true), json!("true"), json!(1), json!("1")] {
            assert_eq!(truth(&yes), Some(true), "{yes}");
        }
        for no in [
            json!(false),
            json!("false"),
            json!(0),
            json!("yes"),
            json!(2),
            json!(""),
        ] {
            assert_eq!(truth(&no), Some(false), "{no}");
        }
        for nothing in [json!(null), json!([true]), json!({})] {
            assert_eq!(truth(&nothing), None, "{nothing}");
        }
    }
}
