//! A registration has arrived: to the applicant.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// A receipt.
#[derive(Debug, Clone)]
pub struct RegistrationReceived {
    /// The applicant's name.
    pub name: String,
    /// The reference of the registration.
    pub reference: String,
    /// The company they named.
    pub company: String,
}

impl RegistrationReceived {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(lang, head, &[("company", &self.company)])
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-registration-received-heading",
            preview: "mail-registration-received-intro",
            reason: "mail-reason-applicant",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "received",
            Self {
                name: "Alex Example".to_owned(),
                reference: "R-7K2M".to_owned(),
                company: "Customer Ltd".to_owned(),
            },
        )]
    }
}

letter_templates!(RegistrationReceived: "registration_received"
    "emails/registration_received/subject.txt" "emails/registration_received/body.txt" "emails/registration_received/body.html");
