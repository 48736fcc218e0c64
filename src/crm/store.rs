//! SQL of the mirror of people and of the feeds' places.

use crate::sql;

sql! {
    CURSOR = "SELECT cursor, fetched_at, error, failing_since FROM crm_cursors WHERE connection = $1 AND feed = 'changes'";
    /// Moves the feed on, unless somebody else has moved it meanwhile.
    FEEDS = "SELECT connection FROM crm_cursors WHERE feed = 'changes' ORDER BY connection LIMIT 1000";
    MOVE_CURSOR = "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error) VALUES ($1, 'changes', $3, $4, '')
        ON CONFLICT (connection, feed) DO UPDATE SET cursor = excluded.cursor, fetched_at = excluded.fetched_at, error = '',
            failing_since = NULL
        WHERE crm_cursors.cursor = $2 RETURNING connection";
    /// Gives back since when it fails.
    NOTE_FEED_ERROR = "INSERT INTO crm_cursors (connection, feed, cursor, fetched_at, error, failing_since)
        VALUES ($1, 'changes', '', 0, $2, $3)
        ON CONFLICT (connection, feed) DO UPDATE SET error = excluded.error,
            failing_since = COALESCE(crm_cursors.failing_since, excluded.failing_since)
        RETURNING failing_since";
    RESET_CURSOR = "UPDATE crm_cursors SET cursor = '' WHERE connection = $1 AND feed = 'changes'";
    UPSERT_PERSON = "INSERT INTO crm_people
        (connection, external_id, kind, organization_id, company, email, email_key, given_name, family_name, name_key, phone, language,
         opted_out, person_id, crm_version, fetched_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (connection, kind, external_id) DO UPDATE SET organization_id = excluded.organization_id, company = excluded.company,
            email = excluded.email, email_key = excluded.email_key, given_name = excluded.given_name, family_name = excluded.family_name,
            name_key = excluded.name_key, phone = excluded.phone, language = excluded.language, opted_out = excluded.opted_out,
            person_id = COALESCE(excluded.person_id, crm_people.person_id), crm_version = excluded.crm_version,
            fetched_at = excluded.fetched_at
        WHERE crm_people.crm_version < excluded.crm_version RETURNING external_id";
    FIND_PERSON = "SELECT connection, external_id, kind, organization_id, company, email, given_name, family_name, phone, language,
            opted_out, person_id, crm_version, fetched_at
        FROM crm_people WHERE connection = $1 AND kind = $2 AND external_id = $3";
    FORGET_PERSON = "DELETE FROM crm_people WHERE connection = $1 AND kind = $2 AND external_id = $3";
    PEOPLE_BY_EMAIL = "SELECT connection, external_id, kind, organization_id, company, email, given_name, family_name, phone, language,
            opted_out, person_id, crm_version, fetched_at
        FROM crm_people WHERE email_key = $1 AND connection = $2 ORDER BY kind, external_id LIMIT 100";
    WAIT = "INSERT INTO waiting_records (connection, record_key, waits_for, version, record, received_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (connection, record_key) DO UPDATE SET waits_for = excluded.waits_for, version = excluded.version,
            record = excluded.record, received_at = excluded.received_at
        WHERE waiting_records.version < excluded.version";
    ARRIVED = "DELETE FROM waiting_records WHERE connection = $1 AND waits_for = $2 RETURNING record_key, record";
    COUNT_WAITING = "SELECT count(*) FROM waiting_records WHERE connection = $1";
    ADD_REQUEST = "INSERT INTO crm_requests (connection, request_id, received_at) VALUES ($1, $2, $3)
        ON CONFLICT (connection, request_id) DO NOTHING RETURNING request_id";
}
