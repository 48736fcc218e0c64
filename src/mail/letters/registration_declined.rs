//! A registration was declined: to the applicant.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// A refusal.
#[derive(Debug, Clone)]
pub struct RegistrationDeclined {
    /// The applicant's name.
    pub name: String,
    /// The reference of the registration.
    pub reference: String,
    /// The company they named.
    pub company: String,
    /// What the decider wrote, empty for nothing.
    pub note: String,
}

impl RegistrationDeclined {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(lang, head, &[("company", &self.company)])
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-registration-declined-heading",
            preview: "mail-registration-declined-intro",
            reason: "mail-reason-applicant",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "declined",
            Self {
                name: "Alex Example".to_owned(),
                reference: "R-7K2M".to_owned(),
                company: "Customer Ltd".to_owned(),
                note: "Please ask your own administrator for access.".to_owned(),
            },
        )]
    }
}

letter_templates!(RegistrationDeclined: "registration_declined"
    "emails/registration_declined/subject.txt" "emails/registration_declined/body.txt" "emails/registration_declined/body.html");
