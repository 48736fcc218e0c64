//! What became of one's registrations; right after sending, the page that says "done".

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    kernel::ids::{Id, RegistrationId},
    organizations,
    registration::{
        self, Registration, Withdrawn,
        model::{Kind, State},
        visitor::{Registrant, Who},
    },
    sign_in::Link,
    web::{Flash, Refusal, Shell, page, see_other, urls},
};

/// One registration as its applicant sees it.
struct Item {
    reference: String,
    /// What it was about, in the applicant's own words.
    about: String,
    heading: String,
    state: String,
    tone: &'static str,
    sent_at: String,
    next: Vec<String>,
    /// What the decider wrote; may be empty.
    note: String,
    /// Where it can be taken back; empty when it cannot.
    withdraw: String,
    /// Whether the portal is open now.
    is_in: bool,
}

#[derive(Template)]
#[template(path = "registration/status.html")]
struct StatusPage {
    shell: Shell,
    first: Option<Item>,
    others: Vec<Item>,
    email: String,
}

/// The visitor's own registrations.
pub async fn show(registrant: Registrant) -> Result<Response, Refusal> {
    if matches!(registrant.who, Who::Visitor) {
        let link = Link::to(urls::RegisterStatus::PATH);
        return Ok(see_other(&link.to_string()));
    }
    let mut conn = registrant.visit.state.db.read().await?;
    let sent = registrant.who.sent(&mut conn).await?;
    let shell = registrant.shell("registration-status-title");
    let mut items = Vec::new();
    for registration in &sent {
        let mut item = item(&shell, registration);
        if registration.state == State::Approved
            && let Some(id) = &registration.organization_id
        {
            let organization = organizations::find(&mut conn, id).await?;
            let name = organization.map(|found| found.name).unwrap_or_default();
            item.next = vec![shell.t1("registration-next-approved", "organization", name)];
            item.is_in = matches!(registrant.who, Who::Person(_));
        } else {
            let word = registration.state.as_str().replace('_', "-");
            let key = format!("registration-next-{word}");
            item.next = vec![shell.t1(&key, "brand", shell.brand.as_str())];
        }
        items.push(item);
    }
    let mut items = items.into_iter();
    let first = items.next();
    let title = first.as_ref().map(|first| first.heading.clone());
    let shell = Shell {
        title: title.unwrap_or_else(|| shell.title.clone()),
        ..shell
    };
    Ok(page(
        StatusCode::OK,
        &StatusPage {
            first,
            others: items.collect(),
            email: registrant.who.shown_email(),
            shell,
        },
    ))
}

fn item(shell: &Shell, registration: &Registration) -> Item {
    let word = registration.state.as_str().replace('_', "-");
    let text = |part: &str| shell.t(&format!("registration-{part}-{word}")).into_owned();
    let is_open = registration.state.is_open();
    let withdraw = urls::WithdrawRegistration {
        registration: &registration.id,
    };
    Item {
        reference: registration.reference.clone(),
        about: about(shell, registration),
        heading: text("heading"),
        state: text("state"),
        tone: match registration.state {
            State::Approved => "success",
            State::Declined => "danger",
            State::Withdrawn => "",
            _ => "info",
        },
        sent_at: shell.moment(registration.created_at),
        next: Vec::new(),
        note: registration.decision_note.clone(),
        withdraw: if is_open {
            withdraw.to_string()
        } else {
            String::new()
        },
        is_in: false,
    }
}

/// What the applicant asked about, in their own words: what a CRM calls the company is not shown
/// before somebody is let in.
pub(super) fn about(shell: &Shell, registration: &Registration) -> String {
    match registration.kind {
        Kind::Contract => shell.t1(
            "registration-about-contract",
            "number",
            registration.contract_number.as_str(),
        ),
        Kind::NewCompany => registration.company_name.clone(),
    }
}

/// Takes back one of them.
pub async fn withdraw(
    Path(registration): Path<String>,
    registrant: Registrant,
) -> Result<Response, Refusal> {
    let id = RegistrationId::parse(&registration).map_err(|_| Refusal::NotFound)?;
    let mut conn = registrant.visit.state.db.read().await?;
    let own = registrant.who.sent(&mut conn).await?;
    drop(conn);
    let own = own.into_iter().find(|own| own.id == id);
    let own = own.ok_or(Refusal::NotFound)?;
    let cx = registrant.visit.cx.clone();
    let withdrawn = registrant
        .visit
        .state
        .db
        .write(move |tx| {
            Box::pin(async move {
                registration::withdraw(tx, &cx, &own.id, (&own.issuer, &own.subject)).await
            })
        })
        .await?;
    let flash = match withdrawn {
        None => return Ok(Refusal::NotFound.into_response()),
        Some(Withdrawn::Withdrawn) => Flash::success(registrant.visit.t("registration-withdrawn")),
        Some(Withdrawn::Before(_)) => {
            Flash::info(registrant.visit.t("registration-decided-before"))
        }
    };
    Ok(registrant.visit.go(urls::RegisterStatus, Some(flash)))
}
