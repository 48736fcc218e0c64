//! SQL of the sales console: reading only.

use crate::sql;

sql! {
    /// A page of accounts with their contracts, by name. $1/$2: the place before; $3: search; $4: kind; $5: owner.
    ACCOUNTS = "SELECT o.id, o.name, o.name_key, o.number, o.kind, o.owner_email, c.status, c.starts_at, c.ends_at, c.grace_ends_at
        FROM (SELECT id, name, name_key, number, kind, owner_email FROM organizations
            WHERE (name_key, id) > ($1, $2) AND ($3 = '' OR name_key LIKE $3 ESCAPE '\\' OR lower(number) LIKE $3 ESCAPE '\\')
                AND ($4 = '' OR kind = $4) AND ($5 = '' OR owner_email = $5)
            ORDER BY name_key, id LIMIT $6) o
        LEFT JOIN contracts c ON c.organization_id = o.id
        ORDER BY o.name_key, o.id, c.id";
    ACCOUNTS_BACK = "SELECT o.id, o.name, o.name_key, o.number, o.kind, o.owner_email, c.status, c.starts_at, c.ends_at, c.grace_ends_at
        FROM (SELECT id, name, name_key, number, kind, owner_email FROM organizations
            WHERE (name_key, id) < ($1, $2) AND ($3 = '' OR name_key LIKE $3 ESCAPE '\\' OR lower(number) LIKE $3 ESCAPE '\\')
                AND ($4 = '' OR kind = $4) AND ($5 = '' OR owner_email = $5)
            ORDER BY name_key DESC, id DESC LIMIT $6) o
        LEFT JOIN contracts c ON c.organization_id = o.id
        ORDER BY o.name_key, o.id, c.id";
    /// A page of an account's contacts with what the portal knows of each, by name.
    CONTACTS = "SELECT p.external_id, p.given_name, p.family_name, p.name_key, p.email, p.opted_out,
            m.status AS membership_status, m.ends_at AS membership_ends_at,
            i.id AS invitation_id, i.state AS invitation_state, i.expires_at
        FROM (SELECT * FROM crm_people
            WHERE organization_id = $1 AND kind = 'contact' AND (name_key, external_id) > ($2, $3)
                AND ($4 = '' OR name_key LIKE $4 ESCAPE '\\' OR email_key LIKE $4 ESCAPE '\\')
            ORDER BY name_key, external_id LIMIT $5) p
        LEFT JOIN persons known ON known.email_key = p.email_key AND p.email_key <> ''
        LEFT JOIN memberships m ON m.organization_id = p.organization_id AND m.person_id = COALESCE(p.person_id, known.id)
            AND m.status <> 'removed'
        LEFT JOIN invitations i ON i.organization_id = p.organization_id AND i.email_key = p.email_key
            AND i.state IN ('queued', 'sent', 'opened', 'bounced')
        ORDER BY p.name_key, p.external_id";
    CONTACTS_BACK = "SELECT p.external_id, p.given_name, p.family_name, p.name_key, p.email, p.opted_out,
            m.status AS membership_status, m.ends_at AS membership_ends_at,
            i.id AS invitation_id, i.state AS invitation_state, i.expires_at
        FROM (SELECT * FROM crm_people
            WHERE organization_id = $1 AND kind = 'contact' AND (name_key, external_id) < ($2, $3)
                AND ($4 = '' OR name_key LIKE $4 ESCAPE '\\' OR email_key LIKE $4 ESCAPE '\\')
            ORDER BY name_key DESC, external_id DESC LIMIT $5) p
        LEFT JOIN persons known ON known.email_key = p.email_key AND p.email_key <> ''
        LEFT JOIN memberships m ON m.organization_id = p.organization_id AND m.person_id = COALESCE(p.person_id, known.id)
            AND m.status <> 'removed'
        LEFT JOIN invitations i ON i.organization_id = p.organization_id AND i.email_key = p.email_key
            AND i.state IN ('queued', 'sent', 'opened', 'bounced')
        ORDER BY p.name_key, p.external_id";
    /// The first members by name: the console shows who is there, it does not run them.
    MEMBERS = "SELECT person_id, display_name, email, roles, status, ends_at FROM memberships
        WHERE organization_id = $1 AND status IN ('active', 'suspended') ORDER BY name_key, id LIMIT $2";
    /// A page of leads with the organization each has become, by name.
    LEADS = "SELECT p.connection, p.external_id, p.company, p.given_name, p.family_name, p.name_key, p.email, p.opted_out,
            o.id AS organization_id, m.status AS membership_status, m.ends_at AS membership_ends_at,
            i.id AS invitation_id, i.state AS invitation_state, i.expires_at
        FROM (SELECT * FROM crm_people
            WHERE kind = 'lead' AND (name_key, external_id) > ($1, $2)
                AND ($3 = '' OR name_key LIKE $3 ESCAPE '\\' OR email_key LIKE $3 ESCAPE '\\' OR lower(company) LIKE $3 ESCAPE '\\')
            ORDER BY name_key, external_id LIMIT $4) p
        LEFT JOIN organizations o ON o.connection = p.connection AND o.crm_account_id = 'lead:' || p.external_id
        LEFT JOIN persons known ON known.email_key = p.email_key AND p.email_key <> ''
        LEFT JOIN memberships m ON m.organization_id = o.id AND m.person_id = known.id AND m.status <> 'removed'
        LEFT JOIN invitations i ON i.organization_id = o.id AND i.email_key = p.email_key
            AND i.state IN ('queued', 'sent', 'opened', 'bounced')
        ORDER BY p.name_key, p.external_id";
    LEADS_BACK = "SELECT p.connection, p.external_id, p.company, p.given_name, p.family_name, p.name_key, p.email, p.opted_out,
            o.id AS organization_id, m.status AS membership_status, m.ends_at AS membership_ends_at,
            i.id AS invitation_id, i.state AS invitation_state, i.expires_at
        FROM (SELECT * FROM crm_people
            WHERE kind = 'lead' AND (name_key, external_id) < ($1, $2)
                AND ($3 = '' OR name_key LIKE $3 ESCAPE '\\' OR email_key LIKE $3 ESCAPE '\\' OR lower(company) LIKE $3 ESCAPE '\\')
            ORDER BY name_key DESC, external_id DESC LIMIT $4) p
        LEFT JOIN organizations o ON o.connection = p.connection AND o.crm_account_id = 'lead:' || p.external_id
        LEFT JOIN persons known ON known.email_key = p.email_key AND p.email_key <> ''
        LEFT JOIN memberships m ON m.organization_id = o.id AND m.person_id = known.id AND m.status <> 'removed'
        LEFT JOIN invitations i ON i.organization_id = o.id AND i.email_key = p.email_key
            AND i.state IN ('queued', 'sent', 'opened', 'bounced')
        ORDER BY p.name_key, p.external_id";
    /// How far the newest invitations came; bounded, so that it costs the same however many there are.
    FUNNEL = "SELECT count(*) AS made,
            CAST(COALESCE(sum(CASE WHEN sent_at IS NOT NULL OR opened_at IS NOT NULL OR state = 'redeemed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS sent,
            CAST(COALESCE(sum(CASE WHEN opened_at IS NOT NULL OR state = 'redeemed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS opened,
            CAST(COALESCE(sum(CASE WHEN state = 'redeemed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS redeemed,
            CAST(COALESCE(sum(CASE WHEN state = 'bounced' THEN 1 ELSE 0 END), 0) AS BIGINT) AS bounced
        FROM (SELECT state, sent_at, opened_at FROM invitations
            WHERE created_at > $1 AND ($2 = '' OR inviter_email = $2) ORDER BY created_at DESC, id DESC LIMIT $3) newest";
}
