//! `/profile/consents`: what the signed-in person has agreed to, and withdrawing it.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};

use crate::{
    access::actors::SignedIn,
    kernel::ids::{ConsentId, Id},
    people,
    registration::{
        CONSENT_PURPOSE, ConsentWithdrawal, OwnConsent, Rules, consents::wording, own_consents,
        withdraw_consent,
    },
    web::{Flash, Lang, Refusal, Shell, i18n, page, urls},
};

/// One consent.
struct Row {
    title: String,
    /// The wording, in the language in which it was agreed to.
    text: String,
    lang: &'static str,
    version: String,
    given: String,
    withdrawn: String,
    withdraw: String,
}

#[derive(Template)]
#[template(path = "registration/consents.html")]
struct ConsentsPage {
    shell: Shell,
    profile: String,
    rows: Vec<Row>,
}

/// `GET /profile/consents`
pub async fn show(signed_in: SignedIn) -> Result<Response, Refusal> {
    let mut conn = signed_in.visit.state.db.read().await?;
    let own = own_consents(&mut conn, &signed_in.gate.person_id).await?;
    drop(conn);
    let shell = signed_in.shell("consents-title");
    Ok(page(
        StatusCode::OK,
        &ConsentsPage {
            profile: urls::Profile.to_string(),
            rows: own.iter().map(|consent| row(&shell, consent)).collect(),
            shell,
        },
    ))
}

fn row(shell: &Shell, consent: &OwnConsent) -> Row {
    let lang = Lang::parse(&consent.language).unwrap_or(shell.lang);
    let brand = [("brand", shell.brand.as_str().into())];
    let key = wording(&consent.purpose, &consent.text_version);
    let withdrawn = consent.withdrawn_at.map(|at| shell.moment(at));
    Row {
        title: match consent.purpose.as_str() {
            CONSENT_PURPOSE => shell.t("registration-consent").into_owned(),
            other => other.to_owned(),
        },
        text: key.map_or_else(
            || shell.t("consents-no-text").into_owned(),
            |key| i18n::text_with(lang, key, &brand),
        ),
        lang: if key.is_some() { lang } else { shell.lang }.as_str(),
        version: consent.text_version.clone(),
        given: shell.moment(consent.given_at),
        withdraw: if withdrawn.is_some() {
            String::new()
        } else {
            urls::WithdrawConsent {
                consent: &consent.id,
            }
            .to_string()
        },
        withdrawn: withdrawn.unwrap_or_default(),
    }
}

/// `POST /profile/consents/{consent}/withdraw`. One of somebody else does not exist.
pub async fn withdraw(
    signed_in: SignedIn,
    Path(consent): Path<String>,
) -> Result<Response, Refusal> {
    let consent = ConsentId::parse(&consent).map_err(|_| Refusal::NotFound)?;
    let visit = &signed_in.visit;
    let (cx, state) = (visit.cx.clone(), visit.state.clone());
    let person = signed_in.gate.person_id.clone();
    let done: Result<ConsentWithdrawal, crate::db::Error> = visit
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(person) = people::find(tx, &person).await? else {
                    return Ok(ConsentWithdrawal::NotFound);
                };
                let connection = Rules::of(&state).lead_connection();
                withdraw_consent(tx, &cx, connection, (&person, &consent)).await
            })
        })
        .await;
    let flash = match done? {
        ConsentWithdrawal::Now => Flash::success(visit.t("consents-withdrawn-now")),
        ConsentWithdrawal::Before => Flash::info(visit.t("consents-withdrawn-before")),
        ConsentWithdrawal::NotFound => return Err(Refusal::NotFound),
    };
    Ok(visit.go(urls::Consents, Some(flash)))
}
