//! An invitation as it stands in the database.

use std::time::Duration;

use super::model::{
    Ended, Invitation, Inviter, InviterKind, Kind, Live, OtherAddress, Passed, State, StateWord,
    Way,
};
use crate::{
    db::{Error, inconsistent},
    kernel::{
        EmailAddress, Instant, SecretHash,
        ids::{InvitationId, MembershipId, OrganizationId, PersonId},
    },
    organizations::Roles,
};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: InvitationId,
    organization_id: OrganizationId,
    kind: Kind,
    email: EmailAddress,
    invitee_name: String,
    language: String,
    note: String,
    roles: Roles,
    state: StateWord,
    secret_hash: SecretHash,
    inviter_kind: InviterKind,
    inviter_ref: String,
    inviter_name: String,
    inviter_company: String,
    inviter_email: String,
    inviter_phone: String,
    crm_contact_id: Option<String>,
    life_seconds: i64,
    way: Way,
    mail_id: String,
    delivery_note: String,
    created_at: Instant,
    issued_at: Instant,
    expires_at: Instant,
    sent_at: Option<Instant>,
    opened_at: Option<Instant>,
    bounced_at: Option<Instant>,
    ended_at: Option<Instant>,
    asked_again_at: Option<Instant>,
    other_email: String,
    other_name: String,
    other_asked_at: Option<Instant>,
    redeemed_by: Option<PersonId>,
    membership_id: Option<MembershipId>,
}

/// A secret's invitation.
#[derive(sqlx::FromRow)]
pub(super) struct SecretRow {
    pub(super) replaced_at: Option<Instant>,
    #[sqlx(flatten)]
    pub(super) row: Row,
}

/// An invitation among those of all organizations.
#[derive(sqlx::FromRow)]
pub(super) struct PageRow {
    pub(super) organization_name: String,
    #[sqlx(flatten)]
    pub(super) row: Row,
}

impl Row {
    /// The state, whose data must be there.
    fn state(&self) -> Result<State, Error> {
        let at =
            |column: &'static str, value: Option<Instant>| value.ok_or_else(|| self.lacks(column));
        let ended_at = || at("ended_at", self.ended_at);
        Ok(match self.state {
            StateWord::Queued => State::Live(Live::Queued),
            StateWord::Sent => State::Live(Live::Sent {
                at: at("sent_at", self.sent_at)?,
            }),
            StateWord::Bounced => State::Live(Live::Bounced {
                at: at("bounced_at", self.bounced_at)?,
            }),
            StateWord::Opened => State::Live(Live::Opened {
                sent_at: self.sent_at,
                at: at("opened_at", self.opened_at)?,
            }),
            StateWord::Redeemed => State::Ended(Ended::Redeemed {
                at: ended_at()?,
                by: self
                    .redeemed_by
                    .clone()
                    .ok_or_else(|| self.lacks("redeemed_by"))?,
                membership: self
                    .membership_id
                    .clone()
                    .ok_or_else(|| self.lacks("membership_id"))?,
            }),
            StateWord::Declined => State::Ended(Ended::Declined { at: ended_at()? }),
            StateWord::Revoked => State::Ended(Ended::Revoked { at: ended_at()? }),
            StateWord::Expired => State::Ended(Ended::Expired { at: ended_at()? }),
            StateWord::Superseded => State::Ended(Ended::Superseded { at: ended_at()? }),
        })
    }

    fn lacks(&self, column: &'static str) -> Error {
        let detail = format!("missing in state {}", self.state);
        inconsistent("invitations", column, &self.id)(detail)
    }

    fn other(&self) -> Result<Option<OtherAddress>, Error> {
        let Some(asked_at) = self.other_asked_at else {
            return Ok(None);
        };
        let email = EmailAddress::parse(&self.other_email).map_err(inconsistent(
            "invitations",
            "other_email",
            &self.id,
        ))?;
        Ok(Some(OtherAddress {
            email,
            name: self.other_name.clone(),
            asked_at,
        }))
    }
}

impl TryFrom<Row> for Invitation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let (state, other) = (row.state()?, row.other()?);
        let life = u64::try_from(row.life_seconds).map_err(inconsistent(
            "invitations",
            "life_seconds",
            &row.id,
        ))?;
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            kind: row.kind,
            email: row.email,
            invitee_name: row.invitee_name,
            language: row.language,
            note: row.note,
            roles: row.roles,
            state,
            inviter: Inviter {
                kind: row.inviter_kind,
                reference: row.inviter_ref,
                name: row.inviter_name,
                company: row.inviter_company,
                email: row.inviter_email,
                phone: row.inviter_phone,
            },
            crm_contact_id: row.crm_contact_id,
            life: Duration::from_secs(life),
            way: row.way,
            delivery_note: row.delivery_note,
            created_at: row.created_at,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            passed: Passed {
                sent_at: row.sent_at,
                opened_at: row.opened_at,
                bounced_at: row.bounced_at,
            },
            asked_again_at: row.asked_again_at,
            other,
            secret_hash: row.secret_hash,
            mail_id: row.mail_id,
        })
    }
}
