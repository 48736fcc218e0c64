//! `credential`: whose credential the portal uses in a CRM.

use super::{ConnectionKind, ConnectionSettings};
use crate::settings::{StaffRole, load::Problem};

crate::text_enum! {
    /// Whose credential the portal uses there.
    pub enum CredentialSource {
        /// One of its own, from the settings.
        Own = "own",
        /// One that a colleague lends for a while: no licence for the portal is needed.
        Borrowed = "borrowed",
    }
}

/// Hours that a credential can be lent for at most: a week.
const LONGEST: u32 = 7 * 24;

impl ConnectionSettings {
    /// Whether colleagues lend it their own credential.
    #[must_use]
    pub fn is_borrowed(&self) -> bool {
        self.credential == CredentialSource::Borrowed
    }

    /// What is wrong with these keys; `at` is the connection's key, like `connections.0`.
    pub(in crate::settings) fn credential_problems(&self, at: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: &str| {
            problems.push(Problem::new(format!("{at}.{key}"), message));
        };
        if !(1..=LONGEST).contains(&self.credential_hours) {
            wrong("credential_hours", "must be 1 to 168 hours");
        }
        let may = |role: &StaffRole| matches!(role, StaffRole::Operator | StaffRole::SalesRep);
        if self.credential_lenders.is_empty() || !self.credential_lenders.iter().all(may) {
            wrong(
                "credential_lenders",
                "must name who may lend: credential_lenders = [\"operator\", \"sales_rep\"]",
            );
        }
        if !self.is_borrowed() {
            return problems;
        }
        if self.kind == ConnectionKind::Builtin {
            wrong("credential", "the CRM inside needs none; leave it out");
        }
        for (key, is_given) in self.standing_secrets() {
            if is_given {
                wrong(
                    key,
                    "has no place beside credential = \"borrowed\": colleagues lend theirs; leave it out",
                );
            }
        }
        problems
    }

    /// Credentials of the portal's own, and whether they are given.
    fn standing_secrets(&self) -> [(&'static str, bool); 7] {
        let salesforce = self.salesforce.as_ref();
        let dynamics = self.dynamics365.as_ref();
        let hubspot = self.hubspot.as_ref();
        let odoo = self.odoo.as_ref();
        [
            ("token", self.token.is_some()),
            (
                "salesforce.client_secret",
                salesforce.is_some_and(|it| it.client_secret.is_some()),
            ),
            (
                "salesforce.private_key",
                salesforce.is_some_and(|it| it.private_key.is_some()),
            ),
            (
                "dynamics365.client_secret",
                dynamics.is_some_and(|it| it.client_secret.is_some()),
            ),
            (
                "dynamics365.act_as_staff",
                dynamics.is_some_and(|it| it.act_as_staff),
            ),
            (
                "hubspot.refresh_token",
                hubspot.is_some_and(|it| it.refresh_token.is_some()),
            ),
            ("odoo.login", odoo.is_some_and(|it| !it.login.is_empty())),
        ]
    }
}

pub(super) fn own() -> CredentialSource {
    CredentialSource::Own
}

pub(super) fn hours() -> u32 {
    24
}

pub(super) fn lenders() -> Vec<StaffRole> {
    vec![StaffRole::Operator, StaffRole::SalesRep]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(more: &str) -> Vec<String> {
        let text = format!("key = \"crm\"\nname = \"CRM\"\n{more}");
        let connection: ConnectionSettings = toml::from_str(&text).unwrap();
        let found = connection.credential_problems("connections.0");
        found.into_iter().map(|problem| problem.key).collect()
    }

    #[test]
    fn a_borrowed_credential_stands_in_no_file() {
        let odoo = "kind = \"odoo\"\nurl = \"https://erp.example\"\ncredential = \"borrowed\"\n";
        assert!(
            problems(&format!(
                "{odoo}odoo = {{ database = \"acme\", version = 17 }}"
            ))
            .is_empty()
        );
        assert_eq!(
            problems(&format!("{odoo}token = \"x\"")),
            ["connections.0.token"]
        );
        assert_eq!(
            problems(&format!(
                "{odoo}odoo = {{ database = \"acme\", login = \"a\" }}"
            )),
            ["connections.0.odoo.login"]
        );
        assert_eq!(
            problems("kind = \"builtin\"\ncredential = \"borrowed\""),
            ["connections.0.credential"]
        );
        assert_eq!(
            problems(
                "kind = \"builtin\"\ncredential_hours = 169\ncredential_lenders = [\"approver\"]"
            ),
            [
                "connections.0.credential_hours",
                "connections.0.credential_lenders"
            ]
        );
    }
}
