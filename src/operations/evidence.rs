//! What speaks for and against a record that could be meant: what the portal tells beside what the
//! CRM's record showed when it was last read, field by field.

use serde_json::Value;

use super::mask;
use crate::{
    crm::{
        mirror::{self, CrmPerson, CrmPersonKind},
        record_link,
    },
    db::{Conn, Error},
    kernel::{
        EmailAddress,
        ids::{Id, OrganizationId},
        text,
    },
    organizations,
    settings::ConnectionSettings,
    web::Shell,
};

/// How two values stand to one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Same,
    Differs,
    /// One side says nothing.
    Open,
}

/// One field, side by side.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) ours: String,
    pub(super) theirs: String,
    /// In words, and the tone that goes with it.
    pub(super) verdict: (String, &'static str),
}

/// One record that could be meant.
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) heading: String,
    pub(super) lines: Vec<Line>,
    /// When the portal last read it; empty when it never did.
    pub(super) read_at: String,
    /// Who in the portal it is linked to already; empty for nobody.
    pub(super) linked_to: String,
    /// Where it is opened in the CRM; empty when nobody said.
    pub(super) href: String,
    /// `3 of 4 agree`, in words.
    pub(super) summary: String,
}

/// What the portal tells, as far as it identifies somebody.
#[derive(Default)]
pub(super) struct Told {
    name: String,
    email: String,
    phone: String,
    number: String,
    company: String,
    membership: String,
    is_lead: bool,
}

impl Told {
    /// Reads a delivery's payload; the customer number is that of its organization.
    pub(super) async fn of(
        conn: &mut Conn,
        payload: &str,
        organization: Option<&OrganizationId>,
    ) -> Result<Self, Error> {
        let fact: Value = serde_json::from_str(payload).unwrap_or_default();
        let field = |name: &str| {
            let value = fact.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let named = OrganizationId::parse(&field("organization_id")).ok();
        let found = match organization.or(named.as_ref()) {
            Some(id) => organizations::find(conn, id).await?,
            None => None,
        };
        let account = field("crm_account_id");
        Ok(Self {
            name: [field("given_name"), field("family_name")]
                .join(" ")
                .trim()
                .to_owned(),
            email: field("email"),
            phone: field("phone"),
            number: found
                .as_ref()
                .map(|it| it.number.clone())
                .unwrap_or_default(),
            company: found.map_or_else(|| field("company"), |it| it.name),
            membership: field("membership_id"),
            is_lead: account.starts_with("lead:") || account.is_empty(),
        })
    }
}

/// What is known of a candidate, from the mirror: no page waits for the CRM.
pub(super) async fn candidate(
    conn: &mut Conn,
    shell: &Shell,
    connection: Option<&ConnectionSettings>,
    told: &Told,
    id: &str,
) -> Result<Candidate, Error> {
    let key = connection.map_or("", |it| it.key.as_str());
    let kinds = if told.is_lead {
        [CrmPersonKind::Lead, CrmPersonKind::Contact]
    } else {
        [CrmPersonKind::Contact, CrmPersonKind::Lead]
    };
    let mut known = None;
    for kind in kinds {
        if known.is_none() {
            known = mirror::find(conn, key, kind, id).await?;
        }
    }
    let kind = known.as_ref().map_or(kinds[0], |it| it.kind);
    let href = connection.and_then(|it| record_link(it, kind.as_str(), id));
    let linked = organizations::linked_to(conn, key, id).await?;
    let linked = linked.filter(|(membership, _)| membership.as_str() != told.membership);
    let lines = match &known {
        Some(known) => lines(conn, shell, told, known).await?,
        None => Vec::new(),
    };
    let agreeing = lines.iter().filter(|it| it.verdict.1 == "success").count();
    let summary = shell.t2(
        "operations-evidence-summary",
        ("agreeing", i64::try_from(agreeing).unwrap_or(0)),
        ("all", i64::try_from(lines.len()).unwrap_or(0)),
    );
    let name = known.as_ref().map(|it| masked_name(&name_of(it)));
    let name = name.unwrap_or_default();
    Ok(Candidate {
        id: id.to_owned(),
        heading: if name.is_empty() {
            id.to_owned()
        } else {
            format!("{name} ({id})")
        },
        summary: if lines.is_empty() {
            String::new()
        } else {
            summary
        },
        lines,
        read_at: known
            .map(|it| shell.moment(it.fetched_at))
            .unwrap_or_default(),
        linked_to: linked
            .map(|(_, name)| masked_name(&name))
            .unwrap_or_default(),
        href: href.unwrap_or_default(),
    })
}

fn name_of(person: &CrmPerson) -> String {
    let name = format!("{} {}", person.given_name, person.family_name);
    name.trim().to_owned()
}

/// The first letter of each word.
fn masked_name(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(mask::initial).collect();
    words.join(" ")
}

async fn lines(
    conn: &mut Conn,
    shell: &Shell,
    told: &Told,
    known: &CrmPerson,
) -> Result<Vec<Line>, Error> {
    let organization = match &known.organization_id {
        Some(id) => organizations::find(conn, id).await?,
        None => None,
    };
    let number = organization.as_ref().map(|it| it.number.clone());
    let company = organization.map_or_else(|| known.company.clone(), |it| it.name);
    let name = name_of(known);
    let number = number.unwrap_or_default();
    let of = |key: &str, pair: (&str, &str), shown: (String, String), verdict| Line {
        label: shell.t(key).into_owned(),
        ours: shown.0,
        theirs: shown.1,
        verdict: word(
            shell,
            if pair.0.is_empty() || pair.1.is_empty() {
                Verdict::Open
            } else {
                verdict
            },
        ),
    };
    let plain = |pair: (&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
    let names = (told.name.as_str(), name.as_str());
    let initials = (masked_name(names.0), masked_name(names.1));
    let emails = (told.email.as_str(), known.email.as_str());
    let phones = (told.phone.as_str(), known.phone.as_str());
    let numbers = (told.number.as_str(), number.as_str());
    let companies = (told.company.as_str(), company.as_str());
    let masked = (mask::text(emails.0), mask::text(emails.1));
    let mut lines = vec![
        of("operations-evidence-name", names, initials, folded(names)),
        of(
            "operations-evidence-email",
            emails,
            masked,
            same_address(emails),
        ),
        of(
            "operations-evidence-phone",
            phones,
            (mask::phone(phones.0), mask::phone(phones.1)),
            same_phone(phones),
        ),
    ];
    if !told.is_lead {
        let verdict = number_key(numbers);
        let shown = plain(numbers);
        lines.push(of("operations-evidence-number", numbers, shown, verdict));
    }
    lines.push(of(
        "operations-evidence-company",
        companies,
        plain(companies),
        folded(companies),
    ));
    Ok(lines)
}

fn word(shell: &Shell, verdict: Verdict) -> (String, &'static str) {
    let (key, tone) = match verdict {
        Verdict::Same => ("operations-evidence-same", "success"),
        Verdict::Differs => ("operations-evidence-differs", "warning"),
        Verdict::Open => ("operations-evidence-open", ""),
    };
    (shell.t(key).into_owned(), tone)
}

fn verdict(is_same: bool) -> Verdict {
    if is_same {
        Verdict::Same
    } else {
        Verdict::Differs
    }
}

fn folded((ours, theirs): (&str, &str)) -> Verdict {
    verdict(text::fold(ours) == text::fold(theirs))
}

fn number_key((ours, theirs): (&str, &str)) -> Verdict {
    verdict(text::number_key(ours) == text::number_key(theirs))
}

fn same_address((ours, theirs): (&str, &str)) -> Verdict {
    let key = |text: &str| EmailAddress::parse(text).map(|it| it.key().to_owned()).ok();
    verdict(key(ours).is_some_and(|ours| Some(ours) == key(theirs)))
}

/// Numbers are spelled with and without the country: the last seven digits tell.
fn same_phone((ours, theirs): (&str, &str)) -> Verdict {
    const TELLING: usize = 7;
    let last = |text: &str| -> String {
        let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
        digits.iter().rev().take(TELLING).collect()
    };
    let (ours, theirs) = (last(ours), last(theirs));
    verdict(ours.len() == TELLING && ours == theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_agree_however_they_are_spelled() {
        for (ours, theirs, is_same) in [
            ("+49 30 1234567", "030/123 45 67", true),
            ("+49 30 1234567", "+49 30 1234568", false),
            ("112", "112", false),
        ] {
            assert_eq!(
                same_phone((ours, theirs)) == Verdict::Same,
                is_same,
                "{ours} {theirs}"
            );
        }
        assert_eq!(
            same_address(("Kim@B.example", "kim@b.example")),
            Verdict::Same
        );
        assert_eq!(
            same_address(("kim@b.example", "nonsense")),
            Verdict::Differs
        );
        assert_eq!(same_address(("nonsense", "nonsense")), Verdict::Differs);
        assert_eq!(folded(("Ada  Byron", "ada byron")), Verdict::Same);
    }
}
