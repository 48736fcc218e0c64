//! SQL of directories.

use crate::sql;

sql! {
    /// Who was there before keeps its place in the first round, as long as its settings say the same.
    REGISTER = "INSERT INTO directories (name, issuer, creates, settings, filled_to) VALUES ($1, $2, $3, $4, '')
        ON CONFLICT (name) DO UPDATE SET filled_to = CASE WHEN directories.issuer = excluded.issuer
            AND directories.creates = excluded.creates AND directories.settings = excluded.settings
            THEN directories.filled_to ELSE '' END, issuer = excluded.issuer, creates = excluded.creates, settings = excluded.settings";
    REGISTERED = "SELECT name FROM directories ORDER BY name";
    UNREGISTER = "DELETE FROM directories WHERE name = $1";
    IS_ANY = "SELECT count(*) FROM directories";

    /// Directories that have something to hold about a person, or were told about them before.
    OF_PERSON = "SELECT d.name FROM directories d
        WHERE d.creates OR EXISTS (SELECT 1 FROM identities i WHERE i.person_id = $1 AND i.issuer = d.issuer)
            OR EXISTS (SELECT 1 FROM directory_people k WHERE k.directory = d.name AND k.person_id = $1) ORDER BY d.name";
    OF_ORGANIZATION = "SELECT d.name, m.person_id FROM memberships m JOIN directories d ON d.creates
            OR EXISTS (SELECT 1 FROM identities i WHERE i.person_id = m.person_id AND i.issuer = d.issuer)
            OR EXISTS (SELECT 1 FROM directory_people k WHERE k.directory = d.name AND k.person_id = m.person_id)
        WHERE m.organization_id = $1 AND m.status = 'active'";

    IDENTITIES = "SELECT subject, directory_id FROM identities WHERE person_id = $1 AND issuer = $2 ORDER BY created_at, id";
    IS_MEMBER = "SELECT count(*) FROM (SELECT 1 FROM memberships WHERE person_id = $1 LIMIT 1) AS m";

    RECALL = "SELECT asked, remote_id, is_kept_out, block, had_access, let_in_at FROM directory_people
        WHERE directory = $1 AND person_id = $2 ORDER BY asked";
    REMEMBER = "INSERT INTO directory_people (directory, person_id, asked, remote_id, is_kept_out, block, had_access, let_in_at, told_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (directory, person_id, asked) DO UPDATE SET remote_id = excluded.remote_id, is_kept_out = excluded.is_kept_out,
            block = excluded.block, had_access = excluded.had_access, let_in_at = excluded.let_in_at, told_at = excluded.told_at";

    WHOSE_IDENTITY = "SELECT person_id FROM identities WHERE issuer = $1 AND directory_id = $2 AND directory_id <> ''
        UNION ALL SELECT person_id FROM identities WHERE $3 AND issuer = $1 AND subject = $2 LIMIT 1";
    WHOSE_USER = "SELECT person_id FROM directory_people WHERE directory = $1 AND remote_id = $2 LIMIT 1";
    DISABLED_SO_FAR = "SELECT counted_from, disabled FROM directory_following WHERE directory = $1";
    COUNT_DISABLED = "UPDATE directory_following SET counted_from = $2, disabled = $3 WHERE directory = $1";
    COUNT_PEOPLE = "SELECT count(*) FROM (SELECT 1 FROM identities WHERE issuer = $1 LIMIT $2) AS i";
    START_FOLLOWING = "INSERT INTO directory_following (directory, subscription, cursor, looked_at, failures, counted_from, disabled)
        VALUES ($1, '', '', 0, 0, 0, 0)
        ON CONFLICT (directory) DO NOTHING";
    TAKE_TURN = "UPDATE directory_following SET looked_at = $2 WHERE directory = $1 AND looked_at <= $3
        RETURNING subscription, runs_out_at, cursor, failures";
    SUBSCRIBED = "UPDATE directory_following SET subscription = $2, runs_out_at = $3 WHERE directory = $1";
    FOLLOWED_TO = "UPDATE directory_following SET cursor = $2 WHERE directory = $1";
    LOOK_FAILED = "UPDATE directory_following SET failures = failures + 1 WHERE directory = $1 RETURNING failures";
    LOOK_WORKED = "UPDATE directory_following SET failures = 0 WHERE directory = $1";
    LOOK_AGAIN = "UPDATE directory_following SET looked_at = 0, runs_out_at = CASE WHEN $2 THEN NULL ELSE runs_out_at END
        WHERE directory = $1";

    CLOCK = "SELECT looked_at, look_until, place FROM directory_clock WHERE id = 'clock'";
    SET_CLOCK = "INSERT INTO directory_clock (id, looked_at, look_until, place) VALUES ('clock', $1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET looked_at = excluded.looked_at, look_until = excluded.look_until, place = excluded.place";
    /// Organizations of which a contract began to grant, or ended, between two moments, and people of whom a
    /// membership did, in parts. `|| ''` keeps the planner at the indexes of those moments.
    TURNED = "SELECT who FROM (
            SELECT organization_id AS who FROM contracts WHERE status = 'active' AND starts_at > $1 AND starts_at <= $2
            UNION SELECT organization_id FROM contracts WHERE status = 'active' AND ends_at > $1 AND ends_at <= $2
            UNION SELECT organization_id FROM contracts WHERE status = 'active' AND grace_ends_at > $1 AND grace_ends_at <= $2
            UNION SELECT person_id FROM memberships WHERE status = 'active' AND starts_at > $1 AND starts_at <= $2
            UNION SELECT person_id FROM memberships WHERE status = 'active' AND ends_at > $1 AND ends_at <= $2
        ) AS turned WHERE who || '' > $3 ORDER BY who LIMIT $4";

    FILL_AGAIN = "UPDATE directories SET filled_to = ''";
    TO_FILL = "SELECT name, issuer, creates, filled_to FROM directories WHERE filled_to IS NOT NULL ORDER BY name LIMIT 1";
    FILL = "SELECT p.id FROM persons p WHERE p.id > $1
            AND (($3 AND EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = p.id))
                OR (EXISTS (SELECT 1 FROM identities i WHERE i.person_id = p.id AND i.issuer = $2)
                    AND EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = p.id))
                OR EXISTS (SELECT 1 FROM directory_people k WHERE k.directory = $4 AND k.person_id = p.id))
        ORDER BY p.id LIMIT $5";
    FILLED = "UPDATE directories SET filled_to = $2 WHERE name = $1";
}
