//! What every letter shares: its letterhead, its words, its frame.

use askama::Template;
use fluent_bundle::FluentValue;
use jiff::tz::TimeZone;

use crate::{
    kernel::{EmailAddress, Instant, text},
    settings::PortalSettings,
    web::{Lang, dates, i18n},
};

/// Longest subject.
const SUBJECT: usize = 200;
/// The colour of buttons and of the mark: legible on white and on dark.
const COLOUR: &str = "#0e5563";

/// Who writes: the same for every letter of an installation.
#[derive(Debug, Clone)]
pub struct Letterhead {
    /// The company that runs the portal.
    pub brand: String,
    /// Where the portal is, without a slash at the end; links are built from it and nothing else.
    pub address: String,
    /// Whom to write to for help.
    pub support: EmailAddress,
    /// The zone in which times are written.
    pub zone: TimeZone,
}

impl Letterhead {
    /// The letterhead of the configured portal.
    #[must_use]
    pub fn of(portal: &PortalSettings) -> Self {
        Self {
            brand: text::one_line(&portal.name, 100),
            address: portal.public_url.as_str().trim_end_matches('/').to_owned(),
            support: portal.support_email.clone(),
            zone: dates::zone(&portal.time_zone),
        }
    }

    /// The whole address of a page of ours.
    #[must_use]
    pub fn link(&self, path: impl std::fmt::Display) -> String {
        format!("{}{path}", self.address)
    }
}

/// A kind of letter: its data, and how it reads in each language.
pub trait Letter: Sized {
    /// The word by which the kind is stored, and the name of its folder of templates.
    const KIND: &'static str;

    /// Renders subject, text and HTML.
    ///
    /// # Errors
    /// Never in practice: templates are compiled in and write to memory.
    fn render(&self, lang: Lang, head: &Letterhead) -> Result<Rendered, askama::Error>;

    /// Examples with names, for snapshots and previews.
    fn samples() -> Vec<(&'static str, Self)>;
}

/// A letter ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The text version.
    pub text: String,
    /// The HTML version; says the same.
    pub html: String,
}

impl Rendered {
    /// Renders the three templates of a letter.
    pub(super) fn of(
        subject: &impl Template,
        body: &impl Template,
        html: &impl Template,
    ) -> Result<Self, askama::Error> {
        Ok(Self {
            subject: text::one_line(&subject.render()?, SUBJECT),
            text: body.render()?.trim().to_owned() + "\n",
            html: html.render()?,
        })
    }
}

/// The texts of one letter: any key of its language, with the letter's own values filled in.
#[derive(Debug, Clone)]
pub struct Words {
    lang: Lang,
    zone: TimeZone,
    values: Vec<(&'static str, String)>,
}

/// A value of a text. One that reads as a number is one, so that a text can have a form for one and
/// another for many; a number with a leading zero is a name.
fn chosen_by(value: &str) -> FluentValue<'_> {
    match value.parse::<i64>() {
        Ok(number) if number.to_string() == value => number.into(),
        _ => value.into(),
    }
}

impl Words {
    /// Texts with these values and those of the letterhead (`brand`, `support`).
    #[must_use]
    pub fn new(lang: Lang, head: &Letterhead, values: &[(&'static str, &str)]) -> Self {
        let mut all = vec![
            ("brand", head.brand.clone()),
            ("support", head.support.to_string()),
        ];
        // What people typed stays on its line and can turn no text around.
        all.extend(
            values
                .iter()
                .map(|(name, value)| (*name, text::one_line(value, 500))),
        );
        Self {
            lang,
            zone: head.zone.clone(),
            values: all,
        }
    }

    /// The text for `key`.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        let values: Vec<_> = self
            .values
            .iter()
            .map(|(name, value)| (*name, chosen_by(value)))
            .collect();
        i18n::text_with(self.lang, key, &values)
    }

    /// The greeting: with the name when there is one.
    #[must_use]
    pub fn greeting(&self, name: &str) -> String {
        if name.trim().is_empty() {
            self.t("mail-greeting-plain")
        } else {
            let name = text::one_line(name, 100);
            i18n::text_with(self.lang, "mail-greeting", &[("name", name.into())])
        }
    }

    /// What somebody typed, as one line.
    #[must_use]
    pub fn line(&self, typed: &str) -> String {
        text::one_line(typed, 500)
    }

    /// What somebody typed, line by line.
    #[must_use]
    pub fn lines(&self, typed: &str) -> Vec<String> {
        let lines = text::many_lines(typed, 2_000);
        lines.lines().map(str::to_owned).collect()
    }

    /// Adds a moment, written with its time zone.
    #[must_use]
    pub fn with_moment(mut self, name: &'static str, at: Instant) -> Self {
        let written = dates::moment(self.lang, &self.zone, at);
        self.values.push((name, written));
        self
    }

    /// The frame around the letter.
    #[must_use]
    pub fn frame(&self, head: &Letterhead, keys: FrameKeys) -> Frame {
        Frame {
            lang: self.lang,
            dir: "ltr",
            title: self.t(keys.title),
            preview: self.t(keys.preview),
            brand: head.brand.clone(),
            colour: COLOUR,
            reason: self.t(keys.reason),
            contact: self.t("mail-contact"),
        }
    }
}

/// An address for examples.
#[expect(
    clippy::expect_used,
    reason = "written in this crate and rendered by its tests"
)]
pub(super) fn example_address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("examples have valid addresses")
}

/// The texts of a letter's frame.
#[derive(Debug, Clone, Copy)]
pub struct FrameKeys {
    /// Its title, which is its subject.
    pub title: &'static str,
    /// Its first words in a list of mails.
    pub preview: &'static str,
    /// Why somebody gets it.
    pub reason: &'static str,
}

/// The field `frame` of `layout/email.html` and `layout/email.txt`.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The letter's language.
    pub lang: Lang,
    /// Its direction.
    pub dir: &'static str,
    /// Its title.
    pub title: String,
    /// Its first words in a list of mails.
    pub preview: String,
    /// The company that runs the portal.
    pub brand: String,
    /// The colour of buttons.
    pub colour: &'static str,
    /// Why somebody gets it.
    pub reason: String,
    /// Whom to ask.
    pub contact: String,
}

/// Declares the three templates of a letter and its [`Letter::render`].
///
/// The templates see `m` (the letter), `w` ([`Words`]) and `frame` ([`Frame`]); that of the subject
/// sees `w` only.
#[macro_export]
macro_rules! letter_templates {
    ($letter:ident: $kind:tt $subject:tt $text:tt $html:tt) => {
        #[derive(askama::Template)]
        #[template(path = $subject)]
        struct SubjectTemplate<'a> {
            w: &'a $crate::mail::Words,
        }

        #[derive(askama::Template)]
        #[template(path = $text)]
        struct TextTemplate<'a> {
            m: &'a $letter,
            w: &'a $crate::mail::Words,
            frame: &'a $crate::mail::Frame,
        }

        #[derive(askama::Template)]
        #[template(path = $html)]
        struct HtmlTemplate<'a> {
            m: &'a $letter,
            w: &'a $crate::mail::Words,
            frame: &'a $crate::mail::Frame,
        }

        impl $crate::mail::Letter for $letter {
            const KIND: &'static str = $kind;

            fn render(
                &self,
                lang: $crate::web::Lang,
                head: &$crate::mail::Letterhead,
            ) -> Result<$crate::mail::Rendered, askama::Error> {
                let w = &self.words(lang, head);
                let frame = &w.frame(head, self.frame_keys());
                let m = self;
                $crate::mail::Rendered::of(
                    &SubjectTemplate { w },
                    &TextTemplate { m, w, frame },
                    &HtmlTemplate { m, w, frame },
                )
            }

            fn samples() -> Vec<(&'static str, Self)> {
                Self::examples()
            }
        }
    };
}
