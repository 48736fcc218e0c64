//! SQL of clients, their secrets and tokens.

use crate::sql;

sql! {
    CREATE = "INSERT INTO api_clients (id, name, scopes, connection, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "SELECT id, name, scopes, connection, created_at, expires_at, revoked_at, last_used_at FROM api_clients WHERE id = $1";
    /// Holds the row until the transaction ends and gives it as it stands.
    LOCK = "UPDATE api_clients SET name = name WHERE id = $1
        RETURNING id, name, scopes, connection, created_at, expires_at, revoked_at, last_used_at";
    LIST = "SELECT id, name, scopes, connection, created_at, expires_at, revoked_at, last_used_at FROM api_clients
        WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3";
    REVOKE = "UPDATE api_clients SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id";
    ADD_SECRET = "INSERT INTO api_client_secrets (secret_hash, client_id, created_at) VALUES ($1, $2, $3)";
    /// Those that would count longer than $2 stop counting then.
    END_SECRETS = "UPDATE api_client_secrets SET ends_at = $2 WHERE client_id = $1 AND (ends_at IS NULL OR ends_at > $2)";
    BY_SECRET = "SELECT c.id, c.name, c.scopes, c.connection, c.created_at, c.expires_at, c.revoked_at, c.last_used_at
        FROM api_client_secrets s JOIN api_clients c ON c.id = s.client_id
        WHERE s.secret_hash = $1 AND s.client_id = $2 AND (s.ends_at IS NULL OR s.ends_at > $3)";
    ADD_TOKEN = "INSERT INTO api_tokens (token_hash, client_id, secret_hash, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// A token ends with the secret it was got with.
    BY_TOKEN = "SELECT t.scopes AS token_scopes, c.id, c.name, c.scopes, c.connection, c.created_at, c.expires_at, c.revoked_at,
            c.last_used_at, (SELECT COALESCE(max(version), 0) FROM catalogue_versions) AS catalogue_version
        FROM api_tokens t JOIN api_clients c ON c.id = t.client_id JOIN api_client_secrets s ON s.secret_hash = t.secret_hash
        WHERE t.token_hash = $1 AND t.expires_at > $2 AND (s.ends_at IS NULL OR s.ends_at > $2)";
    NOTE_USE = "UPDATE api_clients SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)";
    FORGET_TOKENS = "DELETE FROM api_tokens WHERE token_hash IN
        (SELECT token_hash FROM api_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
}
