//! SQL of contracts.

use crate::sql;

sql! {
    FIND = "SELECT id, organization_id, connection, external_id, number, status, starts_at, ends_at, grace_ends_at, seats, products,
            source_version, fetched_at
        FROM contracts WHERE connection = $1 AND external_id = $2";
    OF_ORGANIZATION = "SELECT id, organization_id, connection, external_id, number, status, starts_at, ends_at, grace_ends_at, seats,
            products, source_version, fetched_at
        FROM contracts WHERE organization_id = $1 ORDER BY starts_at DESC, number, id";
    FIND_BY_NUMBER_KEY = "SELECT id, organization_id, connection, external_id, number, status, starts_at, ends_at, grace_ends_at, seats,
            products, source_version, fetched_at
        FROM contracts WHERE number_key = $1 ORDER BY connection, external_id";
    /// Only forward (law 10): an older or equal version finds no row to update.
    UPSERT = "INSERT INTO contracts
        (id, organization_id, connection, external_id, number, number_key, status, starts_at, ends_at, grace_ends_at, seats, products,
         source_version, fetched_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (connection, external_id) DO UPDATE SET organization_id = excluded.organization_id, number = excluded.number,
            number_key = excluded.number_key, status = excluded.status, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            grace_ends_at = excluded.grace_ends_at, seats = excluded.seats, products = excluded.products,
            source_version = excluded.source_version, fetched_at = excluded.fetched_at
        WHERE contracts.source_version < excluded.source_version RETURNING id";
    /// Contracts whose step lies between two moments and that nobody was told of at this distance or
    /// a nearer one.
    BEGINS_SOON = "SELECT id, organization_id, starts_at AS at FROM contracts c
        WHERE status = 'active' AND starts_at > $1 AND starts_at <= $2 AND NOT EXISTS (SELECT 1 FROM contract_notices n
            WHERE n.contract_id = c.id AND n.step = 'begin' AND n.step_at = c.starts_at AND n.days <= $3)
        ORDER BY starts_at, id LIMIT $4";
    ENDS_SOON = "SELECT id, organization_id, ends_at AS at FROM contracts c
        WHERE status = 'active' AND ends_at > $1 AND ends_at <= $2 AND NOT EXISTS (SELECT 1 FROM contract_notices n
            WHERE n.contract_id = c.id AND n.step = 'end' AND n.step_at = c.ends_at AND n.days <= $3)
        ORDER BY ends_at, id LIMIT $4";
    GRACE_ENDS_SOON = "SELECT id, organization_id, grace_ends_at AS at FROM contracts c
        WHERE status = 'active' AND grace_ends_at > $1 AND grace_ends_at <= $2 AND grace_ends_at > ends_at
            AND NOT EXISTS (SELECT 1 FROM contract_notices n
                WHERE n.contract_id = c.id AND n.step = 'grace_end' AND n.step_at = c.grace_ends_at AND n.days <= $3)
        ORDER BY grace_ends_at, id LIMIT $4";
    NOTE_NOTICE = "INSERT INTO contract_notices (contract_id, step, step_at, days, told_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING RETURNING contract_id";
    COUNT_GRANTING = "SELECT count(*) FROM contracts
        WHERE connection = $1 AND status = 'active' AND starts_at <= $2
            AND (ends_at IS NULL OR ends_at > $2 OR grace_ends_at > $2)";
    /// Ends that a person released do not count: somebody has looked at them.
    COUNT_ENDED = "SELECT count(*) FROM (
        SELECT r.contract_id FROM receipts r JOIN contracts c ON c.id = r.contract_id
            WHERE r.kind = 'ended' AND r.decided_at > $2 AND c.connection = $1
                AND NOT EXISTS (SELECT 1 FROM held_changes h WHERE h.connection = c.connection AND h.external_id = c.external_id
                    AND h.decided_at = r.decided_at)
        UNION SELECT id FROM contracts WHERE connection = $1 AND cut_at > $2) AS ended";
    /// Access that was cut and has not ended yet; the brake counts both.
    COUNT_CUT = "UPDATE contracts SET cut_at = $2 WHERE id = $1";
    HOLD = "INSERT INTO held_changes (id, connection, external_id, version, record, received_at, decided_by, asked_by)
        VALUES ($1, $2, $3, $4, $5, $6, '', $7)
        ON CONFLICT (connection, external_id) WHERE decided_at IS NULL DO UPDATE SET
            record = CASE WHEN held_changes.version < excluded.version THEN excluded.record ELSE held_changes.record END,
            version = CASE WHEN held_changes.version < excluded.version THEN excluded.version ELSE held_changes.version END
        RETURNING id";
    HELD = "SELECT id, connection, external_id, record, received_at, asked_by FROM held_changes
        WHERE connection = $1 AND decided_at IS NULL ORDER BY external_id LIMIT $2";
    HELD_DECIDED = "SELECT id FROM held_changes
        WHERE connection = $1 AND external_id = $2 AND version >= $3 AND decided_at IS NOT NULL LIMIT 1";
    DECIDE_HELD = "UPDATE held_changes SET decided_at = $3, decided_by = $4
        WHERE connection = $1 AND id = $2 AND decided_at IS NULL AND ($5 = '' OR asked_by <> $5)
        RETURNING id, connection, external_id, record, received_at, asked_by";
    DROP_HELD = "UPDATE held_changes SET decided_at = $4, decided_by = 'newer_version'
        WHERE connection = $1 AND external_id = $2 AND version < $3 AND decided_at IS NULL RETURNING id";
    COUNT_AFFECTED = "SELECT
        (SELECT count(*) FROM memberships m
            WHERE m.organization_id = $1 AND m.status = 'active' AND (m.ends_at IS NULL OR m.ends_at > $2)) AS memberships,
        (SELECT count(*) FROM memberships m JOIN sessions s ON s.person_id = m.person_id
            WHERE m.organization_id = $1 AND m.status = 'active' AND (m.ends_at IS NULL OR m.ends_at > $2) AND s.expires_at > $2) AS sessions";
    ADD_RECEIPT = "INSERT INTO receipts
        (id, organization_id, contract_id, kind, crm_changed_at, received_at, decided_at, memberships, sessions, change_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    ADD_PERSON_RECEIPT = "INSERT INTO receipts
        (id, organization_id, person_id, kind, received_at, decided_at, memberships, sessions, change_id)
        SELECT $1, $2, $3, $4, $5, $5,
            CASE WHEN $7 THEN 1 ELSE (SELECT count(*) FROM memberships m WHERE m.person_id = $3 AND m.status = 'active') END,
            (SELECT count(*) FROM sessions s WHERE s.person_id = $3 AND s.expires_at > $5), $6";
    NOTE_FIRST_REFUSAL = "UPDATE receipts SET first_refused_at = $2
        WHERE first_refused_at IS NULL AND kind = 'ended' AND decided_at <= $2
            AND id = (SELECT id FROM receipts WHERE organization_id = $1 AND person_id IS NULL ORDER BY decided_at DESC, id DESC LIMIT 1)";
    RECEIPTS = "SELECT id, organization_id, contract_id, kind, crm_changed_at, received_at, decided_at, memberships, sessions, first_refused_at
        FROM receipts WHERE organization_id = $1 AND person_id IS NULL ORDER BY decided_at DESC, id DESC LIMIT $2";
    /// A merged delivery is told by the first one after it that was finished itself, and given up with it.
    /// One that was done without a user there was about nobody.
    ALL_RECEIPTS = "SELECT r.id, r.kind, r.organization_id, o.name AS organization, r.contract_id, c.number AS contract, r.person_id,
            p.display_name AS person, r.crm_changed_at, r.received_at, r.decided_at, r.memberships, r.sessions, r.first_refused_at,
            r.change_id, r.told, r.told_at,
            CASE WHEN r.change_id IS NULL OR r.told IS NOT NULL THEN 0 ELSE (
                SELECT count(*) FROM deliveries d WHERE d.change_id = r.change_id
                    AND (d.state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
                        OR (d.state = 'merged' AND NOT EXISTS (SELECT 1 FROM deliveries y WHERE y.subject = d.subject
                            AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped'))))) END AS waiting,
            CASE WHEN r.change_id IS NULL OR r.told IS NOT NULL THEN 0 ELSE (
                SELECT count(*) FROM deliveries d LEFT JOIN deliveries z ON d.state = 'merged' AND z.seq = (
                        SELECT min(y.seq) FROM deliveries y WHERE y.subject = d.subject
                            AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped'))
                    WHERE d.change_id = r.change_id AND (d.state = 'skipped' OR z.state = 'skipped')) END AS given_up,
            CASE WHEN r.change_id IS NULL OR r.told IS NOT NULL THEN NULL ELSE (
                SELECT max(CASE WHEN d.state = 'merged' THEN z.done_at ELSE d.done_at END)
                    FROM deliveries d LEFT JOIN deliveries z ON d.state = 'merged' AND z.seq = (
                        SELECT min(y.seq) FROM deliveries y WHERE y.subject = d.subject
                            AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped'))
                    WHERE d.change_id = r.change_id AND ((d.state = 'done' AND d.remote_id <> '')
                        OR (z.state = 'done' AND z.remote_id <> ''))) END AS last_told_at
        FROM receipts r LEFT JOIN organizations o ON o.id = r.organization_id LEFT JOIN contracts c ON c.id = r.contract_id
            LEFT JOIN persons p ON p.id = r.person_id
        WHERE (r.decided_at, r.id) < ($1, $2) ORDER BY r.decided_at DESC, r.id DESC LIMIT $3";
    NOTE_TOLD = "UPDATE receipts SET told_at = (
            SELECT max(CASE WHEN d.state = 'merged' THEN z.done_at ELSE d.done_at END)
                FROM deliveries d LEFT JOIN deliveries z ON d.state = 'merged' AND z.seq = (
                    SELECT min(y.seq) FROM deliveries y WHERE y.subject = d.subject
                        AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped'))
                WHERE d.change_id = receipts.change_id AND ((d.state = 'done' AND d.remote_id <> '')
                    OR (z.state = 'done' AND z.remote_id <> ''))),
            told = CASE WHEN EXISTS (
                SELECT 1 FROM deliveries d LEFT JOIN deliveries z ON d.state = 'merged' AND z.seq = (
                    SELECT min(y.seq) FROM deliveries y WHERE y.subject = d.subject
                        AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped'))
                WHERE d.change_id = receipts.change_id AND (d.state = 'skipped' OR z.state = 'skipped')) THEN 'given_up'
            WHEN EXISTS (
                SELECT 1 FROM deliveries d LEFT JOIN deliveries z ON d.state = 'merged' AND z.seq = (
                    SELECT min(y.seq) FROM deliveries y WHERE y.subject = d.subject
                        AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped'))
                WHERE d.change_id = receipts.change_id AND ((d.state = 'done' AND d.remote_id <> '')
                    OR (z.state = 'done' AND z.remote_id <> ''))) THEN 'told'
            ELSE 'nobody' END
        WHERE told IS NULL AND change_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM deliveries d WHERE d.change_id = receipts.change_id
                AND (d.state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
                    OR (d.state = 'merged' AND NOT EXISTS (SELECT 1 FROM deliveries y WHERE y.subject = d.subject
                        AND y.seq > d.seq AND y.destination = d.destination AND y.state IN ('done', 'skipped')))))";
}
