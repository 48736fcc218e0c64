//! The four kinds of record as forms.

use super::{
    form::Editable,
    inputs::{Input, Kind, Problem, Reader, Values},
};
use crate::{
    crm::{
        builtin::{
            SaveAccount, SaveContact, SaveContract, SaveLead, Saved, find_account, find_by_number,
            find_contact, find_contract, find_lead,
            model::{
                Account, AccountFields, AccountKind, Contact, ContactFields, Contract,
                ContractFields, ContractStatus, Lead, LeadFields, LeadStatus,
            },
            save_account, save_contact, save_contract, save_lead,
            stored::Stored,
        },
        port::Author,
    },
    db::{Conn, Error, Tx},
    kernel::{
        Cx,
        ids::{CrmRecordId, Id},
    },
    web::urls,
};

/// People who may have access at most.
const SEATS: i64 = 1_000_000;
/// Days of grace at most.
const GRACE: i64 = 3_650;

const fn input(name: &'static str, kind: Kind) -> Input {
    Input {
        name,
        kind,
        hint: "",
        optional: false,
    }
}

const fn optional(name: &'static str, kind: Kind, hint: &'static str) -> Input {
    Input {
        name,
        kind,
        hint,
        optional: true,
    }
}

const LANGUAGE: Kind = Kind::Choice {
    words: &["", "en", "de"],
    prefix: "crm-language",
};

/// The values of a record as its history writes them.
fn plain_values<R: Stored>(record: &R) -> Values {
    record.shown_fields().into_iter().collect()
}

impl Editable for Account {
    type Fields = AccountFields;
    const NAME: &'static str = "account";
    const UNDER_ACCOUNT: bool = false;
    const INPUTS: &'static [Input] = &[
        input("number", Kind::Text),
        input("name", Kind::Text),
        input(
            "kind",
            Kind::Choice {
                words: &["customer", "prospect", "partner", "vendor", "contractor"],
                prefix: "crm-kind",
            },
        ),
        optional("parent_id", Kind::Text, "crm-hint-parent"),
        optional("domains", Kind::Text, "crm-hint-domains"),
        optional("postcode", Kind::Text, ""),
        optional("vat_number", Kind::Text, ""),
        optional("owner_email", Kind::Email, "crm-hint-owner"),
    ];

    async fn values(&self, conn: &mut Conn) -> Result<Values, Error> {
        let mut values = plain_values(self);
        // People know accounts by number, not by id.
        let parent = match &self.fields.parent_id {
            Some(parent) => find_account(conn, parent).await?,
            None => None,
        };
        let number = parent.map(|parent| parent.fields.number);
        values.insert("parent_id", number.unwrap_or_default());
        Ok(values)
    }

    async fn read(conn: &mut Conn, reader: &mut Reader<'_>) -> Result<AccountFields, Error> {
        let parent_number = reader.text("parent_id");
        let parent = if parent_number.is_empty() {
            None
        } else {
            let found = find_by_number(conn, &parent_number).await?;
            if found.is_none() {
                reader.wrong("parent_id", Problem::NoSuchAccount);
            }
            found
        };
        Ok(AccountFields {
            number: reader.required("number"),
            name: reader.required("name"),
            kind: reader.word("kind", AccountKind::parse, AccountKind::Customer),
            parent_id: parent.map(|parent| parent.id),
            domains: reader.domains("domains"),
            postcode: reader.text("postcode"),
            vat_number: reader.text("vat_number"),
            owner_email: reader.email("owner_email"),
        })
    }

    async fn find(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Self>, Error> {
        find_account(conn, id).await
    }

    async fn save(
        tx: &mut Tx,
        cx: &Cx,
        author: &Author,
        (id, from_version): (Option<CrmRecordId>, i64),
        fields: AccountFields,
    ) -> Result<Saved<Self>, Error> {
        let command = SaveAccount {
            id,
            from_version,
            fields,
        };
        save_account(tx, cx, author, command).await
    }

    fn place(&self) -> String {
        urls::CrmAccount { record: &self.id }.to_string()
    }

    fn title(&self) -> String {
        self.fields.name.clone()
    }
}

/// The account of a form: from the address or the record, never typed.
fn account_of(reader: &Reader<'_>) -> CrmRecordId {
    CrmRecordId::parse(&reader.text("account_id")).unwrap_or_else(|_| CrmRecordId::from_bits(0))
}

impl Editable for Contact {
    type Fields = ContactFields;
    const NAME: &'static str = "contact";
    const UNDER_ACCOUNT: bool = true;
    const INPUTS: &'static [Input] = &[
        optional("given_name", Kind::Text, ""),
        input("family_name", Kind::Text),
        optional("email", Kind::Email, ""),
        optional("phone", Kind::Phone, ""),
        optional("language", LANGUAGE, ""),
        optional("number", Kind::Text, "crm-hint-contact-number"),
        optional("opted_out", Kind::Tick, "crm-hint-opted-out"),
    ];

    async fn values(&self, _: &mut Conn) -> Result<Values, Error> {
        Ok(plain_values(self))
    }

    async fn read(_: &mut Conn, reader: &mut Reader<'_>) -> Result<ContactFields, Error> {
        Ok(ContactFields {
            account_id: account_of(reader),
            number: reader.text("number"),
            given_name: reader.text("given_name"),
            family_name: reader.required("family_name"),
            email: reader.email("email"),
            phone: reader.text("phone"),
            language: reader.word("language", language, String::new()),
            opted_out: reader.tick("opted_out"),
        })
    }

    async fn find(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Self>, Error> {
        find_contact(conn, id).await
    }

    async fn save(
        tx: &mut Tx,
        cx: &Cx,
        author: &Author,
        (id, from_version): (Option<CrmRecordId>, i64),
        fields: ContactFields,
    ) -> Result<Saved<Self>, Error> {
        let command = SaveContact {
            id,
            from_version,
            fields,
        };
        save_contact(tx, cx, author, command).await
    }

    fn place(&self) -> String {
        urls::CrmContact { record: &self.id }.to_string()
    }

    fn title(&self) -> String {
        super::account::name_of(self)
    }
}

fn language(text: &str) -> Result<String, ()> {
    matches!(text, "" | "en" | "de")
        .then(|| text.to_owned())
        .ok_or(())
}

impl Editable for Contract {
    type Fields = ContractFields;
    const NAME: &'static str = "contract";
    const UNDER_ACCOUNT: bool = true;
    const INPUTS: &'static [Input] = &[
        input("number", Kind::Text),
        Input {
            hint: "crm-hint-contract-status",
            ..input(
                "status",
                Kind::Choice {
                    words: &["active", "draft", "suspended", "ended"],
                    prefix: "crm-contract-status",
                },
            )
        },
        input("starts_on", Kind::Day),
        optional("ends_on", Kind::Day, "crm-hint-ends-on"),
        optional("grace_days", Kind::Whole, "crm-hint-grace-days"),
        optional("seats", Kind::Whole, "crm-hint-seats"),
        optional("products", Kind::Text, "crm-hint-products"),
    ];

    async fn values(&self, _: &mut Conn) -> Result<Values, Error> {
        Ok(plain_values(self))
    }

    async fn read(_: &mut Conn, reader: &mut Reader<'_>) -> Result<ContractFields, Error> {
        let fields = ContractFields {
            account_id: account_of(reader),
            number: reader.required("number"),
            status: reader.word("status", ContractStatus::parse, ContractStatus::Draft),
            starts_on: reader.day("starts_on"),
            ends_on: reader.day("ends_on"),
            grace_days: reader.whole("grace_days", GRACE),
            seats: reader.whole("seats", SEATS),
            products: reader.list("products"),
        };
        if fields.starts_on.is_empty() {
            reader.wrong("starts_on", Problem::Missing);
        }
        // Days written year first compare as texts do.
        if reader.problems.is_empty()
            && !fields.ends_on.is_empty()
            && fields.ends_on < fields.starts_on
        {
            reader.wrong("ends_on", Problem::EndsBeforeStart);
        }
        Ok(fields)
    }

    async fn find(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Self>, Error> {
        find_contract(conn, id).await
    }

    async fn save(
        tx: &mut Tx,
        cx: &Cx,
        author: &Author,
        (id, from_version): (Option<CrmRecordId>, i64),
        fields: ContractFields,
    ) -> Result<Saved<Self>, Error> {
        let command = SaveContract {
            id,
            from_version,
            fields,
        };
        save_contract(tx, cx, author, command).await
    }

    /// A contract is seen on its account's page.
    fn place(&self) -> String {
        let record = &self.fields.account_id;
        urls::CrmAccount { record }.to_string()
    }

    fn title(&self) -> String {
        self.fields.number.clone()
    }
}

impl Editable for Lead {
    type Fields = LeadFields;
    const NAME: &'static str = "lead";
    const UNDER_ACCOUNT: bool = false;
    const INPUTS: &'static [Input] = &[
        input("company", Kind::Text),
        optional("given_name", Kind::Text, ""),
        input("family_name", Kind::Text),
        optional("email", Kind::Email, ""),
        optional("phone", Kind::Phone, ""),
        optional("language", LANGUAGE, ""),
        input(
            "status",
            Kind::Choice {
                words: &["new", "working", "qualified", "converted", "lost"],
                prefix: "crm-lead-status",
            },
        ),
        optional("owner_email", Kind::Email, "crm-hint-owner"),
        optional("opted_out", Kind::Tick, "crm-hint-opted-out"),
    ];

    async fn values(&self, _: &mut Conn) -> Result<Values, Error> {
        Ok(plain_values(self))
    }

    async fn read(_: &mut Conn, reader: &mut Reader<'_>) -> Result<LeadFields, Error> {
        let status = reader.word("status", LeadStatus::parse, LeadStatus::New);
        Ok(LeadFields {
            company: reader.required("company"),
            given_name: reader.text("given_name"),
            family_name: reader.required("family_name"),
            email: reader.email("email"),
            phone: reader.text("phone"),
            language: reader.word("language", language, String::new()),
            opted_out: reader.tick("opted_out"),
            owner_email: reader.email("owner_email"),
            status: status.to_string(),
        })
    }

    async fn find(conn: &mut Conn, id: &CrmRecordId) -> Result<Option<Self>, Error> {
        find_lead(conn, id).await
    }

    async fn save(
        tx: &mut Tx,
        cx: &Cx,
        author: &Author,
        (id, from_version): (Option<CrmRecordId>, i64),
        fields: LeadFields,
    ) -> Result<Saved<Self>, Error> {
        let command = SaveLead {
            id,
            from_version,
            fields,
        };
        save_lead(tx, cx, author, command).await
    }

    fn place(&self) -> String {
        urls::CrmLead { record: &self.id }.to_string()
    }

    fn title(&self) -> String {
        let fields = &self.fields;
        let name = format!("{} {}", fields.given_name, fields.family_name);
        name.trim().to_owned()
    }
}
