//! Somebody asks to join an organization: to its administrators.

use crate::{
    kernel::EmailAddress,
    letter_templates,
    mail::{
        Letterhead, Words,
        letter::{FrameKeys, example_address},
    },
    web::Lang,
};

/// A request to join, as an administrator reads it.
#[derive(Debug, Clone)]
pub struct JoinRequest {
    /// The administrator's name.
    pub admin_name: String,
    /// Who asks.
    pub applicant: String,
    /// Their verified address.
    pub applicant_email: EmailAddress,
    /// The organization.
    pub organization: String,
    /// What they wrote, empty for nothing.
    pub message: String,
    /// Where requests are decided.
    pub link: String,
}

impl JoinRequest {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(
            lang,
            head,
            &[
                ("applicant", &self.applicant),
                ("organization", &self.organization),
            ],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-join-request-heading",
            preview: "mail-join-request-intro",
            reason: "mail-reason-admin",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "request",
            Self {
                admin_name: "Alex Example".to_owned(),
                applicant: "Kim Sample".to_owned(),
                applicant_email: example_address("kim@customer.example"),
                organization: "Customer Ltd".to_owned(),
                message: "I take over orders from Alex.".to_owned(),
                link: "https://portal.supplies.example/organizations/org/requests".to_owned(),
            },
        )]
    }
}

letter_templates!(JoinRequest: "join_request"
    "emails/join_request/subject.txt" "emails/join_request/body.txt" "emails/join_request/body.html");
