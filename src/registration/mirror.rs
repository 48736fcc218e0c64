//! Taking what a CRM said about a contract into the mirror, as its feed would have done later.

use super::decide::{Answered, Reply};
use crate::{
    app::AppState,
    crm::port::{ContractEvidence, Record},
    db::Error,
    kernel::{Actor, ids::OrganizationId},
    organizations,
};

/// Takes every contract found; the organization when there is exactly one.
pub(super) async fn take_all(
    state: &AppState,
    answers: &[Answered],
) -> Result<Option<OrganizationId>, Error> {
    let mut taken = Vec::new();
    for answered in answers {
        if let Reply::Found { evidence, .. } = &answered.reply {
            taken.push(take(state, &answered.connection, evidence).await?);
        }
    }
    match taken.as_slice() {
        [only] => Ok(only.clone()),
        _ => Ok(None),
    }
}

/// Takes one contract, its account and the contacts found; the organization, unless the account
/// makes no sense. Records move only forward there (law 10).
pub(super) async fn take(
    state: &AppState,
    connection: &str,
    evidence: &ContractEvidence,
) -> Result<Option<OrganizationId>, Error> {
    let cx = state.world.cx(Actor::Crm {
        connection: connection.to_owned(),
        user: None,
    });
    let mut records = vec![
        Record::Account(evidence.account.clone()),
        Record::Contract(evidence.contract.clone()),
    ];
    records.extend(evidence.contacts.iter().cloned().map(Record::Contact));
    state.crm.receive(&cx, connection, records).await?;
    let mut conn = state.db.read().await?;
    let account =
        organizations::find_by_crm_account(&mut conn, connection, &evidence.account.id).await?;
    Ok(account.map(|account| account.id))
}
