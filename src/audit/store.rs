//! SQL of the audit log.

use crate::sql;

sql! {
    HEAD = "SELECT seq, hash, seal FROM audit_heads WHERE chain = $1";
    SET_HEAD = "INSERT INTO audit_heads (chain, seq, hash, seal) VALUES ($1, $2, $3, $4)
        ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal";
    APPEND = "INSERT INTO audit_events
        (chain, seq, at, actor_kind, actor_ref, action, target, organization_id, detail, request_id, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    CHAINS = "SELECT chain, seq, hash, seal FROM audit_heads ORDER BY chain";
    CHAINS_WITH_EVENTS = "SELECT DISTINCT chain FROM audit_events ORDER BY chain";
    /// Organizations whose chain is gone, or does not begin with their creation.
    UNCHAINED = "SELECT o.id FROM organizations o
        LEFT JOIN audit_events e ON e.chain = o.id AND e.seq = 1
        WHERE e.action IS NULL OR e.action <> 'organization.created' ORDER BY o.id";
    /// Whoever was created first is in the system's chain from its beginning.
    FIRST_PERSON = "SELECT id FROM persons ORDER BY created_at, id LIMIT 1";
    IS_RECORDED = "SELECT seq FROM audit_events WHERE chain = $1 AND target = $2 AND action = $3 LIMIT 1";
    NEXT_OF_CHAIN = "SELECT seq, at, actor_kind, actor_ref, action, target, organization_id, detail, request_id, hash
        FROM audit_events WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    OF_ORGANIZATION = "SELECT chain, seq, at, actor_kind, actor_ref, action, target, organization_id, detail, request_id
        FROM audit_events
        WHERE chain = $1 AND seq < $2 AND ($3 = '' OR action = $3) AND ($4 = '' OR actor_ref = $4 OR target = $4)
        ORDER BY seq DESC LIMIT $5";
    FEED = "SELECT e.chain, e.seq, e.at, e.actor_kind, e.actor_ref, e.action, e.target, e.organization_id, e.detail, e.request_id,
            o.connection
        FROM audit_events e LEFT JOIN organizations o ON o.id = e.chain
        WHERE (e.at, e.chain, e.seq) > ($1, $2, $3) AND e.at <= $4
        ORDER BY e.at, e.chain, e.seq LIMIT $5";
    FEED_OF = "SELECT e.chain, e.seq, e.at, e.actor_kind, e.actor_ref, e.action, e.target, e.organization_id, e.detail, e.request_id,
            o.connection
        FROM audit_events e LEFT JOIN organizations o ON o.id = e.chain
        WHERE e.chain = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3";
    NEWEST = "SELECT chain, seq, at, actor_kind, actor_ref, action, target, organization_id, detail, request_id
        FROM audit_events
        WHERE (at, chain, seq) < ($1, $2, $3) AND ($4 = '' OR action = $4)
            AND ($5 = '' OR actor_ref = $5 OR target = $5 OR chain = $5)
        ORDER BY at DESC, chain DESC, seq DESC LIMIT $6";
}
