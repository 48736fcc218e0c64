//! Every adapter passes the same suite.

use async_trait::async_trait;
use vestibule::{
    crm::{
        builtin::{
            self, List, SaveAccount, SaveContact, SaveContract, Saved, crm_user,
            model::{AccountFields, AccountKind, ContactFields, ContractFields, ContractStatus},
        },
        conformance::{Bench, Fault, Faulty, check, check_faults},
        port::{Author, Crm, Record},
    },
    db::Error,
    kernel::ids::{CrmRecordId, Id},
};

use crate::{
    act,
    support::{TestDb, crm_stand_in::StandIn, each_engine},
};

pub struct Builtin {
    test: std::sync::Arc<TestDb>,
    crm: std::sync::Arc<dyn Crm>,
}

fn rep() -> Author {
    crm_user("per_rep", "Rana Rep", "rana@supplier.example")
}

fn existing(id: &str) -> Option<CrmRecordId> {
    CrmRecordId::parse(id).ok()
}

/// Editing needs the version the form was made from: asks until the record says which.
macro_rules! save {
    ($self:ident, $action:path, $command:ident, $id:expr, $fields:expr) => {{
        let (id, fields) = ($id, $fields);
        let mut from_version = 0;
        loop {
            let (id, fields) = (id.clone(), fields.clone());
            let saved: Result<_, Error> = act!($self.test, $self.test.cx(), |tx, cx| async move {
                let command = $command {
                    id,
                    from_version,
                    fields,
                };
                $action(tx, &cx, &rep(), command).await
            });
            match saved.unwrap() {
                Saved::Created(record) | Saved::Changed(record) | Saved::Unchanged(record) => {
                    break record.id.to_string();
                }
                Saved::Newer(record) => from_version = record.version,
                other => panic!("{other:?}"),
            }
        }
    }};
}

#[async_trait]
impl Bench for Builtin {
    fn crm(&self) -> &dyn Crm {
        &*self.crm
    }

    async fn put_orders_and_cases(&self, account: &str, contact: &str) -> bool {
        self.sales(account, contact).await;
        true
    }

    async fn put(&self, record: Record) -> String {
        match record {
            Record::Account(it) => {
                let fields = AccountFields {
                    number: it.number,
                    name: it.name,
                    kind: AccountKind::Customer,
                    parent_id: None,
                    domains: List(it.domains),
                    postcode: it.postcode,
                    vat_number: it.vat_number,
                    owner_email: it.owner_email,
                };
                save!(
                    self,
                    builtin::save_account,
                    SaveAccount,
                    existing(&it.id),
                    fields
                )
            }
            Record::Contact(it) => {
                let fields = ContactFields {
                    account_id: existing(&it.account_id).unwrap(),
                    number: String::new(),
                    given_name: it.given_name,
                    family_name: it.family_name,
                    email: it.email,
                    phone: it.phone,
                    language: it.language,
                    opted_out: it.opted_out,
                };
                save!(
                    self,
                    builtin::save_contact,
                    SaveContact,
                    existing(&it.id),
                    fields
                )
            }
            Record::Contract(it) => {
                let fields = ContractFields {
                    account_id: existing(&it.account_id).unwrap(),
                    number: it.number,
                    status: ContractStatus::Active,
                    starts_on: it.starts_on,
                    ends_on: it.ends_on,
                    grace_days: it.grace_days,
                    seats: it.seats,
                    products: List(it.products),
                };
                save!(
                    self,
                    builtin::save_contract,
                    SaveContract,
                    existing(&it.id),
                    fields
                )
            }
            other => panic!("no check puts {other:?}"),
        }
    }
}

impl Builtin {
    async fn sales(&self, account: &str, contact: &str) {
        let (account, contact) = (existing(account).unwrap(), existing(contact).unwrap());
        let stored: Result<(), Error> = act!(self.test, self.test.cx(), |tx, cx| async move {
            for number in 1..=7 {
                let order = builtin::Order {
                    id: cx.new_id(),
                    account_id: account.clone(),
                    number: format!("CONF-O{number}"),
                    placed_on: format!("2026-01-0{number}"),
                    total: "10.50".to_owned(),
                    currency: "EUR".to_owned(),
                    status: builtin::OrderStatus::Open,
                    updated_at: cx.now(),
                };
                builtin::put_order(tx, &order).await?;
            }
            for (number, status) in [
                ("CONF-C1", builtin::CaseStatus::New),
                ("CONF-C2", builtin::CaseStatus::Solved),
            ] {
                let case = builtin::StoredCase {
                    id: cx.new_id(),
                    account_id: account.clone(),
                    contact_id: Some(contact.clone()),
                    queue: String::new(),
                    number: number.to_owned(),
                    subject: "Stops".to_owned(),
                    status,
                    opened_on: "2026-01-01".to_owned(),
                    updated_at: cx.now(),
                };
                builtin::put_case(tx, &case).await?;
            }
            Ok(())
        });
        stored.unwrap();
    }
}

#[async_trait]
impl Faulty for Builtin {
    /// It is in the same process: no network, no token, no limit.
    async fn arm(&self, fault: Fault) -> bool {
        match fault {
            // Its feed follows a number of its own, and its stamps our clock: a clock that jumps is
            // the nearest that there is.
            Fault::ClockAhead(by) => self.test.world.clock.advance(by),
            Fault::None => {}
            _ => return false,
        }
        true
    }

    async fn activities(&self, text: &str) -> usize {
        let mut conn = self.test.db.read().await.unwrap();
        let count: i64 = vestibule::on!(conn, |c| sqlx::query_scalar(
            "SELECT count(*) FROM builtin_activities WHERE text = $1"
        )
        .bind(text)
        .fetch_one(c)
        .await)
        .unwrap();
        usize::try_from(count).unwrap()
    }
}

pub fn builtin_bench(test: &std::sync::Arc<TestDb>) -> Builtin {
    Builtin {
        crm: builtin::adapter(test.db.clone(), test.world.clone()),
        test: test.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_builtin_crm_keeps_the_ports_promises() {
    each_engine(async |test| {
        let bench = builtin_bench(&test);
        assert_eq!(check(&bench).await, []);
        assert_eq!(check_faults(&bench).await, []);
    })
    .await;
}

pub struct Http {
    stand_in: StandIn,
    crm: std::sync::Arc<dyn Crm>,
}

#[async_trait]
impl Bench for Http {
    fn crm(&self) -> &dyn Crm {
        &*self.crm
    }

    async fn put_orders_and_cases(&self, _: &str, contact: &str) -> bool {
        let order = |number: usize| {
            serde_json::json!({"number": format!("CONF-O{number}"), "date": format!("2026-01-0{number}"),
                "total": "10.50", "currency": "EUR", "state": "open"})
        };
        let case = serde_json::json!({"number": "CONF-C1", "subject": "Stops", "state": "new"});
        let mut inner = self.stand_in.lock();
        let orders: Vec<_> = (1..=7).rev().map(order).collect();
        inner.overview = Some(serde_json::json!({"orders": orders, "cases": [case]}));
        inner.cases = vec![(contact.to_owned(), case)];
        true
    }

    async fn put(&self, mut record: Record) -> String {
        let mut inner = self.stand_in.lock();
        let count = inner.records.accounts.len()
            + inner.records.contacts.len()
            + inner.records.contracts.len();
        let id = match &mut record {
            Record::Account(it) => &mut it.id,
            Record::Contact(it) => &mut it.id,
            Record::Contract(it) => &mut it.id,
            other => panic!("no check puts {other:?}"),
        };
        if id.is_empty() {
            *id = format!("put-{count}");
        }
        let id = id.clone();
        inner.records.put(record);
        id
    }
}

#[async_trait]
impl Faulty for Http {
    async fn arm(&self, fault: Fault) -> bool {
        use crate::support::crm_stand_in::Fault as Armed;
        let next = match fault {
            Fault::ThrottledWithHint(pause) => {
                Armed::Status(429, Some(pause.as_secs().to_string()))
            }
            Fault::Throttled => Armed::Status(429, None),
            Fault::AnswerLost => Armed::ResetAfter,
            Fault::Unavailable => Armed::Status(503, None),
            Fault::Slow(pause) => Armed::Slow(pause),
            Fault::BrokenCredentials => {
                self.stand_in.lock().refuses_credentials = true;
                return true;
            }
            Fault::None => {
                let mut inner = self.stand_in.lock();
                inner.faults.clear();
                inner.refuses_credentials = false;
                return true;
            }
            // The token stands in the settings, and the contract's feed has an order of its own
            // instead of stamps.
            Fault::ExpiredToken | Fault::LateCommit | Fault::ClockAhead(_) => return false,
        };
        self.stand_in.fail_next(next);
        true
    }

    async fn activities(&self, text: &str) -> usize {
        let inner = self.stand_in.lock();
        let activities = inner.records.activities.iter();
        activities
            .filter(|(_, activity)| activity.text == text)
            .count()
    }
}

pub async fn http_bench() -> Http {
    let stand_in = StandIn::start().await;
    let crm = stand_in.adapter();
    Http { stand_in, crm }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_http_adapter_keeps_the_ports_promises() {
    let bench = http_bench().await;
    assert_eq!(check(&bench).await, []);
    assert_eq!(check_faults(&bench).await, []);
}
