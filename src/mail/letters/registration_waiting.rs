//! A registration waits for staff: to the account's sales rep, or to the service desk.

use crate::{
    kernel::EmailAddress,
    letter_templates,
    mail::{
        Letterhead, Words,
        letter::{FrameKeys, example_address},
    },
    web::Lang,
};

/// A registration, as those who decide it read it.
#[derive(Debug, Clone)]
pub struct RegistrationWaiting {
    /// The name of whoever decides.
    pub to_name: String,
    /// Who asks.
    pub applicant: String,
    /// Their verified address.
    pub applicant_email: EmailAddress,
    /// The account, the company's name as typed, or the contract that was named.
    pub company: String,
    /// The reference of the registration.
    pub reference: String,
    /// What they wrote, empty for nothing.
    pub message: String,
    /// Whether it came to the owner of the account.
    pub is_owner: bool,
    /// Where it is decided.
    pub link: String,
}

impl RegistrationWaiting {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        Words::new(
            lang,
            head,
            &[("applicant", &self.applicant), ("company", &self.company)],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-registration-waiting-heading",
            preview: "mail-registration-waiting-intro",
            reason: if self.is_owner {
                "mail-reason-owner"
            } else {
                "mail-reason-desk"
            },
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let owner = Self {
            to_name: "Sam Sales".to_owned(),
            applicant: "Kim Sample".to_owned(),
            applicant_email: example_address("kim@customer.example"),
            company: "Customer Ltd".to_owned(),
            reference: "R-7K2M".to_owned(),
            message: String::new(),
            is_owner: true,
            link: "https://portal.supplies.example/sales/registrations/reg".to_owned(),
        };
        let desk = Self {
            to_name: "Dana Desk".to_owned(),
            message: "We look for a supplier of pumps.".to_owned(),
            is_owner: false,
            ..owner.clone()
        };
        vec![("owner", owner), ("desk", desk)]
    }
}

letter_templates!(RegistrationWaiting: "registration_waiting"
    "emails/registration_waiting/subject.txt" "emails/registration_waiting/body.txt" "emails/registration_waiting/body.html");
