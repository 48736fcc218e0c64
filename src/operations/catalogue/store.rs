//! SQL of versions and drafts of the catalogue.

use crate::sql;

sql! {
    NEWEST = "SELECT version, body, origin, file_hash, made_by_name, made_at, note FROM catalogue_versions
        WHERE version = (SELECT max(version) FROM catalogue_versions)";
    FIND = "SELECT version, body, origin, file_hash, made_by_name, made_at, note FROM catalogue_versions WHERE version = $1";
    LIST = "SELECT version, origin, made_by_name, made_at, note FROM catalogue_versions
        WHERE version < $1 ORDER BY version DESC LIMIT $2";
    WAS_TAKEN = "SELECT version FROM catalogue_versions WHERE file_hash = $1 LIMIT 1";
    ADD = "INSERT INTO catalogue_versions (version, body, origin, file_hash, made_by, made_by_name, made_at, note)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (version) DO NOTHING RETURNING version";
    DRAFT = "SELECT based_on, body, replacements, generation, file_hash, changed_at FROM catalogue_drafts WHERE person_id = $1";
    PUT_DRAFT = "INSERT INTO catalogue_drafts (person_id, based_on, body, replacements, generation, file_hash, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (person_id) DO UPDATE SET based_on = $2, body = $3, replacements = $4, generation = $5, file_hash = $6,
            changed_at = $7";
    DROP_DRAFT = "DELETE FROM catalogue_drafts WHERE person_id = $1";
    /// Whether anybody who has not left holds a role.
    HELD = "SELECT m.id FROM membership_roles h JOIN memberships m ON m.id = h.membership_id
        WHERE h.role = $1 AND m.status <> 'removed' LIMIT 1";
    /// How many hold it, as far as one counts.
    COUNT_HOLDERS = "SELECT count(*) FROM (
        SELECT m.id FROM membership_roles h JOIN memberships m ON m.id = h.membership_id
        WHERE h.role = $1 AND m.status <> 'removed' LIMIT $2) AS counted";
}
