//! SQL of people and identities.

use crate::sql;

sql! {
    FIND = "SELECT id, email, display_name, given_name, family_name, phone, language, time_zone, status, created_at, last_sign_in_at
        FROM persons WHERE id = $1";
    FIND_BY_EMAIL = "SELECT id, email, display_name, given_name, family_name, phone, language, time_zone, status, created_at, last_sign_in_at
        FROM persons WHERE email_key = $1";
    FIND_BY_IDENTITY = "SELECT p.id, p.email, p.display_name, p.given_name, p.family_name, p.phone, p.language, p.time_zone, p.status,
            p.created_at, p.last_sign_in_at
        FROM identities i JOIN persons p ON p.id = i.person_id WHERE i.issuer = $1 AND i.subject = $2";
    CREATE = "INSERT INTO persons
        (id, email, email_key, email_verified_at, display_name, given_name, family_name, phone, language, time_zone, status, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'active', $4)
        ON CONFLICT (email_key) DO NOTHING RETURNING id";
    SET_FROM_PROVIDER = "UPDATE persons SET display_name = $2, given_name = $3, family_name = $4, language = $5 WHERE id = $1";
    SET_EMAIL = "UPDATE persons SET email = $2, email_key = $3, email_verified_at = $4
        WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM persons other WHERE other.email_key = $3 AND other.id <> $1)
        RETURNING id";
    SET_STATUS = "UPDATE persons SET status = $2, suspended_by = $4 WHERE id = $1 AND status = $3 RETURNING id";
    SUSPENDED_BY = "SELECT suspended_by FROM persons WHERE id = $1 AND status = 'suspended'";
    /// A person has decided now: no directory lets them in again.
    DECIDED_HERE = "UPDATE persons SET suspended_by = '' WHERE id = $1 AND status = 'suspended'";
    SET_OWN_PROFILE = "UPDATE persons SET display_name = $2, given_name = $3, family_name = $4, phone = $5, language = $6, time_zone = $7
        WHERE id = $1";
    ADD_IDENTITY = "INSERT INTO identities (id, person_id, provider, issuer, subject, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (issuer, subject) DO NOTHING RETURNING id";
    IDENTITY = "SELECT id, person_id, provider, issuer, subject, created_at, last_sign_in_at
        FROM identities WHERE issuer = $1 AND subject = $2";
    IDENTITIES_OF = "SELECT id, person_id, provider, issuer, subject, created_at, last_sign_in_at
        FROM identities WHERE person_id = $1 ORDER BY created_at, id";
    NOTE_SIGN_IN = "UPDATE persons SET last_sign_in_at = $2 WHERE id = $1";
    NOTE_IDENTITY_SIGN_IN = "UPDATE identities SET last_sign_in_at = $3, directory_id = $4 WHERE issuer = $1 AND subject = $2";
    LEARNS_DIRECTORY_ID = "SELECT id FROM identities WHERE issuer = $1 AND subject = $2 AND directory_id <> $3";
    NAMES_SAID = "SELECT names_said FROM identities WHERE issuer = $1 AND subject = $2";
    NOTE_NAMES_SAID = "UPDATE identities SET names_said = $3 WHERE issuer = $1 AND subject = $2 AND names_said <> $3";
    SIGN_IN_TO_TELL = "UPDATE persons SET sign_in_told_at = $2
        WHERE id = $1 AND (sign_in_told_at IS NULL OR sign_in_told_at <= $3) RETURNING id";
}
