//! One visit to a page: who asks in which language, and what the page is built from.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::Response,
};

use super::{
    Flash, Lang, Shell, cookies, dates,
    headers::Nonce,
    shell::{LanguageLink, NavItem, ShellPerson},
};
use crate::{
    app::AppState,
    kernel::{Actor, Cx},
    settings::PortalSettings,
};

/// The cookie that keeps the chosen language.
const LANGUAGE_COOKIE: &str = "lang";
const LANGUAGE_SECONDS: u32 = 31_536_000;

/// One visit. Actors of `access` contain one with the person filled in.
#[derive(Clone)]
pub struct Visit {
    /// Everything the portal shares.
    pub state: AppState,
    /// When, who, which request.
    pub cx: Cx,
    /// The language of the answer.
    pub lang: Lang,
    /// Whether the language was chosen by link or cookie, and so outranks the profile.
    pub lang_is_chosen: bool,
    /// The path asked for.
    pub path: String,
    /// The query asked for.
    pub query: String,
    /// What the last action did.
    pub flash: Option<Flash>,
    /// What everybody who reads here should know now; empty for nothing.
    pub notice: String,
    /// Whether htmx asks for a part of the page.
    pub is_fragment: bool,
    /// The browser's own description.
    pub user_agent: String,
    /// Who is signed in, for the frame.
    pub signed_in: Option<ShellPerson>,
    /// Main navigation.
    pub nav: Vec<NavItem>,
    /// The person's organizations.
    pub organizations: Vec<NavItem>,
    /// The person's time zone; empty for the portal's.
    pub time_zone: String,
    nonce: String,
}

impl Visit {
    /// Reads what every page needs from a request.
    #[must_use]
    pub fn of(parts: &mut Parts, state: &AppState) -> Self {
        let cx = parts
            .extensions
            .get::<Cx>()
            .cloned()
            .unwrap_or_else(|| state.world.cx(Actor::Visitor));
        let chosen = chosen_language(parts, state);
        let text = |name: header::HeaderName| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let fallback = || Lang::parse(&state.settings.portal.default_language).unwrap_or(Lang::En);
        let lang = chosen
            .or_else(|| Lang::accepted(text(header::ACCEPT_LANGUAGE)))
            .unwrap_or_else(fallback);
        Self {
            lang,
            lang_is_chosen: chosen.is_some(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            flash: Flash::read(&parts.headers, &state.settings.portal, &cx),
            is_fragment: parts.headers.contains_key("hx-request"),
            user_agent: crate::kernel::text::one_line(text(header::USER_AGENT), 300),
            notice: String::new(),
            signed_in: None,
            nav: Vec::new(),
            organizations: Vec::new(),
            time_zone: String::new(),
            nonce: parts
                .extensions
                .get::<Nonce>()
                .map(|nonce| nonce.0.clone())
                .unwrap_or_default(),
            state: state.clone(),
            cx,
        }
    }

    /// The frame for a page whose title is the text `title_key`; an empty key leaves it empty.
    #[must_use]
    pub fn shell(&self, title_key: &str) -> Shell {
        let portal = &self.state.settings.portal;
        let title = if title_key.is_empty() {
            String::new()
        } else {
            super::i18n::text(self.lang, title_key).into_owned()
        };
        let language = |lang: &Lang| LanguageLink {
            code: lang.as_str(),
            label: lang.own_name(),
            current: *lang == self.lang,
        };
        Shell {
            lang: self.lang,
            dir: "ltr",
            nonce: self.nonce.clone(),
            title,
            has_errors: false,
            flash: self.flash.clone(),
            notice: self.notice.clone(),
            signed_in: self.signed_in.clone(),
            nav: self.nav.clone(),
            organizations: self.organizations.clone(),
            demo: portal.demo,
            brand: portal.name.clone(),
            support: portal.support_email.to_string(),
            path: self.path.clone(),
            languages: Lang::ALL.iter().map(language).collect(),
            zone: self.zone(),
            home_zone: self.home_zone(),
        }
    }

    /// The portal's own time zone. Days of contracts are read in it: the last day of an agreement is
    /// the same for everybody, wherever they sit.
    #[must_use]
    pub fn home_zone(&self) -> jiff::tz::TimeZone {
        dates::zone(&self.state.settings.portal.time_zone)
    }

    /// The time zone in which this person reads times.
    #[must_use]
    pub fn zone(&self) -> jiff::tz::TimeZone {
        let portal = &self.state.settings.portal;
        dates::zone(if self.time_zone.is_empty() {
            &portal.time_zone
        } else {
            &self.time_zone
        })
    }

    /// 303 to a page of ours that then shows `flash`.
    #[must_use]
    pub fn go(&self, to: impl std::fmt::Display, flash: Option<Flash>) -> Response {
        let response = super::see_other(&to.to_string());
        match flash {
            Some(flash) => flash.on(response, &self.state.settings.portal, &self.cx),
            None => response,
        }
    }

    /// A text in the visit's language.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        super::i18n::text(self.lang, key).into_owned()
    }
}

fn chosen_language(parts: &Parts, state: &AppState) -> Option<Lang> {
    let from_query = language_of_query(parts.uri.query().unwrap_or_default());
    let from_cookie = || cookies::read(&parts.headers, &state.settings.portal, LANGUAGE_COOKIE);
    from_query.or_else(|| Lang::parse(&from_cookie()?).ok())
}

fn language_of_query(query: &str) -> Option<Lang> {
    query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("lang="))
        .find_map(|value| Lang::parse(value).ok())
}

/// The `Set-Cookie` value that keeps a chosen language, or forgets the choice.
#[must_use]
pub fn language_cookie(portal: &PortalSettings, lang: Option<Lang>) -> HeaderValue {
    match lang {
        Some(lang) => cookies::set(portal, LANGUAGE_COOKIE, lang.as_str(), LANGUAGE_SECONDS),
        None => cookies::clear(portal, LANGUAGE_COOKIE),
    }
}

/// Keeps a language chosen by `?lang=` for the next visits.
pub async fn keep_language(
    axum::extract::State(state): axum::extract::State<AppState>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let chosen = language_of_query(request.uri().query().unwrap_or_default());
    let mut response = next.run(request).await;
    if let Some(lang) = chosen {
        let cookie = language_cookie(&state.settings.portal, Some(lang));
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(parts, state))
    }
}
