//! SQL of events taken in.

use crate::sql;

sql! {
    FIND_EVENT = "SELECT digest FROM inbound_events WHERE connection = $1 AND event_id = $2";
    ADD_EVENT = "INSERT INTO inbound_events (connection, event_id, digest, received_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (connection, event_id) DO NOTHING";
    FORGET_EVENTS = "DELETE FROM inbound_events WHERE (connection, event_id) IN
        (SELECT connection, event_id FROM inbound_events WHERE received_at < $1 ORDER BY received_at LIMIT $2)";
}
