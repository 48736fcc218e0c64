//! Something new needs an operator: to operators.

use crate::{
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::Lang,
};

/// One kind of task, and how many there are.
#[derive(Debug, Clone)]
pub struct OperatorTask {
    /// The kind's word, as tasks store it.
    pub kind: String,
    /// How many.
    pub count: usize,
}

impl OperatorTask {
    /// The kind in words, the same as on the operations page.
    fn text(&self, w: &Words) -> String {
        w.t(&format!("operations-task-{}", self.kind.replace('_', "-")))
    }
}

/// What has come up since the last letter.
#[derive(Debug, Clone)]
pub struct OperatorNews {
    /// By kind.
    pub tasks: Vec<OperatorTask>,
    /// Where they are.
    pub link: String,
}

impl OperatorNews {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let count: usize = self.tasks.iter().map(|task| task.count).sum();
        Words::new(lang, head, &[("count", &count.to_string())])
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-operator-news-heading",
            preview: "mail-operator-news-intro",
            reason: "mail-reason-operator",
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let task = |kind: &str, count| OperatorTask {
            kind: kind.to_owned(),
            count,
        };
        vec![(
            "several",
            Self {
                tasks: vec![task("dead_letters", 1), task("bad_record", 3)],
                link: "https://portal.supplies.example/operations".to_owned(),
            },
        )]
    }
}

letter_templates!(OperatorNews: "operator_news"
    "emails/operator_news/subject.txt" "emails/operator_news/body.txt" "emails/operator_news/body.html");
