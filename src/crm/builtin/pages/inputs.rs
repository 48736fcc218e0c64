//! What a form asks for, and reading what was typed.

use std::collections::BTreeMap;

use crate::{
    crm::builtin::{
        List,
        typed::{self, DateProblem},
    },
    kernel::{EmailAddress, text},
    web::Shell,
};

/// Characters kept of one value.
const LONGEST: usize = 500;

/// What stands in a form, by field name.
pub type Values = BTreeMap<&'static str, String>;

/// How a field is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Text,
    /// An address.
    Email,
    /// A phone number.
    Phone,
    /// A day.
    Day,
    /// A whole number.
    Whole,
    /// One of some words, whose texts begin with the prefix.
    Choice {
        /// The words.
        words: &'static [&'static str],
        /// What their text keys begin with.
        prefix: &'static str,
    },
    /// Yes or no.
    Tick,
}

/// One field of a form.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Its name: the record's column.
    pub name: &'static str,
    /// How it is asked for.
    pub kind: Kind,
    /// The key of a hint; empty for none.
    pub hint: &'static str,
    /// Whether it may stay empty.
    pub optional: bool,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Nothing was typed.
    Missing,
    /// Not an e-mail address.
    NotAnAddress,
    /// Not a day.
    Day(DateProblem),
    /// The last day is before the first.
    EndsBeforeStart,
    /// Not a whole number in the range.
    NotANumber,
    /// None of the words.
    NotAChoice,
    /// Another record has this number.
    NumberTaken,
    /// There is no account with this number.
    NoSuchAccount,
    /// The account would stand above itself.
    Loop,
    /// Not a domain.
    NotADomain(String),
}

impl Problem {
    /// The sentence at the field and in the summary.
    pub(super) fn sentence(&self, shell: &Shell, label: &str) -> String {
        let key = match self {
            Self::Missing => "crm-error-missing",
            Self::NotAnAddress => "crm-error-address",
            Self::Day(DateProblem::NoSuchDay) => "crm-error-no-such-day",
            Self::Day(DateProblem::NotADate | DateProblem::Serial) => "crm-error-day",
            Self::Day(DateProblem::Ambiguous(one, other)) => {
                let arguments = [
                    ("field", label.into()),
                    ("one", one.as_str().into()),
                    ("other", other.as_str().into()),
                ];
                return shell.tn("crm-error-ambiguous-day", &arguments);
            }
            Self::EndsBeforeStart => "crm-error-ends-before-start",
            Self::NotANumber => "crm-error-number",
            Self::NotAChoice => "crm-error-choice",
            Self::NumberTaken => "crm-error-number-taken",
            Self::NoSuchAccount => "crm-error-no-such-account",
            Self::Loop => "crm-error-loop",
            Self::NotADomain(text) => {
                return shell.t1("crm-error-domain", "text", text.as_str());
            }
        };
        shell.t1(key, "field", label)
    }
}

/// Reads a form field by field and collects what is wrong.
pub struct Reader<'a> {
    values: &'a Values,
    /// What is wrong, by field.
    pub problems: Vec<(&'static str, Problem)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(values: &'a Values) -> Self {
        Self {
            values,
            problems: Vec::new(),
        }
    }

    pub(super) fn wrong(&mut self, name: &'static str, problem: Problem) {
        self.problems.push((name, problem));
    }

    /// One line of text, maybe empty.
    pub(super) fn text(&self, name: &'static str) -> String {
        let value = self.values.get(name).map_or("", String::as_str);
        text::one_line(value, LONGEST)
    }

    pub(super) fn required(&mut self, name: &'static str) -> String {
        let value = self.text(name);
        if value.is_empty() {
            self.wrong(name, Problem::Missing);
        }
        value
    }

    pub(super) fn email(&mut self, name: &'static str) -> String {
        let value = self.text(name);
        if !value.is_empty() && EmailAddress::parse(&value).is_err() {
            self.wrong(name, Problem::NotAnAddress);
        }
        value
    }

    /// A day as `YYYY-MM-DD`, maybe empty.
    pub(super) fn day(&mut self, name: &'static str) -> String {
        let value = self.text(name);
        if value.is_empty() {
            return value;
        }
        match typed::parse_date(&value) {
            Ok(date) => date.to_string(),
            Err(problem) => {
                self.wrong(name, Problem::Day(problem));
                value
            }
        }
    }

    /// A whole number that is not negative; empty is `None`.
    pub(super) fn whole(&mut self, name: &'static str, most: i64) -> Option<i64> {
        let value = self.text(name);
        if value.is_empty() {
            return None;
        }
        let number = value
            .parse()
            .ok()
            .filter(|number| (0..=most).contains(number));
        if number.is_none() {
            self.wrong(name, Problem::NotANumber);
        }
        number
    }

    /// One of the words that `parse` knows.
    pub(super) fn word<T, E>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        fallback: T,
    ) -> T {
        match parse(&self.text(name)) {
            Ok(word) => word,
            Err(_) => {
                self.wrong(name, Problem::NotAChoice);
                fallback
            }
        }
    }

    pub(super) fn tick(&self, name: &'static str) -> bool {
        self.text(name) == "yes"
    }

    pub(super) fn list(&self, name: &'static str) -> List {
        List::parse(&self.text(name))
    }

    /// Mail domains, out of whatever was pasted.
    pub(super) fn domains(&mut self, name: &'static str) -> List {
        let typed = self.list(name).0;
        let domains: Vec<String> = typed.iter().map(|text| typed::domain_of(text)).collect();
        if let Some(bad) = domains.iter().position(|domain| !domain.contains('.')) {
            let seen = typed.get(bad).cloned().unwrap_or_default();
            self.wrong(name, Problem::NotADomain(seen));
        }
        List(domains)
    }
}
