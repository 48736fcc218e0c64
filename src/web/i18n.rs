//! Texts in the languages of the portal, from the Fluent files under `locales/`.

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use rust_embed::RustEmbed;

use crate::settings::PortalSettings;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Locales;

crate::text_enum! {
    /// A language of the portal.
    pub enum Lang {
        /// English.
        En = "en",
        /// German.
        De = "de",
    }
}

impl Lang {
    /// The name of the language in itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }

    /// The language a person has chosen (its code), else the portal's usual one.
    #[must_use]
    pub fn chosen(code: &str, portal: &PortalSettings) -> Self {
        Self::parse(code)
            .or_else(|_| Self::parse(&portal.default_language))
            .unwrap_or(Self::En)
    }

    /// The first language of an `Accept-Language` header (RFC 9110 12.5.4) that we have. The order
    /// of the list stands for the weights: browsers write it in that order.
    #[must_use]
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').take(20).find_map(|item| {
            let tag = item.split(';').next()?.trim();
            let primary = tag.split('-').next()?;
            Self::parse(&primary.to_ascii_lowercase()).ok()
        })
    }
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Lang, Bundle)>> =
    LazyLock::new(|| Lang::ALL.iter().map(|lang| (*lang, load(*lang))).collect());

fn load(lang: Lang) -> Bundle {
    let locale = lang.as_str().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // Isolation marks would end up in attributes, subjects and snapshots.
    bundle.set_use_isolating(false);
    for path in Locales::iter().filter(|path| path.starts_with(&format!("{lang}/"))) {
        let Some(file) = Locales::get(&path) else {
            continue;
        };
        let text = String::from_utf8_lossy(&file.data).into_owned();
        let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, errors)| {
            tracing::error!(%path, ?errors, "a text file has errors");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(%path, ?errors, "a text stands twice");
        }
    }
    bundle
}

fn bundle(lang: Lang) -> Option<&'static Bundle> {
    BUNDLES
        .iter()
        .find(|(known, _)| *known == lang)
        .map(|(_, bundle)| bundle)
}

/// The text for `key`. A missing key shows itself; a test finds it before people do.
#[must_use]
pub fn text(lang: Lang, key: &str) -> Cow<'static, str> {
    format(lang, key, None)
}

/// The text for `key` with arguments.
#[must_use]
pub fn text_with(lang: Lang, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
    let mut all = FluentArgs::with_capacity(arguments.len());
    for (name, value) in arguments {
        all.set((*name).to_owned(), value.clone());
    }
    format(lang, key, Some(&all)).into_owned()
}

fn format(lang: Lang, key: &str, arguments: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
    let found = bundle(lang).and_then(|bundle| {
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        // A text without arguments stays where it is: most of a page's texts are such.
        let text = bundle.format_pattern(pattern, arguments, &mut errors);
        if !errors.is_empty() {
            tracing::warn!(key, ?errors, "a text lacks an argument");
        }
        Some(text)
    });
    found.unwrap_or_else(|| {
        tracing::warn!(key, %lang, "a text is missing");
        Cow::Owned(key.to_owned())
    })
}

/// Whether a text exists (tests and dynamic keys).
#[must_use]
pub fn has(lang: Lang, key: &str) -> bool {
    bundle(lang).is_some_and(|bundle| {
        bundle
            .get_message(key)
            .is_some_and(|message| message.value().is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_wins() {
        assert_eq!(
            Lang::accepted("fr-FR, de-AT;q=0.9, en;q=0.8"),
            Some(Lang::De)
        );
        assert_eq!(Lang::accepted("fr, it"), None);
        assert_eq!(Lang::accepted(""), None);
    }

    #[test]
    fn every_language_has_the_layout() {
        for lang in Lang::ALL {
            assert!(has(*lang, "layout-skip"), "{lang}");
        }
    }
}
