# The people of an organization: the list, one member, several at once.
members-title = People
members-intro = Everybody of { $organization }: members, open invitations and people who ask to join.
members-invite = Invite people
members-read-only = The contract is in its grace period. You can look at everything, but not change anything until it is renewed.
members-only-admin = You are the only person who runs this account
members-only-admin-text = Give a second person this role, so that somebody can act when you are away.
members-filter = Find people
members-filter-apply = Show
members-search = Name or address
members-status = Status
members-role = Role
members-size = Rows
members-any-status = Any status
members-any-role = Any role
members-caption = People of the organization
members-person = Person
members-roles = Roles
members-no-roles = None yet
members-seen = Last sign-in
members-never = Never
members-source = Source
members-actions = Actions
members-select = Select
members-select-one = Select { $name }
members-menu = Actions for { $name }
members-menu-open = Open person
members-menu-roles = Change roles
members-menu-suspend = Suspend …
members-menu-restore = Restore …
members-menu-remove = Remove …
members-menu-invitation = Open the invitation
members-menu-request = Open the request
members-state-requested = Asks to join
members-state-bounced = Email came back
members-state-expired = Invitation expired
members-state-invited = Invited
members-state-active = Active
members-state-upcoming = Starts later
members-state-ended = Access ended
members-state-suspended = Suspended
members-until = until { $date }
members-from = from { $date }
members-on = on { $date }
members-open-until = open until { $date }
members-since = since { $date }
members-source-invitation = Invitation
members-source-registration = Registration
members-source-import = Import
members-source-directory = Company directory
members-source-crm = CRM
members-source-request = Registration
members-invited-by = Invited by { $name }
members-showing = { $count ->
    [one] Showing one person
   *[other] Showing { $count } people
  }
members-pages = Pages of the list
members-previous = Previous
members-next = Next
members-none-title = Nobody matches
members-none-text = Check the spelling, or show everybody.
members-clear = Show everybody
members-none-here-title = Nobody is on this page any more
members-none-here-text = The list has changed since you opened it.
members-first-page = Go to the first page
members-alone-title = Only you so far
members-alone-text = Invite the colleagues who order, report or pay.
members-several = Selected people
members-several-suspend = Suspend …
members-several-restore = Restore …
members-several-role = Role to give
members-several-give = Give role …
members-help-title = Only people who run the account see this page
members-help-text = These people run the account of { $organization }. Ask one of them if you need something changed.
members-help-nobody = Nobody runs the account of { $organization } at the moment. Write to us, and we will find somebody.
members-help-home = Go to the start page

member-way = You are here
member-roles = Roles
member-change-roles = Change roles
member-role-given = Given by { $name } on { $date }
member-role-since = Since { $date }
member-services = What this person can use
member-service-open = Has access
member-service-closed = No access
member-service-why = Why: { $service }
member-history = History
member-history-none = Nothing has been recorded yet.
member-history-all = Full history of this person
member-facts = About this person
member-fact-reason = Reason for the suspension
member-fact-starts = Access from
member-fact-ends = Access until
member-fact-since = Member since
member-fact-source = Source
member-fact-seen = Last sign-in
member-fact-sessions = Signed in now
member-fact-told = In the records of { $brand }
member-sessions = { $count ->
    [0] Nowhere
    [one] On one device
   *[other] On { $count } devices
  }
member-told-linked = Up to date.
member-told-waiting = The latest change is on its way.
member-told-stuck = The latest change could not be passed on. { $brand } is looking at it.
member-told-not-linked = Not connected to a contact yet.
member-access = Access
member-suspend = Suspend
member-suspend-dots = Suspend …
member-restore = Restore
member-remove = Remove
member-remove-dots = Remove …
member-leave = Leave
member-leave-dots = Leave this company …
member-cancel = Cancel
member-optional = optional
member-reason = Reason
member-reason-hint = Only people who run the account can read it.
member-this-person = This person
member-to-people = Go to the people
member-only-admin-title = { $name } is the only one who runs this account
member-only-admin-text = Give somebody else the role that runs the account first. After that, this is possible.
member-suspend-self-title = You cannot suspend yourself
member-suspend-self = Somebody else who runs the account can do that.
member-suspend-title = Suspend { $name }?
member-suspend-at-once = { $name } cannot use anything of { $organization } from the next click on, wherever they are signed in.
member-suspend-keeps = Roles and history are kept. You can restore { $name } whenever a seat is free.
member-suspend-elsewhere = If { $name } works for other companies as well, nothing changes there.
member-suspended = { $name } is suspended.
member-already-suspended = { $name } is suspended already.
member-restore-title = Restore { $name }?
member-restore-roles = { $name } gets access again, with the roles from before: { $roles }.
member-restore-seat = This takes a seat of your contract.
member-restored = { $name } has access again.
member-already-active = { $name } is not suspended.
member-no-seat-title = All seats are taken
member-no-seat = Your contract has { $seats } seats, and all of them are in use. Suspend or remove somebody first, or ask for more seats.
member-remove-title = Remove { $name }?
member-remove-at-once = { $name } does not belong to { $organization } any more and cannot use anything from the next click on.
member-remove-seat = The seat becomes free.
member-remove-history = The history of what was done is kept.
member-remove-again = To come back, a new invitation is needed.
member-removed = { $name } is removed.
member-leave-title = Leave { $organization }?
member-leave-at-once = You do not belong to { $organization } any more and cannot use anything from the next click on.
member-left = You have left { $organization }.
member-problem = There is a problem
member-roles-title = Roles of { $name }
member-roles-legend = What does this person do?
member-roles-hint = Tick every duty that fits.
member-roles-save = Save roles
member-roles-changed = The roles of { $name } are saved.
member-roles-unchanged = Nothing was changed.
member-roles-none = Select at least one role. To take away all access, suspend or remove the person.
member-roles-unknown = Select only roles of this page. One of them is not offered any more.
member-roles-above = You cannot give the role “{ $role }”, because it reaches further than your own.
member-roles-last-admin = Nobody else runs this account. Give somebody else the role for it first.

several-nobody = Nobody was selected. Select people first, then choose what to do.
several-suspend-title = Suspend several people?
several-suspend-effect = { $count ->
    [one] This person cannot use anything from the next click on. Roles and history are kept.
   *[other] These { $count } people cannot use anything from the next click on. Roles and history are kept.
  }
several-suspend-button = { $count ->
    [one] Suspend one person
   *[other] Suspend { $count } people
  }
several-suspend-done = { $count ->
    [0] Nobody was suspended.
    [one] One person is suspended.
   *[other] { $count } people are suspended.
  }
several-suspend-already = is suspended already
several-restore-title = Restore several people?
several-restore-effect = { $count ->
    [one] This person gets access again, with the roles from before.
   *[other] These { $count } people get access again, with the roles from before.
  }
several-restore-button = { $count ->
    [one] Restore one person
   *[other] Restore { $count } people
  }
several-restore-done = { $count ->
    [0] Nobody was restored.
    [one] One person has access again.
   *[other] { $count } people have access again.
  }
several-restore-already = is not suspended
several-give-role-title = Give the role “{ $role }”?
several-give-role-effect = { $count ->
    [one] This person gets the role “{ $role }” beside the roles held now.
   *[other] These { $count } people get the role “{ $role }” beside the roles held now.
  }
several-give-role-button = { $count ->
    [one] Give the role to one person
   *[other] Give the role to { $count } people
  }
several-give-role-done = { $count ->
    [0] Nobody got the role “{ $role }”.
    [one] One person has the role “{ $role }” now.
   *[other] { $count } people have the role “{ $role }” now.
  }
several-give-role-already = has the role already
several-oneself = this is you
several-last-admin = nobody else runs the account
several-no-seat = no seat is free
several-above-ceiling = the role reaches further than your own
several-not-givable = this role is not one that you can give here now
several-left-out = Left out: { $names }.
several-left-out-more = Left out: { $names } and { $count } more.
several-left-out-title = Left out
several-nothing = So there is nothing to do.
several-back = Back to the people
member-hand-over-title = Open cases
member-hand-over-load = What becomes of the open cases
member-hand-over-back = Back
member-hand-over-who = Who takes over the open cases
member-hand-over-none = { $name } answers for no open case.
member-hand-over-to = { $count ->
    [one] One open case goes to { $to }.
   *[other] { $count } open cases go to { $to }.
  }
member-hand-over-named = { $count ->
    [one] One open case goes to whom you name; to { $to } if you name nobody.
   *[other] { $count } open cases go to whom you name; to { $to } if you name nobody.
  }
member-hand-over-queue = { $count ->
    [one] One open case goes to “{ $to }”, as nobody of your company is to answer for it.
   *[other] { $count } open cases go to “{ $to }”, as nobody of your company is to answer for them.
  }
member-hand-over-nobody = { $count ->
    [one] One open case stays without somebody who answers for it: there is nobody to take it over.
   *[other] { $count } open cases stay without somebody who answers for them: there is nobody to take them over.
  }
member-hand-over-unknown = Whether there are open cases cannot be known right now. If there are, they go to { $to }.
member-hand-over-unknown-nobody = Whether there are open cases cannot be known right now.
member-hand-over-not-offered = Open cases are not handed over here.
