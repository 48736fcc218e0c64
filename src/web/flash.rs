//! One sentence about what the last action did, carried over a redirect in a sealed cookie.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::cookies;
use crate::{kernel::Cx, settings::PortalSettings};

/// The cookie's name.
pub const COOKIE: &str = "flash";
const SECONDS: u32 = 60;

/// What the last action did.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Flash {
    /// `success`, `warning` or `info`.
    pub tone: Tone,
    /// The sentence, in the language of the page that made it.
    pub text: String,
}

crate::text_enum! {
    /// How a flash looks.
    pub enum Tone {
        /// It worked.
        Success = "success",
        /// It worked, but.
        Warning = "warning",
        /// Something to know.
        Info = "info",
    }
}

impl Flash {
    /// It worked.
    pub fn success(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Success,
            text: text.into(),
        }
    }

    /// It worked, but; or it did not, and nothing was lost.
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Warning,
            text: text.into(),
        }
    }

    /// Something to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Info,
            text: text.into(),
        }
    }

    /// The answer with this flash for the next page.
    #[must_use]
    pub fn on(&self, mut response: Response, portal: &PortalSettings, cx: &Cx) -> Response {
        if let Some(cookie) = self.cookie(portal, cx) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn cookie(&self, portal: &PortalSettings, cx: &Cx) -> Option<HeaderValue> {
        let plain = serde_json::to_vec(self).ok()?;
        let sealed = cx.keys().seal(cx.random(), "cookie", COOKIE, &plain).ok()?;
        Some(cookies::set(portal, COOKIE, &sealed, SECONDS))
    }

    /// The flash of a request; a forged one is none.
    #[must_use]
    pub fn read(headers: &HeaderMap, portal: &PortalSettings, cx: &Cx) -> Option<Self> {
        let sealed = cookies::read(headers, portal, COOKIE)?;
        serde_json::from_slice(&cx.keys().open("cookie", COOKIE, &sealed).ok()?).ok()
    }
}
