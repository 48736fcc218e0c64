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
}
