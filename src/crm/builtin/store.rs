//! SQL of the built-in CRM.
//!
//! Records are written as rows of one JSON text, so that one statement serves one record and a
//! thousand. `json_each` is SQLite's; the PostgreSQL migration defines it under the same name.

use crate::sql;

sql! {
    ACCOUNT = "SELECT * FROM builtin_accounts WHERE id = $1";
    ACCOUNTS_BY_NUMBER = "SELECT a.* FROM json_each($1) AS k CROSS JOIN builtin_accounts AS a WHERE a.number = k.value ->> 'key'";
    ACCOUNTS_BY_NAME = "SELECT a.* FROM json_each($1) AS k CROSS JOIN builtin_accounts AS a WHERE a.name_key = k.value ->> 'key'";
    ACCOUNT_PARENTS = "SELECT id, parent_id FROM builtin_accounts WHERE parent_id IS NOT NULL";
    ACCOUNTS_PAGE = "SELECT * FROM builtin_accounts
        WHERE (name_key, id) > ($1, $2) AND ($3 = '' OR name_key LIKE $3 ESCAPE '!' OR number = $4)
        ORDER BY name_key, id LIMIT $5";
    ACCOUNTS_BELOW = "SELECT * FROM builtin_accounts WHERE parent_id = $1 ORDER BY name_key, id LIMIT 200";
    PUT_ACCOUNTS = "INSERT INTO builtin_accounts
        (id, number, name, name_key, kind, parent_id, domains, postcode, vat_number, owner_email, version, updated_at)
        SELECT value ->> 'id', value ->> 'number', value ->> 'name', value ->> 'name_key', value ->> 'kind', value ->> 'parent_id',
            value ->> 'domains', value ->> 'postcode', value ->> 'vat_number', value ->> 'owner_email',
            CAST(value ->> 'version' AS BIGINT), CAST(value ->> 'updated_at' AS BIGINT)
        FROM json_each($1) WHERE true
        ON CONFLICT (id) DO UPDATE SET number = excluded.number, name = excluded.name, name_key = excluded.name_key,
            kind = excluded.kind, parent_id = excluded.parent_id, domains = excluded.domains, postcode = excluded.postcode,
            vat_number = excluded.vat_number, owner_email = excluded.owner_email, version = excluded.version,
            updated_at = excluded.updated_at";

    CONTACT = "SELECT * FROM builtin_contacts WHERE id = $1";
    CONTACTS_BY_NUMBER = "SELECT c.* FROM json_each($1) AS k CROSS JOIN builtin_contacts AS c WHERE c.number = k.value ->> 'key'
            AND c.number <> ''";
    CONTACTS_BY_EMAIL = "SELECT c.* FROM json_each($1) AS k CROSS JOIN builtin_contacts AS c WHERE c.email_key = k.value ->> 'key'
        ORDER BY c.id";
    CONTACTS_BY_MEMBERSHIP = "SELECT * FROM builtin_contacts WHERE portal_membership_id = $1 AND portal_membership_id <> '' ORDER BY id";
    CONTACTS_OF_ACCOUNT_BY_EMAIL = "SELECT * FROM builtin_contacts WHERE email_key = $2 AND account_id = $1 ORDER BY id";
    CONTACTS_PAGE = "SELECT * FROM builtin_contacts WHERE account_id = $1 AND (name_key, id) > ($2, $3)
        ORDER BY name_key, id LIMIT $4";
    PUT_CONTACTS = "INSERT INTO builtin_contacts
        (id, account_id, number, given_name, family_name, name_key, email, email_key, phone, language, opted_out,
         portal_person_id, portal_membership_id, portal_status, portal_roles, invitation_status, last_sign_in, version, updated_at)
        SELECT value ->> 'id', value ->> 'account_id', value ->> 'number', value ->> 'given_name', value ->> 'family_name',
            value ->> 'name_key', value ->> 'email', value ->> 'email_key', value ->> 'phone', value ->> 'language',
            CAST(value ->> 'opted_out' AS BOOLEAN), value ->> 'portal_person_id', value ->> 'portal_membership_id',
            value ->> 'portal_status', value ->> 'portal_roles', value ->> 'invitation_status', value ->> 'last_sign_in',
            CAST(value ->> 'version' AS BIGINT), CAST(value ->> 'updated_at' AS BIGINT)
        FROM json_each($1) WHERE true
        ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, number = excluded.number, given_name = excluded.given_name,
            family_name = excluded.family_name, name_key = excluded.name_key, email = excluded.email, email_key = excluded.email_key,
            phone = excluded.phone, language = excluded.language, opted_out = excluded.opted_out,
            portal_person_id = excluded.portal_person_id, portal_membership_id = excluded.portal_membership_id,
            portal_status = excluded.portal_status, portal_roles = excluded.portal_roles,
            invitation_status = excluded.invitation_status, last_sign_in = excluded.last_sign_in, version = excluded.version,
            updated_at = excluded.updated_at";

    CONTRACT = "SELECT * FROM builtin_contracts WHERE id = $1";
    CONTRACTS_BY_NUMBER = "SELECT c.* FROM json_each($1) AS k CROSS JOIN builtin_contracts AS c WHERE c.number = k.value ->> 'key'";
    CONTRACTS_BY_KEY = "SELECT * FROM builtin_contracts WHERE number_key = $1 ORDER BY status = 'active' DESC, id LIMIT 20";
    CONTRACTS_OF_ACCOUNT = "SELECT * FROM builtin_contracts WHERE account_id = $1 ORDER BY number LIMIT 200";
    CONTRACTS_OF_ACCOUNTS = "SELECT c.* FROM json_each($1) AS k CROSS JOIN builtin_contracts AS c WHERE c.account_id = k.value ->> 'key'
        ORDER BY c.account_id, c.number";
    PUT_CONTRACTS = "INSERT INTO builtin_contracts
        (id, account_id, number, number_key, status, starts_on, ends_on, grace_days, seats, products, version, updated_at)
        SELECT value ->> 'id', value ->> 'account_id', value ->> 'number', value ->> 'number_key', value ->> 'status',
            value ->> 'starts_on', value ->> 'ends_on', CAST(value ->> 'grace_days' AS BIGINT), CAST(value ->> 'seats' AS BIGINT),
            value ->> 'products', CAST(value ->> 'version' AS BIGINT), CAST(value ->> 'updated_at' AS BIGINT)
        FROM json_each($1) WHERE true
        ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, number = excluded.number, number_key = excluded.number_key,
            status = excluded.status, starts_on = excluded.starts_on, ends_on = excluded.ends_on, grace_days = excluded.grace_days,
            seats = excluded.seats, products = excluded.products, version = excluded.version, updated_at = excluded.updated_at";

    LEAD = "SELECT * FROM builtin_leads WHERE id = $1";
    LEADS_BY_KEY = "SELECT * FROM builtin_leads WHERE portal_key = $1 AND portal_key <> '' ORDER BY id";
    LEADS_BY_EMAIL = "SELECT * FROM builtin_leads WHERE email_key = $1 ORDER BY id";
    LEADS_PAGE = "SELECT * FROM builtin_leads WHERE (updated_at, id) < ($1, $2) ORDER BY updated_at DESC, id DESC LIMIT $3";
    PUT_LEADS = "INSERT INTO builtin_leads
        (id, company, given_name, family_name, email, email_key, phone, language, score, status, consent, opted_out, portal_key,
         invitation_status, owner_email, version, updated_at)
        SELECT value ->> 'id', value ->> 'company', value ->> 'given_name', value ->> 'family_name', value ->> 'email',
            value ->> 'email_key', value ->> 'phone', value ->> 'language', CAST(value ->> 'score' AS BIGINT), value ->> 'status',
            value ->> 'consent', CAST(value ->> 'opted_out' AS BOOLEAN), value ->> 'portal_key', value ->> 'invitation_status',
            value ->> 'owner_email', CAST(value ->> 'version' AS BIGINT), CAST(value ->> 'updated_at' AS BIGINT)
        FROM json_each($1) WHERE true
        ON CONFLICT (id) DO UPDATE SET company = excluded.company, given_name = excluded.given_name,
            family_name = excluded.family_name, email = excluded.email, email_key = excluded.email_key, phone = excluded.phone,
            language = excluded.language, score = excluded.score, status = excluded.status, consent = excluded.consent,
            opted_out = excluded.opted_out, portal_key = excluded.portal_key, invitation_status = excluded.invitation_status,
            owner_email = excluded.owner_email, version = excluded.version, updated_at = excluded.updated_at";

    ORDERS_OF_ACCOUNT = "SELECT * FROM builtin_orders WHERE account_id = $1 ORDER BY placed_on DESC, id DESC LIMIT $2";
    OPEN_CASES_OF_ACCOUNT = "SELECT * FROM builtin_cases WHERE account_id = $1 AND status <> 'solved'
        ORDER BY opened_on DESC, id DESC LIMIT $2";
    OPEN_CASES_OF_CONTACT = "SELECT * FROM builtin_cases WHERE contact_id = $1 AND status <> 'solved'
        ORDER BY opened_on DESC, id DESC LIMIT $2";
    PUT_ORDER = "INSERT INTO builtin_orders (id, account_id, number, placed_on, total, currency, status, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (number) DO UPDATE SET account_id = excluded.account_id, placed_on = excluded.placed_on, total = excluded.total,
            currency = excluded.currency, status = excluded.status, updated_at = excluded.updated_at";
    PUT_CASE = "INSERT INTO builtin_cases (id, account_id, contact_id, queue, number, subject, status, opened_on, updated_at)
        VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8)
        ON CONFLICT (number) DO UPDATE SET account_id = excluded.account_id, contact_id = excluded.contact_id, queue = '', subject = excluded.subject,
            status = excluded.status, opened_on = excluded.opened_on, updated_at = excluded.updated_at";
    HAND_CASE_OVER = "UPDATE builtin_cases SET contact_id = $3, queue = $4, updated_at = $5
        WHERE id = $1 AND contact_id = $2 AND status <> 'solved' RETURNING number";

    PUT_INVITATION_REQUESTS = "INSERT INTO builtin_invitation_requests
        (id, contact_id, lead_id, roles, requested_by, version, updated_at)
        SELECT value ->> 'id', value ->> 'contact_id', value ->> 'lead_id', value ->> 'roles', value ->> 'requested_by',
            CAST(value ->> 'version' AS BIGINT), CAST(value ->> 'updated_at' AS BIGINT)
        FROM json_each($1) WHERE true
        ON CONFLICT (id) DO NOTHING";
    LAST_REQUEST_FOR_CONTACT = "SELECT updated_at FROM builtin_invitation_requests WHERE contact_id = $1
        ORDER BY updated_at DESC LIMIT 1";
    LAST_REQUEST_FOR_LEAD = "SELECT updated_at FROM builtin_invitation_requests WHERE lead_id = $1
        ORDER BY updated_at DESC LIMIT 1";

    ADD_ACTIVITIES = "INSERT INTO builtin_activities
        (id, record_id, account_id, kind, text, changes, author_kind, author_ref, author_name, author_email, at)
        SELECT value ->> 'id', value ->> 'record_id', value ->> 'account_id', value ->> 'kind', value ->> 'text',
            value ->> 'changes', value ->> 'author_kind', value ->> 'author_ref', value ->> 'author_name',
            value ->> 'author_email', CAST(value ->> 'at' AS BIGINT)
        FROM json_each($1)";
    ACTIVITIES_OF_RECORD = "SELECT * FROM builtin_activities WHERE record_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
    ACTIVITIES_OF_ACCOUNT = "SELECT * FROM builtin_activities WHERE account_id = $1 ORDER BY at DESC, id DESC LIMIT $2";

    APPLIED = "SELECT answer FROM builtin_applied WHERE key = $1";
    FORGET_APPLIED = "DELETE FROM builtin_applied WHERE key IN (SELECT key FROM builtin_applied WHERE at < $1 ORDER BY at LIMIT $2)";
    ADD_APPLIED = "INSERT INTO builtin_applied (key, answer, at) VALUES ($1, $2, $3)";

    FEED_LEAVE = "DELETE FROM builtin_feed
        WHERE record_kind = $1 AND record_id IN (SELECT value ->> 'id' FROM json_each($2))";
    FEED_JOIN = "INSERT INTO builtin_feed (record_kind, record_id, at)
        SELECT $1, value ->> 'id', $3 FROM json_each($2) ORDER BY CAST(key AS BIGINT)";
    FEED_PAGE = "SELECT seq, record_kind FROM builtin_feed WHERE seq > $1 ORDER BY seq LIMIT $2";
    FEED_ACCOUNTS = "SELECT f.seq, a.* FROM builtin_feed AS f JOIN builtin_accounts AS a ON a.id = f.record_id
        WHERE f.record_kind = 'account' AND f.seq > $1 AND f.seq <= $2";
    FEED_CONTACTS = "SELECT f.seq, c.* FROM builtin_feed AS f JOIN builtin_contacts AS c ON c.id = f.record_id
        WHERE f.record_kind = 'contact' AND f.seq > $1 AND f.seq <= $2";
    FEED_CONTRACTS = "SELECT f.seq, c.* FROM builtin_feed AS f JOIN builtin_contracts AS c ON c.id = f.record_id
        WHERE f.record_kind = 'contract' AND f.seq > $1 AND f.seq <= $2";
    FEED_LEADS = "SELECT f.seq, l.* FROM builtin_feed AS f JOIN builtin_leads AS l ON l.id = f.record_id
        WHERE f.record_kind = 'lead' AND f.seq > $1 AND f.seq <= $2";
    FEED_REQUESTS = "SELECT f.seq, r.* FROM builtin_feed AS f JOIN builtin_invitation_requests AS r ON r.id = f.record_id
        WHERE f.record_kind = 'invitation_request' AND f.seq > $1 AND f.seq <= $2";
}
