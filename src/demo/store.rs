//! SQL of the demo's start.

use crate::sql;

sql! {
    ANY_ACCOUNT = "SELECT id FROM builtin_accounts LIMIT 1";
    ORGANIZATION_BY_NUMBER = "SELECT id FROM organizations WHERE connection = $1 AND number = $2";
}
