//! The letters of a registration, queued in the transaction of what they tell.

use super::{
    Rules,
    deciders::told,
    model::{Kind, Registration, State},
};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, ids::OrganizationId},
    mail::{
        self, Letter, Letterhead, Post,
        letters::{
            JoinRequest, RegistrationApproved, RegistrationDeclined, RegistrationReceived,
            RegistrationWaiting,
        },
    },
    organizations, people,
    web::{Lang, i18n, urls},
};

/// Administrators who get a letter about one request at most.
const ADMINS: usize = 20;

/// Tells the applicant that the request has arrived, and those who decide it, if it is already clear
/// who.
pub(super) async fn received(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
) -> Result<(), Error> {
    let letter = RegistrationReceived {
        name: registration.applicant_name(),
        reference: registration.reference.clone(),
        company: about(rules, registration),
    };
    to_applicant(tx, cx, rules, registration, &letter).await?;
    deciders(tx, cx, rules, registration).await
}

/// Tells those of a request for whom it waits.
pub(super) async fn deciders(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
) -> Result<(), Error> {
    match (registration.state, &registration.organization_id) {
        (State::WaitingOrganization, Some(id)) => {
            administrators(tx, cx, rules, registration, id).await
        }
        (State::WaitingStaff, _) => staff(tx, cx, rules, registration).await,
        _ => Ok(()),
    }
}

/// Tells the account's sales rep, or the service desk.
async fn staff(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
) -> Result<(), Error> {
    let head = Letterhead::of(&rules.settings.portal);
    let organization = registration.organization_id.as_ref();
    let (told, is_owner) = told(tx, rules.settings, organization).await?;
    let place = urls::SalesRegistration {
        registration: &registration.id,
    };
    for one in told {
        let lang = people::language_of(tx, &one.email, &rules.settings.portal).await?;
        let letter = RegistrationWaiting {
            to_name: one.name.clone(),
            applicant: registration.applicant_name(),
            applicant_email: registration.email.clone(),
            company: company(lang, registration),
            reference: registration.reference.clone(),
            message: registration.message.clone(),
            is_owner,
            link: head.link(place),
        };
        let post = Post {
            to: &one.email,
            lang,
            reply_to: None,
            organization,
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    Ok(())
}

/// The company for staff: its name where one is known, else the contract that was named.
fn company(lang: Lang, registration: &Registration) -> String {
    if registration.company_name.is_empty() {
        let number = registration.contract_number.as_str();
        i18n::text_with(
            lang,
            "registration-about-contract",
            &[("number", number.into())],
        )
    } else {
        registration.company_name.clone()
    }
}

/// Tells the organization's administrators.
async fn administrators(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    id: &OrganizationId,
) -> Result<(), Error> {
    let head = Letterhead::of(&rules.settings.portal);
    let organization = organizations::find(tx, id).await?;
    let organization = organization.ok_or(Error::Lost)?;
    let admins = organizations::admins(tx, rules.catalogue, id, cx.now()).await?;
    let place = urls::Request {
        organization: id,
        registration: &registration.id,
    };
    for admin in admins.iter().take(ADMINS) {
        let letter = JoinRequest {
            admin_name: admin.display_name.clone(),
            applicant: registration.applicant_name(),
            applicant_email: registration.email.clone(),
            organization: organization.name.clone(),
            message: registration.message.clone(),
            link: head.link(place),
        };
        let post = Post {
            to: &admin.email,
            lang: Lang::chosen(&admin.language, &rules.settings.portal),
            reply_to: None,
            organization: Some(id),
            invitation: None,
        };
        mail::queue(tx, cx, &head, post, &letter).await?;
    }
    Ok(())
}

/// Tells the applicant that they are in.
pub(super) async fn approved(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    (organization, note): (&OrganizationId, &str),
) -> Result<(), Error> {
    let found = organizations::find(tx, organization).await?;
    let letter = RegistrationApproved {
        name: registration.applicant_name(),
        reference: registration.reference.clone(),
        organization: found.ok_or(Error::Lost)?.name,
        note: note.to_owned(),
        link: Letterhead::of(&rules.settings.portal).link(urls::Home),
    };
    to_applicant(tx, cx, rules, registration, &letter).await
}

/// Tells the applicant that they are not let in, and why.
pub(super) async fn declined(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    reason: &str,
) -> Result<(), Error> {
    let letter = RegistrationDeclined {
        name: registration.applicant_name(),
        reference: registration.reference.clone(),
        company: about(rules, registration),
        note: reason.to_owned(),
    };
    to_applicant(tx, cx, rules, registration, &letter).await
}

async fn to_applicant<L: Letter>(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
    letter: &L,
) -> Result<(), Error> {
    let post = Post {
        to: &registration.email,
        lang: Lang::chosen(&registration.language, &rules.settings.portal),
        reply_to: None,
        organization: None,
        invitation: None,
    };
    let head = Letterhead::of(&rules.settings.portal);
    mail::queue(tx, cx, &head, post, letter).await.map(drop)
}

/// What the applicant asked about, in their own words: never what a CRM calls the company.
fn about(rules: Rules<'_>, registration: &Registration) -> String {
    match registration.kind {
        Kind::NewCompany => registration.company_name.clone(),
        Kind::Contract => i18n::text_with(
            Lang::chosen(&registration.language, &rules.settings.portal),
            "registration-about-contract",
            &[("number", registration.contract_number.as_str().into())],
        ),
    }
}
