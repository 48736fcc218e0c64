//! An invitation, or the reminder of one.

use crate::{
    kernel::{EmailAddress, Instant},
    letter_templates,
    mail::{
        Letterhead, Words,
        letter::{FrameKeys, example_address},
    },
    web::Lang,
};

/// An invitation.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Whether this is the reminder of an invitation sent before.
    pub is_reminder: bool,
    /// Whether it is for somebody whose company is no customer yet.
    pub is_lead: bool,
    /// To whom it goes.
    pub email: EmailAddress,
    /// Their name, empty when not known.
    pub invitee_name: String,
    /// Who invites.
    pub inviter_name: String,
    /// The inviter's company; empty when it is the organization itself.
    pub inviter_company: String,
    /// The inviter's address, when there is a human to ask.
    pub inviter_email: Option<EmailAddress>,
    /// The inviter's phone, empty when not known.
    pub inviter_phone: String,
    /// The organization (or the lead's company).
    pub organization: String,
    /// What they will be able to do.
    pub roles: Vec<InvitedRole>,
    /// What the inviter wrote, empty for nothing.
    pub note: String,
    /// The whole link with its secret.
    pub link: String,
    /// Until when.
    pub expires_at: Instant,
}

/// A role as the invited person reads it.
#[derive(Debug, Clone)]
pub struct InvitedRole {
    /// "Orders spare parts".
    pub name: String,
    /// "For people who…".
    pub people: String,
}

impl Invitation {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let asked = self.inviter_email.as_ref().map(EmailAddress::shown);
        Words::new(
            lang,
            head,
            &[
                ("inviter", &self.inviter_name),
                ("company", &self.inviter_company),
                ("organization", &self.organization),
                ("email", self.email.shown()),
                ("asked", asked.unwrap_or_default()),
                ("phone", &self.inviter_phone),
                ("reminder", if self.is_reminder { "yes" } else { "no" }),
            ],
        )
        .with_moment("until", self.expires_at)
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-invitation-heading",
            preview: "mail-invitation-preview",
            reason: "mail-invitation-reason",
        }
    }

    /// The key of the sentence that says who invites to what.
    fn intro(&self) -> &'static str {
        let names_company = !self.inviter_company.is_empty();
        match (self.is_lead, names_company) {
            (true, true) => "mail-invitation-intro-lead-company",
            (true, false) => "mail-invitation-intro-lead",
            (false, true) => "mail-invitation-intro-company",
            (false, false) => "mail-invitation-intro",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let member = Self {
            is_reminder: false,
            is_lead: false,
            email: example_address("alex@customer.example"),
            invitee_name: "Alex Example".to_owned(),
            inviter_name: "Sam Sample".to_owned(),
            inviter_company: "Example Supplies".to_owned(),
            inviter_email: Some(example_address("sam@supplies.example")),
            inviter_phone: "+00 1 234".to_owned(),
            organization: "Customer Ltd".to_owned(),
            roles: vec![InvitedRole {
                name: "Orders spare parts".to_owned(),
                people: "For people who order what the workshop needs.".to_owned(),
            }],
            note: "Welcome!\nWe talked about this on Monday.".to_owned(),
            link: "https://portal.supplies.example/i/EXAMPLE".to_owned(),
            expires_at: Instant::from_seconds(1_800_604_800),
        };
        let lead = Self {
            is_lead: true,
            is_reminder: true,
            invitee_name: String::new(),
            inviter_email: None,
            inviter_phone: String::new(),
            note: String::new(),
            roles: Vec::new(),
            ..member.clone()
        };
        let colleague = Self {
            inviter_company: String::new(),
            inviter_phone: String::new(),
            ..member.clone()
        };
        vec![
            ("member", member),
            ("lead-reminder", lead),
            ("colleague", colleague),
        ]
    }
}

letter_templates!(Invitation: "invitation"
    "emails/invitation/subject.txt" "emails/invitation/body.txt" "emails/invitation/body.html");
