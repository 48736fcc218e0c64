//! What a visitor has answered so far, kept in a sealed cookie: no row for anonymous visitors.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde::{Deserialize, Serialize};

use super::model::Kind;
use crate::{
    kernel::{Cx, Instant, ids::RegistrationId},
    settings::{PortalSettings, RegistrationSettings},
    web::{cookies, urls},
};

/// The cookie's name.
const COOKIE: &str = "register";
/// How long answers are kept after the last step.
const LIFE: Duration = Duration::from_secs(2 * 60 * 60);

/// The answers so far.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Draft {
    /// The id the registration gets: sending it twice is sending it once.
    pub id: RegistrationId,
    /// What is registered with.
    pub kind: Kind,
    /// Contract number, as typed.
    pub number: String,
    /// Customer number, postcode or VAT number, as typed.
    pub fact: String,
    /// Name of the new company.
    pub company: String,
    /// What the visitor wrote; may be empty.
    pub message: String,
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Phone number as E.164; may be empty.
    pub phone: String,
    /// `en` or `de`; empty while the step "you" is not done.
    pub language: String,
    /// Whether the visitor may be contacted; `None` while not asked.
    pub consent: Option<bool>,
    /// When the last step was done.
    pub changed_at: Instant,
}

/// A step of the way, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Contract number and company fact.
    Contract,
    /// The new company.
    Company,
    /// Name, phone, language.
    You,
    /// Consent.
    Consent,
    /// Checking and sending.
    Check,
}

impl Step {
    /// Where the step is.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Contract => urls::RegisterContract::PATH,
            Self::Company => urls::RegisterCompany::PATH,
            Self::You => urls::RegisterYou::PATH,
            Self::Consent => urls::RegisterConsent::PATH,
            Self::Check => urls::RegisterCheck::PATH,
        }
    }
}

impl Draft {
    /// An empty one.
    #[must_use]
    pub fn new(cx: &Cx, kind: Kind) -> Self {
        Self {
            id: cx.new_id(),
            kind,
            number: String::new(),
            fact: String::new(),
            company: String::new(),
            message: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            phone: String::new(),
            language: String::new(),
            consent: None,
            changed_at: cx.now(),
        }
    }

    /// The steps of this kind of registration.
    #[must_use]
    pub fn way(&self) -> &'static [Step] {
        match self.kind {
            Kind::Contract => &[Step::Contract, Step::You, Step::Check],
            Kind::NewCompany => &[Step::Company, Step::You, Step::Consent, Step::Check],
        }
    }

    /// The number of a step among them, from 1, and how many there are; `None` when it is not one.
    #[must_use]
    pub fn place_of(&self, step: Step) -> Option<(usize, usize)> {
        let way = self.way();
        let index = way.iter().position(|known| *known == step)?;
        Some((index + 1, way.len()))
    }

    /// The first step that is not done.
    #[must_use]
    pub fn next(&self) -> Step {
        let is_done = |step: &Step| match step {
            Step::Contract => !self.number.is_empty() && !self.fact.is_empty(),
            Step::Company => !self.company.is_empty(),
            Step::You => !self.language.is_empty(),
            Step::Consent => self.consent.is_some(),
            Step::Check => false,
        };
        let mut way = self.way().iter();
        way.find(|step| !is_done(step))
            .copied()
            .unwrap_or(Step::Check)
    }

    /// Whether every step before `step` is done, so that it may be shown.
    #[must_use]
    pub fn reaches(&self, step: Step) -> bool {
        let place = |step: Step| self.place_of(step).map_or(usize::MAX, |(at, _)| at);
        place(step) <= place(self.next()) && self.place_of(step).is_some()
    }

    /// The draft of a request; a forged or old one, or one of a kind that is not offered, is none.
    #[must_use]
    pub fn read(
        headers: &HeaderMap,
        portal: &PortalSettings,
        settings: &RegistrationSettings,
        cx: &Cx,
    ) -> Option<Self> {
        let sealed = cookies::read(headers, portal, COOKIE)?;
        let plain = cx.keys().open("cookie", COOKIE, &sealed).ok()?;
        let draft: Self = serde_json::from_slice(&plain).ok()?;
        let is_fresh = cx.now() < draft.changed_at.plus(LIFE);
        (is_fresh && is_offered(settings, draft.kind)).then_some(draft)
    }

    /// The answer with this draft for the next step.
    #[must_use]
    pub fn on(&self, mut response: Response, portal: &PortalSettings, cx: &Cx) -> Response {
        if let Some(cookie) = self.cookie(portal, cx) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    fn cookie(&self, portal: &PortalSettings, cx: &Cx) -> Option<HeaderValue> {
        let kept = Self {
            changed_at: cx.now(),
            ..self.clone()
        };
        let plain = serde_json::to_vec(&kept).ok()?;
        let sealed = cx.keys().seal(cx.random(), "cookie", COOKIE, &plain).ok()?;
        let seconds = u32::try_from(LIFE.as_secs()).unwrap_or(u32::MAX);
        Some(cookies::set(portal, COOKIE, &sealed, seconds))
    }
}

/// The answer that ends the draft.
#[must_use]
pub fn forget(mut response: Response, portal: &PortalSettings) -> Response {
    let cookie = cookies::clear(portal, COOKIE);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Whether the portal takes registrations of this kind. Asked at every step and again when sending.
#[must_use]
pub fn is_offered(settings: &RegistrationSettings, kind: Kind) -> bool {
    match kind {
        Kind::Contract => settings.contract,
        Kind::NewCompany => settings.new_company,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Clock, Keyring, Random, World};

    fn cx(clock: &Clock) -> Cx {
        let world = World {
            clock: clock.clone(),
            random: Random::default(),
            keys: Keyring::new([5; 32]),
        };
        world.system("test")
    }

    fn portal() -> PortalSettings {
        toml::from_str(
            "name = 'N'\npublic_url = 'https://portal.example'\nsupport_email = 's@portal.example'",
        )
        .unwrap()
    }

    #[test]
    fn steps_come_in_order_and_nothing_is_asked_twice() {
        let clock = Clock::manual(Instant::from_seconds(0));
        let mut draft = Draft::new(&cx(&clock), Kind::NewCompany);
        assert_eq!(draft.next(), Step::Company);
        assert!(draft.reaches(Step::Company) && !draft.reaches(Step::You));
        assert!(!draft.reaches(Step::Contract));
        draft.company = "Kuusi".into();
        draft.language = "en".into();
        assert_eq!(draft.next(), Step::Consent);
        assert!(draft.reaches(Step::Company) && draft.reaches(Step::You));
        draft.consent = Some(false);
        assert_eq!(draft.next(), Step::Check);
        // Another kind keeps what was said about oneself.
        draft.kind = Kind::Contract;
        assert_eq!(draft.next(), Step::Contract);
        draft.number = "CT-1".into();
        draft.fact = "20095".into();
        assert_eq!(draft.next(), Step::Check);
        assert_eq!(draft.place_of(Step::You), Some((2, 3)));
        assert_eq!(draft.place_of(Step::Consent), None);
    }

    /// Whatever is typed, the cookie is one that browsers keep (RFC 6265 6.1).
    #[test]
    fn the_longest_draft_fits_into_a_cookie() {
        let clock = Clock::manual(Instant::from_seconds(0));
        let wide = |characters: usize| "\u{1f333}".repeat(characters);
        let draft = Draft {
            number: wide(40),
            fact: wide(40),
            company: wide(120),
            message: wide(200),
            given_name: wide(100),
            family_name: wide(100),
            phone: "+123456789012345".into(),
            language: "de".into(),
            consent: Some(true),
            ..Draft::new(&cx(&clock), Kind::Contract)
        };
        let cookie = draft.cookie(&portal(), &cx(&clock)).unwrap();
        assert!(cookie.len() <= 4_096, "{}", cookie.len());
    }

    #[test]
    fn a_draft_comes_back_until_it_is_old_or_not_offered() {
        let clock = Clock::manual(Instant::from_seconds(1_000));
        let draft = Draft::new(&cx(&clock), Kind::Contract);
        let cookie = draft.cookie(&portal(), &cx(&clock)).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie);
        let mut settings = RegistrationSettings::default();
        let read = |settings: &RegistrationSettings| {
            Draft::read(&headers, &portal(), settings, &cx(&clock))
        };
        assert_eq!(read(&settings), Some(draft));
        settings.contract = false;
        assert_eq!(read(&settings), None);
        settings.contract = true;
        clock.advance(LIFE);
        assert_eq!(read(&settings), None);
    }
}
