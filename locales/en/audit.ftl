# Entries of the audit log, one sentence for each action.
audit-other = { $actor }: { $action } ({ $target })
audit-actor-visitor = Somebody not signed in
audit-actor-crm = The CRM ({ $name })
audit-actor-client = The program { $name }
audit-actor-provider = The identity provider ({ $name })
audit-actor-system = The portal ({ $name })
audit-actor-gone = Somebody no longer known
audit-person-created = { $actor }: a person was added ({ $target })
audit-person-identity-linked = { $actor } linked a way to sign in to { $target }
audit-person-profile-changed = { $actor } changed the profile of { $target }
audit-person-refreshed = { $actor } refreshed the details of { $target }
audit-person-signed-in = { $actor } signed in
audit-session-started = { $actor } signed in
audit-session-refused = { $actor }: a sign-in was refused
audit-session-ended = { $because ->
    [replaced] { $target } signed in anew; the session before ended
    [expired] A session of { $target } reached the longest time that sessions last
    [by_operator] { $actor } signed { $target } out
    [by_admin] { $actor } signed { $target } out
    [provider] { $actor } signed { $target } out
   *[other] { $actor } ended a session
  }
audit-membership-created = { $target } became a member, with the role: { $roles }
audit-membership-removed = { $own_wish ->
    [yes] { $target } left
   *[other] { $actor } removed { $target }
  }
audit-membership-handed-over = { $count ->
    [one] One open case of { $target } was handed over to { $kind ->
        [queue] “{ $to }”
       *[member] a colleague
      }: { $cases }
   *[other] { $count } open cases of { $target } were handed over to { $kind ->
        [queue] “{ $to }”
       *[member] a colleague
      }: { $cases }
  }
audit-membership-restored = { $actor } restored { $target }
audit-membership-suspended = { $actor } suspended { $target }
audit-membership-roles-changed = { $actor } changed the roles of { $target } from “{ $before }” to “{ $after }”
audit-membership-dates-changed = { $actor } changed from when until when { $target } has access
audit-organization-created = { $actor }: an organization was added ({ $target })
audit-organization-updated = { $actor }: the organization { $target } was updated
audit-contract-created = { $actor }: a contract was added ({ $target })
audit-contract-changed = { $actor }: the contract { $target } changed
audit-contract-moved-away = { $actor }: the contract { $target } moved to another company
audit-connection-silent = { $actor }: the CRM { $target } has been silent since { $since }, longer than its last word is trusted
audit-connection-heard-again = { $actor }: the CRM { $target } can be read again
audit-contract-step-ahead = { $actor } wrote that the contract { $target } is about to begin or end
audit-contract-end-held = { $actor }: the end of the contract { $target } waits for a decision
audit-contract-end-released = { $actor } let the contract { $target } end
audit-contract-end-discarded = { $actor } kept the contract { $target }
audit-invitation-created = { $actor } created the invitation { $target }
audit-invitation-resent = { $actor } sent the invitation { $target } again
audit-invitation-link-made = { $actor } made a new link for the invitation { $target }
audit-invitation-sent = The mail server took the email of the invitation { $target }
audit-invitation-bounced = The email of the invitation { $target } could not be delivered
audit-invitation-not-sent = { $actor } asked for an invitation that was not sent ({ $why })
audit-invitation-opened = The invitation { $target } was opened
audit-invitation-redeemed = { $actor } accepted the invitation { $target }
audit-invitation-refused = The invitation { $target } could not be accepted
audit-invitation-declined = The invitation { $target } was declined
audit-invitation-revoked = { $actor } withdrew the invitation { $target }
audit-invitation-reminded = { $actor } reminded of the invitation { $target }
audit-invitation-expired = The invitation { $target } expired
audit-invitation-superseded = The invitation { $target } was replaced by a newer one
audit-invitation-asked-again = A new invitation was asked for ({ $target })
audit-invitation-other-address-asked = Somebody asked to accept the invitation { $target } with another address
audit-registration-sent = { $actor } registered ({ $target })
audit-registration-placed = { $actor }: the registration { $target } was given to those who decide
audit-registration-approved = { $actor } approved the registration { $target }
audit-registration-declined = { $actor } declined the registration { $target }
audit-registration-withdrawn = { $actor } withdrew the registration { $target }
audit-registration-not-confirmed = The registration { $target } was not confirmed by the CRM
audit-task-closed = { $actor } closed the task { $target }
audit-feed-read-again = { $actor } had the CRM { $target } read from the beginning
audit-delivery-replayed = { $actor } sent the delivery { $target } again
audit-deliveries-replayed = { $actor } sent { $count } dead letters of { $target } again
audit-delivery-parked = { $actor } set the delivery { $target } aside
audit-delivery-skipped = { $actor } gave the delivery { $target } up: { $reason }
audit-review-resolved = { $actor } decided which record { $target } means
audit-destination-paused = { $actor } paused { $target }: { $reason }
audit-destination-resumed = { $actor } resumed { $target }
