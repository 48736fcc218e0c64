//! SQL of directories.

use crate::sql;

sql! {
    /// Who was there before keeps its place in the first round.
    REGISTER = "INSERT INTO directories (name, issuer, creates, filled_to) VALUES ($1, $2, $3, '')
        ON CONFLICT (name) DO UPDATE SET filled_to = CASE WHEN directories.issuer = excluded.issuer AND directories.creates = excluded.creates
            THEN directories.filled_to ELSE '' END, issuer = excluded.issuer, creates = excluded.creates";
    REGISTERED = "SELECT name FROM directories ORDER BY name";
    UNREGISTER = "DELETE FROM directories WHERE name = $1";
    IS_ANY = "SELECT count(*) FROM directories";

    /// Directories that have something to hold about a person.
    OF_PERSON = "SELECT d.name FROM directories d
        WHERE d.creates OR EXISTS (SELECT 1 FROM identities i WHERE i.person_id = $1 AND i.issuer = d.issuer) ORDER BY d.name";
    OF_ORGANIZATION = "SELECT d.name, m.person_id FROM memberships m JOIN directories d ON d.creates
            OR EXISTS (SELECT 1 FROM identities i WHERE i.person_id = m.person_id AND i.issuer = d.issuer)
        WHERE m.organization_id = $1 AND m.status = 'active'";

    IDENTITIES = "SELECT subject, directory_id FROM identities WHERE person_id = $1 AND issuer = $2 ORDER BY created_at, id";
    IS_MEMBER = "SELECT count(*) FROM (SELECT 1 FROM memberships WHERE person_id = $1 LIMIT 1) AS m";

    RECALL = "SELECT remote_id, is_kept_out, block, had_access FROM directory_people WHERE directory = $1 AND person_id = $2";
    REMEMBER = "INSERT INTO directory_people (directory, person_id, remote_id, is_kept_out, block, had_access, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (directory, person_id) DO UPDATE SET remote_id = excluded.remote_id, is_kept_out = excluded.is_kept_out,
            block = excluded.block, had_access = excluded.had_access, told_at = excluded.told_at";

    WHOSE_IDENTITY = "SELECT person_id FROM identities WHERE issuer = $1 AND directory_id = $2 AND directory_id <> ''
        UNION ALL SELECT person_id FROM identities WHERE $3 AND issuer = $1 AND subject = $2 LIMIT 1";
    WHOSE_USER = "SELECT person_id FROM directory_people WHERE directory = $1 AND remote_id = $2 LIMIT 1";
    DISABLED_SO_FAR = "SELECT counted_from, disabled FROM directory_following WHERE directory = $1";
    COUNT_DISABLED = "UPDATE directory_following SET counted_from = $2, disabled = $3 WHERE directory = $1";
    COUNT_PEOPLE = "SELECT count(*) FROM (SELECT 1 FROM identities WHERE issuer = $1 LIMIT $2) AS i";
    START_FOLLOWING = "INSERT INTO directory_following (directory, subscription, cursor, looked_at, counted_from, disabled)
        VALUES ($1, '', '', 0, 0, 0)
        ON CONFLICT (directory) DO NOTHING";
    TAKE_TURN = "UPDATE directory_following SET looked_at = $2 WHERE directory = $1 AND looked_at <= $3
        RETURNING subscription, runs_out_at, cursor";
    SUBSCRIBED = "UPDATE directory_following SET subscription = $2, runs_out_at = $3 WHERE directory = $1";
    FOLLOWED_TO = "UPDATE directory_following SET cursor = $2 WHERE directory = $1";
    LOOK_AGAIN = "UPDATE directory_following SET looked_at = 0, runs_out_at = CASE WHEN $2 THEN NULL ELSE runs_out_at END
        WHERE directory = $1";

    LOOKED_AT = "SELECT looked_at FROM directory_clock WHERE id = 'clock'";
    SET_LOOKED_AT = "INSERT INTO directory_clock (id, looked_at) VALUES ('clock', $1)
        ON CONFLICT (id) DO UPDATE SET looked_at = excluded.looked_at";
    /// Organizations of which a contract began to grant, or ended, between two moments.
    TURNED = "SELECT organization_id FROM contracts WHERE status = 'active' AND starts_at > $1 AND starts_at <= $2
        UNION SELECT organization_id FROM contracts WHERE status = 'active' AND ends_at > $1 AND ends_at <= $2
        UNION SELECT organization_id FROM contracts WHERE status = 'active' AND grace_ends_at > $1 AND grace_ends_at <= $2";
    /// People of whom a membership began to count, or ended, between two moments.
    TURNED_PEOPLE = "SELECT person_id FROM memberships WHERE status = 'active' AND starts_at > $1 AND starts_at <= $2
        UNION SELECT person_id FROM memberships WHERE status = 'active' AND ends_at > $1 AND ends_at <= $2";

    FILL_AGAIN = "UPDATE directories SET filled_to = ''";
    TO_FILL = "SELECT name, issuer, filled_to FROM directories WHERE filled_to IS NOT NULL ORDER BY name LIMIT 1";
    FILL = "SELECT p.id FROM persons p WHERE p.id > $1
            AND EXISTS (SELECT 1 FROM identities i WHERE i.person_id = p.id AND i.issuer = $2)
            AND EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = p.id)
        ORDER BY p.id LIMIT $3";
    FILLED = "UPDATE directories SET filled_to = $2 WHERE name = $1";
}
