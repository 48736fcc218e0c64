//! The letters, one file each: data, words, examples. Their templates are under
//! `templates/emails/`, their texts in `locales/*/mail.ftl`.

mod contract_step;
mod credential_wanted;
mod differences;
mod invitation;
mod invitation_news;
mod join_request;
mod last_admin;
mod membership_suspended;
mod operator_news;
mod registration_approved;
mod registration_declined;
mod registration_received;
mod registration_waiting;
mod seats_asked;
mod seats_exceeded;
mod user_request;

pub use contract_step::{ContractStep, StepAhead};
pub use credential_wanted::CredentialWanted;
pub use differences::{Differences, Found};
pub use invitation::{Invitation, InvitedRole};
pub use invitation_news::{InvitationNews, Invitee, News};
pub use join_request::JoinRequest;
pub use last_admin::LastAdmin;
pub use membership_suspended::MembershipSuspended;
pub use operator_news::{OperatorNews, OperatorTask};
pub use registration_approved::RegistrationApproved;
pub use registration_declined::RegistrationDeclined;
pub use registration_received::RegistrationReceived;
pub use registration_waiting::RegistrationWaiting;
pub use seats_asked::SeatsAsked;
pub use seats_exceeded::SeatsExceeded;
pub use user_request::{Became, UserRequest};

use super::{Letter, Letterhead, Rendered};
use crate::web::Lang;

/// One example of a letter, rendered.
#[derive(Debug, Clone)]
pub struct Sample {
    /// `invitation-lead`: the kind and the example's name.
    pub name: String,
    /// Its language.
    pub lang: Lang,
    /// The letter.
    pub rendered: Rendered,
}

/// Every example of every letter in every language, for snapshots and previews.
///
/// # Errors
/// Never in practice: see [`Letter::render`].
pub fn samples(head: &Letterhead) -> Result<Vec<Sample>, askama::Error> {
    let mut all = Vec::new();
    add::<ContractStep>(head, &mut all)?;
    add::<CredentialWanted>(head, &mut all)?;
    add::<Differences>(head, &mut all)?;
    add::<Invitation>(head, &mut all)?;
    add::<InvitationNews>(head, &mut all)?;
    add::<JoinRequest>(head, &mut all)?;
    add::<LastAdmin>(head, &mut all)?;
    add::<MembershipSuspended>(head, &mut all)?;
    add::<OperatorNews>(head, &mut all)?;
    add::<RegistrationApproved>(head, &mut all)?;
    add::<RegistrationDeclined>(head, &mut all)?;
    add::<RegistrationReceived>(head, &mut all)?;
    add::<RegistrationWaiting>(head, &mut all)?;
    add::<SeatsAsked>(head, &mut all)?;
    add::<SeatsExceeded>(head, &mut all)?;
    add::<UserRequest>(head, &mut all)?;
    Ok(all)
}

fn add<L: Letter>(head: &Letterhead, all: &mut Vec<Sample>) -> Result<(), askama::Error> {
    for (example, letter) in L::samples() {
        for lang in Lang::ALL {
            all.push(Sample {
                name: format!("{}-{example}", L::KIND),
                lang: *lang,
                rendered: letter.render(*lang, head)?,
            });
        }
    }
    Ok(())
}
