//! SQL of the outbox.

use crate::sql;

sql! {
    ADD_CHANGE = "INSERT INTO changes (id, at, kind, subject, organization_id, author, payload, request_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ADD_DELIVERY = "INSERT INTO deliveries
        (id, change_id, destination, subject, kind, state, attempts, next_attempt_at, lease_owner, fence, cause, last_error,
         remote_id, created_at)
        VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, '', 0, '', '', '', $6)";
}
