# The sales console.
sales-title = Sales
sales-filter = Filter
sales-filter-apply = Apply
sales-filter-clear = Clear the filter
sales-no-match-text = Try fewer letters, or clear the filter.
sales-pages = Pages
sales-first-page = First page
sales-previous-page = Previous page
sales-next-page = Next page
sales-actions = Actions
sales-optional = optional
sales-cancel = Cancel

sales-accounts-title = Accounts
sales-accounts-intro = The companies of your CRM, and what their contracts allow.
sales-accounts-search = Name or number
sales-accounts-no-match = No account matches
sales-accounts-none = No accounts yet
sales-accounts-none-text = They appear here as soon as the CRM reports them.
sales-account = Account
sales-number = Number
sales-about = About
sales-kind = Kind
sales-kind-customer = Customer
sales-kind-prospect = Prospect
sales-kind-partner = Partner
sales-kind-vendor = Vendor
sales-kind-contractor = Contractor
sales-all-kinds = Any kind
sales-owner = Owner
sales-all-owners = Everybody’s
sales-mine = Mine

sales-contract = Contract
sales-standing-none = No contract
sales-standing-active = In force
sales-standing-active-until = In force until { $day }
sales-standing-grace = Ended, in grace until { $day }
sales-standing-suspended = On hold
sales-standing-ended = Ended on { $day }
sales-standing-later = Starts on { $day }
sales-standing-draft = Not agreed yet
sales-contract-seats = { $seats ->
    [one] 1 seat
   *[other] { $seats } seats
}
sales-contract-any-seats = Any number of seats
sales-seats = { $taken } of { $limit } seats taken
sales-seats-any = { $taken ->
    [0] Nobody has access yet
    [one] 1 person has access
   *[other] { $taken } people have access
}
sales-seats-full = No seat free

sales-contacts = Contacts
sales-contact = Contact
sales-contacts-search = Name or address of a contact
sales-contacts-none = No contacts
sales-contacts-none-text = The CRM has no contact for this account. You can invite any address.
sales-contacts-no-match = No contact matches
sales-portal = In the portal
sales-portal-member = Member
sales-portal-suspended = Suspended
sales-portal-invited = Invited
sales-portal-bounced = Email not delivered
sales-portal-not-yet = Not yet
sales-opted-out = Wants no email
sales-no-address = No valid address
sales-members = People in the portal
sales-members-none = Nobody yet. Invite the person who will run the account first.
sales-members-more = And others.
sales-admin = Runs the account
sales-no-admin = Nobody runs the account

sales-leads-title = Leads
sales-leads-intro = People of companies without a contract. An invitation gives them a first look.
sales-leads-search = Name, address or company
sales-leads-none = No leads
sales-leads-none-text = They appear here as soon as the CRM reports them, or when somebody registers as a new company.
sales-leads-no-match = No lead matches
sales-name = Name
sales-company = Company

sales-invite = Invite
sales-invite-address = Invite an address
sales-invite-title = Invite somebody
sales-invite-lead-title = Invite a lead
sales-see-invitation = See invitation
sales-email = Email address
sales-email-fixed = As in the CRM. Change it there if it is wrong.
sales-email-empty = Enter an email address
sales-email-wrong = Enter an email address in the correct format, like name@example.com
sales-invitee-name = Name
sales-language = Language of the email
sales-language-hint = The email is written in this language.
sales-language-empty = Select the language of the email
sales-roles = What will they do?
sales-roles-hint = Select at least one role. Their own administrator can change it later.
sales-roles-empty = Select at least one role
sales-roles-wrong = One of these roles cannot be given here any more. Select others
sales-roles-none = No role of this kind is configured. Ask the operator of the portal.
sales-role-can = Can
sales-role-cannot = Cannot
sales-note = Personal message
sales-note-hint = It appears in the email, above the button.
sales-note-long = Personal message must be 1000 characters or less
sales-preview = The email
sales-preview-button = Check and preview
sales-send = Send invitation
sales-invited = The invitation to { $email } is on its way.

sales-preflight = Before you send
sales-preflight-ready = This address can be invited.
sales-preflight-webmail = This is an address at a public mail service. It can be invited, but it says nothing about the company.
sales-preflight-malformed = This is not an email address.
sales-preflight-repeated = This address is listed twice.
sales-preflight-already-member = This address belongs to a member already.
sales-preflight-suspended-member = This address belongs to a member who is suspended. Their administrator can restore them.
sales-preflight-already-invited = This address was invited on { $at }, and the invitation is still open.
sales-preflight-no-contract = The company has no contract that gives access.
sales-preflight-no-seat = All { $seats } seats are taken or promised, { $promised } of them to people with an open invitation.
sales-preflight-opted-out = The CRM says that this person wants no email.
sales-preflight-address-limit = This address got as many invitations today as it may get.
sales-preflight-inviter-limit = You have sent as many invitations today as one may send.

sales-invitations-title = Invitations
sales-invitations-intro = The status of every invitation.
sales-invitations-search = Name, address or company
sales-invitations-no-match = No invitation matches
sales-invitations-none = No invitation yet
sales-invitations-none-text = Choose an account and invite one of its contacts.
sales-invitations-all = All invitations for this account
sales-invitations-of = Only invitations of { $name }.
sales-invitations-everybody = Show all
sales-invitee = Invited
sales-inviter = Invited by
sales-all-inviters = Everybody
sales-sent-by-me = Me
sales-made = Created
sales-state = Status
sales-all-states = Any status
sales-state-queued = On its way
sales-state-sent = Sent
sales-state-opened = Opened
sales-state-bounced = Not delivered
sales-state-redeemed = Accepted
sales-state-declined = Declined
sales-state-revoked = Withdrawn
sales-state-expired = Expired
sales-state-superseded = Replaced
sales-funnel = The last 30 days
sales-funnel-made = Invited
sales-funnel-sent = Sent
sales-funnel-opened = Opened by a person
sales-funnel-redeemed = Accepted
sales-funnel-note = The newest { $limit } invitations at most.
sales-funnel-bounced = { $count ->
    [one] One email could not be delivered.
   *[other] { $count } emails could not be delivered.
}

sales-timeline = History
sales-step-created = Invited
sales-step-renewed = New link created; the old one stopped working
sales-step-queued = Email on its way
sales-step-reminded = Reminded; both links work
sales-step-accepted = Taken by the mail server
sales-step-handed-over = Link passed on
sales-step-bounced = Email not delivered
sales-step-opened = Opened by a person
sales-step-redeemed = Accepted
sales-step-declined = Declined
sales-step-revoked = Withdrawn
sales-step-expired = Expired
sales-step-superseded = Replaced by another invitation
sales-about-invitation = The invitation
sales-roles-offered = Offered
sales-expires = Valid until
sales-more = More actions
sales-resend = Send again
sales-resent = The invitation is sent again with a new link. The old link no longer works.
sales-too-soon = The last email was sent only a moment ago. You can send it again from { $at }.
sales-over = This invitation is no longer open. Invite the person again.
sales-revoke = Withdraw
sales-revoke-text = The link stops working at once.
sales-revoked = The invitation was withdrawn.
sales-make-link = Create a link to pass on
sales-make-link-text = For a call or a chat. The link in the email then no longer works.
sales-new-link = New link
sales-new-link-text = It is shown only now and works only for the invited address.
sales-copy = Copy
sales-other-title = Somebody asks to use another address
sales-other-text = { $email } asked on { $at } to use this invitation. Check first whether it is the person you meant.
sales-other-invite = Invite this address instead
