//! What every page shares: language, title, navigation, flash, who is signed in.

use std::borrow::Cow;

use fluent_bundle::FluentValue;

use super::{Flash, Lang, assets, dates, i18n};
use crate::kernel::Instant;

/// The frame around a page's content; the field `shell` of every page struct.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The page's language.
    pub lang: Lang,
    /// Its direction, `ltr` or `rtl`.
    pub dir: &'static str,
    /// The script nonce of this response.
    pub nonce: String,
    /// The page's title and heading.
    pub title: String,
    /// Whether the page shows what has to be corrected.
    pub has_errors: bool,
    /// What the last action did.
    pub flash: Option<Flash>,
    /// What everybody who reads here should know now; empty for nothing.
    pub notice: String,
    /// Who is signed in.
    pub signed_in: Option<ShellPerson>,
    /// Main navigation.
    pub nav: Vec<NavItem>,
    /// The person's organizations.
    pub organizations: Vec<NavItem>,
    /// Whether this is a demo.
    pub demo: bool,
    /// The company that runs the portal.
    pub brand: String,
    /// Whom to write to.
    pub support: String,
    /// The path of this page.
    pub path: String,
    /// The same page in other languages.
    pub languages: Vec<LanguageLink>,
    /// The time zone in which times are shown.
    pub zone: jiff::tz::TimeZone,
    /// The portal's own time zone, for days that are the same for everybody.
    pub home_zone: jiff::tz::TimeZone,
}

/// Who is signed in, as the top bar shows it.
#[derive(Debug, Clone)]
pub struct ShellPerson {
    /// Full name.
    pub name: String,
    /// Address.
    pub email: String,
    /// One or two letters.
    pub initials: String,
}

/// One link of a navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub label: String,
    /// A symbol of `static/icons.svg`.
    pub icon: &'static str,
    /// Whether this is where one is.
    pub current: bool,
}

/// The same page in another language.
#[derive(Debug, Clone)]
pub struct LanguageLink {
    /// The language's code.
    pub code: &'static str,
    /// The language's own name.
    pub label: &'static str,
    /// Whether it is the page's language.
    pub current: bool,
}

impl Shell {
    /// A text without arguments.
    #[must_use]
    pub fn t(&self, key: &str) -> Cow<'static, str> {
        i18n::text(self.lang, key)
    }

    /// A text with one argument: a number (`i64`, `usize`…) or a text (`&str`).
    #[must_use]
    pub fn t1<'a>(&self, key: &str, name: &str, value: impl Into<FluentValue<'a>>) -> String {
        i18n::text_with(self.lang, key, &[(name, value.into())])
    }

    /// A text with two arguments.
    #[must_use]
    pub fn t2<'a>(
        &self,
        key: &str,
        first: (&str, impl Into<FluentValue<'a>>),
        second: (&str, impl Into<FluentValue<'a>>),
    ) -> String {
        i18n::text_with(
            self.lang,
            key,
            &[(first.0, first.1.into()), (second.0, second.1.into())],
        )
    }

    /// A text with any number of arguments.
    #[must_use]
    pub fn tn(&self, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        i18n::text_with(self.lang, key, arguments)
    }

    /// The URL of an embedded file.
    #[must_use]
    pub fn asset(&self, file: &str) -> &'static str {
        assets::url(file)
    }

    /// A day and time with its zone: `3 November 2026, 14:05 EET`.
    #[must_use]
    pub fn moment(&self, at: Instant) -> String {
        dates::moment(self.lang, &self.zone, at)
    }

    /// A day: `3 November 2026`.
    #[must_use]
    pub fn day(&self, at: Instant) -> String {
        dates::day(self.lang, &self.zone, at)
    }

    /// The first day of a contract, the same for every reader.
    #[must_use]
    pub fn contract_day(&self, start: Instant) -> String {
        dates::day(self.lang, &self.home_zone, start)
    }

    /// The last day of a contract, the same for every reader.
    #[must_use]
    pub fn contract_last_day(&self, end: Instant) -> String {
        dates::last_day(self.lang, &self.home_zone, end)
    }

    /// The last day before an end that is the first moment that no longer counts.
    #[must_use]
    pub fn last_day(&self, end: Instant) -> String {
        dates::last_day(self.lang, &self.zone, end)
    }

    /// The same page with a title and the flag that something has to be corrected.
    #[must_use]
    pub fn with_errors(mut self, has_errors: bool) -> Self {
        self.has_errors = has_errors;
        self
    }
}
