//! The signed-in person's own profile: what we know, what we share, and correcting it.

use std::sync::LazyLock;

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    OwnProfile, OwnProfileError, OwnProfileUpdated, Person, find, identities_of,
    shared::{self, Shared},
    update_own_profile,
};
use crate::{
    access::actors::SignedIn,
    db::Conn,
    settings::ProviderSettings,
    web::{Field, Flash, Form, FormErrors, Lang, Refusal, Shell, Visit, page, urls, visit},
};

/// An item of a select.
struct Choice {
    value: String,
    label: String,
}

/// Where the person belongs.
struct Place {
    organization: String,
    roles: Vec<String>,
    status: String,
    tone: &'static str,
}

/// How the person signs in.
struct Way {
    provider: String,
    since: String,
    last: String,
}

#[derive(Template)]
#[template(path = "people/profile.html")]
struct ProfilePage {
    shell: Shell,
    errors: FormErrors,
    given_name: Field,
    family_name: Field,
    email: Field,
    phone: Field,
    language: Field,
    languages: Vec<Choice>,
    time_zone: Field,
    time_zones: Vec<Choice>,
    places: Vec<Place>,
    ways: Vec<Way>,
    shared: Vec<Shared>,
}

/// `GET /profile`
pub async fn show(signed_in: SignedIn) -> Result<Response, Refusal> {
    let profile = ProfilePage::read(&signed_in, None).await?;
    Ok(page(StatusCode::OK, &profile))
}

/// The form as posted.
#[derive(Debug, Clone, Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
}

/// `POST /profile`
pub async fn save(signed_in: SignedIn, Form(form): Form<ProfileForm>) -> Result<Response, Refusal> {
    let state = signed_in.visit.state.clone();
    let cx = signed_in.visit.cx.clone();
    let wanted = OwnProfile {
        person_id: signed_in.gate.person_id.clone(),
        given_name: form.given_name.clone(),
        family_name: form.family_name.clone(),
        phone: form.phone.clone(),
        language: form.language.clone(),
        time_zone: form.time_zone.clone(),
    };
    let saved = state
        .db
        .write(move |tx| Box::pin(async move { update_own_profile(tx, &cx, wanted).await }));
    match saved.await {
        Ok(OwnProfileUpdated::Updated(person) | OwnProfileUpdated::Unchanged(person)) => {
            Ok(saved_answer(signed_in.visit, &person))
        }
        Err(OwnProfileError::Db(error)) => Err(error.into()),
        Err(OwnProfileError::NotFound) => Err(Refusal::NotFound),
        Err(error) => {
            let profile = ProfilePage::read(&signed_in, Some((form, error))).await?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &profile))
        }
    }
}

/// Back to the page, which from now on speaks the chosen language: one chosen by link earlier would
/// outrank it.
fn saved_answer(mut visit: Visit, person: &Person) -> Response {
    let chosen = Lang::parse(&person.language).ok();
    visit.lang = chosen.unwrap_or(visit.lang);
    let saved = Flash::success(visit.t("profile-saved"));
    let mut response = visit.go(urls::Profile, Some(saved)).into_response();
    let cookie = visit::language_cookie(&visit.state.settings.portal, chosen);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

impl ProfilePage {
    /// The page as stored, or with what was typed and what is wrong with it.
    async fn read(
        signed_in: &SignedIn,
        typed: Option<(ProfileForm, OwnProfileError)>,
    ) -> Result<Self, Refusal> {
        let visit = &signed_in.visit;
        let mut conn = visit.state.db.read().await?;
        let person = find(&mut conn, &signed_in.gate.person_id).await?;
        let person = person.ok_or(Refusal::NotFound)?;
        let shell = signed_in.shell("profile-title");
        let mut profile = Self {
            errors: FormErrors::default(),
            given_name: Field::new("given_name", &person.given_name),
            family_name: Field::new("family_name", &person.family_name),
            email: Field::new("email", person.email.shown()),
            phone: Field::new("phone", &person.phone),
            language: Field::new("language", &person.language),
            languages: languages(),
            time_zone: Field::new("time_zone", &person.time_zone),
            time_zones: time_zones(),
            places: places(signed_in),
            ways: ways(&mut conn, visit, &shell, &person).await?,
            shared: shared::of(&mut conn, visit, &shell, &person).await?,
            shell,
        };
        if let Some((form, error)) = typed {
            profile.retype(visit, form, &error);
        }
        Ok(profile)
    }

    fn retype(&mut self, visit: &Visit, form: ProfileForm, error: &OwnProfileError) {
        self.given_name.value = form.given_name;
        self.family_name.value = form.family_name;
        self.phone.value = form.phone;
        self.language.value = form.language;
        self.time_zone.value = form.time_zone;
        match error {
            OwnProfileError::NameMissing => {
                self.given_name.error = Some(visit.t("profile-name-missing"));
            }
            _ => self.time_zone.error = Some(visit.t("profile-time-zone-unknown")),
        }
        self.errors = FormErrors::of(&[&self.given_name, &self.time_zone]);
        self.shell.has_errors = true;
    }
}

fn languages() -> Vec<Choice> {
    let choice = |lang: &Lang| Choice {
        value: lang.as_str().to_owned(),
        label: lang.own_name().to_owned(),
    };
    Lang::ALL.iter().map(choice).collect()
}

/// The zones people live in, by the names of the IANA database; its abbreviations and offsets are
/// left out.
static ZONES: LazyLock<Vec<String>> = LazyLock::new(|| {
    const PARTS: [&str; 10] = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let mut zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name == "UTC" || PARTS.iter().any(|part| name.starts_with(part)))
        .collect();
    zones.sort();
    zones
});

fn time_zones() -> Vec<Choice> {
    let choice = |name: &String| Choice {
        value: name.clone(),
        label: name.replace('_', " "),
    };
    ZONES.iter().map(choice).collect()
}

fn places(signed_in: &SignedIn) -> Vec<Place> {
    let visit = &signed_in.visit;
    let catalogue = &visit.state.catalogue;
    let lang = visit.lang.as_str();
    let now = visit.cx.now();
    let place = |membership: &crate::access::GateMembership| {
        let runs = membership.starts_at.is_none_or(|start| start <= now)
            && membership.ends_at.is_none_or(|end| now < end);
        let (word, tone) = match membership.status.as_str() {
            "active" if runs => ("profile-place-active", "success"),
            "active" => ("profile-place-not-now", "warning"),
            _ => ("profile-place-suspended", "warning"),
        };
        let names = membership.roles.iter();
        Place {
            organization: membership.organization_name.clone(),
            roles: names
                .map(|role| catalogue.role_name(role, lang).to_owned())
                .collect(),
            status: visit.t(word),
            tone,
        }
    };
    signed_in.gate.memberships.iter().map(place).collect()
}

async fn ways(
    conn: &mut Conn,
    visit: &Visit,
    shell: &Shell,
    person: &Person,
) -> Result<Vec<Way>, Refusal> {
    let identities = identities_of(conn, &person.id).await?;
    let way = |identity: super::Identity| Way {
        provider: provider_name(visit, &identity.provider),
        since: shell.day(identity.created_at),
        last: identity
            .last_sign_in_at
            .map(|at| shell.moment(at))
            .unwrap_or_default(),
    };
    Ok(identities.into_iter().map(way).collect())
}

/// What people read for a provider's key; the key when it is configured no longer.
#[must_use]
pub fn provider_name(visit: &Visit, key: &str) -> String {
    let providers: &[ProviderSettings] = &visit.state.settings.providers;
    let found = providers.iter().find(|provider| provider.key == key);
    found.map_or_else(|| key.to_owned(), |provider| provider.name.clone())
}
