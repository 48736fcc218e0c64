//! A membership was suspended: to the person.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// A suspension, as the person reads it. The reason is for those who run the organization.
#[derive(Debug, Clone)]
pub struct MembershipSuspended {
    /// The person's name.
    pub name: String,
    /// The organization.
    pub organization: String,
}

impl MembershipSuspended {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(lang, head, &[("organization", &self.organization)])
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-membership-suspended-heading",
            preview: "mail-membership-suspended-intro",
            reason: "mail-reason-member",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "suspended",
            Self {
                name: "Alex Example".to_owned(),
                organization: "Customer Ltd".to_owned(),
            },
        )]
    }
}

letter_templates!(MembershipSuspended: "membership_suspended"
    "emails/membership_suspended/subject.txt" "emails/membership_suspended/body.txt" "emails/membership_suspended/body.html");
