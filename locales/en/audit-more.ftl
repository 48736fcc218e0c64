# Further entries of the audit log.
audit-membership-signed-out = { $actor } signed { $target } out everywhere
audit-organization-signed-out = { $actor } signed everybody of { $target } out
audit-organization-invite-policy-changed = { $after ->
    [same_domain] { $actor } allowed any address of the same domain to accept an invitation
    [any_verified] { $actor } allowed any confirmed address to accept an invitation
   *[other] { $actor } allowed only the invited address to accept an invitation
  }
audit-organization-join-policy-changed = { $after ->
    [verified_domain] { $actor } let colleagues at confirmed domains join by themselves
   *[other] { $actor } wants to decide about everybody who asks to join
  }
audit-organization-domain-confirmed = { $actor } confirmed that { $domain } belongs to the company
audit-organization-domain-given-up = { $actor } took back that { $domain } belongs to the company
audit-person-suspended = { $actor } keeps { $target } out: { $reason }
audit-person-restored = { $actor } let { $target } in again
audit-consent-withdrawn = { $actor } withdrew a consent ({ $purpose })
audit-reconciliation-started = { $actor } started a comparison with the CRM
audit-reconciliation-mended = { $actor } mended what differed from the CRM
audit-membership-told-again = { $actor } told the CRM again how { $target } stands
audit-client-created = { $actor } let the program { $name } call the API
audit-client-rotated = { $actor } gave the program { $name } a new secret
audit-client-revoked = { $actor } took the program { $name } its right to call the API
audit-signing-key-made = The portal made a key that signs what services are told
audit-signing-key-removed = The portal removed a signing key that is no longer needed
audit-credential-lent = { $actor } lent the portal a credential for { $connection }
audit-credential-refused = { $actor } tried a credential for { $connection } that the CRM did not accept
audit-credential-wiped = { $because ->
    [expired] The credential for { $connection } was wiped: its time was over
    [used_up] The credential for { $connection } was wiped with its last use
    [taken_back] { $actor } took back the credential for { $connection }
    [refused] The credential for { $connection } was wiped: the CRM refused it
    [lender_left] The credential for { $connection } was wiped: its lender may lend none any more
    [connection_left] The credential for { $connection } was wiped: the connection borrows no more
    [unreadable] The credential for { $connection } was wiped: it could not be opened any more
   *[other] { $actor } wiped the credential for { $connection }
  }
audit-webhook-created = { $actor } added the webhook subscriber { $name }
audit-webhook-rotated = { $actor } gave the webhook subscriber { $name } a new secret
audit-webhook-removed = { $actor } removed the webhook subscriber { $name }
audit-delivery-dead = The delivery { $target } to { $destination } could not be delivered
audit-reconciliation-undone = { $actor } undid what was mended after a comparison with the CRM
audit-membership-mend-undone = { $actor } told the CRM what it had of { $target } before a comparison
audit-catalogue-imported = { $actor } took over roles and services from the settings file (version { $version }): { $changes }
audit-catalogue-saved = { $actor } saved version { $version } of the roles and services: { $changes }
