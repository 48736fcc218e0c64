//! SQL of the outbox.
//!
//! *Unfinished* is always written as the same list of states in the same order: that is what the
//! partial index `deliveries_open` is for. A row is free when no unfinished row of its subject
//! stands before it, other than those that it replaces: waiting ones, and of `person_stands`, whose
//! content is read when it is delivered, also those that failed and those about which a person has not
//! decided yet. What somebody set aside stays.

use crate::sql;

sql! {
    ADD_CHANGE = "INSERT INTO changes (id, at, kind, subject, organization_id, author, payload, request_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ADD_DELIVERY = "INSERT INTO deliveries
        (id, change_id, destination, subject, kind, mergeable, state, attempts, next_attempt_at, lease_owner, fence, cause,
         last_error, remote_id, choice, created_at, urgency)
        VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, '', 0, '', '', '', '', $7, $8)";
    /// The same about many subjects: a JSON object of ids.
    ADD_DELIVERIES = "INSERT INTO deliveries
        (id, change_id, destination, subject, kind, mergeable, state, attempts, next_attempt_at, lease_owner, fence, cause,
         last_error, remote_id, choice, created_at, urgency)
        SELECT key, $2, $3, value ->> 'subject', $4, $5, 'waiting', 0, $6, '', 0, '', '', '', '', $6, $7
        FROM json_each($1) WHERE true";
    ADD_CHANGES = "INSERT INTO changes (id, at, kind, subject, organization_id, author, payload, request_id)
        SELECT key, $2, value ->> 'kind', value ->> 'subject', $3, $4, value ->> 'payload', $5 FROM json_each($1) WHERE true";
    /// One delivery of each of many changes.
    ADD_DELIVERIES_OF_EACH = "INSERT INTO deliveries
        (id, change_id, destination, subject, kind, mergeable, state, attempts, next_attempt_at, lease_owner, fence, cause,
         last_error, remote_id, choice, created_at, urgency)
        SELECT value ->> 'delivery', key, $2, value ->> 'subject', value ->> 'kind', FALSE, 'waiting', 0, $3, '', 0, '', '', '', '', $3,
            CAST(value ->> 'urgency' AS BIGINT) FROM json_each($1) WHERE true";
    /// What is urgent hurries what stands before it.
    HURRY = "UPDATE deliveries SET urgency = 0
        WHERE destination = $1 AND subject = $2 AND state IN ('waiting', 'claimed', 'dead', 'review', 'parked') AND urgency > 0";
    /// What the next news about a subject waits behind.
    FIRST_UNFINISHED = "SELECT state FROM deliveries
        WHERE destination = $1 AND subject = $2 AND state IN ('waiting', 'claimed', 'dead', 'review', 'parked') ORDER BY seq LIMIT 1";

    /// 1 when a claim of what is at most so urgent ($3) may find something.
    IS_DUE = "SELECT CAST(CASE WHEN
        EXISTS (SELECT 1 FROM deliveries WHERE destination = $1 AND state = 'claimed' AND lease_until <= $2)
        OR EXISTS (SELECT 1 FROM deliveries WHERE destination = $1 AND state = 'waiting' AND urgency = 0 AND next_attempt_at <= $2)
        OR ($3 >= 1 AND EXISTS (
            SELECT 1 FROM deliveries WHERE destination = $1 AND state = 'waiting' AND urgency = 1 AND next_attempt_at <= $2))
        OR ($3 >= 2 AND EXISTS (
            SELECT 1 FROM deliveries WHERE destination = $1 AND state = 'waiting' AND urgency = 2 AND next_attempt_at <= $2))
        THEN 1 ELSE 0 END AS BIGINT)";
    TAKE_BACK = "UPDATE deliveries SET state = 'waiting', lease_until = NULL, lease_owner = '', last_error = $3
        WHERE destination = $1 AND state = 'claimed' AND lease_until <= $2
        RETURNING id, fence";
    /// Of the rows of one urgency that are due the first 500 are looked at. Free rows of one subject replace one
    /// another, so the last of them is taken. Needs the destination's lock: nobody else changes
    /// waiting rows meanwhile.
    CLAIM = "UPDATE deliveries
        SET state = 'claimed', lease_owner = $3, lease_until = $4, fence = fence + 1, attempts = attempts + 1
        WHERE seq IN (SELECT max(d.seq) FROM (
            SELECT seq, destination, subject, kind, mergeable, next_attempt_at FROM deliveries
            WHERE destination = $1 AND state = 'waiting' AND urgency = $6 AND next_attempt_at <= $2 ORDER BY next_attempt_at, seq LIMIT 500
            ) AS d
            WHERE NOT EXISTS (SELECT 1 FROM deliveries e
                WHERE e.destination = d.destination AND e.subject = d.subject AND e.seq < d.seq
                    AND e.state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
                    AND NOT (e.mergeable AND d.mergeable AND e.kind = d.kind
                        AND (e.state = 'waiting' OR (e.kind = 'person_stands' AND e.state IN ('dead', 'review')))))
            GROUP BY d.subject ORDER BY min(d.next_attempt_at), max(d.seq) LIMIT $5)";
    /// Rows that are due and not free make room for others until what blocks them is settled.
    PUSH_BACK = "UPDATE deliveries SET next_attempt_at = $3
        WHERE seq IN (SELECT d.seq FROM (
            SELECT seq, destination, subject, kind, mergeable, next_attempt_at FROM deliveries
            WHERE destination = $1 AND state = 'waiting' AND urgency = $4 AND next_attempt_at <= $2 ORDER BY next_attempt_at, seq LIMIT 500
            ) AS d
            WHERE EXISTS (SELECT 1 FROM deliveries e
                WHERE e.destination = d.destination AND e.subject = d.subject AND e.seq < d.seq
                    AND e.state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
                    AND NOT (e.mergeable AND d.mergeable AND e.kind = d.kind
                        AND (e.state = 'waiting' OR (e.kind = 'person_stands' AND e.state IN ('dead', 'review'))))))";
    /// `|| ''` keeps the planner away from the index of due rows, where this would be a long walk.
    /// What becomes free when the rows of a lease are finished is due now.
    RELEASE_BEHIND_LEASE = "UPDATE deliveries SET next_attempt_at = $3
        WHERE seq IN (SELECT n.seq FROM deliveries c JOIN deliveries n
                ON n.destination = c.destination AND n.subject = c.subject AND n.seq > c.seq
                    AND n.state IN ('waiting', 'claimed', 'dead', 'review', 'parked') AND n.state || '' = 'waiting'
            WHERE c.destination = $1 AND c.state = 'claimed' AND c.lease_owner = $2 AND n.attempts = 0 AND n.next_attempt_at > $3
                AND NOT EXISTS (SELECT 1 FROM deliveries x
                    WHERE x.destination = c.destination AND x.subject = c.subject AND x.seq > c.seq AND x.seq < n.seq
                        AND x.state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
                        AND NOT (x.mergeable AND n.mergeable AND x.kind = n.kind)))";
    /// The same behind one row.
    RELEASE_BEHIND = "UPDATE deliveries SET next_attempt_at = $2
        WHERE seq IN (SELECT n.seq FROM deliveries c JOIN deliveries n
                ON n.destination = c.destination AND n.subject = c.subject AND n.seq > c.seq
                    AND n.state IN ('waiting', 'claimed', 'dead', 'review', 'parked') AND n.state || '' = 'waiting'
            WHERE c.id = $1 AND n.attempts = 0 AND n.next_attempt_at > $2
                AND NOT EXISTS (SELECT 1 FROM deliveries x
                    WHERE x.destination = c.destination AND x.subject = c.subject AND x.seq > c.seq AND x.seq < n.seq
                        AND x.state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
                        AND NOT (x.mergeable AND n.mergeable AND x.kind = n.kind)))";
    /// Rows that stand before a row claimed just now were replaced by it; what was wrong with each.
    MERGE = "UPDATE deliveries SET state = 'merged', done_at = $3, merged_into = (
            SELECT c.id FROM deliveries c
            WHERE c.destination = $1 AND c.state = 'claimed' AND c.lease_owner = $2 AND c.subject = deliveries.subject)
        WHERE seq IN (
            SELECT e.seq FROM deliveries c JOIN deliveries e
                ON e.destination = c.destination AND e.subject = c.subject AND e.seq < c.seq
                    AND e.state IN ('waiting', 'claimed', 'dead', 'review', 'parked') AND e.state || '' IN ('waiting', 'dead', 'review')
            WHERE c.destination = $1 AND c.state = 'claimed' AND c.lease_owner = $2 AND c.mergeable)
        RETURNING cause";
    START_ATTEMPTS = "INSERT INTO delivery_attempts (delivery_id, attempt, started_at, finished_at, verdict, detail)
        SELECT id, fence, $3, NULL, '', '' FROM deliveries
        WHERE destination = $1 AND state = 'claimed' AND lease_owner = $2";
    CLAIMED = "SELECT d.id, d.change_id, d.seq, d.subject, d.kind, d.attempts, d.fence, d.choice,
            c.at, c.author, c.organization_id, c.payload
        FROM deliveries d JOIN changes c ON c.id = d.change_id
        WHERE d.destination = $1 AND d.state = 'claimed' AND d.lease_owner = $2
        ORDER BY d.seq";
    RENEW = "UPDATE deliveries SET lease_until = $3
        WHERE destination = $1 AND state = 'claimed' AND lease_owner = $2";

    SETTLE = "UPDATE deliveries
        SET state = $4, attempts = attempts - $5, next_attempt_at = $6, lease_until = NULL, lease_owner = '', cause = $7,
            last_error = $8, remote_id = CASE WHEN $9 = '' THEN remote_id ELSE $9 END, done_at = $10
        WHERE id = $1 AND state = 'claimed' AND lease_owner = $2 AND fence = $3";
    FINISH_ATTEMPT = "UPDATE delivery_attempts SET finished_at = $3, verdict = $4, detail = $5
        WHERE delivery_id = $1 AND attempt = $2";
    ERASE_PAYLOAD = "UPDATE changes SET payload = $2 WHERE id = $1";

    DESTINATION = "SELECT destination, paused_until, paused_by_person, reason, strikes, last_success_at, last_failure_at
        FROM destinations WHERE destination = $1";
    SUCCEEDED = "INSERT INTO destinations (destination, paused_by_person, reason, strikes, last_success_at)
        VALUES ($1, FALSE, '', 0, $2)
        ON CONFLICT (destination) DO UPDATE SET last_success_at = excluded.last_success_at, strikes = 0";
    FAILED = "INSERT INTO destinations (destination, paused_by_person, reason, strikes, last_failure_at)
        VALUES ($1, FALSE, '', 0, $2)
        ON CONFLICT (destination) DO UPDATE SET last_failure_at = excluded.last_failure_at";
    PAUSE_UNTIL = "INSERT INTO destinations (destination, paused_until, paused_by_person, reason, strikes)
        VALUES ($1, $2, FALSE, $3, $4)
        ON CONFLICT (destination) DO UPDATE SET
            reason = CASE WHEN destinations.paused_by_person THEN destinations.reason ELSE excluded.reason END,
            paused_until = CASE WHEN destinations.paused_until > excluded.paused_until THEN destinations.paused_until
                ELSE excluded.paused_until END,
            strikes = excluded.strikes";
    PAUSE_BY_PERSON = "INSERT INTO destinations (destination, paused_by_person, reason, strikes)
        VALUES ($1, TRUE, $2, 0)
        ON CONFLICT (destination) DO UPDATE SET paused_by_person = TRUE, reason = excluded.reason";
    /// Strikes are kept until something gets through: that is when the task about them is closed.
    RESUME = "UPDATE destinations SET paused_by_person = FALSE, paused_until = NULL, reason = '',
            strikes = CASE WHEN strikes > 0 THEN 1 ELSE 0 END
        WHERE destination = $1";
    /// The same of a pause that refused rights began, where no person has paused it too.
    TRY_AGAIN = "UPDATE destinations SET paused_until = NULL, reason = '', strikes = 1
        WHERE destination = $1 AND strikes > 0 AND paused_by_person = FALSE";

    SUBSCRIBE = "INSERT INTO subscriptions (topic, destination, seen_at) VALUES ($1, $2, $3)
        ON CONFLICT (topic, destination) DO UPDATE SET seen_at = excluded.seen_at";
    UNSUBSCRIBE = "DELETE FROM subscriptions WHERE destination = $1";
    SUBSCRIBED = "SELECT destination FROM subscriptions WHERE topic = $1 ORDER BY destination";
    SUBSCRIBED_SINCE = "SELECT destination, seen_at FROM subscriptions WHERE topic = $1 ORDER BY destination";
    TOPICS = "SELECT topic FROM subscriptions WHERE destination = $1 ORDER BY topic";
    /// What a worker holds is left to it, unless that worker is gone.
    ABANDON = "UPDATE deliveries SET state = 'skipped', done_at = $2, last_error = $3, lease_until = NULL, lease_owner = ''
        WHERE destination = $1 AND (state IN ('waiting', 'dead', 'review', 'parked') OR (state = 'claimed' AND lease_until <= $2))";
    FORGET_DESTINATION = "DELETE FROM destinations WHERE destination = $1";

    ALLOWANCE = "SELECT source, allowed, window_us, refused_at, paid_until, counted_from, counted, counted_before, misses,
            day_allowed, day_left, day_at
        FROM allowances WHERE destination = $1";
    KEEP_ALLOWANCE = "INSERT INTO allowances (destination, source, allowed, window_us, refused_at, paid_until, counted_from, counted,
            counted_before, misses, day_allowed, day_left, day_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (destination) DO UPDATE SET source = excluded.source, allowed = excluded.allowed, window_us = excluded.window_us,
            refused_at = excluded.refused_at, paid_until = excluded.paid_until, counted_from = excluded.counted_from,
            counted = excluded.counted, counted_before = excluded.counted_before, misses = excluded.misses,
            day_allowed = excluded.day_allowed, day_left = excluded.day_left, day_at = excluded.day_at";

    HAS_DEAD = "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'dead' AND destination = $1 LIMIT 1) AS dead";

    FIND = "SELECT d.id, d.change_id, d.seq, d.destination, d.subject, d.kind, d.state, d.attempts, d.fence, d.choice, d.cause,
            c.at, c.author, c.organization_id, c.payload
        FROM deliveries d JOIN changes c ON c.id = d.change_id
        WHERE d.id = $1";
    /// Sends a row again as if for the first time.
    REPLAY = "UPDATE deliveries SET state = 'waiting', attempts = 0, next_attempt_at = $2, cause = ''
        WHERE id = $1 AND state IN ('waiting', 'dead', 'review', 'parked')";
    REPLAY_ALL = "UPDATE deliveries SET state = 'waiting', attempts = 0, next_attempt_at = $3, cause = ''
        WHERE destination = $1 AND state = 'dead' AND cause = $2";
    PARK = "UPDATE deliveries SET state = 'parked' WHERE id = $1 AND state IN ('waiting', 'dead', 'review')";
    SKIP = "UPDATE deliveries SET state = 'skipped', done_at = $2, last_error = $3
        WHERE id = $1 AND state IN ('waiting', 'dead', 'review', 'parked')";
    /// A row somebody decided about is delivered itself: a newer one does not know the decision.
    RESOLVE = "UPDATE deliveries
        SET state = 'waiting', attempts = 0, next_attempt_at = $2, cause = '', choice = $3, mergeable = FALSE
        WHERE id = $1 AND state = 'review'";
    LAST_ATTEMPT = "SELECT attempt, started_at, finished_at, verdict, detail FROM delivery_attempts
        WHERE delivery_id = $1 ORDER BY attempt DESC LIMIT 1";

    SWEEP_ATTEMPTS = "DELETE FROM delivery_attempts WHERE delivery_id IN (
        SELECT id FROM deliveries
        WHERE state IN ('done', 'merged', 'skipped') AND done_at < $1 ORDER BY done_at, seq LIMIT $2)";
    SWEEP_DELIVERIES = "DELETE FROM deliveries WHERE seq IN (
        SELECT seq FROM deliveries
        WHERE state IN ('done', 'merged', 'skipped') AND done_at < $1 ORDER BY done_at, seq LIMIT $2)";
    SWEEP_CHANGES = "DELETE FROM changes WHERE id IN (
        SELECT c.id FROM changes c
        WHERE c.id < $1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.change_id = c.id) ORDER BY c.id LIMIT $2)";

    /// Counts stop at 10,001 rows, and of what waits only the oldest 1,000 are looked at for retries.
    HEALTH = "SELECT
        (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'waiting' AND destination = $1 LIMIT 10001) AS r) AS waiting,
        (SELECT count(*) FROM (SELECT attempts FROM deliveries WHERE state = 'waiting' AND destination = $1 ORDER BY seq LIMIT 1000)
            AS r WHERE attempts > 0) AS retrying,
        (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'claimed' AND destination = $1 LIMIT 10001) AS r) AS under_way,
        (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'dead' AND destination = $1 LIMIT 10001) AS r) AS dead,
        (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'review' AND destination = $1 LIMIT 10001) AS r) AS review,
        (SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE state = 'parked' AND destination = $1 LIMIT 10001) AS r) AS parked,
        (SELECT created_at FROM deliveries WHERE state = 'waiting' AND destination = $1 ORDER BY seq LIMIT 1) AS oldest_at";
    KNOWN_DESTINATIONS = "SELECT destination FROM destinations ORDER BY destination";
    NEWEST = "SELECT d.seq, d.id, d.destination, d.subject, d.kind, d.state, d.attempts, d.fence, d.next_attempt_at, d.cause, d.last_error,
            d.remote_id, d.merged_into, d.created_at, d.done_at, c.at, c.author, c.organization_id, c.payload, c.request_id
        FROM deliveries d JOIN changes c ON c.id = d.change_id
        WHERE d.seq < $1 AND ($2 = '' OR d.destination = $2) ORDER BY d.seq DESC LIMIT $3";
    NEWEST_IN_STATE = "SELECT d.seq, d.id, d.destination, d.subject, d.kind, d.state, d.attempts, d.fence, d.next_attempt_at, d.cause, d.last_error,
            d.remote_id, d.merged_into, d.created_at, d.done_at, c.at, c.author, c.organization_id, c.payload, c.request_id
        FROM deliveries d JOIN changes c ON c.id = d.change_id
        WHERE d.state = $4 AND d.destination = $2 AND d.seq < $1 AND ($5 = '' OR d.cause = $5) ORDER BY d.seq DESC LIMIT $3";
    SHOW = "SELECT d.seq, d.id, d.destination, d.subject, d.kind, d.state, d.attempts, d.fence, d.next_attempt_at, d.cause, d.last_error,
            d.remote_id, d.merged_into, d.created_at, d.done_at, c.at, c.author, c.organization_id, c.payload, c.request_id
        FROM deliveries d JOIN changes c ON c.id = d.change_id WHERE d.id = $1";
    BEHIND = "SELECT count(*) FROM (SELECT 1 FROM deliveries
        WHERE destination = $1 AND subject = $2 AND seq > $3 AND state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
        LIMIT 1001) AS r";
    IS_BEHIND = "SELECT count(*) FROM (SELECT 1 FROM deliveries
        WHERE destination = $1 AND subject = $2 AND seq < $3 AND state IN ('waiting', 'claimed', 'dead', 'review', 'parked')
        LIMIT 1) AS r";
    ATTEMPTS = "SELECT attempt, started_at, finished_at, verdict, detail FROM delivery_attempts
        WHERE delivery_id = $1 ORDER BY attempt DESC LIMIT $2";
    LAST_OF_SUBJECT = "SELECT id, state, done_at FROM deliveries
        WHERE subject = $1 AND destination = $2 AND state <> 'merged' ORDER BY seq DESC LIMIT 1";
    DEAD_BY_CAUSE = "SELECT destination, cause, count(*) AS count, min(created_at) AS since FROM deliveries
        WHERE state = 'dead' GROUP BY destination, cause ORDER BY count(*) DESC, destination, cause LIMIT $1";
}
