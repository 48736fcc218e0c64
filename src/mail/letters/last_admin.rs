//! An organization would have lost its last administrator: to operators.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// A rescue that waits for an operator.
#[derive(Debug, Clone)]
pub struct LastAdmin {
    /// The organization.
    pub organization: String,
    /// The last administrator, kept for now.
    pub person: String,
    /// Where to look.
    pub link: String,
}

impl LastAdmin {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(
            lang,
            head,
            &[
                ("organization", &self.organization),
                ("person", &self.person),
            ],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-last-admin-heading",
            preview: "mail-last-admin-intro",
            reason: "mail-reason-operator",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "rescue",
            Self {
                organization: "Customer Ltd".to_owned(),
                person: "Alex Example".to_owned(),
                link: "https://portal.supplies.example/operations".to_owned(),
            },
        )]
    }
}

letter_templates!(LastAdmin: "last_admin"
    "emails/last_admin/subject.txt" "emails/last_admin/body.txt" "emails/last_admin/body.html");
