//! SQL of the gate and of sessions.

use crate::sql;

sql! {
    /// Everything that decides about a request, in one statement.
    GATE = "SELECT s.id AS session_id, s.person_id, s.provider, s.created_at AS signed_in_at, s.last_seen_at, s.expires_at,
            p.status AS person_status, p.display_name, p.email, p.language, p.time_zone,
            (SELECT COALESCE(max(version), 0) FROM catalogue_versions) AS catalogue_version,
            m.id AS membership_id, m.organization_id, m.status AS membership_status, m.crm_contact_id, m.starts_at, m.ends_at,
            m.roles, o.name AS organization_name, o.kind AS organization_kind, o.crm_account_id,
            CASE WHEN f.fetched_at > 0 THEN f.fetched_at ELSE f.failing_since END AS heard_at,
            c.number AS contract_number, c.status AS contract_status, c.starts_at AS contract_starts_at,
            c.ends_at AS contract_ends_at, c.grace_ends_at, c.products
        FROM sessions s
        JOIN persons p ON p.id = s.person_id
        LEFT JOIN memberships m ON m.person_id = s.person_id AND m.status <> 'removed'
        LEFT JOIN organizations o ON o.id = m.organization_id
        LEFT JOIN crm_cursors f ON f.connection = o.connection AND f.feed = 'changes'
        LEFT JOIN contracts c ON c.organization_id = m.organization_id
        WHERE s.secret_hash = $1 AND s.expires_at > $2 AND s.last_seen_at > $3
        ORDER BY o.name_key, m.id, c.id";
    /// What decides about a person, in the organizations of a connection or of all.
    SUBJECT_OF_PERSON = "SELECT p.id AS person_id, p.status AS person_status, p.display_name, p.email, p.language, p.time_zone,
            (SELECT COALESCE(max(version), 0) FROM catalogue_versions) AS catalogue_version,
            m.id AS membership_id, o.id AS organization_id, m.status AS membership_status, m.crm_contact_id, m.starts_at, m.ends_at,
            m.roles, o.name AS organization_name, o.kind AS organization_kind, o.crm_account_id,
            CASE WHEN f.fetched_at > 0 THEN f.fetched_at ELSE f.failing_since END AS heard_at,
            c.number AS contract_number, c.status AS contract_status, c.starts_at AS contract_starts_at,
            c.ends_at AS contract_ends_at, c.grace_ends_at, c.products
        FROM persons p
        LEFT JOIN memberships m ON m.person_id = p.id AND m.status <> 'removed'
        LEFT JOIN organizations o ON o.id = m.organization_id AND ($2 = '' OR o.connection = $2)
        LEFT JOIN crm_cursors f ON f.connection = o.connection AND f.feed = 'changes'
        LEFT JOIN contracts c ON c.organization_id = o.id
        WHERE p.id = $1
        ORDER BY o.name_key, m.id, c.id";
    /// The same for somebody whom an OpenID provider names.
    SUBJECT_OF_IDENTITY = "SELECT p.id AS person_id, p.status AS person_status, p.display_name, p.email, p.language, p.time_zone,
            (SELECT COALESCE(max(version), 0) FROM catalogue_versions) AS catalogue_version,
            m.id AS membership_id, o.id AS organization_id, m.status AS membership_status, m.crm_contact_id, m.starts_at, m.ends_at,
            m.roles, o.name AS organization_name, o.kind AS organization_kind, o.crm_account_id,
            CASE WHEN f.fetched_at > 0 THEN f.fetched_at ELSE f.failing_since END AS heard_at,
            c.number AS contract_number, c.status AS contract_status, c.starts_at AS contract_starts_at,
            c.ends_at AS contract_ends_at, c.grace_ends_at, c.products
        FROM identities i JOIN persons p ON p.id = i.person_id
        LEFT JOIN memberships m ON m.person_id = p.id AND m.status <> 'removed'
        LEFT JOIN organizations o ON o.id = m.organization_id AND ($3 = '' OR o.connection = $3)
        LEFT JOIN crm_cursors f ON f.connection = o.connection AND f.feed = 'changes'
        LEFT JOIN contracts c ON c.organization_id = o.id
        WHERE i.issuer = $1 AND i.subject = $2
        ORDER BY o.name_key, m.id, c.id";
    /// The same for a part of those who hold a role, removed members among them.
    SUBJECTS_OF_ROLE = "SELECT p.id AS person_id, p.status AS person_status, p.display_name, p.email, p.language, p.time_zone,
            (SELECT COALESCE(max(version), 0) FROM catalogue_versions) AS catalogue_version,
            m.id AS membership_id, o.id AS organization_id, m.status AS membership_status, m.crm_contact_id, m.starts_at, m.ends_at,
            m.roles, o.name AS organization_name, o.kind AS organization_kind, o.crm_account_id,
            CASE WHEN f.fetched_at > 0 THEN f.fetched_at ELSE f.failing_since END AS heard_at,
            c.number AS contract_number, c.status AS contract_status, c.starts_at AS contract_starts_at,
            c.ends_at AS contract_ends_at, c.grace_ends_at, c.products
        FROM (SELECT membership_id FROM membership_roles WHERE role = $1 AND membership_id > $2
            ORDER BY membership_id LIMIT $3) h
        JOIN memberships m ON m.id = h.membership_id
        JOIN persons p ON p.id = m.person_id
        JOIN organizations o ON o.id = m.organization_id
        LEFT JOIN crm_cursors f ON f.connection = o.connection AND f.feed = 'changes'
        LEFT JOIN contracts c ON c.organization_id = o.id
        ORDER BY h.membership_id, c.id";
    /// The same for somebody whom the directory of a provider names.
    SUBJECT_OF_DIRECTORY = "SELECT p.id AS person_id, p.status AS person_status, p.display_name, p.email, p.language, p.time_zone,
            (SELECT COALESCE(max(version), 0) FROM catalogue_versions) AS catalogue_version,
            m.id AS membership_id, o.id AS organization_id, m.status AS membership_status, m.crm_contact_id, m.starts_at, m.ends_at,
            m.roles, o.name AS organization_name, o.kind AS organization_kind, o.crm_account_id,
            CASE WHEN f.fetched_at > 0 THEN f.fetched_at ELSE f.failing_since END AS heard_at,
            c.number AS contract_number, c.status AS contract_status, c.starts_at AS contract_starts_at,
            c.ends_at AS contract_ends_at, c.grace_ends_at, c.products
        FROM identities i JOIN persons p ON p.id = i.person_id
        LEFT JOIN memberships m ON m.person_id = p.id AND m.status <> 'removed'
        LEFT JOIN organizations o ON o.id = m.organization_id AND ($3 = '' OR o.connection = $3)
        LEFT JOIN crm_cursors f ON f.connection = o.connection AND f.feed = 'changes'
        LEFT JOIN contracts c ON c.organization_id = o.id
        WHERE i.issuer = $1 AND i.directory_id = $2 AND i.directory_id <> ''
        ORDER BY o.name_key, m.id, c.id";
    CATALOGUE_VERSION = "SELECT COALESCE(max(version), 0) FROM catalogue_versions";
    NEWEST_CATALOGUE = "SELECT version, body FROM catalogue_versions
        WHERE version = (SELECT max(version) FROM catalogue_versions)";
    CATALOGUES_BEFORE = "SELECT body FROM catalogue_versions WHERE version < $1 ORDER BY version DESC LIMIT 20";
    COUNT_SESSIONS = "SELECT count(*) FROM sessions WHERE expires_at > $1";
    CREATE_SESSION = "INSERT INTO sessions
        (id, secret_hash, person_id, provider, issuer, subject, provider_session, id_token_sealed, acr, amr, user_agent,
         created_at, last_seen_at, expires_at, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, '{}')
        ON CONFLICT (secret_hash) DO NOTHING RETURNING id";
    SAVE_SESSION = "UPDATE sessions SET data = $1 WHERE secret_hash = $2";
    DELETE_SESSION = "DELETE FROM sessions WHERE secret_hash = $1 RETURNING id, person_id";
    TOUCH_SESSION = "UPDATE sessions SET last_seen_at = $1 WHERE secret_hash = $2 AND last_seen_at < $1";
    SESSIONS_OF_PERSON = "SELECT id, provider, user_agent, created_at, last_seen_at, expires_at FROM sessions
        WHERE person_id = $1 AND expires_at > $2 AND last_seen_at > $3 ORDER BY last_seen_at DESC, id DESC LIMIT 100";
    END_SESSION = "DELETE FROM sessions WHERE person_id = $1 AND id = $2
        RETURNING id, provider, issuer, subject, id_token_sealed";
    END_OTHER_SESSIONS = "DELETE FROM sessions WHERE person_id = $1 AND id <> $2 RETURNING id";
    ONE_SESSION = "SELECT id FROM sessions WHERE person_id = $1 LIMIT 1";
    PERSON_OF_SESSION = "SELECT person_id FROM sessions WHERE id = $1";
    END_SESSIONS_OF_PERSON = "DELETE FROM sessions WHERE person_id = $1";
    END_SESSIONS_OF_ORGANIZATION = "DELETE FROM sessions WHERE id <> $2
            AND person_id IN (SELECT person_id FROM memberships WHERE organization_id = $1 AND status <> 'removed')
        RETURNING id, person_id";
    SESSIONS_OF_ORGANIZATION = "SELECT m.id AS membership_id, m.display_name, m.email, max(s.last_seen_at) AS seen_at, count(*) AS sessions
        FROM memberships m JOIN sessions s ON s.person_id = m.person_id
        WHERE m.organization_id = $1 AND m.status <> 'removed' AND s.expires_at > $2 AND s.last_seen_at > $3
        GROUP BY m.id, m.display_name, m.email ORDER BY seen_at DESC, m.id LIMIT $4";
    /// Only those that began before ($4): an old message ends no new session.
    END_FROM_PROVIDER = "DELETE FROM sessions WHERE issuer = $1 AND ($2 = '' OR provider_session = $2) AND ($3 = '' OR subject = $3)
            AND created_at < $4
        RETURNING id, person_id";
    /// A message counts once.
    REMEMBER_MESSAGE = "INSERT INTO ended_elsewhere (id, ended_at, until) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO NOTHING RETURNING ended_at";
    /// What ended again counts from then on.
    REMEMBER_END = "INSERT INTO ended_elsewhere (id, ended_at, until) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET until = excluded.until,
            ended_at = CASE WHEN excluded.ended_at > ended_elsewhere.ended_at THEN excluded.ended_at ELSE ended_elsewhere.ended_at END";
    ENDED_ELSEWHERE = "SELECT ended_at FROM ended_elsewhere WHERE id = $1 OR (id = $2 AND ended_at >= $3) LIMIT 1";
    FORGET_ELSEWHERE = "DELETE FROM ended_elsewhere WHERE id IN (
        SELECT id FROM ended_elsewhere WHERE until < $1 ORDER BY until LIMIT 1000)";
    SWEEP_SESSIONS = "DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
        RETURNING id, person_id, last_seen_at, expires_at";
}
