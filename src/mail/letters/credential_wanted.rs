//! Changes wait for a CRM credential: to those who may lend theirs, once a day at most.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// What waits for a credential.
#[derive(Debug, Clone)]
pub struct CredentialWanted {
    /// The connection's name.
    pub connection: String,
    /// How many changes wait.
    pub waiting: i64,
    /// The page on which one is lent.
    pub link: String,
}

impl CredentialWanted {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let count = self.waiting.to_string();
        Words::new(
            lang,
            head,
            &[("count", &count), ("connection", &self.connection)],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-credential-heading",
            preview: "mail-credential-intro",
            reason: "mail-reason-lender",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        vec![(
            "waiting",
            Self {
                connection: "Supplies CRM".to_owned(),
                waiting: 12,
                link: "https://portal.supplies.example/operations/connections/crm/credential"
                    .to_owned(),
            },
        )]
    }
}

letter_templates!(CredentialWanted: "credential_wanted"
    "emails/credential_wanted/subject.txt" "emails/credential_wanted/body.txt" "emails/credential_wanted/body.html");
