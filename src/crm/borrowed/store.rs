//! SQL of borrowed credentials.

use crate::sql;

sql! {
    ADD = "INSERT INTO credentials (id, connection, person_id, secret, lent_at, expires_at, uses, used, ended_because)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '')
        ON CONFLICT (connection) WHERE ended_at IS NULL DO NOTHING RETURNING id";
    LIVE = "SELECT c.id, c.person_id, c.secret, c.lent_at, c.expires_at, c.uses, c.used, c.last_used_at,
            p.display_name AS lender, p.email_key, p.status
        FROM credentials c JOIN persons p ON p.id = c.person_id
        WHERE c.connection = $1 AND c.ended_at IS NULL";
    ALL_LIVE = "SELECT id, connection FROM credentials WHERE connection > '' AND ended_at IS NULL ORDER BY connection";
    /// The last use wipes it. What is over, or was used up by another node meanwhile, is not claimed.
    USE = "UPDATE credentials SET used = used + 1, last_used_at = $2,
            secret = CASE WHEN uses > 0 AND used + 1 >= uses THEN '' ELSE secret END,
            ended_at = CASE WHEN uses > 0 AND used + 1 >= uses THEN $2 ELSE NULL END,
            ended_because = CASE WHEN uses > 0 AND used + 1 >= uses THEN 'used_up' ELSE '' END
        WHERE id = $1 AND ended_at IS NULL AND expires_at > $2 AND (uses = 0 OR used < uses)
        RETURNING ended_at";
    END = "UPDATE credentials SET secret = '', ended_at = $2, ended_because = $3 WHERE id = $1 AND ended_at IS NULL
        RETURNING connection, used";
    LAST = "SELECT c.ended_at, c.ended_because, c.used, p.display_name AS lender
        FROM credentials c JOIN persons p ON p.id = c.person_id
        WHERE c.connection = $1 AND c.ended_at IS NOT NULL ORDER BY c.ended_at DESC LIMIT 1";
    ASKED = "SELECT asked_at FROM credential_letters WHERE connection = $1";
    SET_ASKED = "INSERT INTO credential_letters (connection, asked_at) VALUES ($1, $2)
        ON CONFLICT (connection) DO UPDATE SET asked_at = excluded.asked_at";
    TRIES = "SELECT CAST(COALESCE(sum(count), 0) AS BIGINT) FROM attempts WHERE key = $1 AND window_at > $2";
    COUNT_TRY = "INSERT INTO attempts (key, window_at, count) VALUES ($1, $2, 1)
        ON CONFLICT (key, window_at) DO UPDATE SET count = attempts.count + 1";
    GIVE_TRY_BACK = "UPDATE attempts SET count = count - 1 WHERE key = $1 AND window_at = $2 AND count > 0";
    /// Only our own: other features count over other times in the same table.
    SWEEP_TRIES = "DELETE FROM attempts WHERE window_at < $1 AND key >= 'credential:' AND key < 'credential;'";
}
