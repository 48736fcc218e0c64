//! A registration was approved: to the applicant.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// An approval.
#[derive(Debug, Clone)]
pub struct RegistrationApproved {
    /// The applicant's name.
    pub name: String,
    /// The reference of the registration.
    pub reference: String,
    /// The organization they belong to now.
    pub organization: String,
    /// What the decider wrote, empty for nothing.
    pub note: String,
    /// Where they start.
    pub link: String,
}

impl RegistrationApproved {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(lang, head, &[("organization", &self.organization)])
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-registration-approved-heading",
            preview: "mail-registration-approved-intro",
            reason: "mail-reason-applicant",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "approved",
            Self {
                name: "Alex Example".to_owned(),
                reference: "R-7K2M".to_owned(),
                organization: "Customer Ltd".to_owned(),
                note: "Welcome. Call me when you need the price list.".to_owned(),
                link: "https://portal.supplies.example/home".to_owned(),
            },
        )]
    }
}

letter_templates!(RegistrationApproved: "registration_approved"
    "emails/registration_approved/subject.txt" "emails/registration_approved/body.txt" "emails/registration_approved/body.html");
