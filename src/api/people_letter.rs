//! The letter to whoever asked for a user: what became of the request.

use super::{
    ApiClient,
    target::{Found, Target},
};
use crate::{
    db::{Error, Tx},
    kernel::Cx,
    mail::{
        self, Letterhead, Post,
        letters::{Became, UserRequest},
    },
    people,
    web::{Lang, urls},
};

/// Writes to the member of staff in whose name the CRM asked. Anybody else is not written to: a
/// program could name any address.
///
/// # Errors
/// When the database refuses.
pub(super) async fn write(
    tx: &mut Tx,
    cx: &Cx,
    (client, target): (&ApiClient, &Target),
    found: &Found,
    became: Became,
) -> Result<(), Error> {
    let Some(rep) = target.rep(client) else {
        return Ok(());
    };
    let settings = &client.state.settings;
    let head = Letterhead::of(&settings.portal);
    let known = people::find_by_email(tx, &rep.email).await?;
    let language = known.map(|person| person.language).unwrap_or_default();
    let letter = UserRequest {
        name: rep.name.clone(),
        user: user(found),
        organization: found.organization.name.clone(),
        became,
        link: head.link(urls::Sales),
    };
    let post = Post {
        to: &rep.email,
        lang: Lang::chosen(&language, &settings.portal),
        reply_to: None,
        organization: Some(&found.organization.id),
        invitation: None,
    };
    mail::queue(tx, cx, &head, post, &letter).await.map(drop)
}

/// The name in the CRM, or else the address, or else the record's id.
fn user(found: &Found) -> String {
    let contact = found.person.as_ref();
    let name = contact.map(|it| format!("{} {}", it.given_name, it.family_name));
    let name = name.unwrap_or_default().trim().to_owned();
    if !name.is_empty() {
        return name;
    }
    let address = found.email.as_ref().map(|email| email.shown().to_owned());
    address.unwrap_or_else(|| contact.map_or_else(String::new, |it| it.external_id.clone()))
}
