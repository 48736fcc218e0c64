//! Links to the sign-in, with what should happen after it.

use std::fmt;

use crate::web::urls;

crate::text_enum! {
    /// How somebody wants to sign in.
    pub enum How {
        /// As the provider sees fit.
        Usual = "usual",
        /// Making an account at the provider first.
        Create = "create",
        /// With another account than the one the provider would take by itself.
        OtherAccount = "other",
    }
}

/// A link to the sign-in page.
///
/// ```text
/// Link::to("/invitation").with_other_account()   /sign-in?return_to=%2Finvitation&how=other
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    return_to: String,
    how: How,
}

impl Default for Link {
    fn default() -> Self {
        Self::to("")
    }
}

impl Link {
    /// A sign-in that leads to `return_to`; anything but a path of ours leads home.
    #[must_use]
    pub fn to(return_to: &str) -> Self {
        let path = urls::local_path(return_to).unwrap_or_default();
        Self {
            return_to: path.to_owned(),
            how: How::Usual,
        }
    }

    /// The same, but making an account at the provider first where it offers that.
    #[must_use]
    pub fn with_new_account(self) -> Self {
        self.with(How::Create)
    }

    /// The same, but with another account than the one the provider would take by itself.
    #[must_use]
    pub fn with_other_account(self) -> Self {
        self.with(How::OtherAccount)
    }

    pub(super) fn with(self, how: How) -> Self {
        Self { how, ..self }
    }

    /// Where it leads: a path of ours.
    #[must_use]
    pub fn return_to(&self) -> &str {
        if self.return_to.is_empty() {
            urls::Home::PATH
        } else {
            &self.return_to
        }
    }

    /// How.
    #[must_use]
    pub fn how(&self) -> How {
        self.how
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.return_to.is_empty() {
            query.append_pair("return_to", &self.return_to);
        }
        if self.how != How::Usual {
            query.append_pair("how", self.how.as_str());
        }
        let query = query.finish();
        write!(f, "{}", urls::SignIn)?;
        if query.is_empty() {
            Ok(())
        } else {
            write!(f, "?{query}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_only_what_differs() {
        assert_eq!(Link::default().to_string(), "/sign-in");
        assert_eq!(
            Link::to("/invitation?x=1&y")
                .with_other_account()
                .to_string(),
            "/sign-in?return_to=%2Finvitation%3Fx%3D1%26y&how=other"
        );
        assert_eq!(Link::to("//evil.example").to_string(), "/sign-in");
        assert_eq!(Link::to("//evil.example").return_to(), "/home");
    }
}
