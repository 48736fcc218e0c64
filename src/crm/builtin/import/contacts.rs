//! A list of people at companies.

use std::collections::{HashMap, HashSet};

use super::{
    accounts::set,
    columns::Column,
    plan::{Companies, Plan, find_by, wrong_row},
    report::FileReport,
    row::Cells,
    table::Table,
};
use crate::{
    crm::builtin::{
        model::{Contact, ContactFields},
        save_contact::new_contact,
        store,
        stored::email_key,
    },
    db::{Conn, Error},
    kernel::{Cx, ids::CrmRecordId, text},
};

const YES_NO: &[(bool, &str)] = &[
    (true, "yes ja true wahr 1 x y j"),
    (false, "no nein false falsch 0 n -"),
];

/// One row: `None` where the list has no such column.
pub(super) struct Draft {
    line: u64,
    account_number: String,
    account_name: String,
    number: String,
    given_name: Option<String>,
    family_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    language: Option<String>,
    opted_out: Option<bool>,
}

/// Reads every row; needs no database.
pub(super) fn read(table: &Table, report: &mut FileReport) -> Vec<Draft> {
    let mut drafts = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let mut cells = Cells::new(table, row, report);
        let full_name = cells.text(Column::FullName).map(|name| split_name(&name));
        let (given, family) = full_name.unzip();
        let draft = Draft {
            line: cells.line(),
            account_number: cells.text(Column::AccountNumber).unwrap_or_default(),
            account_name: cells.text(Column::AccountName).unwrap_or_default(),
            number: cells.text(Column::ContactNumber).unwrap_or_default(),
            given_name: cells.text(Column::GivenName).or(given),
            family_name: cells.text(Column::FamilyName).or(family),
            email: cells.email(Column::Email),
            phone: cells.text(Column::Phone),
            language: cells.text(Column::Language).map(|word| language(&word)),
            opted_out: cells.word(Column::OptedOut, false, YES_NO),
        };
        if draft.account_number.is_empty() && draft.account_name.is_empty() {
            let fix = "fill in the number or the name of the account";
            cells.wrong(Column::AccountNumber, "the account is missing", fix);
        }
        if draft.number.is_empty() && draft.email.as_ref().is_none_or(String::is_empty) {
            let problem = "an e-mail address or a contact number is expected";
            let fix = "without either, importing again would make a second contact";
            cells.wrong(Column::Email, problem, fix);
        }
        match cells.finish(draft) {
            Some(draft) => drafts.push(draft),
            None => report.wrong += 1,
        }
    }
    drafts
}

/// “Given Family” or “Family, Given”.
fn split_name(name: &str) -> (String, String) {
    if let Some((family, given)) = name.split_once(',') {
        return (given.trim().to_owned(), family.trim().to_owned());
    }
    let (given, family) = name.rsplit_once(' ').unwrap_or(("", name));
    (given.to_owned(), family.to_owned())
}

/// The languages the portal speaks; any other is as good as none.
fn language(word: &str) -> String {
    let word = text::fold(word);
    let code = match word.split(['-', '_']).next().unwrap_or_default() {
        "de" | "deutsch" | "german" | "ger" | "deu" => "de",
        "en" | "englisch" | "english" | "eng" => "en",
        _ => "",
    };
    code.to_owned()
}

/// Contacts that rows may mean, by number and by address within the account.
struct Known {
    by_number: HashMap<String, Contact>,
    by_address: HashMap<(CrmRecordId, String), Vec<Contact>>,
}

impl Known {
    async fn load(conn: &mut Conn, drafts: &[Draft]) -> Result<Self, Error> {
        let numbers: HashSet<String> = drafts.iter().map(|draft| draft.number.clone()).collect();
        let emails: HashSet<String> = drafts
            .iter()
            .filter_map(|draft| draft.email.as_deref().map(email_key))
            .collect();
        let numbered = find_by::<Contact>(conn, store::CONTACTS_BY_NUMBER, numbers).await?;
        let addressed = find_by::<Contact>(conn, store::CONTACTS_BY_EMAIL, emails).await?;
        let mut by_address: HashMap<_, Vec<Contact>> = HashMap::new();
        for contact in addressed {
            let fields = &contact.fields;
            let key = (fields.account_id.clone(), email_key(&fields.email));
            by_address.entry(key).or_default().push(contact);
        }
        Ok(Self {
            by_number: numbered
                .into_iter()
                .map(|contact| (contact.fields.number.clone(), contact))
                .collect(),
            by_address,
        })
    }

    /// The contact of a row: by number, else the one with the address that has no other number.
    fn find(&self, account: &CrmRecordId, draft: &Draft) -> Result<Option<Contact>, &'static str> {
        if let Some(contact) = self.by_number.get(&draft.number) {
            let is_linked = !contact.portal.portal_membership_id.is_empty();
            if contact.fields.account_id != *account && is_linked {
                return Err("this contact uses the portal for another account");
            }
            return Ok(Some(contact.clone()));
        }
        let email = email_key(draft.email.as_deref().unwrap_or_default());
        let candidates = self.by_address.get(&(account.clone(), email));
        let mut candidates = candidates
            .into_iter()
            .flatten()
            .filter(|contact| draft.number.is_empty() || contact.fields.number.is_empty());
        match (candidates.next(), candidates.next()) {
            (Some(_), Some(_)) => Err("more than one contact of the account has this address"),
            (contact, _) => Ok(contact.cloned()),
        }
    }
}

/// Compares the list with the CRM.
pub(super) async fn plan(
    conn: &mut Conn,
    cx: &Cx,
    table: &Table,
    report: &mut FileReport,
    companies: &Companies,
    drafts: Vec<Draft>,
) -> Result<Plan<Contact>, Error> {
    let known = Known::load(conn, &drafts).await?;
    let mut plan = Plan::empty();
    let mut seen = Seen::default();
    for draft in drafts {
        let account = (draft.line, &*draft.account_number, &*draft.account_name);
        let Some(account) = companies.of_row(report, table, account) else {
            continue;
        };
        let found = match seen.note(&account, &draft) {
            Some(line) => Err(format!("line {line} is about the same contact")),
            None => known.find(&account, &draft).map_err(str::to_owned),
        };
        match found {
            Ok(before) => {
                let before = before.filter(|contact| seen.claim(contact));
                let after = merge(cx, before.clone(), account, draft);
                plan.add(report, before, after);
            }
            Err(problem) => {
                let fix = "keep one row for each contact, and give the contact number";
                let (column, value) = match draft.number.as_str() {
                    "" => (Column::Email, draft.email.as_deref().unwrap_or_default()),
                    number => (Column::ContactNumber, number),
                };
                wrong_row(report, (table, column), (draft.line, value), problem, fix);
            }
        }
    }
    Ok(plan)
}

/// What earlier rows were about.
#[derive(Default)]
struct Seen {
    numbers: HashMap<String, u64>,
    /// The line with an address in an account, and whether that row had a number.
    addresses: HashMap<(CrmRecordId, String), (u64, bool)>,
    claimed: HashSet<CrmRecordId>,
}

impl Seen {
    /// The earlier line about the same contact: the same number, or the same address when one of
    /// the two rows has nothing else to be told by.
    fn note(&mut self, account: &CrmRecordId, draft: &Draft) -> Option<u64> {
        let is_numbered = !draft.number.is_empty();
        if is_numbered && let Some(line) = self.numbers.insert(draft.number.clone(), draft.line) {
            return Some(line);
        }
        let email = email_key(draft.email.as_deref().unwrap_or_default());
        if email.is_empty() {
            return None;
        }
        let key = (account.clone(), email);
        match self.addresses.insert(key, (draft.line, is_numbered)) {
            Some((line, was_numbered)) if !(is_numbered && was_numbered) => Some(line),
            _ => None,
        }
    }

    /// Whether no earlier row took this contact for itself.
    fn claim(&mut self, contact: &Contact) -> bool {
        self.claimed.insert(contact.id.clone())
    }
}

fn merge(cx: &Cx, before: Option<Contact>, account_id: CrmRecordId, draft: Draft) -> Contact {
    let mut contact = before.unwrap_or_else(|| {
        new_contact(
            cx,
            ContactFields {
                account_id: account_id.clone(),
                number: String::new(),
                given_name: String::new(),
                family_name: String::new(),
                email: String::new(),
                phone: String::new(),
                language: String::new(),
                opted_out: false,
            },
        )
    });
    let fields = &mut contact.fields;
    fields.account_id = account_id;
    if !draft.number.is_empty() {
        fields.number = draft.number;
    }
    set(&mut fields.given_name, draft.given_name);
    set(&mut fields.family_name, draft.family_name);
    set(&mut fields.email, draft.email);
    set(&mut fields.phone, draft.phone);
    set(&mut fields.language, draft.language);
    set(&mut fields.opted_out, draft.opted_out);
    contact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_languages_are_read_as_people_write_them() {
        let pair = |given: &str, family: &str| (given.to_owned(), family.to_owned());
        assert_eq!(
            split_name("Aino Maria Virtanen"),
            pair("Aino Maria", "Virtanen")
        );
        assert_eq!(split_name("Virtanen, Aino"), pair("Aino", "Virtanen"));
        assert_eq!(split_name("Cher"), pair("", "Cher"));
        assert_eq!(language("Deutsch"), "de");
        assert_eq!(language("en-GB"), "en");
        assert_eq!(language("français"), "");
    }
}
