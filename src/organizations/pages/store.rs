//! SQL of the organization admin's pages.
//!
//! The list of people reads members, open invitations and waiting requests in one statement, and
//! the log joins the names it needs: a page asks once. A page of people comes as one packed text
//! (fields end with U+001F, rows with U+001E, neither of which a stored name can contain), because
//! the SQLite driver hands every value of every row over from another thread.

use crate::sql;

/// The fields of a person in the list, in the order in which [`super::people_list`] reads them:
/// id, status, name, address, roles, last sign-in, how they came, until when, sort key.
macro_rules! packed {
    ($id:literal, $status:literal, $name:literal, $email:literal, $roles:literal, $seen:literal, $source:literal, $until:literal, $key:literal) => {
        concat!(
            $id,
            " || '\u{1f}' || ",
            $status,
            " || '\u{1f}' || ",
            $name,
            " || '\u{1f}' || ",
            $email,
            " || '\u{1f}' || ",
            $roles,
            " || '\u{1f}' || ",
            $seen,
            " || '\u{1f}' || ",
            $source,
            " || '\u{1f}' || ",
            $until,
            " || '\u{1f}' || ",
            $key
        )
    };
}

macro_rules! packed_member {
    ($key:literal) => {
        packed!(
            "m.id",
            "CASE WHEN m.status = 'suspended' THEN 'suspended' WHEN m.ends_at <= $2 THEN 'ended'
                WHEN m.starts_at > $2 THEN 'upcoming' ELSE 'active' END",
            "m.display_name",
            "m.email",
            "m.roles",
            "COALESCE(CAST(m.last_sign_in_at AS TEXT), '')",
            "m.source",
            "CASE WHEN m.starts_at > $2 THEN CAST(m.starts_at AS TEXT) ELSE COALESCE(CAST(m.ends_at AS TEXT), '') END",
            $key
        )
    };
}

macro_rules! packed_invitation {
    ($key:literal) => {
        packed!(
            "i.id",
            "CASE WHEN i.expires_at <= $2 OR i.state = 'expired' THEN 'expired' WHEN i.state = 'bounced' THEN 'bounced' ELSE 'invited' END",
            "i.invitee_name",
            "i.email",
            "i.roles",
            "''",
            "i.inviter_name",
            "CAST(i.expires_at AS TEXT)",
            $key
        )
    };
}

macro_rules! packed_request {
    ($key:literal) => {
        packed!(
            "r.id",
            "'requested'",
            "r.given_name || ' ' || r.family_name",
            "r.email",
            "''",
            "''",
            "''",
            "CAST(r.created_at AS TEXT)",
            $key
        )
    };
}

/// What every part of the list asks of a member: the searched text and the role.
macro_rules! member_matches {
    () => {
        "(m.name_key LIKE $3 ESCAPE '!' OR m.email_key LIKE $3 ESCAPE '!') AND (',' || m.roles || ',') LIKE $4 ESCAPE '!'
            AND ($5 = '' OR $5 = CASE WHEN m.status = 'suspended' THEN 'suspended' WHEN m.ends_at <= $2 THEN 'ended'
                WHEN m.starts_at > $2 THEN 'upcoming' ELSE 'active' END)"
    };
}

/// … of an invitation: open, or expired since $6 without the person having come in otherwise.
macro_rules! invitation_matches {
    () => {
        "i.organization_id = $1 AND i.state IN ('queued', 'sent', 'opened', 'bounced', 'expired') AND i.expires_at > $6
            AND (i.name_key LIKE $3 ESCAPE '!' OR i.email_key LIKE $3 ESCAPE '!') AND (',' || i.roles || ',') LIKE $4 ESCAPE '!'
            AND ($5 = '' OR $5 = CASE WHEN i.expires_at <= $2 OR i.state = 'expired' THEN 'expired'
                WHEN i.state = 'bounced' THEN 'bounced' ELSE 'invited' END)
            AND (i.expires_at > $2 OR NOT EXISTS (SELECT 1 FROM persons p JOIN memberships k ON k.person_id = p.id
                WHERE p.email_key = i.email_key AND k.organization_id = $1 AND k.status <> 'removed'))"
    };
}

/// … of a request. It has no roles yet.
macro_rules! request_matches {
    () => {
        "r.organization_id = $1 AND r.state = 'waiting_organization'
            AND (r.name_key LIKE $3 ESCAPE '!' OR r.email_key LIKE $3 ESCAPE '!') AND ',,' LIKE $4 ESCAPE '!' AND $5 IN ('', 'requested')"
    };
}

/// By name, or by status and name. Each part begins at its own place of its own index ($10, $11 the
/// active, $13, $14 the suspended) and gives at most a page, so that a deep page costs as much as
/// the first.
macro_rules! people_by_name {
    ($after:literal, $direction:literal) => {
        concat!(
            "SELECT string_agg(line, '\u{1e}' ORDER BY place ", $direction, ", name_key ", $direction, ", id ", $direction, ") AS page FROM (
                SELECT line, place, name_key, id FROM (
                    SELECT * FROM (SELECT ", packed_member!("m.name_key"), " AS line, CASE WHEN $15 THEN 5 ELSE 0 END AS place, m.name_key, m.id
                        FROM memberships m
                        WHERE m.organization_id = $1 AND m.status = 'active' AND $9 AND (m.name_key, m.id) ", $after, " ($10, $11)
                            AND ", member_matches!(), "
                        ORDER BY m.name_key ", $direction, ", m.id ", $direction, " LIMIT $7) active
                    UNION ALL SELECT * FROM (SELECT ", packed_member!("m.name_key"), ", CASE WHEN $15 THEN 6 ELSE 0 END, m.name_key, m.id
                        FROM memberships m
                        WHERE m.organization_id = $1 AND m.status = 'suspended' AND $12 AND (m.name_key, m.id) ", $after, " ($13, $14)
                            AND ", member_matches!(), "
                        ORDER BY m.name_key ", $direction, ", m.id ", $direction, " LIMIT $7) suspended
                    UNION ALL SELECT * FROM (SELECT line, place, name_key, id FROM (SELECT ", packed_invitation!("i.name_key"), " AS line,
                            CASE WHEN NOT $15 THEN 0 WHEN i.expires_at <= $2 OR i.state = 'expired' THEN 3 WHEN i.state = 'bounced' THEN 2
                                ELSE 4 END AS place, i.name_key, i.id
                        FROM invitations i WHERE ", invitation_matches!(), ") open
                        WHERE (place, name_key, id) ", $after, " ($8, $16, $17)
                        ORDER BY place ", $direction, ", name_key ", $direction, ", id ", $direction, " LIMIT $7) invited
                    UNION ALL SELECT * FROM (SELECT line, place, name_key, id FROM (SELECT ", packed_request!("r.name_key"), " AS line,
                            CASE WHEN $15 THEN 1 ELSE 0 END AS place, r.name_key, r.id
                        FROM registrations r WHERE ", request_matches!(), ") waiting
                        WHERE (place, name_key, id) ", $after, " ($8, $16, $17)
                        ORDER BY place ", $direction, ", name_key ", $direction, ", id ", $direction, " LIMIT $7) requested
                ) parts ORDER BY place ", $direction, ", name_key ", $direction, ", id ", $direction, " LIMIT $7
            ) page"
        )
    };
}

/// By last sign-in; who never did counts as 0.
macro_rules! people_by_sign_in {
    ($after:literal, $direction:literal) => {
        concat!(
            "SELECT string_agg(line, '\u{1e}' ORDER BY seen ", $direction, ", id ", $direction, ") AS page FROM (
                SELECT line, seen, id FROM (
                    SELECT * FROM (SELECT ", packed_member!("CAST(COALESCE(m.last_sign_in_at, 0) AS TEXT)"), " AS line,
                            COALESCE(m.last_sign_in_at, 0) AS seen, m.id
                        FROM memberships m
                        WHERE m.organization_id = $1 AND m.status <> 'removed' AND (COALESCE(m.last_sign_in_at, 0), m.id) ", $after, " ($8, $9)
                            AND ", member_matches!(), "
                        ORDER BY COALESCE(m.last_sign_in_at, 0) ", $direction, ", m.id ", $direction, " LIMIT $7) members
                    UNION ALL SELECT * FROM (SELECT ", packed_invitation!("'0'"), ", 0, i.id
                        FROM invitations i WHERE ", invitation_matches!(), " AND (0, i.id) ", $after, " ($8, $9)
                        ORDER BY i.id ", $direction, " LIMIT $7) invited
                    UNION ALL SELECT * FROM (SELECT ", packed_request!("'0'"), ", 0, r.id
                        FROM registrations r WHERE ", request_matches!(), " AND (0, r.id) ", $after, " ($8, $9)
                        ORDER BY r.id ", $direction, " LIMIT $7) requested
                ) parts ORDER BY seen ", $direction, ", id ", $direction, " LIMIT $7
            ) page"
        )
    };
}

/// Entries of the log with the names they need. A member's copy of the name stands for the person,
/// also after they left; what names nobody any more comes back empty.
macro_rules! history {
    ($filter:literal) => {
        concat!(
            "SELECT e.seq, e.at, e.actor_kind, e.action, e.target, e.detail,
                COALESCE(a.display_name, '') AS actor_name,
                CASE WHEN ap.status = 'erased' THEN TRUE ELSE FALSE END AS actor_erased,
                CASE WHEN tp.status = 'erased' THEN ''
                    ELSE COALESCE(t.display_name, NULLIF(i.invitee_name, ''), i.email, NULLIF(r.given_name || ' ' || r.family_name, ' '),
                        r.email, c.number, o.name, '') END AS target_name
            FROM audit_events e
            LEFT JOIN persons ap ON ap.id = e.actor_ref
            LEFT JOIN memberships a ON a.organization_id = e.chain AND a.person_id = e.actor_ref
            LEFT JOIN memberships t ON t.organization_id = e.chain AND t.id = e.target
            LEFT JOIN persons tp ON tp.id = t.person_id
            LEFT JOIN invitations i ON i.organization_id = e.chain AND i.id = e.target
            LEFT JOIN registrations r ON r.organization_id = e.chain AND r.id = e.target
            LEFT JOIN contracts c ON c.organization_id = e.chain AND c.id = e.target
            LEFT JOIN organizations o ON o.id = e.chain AND o.id = e.target
            WHERE ",
            $filter
        )
    };
}

sql! {
    HISTORY = history!("e.chain = $1 AND e.seq < $2 AND e.action LIKE $3
                AND ($4 = '' OR a.name_key LIKE $4 ESCAPE '!' OR a.email_key LIKE $4 ESCAPE '!' OR t.name_key LIKE $4 ESCAPE '!'
                    OR t.email_key LIKE $4 ESCAPE '!' OR i.name_key LIKE $4 ESCAPE '!' OR i.email_key LIKE $4 ESCAPE '!'
                    OR r.name_key LIKE $4 ESCAPE '!' OR r.email_key LIKE $4 ESCAPE '!')
            ORDER BY e.seq DESC LIMIT $5");
    HISTORY_OF = history!("e.target = $2 AND e.chain = $1 ORDER BY e.at DESC, e.seq DESC LIMIT $3");
    /// A member with what stands around them; $3 and $4 bound the sessions that live.
    MEMBER = "SELECT m.id, m.organization_id, m.person_id, m.status, m.status_reason, m.starts_at, m.ends_at, m.crm_contact_id,
            m.confirmed_at, m.source, m.display_name, m.email, m.roles, m.last_sign_in_at, m.created_at, m.updated_at,
            p.status AS person_status, o.connection,
            (SELECT count(*) FROM sessions s WHERE s.person_id = m.person_id AND s.expires_at > $3 AND s.last_seen_at > $4) AS sessions,
            (SELECT max(s.last_seen_at) FROM sessions s WHERE s.person_id = m.person_id) AS seen_at
        FROM memberships m JOIN persons p ON p.id = m.person_id JOIN organizations o ON o.id = m.organization_id
        WHERE m.organization_id = $1 AND m.id = $2 AND m.status <> 'removed'";
    /// Who gave each held role, by name where it is known here.
    HELD_ROLES = "SELECT r.role, r.granted_at, COALESCE(g.display_name, '') AS giver
        FROM membership_roles r
        LEFT JOIN memberships g ON g.organization_id = r.organization_id AND g.person_id = r.granted_by
        WHERE r.organization_id = $1 AND r.membership_id = $2 ORDER BY r.role";
    /// Some holders of a role, the longest-serving first.
    HOLDERS = "SELECT m.id, m.display_name FROM membership_roles r JOIN memberships m ON m.id = r.membership_id
        WHERE r.organization_id = $1 AND r.role = $2 AND m.status = 'active' ORDER BY r.membership_id LIMIT $3";
    PEOPLE_BY_NAME = people_by_name!(">", "ASC");
    PEOPLE_BY_NAME_BACKWARDS = people_by_name!("<", "DESC");
    PEOPLE_BY_SIGN_IN = people_by_sign_in!(">", "ASC");
    PEOPLE_BY_SIGN_IN_BACKWARDS = people_by_sign_in!("<", "DESC");
    OPEN_THINGS = "SELECT
            (SELECT count(*) FROM (SELECT 1 FROM registrations
                WHERE organization_id = $1 AND state = 'waiting_organization' LIMIT 100) waiting) AS requests,
            (SELECT count(*) FROM (SELECT 1 FROM invitations
                WHERE organization_id = $1 AND state IN ('queued', 'sent', 'opened', 'bounced', 'expired')
                    AND state IN ('queued', 'sent', 'opened') AND expires_at > $2 AND expires_at <= $3 LIMIT 100) soon) AS ending,
            (SELECT count(*) FROM (SELECT 1 FROM invitations
                WHERE organization_id = $1 AND state IN ('queued', 'sent', 'opened', 'bounced', 'expired')
                    AND state = 'bounced' AND expires_at > $2 LIMIT 100) back) AS bounced";
}
