//! SQL of signing keys and of whom an organization's end concerns.

use crate::sql;

sql! {
    KEYS = "SELECT id, private_key, public_key, created_at FROM signing_keys ORDER BY created_at, id";
    ADD_KEY = "INSERT INTO signing_keys (id, private_key, public_key, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO NOTHING";
    REMOVE_KEY = "DELETE FROM signing_keys WHERE id = $1";
    LOOKED = "SELECT looked_at FROM signal_clock WHERE name = $1";
    SET_LOOKED = "INSERT INTO signal_clock (name, looked_at) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET looked_at = excluded.looked_at";
    CONTRACTS_PASSED = "SELECT organization_id FROM contracts WHERE ends_at > $1 AND ends_at <= $2
        UNION SELECT organization_id FROM contracts WHERE grace_ends_at > $1 AND grace_ends_at <= $2";
    MEMBERSHIPS_PASSED = "SELECT DISTINCT person_id FROM memberships WHERE ends_at > $1 AND ends_at <= $2";
    MEMBER = "SELECT person_id, roles FROM memberships WHERE id = $1";
    ROLES_OF = "SELECT roles FROM memberships WHERE person_id = $1";
    PEOPLE_OF = "SELECT person_id, roles FROM memberships
        WHERE organization_id = $1 AND status <> 'removed' AND person_id > $2 ORDER BY person_id LIMIT $3";
    HOLDERS = "SELECT h.membership_id, m.person_id FROM membership_roles h JOIN memberships m ON m.id = h.membership_id
        WHERE h.role = $1 AND h.membership_id > $2 AND m.status <> 'removed' ORDER BY h.membership_id LIMIT $3";
}
