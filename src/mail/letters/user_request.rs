//! What became of a user asked for in a CRM: to the member of staff who asked.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// A member at once: somebody had proven the address before.
    Provisioned,
    /// Was a member before.
    Exists,
    /// Is a member, and suspended.
    Suspended,
    /// Nobody had proven the address: an invitation is on its way.
    Invited,
    /// Nothing; the word says what is missing, as the API's `reason` does.
    Missing(&'static str),
}

impl Became {
    /// The part of the texts' keys.
    const fn key(self) -> &'static str {
        match self {
            Self::Provisioned => "provisioned",
            Self::Exists => "exists",
            Self::Suspended => "suspended",
            Self::Invited => "invited",
            Self::Missing(_) => "missing",
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct UserRequest {
    /// Who asked.
    pub name: String,
    /// For whom: a name, or else the address.
    pub user: String,
    /// Where.
    pub organization: String,
    /// What became of it.
    pub became: Became,
    /// Where invitations and members are seen.
    pub link: String,
}

impl UserRequest {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let values = [
            ("user", self.user.as_str()),
            ("organization", self.organization.as_str()),
            ("became", self.became.key()),
        ];
        Words::new(lang, head, &values)
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-user-request-heading",
            preview: "mail-user-request-became",
            reason: "mail-reason-requester",
        }
    }

    /// What is missing, and what would mend it.
    fn missing(&self, w: &Words) -> Option<String> {
        let Became::Missing(word) = self.became else {
            return None;
        };
        let key = match word {
            "malformed" => "mail-user-request-malformed",
            "no-contract" => "mail-user-request-no-contract",
            "no-seat" => "mail-user-request-no-seat",
            "suspended-member" => "mail-user-request-suspended-person",
            "opted-out" => "mail-user-request-opted-out",
            "address-limit" | "inviter-limit" => "mail-user-request-limit",
            _ => "mail-user-request-other",
        };
        Some(w.t(key))
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let example = |became| Self {
            name: "Robin Sales".to_owned(),
            user: "Kim Sample".to_owned(),
            organization: "Customer Ltd".to_owned(),
            became,
            link: "https://portal.supplies.example/sales".to_owned(),
        };
        vec![
            ("provisioned", example(Became::Provisioned)),
            ("invited", example(Became::Invited)),
            ("no-seat", example(Became::Missing("no-seat"))),
        ]
    }
}

letter_templates!(UserRequest: "user_request"
    "emails/user_request/subject.txt" "emails/user_request/body.txt" "emails/user_request/body.html");
