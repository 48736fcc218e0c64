//! A contract is about to begin, to end, or to end for good after its grace: to those who run the
//! organization, and to the sales rep.

use jiff::tz::TimeZone;

use crate::{
    kernel::Instant,
    letter_templates,
    mail::{Letterhead, Words, letter::FrameKeys},
    web::{Lang, dates},
};

/// What is about to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepAhead {
    /// It begins.
    Begins,
    /// Its last day comes, and days of grace after it.
    EndsWithGrace {
        /// Whether people can only read then.
        read_only: bool,
    },
    /// Its last day comes, and access ends with it.
    Ends,
    /// The last day of grace comes.
    GraceEnds,
}

/// A step of a contract, some days before it.
#[derive(Debug, Clone)]
pub struct ContractStep {
    /// The name of whoever gets it.
    pub name: String,
    /// The organization.
    pub organization: String,
    /// The contract's number.
    pub number: String,
    /// What is ahead.
    pub step: StepAhead,
    /// The first moment after it; of a beginning, the first moment of it.
    pub at: Instant,
    /// The time zone in which its days are meant.
    pub zone: TimeZone,
    /// Whether it goes to the sales rep.
    pub is_rep: bool,
    /// Where to look.
    pub link: String,
}

impl ContractStep {
    fn words(&self, lang: Lang, head: &Letterhead) -> Words {
        let day = match self.step {
            StepAhead::Begins => dates::day(lang, &self.zone, self.at),
            _ => dates::last_day(lang, &self.zone, self.at),
        };
        let what = match self.step {
            StepAhead::Begins => "begins",
            StepAhead::Ends => "ends",
            StepAhead::EndsWithGrace { read_only: true } => "reading",
            StepAhead::EndsWithGrace { read_only: false } => "grace",
            StepAhead::GraceEnds => "over",
        };
        Words::new(
            lang,
            head,
            &[
                ("organization", &self.organization),
                ("number", &self.number),
                ("day", &day),
                ("what", what),
            ],
        )
    }

    fn frame_keys(&self) -> FrameKeys {
        FrameKeys {
            title: "mail-contract-step-subject",
            preview: "mail-contract-step-intro",
            reason: if self.is_rep {
                "mail-reason-owner"
            } else {
                "mail-reason-admin"
            },
        }
    }

    fn what_next(&self) -> &'static str {
        if self.is_rep {
            "mail-contract-step-rep-next"
        } else {
            "mail-contract-step-next"
        }
    }

    fn examples() -> Vec<(&'static str, Self)> {
        let base = Self {
            name: "Kim Sample".to_owned(),
            organization: "Customer Ltd".to_owned(),
            number: "CT-1001".to_owned(),
            step: StepAhead::Begins,
            at: Instant::from_seconds(1_798_758_000),
            zone: TimeZone::UTC,
            is_rep: false,
            link: "https://portal.supplies.example/home".to_owned(),
        };
        let with = |step, is_rep| Self {
            step,
            is_rep,
            ..base.clone()
        };
        vec![
            ("begins", base.clone()),
            ("ends", with(StepAhead::Ends, false)),
            (
                "ends-reading",
                with(StepAhead::EndsWithGrace { read_only: true }, false),
            ),
            (
                "ends-grace",
                with(StepAhead::EndsWithGrace { read_only: false }, false),
            ),
            ("over", with(StepAhead::GraceEnds, false)),
            ("rep", with(StepAhead::Ends, true)),
        ]
    }
}

letter_templates!(ContractStep: "contract_step"
    "emails/contract_step/subject.txt" "emails/contract_step/body.txt" "emails/contract_step/body.html");
