//! Data by the million, written by a few set-based statements.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tower_sessions::session::Id as SessionKey;
use vestibule::{
    access::session_store,
    kernel::{Clock, LinkSecret, Random},
};

/// Members of an ordinary organization.
const ORDINARY: u64 = 100;
/// Members of the one large organization, when there are enough people.
const LARGE: u64 = 50_000;
/// Invitations that wait to be accepted, each by a signed-in person of its own.
const WAITING: u64 = 30_000;

/// Where the rows of the benchmark point.
pub(crate) struct Seeded {
    pub(crate) admin_cookie: String,
    /// Of a program that asks about access.
    pub(crate) token: String,
    pub(crate) large_cookie: String,
    pub(crate) members_path: String,
    pub(crate) large_path: String,
    pub(crate) deep_path: String,
    pub(crate) invite_path: String,
    pub(crate) invitee_cookies: Vec<String>,
}

/// A connection that may take as long as it needs.
enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Writer {
    async fn open(url: &str) -> Self {
        if url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            connection.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA cache_size = -200000").await.unwrap();
            Self::Sqlite(connection)
        } else {
            Self::Postgres(PgConnection::connect(url).await.unwrap())
        }
    }

    async fn run(&mut self, statement: String) {
        match self {
            Self::Sqlite(connection) => {
                connection.execute(AssertSqlSafe(statement)).await.unwrap();
            }
            Self::Postgres(connection) => {
                connection.execute(AssertSqlSafe(statement)).await.unwrap();
            }
        }
    }

    /// An expression that writes a number as the 26 digits of an id.
    fn id(&self, prefix: &str, number: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("'{prefix}_' || printf('%026d', {number})"),
            Self::Postgres(_) => format!("'{prefix}_' || lpad(({number})::text, 26, '0')"),
        }
    }

    /// An expression that writes a number so that text order is number order.
    fn padded(&self, number: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("printf('%08d', {number})"),
            Self::Postgres(_) => format!("lpad(({number})::text, 8, '0')"),
        }
    }
}

pub(crate) fn id_text(prefix: &str, number: u64) -> String {
    format!("{prefix}_{number:026}")
}

/// Fills an empty, migrated database with `people` members and those who wait to become one.
pub(crate) async fn seed(url: &str, people: u64) -> Seeded {
    let mut writer = Writer::open(url).await;
    let large = LARGE.min(people / 2);
    let ordinary = (people - large).div_ceil(ORDINARY);
    let now = Clock::System.now().as_micros();
    organizations(&mut writer, ordinary, now).await;
    persons(&mut writer, people + WAITING, now).await;
    identities(&mut writer, people, now).await;
    memberships(&mut writer, people, large, now).await;
    let first_ordinary = large + 1;
    let admin_cookie = session(&mut writer, first_ordinary, now).await;
    let large_cookie = session(&mut writer, 1, now).await;
    let invitee_cookies = waiting(&mut writer, people, ordinary, now).await;
    writer.run("ANALYZE".to_owned()).await;
    let organization = id_text("org", 1);
    let large_organization = id_text("org", 0);
    let deep = vestibule::kernel::Cursor {
        key: format!("person {:08}", large.saturating_sub(60)),
        id: id_text("mem", large.saturating_sub(60)),
        backwards: false,
    };
    Seeded {
        admin_cookie,
        token: String::new(),
        large_cookie,
        members_path: format!("/organizations/{organization}/members?size=50"),
        large_path: format!("/organizations/{large_organization}/members?size=50"),
        deep_path: format!(
            "/organizations/{large_organization}/members?size=50&page={}",
            deep.encode()
        ),
        invite_path: format!("/organizations/{organization}/invitations/new"),
        invitee_cookies,
    }
}

/// A list of the numbers from `first` to `last`, on both engines.
fn numbers(first: u64, last: u64) -> String {
    format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
    )
}

/// Organization 0 is the large one.
async fn organizations(writer: &mut Writer, ordinary: u64, now: i64) {
    let (organization, contract, padded) = (
        writer.id("org", "i"),
        writer.id("con", "i"),
        writer.padded("i"),
    );
    let list = numbers(0, ordinary);
    writer
        .run(format!(
            "INSERT INTO organizations (id, connection, crm_account_id, crm_version, number, name, name_key, kind, crm_parent_id, postcode_key,
                vat_key, owner_email, invite_policy, join_policy, generation, created_at)
             {list} SELECT {organization}, 'crm', 'account ' || i, 1, 'N' || i, 'Company ' || {padded}, 'company ' || {padded},
                'customer', '', '', '', '', 'strict', 'approval', 0, {now} FROM n"
        ))
        .await;
    writer
        .run(format!(
            "INSERT INTO contracts (id, organization_id, connection, external_id, number, number_key, status, starts_at,
                products, source_version, fetched_at, created_at)
             {list} SELECT {contract}, {organization}, 'crm', 'contract ' || i, 'C' || i, 'C' || i, 'active', 0,
                '[\"parts\"]', 1, {now}, {now} FROM n"
        ))
        .await;
}

async fn persons(writer: &mut Writer, count: u64, now: i64) {
    let (person, padded) = (writer.id("per", "i"), writer.padded("i"));
    let list = numbers(1, count);
    writer
        .run(format!(
            "INSERT INTO persons (id, email, email_key, email_verified_at, display_name, given_name, family_name, phone,
                language, time_zone, status, created_at)
             {list} SELECT {person}, 'person' || i || '@bench.example', 'person' || i || '@bench.example', {now},
                'Person ' || {padded}, 'Person', {padded}, '', '', '', 'active', {now} FROM n"
        ))
        .await;
}

/// How each signs in at the provider.
async fn identities(writer: &mut Writer, people: u64, now: i64) {
    let (identity, person) = (writer.id("idn", "i"), writer.id("per", "i"));
    let list = numbers(1, people);
    writer
        .run(format!(
            "INSERT INTO identities (id, person_id, provider, issuer, subject, created_at)
             {list} SELECT {identity}, {person}, 'main', 'http://127.0.0.1:1', 's' || i, {now} FROM n"
        ))
        .await;
}

/// People 1 to `large` belong to organization 0; the others in hundreds to the rest. The first of
/// each organization runs it.
async fn memberships(writer: &mut Writer, people: u64, large: u64, now: i64) {
    let number =
        format!("CASE WHEN i <= {large} THEN 0 ELSE (i - {large} - 1) / {ORDINARY} + 1 END");
    let is_admin = format!("(i = 1 OR (i > {large} AND (i - {large} - 1) % {ORDINARY} = 0))");
    let (membership, person, organization, padded) = (
        writer.id("mem", "i"),
        writer.id("per", "i"),
        writer.id("org", &number),
        writer.padded("i"),
    );
    let list = numbers(1, people);
    writer
        .run(format!(
            "INSERT INTO memberships (id, organization_id, person_id, status, status_reason, confirmed_at, source, display_name,
                name_key, email, email_key, roles, last_sign_in_at, created_at, updated_at)
             {list} SELECT {membership}, {organization}, {person}, 'active', '', {now}, 'invitation', 'Person ' || {padded},
                'person ' || {padded}, 'person' || i || '@bench.example', 'person' || i || '@bench.example',
                CASE WHEN {is_admin} THEN 'admin,orders' ELSE 'orders' END, {now}, {now}, {now} FROM n"
        ))
        .await;
    for (role, condition) in [("orders", "TRUE"), ("admin", is_admin.as_str())] {
        writer
            .run(format!(
                "INSERT INTO membership_roles (organization_id, membership_id, role, granted_by, granted_at)
                 {list} SELECT {organization}, {membership}, '{role}', '', {now} FROM n WHERE {condition}"
            ))
            .await;
    }
}

/// A session row as text, and the cookie that opens it.
fn session_row(person: u64, now: i64) -> (String, String) {
    let key = SessionKey(i128::from_le_bytes(Random::System.bytes::<16>()));
    let (id, hash) = (id_text("ses", person), session_store::hash_of(&key));
    let ends = now + 12 * 3_600 * 1_000_000;
    let row = format!(
        "('{id}', '{}', '{}', 'main', 'http://127.0.0.1:1', 's{person}', '', '', '', '', '', {now}, {now}, {ends}, '{{}}')",
        hash.as_str(),
        id_text("per", person)
    );
    (row, format!("sid={key}"))
}

const SESSION_COLUMNS: &str =
    "INSERT INTO sessions (id, secret_hash, person_id, provider, issuer, subject, provider_session,
    id_token_sealed, acr, amr, user_agent, created_at, last_seen_at, expires_at, data) VALUES ";

async fn session(writer: &mut Writer, person: u64, now: i64) -> String {
    let (row, cookie) = session_row(person, now);
    writer.run(format!("{SESSION_COLUMNS}{row}")).await;
    cookie
}

/// Invitations into ordinary organizations, with the session of each invitee and the cookie that
/// holds the invitation's secret.
async fn waiting(writer: &mut Writer, people: u64, ordinary: u64, now: i64) -> Vec<String> {
    const CHUNK: u64 = 500;
    let mut cookies = Vec::new();
    for start in (1..=WAITING).step_by(usize::try_from(CHUNK).unwrap()) {
        let (mut sessions, mut invitations, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
        for number in start..start + CHUNK {
            let person = people + number;
            let (row, cookie) = session_row(person, now);
            let secret = LinkSecret::new(&Random::System);
            sessions.push(row);
            // Spread over the organizations, as invitations are.
            let organization = id_text("org", number % ordinary + 1);
            let hash = secret.hash();
            invitations.push(invitation_row(
                number,
                person,
                &organization,
                hash.as_str(),
                now,
            ));
            secrets.push(format!(
                "('{}', '{}', {now}, NULL, FALSE)",
                secret.hash().as_str(),
                id_text("inv", number)
            ));
            cookies.push(format!(
                "{cookie}; {}",
                crate::server::invitation_cookie(&secret)
            ));
        }
        writer
            .run(format!("{SESSION_COLUMNS}{}", sessions.join(",")))
            .await;
        writer
            .run(format!("{INVITATION_COLUMNS}{}", invitations.join(",")))
            .await;
        writer
            .run(format!(
                "INSERT INTO invitation_secrets (secret_hash, invitation_id, created_at, replaced_at, is_reminder) VALUES {}",
                secrets.join(",")
            ))
            .await;
    }
    cookies
}

const INVITATION_COLUMNS: &str = "INSERT INTO invitations (id, organization_id, kind, email, email_key, invitee_name, name_key,
    language, note, roles, state, secret_hash, inviter_kind, inviter_ref, inviter_name, inviter_company, inviter_email,
    inviter_phone, life_seconds, way, mail_id, delivery_note, created_at, issued_at, expires_at, sent_at, other_email,
    other_name) VALUES ";

fn invitation_row(number: u64, person: u64, organization: &str, hash: &str, now: i64) -> String {
    let address = format!("person{person}@bench.example");
    let ends = now + 7 * 86_400 * 1_000_000;
    format!(
        "('{}', '{organization}', 'member', '{address}', '{address}', '', '{address}', 'en', '', 'orders', 'sent', '{hash}', 'staff', '',
          'Rep', 'Vendor', 'rep@bench.example', '', 604800, 'mail', '', '', {now}, {now}, {ends}, {now}, '', '')",
        id_text("inv", number)
    )
}
