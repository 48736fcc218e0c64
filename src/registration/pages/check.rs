//! Step: checking the answers, signing in, sending.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use tower_sessions::Session;

use super::{Progress, back_from};
use crate::{
    people::PendingIdentity,
    registration::{
        Submitted,
        draft::{Draft, Step, forget},
        model::Kind,
        send::{self, Sending},
        visitor::{Registrant, Who},
    },
    sign_in,
    web::{Flash, Lang, Refusal, Shell, page, see_other, urls},
};

/// One answer with the way back to its step; an empty way for what cannot be changed.
struct Answer {
    term: String,
    value: String,
    change: &'static str,
}

/// What is still needed before sending.
#[derive(PartialEq, Eq)]
enum Lacks {
    Nothing,
    SignIn,
    VerifiedEmail,
}

#[derive(Template)]
#[template(path = "registration/check.html")]
struct CheckPage {
    shell: Shell,
    progress: Progress,
    back: &'static str,
    answers: Vec<Answer>,
    lacks: Lacks,
    email: String,
    /// Signing in, or with another account, and coming back here.
    sign_in: String,
    other_account: String,
    /// Making an account at the provider first; empty when none offers that.
    new_account: String,
}

/// Shows the answers and what is still needed.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    let draft = match registrant.draft_at(Step::Check) {
        Ok(draft) => draft,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let shell = registrant.shell("registration-check-title");
    let lacks = match (&registrant.who, registrant.who.verified_email()) {
        (Who::Visitor, _) => Lacks::SignIn,
        (_, None) => Lacks::VerifiedEmail,
        (_, Some(_)) => Lacks::Nothing,
    };
    Ok(page(
        StatusCode::OK,
        &CheckPage {
            progress: Progress::of(&shell, draft, Step::Check),
            back: back_from(draft, Step::Check),
            answers: answers(&shell, draft),
            lacks,
            email: registrant.who.shown_email(),
            sign_in: here().to_string(),
            other_account: here().with_other_account().to_string(),
            new_account: new_account(&registrant),
            shell,
        },
    ))
}

/// A sign-in that comes back here.
fn here() -> sign_in::Link {
    sign_in::Link::to(urls::RegisterCheck::PATH)
}

fn new_account(registrant: &Registrant) -> String {
    if registrant.visit.state.providers.offer_create() {
        here().with_new_account().to_string()
    } else {
        String::new()
    }
}

fn answers(shell: &Shell, draft: &Draft) -> Vec<Answer> {
    let answer = |key: &str, value: &str, step: Step| Answer {
        term: shell.t(key).into_owned(),
        value: value.to_owned(),
        change: step.path(),
    };
    let mut answers = match draft.kind {
        Kind::Contract => vec![
            answer("registration-number", &draft.number, Step::Contract),
            answer("registration-fact", &draft.fact, Step::Contract),
        ],
        Kind::NewCompany => vec![answer(
            "registration-company",
            &draft.company,
            Step::Company,
        )],
    };
    if draft.kind == Kind::NewCompany && !draft.message.is_empty() {
        answers.push(answer(
            "registration-message",
            &draft.message,
            Step::Company,
        ));
    }
    let name = format!("{} {}", draft.given_name, draft.family_name);
    let language = Lang::parse(&draft.language).map_or("", Lang::own_name);
    answers.push(answer("registration-name", name.trim(), Step::You));
    if !draft.phone.is_empty() {
        answers.push(answer("registration-phone", &draft.phone, Step::You));
    }
    answers.push(answer("registration-language", language, Step::You));
    if draft.kind == Kind::NewCompany {
        let given = if draft.consent == Some(true) {
            "yes"
        } else {
            "no"
        };
        let value = shell
            .t(&format!("registration-consent-{given}"))
            .into_owned();
        answers.push(answer("registration-consent", &value, Step::Consent));
    }
    answers
}

/// Sends the registration.
pub async fn send(registrant: Registrant, session: Session) -> Result<Response, Refusal> {
    let sending = match sending(&registrant).await? {
        Ok(sending) => sending,
        Err(elsewhere) => return Ok(see_other(elsewhere)),
    };
    let visit = &registrant.visit;
    let submitted = send::send(&visit.state, &visit.cx, sending).await?;
    answer_to(&registrant, &session, submitted).await
}

/// What is sent; or the way to what is missing.
pub(super) async fn sending(
    registrant: &Registrant,
) -> Result<Result<Sending, &'static str>, Refusal> {
    let draft = match registrant.draft_at(Step::Check) {
        Ok(draft) if draft.next() == Step::Check => draft.clone(),
        Ok(draft) => return Ok(Err(draft.next().path())),
        // Sent from another tab, or the draft is too old: the status page knows more.
        Err(_) if !matches!(registrant.who, Who::Visitor) && registrant.draft.is_none() => {
            return Ok(Err(urls::RegisterStatus::PATH));
        }
        Err(elsewhere) => return Ok(Err(elsewhere)),
    };
    let mut conn = registrant.visit.state.db.read().await?;
    let applicant = registrant.who.applicant(&mut conn).await?;
    Ok(match applicant {
        Some(applicant) => Ok(Sending {
            draft,
            applicant,
            network: registrant.network,
        }),
        // The page says what is missing.
        None => Err(urls::RegisterCheck::PATH),
    })
}

/// The answer to sending: the same for everything that is not confirmed.
pub(super) async fn answer_to(
    registrant: &Registrant,
    session: &Session,
    submitted: Submitted,
) -> Result<Response, Refusal> {
    let visit = &registrant.visit;
    let portal = &visit.state.settings.portal;
    let mut response = match &submitted {
        Submitted::NotConfirmed => return Ok(see_other(urls::RegisterUnconfirmed::PATH)),
        Submitted::AlreadyMember { .. } => {
            let text = visit.t("registration-already-member");
            visit.go(urls::Home, Some(Flash::info(text)))
        }
        _ => see_other(urls::RegisterStatus::PATH),
    };
    let person = match &submitted {
        Submitted::Admitted(admitted) => Some(&admitted.person_id),
        Submitted::AlreadyMember { person_id, .. } => Some(person_id),
        _ => None,
    };
    if let (Some(person), Who::Pending(proof)) = (person, &registrant.who) {
        sign_in::start_session(visit, session, person, proof).await?;
        let forgotten = PendingIdentity::forget(portal);
        response.headers_mut().append(header::SET_COOKIE, forgotten);
    }
    Ok(forget(response, portal))
}
