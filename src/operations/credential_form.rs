//! The form of whoever lends a credential: what is typed, what they choose from, what it is called in
//! each kind of CRM.

use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    settings::{ConnectionKind, ConnectionSettings},
    web::Shell,
};

/// Hours to choose from, as far as the settings allow them.
const HOURS: [u32; 6] = [1, 4, 8, 24, 72, 168];
/// Batches to choose from; 0 for any number.
pub(super) const USES: [i64; 4] = [0, 1, 10, 100];

/// What is typed.
#[derive(Deserialize)]
pub struct LendForm {
    #[serde(default)]
    pub(super) login: String,
    #[serde(default = "nothing")]
    pub(super) secret: SecretString,
    #[serde(default)]
    pub(super) hours: String,
    #[serde(default)]
    pub(super) uses: String,
}

pub(super) fn nothing() -> SecretString {
    SecretString::from("")
}

/// What is wrong with a form, as sentences.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) login: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) hours: Option<String>,
    pub(super) uses: Option<String>,
}

impl Wrong {
    pub(super) fn is_empty(&self) -> bool {
        let all = [&self.login, &self.secret, &self.hours, &self.uses];
        all.iter().all(|it| it.is_none())
    }
}

/// One of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

/// What names the credential of a kind of CRM in the texts.
pub(super) fn word(settings: &ConnectionSettings) -> &'static str {
    match settings.kind {
        ConnectionKind::Odoo if has_login(settings) => "odoo-login",
        kind => kind.as_str(),
    }
}

/// Before version 19 Odoo wants to know whose key it is.
pub(super) fn has_login(settings: &ConnectionSettings) -> bool {
    const BY_KEY_ALONE: u32 = 19;
    let odoo = settings.odoo.as_ref();
    settings.kind == ConnectionKind::Odoo && odoo.is_some_and(|it| it.version < BY_KEY_ALONE)
}

pub(super) fn hours_of(settings: &ConnectionSettings) -> Vec<u32> {
    let most = settings.credential_hours;
    let mut hours: Vec<u32> = HOURS.into_iter().filter(|hours| *hours <= most).collect();
    if !hours.contains(&most) {
        hours.push(most);
    }
    hours
}

pub(super) fn choices(
    shell: &Shell,
    key: &str,
    numbers: impl IntoIterator<Item = impl Into<i64>>,
) -> Vec<Choice> {
    let choice = |number: i64| Choice {
        value: number.to_string(),
        label: shell.t1(key, "count", number),
    };
    numbers.into_iter().map(|it| choice(it.into())).collect()
}
