//! What an invitation gives, and whom to ask about it, as its invitee reads it.

use crate::{
    access::Catalogue,
    invitations::{Invitation, Place},
    web::Shell,
};

/// What an invitation gives.
pub(super) struct Given {
    pub(super) roles: Vec<GivenRole>,
    /// What the inviter wrote, line by line.
    pub(super) note: Vec<String>,
    pub(super) inviter: String,
    /// Until when, with the time zone.
    pub(super) until: String,
    pub(super) until_iso: String,
}

/// A duty in plain words.
pub(super) struct GivenRole {
    pub(super) name: String,
    pub(super) people: String,
    pub(super) can: Vec<String>,
}

impl Given {
    pub(super) fn of(shell: &Shell, catalogue: &Catalogue, place: &Place) -> Self {
        let invitation = &place.invitation;
        let cards = invitation.roles.iter();
        let roles = cards
            .filter_map(|key| catalogue.role_card(key, shell.lang.as_str()))
            .map(|card| GivenRole {
                name: card.words.name.clone(),
                people: card.words.people.clone(),
                can: card.words.can.clone(),
            });
        Self {
            roles: roles.collect(),
            note: invitation.note.lines().map(ToOwned::to_owned).collect(),
            inviter: invitation.inviter.name.clone(),
            until: shell.moment(invitation.expires_at),
            until_iso: invitation.expires_at.to_string(),
        }
    }
}

/// Whom to ask.
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) company: String,
    pub(super) email: String,
    pub(super) phone: String,
    /// The number without anything but digits and the plus sign, for the link.
    pub(super) dial: String,
}

impl Contact {
    /// The inviter, or the portal's own help when the inviter left no address.
    pub(super) fn of(shell: &Shell, invitation: &Invitation) -> Self {
        let inviter = &invitation.inviter;
        if inviter.email.is_empty() && inviter.phone.is_empty() {
            return Self::support(shell);
        }
        let is_dialled = |character: &char| character.is_ascii_digit() || *character == '+';
        Self {
            name: inviter.name.clone(),
            company: inviter.company.clone(),
            email: inviter.email.clone(),
            phone: inviter.phone.clone(),
            dial: inviter.phone.chars().filter(is_dialled).collect(),
        }
    }

    /// The portal's own help.
    pub(super) fn support(shell: &Shell) -> Self {
        Self {
            name: shell.brand.clone(),
            company: String::new(),
            email: shell.support.clone(),
            phone: String::new(),
            dial: String::new(),
        }
    }
}
