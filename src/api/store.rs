//! SQL of answers remembered by `Idempotency-Key`.

use crate::sql;

sql! {
    CLAIM = "INSERT INTO api_idempotency (client_id, key, digest, started_at, location, body) VALUES ($1, $2, $3, $4, '', '')
        ON CONFLICT (client_id, key) DO NOTHING RETURNING key";
    FIND = "SELECT digest, started_at, status, location, body FROM api_idempotency WHERE client_id = $1 AND key = $2";
    /// An answer that is too old counts for nothing.
    CLAIM_OLD = "UPDATE api_idempotency SET digest = $3, started_at = $4, status = NULL, location = '', body = ''
        WHERE client_id = $1 AND key = $2 AND started_at <= $5 RETURNING key";
    /// What a node left that stopped, with the part that it had done.
    TAKE_OVER = "UPDATE api_idempotency SET started_at = $3
        WHERE client_id = $1 AND key = $2 AND status IS NULL AND started_at <= $4 RETURNING body";
    KEEP = "UPDATE api_idempotency SET status = $4, location = $5, body = $6
        WHERE client_id = $1 AND key = $2 AND started_at = $3 AND status IS NULL RETURNING key";
    KEEP_PART = "UPDATE api_idempotency SET started_at = $4, body = $5
        WHERE client_id = $1 AND key = $2 AND started_at = $3 AND status IS NULL RETURNING key";
    RELEASE = "DELETE FROM api_idempotency
        WHERE client_id = $1 AND key = $2 AND started_at = $3 AND status IS NULL AND body = ''";
    /// What was done in part stays, for whoever goes on with it.
    GIVE_BACK = "UPDATE api_idempotency SET started_at = $4 WHERE client_id = $1 AND key = $2 AND started_at = $3 AND status IS NULL";
    FORGET = "DELETE FROM api_idempotency WHERE (client_id, key) IN
        (SELECT client_id, key FROM api_idempotency WHERE started_at <= $1 ORDER BY started_at LIMIT $2)";
}
