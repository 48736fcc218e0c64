//! Every adapter passes the same suite.

use async_trait::async_trait;
use vestibule::{
    crm::{
        builtin::{
            self, List, SaveAccount, SaveContact, SaveContract, Saved, crm_user,
            model::{AccountFields, AccountKind, ContactFields, ContractFields, ContractStatus},
        },
        conformance::{Bench, check},
        port::{Author, Crm, Record},
    },
    db::Error,
    kernel::ids::{CrmRecordId, Id},
};

use crate::{
    act,
    support::{TestDb, crm_stand_in::StandIn, each_engine},
};

struct Builtin {
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

#[tokio::test(flavor = "multi_thread")]
async fn the_builtin_crm_keeps_the_ports_promises() {
    each_engine(async |test| {
        let crm = builtin::adapter(test.db.clone(), test.world.clone());
        let bench = Builtin { test, crm };
        assert_eq!(check(&bench).await, []);
    })
    .await;
}

struct Http {
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

#[tokio::test(flavor = "multi_thread")]
async fn the_http_adapter_keeps_the_ports_promises() {
    let stand_in = StandIn::start().await;
    let crm = stand_in.adapter();
    let bench = Http { stand_in, crm };
    assert_eq!(check(&bench).await, []);
}
