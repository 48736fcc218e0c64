//! The page that says what a change does before it is made.

use askama::Template;

use super::{Choice, one::One};
use crate::{
    access::actors::OrgAdmin,
    db::{Conn, Error},
    organizations::{Leaver, Taker, takers},
    settings::LeaverRule,
    web::{Field, Shell, urls},
};

/// A question with its effects, answered by a POST to the same address.
#[derive(Template)]
#[template(path = "organizations/confirm.html")]
pub(super) struct ConfirmPage {
    pub(super) shell: Shell,
    pub(super) action: String,
    pub(super) button: String,
    pub(super) back: String,
    pub(super) effects: Vec<String>,
    /// Where a reason can be given.
    pub(super) reason: Option<Field>,
    pub(super) danger: bool,
    /// What becomes of a leaver's open cases in the CRM.
    pub(super) after: Option<HandOver>,
}

/// The open cases of somebody who leaves.
pub(super) struct HandOver {
    /// The part that says what they are and who takes over.
    pub(super) href: String,
    /// Who can be named, where the rule asks for it.
    pub(super) choices: Vec<Choice>,
    pub(super) successor: Field,
}

impl HandOver {
    /// `None` where nothing is handed over.
    pub(super) async fn of(
        conn: &mut Conn,
        admin: &OrgAdmin,
        one: &One,
    ) -> Result<Option<Self>, Error> {
        let state = &admin.visit().state;
        let connection = state.crm.get(&one.connection);
        let rule = connection.and_then(|it| it.settings.leaver.as_ref());
        let (Some(rule), Some(_)) = (rule, &one.member.crm_contact_id) else {
            return Ok(None);
        };
        let organization = admin.organization_id();
        let membership = &one.member.id;
        let mut choices = Vec::new();
        if rule.rule == LeaverRule::Named {
            let leaver = Leaver {
                organization,
                membership,
                named: None,
            };
            let now = admin.visit().cx.now();
            for taker in takers(conn, &state.catalogue, leaver, now).await? {
                if let Taker::Member {
                    membership_id,
                    name,
                    ..
                } = taker
                {
                    choices.push(Choice::new(membership_id.to_string(), name));
                }
            }
        }
        let href = urls::HandOver {
            organization,
            membership,
        };
        Ok(Some(Self {
            href: href.to_string(),
            choices,
            successor: Field::new("successor", ""),
        }))
    }
}
