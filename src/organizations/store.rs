//! SQL of organizations and memberships.

use crate::sql;

sql! {
    FIND = "SELECT id, connection, crm_account_id, crm_version, number, name, kind, parent_id, postcode_key, vat_key, owner_email,
            invite_policy, join_policy, generation, created_at
        FROM organizations WHERE id = $1";
    FIND_BY_CRM_ACCOUNT = "SELECT id, connection, crm_account_id, crm_version, number, name, kind, parent_id, postcode_key, vat_key,
            owner_email, invite_policy, join_policy, generation, created_at
        FROM organizations WHERE connection = $1 AND crm_account_id = $2";
    LOCK = "UPDATE organizations SET generation = generation + 1 WHERE id = $1
        RETURNING id, connection, crm_account_id, crm_version, number, name, kind, parent_id, postcode_key, vat_key, owner_email,
            invite_policy, join_policy, generation, created_at";
    CREATE = "INSERT INTO organizations
        (id, connection, crm_account_id, crm_version, number, name, name_key, kind, crm_parent_id, postcode_key, vat_key, owner_email,
         invite_policy, join_policy, generation, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'strict', 'approval', 0, $13)
        ON CONFLICT (connection, crm_account_id) DO NOTHING RETURNING id";
    FOLLOW = "UPDATE organizations SET crm_version = $3, number = $4, name = $5, name_key = $6, kind = $7, crm_parent_id = $8,
            postcode_key = $9, vat_key = $10, owner_email = $11
        WHERE connection = $1 AND crm_account_id = $2 AND crm_version < $3 RETURNING id";
    PARENT_OF = "SELECT parent_id FROM organizations WHERE id = $1 AND parent_id IS NOT NULL";
    SET_PARENT = "UPDATE organizations SET parent_id = $2 WHERE id = $1";
    WAITING_CHILDREN = "SELECT id FROM organizations
        WHERE connection = $1 AND crm_parent_id = $2 AND parent_id IS NULL ORDER BY id";
    DROP_UNVERIFIED_DOMAINS = "DELETE FROM organization_domains WHERE organization_id = $1 AND verified_at IS NULL";
    ADD_DOMAIN = "INSERT INTO organization_domains (organization_id, domain) VALUES ($1, $2)
        ON CONFLICT (organization_id, domain) DO NOTHING";
    DOMAINS = "SELECT domain, verified_at FROM organization_domains WHERE organization_id = $1 ORDER BY domain LIMIT 100";
    SET_DOMAIN = "UPDATE organization_domains SET verified_at = $3 WHERE organization_id = $1 AND domain = $2";
    SET_POLICIES = "UPDATE organizations SET invite_policy = $2, join_policy = $3 WHERE id = $1";
    FIND_MEMBERSHIP = "SELECT id, organization_id, person_id, status, status_reason, starts_at, ends_at, crm_contact_id, confirmed_at,
            source, display_name, email, roles, last_sign_in_at, created_at, updated_at
        FROM memberships WHERE organization_id = $1 AND id = $2";
    FIND_MEMBERSHIP_OF = "SELECT id, organization_id, person_id, status, status_reason, starts_at, ends_at, crm_contact_id, confirmed_at,
            source, display_name, email, roles, last_sign_in_at, created_at, updated_at
        FROM memberships WHERE organization_id = $1 AND person_id = $2";
    MEMBERSHIPS_OF_PERSON = "SELECT id, organization_id, person_id, status, status_reason, starts_at, ends_at, crm_contact_id,
            confirmed_at, source, display_name, email, roles, last_sign_in_at, created_at, updated_at
        FROM memberships WHERE person_id = $1 ORDER BY created_at, id";
    MEMBERS_AFTER = "SELECT id, organization_id, person_id, status, status_reason, starts_at, ends_at, crm_contact_id, confirmed_at,
            source, display_name, email, roles, last_sign_in_at, created_at, updated_at
        FROM memberships
        WHERE organization_id = $1 AND person_id > $2 AND (($3 = '' AND status <> 'removed') OR status = $3)
        ORDER BY person_id LIMIT $4";
    ADD_MEMBERSHIP = "INSERT INTO memberships
        (id, organization_id, person_id, status, status_reason, starts_at, ends_at, crm_contact_id, confirmed_at, source, display_name,
         name_key, email, email_key, roles, last_sign_in_at, created_at, updated_at)
        VALUES ($1, $2, $3, 'active', '', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $7, $7)";
    REVIVE = "UPDATE memberships SET status = 'active', status_reason = '', starts_at = $3, ends_at = $4,
            crm_contact_id = COALESCE($5, crm_contact_id), confirmed_at = $6, source = $7, updated_at = $6
        WHERE organization_id = $1 AND id = $2";
    SET_STATUS = "UPDATE memberships SET status = $3, status_reason = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2";
    SET_DATES = "UPDATE memberships SET starts_at = $3, ends_at = $4, updated_at = $5 WHERE organization_id = $1 AND id = $2";
    SET_ROLES = "UPDATE memberships SET roles = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2";
    GRANT_ROLE = "INSERT INTO membership_roles (organization_id, membership_id, role, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (membership_id, role) DO NOTHING";
    WITHDRAW_ROLE = "DELETE FROM membership_roles WHERE membership_id = $1 AND role = $2";
    HELD_ROLES = "SELECT role FROM membership_roles WHERE membership_id = $1 ORDER BY role";
    TAKEN_SEATS = "SELECT count(*) FROM memberships
        WHERE organization_id = $1 AND status = 'active' AND (ends_at IS NULL OR ends_at > $2)";
    /// An active admin besides one membership; with $5, one whose membership has no end.
    ANOTHER_ADMIN = "SELECT m.id FROM membership_roles r
        JOIN memberships m ON m.id = r.membership_id
        JOIN persons p ON p.id = m.person_id
        WHERE r.organization_id = $1 AND m.id <> $2 AND r.role = $3 AND m.status = 'active' AND p.status = 'active'
            AND (m.starts_at IS NULL OR m.starts_at <= $4) AND (m.ends_at IS NULL OR m.ends_at > $4)
            AND (NOT $5 OR m.ends_at IS NULL)
        LIMIT 1";
    ADMINS = "SELECT m.id AS membership_id, m.person_id, p.display_name, p.email, p.language
        FROM membership_roles r
        JOIN memberships m ON m.id = r.membership_id
        JOIN persons p ON p.id = m.person_id
        WHERE r.organization_id = $1 AND r.role = $2 AND m.status = 'active' AND p.status = 'active'
            AND (m.starts_at IS NULL OR m.starts_at <= $3) AND (m.ends_at IS NULL OR m.ends_at > $3)
        ORDER BY m.name_key, m.id";
    HOW_MANY_LEFT = "SELECT count(*) FROM memberships WHERE organization_id = $1 AND status = 'removed' AND id <> $2";
    FOLLOW_PERSON = "UPDATE memberships SET display_name = $2, name_key = $3, email = $4, email_key = $5, updated_at = $6
        WHERE person_id = $1";
    FOLLOW_SIGN_IN = "UPDATE memberships SET last_sign_in_at = $2 WHERE person_id = $1";
    LINKED_TO = "SELECT m.id, m.display_name FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE m.crm_contact_id = $2 AND o.connection = $1 AND m.status <> 'removed' ORDER BY m.id LIMIT 1";
    SET_CONTACT = "UPDATE memberships SET crm_contact_id = $2 WHERE id = $1 RETURNING person_id";
    LINK_CONTACT = "UPDATE memberships SET crm_contact_id = $2 WHERE id = $1 AND crm_contact_id IS NULL RETURNING person_id";
}
