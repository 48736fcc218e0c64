//! SQL of tasks.

use crate::sql;

sql! {
    RAISE = "INSERT INTO tasks (id, kind, organization_id, subject, detail, created_at, closed_by)
        VALUES ($1, $2, $3, $4, $5, $6, '')
        ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO NOTHING RETURNING id";
    CLOSE = "UPDATE tasks SET closed_at = $2, closed_by = $3 WHERE id = $1 AND closed_at IS NULL
        RETURNING organization_id, kind";
    SETTLE = "UPDATE tasks SET closed_at = $3, closed_by = $4
        WHERE kind = $1 AND subject = $2 AND closed_at IS NULL";
    FIND_OPEN = "SELECT id, kind, organization_id, subject, detail, created_at FROM tasks
        WHERE kind = $1 AND subject = $2 AND closed_at IS NULL";
    OPEN_OF_KIND = "SELECT id, kind, organization_id, subject, detail, created_at FROM tasks
        WHERE kind = $1 AND closed_at IS NULL ORDER BY subject LIMIT $2";
    UNTOLD = "SELECT id, kind, organization_id, subject, detail, created_at FROM tasks
        WHERE closed_at IS NULL AND told_at IS NULL ORDER BY created_at, id LIMIT $1";
    LAST_TOLD = "SELECT told_at FROM tasks WHERE told_at IS NOT NULL ORDER BY told_at DESC LIMIT 1";
    SET_TOLD = "UPDATE tasks SET told_at = $1 WHERE closed_at IS NULL AND told_at IS NULL";
    SET_TOLD_OF = "UPDATE tasks SET told_at = $3 WHERE kind = $1 AND subject = $2 AND closed_at IS NULL AND told_at IS NULL";
    /// Each is taken once, however many workers ask.
    TAKE_UNTOLD = "UPDATE tasks SET told_at = $2
        WHERE id IN (SELECT id FROM tasks WHERE kind = $1 AND told_at IS NULL AND closed_at IS NULL ORDER BY created_at, id LIMIT $3)
            AND told_at IS NULL AND closed_at IS NULL
        RETURNING id, kind, organization_id, subject, detail, created_at";
    OPEN = "SELECT id, kind, organization_id, subject, detail, created_at FROM tasks
        WHERE closed_at IS NULL ORDER BY created_at, id LIMIT $1";
}
