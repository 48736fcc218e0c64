//! A CRM of any size with seeded differences, and a portal's database to compare it with. The CRM
//! keeps nothing: each record is computed from its number, so that what is measured is the portal.
//!
//! Shared with `benches/reconcile`.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use vestibule::{
    crm::{
        Connection, Connections, NoInvitations,
        port::{
            Account, Contact, Contract, ContractEvidence, ContractQuestion, Crm, CrmError,
            FeedPage, Record, Verdict, Write,
        },
        reconcile::{self, Class, Kind},
    },
    db::{Conn, Database},
    kernel::{World, ids::RunId},
    settings::{AccessSettings, ConnectionSettings},
};

/// The connection's key.
pub const CONNECTION: &str = "many";
/// Contacts of one account.
const PER_ACCOUNT: u64 = 100;
/// Spreads the differences; a prime, so that every contact has its own place.
const SPREAD: u64 = 7_919;

/// How large it is, and how many differences of each class there are.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub contacts: u64,
    pub seeded: u64,
}

/// The classes, in the order of their places.
const CLASSES: [Class; 5] = [
    Class::MissingHere,
    Class::MissingThere,
    Class::Differs,
    Class::BrokenLink,
    Class::Duplicate,
];

/// Class, kind, and the record or, where there is none, the member.
pub type Row = (Class, Kind, String);

impl Size {
    fn accounts(self) -> u64 {
        self.contacts.div_ceil(PER_ACCOUNT)
    }

    /// What is wrong with a contact.
    fn odd(self, number: u64) -> Option<Class> {
        let place = number * SPREAD % self.contacts / self.seeded;
        CLASSES.get(usize::try_from(place).unwrap()).copied()
    }

    /// The same in SQL.
    fn is_odd(self, class: Class) -> String {
        let place = CLASSES.iter().position(|it| *it == class).unwrap();
        format!(
            "(i * {SPREAD} % {}) / {} = {place}",
            self.contacts, self.seeded
        )
    }

    /// Places of the feed: accounts, contracts, contacts, then second records of some contacts.
    fn end(self) -> u64 {
        self.accounts() * 2 + self.contacts * 2
    }

    fn record(self, place: u64) -> Option<Record> {
        let accounts = self.accounts();
        if place < accounts {
            return Some(Record::Account(Account {
                id: account(place),
                version: 1,
                name: format!("Company {place}"),
                ..Account::default()
            }));
        }
        let place = place - accounts;
        if place < accounts {
            return Some(Record::Contract(Contract {
                id: format!("K{place:06}"),
                version: 1,
                account_id: account(place),
                number: format!("K-{place}"),
                status: "active".to_owned(),
                starts_on: "2020-01-01".to_owned(),
                ..Contract::default()
            }));
        }
        let number = (place - accounts) % self.contacts;
        let is_second = place - accounts >= self.contacts;
        let class = self.odd(number);
        if (is_second && class != Some(Class::Duplicate)) || class == Some(Class::MissingThere) {
            return None;
        }
        let family = if class == Some(Class::Differs) {
            "Other".to_owned()
        } else {
            format!("m{number}")
        };
        Some(Record::Contact(Contact {
            id: contact(if is_second { 'D' } else { 'C' }, number),
            version: 1,
            account_id: account(number / PER_ACCOUNT),
            given_name: "Test".to_owned(),
            family_name: family,
            email: format!("m{number}@many.example"),
            portal_membership_id: (class != Some(Class::BrokenLink)).then(|| id("mem", number)),
            ..Contact::default()
        }))
    }

    /// Everything that a comparison has to find, and nothing else.
    pub fn expected(self) -> BTreeSet<Row> {
        let mut all = BTreeSet::new();
        for number in 0..self.contacts {
            let Some(class) = self.odd(number) else {
                continue;
            };
            all.insert(match class {
                Class::MissingThere => (class, Kind::Membership, id("mem", number)),
                Class::Duplicate => (class, Kind::Contact, contact('D', number)),
                _ => (class, Kind::Contact, contact('C', number)),
            });
        }
        all
    }
}

fn account(number: u64) -> String {
    format!("A{number:06}")
}

fn contact(letter: char, number: u64) -> String {
    format!("{letter}{number:08}")
}

fn id(prefix: &str, number: u64) -> String {
    format!("{prefix}_{number:026}")
}

/// The CRM.
pub struct Many {
    pub size: Size,
    /// Pages that may still be read; then whoever asks waits for ever, as behind a dead line.
    pub pages: AtomicU64,
}

impl Many {
    pub fn new(size: Size, pages: u64) -> Arc<Self> {
        Arc::new(Self {
            size,
            pages: AtomicU64::new(pages),
        })
    }

    /// The registry of a portal that has only this connection.
    pub fn connections(self: &Arc<Self>, db: &Database, world: &World, batch: u32) -> Connections {
        let table = toml::toml! {
            key = "many"
            name = "Many"
            kind = "http"
            url = "http://127.0.0.1:1"
        };
        let mut settings: ConnectionSettings = table.try_into().unwrap();
        settings.batch = batch;
        let access = AccessSettings::default();
        let connection = Connection::new(settings, &access, self.clone()).unwrap();
        let requests: Arc<dyn vestibule::crm::InvitationRequests> = Arc::new(NoInvitations);
        Connections::of(vec![connection], db, world, &requests)
    }
}

#[async_trait]
impl Crm for Many {
    fn batch_limit(&self) -> usize {
        2_000
    }

    async fn check(&self) -> Result<String, CrmError> {
        Ok("It answers.".to_owned())
    }

    async fn find_contract(
        &self,
        _question: &ContractQuestion,
    ) -> Result<Option<ContractEvidence>, CrmError> {
        Ok(None)
    }

    async fn changes(&self, cursor: &str, limit: usize) -> Result<FeedPage, CrmError> {
        let mut place: u64 = cursor.parse().unwrap_or(0);
        let end = self.size.end();
        if place < end {
            let left = self.pages.fetch_sub(1, Ordering::SeqCst);
            if left == 0 {
                std::future::pending::<()>().await;
            }
        }
        let mut records = Vec::new();
        while place < end && records.len() < limit {
            records.extend(self.size.record(place));
            place += 1;
        }
        Ok(FeedPage {
            records,
            cursor: place.to_string(),
            more: place < end,
            skipped: Vec::new(),
        })
    }

    async fn apply(&self, _writes: &[Write]) -> Result<Vec<Verdict>, CrmError> {
        Err(CrmError::Unreachable("it is only read".to_owned()))
    }
}

/// An expression that writes a number with so many digits.
fn digits(is_postgres: bool, number: &str, count: u32) -> String {
    if is_postgres {
        format!("lpad(({number})::text, {count}, '0')")
    } else {
        format!("printf('%0{count}d', {number})")
    }
}

/// The statements that fill an empty database; the feed counts as read to its end.
pub fn statements(size: Size, is_postgres: bool, now: i64) -> Vec<String> {
    let digits = |number: &str, count| digits(is_postgres, number, count);
    let list = |last: u64| {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {})",
            last - 1
        )
    };
    let (accounts, contacts) = (list(size.accounts()), list(size.contacts));
    let (own, company) = (digits("i", 26), digits("i / 100", 26));
    let of_account = digits("i", 6);
    let contact = digits("i", 8);
    let here = format!(
        "NOT ({}) AND NOT ({})",
        size.is_odd(Class::MissingHere),
        size.is_odd(Class::MissingThere)
    );
    let people = |letter: &str, condition: &str| {
        format!(
            "INSERT INTO crm_people (connection, external_id, kind, organization_id, company, email, email_key, given_name, family_name,
                name_key, phone, language, opted_out, person_id, crm_version, fetched_at)
             {contacts} SELECT '{CONNECTION}', '{letter}' || {contact}, 'contact', 'org_' || {company}, '', 'm' || i || '@many.example',
                'm' || i || '@many.example', 'Test', 'm' || i, 'test m' || i, '', '', {}, 'per_' || {own}, 1, {now} FROM n WHERE {condition}",
            if is_postgres { "FALSE" } else { "0" }
        )
    };
    vec![
        format!(
            "INSERT INTO organizations (id, connection, crm_account_id, crm_version, number, name, name_key, kind, crm_parent_id, postcode_key,
                vat_key, owner_email, invite_policy, join_policy, generation, created_at)
             {accounts} SELECT 'org_' || {own}, '{CONNECTION}', 'A' || {of_account}, 1, 'N' || i, 'Company ' || i, 'company ' || i,
                'customer', '', '', '', '', 'strict', 'approval', 0, {now} FROM n"
        ),
        format!(
            "INSERT INTO contracts (id, organization_id, connection, external_id, number, number_key, status, starts_at,
                products, source_version, fetched_at, created_at)
             {accounts} SELECT 'con_' || {own}, 'org_' || {own}, '{CONNECTION}', 'K' || {of_account}, 'K-' || i, 'K' || i, 'active', 0,
                '[]', 1, {now}, {now} FROM n"
        ),
        format!(
            "INSERT INTO persons (id, email, email_key, email_verified_at, display_name, given_name, family_name, phone,
                language, time_zone, status, created_at)
             {contacts} SELECT 'per_' || {own}, 'm' || i || '@many.example', 'm' || i || '@many.example', {now},
                'Test m' || i, 'Test', 'm' || i, '', '', '', 'active', {now} FROM n"
        ),
        format!(
            "INSERT INTO memberships (id, organization_id, person_id, status, status_reason, crm_contact_id, confirmed_at, source,
                display_name, name_key, email, email_key, roles, last_sign_in_at, created_at, updated_at)
             {contacts} SELECT 'mem_' || {own}, 'org_' || {company}, 'per_' || {own}, 'active', '', 'C' || {contact}, {now}, 'invitation',
                'Test m' || i, 'test m' || i, 'm' || i || '@many.example', 'm' || i || '@many.example', 'orders', {now}, {now}, {now} FROM n"
        ),
        people("C", &here),
        people("D", &size.is_odd(Class::Duplicate)),
        format!(
            "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error) VALUES ('{CONNECTION}', 'changes', '{}', {now}, '')",
            size.end()
        ),
    ]
}

/// What a run has found so far; panics when something was found twice.
pub async fn found(conn: &mut Conn, run: &RunId) -> BTreeSet<Row> {
    let (mut all, mut after) = (BTreeSet::new(), String::new());
    loop {
        let part = reconcile::findings(conn, run, &after, None, 1_000)
            .await
            .unwrap();
        let Some(last) = part.last() else { return all };
        after = last.id.to_string();
        for finding in part {
            let key = match finding.kind {
                Kind::Membership => finding.subject,
                _ => finding.record_id,
            };
            let row = (finding.class, finding.kind, key);
            assert!(all.insert(row.clone()), "{row:?} was found twice");
        }
    }
}
