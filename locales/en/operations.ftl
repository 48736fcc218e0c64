# Operations: deliveries and decisions about them.
operations-title = Operations
operations-intro = What the portal tells other systems, and what waits for you.
operations-tabs = Operations
operations-tab-overview = Overview
operations-tab-deliveries = Deliveries
operations-tab-dead-letters = Dead letters
operations-tab-matches = Matches
operations-tab-connections = Connections
operations-tab-audit = Audit log
operations-well-title = Nothing is stuck
operations-well-text = Every change has arrived or is on its way.
operations-feeds-unreadable = A feed cannot be read
operations-feeds-since = { $name }, for { $age }: { $error }
operations-destinations = Where changes go
operations-destination = Destination
operations-destination-mail = Email
operations-state = State
operations-waiting = Waiting
operations-oldest = Oldest waiting
operations-dead = Dead letters
operations-review = To decide
operations-parked-count = Set aside
operations-last-success = Last arrival
operations-calls = Calls
operations-calls-unlimited = { $used } lately, no limit known
operations-calls-used = { $used } of { $allowed } in { $seconds } seconds, { $reserve } of 100 kept for invitations and changes of access
operations-calls-reported = the CRM names the limit
operations-calls-learnt = learnt from what the CRM refused
operations-calls-set = the limit of the settings
operations-calls-day = { $left } of { $allowed } left for the day
operations-closed-until = Nothing is sent until
operations-actions = Actions
operations-never = Never
operations-pause = Pause
operations-resume = Resume
operations-tasks = Tasks
operations-task = Task
operations-about = About
operations-since = Since
operations-task-close = Done
operations-task-closed = The task is closed.
operations-task-gone = The task was closed before.
operations-task-address-taken = An identity provider reported an address that belongs to somebody else
operations-task-nobody-runs = An organization became another kind, and nobody there has a role that runs it
operations-task-last-admin = An organization would have lost its last administrator
operations-task-bad-record = A record of the CRM could not be understood
operations-task-mass-disabled = A user directory disabled unusually many people; the rest keep their access until you close this
operations-task-directory-unreadable = What changes in a user directory cannot be read; nobody who is disabled there is suspended here until it can
operations-task-mass-end = The CRM ended unusually many contracts; the rest waits for you
operations-task-seats-exceeded = More people are active than the contract has seats
operations-task-invitation-request = An invitation asked for in the CRM could not be made
operations-task-credentials-refused = A destination refuses our credentials
operations-task-credential-missing = Changes wait for a CRM credential that somebody lends
operations-task-dead-letters = There are dead letters
operations-task-feed-unreadable = The feed of a connection has not been readable for a while
operations-task-crm-silent = A CRM has been silent for longer than its last word is trusted
operations-task-other = Something to look at: { $word }
operations-mood-working = Working
operations-mood-retrying = Retrying
operations-mood-paused = Paused
operations-mood-down = Down
operations-age-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
operations-age-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
operations-age-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
operations-age-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
operations-deliveries-title = Deliveries
operations-deliveries-intro = Every change on its way to another system, newest first. Finished ones are kept for 30 days.
operations-deliveries-empty = No deliveries
operations-deliveries-empty-text = Nothing fits this filter.
operations-all-destinations = All destinations
operations-all-states = All states
operations-filter = Filter
operations-filter-show = Show
operations-pages = Pages
operations-newest = Newest
operations-older = Older
operations-change = Change
operations-attempts = Attempts
operations-recorded = Time
operations-state-waiting = Waiting
operations-state-claimed = Under way
operations-state-done = Arrived
operations-state-merged = Replaced by a newer one
operations-state-dead = Dead letter
operations-state-review = To decide
operations-state-parked = Set aside
operations-state-skipped = Given up
operations-kind-membership-changed = Member changed
operations-kind-signed-in = Signed in
operations-kind-invitation-moved = Invitation status changed
operations-kind-lead-registered = Lead registered
operations-kind-person-stands = Access and roles of a person
operations-kind-mail = Email
operations-kind-other = Change ({ $word })
operations-dead-title = Dead letters
operations-dead-intro = Changes that will not arrive unless you do something. Later changes of the same record wait behind them.
operations-dead-empty = Nothing is stuck
operations-dead-never = Nothing has failed yet.
operations-dead-last = Last failure: { $at }
operations-how-many = How many
operations-cause = Cause
operations-show-these = Show these
operations-replay-all = Send all again
operations-replay-all-title = Send dead letters again?
operations-replay-all-text = Each is sent again as if for the first time, in the order in which the changes happened. What arrived before is not applied twice.
operations-replay-all-button = { $count ->
    [one] Send { $count } again
   *[other] Send { $count } again
}
operations-replayed-all = { $count ->
    [one] { $count } dead letter is sent again.
   *[other] { $count } dead letters are sent again.
}
operations-back = Back
operations-cause-gave-up = It was tried for more than half a day without success
operations-help-gave-up = Look at the answers. When the other system works again, send it again.
operations-cause-worker-lost = Each worker that tried it went away
operations-help-worker-lost = The portal ended while it sent this, several times. Look at the log of the portal, then send it again.
operations-cause-unreadable = What is stored cannot be read
operations-help-unreadable = The stored change is damaged or of another version. Give it up, then change the record again so that it is told anew.
operations-cause-mailbox = The mail server refused the recipient
operations-help-mailbox = The address is probably wrong. Ask for the right one and send a new invitation; then give this one up.
operations-cause-policy = The mail server refuses our email by a rule of its own
operations-help-policy = Have the sender's domain checked (SPF, DKIM, DMARC), then send it again.
operations-cause-sealed = The email cannot be decrypted
operations-help-sealed = The encryption key has changed since it was written. Give it up and send a new one.
operations-cause-erased = The email was sent before
operations-help-erased = Its content is erased. Give it up.
operations-cause-unsendable = The email cannot be put together
operations-help-unsendable = Give it up and send a new one. If it happens again, report it with the answer below.
operations-cause-not-found = The record is not there any more
operations-help-not-found = It was deleted or merged in the other system. Restore it there and send this again, or give this up.
operations-cause-invalid-field = The other system does not accept a value
operations-help-invalid-field = The answer below names the field. Correct the record or the rule there, then send it again.
operations-cause-forbidden = We may not write this there
operations-help-forbidden = Give our user the right in the other system, then send it again.
operations-cause-refused = The other system refused it
operations-help-refused = The answer below says why. Mend it there, then send it again.
operations-cause-needs-review = More than one record could be meant
operations-help-needs-review = Decide on the page Matches which one it is.
operations-cause-other = The other system refused it ({ $word })
operations-help-other = The answer below says why. Mend it there, then send it again, or give it up.
operations-delivery-title = Delivery
operations-delivery-card = This delivery
operations-said = Last answer
operations-next-attempt = Next attempt
operations-behind = Behind it
operations-behind-count = { $count ->
    [one] { $count } later change of the same record waits
   *[other] { $count } later changes of the same record wait
}
operations-waits-behind = When the change before it is finished
operations-merged-into = Replaced by
operations-merged-link = The newer delivery
operations-remote = Record there
operations-author = Author
operations-request = Request
operations-told = What is sent
operations-masked = Names and addresses are masked.
operations-no-attempt = Not tried yet.
operations-raw = What was answered
operations-verdict-done = Arrived
operations-verdict-retry = No success, is tried again
operations-verdict-throttled = Asked us to wait
operations-verdict-waits = Waits for a credential; this was no attempt
operations-verdict-auth-broken = Our credentials were refused
operations-verdict-needs-review = More than one record could be meant
operations-verdict-rejected = Refused
operations-verdict-lost = The worker went away
operations-verdict-other = Under way
operations-replay = Send again
operations-replayed = It is sent again.
operations-park = Set aside
operations-parked = It is set aside. Later changes of the same record wait.
operations-skip = Give up
operations-skip-title = Give this delivery up?
operations-skip-text = The other system will never learn of this change. Later changes of the same record go on. This cannot be undone.
operations-skip-button = Give it up
operations-skipped = It is given up.
operations-not-possible = That is not possible any more: a worker has it, or it is finished.
operations-problem = There is a problem
operations-reason = Reason
operations-reason-hint = For the audit log. Do not name people.
operations-reason-missing = Say why
operations-pause-title = Pause this destination?
operations-pause-text = Nothing is sent to { $name } until somebody resumes it. Changes wait and are not lost.
operations-paused = The destination is paused.
operations-resumed = The destination works again.
operations-matches-title = Matches to decide
operations-matches-intro = More than one record of the other system could be meant. The portal does not guess; it asks you.
operations-matches-empty = Nothing to decide
operations-matches-empty-text = Every person was found without doubt.
operations-details = Details
operations-choose = This one
operations-none-of-these = None of these
operations-none-of-these-there = If it is none of these, change the address of the user there, and then send the delivery again.
operations-create-new = Create a new record
operations-chosen = Decided. It is sent again.
operations-decide-match = Decide which record is meant
operations-connections-title = Connections
operations-connections-intro = Each CRM, in both directions.
operations-adapter = Adapter
operations-audit-title = Audit log
operations-audit-intro = Who did what, and when. Entries are chained, so that a later change to one shows.
operations-audit-verify = Verify
operations-audit-verified = { $count ->
    [one] { $count } entry verified, nothing is wrong.
   *[other] { $count } entries verified, nothing is wrong.
}
operations-audit-broken = Places that do not fit: { $count }. The first: { $chain }, entry { $seq }: { $fault }
operations-fault-altered = it was altered or inserted
operations-fault-gap = entries before it are missing
operations-fault-cut = the newest entries are missing
operations-fault-beyond-head = entries were added at the end
operations-fault-head-altered = the end of the chain was altered
operations-fault-missing = the chain or its beginning was removed
operations-audit-about = Id of a person, a target or an organization
operations-audit-action = Action, like membership.suspended
operations-audit-what = What
operations-audit-when = When
operations-audit-chain = Chain
operations-audit-empty = No entries
operations-audit-empty-text = Nothing fits this search.
operations-feed-read = Feed read
operations-feed-age = { $age } ago
operations-feed-waiting = Records that wait for others
operations-feed-error = The feed could not be read
operations-feed-look = Look now
operations-feed-looking = The portal looks now.
operations-feed-read-again = Read everything again
operations-feed-read-again-done = Everything is read again. Only what was missed changes anything.
operations-held = Held back
operations-held-count = { $count } contract ends wait for you
operations-held-title = Contract ends held back
operations-held-intro = { $name } ended unusually many contracts within an hour. Nobody has lost access through these yet. If this is right, let them end; if not, keep them and ask in the CRM.
operations-held-empty = Nothing is held back
operations-held-empty-text = Every end of a contract has taken effect.
operations-held-contract = Contract
operations-held-select = Selection
operations-held-select-one = Select { $contract }
operations-held-organization = Organization
operations-held-becomes = Would become
operations-held-until = { $status }, last day { $day }
operations-held-received = Reported
operations-held-selected = Selected contracts
operations-held-end = Let them end
operations-held-keep = Keep them
operations-held-none = Nothing was decided: nothing was selected, or somebody was faster.
operations-held-ended = { $count ->
    [one] { $count } contract has ended.
   *[other] { $count } contracts have ended.
}
operations-held-kept = { $count ->
    [one] { $count } contract is kept.
   *[other] { $count } contracts are kept.
}

# Reconciliation: both sides compared.
operations-tab-reconciliation = Comparison
operations-reconciliation-title = Comparison with the CRMs
operations-reconciliation-intro = Reads both sides and names what is not the same. Comparing changes nothing.
operations-reconciliation-never = Never compared
operations-reconciliation-runs = Comparing
operations-reconciliation-stands = Waiting for the CRM
operations-reconciliation-done = Compared
operations-reconciliation-began = Began
operations-reconciliation-records = Records read
operations-reconciliation-count = { $found }, of which { $left } still open
operations-reconciliation-none = Both sides agree
operations-reconciliation-none-text = Nothing differs between the CRM and the portal.
operations-reconciliation-start = Compare now
operations-reconciliation-show = Show differences
operations-reconciliation-started = The comparison has started. Its result appears here.
operations-reconciliation-under-way = A comparison is under way already.
operations-reconciliation-run-title = Differences
operations-reconciliation-of = { $name }, comparison of { $at }
operations-reconciliation-what = Difference
operations-reconciliation-ours = In the portal
operations-reconciliation-theirs = In the CRM
operations-reconciliation-owner = Whose word counts
operations-reconciliation-owner-portal = The portal’s: the CRM is told again
operations-reconciliation-owner-crm = The CRM’s: the record is read again
operations-reconciliation-owner-nobody = Nobody’s: decide in the CRM
operations-reconciliation-missing-here = Missing in the portal
operations-reconciliation-missing-there = Missing in the CRM
operations-reconciliation-differs = Differs
operations-reconciliation-broken-link = Broken link
operations-reconciliation-duplicate = Two records for one member
operations-reconciliation-account = Account
operations-reconciliation-contact = Contact
operations-reconciliation-contract = Contract
operations-reconciliation-membership = Member
operations-reconciliation-mend = Mend
operations-reconciliation-mend-all = Mend all that can be mended
operations-reconciliation-is-mended = Mended
operations-reconciliation-mended = It is mended. What the CRM is told is under “Deliveries”.
operations-reconciliation-mended-before = It was mended before.
operations-reconciliation-not-by-us = This cannot be mended here. Decide in the CRM which record is right, then compare again.
operations-reconciliation-csv = Download as CSV
operations-reconciliation-first = First page
operations-reconciliation-next = Next page
operations-task-differences = A comparison found differences between the CRM and the portal
operations-reconciliation-mended-all = { $count ->
    [one] One difference was mended.
   *[other] { $count } differences were mended.
}

operations-tab-receipts = Receipts
operations-receipts-title = Receipts
operations-receipts-intro = Each time access ended or came back: how long it took, for how many, and whether the identity directories know.
operations-receipts-empty = No access has ended yet
operations-receipts-empty-text = When a contract ends or somebody is suspended, the receipt stands here.
operations-receipts-csv = All as CSV
operations-receipts-json = All as JSON
operations-receipts-whose = Whose access
operations-receipts-what = What happened
operations-receipts-decided = In force
operations-receipts-counted = How many
operations-receipts-refused = First request refused
operations-receipts-directory = Directories
operations-receipts-ended = Ended
operations-receipts-restored = Came back
operations-receipts-everywhere = Everywhere
operations-receipts-contract = Contract { $number }
operations-receipts-after-heard = { $heard } after we heard of it
operations-receipts-after-crm = { $heard } after we heard of it, { $changed } after the change in the CRM
operations-receipts-counts =
    { $members ->
        [one] 1 member
       *[other] { $members } members
    }, { $sessions ->
        [one] 1 open session
       *[other] { $sessions } open sessions
    }
operations-receipts-millis = { $count } ms
operations-receipts-seconds = { $count } s
operations-receipts-minutes = { $count } min
operations-receipts-hours = { $count } h
operations-receipts-none-needed = None to tell
operations-receipts-waiting =
    { $count ->
        [one] 1 waits
       *[other] { $count } wait
    }
operations-receipts-told = Told after { $after }
operations-receipts-given-up = Given up by a person
operations-receipts-nobody = Nobody is there
