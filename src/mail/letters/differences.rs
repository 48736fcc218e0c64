//! A comparison of the schedule found differences: to operators, one letter a run.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// How much of one class was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The class's word, as findings store it.
    pub class: String,
    /// How many.
    pub count: i64,
}

impl Found {
    /// The class in words, the same as on the page.
    fn text(&self, w: &Words) -> String {
        let class = self.class.replace('_', "-");
        w.t(&format!("operations-reconciliation-{class}"))
    }
}

/// What a comparison found.
#[derive(Debug, Clone)]
pub struct Differences {
    /// The connection's name.
    pub connection: String,
    /// By class.
    pub found: Vec<Found>,
    /// The page that shows them.
    pub link: String,
}

impl Differences {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let count: i64 = self.found.iter().map(|it| it.count).sum();
        let count = count.to_string();
        Words::new(
            lang,
            head,
            &[("count", &count), ("connection", &self.connection)],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-differences-heading",
            preview: "mail-differences-intro",
            reason: "mail-reason-operator",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let found = |class: &str, count| Found {
            class: class.to_owned(),
            count,
        };
        vec![(
            "found",
            Self {
                connection: "Supplies CRM".to_owned(),
                found: vec![
                    found("differs", 12),
                    found("missing_there", 3),
                    found("duplicate", 1),
                ],
                link: "https://portal.supplies.example/operations/reconciliation/rec_1".to_owned(),
            },
        )]
    }
}

letter_templates!(Differences: "differences"
    "emails/differences/subject.txt" "emails/differences/body.txt" "emails/differences/body.html");
