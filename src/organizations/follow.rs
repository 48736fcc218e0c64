//! Keeping memberships in step with the person behind them.

use super::{MembershipStatus, find, memberships_of_person, record::Changed, store};
use crate::{
    contracts::receipts::{self, ReceiptKind},
    db::{Error, Tx},
    directory::tell,
    kernel::{Cx, text},
    on,
    outbox::Fact,
    people::Person,
};

/// Copies a person's name and address into their memberships and tells each CRM that still has a
/// use for it (not of removed memberships), and each directory. Being kept out everywhere, or let in
/// again, leaves a receipt.
///
/// # Errors
/// When the database refuses.
pub async fn follow_person(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    because: &'static str,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::FOLLOW_PERSON)
        .bind(&person.id)
        .bind(&person.display_name)
        .bind(text::fold(&person.display_name))
        .bind(person.email.shown())
        .bind(person.email.key())
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    for_each_kept(tx, cx, person, |changed| {
        Fact::MembershipChanged(changed.fact(because))
    })
    .await?;
    let told = tell::person(tx, cx, &person.id, because).await?;
    let kind = match because {
        "person.suspended" => ReceiptKind::Ended,
        "person.restored" => ReceiptKind::Restored,
        _ => return Ok(()),
    };
    receipts::write_for_person(tx, cx, kind, (None, &person.id), told.as_ref()).await
}

/// Copies a person's sign-in into their memberships; with `tell`, tells each CRM.
///
/// # Errors
/// When the database refuses.
pub async fn follow_sign_in(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    tell: bool,
) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(store::FOLLOW_SIGN_IN)
        .bind(&person.id)
        .bind(cx.now())
        .execute(c)
        .await
        .map(drop))?;
    if !tell {
        return Ok(());
    }
    for_each_kept(tx, cx, person, |changed| {
        Fact::SignedIn(changed.fact("person.signed_in"))
    })
    .await
}

async fn for_each_kept(
    tx: &mut Tx,
    cx: &Cx,
    person: &Person,
    fact: impl Fn(&Changed<'_>) -> Fact,
) -> Result<(), Error> {
    for membership in memberships_of_person(tx, &person.id).await? {
        if membership.status == MembershipStatus::Removed {
            continue;
        }
        let organization = find(tx, &membership.organization_id).await?;
        let organization = organization.ok_or(Error::Lost)?;
        let changed = Changed {
            organization: &organization,
            person,
            membership: &membership,
        };
        changed.tell(tx, cx, fact(&changed)).await?;
    }
    Ok(())
}
