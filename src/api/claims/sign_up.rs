//! Who may make an account at a provider that asks us: whoever is invited or known here.

use super::Asked;
use crate::{
    invitations,
    kernel::EmailAddress,
    people,
    web::{Lang, Problem, i18n},
};

/// Whether somebody with this address is expected: they have an open invitation, or are known.
pub(super) async fn is_expected(asked: &Asked<'_>, email: Option<&str>) -> Result<bool, Problem> {
    let Some(email) = email.and_then(|text| EmailAddress::parse(text).ok()) else {
        return Ok(false);
    };
    let mut conn = asked.state.db.read().await?;
    if people::find_by_email(&mut conn, &email).await?.is_some() {
        return Ok(true);
    }
    Ok(invitations::is_invited(&mut conn, &email, asked.cx.now()).await?)
}

/// "You need an invitation", to people.
pub(super) fn sentence(asked: &Asked<'_>, language: Option<&str>) -> String {
    say(asked, language, "claims-not-invited")
}

/// "You have no access", to people.
pub(super) fn no_access(asked: &Asked<'_>, language: Option<&str>) -> String {
    say(asked, language, "claims-no-access")
}

fn say(asked: &Asked<'_>, language: Option<&str>, key: &str) -> String {
    let portal = &asked.state.settings.portal;
    let lang = language
        .and_then(Lang::accepted)
        .unwrap_or_else(|| Lang::chosen("", portal));
    let arguments = [
        ("portal", portal.name.as_str().into()),
        ("support", portal.support_email.to_string().into()),
    ];
    i18n::text_with(lang, key, &arguments)
}
