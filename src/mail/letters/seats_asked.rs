//! Those who run an organization ask for more seats: to the sales rep, or the service desk.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// A wish for more seats, as staff read it.
#[derive(Debug, Clone)]
pub struct SeatsAsked {
    /// The name of whoever gets it.
    pub name: String,
    /// The organization.
    pub organization: String,
    /// Who asks.
    pub asker: String,
    /// How many more.
    pub more: i64,
    /// How many the contracts allow.
    pub limit: i64,
    /// How many are taken.
    pub taken: i64,
    /// What they wrote, empty for nothing.
    pub message: String,
    /// Whether it goes to the account's owner.
    pub is_owner: bool,
    /// The account in the console.
    pub link: String,
}

impl SeatsAsked {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(
            lang,
            head,
            &[
                ("organization", &self.organization),
                ("asker", &self.asker),
                ("more", &self.more.to_string()),
                ("limit", &self.limit.to_string()),
                ("taken", &self.taken.to_string()),
            ],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-seats-asked-subject",
            preview: "mail-seats-asked-intro",
            reason: if self.is_owner {
                "mail-reason-owner"
            } else {
                "mail-reason-service-desk"
            },
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let owner = Self {
            name: "Alex Example".to_owned(),
            organization: "Customer Ltd".to_owned(),
            asker: "Kim Sample".to_owned(),
            more: 5,
            limit: 20,
            taken: 20,
            message: "Our new site in the north starts in May.".to_owned(),
            is_owner: true,
            link: "https://portal.supplies.example/sales/accounts/org".to_owned(),
        };
        let desk = Self {
            message: String::new(),
            is_owner: false,
            ..owner.clone()
        };
        vec![("owner", owner), ("desk", desk)]
    }
}

letter_templates!(SeatsAsked: "seats_asked"
    "emails/seats_asked/subject.txt" "emails/seats_asked/body.txt" "emails/seats_asked/body.html");
