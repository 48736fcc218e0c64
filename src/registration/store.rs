//! SQL of registrations, consents and attempts.

use crate::sql;

sql! {
    FIND = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE id = $1";
    FIND_OF_ORGANIZATION = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE organization_id = $1 AND id = $2";
    FIND_SENT = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE id = $1 AND issuer = $2 AND subject = $3";
    OPEN_SAME = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE issuer = $1 AND subject = $2 AND kind = $3 AND number_key = $4
            AND state IN ('waiting_crm', 'waiting_organization', 'waiting_staff')
        ORDER BY created_at, id LIMIT 1";
    OF_IDENTITY = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE issuer = $1 AND subject = $2 ORDER BY created_at DESC, id DESC LIMIT 20";
    NEW_COMPANIES_OF = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE person_id = $1 AND kind = 'new_company' ORDER BY created_at DESC, id DESC LIMIT 20";
    CREATE = "INSERT INTO registrations
        (id, reference, kind, state, provider, issuer, subject, email, email_key, given_name, family_name, name_key, phone, language,
         contract_number, number_key, company_fact, company_name, message, connection, evidence, decided_by, decision_note,
         created_at, next_try_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, '', $20, '', '', $21, $22)
        ON CONFLICT (id) DO NOTHING RETURNING id";
    PLACE = "UPDATE registrations SET state = $2, connection = $3, organization_id = $4, company_name = $5, evidence = $6,
            next_try_at = $7
        WHERE id = $1 AND state IN ('waiting_crm', 'waiting_organization', 'waiting_staff') RETURNING id";
    END = "UPDATE registrations SET state = $2, organization_id = COALESCE($3, organization_id), person_id = $4, decided_by = $5,
            decision_note = $6, decided_at = $7, next_try_at = NULL,
            connection = CASE WHEN $8 = '' THEN connection ELSE $8 END,
            company_name = CASE WHEN company_name = '' THEN $9 ELSE company_name END
        WHERE id = $1 AND state IN ('waiting_crm', 'waiting_organization', 'waiting_staff') RETURNING id";
    PUT_OFF = "UPDATE registrations SET evidence = $2, next_try_at = $3
        WHERE id = $1 AND state IN ('waiting_crm', 'waiting_staff')";
    DUE = "SELECT id, next_try_at FROM registrations WHERE next_try_at <= $1 ORDER BY next_try_at, id LIMIT $2";
    CLAIM = "UPDATE registrations SET next_try_at = $3 WHERE id = $1 AND next_try_at = $2 RETURNING id";
    /// Oldest first, after a place; $5: only of accounts with this owner.
    OF_STATE_AFTER = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE state = $1 AND (created_at, id) > ($2, $3)
            AND ($5 = '' OR EXISTS (SELECT 1 FROM organizations o WHERE o.id = organization_id AND o.owner_email = $5))
        ORDER BY created_at, id LIMIT $4";
    /// Newest first, before a place; $5: only of accounts with this owner.
    OF_STATE_BEFORE = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone, language,
            contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE state = $1 AND (created_at, id) < ($2, $3)
            AND ($5 = '' OR EXISTS (SELECT 1 FROM organizations o WHERE o.id = organization_id AND o.owner_email = $5))
        ORDER BY created_at DESC, id DESC LIMIT $4";
    WAITING_AT_ORGANIZATION = "SELECT id, reference, kind, state, provider, issuer, subject, email, given_name, family_name, phone,
            language, contract_number, company_fact, company_name, message, connection, organization_id, evidence, person_id, decided_by,
            decision_note, created_at, decided_at, next_try_at
        FROM registrations WHERE organization_id = $1 AND state = 'waiting_organization' AND (created_at, id) > ($2, $3)
        ORDER BY created_at, id LIMIT $4";
    /// At most a hundred are counted: more is only "many".
    COUNT_STATE = "SELECT count(*) FROM (SELECT r.id FROM registrations r WHERE r.state = $1
            AND ($2 = '' OR EXISTS (SELECT 1 FROM organizations o WHERE o.id = r.organization_id AND o.owner_email = $2))
        ORDER BY r.created_at, r.id LIMIT 100) counted";
    VERIFIED_DOMAIN = "SELECT domain FROM organization_domains
        WHERE organization_id = $1 AND domain = $2 AND verified_at IS NOT NULL";
    ADD_CONSENT = "INSERT INTO consents (id, registration_id, purpose, text_version, language, given_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    CONSENTS_OF = "SELECT purpose, text_version, language, given_at FROM consents WHERE registration_id = $1 ORDER BY given_at, id";
    OWN_CONSENTS = "SELECT c.id, c.registration_id, COALESCE(r.connection, '') AS connection, c.purpose, c.text_version, c.language,
            c.given_at, c.withdrawn_at
        FROM consents c LEFT JOIN registrations r ON r.id = c.registration_id
        WHERE c.person_id = $1 ORDER BY c.given_at DESC, c.id DESC LIMIT 100";
    WITHDRAW_CONSENT = "UPDATE consents SET withdrawn_at = $3
        WHERE person_id = $1 AND id = $2 AND withdrawn_at IS NULL RETURNING id";
    GIVE_CONSENTS = "UPDATE consents SET person_id = $2 WHERE registration_id = $1";
    TRIES = "SELECT CAST(COALESCE(sum(count), 0) AS BIGINT) FROM attempts WHERE key = $1 AND window_at >= $2";
    COUNT_TRY = "INSERT INTO attempts (key, window_at, count) VALUES ($1, $2, 1)
        ON CONFLICT (key, window_at) DO UPDATE SET count = attempts.count + 1";
    GIVE_TRY_BACK = "UPDATE attempts SET count = count - 1 WHERE key = $1 AND window_at = $2 AND count > 0";
    /// Only our own: other features count over other times in the same table.
    SWEEP_TRIES = "DELETE FROM attempts WHERE window_at < $1 AND key >= 'registration:' AND key < 'registration;'";
}
