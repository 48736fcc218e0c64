//! The letters of a registration, queued in the transaction of what they tell.

use super::{
    Rules,
    model::{Kind, Registration, State},
};
use crate::{
    db::{Error, Tx},
    kernel::{Cx, ids::OrganizationId},
    mail::{
        self, Letter, Letterhead, Post,
        letters::{JoinRequest, RegistrationApproved, RegistrationDeclined, RegistrationReceived},
    },
    organizations,
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

/// Tells the organization's administrators of a request that waits for them.
pub(super) async fn deciders(
    tx: &mut Tx,
    cx: &Cx,
    rules: Rules<'_>,
    registration: &Registration,
) -> Result<(), Error> {
    let (State::WaitingOrganization, Some(id)) =
        (registration.state, &registration.organization_id)
    else {
        return Ok(());
    };
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
            lang: lang(rules, &admin.language),
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
    organization: &OrganizationId,
) -> Result<(), Error> {
    let found = organizations::find(tx, organization).await?;
    let letter = RegistrationApproved {
        name: registration.applicant_name(),
        reference: registration.reference.clone(),
        organization: found.ok_or(Error::Lost)?.name,
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
        lang: lang(rules, &registration.language),
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
            lang(rules, &registration.language),
            "registration-about-contract",
            &[("number", registration.contract_number.as_str().into())],
        ),
    }
}

fn lang(rules: Rules<'_>, chosen: &str) -> Lang {
    Lang::parse(chosen)
        .or_else(|_| Lang::parse(&rules.settings.portal.default_language))
        .unwrap_or(Lang::En)
}
