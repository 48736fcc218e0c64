-- Times are microseconds since 1970-01-01 UTC. Documents are JSON text. Ids are prefixed text.

CREATE TABLE persons (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    email_verified_at INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('', 'en', 'de')),
    time_zone TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'erased')),
    -- The directory that keeps them out, as `directory:KEY`; empty when a person does.
    suspended_by TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    sign_in_told_at INTEGER
) STRICT;

CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES persons (id),
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    -- Keyed hash of the names the provider gave last.
    names_said TEXT NOT NULL DEFAULT '',
    -- The id in the provider's directory, where tokens carry another one.
    directory_id TEXT NOT NULL DEFAULT '',
    UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX identities_by_person ON identities (person_id);
CREATE INDEX identities_by_directory_id ON identities (issuer, directory_id);

CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    crm_account_id TEXT NOT NULL,
    crm_version INTEGER NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'prospect', 'partner', 'vendor', 'contractor')),
    crm_parent_id TEXT NOT NULL,
    parent_id TEXT REFERENCES organizations (id),
    postcode_key TEXT NOT NULL,
    vat_key TEXT NOT NULL,
    owner_email TEXT NOT NULL,
    invite_policy TEXT NOT NULL CHECK (invite_policy IN ('strict', 'same_domain', 'any_verified')),
    join_policy TEXT NOT NULL CHECK (join_policy IN ('approval', 'verified_domain')),
    generation INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (connection, crm_account_id)
) STRICT;
CREATE INDEX organizations_by_name ON organizations (name_key, id);
-- The accounts a sales rep owns.
CREATE INDEX organizations_by_owner ON organizations (owner_email, id);
CREATE INDEX organizations_by_parent ON organizations (parent_id);
-- Children whose parent has not arrived yet find it by the CRM's id.
CREATE INDEX organizations_by_crm_parent ON organizations (connection, crm_parent_id);

CREATE TABLE organization_domains (
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    domain TEXT NOT NULL,
    verified_at INTEGER,
    PRIMARY KEY (organization_id, domain)
) STRICT;
CREATE INDEX organization_domains_by_domain ON organization_domains (domain);

CREATE TABLE contracts (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    connection TEXT NOT NULL,
    external_id TEXT NOT NULL,
    number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'suspended', 'ended')),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    grace_ends_at INTEGER,
    seats INTEGER,
    products TEXT NOT NULL CHECK (json_valid(products)),
    source_version INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    -- When its end was last moved close or its products became fewer, for the mass-change brake.
    cut_at INTEGER,
    created_at INTEGER NOT NULL,
    UNIQUE (connection, external_id)
) STRICT;
CREATE INDEX contracts_by_organization ON contracts (organization_id);
CREATE INDEX contracts_by_number ON contracts (number_key);
CREATE INDEX contracts_cut ON contracts (connection, cut_at)
    WHERE cut_at IS NOT NULL;
CREATE INDEX contracts_by_end ON contracts (ends_at);
CREATE INDEX contracts_by_start ON contracts (starts_at);
CREATE INDEX contracts_by_grace_end ON contracts (grace_ends_at) WHERE grace_ends_at IS NOT NULL;

-- What those who run an organization have been told of a step, this many days before it.
CREATE TABLE contract_notices (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    step TEXT NOT NULL CHECK (step IN ('begin', 'end', 'grace_end')),
    step_at INTEGER NOT NULL,
    days INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, step, step_at, days)
) STRICT;

CREATE TABLE crm_people (
    connection TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('contact', 'lead')),
    organization_id TEXT REFERENCES organizations (id),
    company TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    opted_out INTEGER NOT NULL CHECK (opted_out IN (0, 1)),
    person_id TEXT REFERENCES persons (id),
    crm_version INTEGER NOT NULL,
    fetched_at INTEGER NOT NULL,
    -- A contact and a lead of one CRM may have the same id.
    PRIMARY KEY (connection, kind, external_id)
) STRICT;
CREATE INDEX crm_people_by_organization ON crm_people (organization_id, name_key, external_id);
CREATE INDEX crm_people_by_email ON crm_people (email_key);
CREATE INDEX crm_people_by_kind ON crm_people (kind, name_key, external_id);

CREATE TABLE memberships (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    person_id TEXT NOT NULL REFERENCES persons (id),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'removed')),
    status_reason TEXT NOT NULL,
    starts_at INTEGER,
    ends_at INTEGER,
    crm_contact_id TEXT,
    confirmed_at INTEGER NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('invitation', 'registration', 'import', 'directory', 'crm')),
    -- Copies of what the members list shows, kept in the transaction that changes the person, so
    -- that a page of the list reads one table.
    display_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    roles TEXT NOT NULL,
    last_sign_in_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (organization_id, person_id)
) STRICT;
CREATE INDEX memberships_by_person ON memberships (person_id);
CREATE INDEX memberships_by_contact ON memberships (crm_contact_id) WHERE crm_contact_id IS NOT NULL;
CREATE INDEX memberships_by_name ON memberships (organization_id, name_key, id);
-- Who never signed in counts as the longest ago, at the same end on both engines.
CREATE INDEX memberships_by_sign_in ON memberships (organization_id, (COALESCE(last_sign_in_at, 0)), id);
CREATE INDEX memberships_by_start ON memberships (starts_at) WHERE starts_at IS NOT NULL;
CREATE INDEX memberships_by_end ON memberships (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX memberships_by_status ON memberships (organization_id, status, name_key, id);

CREATE TABLE membership_roles (
    membership_id TEXT NOT NULL REFERENCES memberships (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    role TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (membership_id, role)
) STRICT;
-- Who holds a role, the admins above all, without reading every member.
CREATE INDEX membership_roles_by_role ON membership_roles (organization_id, role, membership_id);
-- Who holds a role anywhere, when its meaning is about to change.
CREATE INDEX membership_roles_of_role ON membership_roles (role, membership_id);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    person_id TEXT NOT NULL REFERENCES persons (id),
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    provider_session TEXT NOT NULL,
    id_token_sealed TEXT NOT NULL,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_provider_session ON sessions (issuer, provider_session);
CREATE INDEX sessions_by_subject ON sessions (issuer, subject);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Sessions and messages of providers that count no more.
CREATE TABLE ended_elsewhere (
    id TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX ended_elsewhere_by_end ON ended_elsewhere (until);

CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    kind TEXT NOT NULL CHECK (kind IN ('member', 'lead')),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    invitee_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    language TEXT NOT NULL,
    note TEXT NOT NULL,
    roles TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'opened', 'redeemed', 'bounced', 'declined', 'revoked', 'expired', 'superseded')),
    secret_hash TEXT NOT NULL,
    inviter_kind TEXT NOT NULL CHECK (inviter_kind IN ('person', 'staff', 'crm', 'client', 'system')),
    inviter_ref TEXT NOT NULL,
    inviter_name TEXT NOT NULL,
    inviter_company TEXT NOT NULL,
    inviter_email TEXT NOT NULL,
    inviter_phone TEXT NOT NULL,
    crm_contact_id TEXT,
    life_seconds INTEGER NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('mail', 'link')),
    -- The mail whose delivery the state follows; empty when there is none.
    mail_id TEXT NOT NULL,
    delivery_note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When the link that counts was made.
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When the link was mailed once more; at most once in a life.
    reminded_at INTEGER,
    sent_at INTEGER,
    opened_at INTEGER,
    bounced_at INTEGER,
    ended_at INTEGER,
    asked_again_at INTEGER,
    -- Who asked to be let in with another verified address.
    other_email TEXT NOT NULL,
    other_name TEXT NOT NULL,
    other_asked_at INTEGER,
    redeemed_by TEXT REFERENCES persons (id),
    membership_id TEXT REFERENCES memberships (id)
) STRICT;
CREATE UNIQUE INDEX invitations_one_live ON invitations (organization_id, email_key)
    WHERE state IN ('queued', 'sent', 'opened', 'bounced');
CREATE INDEX invitations_by_organization ON invitations (organization_id, name_key, id);
-- What the members list shows beside the members: small however many were redeemed.
CREATE INDEX invitations_open ON invitations (organization_id, name_key, id)
    WHERE state IN ('queued', 'sent', 'opened', 'bounced', 'expired');
CREATE INDEX invitations_by_email ON invitations (email_key);
CREATE INDEX invitations_by_redeemer ON invitations (redeemed_by)
    WHERE redeemed_by IS NOT NULL;
CREATE INDEX invitations_by_inviter ON invitations (inviter_email, created_at, id);
CREATE INDEX invitations_by_creation ON invitations (created_at, id);
CREATE INDEX invitations_by_expiry ON invitations (expires_at)
    WHERE state IN ('queued', 'sent', 'opened', 'bounced');
-- Half of its life: when whoever has not answered is reminded.
CREATE INDEX invitations_by_half ON invitations (((issued_at + expires_at) / 2), id)
    WHERE reminded_at IS NULL AND way = 'mail' AND state IN ('sent', 'opened');

-- Every secret an invitation ever had, so that an old link can say what became of it.
CREATE TABLE invitation_secrets (
    secret_hash TEXT PRIMARY KEY,
    invitation_id TEXT NOT NULL REFERENCES invitations (id),
    created_at INTEGER NOT NULL,
    replaced_at INTEGER,
    -- Whether it was mailed to remind; the one before it works on.
    is_reminder INTEGER NOT NULL CHECK (is_reminder IN (0, 1))
) STRICT;
CREATE INDEX invitation_secrets_by_invitation ON invitation_secrets (invitation_id);

CREATE TABLE registrations (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('contract', 'new_company')),
    state TEXT NOT NULL CHECK (state IN ('waiting_crm', 'waiting_organization', 'waiting_staff', 'approved', 'declined', 'withdrawn')),
    provider TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    contract_number TEXT NOT NULL,
    number_key TEXT NOT NULL,
    company_fact TEXT NOT NULL,
    company_name TEXT NOT NULL,
    message TEXT NOT NULL,
    connection TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id),
    evidence TEXT NOT NULL CHECK (json_valid(evidence)),
    person_id TEXT REFERENCES persons (id),
    decided_by TEXT NOT NULL,
    decision_note TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    decided_at INTEGER,
    next_try_at INTEGER
) STRICT;
CREATE INDEX registrations_by_state ON registrations (state, created_at, id);
CREATE INDEX registrations_by_organization ON registrations (organization_id, state, created_at, id);
CREATE INDEX registrations_by_identity ON registrations (issuer, subject);
CREATE INDEX registrations_by_person ON registrations (person_id)
    WHERE person_id IS NOT NULL;
CREATE INDEX registrations_due ON registrations (next_try_at)
    WHERE next_try_at IS NOT NULL;

CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    person_id TEXT REFERENCES persons (id),
    registration_id TEXT REFERENCES registrations (id),
    purpose TEXT NOT NULL,
    text_version TEXT NOT NULL,
    language TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT;
CREATE INDEX consents_by_person ON consents (person_id);
CREATE INDEX consents_by_registration ON consents (registration_id);

-- Attempts at guessable things, counted per key and window, so that several nodes count together.
CREATE TABLE attempts (
    key TEXT NOT NULL,
    window_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key, window_at)
) STRICT;
CREATE INDEX attempts_by_window ON attempts (window_at);

CREATE TABLE audit_events (
    chain TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_ref TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    organization_id TEXT,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    request_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;
CREATE INDEX audit_events_by_target ON audit_events (target, at);
CREATE INDEX audit_events_by_time ON audit_events (at, chain, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor_ref, at);

CREATE TABLE audit_heads (
    chain TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    seal TEXT NOT NULL
) STRICT;

CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    organization_id TEXT,
    author TEXT NOT NULL CHECK (json_valid(author)),
    payload TEXT NOT NULL,
    request_id TEXT NOT NULL
) STRICT;

CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    change_id TEXT NOT NULL REFERENCES changes (id),
    destination TEXT NOT NULL,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'done', 'merged', 'dead', 'review', 'parked', 'skipped')),
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    lease_until INTEGER,
    lease_owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    cause TEXT NOT NULL,
    last_error TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    merged_into TEXT,
    -- Whether a newer one of the same subject and kind says all that this one does.
    mergeable INTEGER NOT NULL CHECK (mergeable IN (0, 1)),
    -- What goes first: 0 urgent, 1 usual, 2 a mere note.
    urgency INTEGER NOT NULL CHECK (urgency IN (0, 1, 2)),
    -- What a person decided in review, as JSON; empty for nothing.
    choice TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
-- What is not finished: small however many done rows are kept.
CREATE INDEX deliveries_open ON deliveries (destination, subject, seq)
    WHERE state IN ('waiting', 'claimed', 'dead', 'review', 'parked');
CREATE INDEX deliveries_due ON deliveries (destination, urgency, next_attempt_at, seq)
    WHERE state = 'waiting';
CREATE INDEX deliveries_leased ON deliveries (destination, lease_owner, lease_until)
    WHERE state = 'claimed';
CREATE INDEX deliveries_by_change ON deliveries (change_id);
CREATE INDEX deliveries_by_state ON deliveries (state, destination, seq);
CREATE INDEX deliveries_done ON deliveries (done_at)
    WHERE state IN ('done', 'merged', 'skipped');
CREATE INDEX deliveries_by_subject ON deliveries (subject, seq);

CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    verdict TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
) STRICT;

CREATE TABLE destinations (
    destination TEXT PRIMARY KEY,
    paused_until INTEGER,
    paused_by_person INTEGER NOT NULL CHECK (paused_by_person IN (0, 1)),
    reason TEXT NOT NULL,
    -- Refusals of our credentials in a row; the pause grows with them.
    strikes INTEGER NOT NULL,
    last_success_at INTEGER,
    last_failure_at INTEGER
) STRICT;

-- Which destinations are told the events of a topic.
CREATE TABLE subscriptions (
    topic TEXT NOT NULL,
    destination TEXT NOT NULL,
    -- When somebody last said that it is to be told.
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (topic, destination)
) STRICT;
CREATE INDEX subscriptions_by_destination ON subscriptions (destination, topic);

-- Systems that are told events by webhook. Secrets are sealed; those of a removed one are erased.
CREATE TABLE webhook_subscribers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    -- The one before, which signs too until then.
    old_secret TEXT NOT NULL,
    old_ends_at INTEGER,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX webhook_subscribers_by_removal ON webhook_subscribers (removed_at);

-- Keys that sign what the portal tells services.
CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY,
    -- Sealed.
    private_key TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- How far was looked for what ends by date alone.
CREATE TABLE signal_clock (
    name TEXT PRIMARY KEY,
    looked_at INTEGER NOT NULL
) STRICT;

-- CRM credentials that colleagues lent. What is over has none left.
CREATE TABLE credentials (
    id TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    -- Sealed; empty once it is wiped.
    secret TEXT NOT NULL,
    lent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Batches it may carry; 0 for any number.
    uses INTEGER NOT NULL,
    used INTEGER NOT NULL,
    last_used_at INTEGER,
    ended_at INTEGER,
    ended_because TEXT NOT NULL CHECK (ended_because IN ('', 'expired', 'used_up', 'taken_back', 'wiped', 'refused', 'lender_left',
        'connection_left', 'unreadable')),
    CHECK ((ended_at IS NULL) = (length(secret) > 0))
) STRICT;
CREATE UNIQUE INDEX credentials_live ON credentials (connection) WHERE ended_at IS NULL;
CREATE INDEX credentials_ended ON credentials (connection, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX credentials_by_person ON credentials (person_id);

-- When colleagues were last written to for want of one.
CREATE TABLE credential_letters (
    connection TEXT PRIMARY KEY,
    asked_at INTEGER NOT NULL
) STRICT;

-- How many calls a destination may be sent; one row, shared by all nodes.
CREATE TABLE allowances (
    destination TEXT PRIMARY KEY,
    source TEXT NOT NULL CHECK (source IN ('unknown', 'learnt', 'reported')),
    -- Calls in a window; 0 when not known.
    allowed INTEGER NOT NULL,
    window_us INTEGER NOT NULL,
    -- The allowance at which calls were refused last, when it was learnt.
    refused_at INTEGER NOT NULL,
    -- The calls made so far are paid for until then.
    paid_until INTEGER NOT NULL,
    counted_from INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    counted_before INTEGER NOT NULL,
    -- Calls without an answer in a row.
    misses INTEGER NOT NULL,
    day_allowed INTEGER NOT NULL,
    day_left INTEGER NOT NULL,
    day_at INTEGER NOT NULL
) STRICT;

CREATE TABLE crm_cursors (
    connection TEXT NOT NULL,
    feed TEXT NOT NULL,
    cursor TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    error TEXT NOT NULL,
    -- Since when it has failed without a success between.
    failing_since INTEGER,
    PRIMARY KEY (connection, feed)
) STRICT;

-- Ended access that waits for a person because one source ended too much at once (law 11).
CREATE TABLE held_changes (
    id TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL CHECK (json_valid(record)),
    received_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by TEXT NOT NULL,
    -- The operator who had the record taken; another one releases it. Empty for the CRM's own feed.
    asked_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX held_changes_by_record ON held_changes (connection, external_id, version);
CREATE UNIQUE INDEX held_changes_one_open ON held_changes (connection, external_id)
    WHERE decided_at IS NULL;

-- Records of a feed that came before what they belong to, as `account:ID`, `contact:ID`, `lead:ID`.
CREATE TABLE waiting_records (
    connection TEXT NOT NULL,
    record_key TEXT NOT NULL,
    waits_for TEXT NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL CHECK (json_valid(record)),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (connection, record_key)
) STRICT;
CREATE INDEX waiting_records_by_want ON waiting_records (connection, waits_for);

-- Invitations asked for in a CRM: each once, however often its feed repeats it.
CREATE TABLE crm_requests (
    connection TEXT NOT NULL,
    request_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (connection, request_id)
) STRICT;

-- Identity providers that are told about their users.
CREATE TABLE directories (
    name TEXT PRIMARY KEY,
    issuer TEXT NOT NULL,
    creates INTEGER NOT NULL CHECK (creates IN (0, 1)),
    -- What of its settings decides what it is told: once it changes, everybody is looked at again.
    settings TEXT NOT NULL,
    -- Up to which person a new one has been told of everybody; NULL when that is over.
    filled_to TEXT
) STRICT;

-- What a directory was told about each user of somebody last.
CREATE TABLE directory_people (
    directory TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES persons (id),
    -- By which id of theirs: what an identity says, or empty for the user that was made or chosen for them.
    asked TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    -- Whether their sessions there have been ended for want of access.
    is_kept_out INTEGER NOT NULL CHECK (is_kept_out IN (0, 1)),
    -- Whether the portal keeps them from signing in there, or is about to.
    block TEXT NOT NULL CHECK (block IN ('no', 'trying', 'yes')),
    -- Whether they ever had access since it was told about them.
    had_access INTEGER NOT NULL CHECK (had_access IN (0, 1)),
    -- When the portal made the user, or let them sign in there again: older news about them may come late.
    let_in_at INTEGER,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (directory, person_id, asked)
) STRICT;

CREATE INDEX directory_people_by_user ON directory_people (directory, remote_id);

-- How far the changes of a directory have been followed.
CREATE TABLE directory_following (
    directory TEXT PRIMARY KEY,
    subscription TEXT NOT NULL,
    runs_out_at INTEGER,
    cursor TEXT NOT NULL,
    looked_at INTEGER NOT NULL,
    -- Looks in a row that failed.
    failures INTEGER NOT NULL,
    -- People whom it disabled and who were kept out here for it, since then, for the mass-change brake.
    counted_from INTEGER NOT NULL,
    disabled INTEGER NOT NULL
) STRICT;

-- When it was looked last whose access time alone has changed.
CREATE TABLE directory_clock (
    id TEXT PRIMARY KEY,
    looked_at INTEGER NOT NULL,
    -- A look that goes on in parts: up to when, and behind whom.
    look_until INTEGER,
    place TEXT NOT NULL
) STRICT;

CREATE TABLE receipts (
    id TEXT PRIMARY KEY,
    organization_id TEXT REFERENCES organizations (id),
    contract_id TEXT REFERENCES contracts (id),
    -- Of one person's access: who was suspended, removed, let in again.
    person_id TEXT REFERENCES persons (id),
    kind TEXT NOT NULL CHECK (kind IN ('ended', 'restored')),
    crm_changed_at INTEGER,
    received_at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    memberships INTEGER NOT NULL,
    sessions INTEGER NOT NULL,
    first_refused_at INTEGER,
    -- The change that directories are told; NULL when none has to be.
    change_id TEXT,
    -- What came of telling them, once all of it is over; and when the last of them was told.
    told TEXT CHECK (told IN ('told', 'nobody', 'given_up')),
    told_at INTEGER
) STRICT;
CREATE INDEX receipts_by_decision ON receipts (decided_at, id);
CREATE INDEX receipts_by_person ON receipts (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX receipts_untold ON receipts (change_id) WHERE told IS NULL AND change_id IS NOT NULL;
CREATE INDEX receipts_by_organization ON receipts (organization_id, decided_at);
CREATE INDEX receipts_by_time ON receipts (kind, decided_at);

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    organization_id TEXT,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    created_at INTEGER NOT NULL,
    -- When operators were sent a letter about it.
    told_at INTEGER,
    closed_at INTEGER,
    closed_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX tasks_one_open ON tasks (kind, subject)
    WHERE closed_at IS NULL;
CREATE INDEX tasks_told ON tasks (told_at)
    WHERE told_at IS NOT NULL;
CREATE INDEX tasks_open ON tasks (created_at, id)
    WHERE closed_at IS NULL;

-- Signed events that were taken in. The digest tells a repeated event from another one under a used id.
CREATE TABLE inbound_events (
    connection TEXT NOT NULL,
    event_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (connection, event_id)
) STRICT;
CREATE INDEX inbound_events_by_time ON inbound_events (received_at);

-- Programs that call the API. Secrets and tokens are kept as SHA-256 of 256 random bits.
CREATE TABLE api_clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    -- Joined by blanks, as OAuth writes them.
    scopes TEXT NOT NULL,
    -- The one connection whose organizations exist for it; all of them when it is null.
    connection TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX api_clients_by_creation ON api_clients (created_at, id);

CREATE TABLE api_client_secrets (
    secret_hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    created_at INTEGER NOT NULL,
    -- Set when it is replaced: until then both count.
    ends_at INTEGER
) STRICT;
CREATE INDEX api_client_secrets_by_client ON api_client_secrets (client_id, created_at);

CREATE TABLE api_tokens (
    token_hash TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    secret_hash TEXT NOT NULL REFERENCES api_client_secrets (secret_hash),
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_tokens_by_expiry ON api_tokens (expires_at);

-- Answers by Idempotency-Key. Without a status the request is under way, or its node stopped.
CREATE TABLE api_idempotency (
    client_id TEXT NOT NULL REFERENCES api_clients (id),
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    status INTEGER,
    location TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (client_id, key)
) STRICT;
CREATE INDEX api_idempotency_by_time ON api_idempotency (started_at);

-- The built-in CRM. Only src/crm/builtin reads and writes these tables.

CREATE TABLE builtin_accounts (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent_id TEXT,
    domains TEXT NOT NULL CHECK (json_valid(domains)),
    postcode TEXT NOT NULL,
    vat_number TEXT NOT NULL,
    owner_email TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_accounts_by_name ON builtin_accounts (name_key, id);
CREATE INDEX builtin_accounts_by_parent ON builtin_accounts (parent_id, name_key, id);

CREATE TABLE builtin_contacts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES builtin_accounts (id),
    number TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    opted_out INTEGER NOT NULL CHECK (opted_out IN (0, 1)),
    portal_person_id TEXT NOT NULL,
    portal_membership_id TEXT NOT NULL,
    portal_status TEXT NOT NULL,
    portal_roles TEXT NOT NULL CHECK (json_valid(portal_roles)),
    invitation_status TEXT NOT NULL,
    last_sign_in TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX builtin_contacts_by_number ON builtin_contacts (number)
    WHERE number <> '';
CREATE INDEX builtin_contacts_by_account ON builtin_contacts (account_id, name_key, id);
CREATE INDEX builtin_contacts_by_email ON builtin_contacts (email_key);
CREATE INDEX builtin_contacts_by_membership ON builtin_contacts (portal_membership_id)
    WHERE portal_membership_id <> '';

CREATE TABLE builtin_contracts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES builtin_accounts (id),
    number TEXT NOT NULL UNIQUE,
    number_key TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    grace_days INTEGER,
    seats INTEGER,
    products TEXT NOT NULL CHECK (json_valid(products)),
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_contracts_by_account ON builtin_contracts (account_id, number);
CREATE INDEX builtin_contracts_by_number ON builtin_contracts (number_key);

CREATE TABLE builtin_orders (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES builtin_accounts (id),
    number TEXT NOT NULL UNIQUE,
    placed_on TEXT NOT NULL,
    total TEXT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_orders_by_account ON builtin_orders (account_id, placed_on, id);

CREATE TABLE builtin_cases (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES builtin_accounts (id),
    -- Who answers for it at the company; nobody when somebody left without a successor.
    contact_id TEXT REFERENCES builtin_contacts (id),
    -- Where it waits when nobody at the company answers for it; usually empty.
    queue TEXT NOT NULL,
    number TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    status TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_cases_open ON builtin_cases (account_id, opened_on, id)
    WHERE status <> 'solved';
CREATE INDEX builtin_cases_of_contact ON builtin_cases (contact_id, opened_on, id)
    WHERE status <> 'solved';

CREATE TABLE builtin_leads (
    id TEXT PRIMARY KEY,
    company TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    score INTEGER NOT NULL,
    status TEXT NOT NULL,
    consent TEXT NOT NULL,
    opted_out INTEGER NOT NULL CHECK (opted_out IN (0, 1)),
    portal_key TEXT NOT NULL,
    invitation_status TEXT NOT NULL,
    owner_email TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_leads_by_update ON builtin_leads (updated_at, id);
CREATE INDEX builtin_leads_by_email ON builtin_leads (email_key);
CREATE INDEX builtin_leads_by_key ON builtin_leads (portal_key)
    WHERE portal_key <> '';

-- A request to invite somebody, made on the CRM's screen; the portal reads it from the feed.
CREATE TABLE builtin_invitation_requests (
    id TEXT PRIMARY KEY,
    contact_id TEXT,
    lead_id TEXT,
    roles TEXT NOT NULL CHECK (json_valid(roles)),
    requested_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_invitation_requests_by_contact ON builtin_invitation_requests (contact_id, updated_at);
CREATE INDEX builtin_invitation_requests_by_lead ON builtin_invitation_requests (lead_id, updated_at);

CREATE TABLE builtin_activities (
    id TEXT PRIMARY KEY,
    record_id TEXT NOT NULL,
    -- Empty for what belongs to no account.
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    changes TEXT NOT NULL CHECK (json_valid(changes)),
    author_kind TEXT NOT NULL,
    author_ref TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_activities_by_record ON builtin_activities (record_id, at, id);
CREATE INDEX builtin_activities_by_account ON builtin_activities (account_id, at, id);

-- Idempotency keys that were applied, with the answer that was given.
CREATE TABLE builtin_applied (
    key TEXT PRIMARY KEY,
    answer TEXT NOT NULL CHECK (json_valid(answer)),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX builtin_applied_by_time ON builtin_applied (at);

-- The change feed: one row a record, moved to the end each time the record changes.
CREATE TABLE builtin_feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    record_kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (record_kind, record_id)
) STRICT;

-- Comparisons of a CRM with the portal.
CREATE TABLE reconciliation_runs (
    id TEXT PRIMARY KEY,
    connection TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('records', 'members', 'people', 'contracts', 'done')),
    cursor TEXT NOT NULL,
    records INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    lease_until INTEGER NOT NULL,
    problem TEXT NOT NULL,
    -- When operators were written to about it.
    told_at INTEGER
) STRICT;
CREATE UNIQUE INDEX reconciliation_runs_open ON reconciliation_runs (connection) WHERE finished_at IS NULL;
CREATE INDEX reconciliation_runs_by_start ON reconciliation_runs (connection, started_at, id);
CREATE INDEX reconciliation_runs_untold ON reconciliation_runs (id)
    WHERE told_at IS NULL AND started_by = '' AND finished_at IS NOT NULL;

-- What a run has seen, until it is finished.
CREATE TABLE reconciliation_seen (
    run_id TEXT NOT NULL REFERENCES reconciliation_runs (id),
    kind TEXT NOT NULL CHECK (kind IN ('account', 'contact', 'contract', 'membership')),
    id TEXT NOT NULL,
    seen_in TEXT NOT NULL,
    PRIMARY KEY (run_id, kind, id)
) STRICT;

CREATE TABLE reconciliation_findings (
    id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES reconciliation_runs (id),
    class TEXT NOT NULL CHECK (class IN ('missing_here', 'missing_there', 'differs', 'broken_link', 'duplicate')),
    kind TEXT NOT NULL CHECK (kind IN ('account', 'contact', 'contract', 'membership')),
    subject TEXT NOT NULL,
    record_id TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id),
    field TEXT NOT NULL,
    ours TEXT NOT NULL,
    theirs TEXT NOT NULL,
    owner TEXT NOT NULL CHECK (owner IN ('portal', 'crm', 'nobody')),
    record TEXT NOT NULL,
    mended_at INTEGER,
    mended_by TEXT NOT NULL,
    -- What mending it set, as JSON; empty before.
    changes TEXT NOT NULL DEFAULT '',
    undone_at INTEGER,
    undone_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX reconciliation_findings_by_run ON reconciliation_findings (run_id, id);
CREATE INDEX reconciliation_findings_by_record ON reconciliation_findings (run_id, kind, record_id);

-- Roles and services: each version as a whole, never changed. The newest counts.
CREATE TABLE catalogue_versions (
    version INTEGER PRIMARY KEY,
    -- Services and roles, as JSON.
    body TEXT NOT NULL,
    -- 'file': as the settings file says; 'person': an operator saved it.
    origin TEXT NOT NULL CHECK (origin IN ('file', 'person')),
    -- The settings file's roles and services that were taken over last, hashed.
    file_hash TEXT NOT NULL,
    -- Who saved it, as the audit log names authors.
    made_by TEXT NOT NULL,
    made_by_name TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- What an operator is about to save; one each.
CREATE TABLE catalogue_drafts (
    person_id TEXT PRIMARY KEY REFERENCES persons (id),
    -- The version that was edited.
    based_on INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- Roles to give to the holders of roles that go, as JSON.
    replacements TEXT NOT NULL,
    -- Grows with each edit, so that a form that was opened before is noticed.
    generation INTEGER NOT NULL,
    -- The settings file's roles and services, hashed, when the draft takes them over; else empty.
    file_hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
