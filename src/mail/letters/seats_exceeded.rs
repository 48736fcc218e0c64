//! The contract now has fewer seats than people who are active: to those who run the organization,
//! and to the sales rep.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// More people are active than there are seats.
#[derive(Debug, Clone)]
pub struct SeatsExceeded {
    /// The name of whoever gets it.
    pub name: String,
    /// The organization.
    pub organization: String,
    /// How many the contracts allow.
    pub limit: i64,
    /// How many people are active.
    pub taken: i64,
    /// Whether it goes to the account's owner.
    pub is_rep: bool,
    /// Where to look.
    pub link: String,
}

impl SeatsExceeded {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(
            lang,
            head,
            &[
                ("organization", &self.organization),
                ("limit", &self.limit.to_string()),
                ("taken", &self.taken.to_string()),
                ("many", &self.taken.saturating_sub(self.limit).to_string()),
            ],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-seats-exceeded-subject",
            preview: "mail-seats-exceeded-intro",
            reason: if self.is_rep {
                "mail-reason-owner"
            } else {
                "mail-reason-admin"
            },
        }
    }

    fn what_next(&self) -> &'static str {
        if self.is_rep {
            "mail-seats-exceeded-rep-next"
        } else {
            "mail-seats-exceeded-next"
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let admin = Self {
            name: "Kim Sample".to_owned(),
            organization: "Customer Ltd".to_owned(),
            limit: 20,
            taken: 23,
            is_rep: false,
            link: "https://portal.supplies.example/organizations/org/seats".to_owned(),
        };
        let rep = Self {
            name: "Alex Example".to_owned(),
            is_rep: true,
            link: "https://portal.supplies.example/sales/accounts/org".to_owned(),
            ..admin.clone()
        };
        vec![("admin", admin), ("rep", rep)]
    }
}

letter_templates!(SeatsExceeded: "seats_exceeded"
    "emails/seats_exceeded/subject.txt" "emails/seats_exceeded/body.txt" "emails/seats_exceeded/body.html");
