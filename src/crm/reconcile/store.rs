//! SQL of reconciliation. Lists go in as one JSON text each: `json_each` is SQLite's, and the
//! PostgreSQL migration defines it under the same name. `CROSS JOIN` has SQLite begin with the list:
//! it cannot know how short that is, and begins with the table otherwise.

use crate::sql;

sql! {
    OPEN = "INSERT INTO reconciliation_runs
        (id, connection, phase, cursor, records, started_by, started_at, finished_at, lease_until, problem)
        VALUES ($1, $2, 'records', '', 0, $3, $4, NULL, 0, '')
        ON CONFLICT DO NOTHING RETURNING id";
    LATEST_START = "SELECT started_at FROM reconciliation_runs WHERE connection = $1 ORDER BY started_at DESC, id DESC LIMIT 1";
    FIND_RUN = "SELECT id, connection, phase, cursor, records, started_by, started_at, finished_at, problem
        FROM reconciliation_runs WHERE id = $1";
    /// Takes a finished run of the schedule that found something and that operators were not written to about.
    TAKE_UNTOLD = "UPDATE reconciliation_runs SET told_at = $1
        WHERE id = (SELECT r.id FROM reconciliation_runs r WHERE r.told_at IS NULL AND r.started_by = '' AND r.finished_at IS NOT NULL
                AND EXISTS (SELECT 1 FROM reconciliation_findings f WHERE f.run_id = r.id) ORDER BY r.id LIMIT 1)
            AND told_at IS NULL
        RETURNING id, connection, phase, cursor, records, started_by, started_at, finished_at, problem";
    RUNS = "SELECT id, connection, phase, cursor, records, started_by, started_at, finished_at, problem
        FROM reconciliation_runs WHERE connection = $1 ORDER BY started_at DESC, id DESC LIMIT $2";
    /// Takes a run for a while; nobody else takes it meanwhile.
    LEASE = "UPDATE reconciliation_runs SET lease_until = $3
        WHERE connection = $1 AND finished_at IS NULL AND lease_until <= $2
        RETURNING id, connection, phase, cursor, records, started_by, started_at, finished_at, problem";
    /// Moves a run on, unless somebody else has moved it meanwhile.
    MOVE = "UPDATE reconciliation_runs SET phase = $4, cursor = $5, records = records + $6, lease_until = $7, problem = '',
            finished_at = $8
        WHERE id = $1 AND phase = $2 AND cursor = $3 AND finished_at IS NULL RETURNING id";
    NOTE_PROBLEM = "UPDATE reconciliation_runs SET problem = $2, lease_until = $3 WHERE id = $1 AND finished_at IS NULL";
    OLD_RUNS = "SELECT id FROM reconciliation_runs WHERE connection = $1 AND finished_at < $2 ORDER BY id LIMIT $3";
    FORGET_SEEN = "DELETE FROM reconciliation_seen WHERE run_id = $1";
    FORGET_FINDINGS = "DELETE FROM reconciliation_findings WHERE run_id = $1";
    FORGET_RUN = "DELETE FROM reconciliation_runs WHERE id = $1";

    /// What was seen; `seen_in` is the record that named it.
    SEE = "INSERT INTO reconciliation_seen (run_id, kind, id, seen_in)
        SELECT $1, $2, value ->> 'id', value ->> 'by' FROM json_each($3) WHERE true
        ON CONFLICT (run_id, kind, id) DO NOTHING";
    SEEN_IN = "SELECT s.id, s.seen_in FROM json_each($3) AS k
        CROSS JOIN reconciliation_seen AS s WHERE s.run_id = $1 AND s.kind = $2 AND s.id = k.value ->> 'id'";
    /// Records that are read a second time are compared anew.
    RETRACT = "DELETE FROM reconciliation_findings
        WHERE run_id = $1 AND kind = $2 AND record_id IN (SELECT value ->> 'id' FROM json_each($3))";
    ADD_FINDINGS = "INSERT INTO reconciliation_findings
        (id, run_id, class, kind, subject, record_id, organization_id, field, ours, theirs, owner, record, mended_at, mended_by)
        SELECT value ->> 'id', $1, value ->> 'class', value ->> 'kind', value ->> 'subject', value ->> 'record_id',
            value ->> 'organization_id', value ->> 'field', value ->> 'ours', value ->> 'theirs', value ->> 'owner',
            value ->> 'record', NULL, ''
        FROM json_each($2) WHERE true";
    FINDINGS = "SELECT id, run_id, class, kind, subject, record_id, organization_id, field, ours, theirs, owner, record, mended_at,
            changes, undone_at
        FROM reconciliation_findings WHERE run_id = $1 AND id > $2 AND ($3 = '' OR class = $3) ORDER BY id LIMIT $4";
    TO_MEND = "SELECT id, run_id, class, kind, subject, record_id, organization_id, field, ours, theirs, owner, record, mended_at,
            changes, undone_at
        FROM reconciliation_findings WHERE run_id = $1 AND id > $2 AND mended_at IS NULL AND undone_at IS NULL
            AND owner <> 'nobody' ORDER BY id LIMIT $3";
    FIND = "SELECT id, run_id, class, kind, subject, record_id, organization_id, field, ours, theirs, owner, record, mended_at,
            changes, undone_at
        FROM reconciliation_findings WHERE id = $1";
    COUNTS = "SELECT class, count(*) AS found, CAST(sum(CASE WHEN mended_at IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS mended
        FROM reconciliation_findings WHERE run_id = $1 GROUP BY class ORDER BY class";
    MENDED = "UPDATE reconciliation_findings SET mended_at = $2, mended_by = $3, changes = '', undone_at = NULL, undone_by = ''
        WHERE id = $1 AND mended_at IS NULL RETURNING id";
    SET_CHANGES = "UPDATE reconciliation_findings SET changes = $2 WHERE id = $1";
    TO_UNDO = "SELECT id, run_id, class, kind, subject, record_id, organization_id, field, ours, theirs, owner, record, mended_at,
            changes, undone_at
        FROM reconciliation_findings WHERE run_id = $1 AND id > $2 AND mended_at IS NOT NULL ORDER BY id LIMIT $3";
    UNDONE = "UPDATE reconciliation_findings SET undone_at = $2, undone_by = $3, mended_at = NULL
        WHERE id = $1 AND mended_at IS NOT NULL RETURNING id";

    MEMBERS_BY_ID = "SELECT m.id, m.organization_id, o.crm_account_id, m.status, m.crm_contact_id, p.email, p.email_key, p.given_name,
            p.family_name
        FROM json_each($2) AS k CROSS JOIN memberships AS m JOIN organizations AS o ON o.id = m.organization_id
        JOIN persons AS p ON p.id = m.person_id WHERE m.id = k.value ->> 'id' AND o.connection = $1";
    MEMBERS_BY_CONTACT = "SELECT m.id, m.organization_id, o.crm_account_id, m.status, m.crm_contact_id, p.email, p.email_key, p.given_name,
            p.family_name
        FROM json_each($2) AS k CROSS JOIN memberships AS m JOIN organizations AS o ON o.id = m.organization_id
        JOIN persons AS p ON p.id = m.person_id WHERE m.crm_contact_id = k.value ->> 'id' AND o.connection = $1";
    ACCOUNT_VERSIONS = "SELECT o.crm_account_id AS id, o.crm_version AS version, o.name AS word FROM json_each($2) AS k
        CROSS JOIN organizations AS o WHERE o.connection = $1 AND o.crm_account_id = k.value ->> 'id'";
    CONTACT_VERSIONS = "SELECT c.external_id AS id, c.crm_version AS version, c.email AS word FROM json_each($2) AS k
        CROSS JOIN crm_people AS c WHERE c.connection = $1 AND c.kind = 'contact' AND c.external_id = k.value ->> 'id'";
    CONTRACT_VERSIONS = "SELECT c.external_id AS id, c.source_version AS version, c.status AS word FROM json_each($2) AS k
        CROSS JOIN contracts AS c WHERE c.connection = $1 AND c.external_id = k.value ->> 'id'";

    /// The last row of the next window of each of our lists.
    MEMBERS_END = "SELECT max(id) FROM (SELECT id FROM memberships WHERE id > $1 ORDER BY id LIMIT $2) AS w";
    PEOPLE_END = "SELECT max(external_id) FROM (SELECT external_id FROM crm_people
        WHERE connection = $1 AND kind = 'contact' AND external_id > $2 ORDER BY external_id LIMIT $3) AS w";
    CONTRACTS_END = "SELECT max(external_id) FROM (SELECT external_id FROM contracts
        WHERE connection = $1 AND external_id > $2 ORDER BY external_id LIMIT $3) AS w";
    /// Members that no contact named; who came after the run began is left to the next one.
    MEMBERS_MISSING = "SELECT m.id, m.organization_id, m.crm_contact_id, m.display_name AS word
        FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE m.id > $2 AND m.id <= $3 AND o.connection = $1 AND m.status <> 'removed' AND m.created_at < $5
            AND o.crm_account_id NOT LIKE 'lead:%'
            AND NOT EXISTS (SELECT 1 FROM reconciliation_seen s WHERE s.run_id = $4 AND s.kind = 'membership' AND s.id = m.id)
        ORDER BY m.id";
    PEOPLE_MISSING = "SELECT c.external_id AS id, c.organization_id, c.email AS word FROM crm_people c
        WHERE c.connection = $1 AND c.kind = 'contact' AND c.external_id > $2 AND c.external_id <= $3 AND c.fetched_at < $5
            AND NOT EXISTS (SELECT 1 FROM reconciliation_seen s WHERE s.run_id = $4 AND s.kind = 'contact' AND s.id = c.external_id)
        ORDER BY c.external_id";
    CONTRACTS_MISSING = "SELECT c.external_id AS id, c.organization_id, c.number AS word FROM contracts c
        WHERE c.connection = $1 AND c.external_id > $2 AND c.external_id <= $3 AND c.fetched_at < $5 AND c.status <> 'ended'
            AND NOT EXISTS (SELECT 1 FROM reconciliation_seen s WHERE s.run_id = $4 AND s.kind = 'contract' AND s.id = c.external_id)
        ORDER BY c.external_id";
}
