-- Times are microseconds since 1970-01-01 UTC. Documents are JSON text. Ids are prefixed text.

CREATE TABLE persons (
    id TEXT COLLATE "C" PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL UNIQUE,
    email_verified_at BIGINT NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C" NOT NULL,
    family_name TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL CHECK (language IN ('', 'en', 'de')),
    time_zone TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'suspended', 'erased')),
    -- The directory that keeps them out, as `directory:KEY`; empty when a person does.
    suspended_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT,
    sign_in_told_at BIGINT
);

CREATE TABLE identities (
    id TEXT COLLATE "C" PRIMARY KEY,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    provider TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT,
    -- Keyed hash of the names the provider gave last.
    names_said TEXT NOT NULL DEFAULT '',
    -- The id in the provider's directory, where tokens carry another one.
    directory_id TEXT NOT NULL DEFAULT '',
    UNIQUE (issuer, subject)
);
CREATE INDEX identities_by_person ON identities (person_id);
CREATE INDEX identities_by_directory_id ON identities (issuer, directory_id);

CREATE TABLE organizations (
    id TEXT COLLATE "C" PRIMARY KEY,
    connection TEXT COLLATE "C" NOT NULL,
    crm_account_id TEXT COLLATE "C" NOT NULL,
    crm_version BIGINT NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('customer', 'prospect', 'partner', 'vendor', 'contractor')),
    crm_parent_id TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C" REFERENCES organizations (id),
    postcode_key TEXT COLLATE "C" NOT NULL,
    vat_key TEXT COLLATE "C" NOT NULL,
    owner_email TEXT COLLATE "C" NOT NULL,
    invite_policy TEXT COLLATE "C" NOT NULL CHECK (invite_policy IN ('strict', 'same_domain', 'any_verified')),
    join_policy TEXT COLLATE "C" NOT NULL CHECK (join_policy IN ('approval', 'verified_domain')),
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (connection, crm_account_id)
);
CREATE INDEX organizations_by_name ON organizations (name_key, id);
-- The accounts a sales rep owns.
CREATE INDEX organizations_by_owner ON organizations (owner_email, id);
CREATE INDEX organizations_by_parent ON organizations (parent_id);
-- Children whose parent has not arrived yet find it by the CRM's id.
CREATE INDEX organizations_by_crm_parent ON organizations (connection, crm_parent_id);

CREATE TABLE organization_domains (
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    domain TEXT COLLATE "C" NOT NULL,
    verified_at BIGINT,
    PRIMARY KEY (organization_id, domain)
);
CREATE INDEX organization_domains_by_domain ON organization_domains (domain);

CREATE TABLE contracts (
    id TEXT COLLATE "C" PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    connection TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    number_key TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('draft', 'active', 'suspended', 'ended')),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    grace_ends_at BIGINT,
    seats BIGINT,
    products TEXT COLLATE "C" NOT NULL,
    source_version BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL,
    -- When its end was last moved close or its products became fewer, for the mass-change brake.
    cut_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (connection, external_id)
);
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
    step_at BIGINT NOT NULL,
    days BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, step, step_at, days)
);

CREATE TABLE crm_people (
    connection TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('contact', 'lead')),
    organization_id TEXT COLLATE "C" REFERENCES organizations (id),
    company TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C" NOT NULL,
    family_name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    opted_out BOOLEAN NOT NULL,
    person_id TEXT COLLATE "C" REFERENCES persons (id),
    crm_version BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL,
    -- A contact and a lead of one CRM may have the same id.
    PRIMARY KEY (connection, kind, external_id)
);
CREATE INDEX crm_people_by_organization ON crm_people (organization_id, name_key, external_id);
CREATE INDEX crm_people_by_email ON crm_people (email_key);
CREATE INDEX crm_people_by_kind ON crm_people (kind, name_key, external_id);

CREATE TABLE memberships (
    id TEXT COLLATE "C" PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'suspended', 'removed')),
    status_reason TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT,
    ends_at BIGINT,
    crm_contact_id TEXT COLLATE "C",
    confirmed_at BIGINT NOT NULL,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('invitation', 'registration', 'import', 'directory', 'crm')),
    -- Copies of what the members list shows, kept in the transaction that changes the person, so
    -- that a page of the list reads one table.
    display_name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    last_sign_in_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (organization_id, person_id)
);
CREATE INDEX memberships_by_person ON memberships (person_id);
CREATE INDEX memberships_by_contact ON memberships (crm_contact_id) WHERE crm_contact_id IS NOT NULL;
CREATE INDEX memberships_by_name ON memberships (organization_id, name_key, id);
-- Who never signed in counts as the longest ago, at the same end on both engines.
CREATE INDEX memberships_by_sign_in ON memberships (organization_id, (COALESCE(last_sign_in_at, 0)), id);
CREATE INDEX memberships_by_start ON memberships (starts_at) WHERE starts_at IS NOT NULL;
CREATE INDEX memberships_by_end ON memberships (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX memberships_by_status ON memberships (organization_id, status, name_key, id);

CREATE TABLE membership_roles (
    membership_id TEXT COLLATE "C" NOT NULL REFERENCES memberships (id),
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    role TEXT COLLATE "C" NOT NULL,
    granted_by TEXT COLLATE "C" NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (membership_id, role)
);
-- Who holds a role, the admins above all, without reading every member.
CREATE INDEX membership_roles_by_role ON membership_roles (organization_id, role, membership_id);
-- Who holds a role anywhere, when its meaning is about to change.
CREATE INDEX membership_roles_of_role ON membership_roles (role, membership_id);

CREATE TABLE sessions (
    id TEXT COLLATE "C" PRIMARY KEY,
    secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    provider TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    provider_session TEXT COLLATE "C" NOT NULL,
    id_token_sealed TEXT COLLATE "C" NOT NULL,
    acr TEXT COLLATE "C" NOT NULL,
    amr TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    data TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_provider_session ON sessions (issuer, provider_session);
CREATE INDEX sessions_by_subject ON sessions (issuer, subject);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Sessions and messages of providers that count no more.
CREATE TABLE ended_elsewhere (
    id TEXT PRIMARY KEY,
    ended_at BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX ended_elsewhere_by_end ON ended_elsewhere (until);

CREATE TABLE invitations (
    id TEXT COLLATE "C" PRIMARY KEY,
    organization_id TEXT COLLATE "C" NOT NULL REFERENCES organizations (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('member', 'lead')),
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    invitee_name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    roles TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sent', 'opened', 'redeemed', 'bounced', 'declined', 'revoked', 'expired', 'superseded')),
    secret_hash TEXT COLLATE "C" NOT NULL,
    inviter_kind TEXT COLLATE "C" NOT NULL CHECK (inviter_kind IN ('person', 'staff', 'crm', 'client', 'system')),
    inviter_ref TEXT COLLATE "C" NOT NULL,
    inviter_name TEXT COLLATE "C" NOT NULL,
    inviter_company TEXT COLLATE "C" NOT NULL,
    inviter_email TEXT COLLATE "C" NOT NULL,
    inviter_phone TEXT COLLATE "C" NOT NULL,
    crm_contact_id TEXT COLLATE "C",
    life_seconds BIGINT NOT NULL,
    way TEXT COLLATE "C" NOT NULL CHECK (way IN ('mail', 'link')),
    -- The mail whose delivery the state follows; empty when there is none.
    mail_id TEXT COLLATE "C" NOT NULL,
    delivery_note TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- When the link that counts was made.
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When the link was mailed once more; at most once in a life.
    reminded_at BIGINT,
    sent_at BIGINT,
    opened_at BIGINT,
    bounced_at BIGINT,
    ended_at BIGINT,
    asked_again_at BIGINT,
    -- Who asked to be let in with another verified address.
    other_email TEXT COLLATE "C" NOT NULL,
    other_name TEXT COLLATE "C" NOT NULL,
    other_asked_at BIGINT,
    redeemed_by TEXT COLLATE "C" REFERENCES persons (id),
    membership_id TEXT COLLATE "C" REFERENCES memberships (id)
);
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
    secret_hash TEXT COLLATE "C" PRIMARY KEY,
    invitation_id TEXT COLLATE "C" NOT NULL REFERENCES invitations (id),
    created_at BIGINT NOT NULL,
    replaced_at BIGINT,
    -- Whether it was mailed to remind; the one before it works on.
    is_reminder BOOLEAN NOT NULL
);
CREATE INDEX invitation_secrets_by_invitation ON invitation_secrets (invitation_id);

CREATE TABLE registrations (
    id TEXT COLLATE "C" PRIMARY KEY,
    reference TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('contract', 'new_company')),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting_crm', 'waiting_organization', 'waiting_staff', 'approved', 'declined', 'withdrawn')),
    provider TEXT COLLATE "C" NOT NULL,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C" NOT NULL,
    family_name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    contract_number TEXT COLLATE "C" NOT NULL,
    number_key TEXT COLLATE "C" NOT NULL,
    company_fact TEXT COLLATE "C" NOT NULL,
    company_name TEXT COLLATE "C" NOT NULL,
    message TEXT COLLATE "C" NOT NULL,
    connection TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C" REFERENCES organizations (id),
    evidence TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" REFERENCES persons (id),
    decided_by TEXT COLLATE "C" NOT NULL,
    decision_note TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    next_try_at BIGINT
);
CREATE INDEX registrations_by_state ON registrations (state, created_at, id);
CREATE INDEX registrations_by_organization ON registrations (organization_id, state, created_at, id);
CREATE INDEX registrations_by_identity ON registrations (issuer, subject);
CREATE INDEX registrations_by_person ON registrations (person_id)
    WHERE person_id IS NOT NULL;
CREATE INDEX registrations_due ON registrations (next_try_at)
    WHERE next_try_at IS NOT NULL;

CREATE TABLE consents (
    id TEXT COLLATE "C" PRIMARY KEY,
    person_id TEXT COLLATE "C" REFERENCES persons (id),
    registration_id TEXT COLLATE "C" REFERENCES registrations (id),
    purpose TEXT COLLATE "C" NOT NULL,
    text_version TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    given_at BIGINT NOT NULL,
    withdrawn_at BIGINT
);
CREATE INDEX consents_by_person ON consents (person_id);
CREATE INDEX consents_by_registration ON consents (registration_id);

-- Attempts at guessable things, counted per key and window, so that several nodes count together.
CREATE TABLE attempts (
    key TEXT COLLATE "C" NOT NULL,
    window_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (key, window_at)
);
CREATE INDEX attempts_by_window ON attempts (window_at);

CREATE TABLE audit_events (
    chain TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_ref TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C",
    detail TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX audit_events_by_target ON audit_events (target, at);
CREATE INDEX audit_events_by_time ON audit_events (at, chain, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor_ref, at);

CREATE TABLE audit_heads (
    chain TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    seal TEXT COLLATE "C" NOT NULL
);

CREATE TABLE changes (
    id TEXT COLLATE "C" PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C",
    author TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL
);

CREATE TABLE deliveries (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    change_id TEXT COLLATE "C" NOT NULL REFERENCES changes (id),
    destination TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'claimed', 'done', 'merged', 'dead', 'review', 'parked', 'skipped')),
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    lease_until BIGINT,
    lease_owner TEXT COLLATE "C" NOT NULL,
    fence BIGINT NOT NULL,
    cause TEXT COLLATE "C" NOT NULL,
    last_error TEXT COLLATE "C" NOT NULL,
    remote_id TEXT COLLATE "C" NOT NULL,
    merged_into TEXT COLLATE "C",
    -- Whether a newer one of the same subject and kind says all that this one does.
    mergeable BOOLEAN NOT NULL,
    -- What goes first: 0 urgent, 1 usual, 2 a mere note.
    urgency BIGINT NOT NULL CHECK (urgency IN (0, 1, 2)),
    -- What a person decided in review, as JSON; empty for nothing.
    choice TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT
);
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
    delivery_id TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    verdict TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
);

CREATE TABLE destinations (
    destination TEXT COLLATE "C" PRIMARY KEY,
    paused_until BIGINT,
    paused_by_person BOOLEAN NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    -- Refusals of our credentials in a row; the pause grows with them.
    strikes BIGINT NOT NULL,
    last_success_at BIGINT,
    last_failure_at BIGINT
);

-- Which destinations are told the events of a topic.
CREATE TABLE subscriptions (
    topic TEXT COLLATE "C" NOT NULL,
    destination TEXT COLLATE "C" NOT NULL,
    -- When somebody last said that it is to be told.
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (topic, destination)
);
CREATE INDEX subscriptions_by_destination ON subscriptions (destination, topic);

-- Systems that are told events by webhook. Secrets are sealed; those of a removed one are erased.
CREATE TABLE webhook_subscribers (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    secret TEXT COLLATE "C" NOT NULL,
    -- The one before, which signs too until then.
    old_secret TEXT COLLATE "C" NOT NULL,
    old_ends_at BIGINT,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX webhook_subscribers_by_removal ON webhook_subscribers (removed_at);

-- Keys that sign what the portal tells services.
CREATE TABLE signing_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    -- Sealed.
    private_key TEXT COLLATE "C" NOT NULL,
    public_key TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- How far was looked for what ends by date alone.
CREATE TABLE signal_clock (
    name TEXT COLLATE "C" PRIMARY KEY,
    looked_at BIGINT NOT NULL
);

-- CRM credentials that colleagues lent. What is over has none left.
CREATE TABLE credentials (
    id TEXT COLLATE "C" PRIMARY KEY,
    connection TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    -- Sealed; empty once it is wiped.
    secret TEXT COLLATE "C" NOT NULL,
    lent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Batches it may carry; 0 for any number.
    uses BIGINT NOT NULL,
    used BIGINT NOT NULL,
    last_used_at BIGINT,
    ended_at BIGINT,
    ended_because TEXT COLLATE "C" NOT NULL CHECK (ended_because IN ('', 'expired', 'used_up', 'taken_back', 'wiped', 'refused', 'lender_left',
        'connection_left', 'unreadable')),
    CHECK ((ended_at IS NULL) = (length(secret) > 0))
);
CREATE UNIQUE INDEX credentials_live ON credentials (connection) WHERE ended_at IS NULL;
CREATE INDEX credentials_ended ON credentials (connection, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX credentials_by_person ON credentials (person_id);

-- When colleagues were last written to for want of one.
CREATE TABLE credential_letters (
    connection TEXT COLLATE "C" PRIMARY KEY,
    asked_at BIGINT NOT NULL
);

-- How many calls a destination may be sent; one row, shared by all nodes.
CREATE TABLE allowances (
    destination TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('unknown', 'learnt', 'reported')),
    -- Calls in a window; 0 when not known.
    allowed BIGINT NOT NULL,
    window_us BIGINT NOT NULL,
    -- The allowance at which calls were refused last, when it was learnt.
    refused_at BIGINT NOT NULL,
    -- The calls made so far are paid for until then.
    paid_until BIGINT NOT NULL,
    counted_from BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    counted_before BIGINT NOT NULL,
    -- Calls without an answer in a row.
    misses BIGINT NOT NULL,
    day_allowed BIGINT NOT NULL,
    day_left BIGINT NOT NULL,
    day_at BIGINT NOT NULL
);

CREATE TABLE crm_cursors (
    connection TEXT COLLATE "C" NOT NULL,
    feed TEXT COLLATE "C" NOT NULL,
    cursor TEXT COLLATE "C" NOT NULL,
    fetched_at BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL,
    -- Since when it has failed without a success between.
    failing_since BIGINT,
    PRIMARY KEY (connection, feed)
);

-- Ended access that waits for a person because one source ended too much at once (law 11).
CREATE TABLE held_changes (
    id TEXT COLLATE "C" PRIMARY KEY,
    connection TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT COLLATE "C" NOT NULL,
    -- The operator who had the record taken; another one releases it. Empty for the CRM's own feed.
    asked_by TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX held_changes_by_record ON held_changes (connection, external_id, version);
CREATE UNIQUE INDEX held_changes_one_open ON held_changes (connection, external_id)
    WHERE decided_at IS NULL;

-- Records of a feed that came before what they belong to, as `account:ID`, `contact:ID`, `lead:ID`.
CREATE TABLE waiting_records (
    connection TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    waits_for TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    record TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (connection, record_key)
);
CREATE INDEX waiting_records_by_want ON waiting_records (connection, waits_for);

-- Invitations asked for in a CRM: each once, however often its feed repeats it.
CREATE TABLE crm_requests (
    connection TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (connection, request_id)
);

-- Identity providers that are told about their users.
CREATE TABLE directories (
    name TEXT COLLATE "C" PRIMARY KEY,
    issuer TEXT COLLATE "C" NOT NULL,
    creates BOOLEAN NOT NULL,
    -- What of its settings decides what it is told: once it changes, everybody is looked at again.
    settings TEXT COLLATE "C" NOT NULL,
    -- Up to which person a new one has been told of everybody; NULL when that is over.
    filled_to TEXT COLLATE "C"
);

-- What a directory was told about each user of somebody last.
CREATE TABLE directory_people (
    directory TEXT COLLATE "C" NOT NULL,
    person_id TEXT COLLATE "C" NOT NULL REFERENCES persons (id),
    -- By which id of theirs: what an identity says, or empty for the user that was made or chosen for them.
    asked TEXT COLLATE "C" NOT NULL,
    remote_id TEXT COLLATE "C" NOT NULL,
    -- Whether their sessions there have been ended for want of access.
    is_kept_out BOOLEAN NOT NULL,
    -- Whether the portal keeps them from signing in there, or is about to.
    block TEXT COLLATE "C" NOT NULL CHECK (block IN ('no', 'trying', 'yes')),
    -- Whether they ever had access since it was told about them.
    had_access BOOLEAN NOT NULL,
    -- When the portal made the user, or let them sign in there again: older news about them may come late.
    let_in_at BIGINT,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (directory, person_id, asked)
);

CREATE INDEX directory_people_by_user ON directory_people (directory, remote_id);

-- How far the changes of a directory have been followed.
CREATE TABLE directory_following (
    directory TEXT COLLATE "C" PRIMARY KEY,
    subscription TEXT COLLATE "C" NOT NULL,
    runs_out_at BIGINT,
    cursor TEXT COLLATE "C" NOT NULL,
    looked_at BIGINT NOT NULL,
    -- Looks in a row that failed.
    failures BIGINT NOT NULL,
    -- People whom it disabled and who were kept out here for it, since then, for the mass-change brake.
    counted_from BIGINT NOT NULL,
    disabled BIGINT NOT NULL
);

-- When it was looked last whose access time alone has changed.
CREATE TABLE directory_clock (
    id TEXT COLLATE "C" PRIMARY KEY,
    looked_at BIGINT NOT NULL,
    -- A look that goes on in parts: up to when, and behind whom.
    look_until BIGINT,
    place TEXT COLLATE "C" NOT NULL
);

CREATE TABLE receipts (
    id TEXT COLLATE "C" PRIMARY KEY,
    organization_id TEXT COLLATE "C" REFERENCES organizations (id),
    contract_id TEXT COLLATE "C" REFERENCES contracts (id),
    -- Of one person's access: who was suspended, removed, let in again.
    person_id TEXT COLLATE "C" REFERENCES persons (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('ended', 'restored')),
    crm_changed_at BIGINT,
    received_at BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    memberships BIGINT NOT NULL,
    sessions BIGINT NOT NULL,
    first_refused_at BIGINT,
    -- The change that directories are told; NULL when none has to be.
    change_id TEXT COLLATE "C",
    -- What came of telling them, once all of it is over; and when the last of them was told.
    told TEXT COLLATE "C" CHECK (told IN ('told', 'nobody', 'given_up')),
    told_at BIGINT
);
CREATE INDEX receipts_by_decision ON receipts (decided_at, id);
CREATE INDEX receipts_by_person ON receipts (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX receipts_untold ON receipts (change_id) WHERE told IS NULL AND change_id IS NOT NULL;
CREATE INDEX receipts_by_organization ON receipts (organization_id, decided_at);
CREATE INDEX receipts_by_time ON receipts (kind, decided_at);

CREATE TABLE tasks (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C",
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- When operators were sent a letter about it.
    told_at BIGINT,
    closed_at BIGINT,
    closed_by TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX tasks_one_open ON tasks (kind, subject)
    WHERE closed_at IS NULL;
CREATE INDEX tasks_told ON tasks (told_at)
    WHERE told_at IS NOT NULL;
CREATE INDEX tasks_open ON tasks (created_at, id)
    WHERE closed_at IS NULL;

-- Signed events that were taken in. The digest tells a repeated event from another one under a used id.
CREATE TABLE inbound_events (
    connection TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (connection, event_id)
);
CREATE INDEX inbound_events_by_time ON inbound_events (received_at);

-- Programs that call the API. Secrets and tokens are kept as SHA-256 of 256 random bits.
CREATE TABLE api_clients (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    -- Joined by blanks, as OAuth writes them.
    scopes TEXT COLLATE "C" NOT NULL,
    -- The one connection whose organizations exist for it; all of them when it is null.
    connection TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX api_clients_by_creation ON api_clients (created_at, id);

CREATE TABLE api_client_secrets (
    secret_hash TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES api_clients (id),
    created_at BIGINT NOT NULL,
    -- Set when it is replaced: until then both count.
    ends_at BIGINT
);
CREATE INDEX api_client_secrets_by_client ON api_client_secrets (client_id, created_at);

CREATE TABLE api_tokens (
    token_hash TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES api_clients (id),
    secret_hash TEXT COLLATE "C" NOT NULL REFERENCES api_client_secrets (secret_hash),
    scopes TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX api_tokens_by_expiry ON api_tokens (expires_at);

-- Answers by Idempotency-Key. Without a status the request is under way, or its node stopped.
CREATE TABLE api_idempotency (
    client_id TEXT COLLATE "C" NOT NULL REFERENCES api_clients (id),
    key TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    status BIGINT,
    location TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (client_id, key)
);
CREATE INDEX api_idempotency_by_time ON api_idempotency (started_at);

-- The built-in CRM. Only src/crm/builtin reads and writes these tables.

CREATE TABLE builtin_accounts (
    id TEXT COLLATE "C" PRIMARY KEY,
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    parent_id TEXT COLLATE "C",
    domains TEXT COLLATE "C" NOT NULL,
    postcode TEXT COLLATE "C" NOT NULL,
    vat_number TEXT COLLATE "C" NOT NULL,
    owner_email TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX builtin_accounts_by_name ON builtin_accounts (name_key, id);
CREATE INDEX builtin_accounts_by_parent ON builtin_accounts (parent_id, name_key, id);

CREATE TABLE builtin_contacts (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES builtin_accounts (id),
    number TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C" NOT NULL,
    family_name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    opted_out BOOLEAN NOT NULL,
    portal_person_id TEXT COLLATE "C" NOT NULL,
    portal_membership_id TEXT COLLATE "C" NOT NULL,
    portal_status TEXT COLLATE "C" NOT NULL,
    portal_roles TEXT COLLATE "C" NOT NULL,
    invitation_status TEXT COLLATE "C" NOT NULL,
    last_sign_in TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX builtin_contacts_by_number ON builtin_contacts (number)
    WHERE number <> '';
CREATE INDEX builtin_contacts_by_account ON builtin_contacts (account_id, name_key, id);
CREATE INDEX builtin_contacts_by_email ON builtin_contacts (email_key);
CREATE INDEX builtin_contacts_by_membership ON builtin_contacts (portal_membership_id)
    WHERE portal_membership_id <> '';

CREATE TABLE builtin_contracts (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES builtin_accounts (id),
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    number_key TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    starts_on TEXT COLLATE "C" NOT NULL,
    ends_on TEXT COLLATE "C" NOT NULL,
    grace_days BIGINT,
    seats BIGINT,
    products TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX builtin_contracts_by_account ON builtin_contracts (account_id, number);
CREATE INDEX builtin_contracts_by_number ON builtin_contracts (number_key);

CREATE TABLE builtin_orders (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES builtin_accounts (id),
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    placed_on TEXT COLLATE "C" NOT NULL,
    total TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX builtin_orders_by_account ON builtin_orders (account_id, placed_on, id);

CREATE TABLE builtin_cases (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES builtin_accounts (id),
    -- Who answers for it at the company; nobody when somebody left without a successor.
    contact_id TEXT COLLATE "C" REFERENCES builtin_contacts (id),
    -- Where it waits when nobody at the company answers for it; usually empty.
    queue TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    subject TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    opened_on TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX builtin_cases_open ON builtin_cases (account_id, opened_on, id)
    WHERE status <> 'solved';
CREATE INDEX builtin_cases_of_contact ON builtin_cases (contact_id, opened_on, id)
    WHERE status <> 'solved';

CREATE TABLE builtin_leads (
    id TEXT COLLATE "C" PRIMARY KEY,
    company TEXT COLLATE "C" NOT NULL,
    given_name TEXT COLLATE "C" NOT NULL,
    family_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    score BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    consent TEXT COLLATE "C" NOT NULL,
    opted_out BOOLEAN NOT NULL,
    portal_key TEXT COLLATE "C" NOT NULL,
    invitation_status TEXT COLLATE "C" NOT NULL,
    owner_email TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX builtin_leads_by_update ON builtin_leads (updated_at, id);
CREATE INDEX builtin_leads_by_email ON builtin_leads (email_key);
CREATE INDEX builtin_leads_by_key ON builtin_leads (portal_key)
    WHERE portal_key <> '';

-- A request to invite somebody, made on the CRM's screen; the portal reads it from the feed.
CREATE TABLE builtin_invitation_requests (
    id TEXT COLLATE "C" PRIMARY KEY,
    contact_id TEXT COLLATE "C",
    lead_id TEXT COLLATE "C",
    roles TEXT COLLATE "C" NOT NULL,
    requested_by TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX builtin_invitation_requests_by_contact ON builtin_invitation_requests (contact_id, updated_at);
CREATE INDEX builtin_invitation_requests_by_lead ON builtin_invitation_requests (lead_id, updated_at);

CREATE TABLE builtin_activities (
    id TEXT COLLATE "C" PRIMARY KEY,
    record_id TEXT COLLATE "C" NOT NULL,
    -- Empty for what belongs to no account.
    account_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    changes TEXT COLLATE "C" NOT NULL,
    author_kind TEXT COLLATE "C" NOT NULL,
    author_ref TEXT COLLATE "C" NOT NULL,
    author_name TEXT COLLATE "C" NOT NULL,
    author_email TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX builtin_activities_by_record ON builtin_activities (record_id, at, id);
CREATE INDEX builtin_activities_by_account ON builtin_activities (account_id, at, id);

-- Idempotency keys that were applied, with the answer that was given.
CREATE TABLE builtin_applied (
    key TEXT COLLATE "C" PRIMARY KEY,
    answer TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX builtin_applied_by_time ON builtin_applied (at);

-- The change feed: one row a record, moved to the end each time the record changes.
CREATE TABLE builtin_feed (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_kind TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (record_kind, record_id)
);

-- Rows given as one JSON text, under the name SQLite has for it: the same statement on both.
CREATE FUNCTION json_each(document TEXT) RETURNS TABLE (key TEXT, value JSONB)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 500
    AS 'SELECT key, value FROM jsonb_each(document::jsonb)';

-- Comparisons of a CRM with the portal.
CREATE TABLE reconciliation_runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    connection TEXT COLLATE "C" NOT NULL,
    phase TEXT COLLATE "C" NOT NULL CHECK (phase IN ('records', 'members', 'people', 'contracts', 'done')),
    cursor TEXT COLLATE "C" NOT NULL,
    records BIGINT NOT NULL,
    started_by TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    lease_until BIGINT NOT NULL,
    problem TEXT COLLATE "C" NOT NULL,
    -- When operators were written to about it.
    told_at BIGINT
);
CREATE UNIQUE INDEX reconciliation_runs_open ON reconciliation_runs (connection) WHERE finished_at IS NULL;
CREATE INDEX reconciliation_runs_by_start ON reconciliation_runs (connection, started_at, id);
CREATE INDEX reconciliation_runs_untold ON reconciliation_runs (id)
    WHERE told_at IS NULL AND started_by = '' AND finished_at IS NOT NULL;

-- What a run has seen, until it is finished.
CREATE TABLE reconciliation_seen (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES reconciliation_runs (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('account', 'contact', 'contract', 'membership')),
    id TEXT COLLATE "C" NOT NULL,
    seen_in TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run_id, kind, id)
);

CREATE TABLE reconciliation_findings (
    id TEXT COLLATE "C" PRIMARY KEY,
    run_id TEXT COLLATE "C" NOT NULL REFERENCES reconciliation_runs (id),
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('missing_here', 'missing_there', 'differs', 'broken_link', 'duplicate')),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('account', 'contact', 'contract', 'membership')),
    subject TEXT COLLATE "C" NOT NULL,
    record_id TEXT COLLATE "C" NOT NULL,
    organization_id TEXT COLLATE "C" REFERENCES organizations (id),
    field TEXT COLLATE "C" NOT NULL,
    ours TEXT COLLATE "C" NOT NULL,
    theirs TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL CHECK (owner IN ('portal', 'crm', 'nobody')),
    record TEXT COLLATE "C" NOT NULL,
    mended_at BIGINT,
    mended_by TEXT COLLATE "C" NOT NULL,
    -- What mending it set, as JSON; empty before.
    changes TEXT COLLATE "C" NOT NULL DEFAULT '',
    undone_at BIGINT,
    undone_by TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX reconciliation_findings_by_run ON reconciliation_findings (run_id, id);
CREATE INDEX reconciliation_findings_by_record ON reconciliation_findings (run_id, kind, record_id);

-- Roles and services: each version as a whole, never changed. The newest counts.
CREATE TABLE catalogue_versions (
    version BIGINT PRIMARY KEY,
    -- Services and roles, as JSON.
    body TEXT NOT NULL,
    -- 'file': as the settings file says; 'person': an operator saved it.
    origin TEXT NOT NULL CHECK (origin IN ('file', 'person')),
    -- The settings file's roles and services that were taken over last, hashed.
    file_hash TEXT NOT NULL,
    -- Who saved it, as the audit log names authors.
    made_by TEXT NOT NULL,
    made_by_name TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    note TEXT NOT NULL
);

-- What an operator is about to save; one each.
CREATE TABLE catalogue_drafts (
    person_id TEXT COLLATE "C" PRIMARY KEY REFERENCES persons (id),
    -- The version that was edited.
    based_on BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- Roles to give to the holders of roles that go, as JSON.
    replacements TEXT NOT NULL,
    -- Grows with each edit, so that a form that was opened before is noticed.
    generation BIGINT NOT NULL,
    -- The settings file's roles and services, hashed, when the draft takes them over; else empty.
    file_hash TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
