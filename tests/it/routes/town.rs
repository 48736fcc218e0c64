//! Two companies with everything a company can have, and one whose contract has ended.
//!
//! Every text of the second company holds the word [`MARK`], so that a leak is found by searching.

use serde_json::json;
use vestibule::{
    audit,
    crm::port::{Contract, Record},
    db::{Error, Tx},
    kernel::{
        Cursor, Cx, Instant,
        ids::{
            ApiClientId, ConsentId, CrmRecordId, DeliveryId, FindingId, HeldId, Id, InvitationId,
            MembershipId, OrganizationId, PersonId, RegistrationId, RunId, SessionId, TaskId,
            WebhookId,
        },
    },
    on,
    outbox::{self, Fact, MembershipFact, NewChange},
    people,
};

use crate::support::{
    Portal,
    company::{self, Somebody},
};

/// In every text of the company that must not leak.
pub const MARK: &str = "quillon";

/// What a company is called and where it lives.
#[derive(Clone, Copy)]
pub struct Plan {
    pub word: &'static str,
    pub connection: &'static str,
    pub has_ended: bool,
}

/// The company that the others must not hear of.
pub const THEIRS: Plan = Plan {
    word: "Quillon",
    connection: "ledger-right",
    has_ended: false,
};
/// The one most of the actors belong to.
pub const OURS: Plan = Plan {
    word: "Aspen",
    connection: "ledger-left",
    has_ended: false,
};
/// The one whose contract has ended.
pub const ENDED: Plan = Plan {
    word: "Cedar",
    connection: "ledger-left",
    has_ended: true,
};

/// Everything of a company that an address, a query or a form can name. Kind, value.
#[derive(Clone)]
pub struct Ids(Vec<(&'static str, String)>);

impl Ids {
    pub fn get(&self, kind: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| *known == kind);
        &found.unwrap_or_else(|| panic!("no {kind}")).1
    }

    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(kind, value)| (*kind, value.as_str()))
    }

    pub fn set(&mut self, kind: &str, value: String) {
        let slot = self.0.iter_mut().find(|(known, _)| *known == kind);
        slot.unwrap_or_else(|| panic!("no {kind}")).1 = value;
    }

    /// Ids of the same shape and length that nothing has.
    pub fn of_nobody() -> Self {
        let bits = 0x0190_7fff_ffff_7abc_8def_0123_4567_89ab;
        let membership = MembershipId::from_bits(bits).to_string();
        Self(vec![
            ("cursor", cursor(&membership)),
            ("organization", OrganizationId::from_bits(bits).to_string()),
            ("membership", membership),
            ("client", ApiClientId::from_bits(bits).to_string()),
            ("webhook", WebhookId::from_bits(bits).to_string()),
            ("session", SessionId::from_bits(bits).to_string()),
            ("invitation", InvitationId::from_bits(bits).to_string()),
            ("registration", RegistrationId::from_bits(bits).to_string()),
            ("delivery", DeliveryId::from_bits(bits).to_string()),
            ("task", TaskId::from_bits(bits).to_string()),
            ("held", HeldId::from_bits(bits).to_string()),
            ("run", RunId::from_bits(bits).to_string()),
            ("finding", FindingId::from_bits(bits).to_string()),
            ("accounts", CrmRecordId::from_bits(bits).to_string()),
            ("contacts", CrmRecordId::from_bits(bits + 1).to_string()),
            ("contracts", CrmRecordId::from_bits(bits + 2).to_string()),
            ("leads", CrmRecordId::from_bits(bits + 3).to_string()),
            ("connection", "ledger-blank".to_owned()),
            ("destination", "crm:ledger-blank".to_owned()),
            ("crm_account", "MISSING-account-1".to_owned()),
            ("crm_contact", "MISSING-contact-1".to_owned()),
            ("crm_lead", "MISSING-lead-1".to_owned()),
            ("crm_contract", "MISSING-contract-1".to_owned()),
            ("number", "CT-MISSING-1".to_owned()),
            ("person", PersonId::from_bits(bits).to_string()),
            ("consent", ConsentId::from_bits(bits).to_string()),
            ("domain", "missing-works.example".to_owned()),
            ("email", "colleague@missing.example".to_owned()),
            ("name", "Missing Colleague".to_owned()),
        ])
    }
}

/// A place in some list, right behind a row.
fn cursor(id: &str) -> String {
    Cursor {
        key: "b".to_owned(),
        id: id.to_owned(),
        backwards: false,
    }
    .encode()
}

impl Plan {
    /// An address at this company.
    pub fn at(&self, local: &str) -> String {
        format!("{local}@{}.example", self.word.to_lowercase())
    }

    /// Writes everything.
    pub async fn settle(self, portal: &Portal) -> Ids {
        let cx = portal.state.world.system("test");
        let settled: Result<Ids, Error> = portal
            .state
            .db
            .write(move |tx| Box::pin(async move { self.write(tx, &cx).await }))
            .await;
        settled.unwrap()
    }

    async fn write(self, tx: &mut Tx, cx: &Cx) -> Result<Ids, Error> {
        let word = self.word;
        let organization = company::organization(tx, cx, &format!("{word} Works")).await?;
        let ends_at = self.has_ended.then(|| Instant::from_seconds(1_000));
        company::contract(tx, cx, &organization, ends_at, None).await?;
        let upper = word.to_uppercase();
        let connection = self.connection;
        run(
            tx,
            format!(
                "UPDATE organizations SET connection = '{connection}', crm_account_id = '{upper}-account-1',
                    number = 'K-{upper}-1' WHERE id = '{organization}'"
            ),
        )
        .await?;
        run(
            tx,
            format!(
                "UPDATE contracts SET connection = '{connection}', external_id = '{upper}-contract-1',
                    number = 'CT-{upper}-1', number_key = 'CT{upper}1' WHERE organization_id = '{organization}'"
            ),
        )
        .await?;
        let someone = |local: &str, roles: &'static str| Somebody {
            roles,
            ..Somebody::new(&format!("{word} {}", capital(local)), &self.at(local))
        };
        company::member(tx, cx, &organization, &someone("admin", "admin")).await?;
        company::member(tx, cx, &organization, &someone("member", "orders")).await?;
        let kept_out = Somebody {
            status: "suspended",
            ..someone("suspended", "admin")
        };
        company::member(tx, cx, &organization, &kept_out).await?;
        let colleague = someone("colleague", "orders");
        let membership = company::member(tx, cx, &organization, &colleague).await?;
        let later = cx.now().plus(std::time::Duration::from_secs(86_400));
        let invitation = company::invitation(
            tx,
            cx,
            &organization,
            &format!("{word} Invitee"),
            &self.at("invitee"),
            ("queued", later),
        )
        .await?;
        let registration = company::request(
            tx,
            cx,
            &organization,
            &format!("{word} Applicant"),
            &self.at("applicant"),
        )
        .await?;
        self.tell(tx, cx, &organization, &membership).await?;
        let person = people::find_by_email(tx, &self.at("colleague").parse().unwrap()).await?;
        let person = person.unwrap().id;
        let consent: ConsentId = cx.new_id();
        let domain = format!("{}-works.example", word.to_lowercase());
        let client: ApiClientId = cx.new_id();
        let webhook: WebhookId = cx.new_id();
        for statement in [
            format!(
                "INSERT INTO api_clients (id, name, scopes, connection, created_at)
                 VALUES ('{client}', '{word} flow', 'members:read', '{connection}', 0)"
            ),
            format!(
                "INSERT INTO webhook_subscribers (id, name, url, secret, old_secret, created_at)
                 VALUES ('{webhook}', '{word} warehouse', 'https://{upper}.example/hooks', '', '', 0)"
            ),
            format!(
                "INSERT INTO consents (id, person_id, purpose, text_version, language, given_at)
                 VALUES ('{consent}', '{person}', 'contact', '{word} 1', 'en', 0)"
            ),
            format!(
                "INSERT INTO organization_domains (organization_id, domain) VALUES ('{organization}', '{domain}')"
            ),
        ] {
            run(tx, statement).await?;
        }
        let (task, held) = self.wait(tx, cx, &organization).await?;
        let records = self.records(tx, cx, &organization).await?;
        let (compared, finding) = self.compared(tx, cx, &membership).await?;
        let event = audit::Event {
            action: "membership.suspended",
            target: membership.as_str(),
            organization: Some(&organization),
            detail: json!({ "because": format!("{word} audit") }),
        };
        audit::record(tx, cx, event).await?;
        Ok(Ids(vec![
            ("cursor", cursor(membership.as_str())),
            ("organization", organization.to_string()),
            ("membership", membership.to_string()),
            ("client", client.to_string()),
            ("webhook", webhook.to_string()),
            ("session", String::new()),
            ("invitation", invitation.to_string()),
            ("registration", registration.to_string()),
            ("delivery", delivery_of(tx, membership.as_str()).await?),
            ("task", task.to_string()),
            ("held", held.to_string()),
            ("run", compared.to_string()),
            ("finding", finding.to_string()),
            ("accounts", records[0].to_string()),
            ("contacts", records[1].to_string()),
            ("contracts", records[2].to_string()),
            ("leads", records[3].to_string()),
            ("connection", connection.to_owned()),
            ("destination", format!("crm:{connection}")),
            ("crm_account", format!("{upper}-account-1")),
            ("crm_contact", format!("{upper}-contact-1")),
            ("crm_lead", format!("{upper}-lead-1")),
            ("crm_contract", format!("{upper}-contract-1")),
            ("number", format!("CT-{upper}-1")),
            ("person", person.to_string()),
            ("consent", consent.to_string()),
            ("domain", domain),
            ("email", self.at("colleague")),
            ("name", format!("{word} Colleague")),
        ]))
    }

    /// A comparison that is finished, and what it found.
    async fn compared(
        self,
        tx: &mut Tx,
        cx: &Cx,
        membership: &MembershipId,
    ) -> Result<(RunId, FindingId), Error> {
        let (compared, finding): (RunId, FindingId) = (cx.new_id(), cx.new_id());
        let (connection, now) = (self.connection, cx.now().as_micros());
        for statement in [
            format!(
                "INSERT INTO reconciliation_runs
                 (id, connection, phase, cursor, records, started_by, started_at, finished_at, lease_until, problem)
                 VALUES ('{compared}', '{connection}', 'done', '', 1, '', {now}, {now}, 0, '')"
            ),
            format!(
                "INSERT INTO reconciliation_findings
                 (id, run_id, class, kind, subject, record_id, organization_id, field, ours, theirs, owner, record, mended_by)
                 VALUES ('{finding}', '{compared}', 'differs', 'contact', '{membership}', 'x', NULL, 'email', '{0}', '{0}', 'nobody', '', '')",
                self.at("differs")
            ),
        ] {
            run(tx, statement).await?;
        }
        Ok((compared, finding))
    }

    /// A change on its way to the company's CRM.
    async fn tell(
        self,
        tx: &mut Tx,
        cx: &Cx,
        organization: &OrganizationId,
        membership: &MembershipId,
    ) -> Result<(), Error> {
        let fact = Fact::MembershipChanged(MembershipFact {
            membership_id: membership.clone(),
            person_id: PersonId::from_bits(9),
            organization_id: organization.clone(),
            crm_account_id: format!("{}-account-1", self.word.to_uppercase()),
            crm_contact_id: None,
            email: self.at("colleague"),
            given_name: self.word.to_owned(),
            family_name: "Colleague".to_owned(),
            phone: String::new(),
            status: "active".to_owned(),
            roles: vec![],
            last_sign_in_at: None,
            because: "membership.created".to_owned(),
            successor: None,
        });
        let destinations = vec![format!("crm:{}", self.connection)];
        let change = NewChange {
            subject: membership.as_str(),
            organization: Some(organization),
            fact,
            destinations: &destinations,
        };
        outbox::record(tx, cx, change).await.map(drop)
    }

    /// A task, and a contract's end that waits for a person.
    async fn wait(
        self,
        tx: &mut Tx,
        cx: &Cx,
        organization: &OrganizationId,
    ) -> Result<(TaskId, HeldId), Error> {
        let (task, held): (TaskId, HeldId) = (cx.new_id(), cx.new_id());
        let (word, connection) = (self.word, self.connection);
        run(
            tx,
            format!(
                "INSERT INTO tasks (id, kind, organization_id, subject, detail, created_at, closed_by)
                 VALUES ('{task}', 'seats_exceeded', '{organization}', '{organization}', '{{}}', {}, '')",
                cx.now().as_micros()
            ),
        )
        .await?;
        let upper = word.to_uppercase();
        let record = Record::Contract(Contract {
            id: format!("{upper}-contract-1"),
            version: 5,
            account_id: format!("{upper}-account-1"),
            number: format!("CT-{upper}-1"),
            status: "ended".to_owned(),
            ..Contract::default()
        });
        let record = serde_json::to_string(&record).unwrap();
        run(
            tx,
            format!(
                "INSERT INTO held_changes (id, connection, external_id, version, record, received_at, decided_by)
                 VALUES ('{held}', '{connection}', '{upper}-contract-1', 5, '{record}', {}, '')",
                cx.now().as_micros()
            ),
        )
        .await?;
        Ok((task, held))
    }

    /// People of the company in its own connection, and the company in the built-in CRM.
    async fn records(
        self,
        tx: &mut Tx,
        cx: &Cx,
        organization: &OrganizationId,
    ) -> Result<[CrmRecordId; 4], Error> {
        let (word, connection, upper) = (self.word, self.connection, self.word.to_uppercase());
        let lower = word.to_lowercase();
        let domain = self.at("").replace('@', "");
        for (kind, organization) in [
            ("contact", format!("'{organization}'")),
            ("lead", "NULL".to_owned()),
        ] {
            // The same ids stand in the other connection, of people of nobody here.
            for (connection, name) in [(connection, word), ("crm", "Elsewhere")] {
                let organization = if name == word {
                    organization.as_str()
                } else {
                    "NULL"
                };
                run(tx, format!(
                    "INSERT INTO crm_people (connection, external_id, kind, organization_id, company, email, email_key, given_name,
                        family_name, name_key, phone, language, opted_out, crm_version, fetched_at)
                     VALUES ('{connection}', '{upper}-{kind}-1', '{kind}', {organization}, '{name} Works', '{kind}@{domain}',
                        '{kind}@{domain}', '{name}', '{kind}', '{lower} {kind}', '', '', FALSE, 1, 0)"
                ))
                .await?;
            }
        }
        let [account, contact, contract, lead]: [CrmRecordId; 4] =
            std::array::from_fn(|_| cx.new_id());
        for statement in [
            format!(
                "INSERT INTO builtin_accounts (id, number, name, name_key, kind, domains, postcode, vat_number, owner_email, version, updated_at)
                 VALUES ('{account}', 'B-{upper}', '{word} Mills', '{lower} mills', 'customer', '[]', '', '', '', 1, 0)"
            ),
            format!(
                "INSERT INTO builtin_contacts (id, account_id, number, given_name, family_name, name_key, email, email_key, phone, language,
                    opted_out, portal_person_id, portal_membership_id, portal_status, portal_roles, invitation_status, last_sign_in, version, updated_at)
                 VALUES ('{contact}', '{account}', 'P-{upper}', '{word}', 'Miller', '{lower} miller', 'miller@{domain}', 'miller@{domain}', '', '',
                    FALSE, '', '', '', '[]', '', '', 1, 0)"
            ),
            format!(
                "INSERT INTO builtin_contracts (id, account_id, number, number_key, status, starts_on, ends_on, products, version, updated_at)
                 VALUES ('{contract}', '{account}', 'BC-{upper}', 'BC{upper}', 'active', '2026-01-01', '', '[]', 1, 0)"
            ),
            format!(
                "INSERT INTO builtin_leads (id, company, given_name, family_name, email, email_key, phone, language, score, status, consent,
                    opted_out, portal_key, invitation_status, owner_email, version, updated_at)
                 VALUES ('{lead}', '{word} Trading', '{word}', 'Lead', 'trader@{domain}', 'trader@{domain}', '', '', 0, 'new', '',
                    FALSE, '', '', '', 1, 0)"
            ),
        ] {
            run(tx, statement).await?;
        }
        Ok([account, contact, contract, lead])
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

async fn run(tx: &mut Tx, statement: String) -> Result<(), Error> {
    on!(tx, |c| sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

async fn delivery_of(tx: &mut Tx, subject: &str) -> Result<String, Error> {
    let id: DeliveryId = on!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM deliveries WHERE subject = $1"
    )
    .bind(subject)
    .fetch_one(c)
    .await)?;
    Ok(id.to_string())
}

/// The session of whoever has this address.
pub async fn session_of(portal: &Portal, email: &str) -> String {
    let mut conn = portal.state.db.read().await.unwrap();
    let id: SessionId = on!(conn, |c| {
        sqlx::query_scalar(
        "SELECT s.id FROM sessions s JOIN persons p ON p.id = s.person_id WHERE p.email_key = $1"
    )
    .bind(email)
    .fetch_one(c)
    .await
    })
    .unwrap();
    id.to_string()
}
