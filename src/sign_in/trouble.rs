//! What can go wrong in a sign-in, and the page for each: what happened, what to do, the way on.
//!
//! Nothing a provider wrote is shown; it goes to the log, cut and on one line.

use axum::http::StatusCode;

use super::{link::Link, providers::Provider};
use crate::web::{Refusal, Visit};

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The person cancelled at the provider.
    Cancelled,
    /// The answer belongs to no attempt of this browser, or to one that is over.
    Expired,
    /// The provider asks for a stronger sign-in than it gave.
    Stronger,
    /// The provider could not be reached, or not in time.
    Unreachable,
    /// The provider refused our request.
    Refused,
    /// The provider's answer did not pass a check.
    Unsound,
    /// The portal's staff keep this person out.
    Suspended,
    /// The address belongs to somebody who signs in with another account of the same provider.
    AddressInUse,
}

impl Trouble {
    /// The word in text keys.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Stronger => "stronger",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Unsound => "unsound",
            Self::Suspended => "suspended",
            Self::AddressInUse => "address-in-use",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Cancelled | Self::Expired => StatusCode::BAD_REQUEST,
            Self::Stronger | Self::Suspended | Self::AddressInUse => StatusCode::FORBIDDEN,
            Self::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused | Self::Unsound => StatusCode::BAD_GATEWAY,
        }
    }

    /// The page; its way on leads to `return_to` in the end, so that an invitation is not lost by a
    /// sign-in that went wrong.
    #[must_use]
    pub fn page(self, visit: &Visit, provider: &Provider, return_to: &str) -> Refusal {
        let shell = visit.shell("");
        let key = format!("sign-in-trouble-{}", self.key());
        let say = |part: &str| {
            let provider = provider.settings.name.as_str();
            let portal = shell.brand.as_str();
            shell.t2(
                &format!("{key}-{part}"),
                ("provider", provider),
                ("portal", portal),
            )
        };
        let link = Link::to(return_to);
        let way_on = match self {
            Self::Suspended | Self::AddressInUse | Self::Stronger => (
                link.with_other_account().to_string(),
                visit.t("sign-in-other-account"),
            ),
            _ => (link.to_string(), visit.t("sign-in-again")),
        };
        Refusal::Explained {
            status: self.status(),
            title: say("title"),
            text: vec![say("text"), say("next")],
            way_on: Some(way_on),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{Lang, i18n};

    #[test]
    fn every_trouble_says_what_happened_and_what_to_do() {
        let all = [
            Trouble::Cancelled,
            Trouble::Expired,
            Trouble::Stronger,
            Trouble::Unreachable,
            Trouble::Refused,
            Trouble::Unsound,
            Trouble::Suspended,
            Trouble::AddressInUse,
        ];
        for trouble in all {
            for part in ["title", "text", "next"] {
                for lang in Lang::ALL {
                    let key = format!("sign-in-trouble-{}-{part}", trouble.key());
                    assert!(i18n::has(*lang, &key), "{key} in {lang}");
                }
            }
        }
    }
}
