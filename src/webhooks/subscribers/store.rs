//! SQL of webhook subscribers.

use crate::sql;

sql! {
    CREATE = "INSERT INTO webhook_subscribers (id, name, url, secret, old_secret, old_ends_at, created_at, removed_at)
        VALUES ($1, $2, $3, $4, '', NULL, $5, NULL)";
    FIND = "SELECT id, name, url, old_ends_at, created_at FROM webhook_subscribers WHERE id = $1 AND removed_at IS NULL";
    LIST = "SELECT id, name, url, old_ends_at, created_at FROM webhook_subscribers WHERE removed_at IS NULL ORDER BY id";
    TARGET = "SELECT url, secret, old_secret, old_ends_at FROM webhook_subscribers WHERE id = $1 AND removed_at IS NULL";
    /// The secret there was goes on until $3.
    ROTATE = "UPDATE webhook_subscribers SET old_secret = secret, old_ends_at = $3, secret = $2
        WHERE id = $1 AND removed_at IS NULL RETURNING name";
    REMOVE = "UPDATE webhook_subscribers SET secret = '', old_secret = '', old_ends_at = NULL, removed_at = $2
        WHERE id = $1 AND removed_at IS NULL RETURNING name";
    REMOVED_SINCE = "SELECT id FROM webhook_subscribers WHERE removed_at >= $1 ORDER BY removed_at LIMIT $2";
}
