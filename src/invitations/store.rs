//! SQL of invitations.

use crate::sql;

sql! {
    FIND = "SELECT id, organization_id, kind, email, invitee_name, language, note, roles, state, secret_hash, inviter_kind, inviter_ref,
            inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id, delivery_note,
            created_at, issued_at, expires_at, sent_at, opened_at, bounced_at, ended_at, asked_again_at, other_email, other_name,
            other_asked_at, redeemed_by, membership_id
        FROM invitations WHERE organization_id = $1 AND id = $2";
    /// For staff, who see every organization, and for workers.
    FIND_ANY = "SELECT id, organization_id, kind, email, invitee_name, language, note, roles, state, secret_hash, inviter_kind,
            inviter_ref, inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id,
            delivery_note, created_at, issued_at, expires_at, sent_at, opened_at, bounced_at, ended_at, asked_again_at, other_email,
            other_name, other_asked_at, redeemed_by, membership_id
        FROM invitations WHERE id = $1";
    OF_PERSON = "SELECT id, organization_id, kind, email, invitee_name, language, note, roles, state, secret_hash, inviter_kind,
            inviter_ref, inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id,
            delivery_note, created_at, issued_at, expires_at, sent_at, opened_at, bounced_at, ended_at, asked_again_at, other_email,
            other_name, other_asked_at, redeemed_by, membership_id
        FROM invitations WHERE email_key = $1 OR redeemed_by = $2 ORDER BY created_at DESC, id DESC LIMIT 50";
    /// The one invitation of an address that is not over, or is over without the sweeper's knowing.
    FIND_LIVE = "SELECT id, organization_id, kind, email, invitee_name, language, note, roles, state, secret_hash, inviter_kind,
            inviter_ref, inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id,
            delivery_note, created_at, issued_at, expires_at, sent_at, opened_at, bounced_at, ended_at, asked_again_at, other_email,
            other_name, other_asked_at, redeemed_by, membership_id
        FROM invitations
        WHERE organization_id = $1 AND email_key = $2 AND state IN ('queued', 'sent', 'opened', 'bounced')";
    IS_INVITED = "SELECT count(*) FROM invitations
        WHERE email_key = $1 AND state IN ('queued', 'sent', 'opened', 'bounced') AND expires_at > $2";
    /// What became of a secret: the invitation it belongs or belonged to.
    BY_SECRET = "SELECT s.replaced_at, i.id, i.organization_id, i.kind, i.email, i.invitee_name, i.language, i.note, i.roles, i.state,
            i.secret_hash, i.inviter_kind, i.inviter_ref, i.inviter_name, i.inviter_company, i.inviter_email, i.inviter_phone,
            i.crm_contact_id, i.life_seconds, i.way, i.mail_id, i.delivery_note, i.created_at, i.issued_at, i.expires_at, i.sent_at,
            i.opened_at, i.bounced_at, i.ended_at, i.asked_again_at, i.other_email, i.other_name, i.other_asked_at, i.redeemed_by,
            i.membership_id
        FROM invitation_secrets s JOIN invitations i ON i.id = s.invitation_id
        WHERE s.secret_hash = $1";
    /// Holds the row until the transaction ends and gives it as it stands.
    LOCK = "UPDATE invitations SET mail_id = mail_id WHERE id = $1
        RETURNING id, organization_id, kind, email, invitee_name, language, note, roles, state, secret_hash, inviter_kind, inviter_ref,
            inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id, delivery_note,
            created_at, issued_at, expires_at, sent_at, opened_at, bounced_at, ended_at, asked_again_at, other_email, other_name,
            other_asked_at, redeemed_by, membership_id";
    CREATE = "INSERT INTO invitations
        (id, organization_id, kind, email, email_key, invitee_name, name_key, language, note, roles, state, secret_hash, inviter_kind,
         inviter_ref, inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id,
         delivery_note, created_at, issued_at, expires_at, other_email, other_name)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued', $11, $12, $13, $14, $15, $16, $17, $18, $19, 'mail', '', '', $20,
         $20, $21, '', '')
        ON CONFLICT DO NOTHING
        RETURNING id, organization_id, kind, email, invitee_name, language, note, roles, state, secret_hash, inviter_kind, inviter_ref,
            inviter_name, inviter_company, inviter_email, inviter_phone, crm_contact_id, life_seconds, way, mail_id, delivery_note,
            created_at, issued_at, expires_at, sent_at, opened_at, bounced_at, ended_at, asked_again_at, other_email, other_name,
            other_asked_at, redeemed_by, membership_id";
    ADD_SECRET = "INSERT INTO invitation_secrets (secret_hash, invitation_id, created_at, is_reminder) VALUES ($1, $2, $3, $4)";
    REPLACE_SECRETS = "UPDATE invitation_secrets SET replaced_at = $2 WHERE invitation_id = $1 AND replaced_at IS NULL";
    SECRETS = "SELECT created_at, is_reminder FROM invitation_secrets WHERE invitation_id = $1 ORDER BY created_at, secret_hash";
    SET_MAIL = "UPDATE invitations SET mail_id = $2 WHERE id = $1";
    SET_LIVE = "UPDATE invitations SET state = $2, sent_at = $3, opened_at = $4, bounced_at = $5, delivery_note = $6
        WHERE id = $1";
    END = "UPDATE invitations SET state = $2, ended_at = $3 WHERE id = $1";
    SET_DELIVERY_NOTE = "UPDATE invitations SET delivery_note = $2 WHERE id = $1";
    /// The winner's statement: tests state, secret and time itself.
    REDEEM = "UPDATE invitations SET state = 'redeemed', ended_at = $3, opened_at = COALESCE(opened_at, $3), delivery_note = ''
        WHERE id = $1 AND secret_hash = $2 AND state IN ('queued', 'sent', 'opened', 'bounced') AND expires_at > $3
        RETURNING id";
    SET_REDEEMED = "UPDATE invitations SET redeemed_by = $2, membership_id = $3 WHERE id = $1";
    /// A new link with a full life, answered for by whoever sends it.
    RENEW = "UPDATE invitations SET state = $2, sent_at = $3, opened_at = NULL, bounced_at = NULL, ended_at = NULL, secret_hash = $4,
            way = $5, mail_id = '', delivery_note = '', issued_at = $6, expires_at = $7, asked_again_at = NULL, reminded_at = NULL, inviter_kind = $8,
            inviter_ref = $9, inviter_name = $10, inviter_company = $11, inviter_email = $12, inviter_phone = $13
        WHERE id = $1";
    REMINDER_DUE = "SELECT id, organization_id FROM invitations
        WHERE (issued_at + expires_at) / 2 <= $1 AND reminded_at IS NULL AND way = 'mail' AND state IN ('sent', 'opened')
        ORDER BY (issued_at + expires_at) / 2, id LIMIT 1";
    /// Of two workers one gets it; one whose time has run out only leaves the list.
    SET_REMINDED = "UPDATE invitations SET reminded_at = $2
        WHERE id = $1 AND reminded_at IS NULL AND way = 'mail' AND state IN ('sent', 'opened') AND (issued_at + expires_at) / 2 <= $2
        RETURNING id";
    ASK_AGAIN = "UPDATE invitations SET asked_again_at = $2
        WHERE id = $1 AND (asked_again_at IS NULL OR asked_again_at <= $3) RETURNING id";
    SET_OTHER = "UPDATE invitations SET other_email = $2, other_name = $3, other_asked_at = $4 WHERE id = $1";
    /// Where something ran out longest ago.
    DUE_NEXT = "SELECT organization_id FROM invitations
        WHERE expires_at <= $1 AND state IN ('queued', 'sent', 'opened', 'bounced') ORDER BY expires_at LIMIT 1";
    DUE = "SELECT id FROM invitations
        WHERE organization_id = $1 AND expires_at <= $2 AND state IN ('queued', 'sent', 'opened', 'bounced')
        ORDER BY expires_at, id LIMIT $3";
    PROMISED_SEATS = "SELECT count(*) FROM invitations
        WHERE organization_id = $1 AND kind = 'member' AND state IN ('queued', 'sent', 'opened', 'bounced') AND expires_at > $2";
    /// For staff: newest first, before a place in the list.
    PAGE = "SELECT o.name AS organization_name, i.id, i.organization_id, i.kind, i.email, i.invitee_name, i.language, i.note, i.roles,
            i.state, i.secret_hash, i.inviter_kind, i.inviter_ref, i.inviter_name, i.inviter_company, i.inviter_email, i.inviter_phone,
            i.crm_contact_id, i.life_seconds, i.way, i.mail_id, i.delivery_note, i.created_at, i.issued_at, i.expires_at, i.sent_at,
            i.opened_at, i.bounced_at, i.ended_at, i.asked_again_at, i.other_email, i.other_name, i.other_asked_at, i.redeemed_by,
            i.membership_id
        FROM invitations i JOIN organizations o ON o.id = i.organization_id
        WHERE (i.created_at, i.id) < ($1, $2) AND ($3 = '' OR i.inviter_email = $3) AND ($4 = '' OR i.state = $4)
            AND ($5 = '' OR i.organization_id = $5)
            AND ($6 = '' OR i.name_key LIKE $6 ESCAPE '\\' OR i.email_key LIKE $6 ESCAPE '\\' OR o.name_key LIKE $6 ESCAPE '\\')
        ORDER BY i.created_at DESC, i.id DESC LIMIT $7";
    TAKE_ATTEMPT = "INSERT INTO attempts (key, window_at, count) VALUES ($1, $2, 1)
        ON CONFLICT (key, window_at) DO UPDATE SET count = attempts.count + 1 RETURNING count";
    ATTEMPTS = "SELECT count FROM attempts WHERE key = $1 AND window_at = $2";
    /// Only our own: other features count over other times in the same table.
    SWEEP_ATTEMPTS = "DELETE FROM attempts WHERE window_at < $1 AND key >= 'invitation' AND key < 'invitatioo'";
}
