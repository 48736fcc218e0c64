# What the invitee sees.
invitation-title = You are invited
invitation-lead = { $inviter } of { $company } invites { $email } to use the portal of { $brand } for { $organization }.
invitation-lead-lead = { $inviter } of { $company } invites { $email } to get to know the portal of { $brand }.
invitation-note = { $inviter } writes:
invitation-given = What you will be able to do
invitation-until = Valid until
invitation-contact = Questions
invitation-continue = Continue
invitation-continue-next = Next, sign in as { $email } or create an account for this address. Nothing is accepted before you say so.
invitation-not-me = This is not me
invitation-you = You are signed in as { $email }.
invitation-you-allowed = You are signed in as { $email }. { $name }, you may accept with this address.
invitation-accept = Accept invitation
invitation-decline = Decline
invitation-switch = Use another account
invitation-open-portal = Open the portal
invitation-sign-in = Sign in
invitation-no-address = No address

invitation-other-title = This invitation is for another address
invitation-other-text = You are signed in with a different one. Nothing is lost: the invitation stays as it is.
invitation-two-invited = Invited
invitation-two-you = You are signed in as
invitation-ask-other = Ask { $inviter } to allow my address
invitation-other-next = The invitation is valid until { $until }.
invitation-asked-other = We have asked. If the answer is yes, an invitation comes to your own address.
invitation-asked-other-before = The question has been asked already. Wait for the answer, or call.

invitation-unverified-title = Your address is not confirmed
invitation-unverified-text = The service you signed in with does not confirm that this address is yours. Confirm it there, then sign in again, or use another account.

invitation-member-title = You already belong to { $organization }
invitation-member-text = You need no invitation to { $organization }: you are a member already.
invitation-suspended-title = Your access for { $organization } is suspended
invitation-suspended-text = An invitation does not change that. An administrator of { $organization } can restore your access.

invitation-expired-title = This invitation has expired
invitation-expired-text = The invitation for { $organization } expired on { $at }.
invitation-expired-ask = You can ask for a new one. We then tell the person who invited you.
invitation-expired-asked = You asked for a new one on { $at }. The person who invited you knows.
invitation-ask-again = Ask for a new invitation
invitation-asked-again = We have told the person who invited you. A new invitation comes by email.
invitation-replaced-title = There is a newer invitation
invitation-replaced-text = This link was replaced by a newer one on { $at }. Look for the latest email about { $organization }.
invitation-revoked-title = This invitation was withdrawn
invitation-revoked-text = The invitation for { $organization } was withdrawn on { $at }. If you did not expect that, ask.
invitation-declined-title = This invitation was declined
invitation-declined-text = The invitation for { $organization } was declined on { $at }. If that was a mistake, ask for a new one.
invitation-superseded-title = Another invitation took its place
invitation-superseded-text = On { $at } another address was invited to { $organization } instead. Look for the email there.
invitation-used-title = This invitation has been used
invitation-used-text = The invitation for { $organization } was accepted on { $at }. If that was you, sign in.
invitation-used-by-you-title = You have accepted this invitation
invitation-used-by-you-text = You have belonged to { $organization } since { $at }.
invitation-unknown-title = This link does not work
invitation-unknown-text = The address may be incomplete: mail programs sometimes break long links. Open the link from the email again, or copy the whole of it.
invitation-none-title = No invitation is open here
invitation-none-text = Open the link in the invitation email in this browser.

invitation-decline-title = Decline the invitation?
invitation-decline-text = { $inviter } is told that you do not want to use the portal for { $organization }. The link stops working.
invitation-decline-back = Go back
invitation-declined-done = You have declined the invitation.
invitation-forgotten-title = Then there is nothing to do
invitation-forgotten-text = This browser no longer holds the invitation. Without a sign-in nothing happens, and the invitation ends by itself.
invitation-forgotten-tell = If the email came to you by mistake, tell the person who sent it.

invitation-joined = Welcome. You now belong to { $organization }.
invitation-refused-no-seat = All seats of the contract are taken, so you cannot join yet. Ask the person who invited you. The invitation stays valid.
invitation-refused-roles-gone = The person who invited you may no longer give these roles. Ask the organization for a new invitation.
invitation-refused-suspended-person = Your account in this portal is suspended. Write to us if you think this is a mistake.
invitation-refused-address-in-use = Your address belongs to somebody who signs in here with another account. Write to us, so that a person can look at it.

# What administrators see.
invitations-new-title = Invite people
invitations-new-intro = Each person gets an email with a link of their own and decides whether to accept.
invitations-people = Who do you want to invite?
invitations-people-hint = One address per line. You may add names: Kim Example <kim@customer.example>. Cells copied from a spreadsheet work, too.
invitations-people-missing = Enter at least one email address
invitations-people-wrong = Enter an email address in the correct format, like name@example.com
invitations-people-too-many = The list must have { $limit } addresses or less
invitations-roles = Roles
invitations-roles-hint = Everybody on the list gets the same roles. You can change them later.
invitations-roles-none = Select at least one role
invitations-roles-unknown = Select roles from the list
invitations-roles-above = You may not give the role “{ $role }” with this invitation
invitations-role-can = Can
invitations-role-cannot = Cannot
invitations-role-not-in-contract = Not part of your contract. Ask your supplier if you need it.
invitations-language = Language of the email
invitations-language-hint = People can choose another language in the portal.
invitations-language-usual = The portal's usual language
invitations-note = Message
invitations-note-hint = It appears in the email and on the invitation page.
invitations-note-too-long = Message must be { $limit } characters or less
invitations-optional = optional
invitations-seats = { $taken } of { $limit } seats of the contract are taken{ $promised ->
    [0] .
    [one] , and one more is promised by an open invitation.
   *[other] , and { $promised } more are promised by open invitations.
  }
invitations-check = Check before sending
invitations-cancel = Cancel

invitations-preview-title = Check before sending
invitations-preview-intro =
    { $sendable ->
        [0] Nobody on this list can be invited. Nothing has been sent.
        [one] One person will be invited{ $others ->
            [0] .
           *[other] , { $others } will not.
        } Nothing has been sent yet.
       *[other] { $sendable } people will be invited{ $others ->
            [0] .
           *[other] , { $others } will not.
        } Nothing has been sent yet.
    }
invitations-preview-caption = Addresses and what will happen with them
invitations-preview-send =
    { $count ->
        [one] Send invitation
       *[other] Send { $count } invitations
    }
invitations-change = Change
invitations-address = Address
invitations-result = Result
invitations-explanation = What it means
invitations-line = Line { $line }
invitations-open = Open the invitation
invitations-sent-title = Invitations sent
invitations-sent-intro =
    { $sent ->
        [0] Nobody was invited.
        [one] One invitation is on its way.
       *[other] { $sent } invitations are on their way.
    } { $others ->
        [0] { "" }
        [one] One was not sent.
       *[other] { $others } were not sent.
    }
invitations-sent-caption = Addresses and what happened with them
invitations-sent-one = { $name } is invited. The email is on its way.
invitations-row-sent = Invited
invitations-row-sent-text = The email is on its way.
invitations-to-members = Go to people
invitations-more = Invite more people

invitations-class-ready = Ready
invitations-class-ready-text = Can be invited.
invitations-class-webmail = Public mail service
invitations-class-webmail-text = Can be invited. Use a company address if there is one.
invitations-class-malformed = Not an address
invitations-class-malformed-text = Enter an email address in the correct format, like name@example.com.
invitations-class-repeated = Twice in the list
invitations-class-repeated-text = Already listed further up.
invitations-class-already-member = Already a member
invitations-class-already-member-text = Already belongs to the organization. You can change roles in the list of people.
invitations-class-suspended-member = Suspended
invitations-class-suspended-member-text = Is a suspended member. Restore the access in the list of people instead.
invitations-class-already-invited = Already invited
invitations-class-already-invited-text = Was invited on { $at } and has not answered yet. That invitation can be sent again.
invitations-class-no-contract = No contract
invitations-class-no-contract-text = The organization has no contract that gives access to the portal.
invitations-class-no-seat = No seat left
invitations-class-no-seat-text = The contract has { $seats } seats. All are taken, { $promised } of them by people who are invited. Remove somebody or withdraw an invitation first.
invitations-class-opted-out = Wants no email
invitations-class-opted-out-text = This person has asked us not to send email.
invitations-class-address-limit = Too many today
invitations-class-address-limit-text = This address got as many invitations today as one may get. Try again tomorrow.
invitations-class-inviter-limit = Your limit for today is reached
invitations-class-inviter-limit-text = You have sent as many invitations today as one person may. Try again tomorrow.

invitations-state-queued = On its way
invitations-state-retrying = Email is delayed
invitations-state-sent = Sent
invitations-state-opened = Opened
invitations-state-bounced = Not delivered
invitations-state-redeemed = Accepted
invitations-state-declined = Declined
invitations-state-revoked = Withdrawn
invitations-state-expired = Expired
invitations-state-superseded = Replaced

invitations-crumbs = You are here
invitations-one-title = Invitation for { $name }
invitations-timeline = History
invitations-details = Details
invitations-inviter = Invited by
invitations-until = Valid until
invitations-step-created = Invited by { $name }
invitations-step-renewed = New link created; the one before stopped working
invitations-step-queued = The email waits to be sent
invitations-step-retrying = The email could not be handed over yet; we keep trying
invitations-step-accepted = Email taken by the mail server
invitations-step-reminded = Reminded; both links work
invitations-step-handed-over = Link copied to be passed on
invitations-step-bounced = The email could not be delivered
invitations-step-opened = Opened by a person
invitations-step-not-opened = Not opened yet
invitations-step-redeemed = Accepted by { $name }
invitations-step-not-redeemed = Not accepted yet
invitations-step-declined = Declined by { $name }
invitations-step-revoked = Withdrawn
invitations-step-expired = Expired
invitations-step-superseded = Another address was invited instead
invitations-delivery-title = The email has not arrived
invitations-delivery-retrying = The mail server did not take the email yet: { $reason }. We keep trying. You can also copy a link and pass it on.
invitations-delivery-bounced = The mail server refused the email: { $reason }. Check the address, or copy a link and pass it on.
invitations-other-title = Somebody asks to use another address
invitations-other-text = { $name } signed in as { $email } and asked on { $at } to accept with this address. Ask first whether it is the person you meant. The new link goes there by email.
invitations-other-button = Invite { $email } instead
invitations-resend = Send again
invitations-resend-wait = You can send it again from { $at }.
invitations-resent = The invitation to { $name } is on its way again. The link in the earlier email no longer works.
invitations-over = This invitation is over. Nothing was changed.
invitations-anew = Invite again
invitations-link = Copy link
invitations-link-title = Create a new link?
invitations-link-text = You get a link for { $name } to pass on yourself, for example in a chat. The link in the email stops working.
invitations-link-safe = It works only for whoever signs in as { $email }.
invitations-link-make = Create new link
invitations-link-made-title = The new link
invitations-link-made-text = Pass it on to { $name }. It is valid until { $until }.
invitations-link-label = Link
invitations-link-copy = Copy
invitations-link-once = It is shown only here and only now. If it is needed again, create a new one.
invitations-revoke = Withdraw
invitations-revoke-title = Withdraw the invitation for { $name }?
invitations-revoke-text = The link stops working. { $name } gets no email about it. You can invite again at any time.
invitations-revoked = The invitation for { $name } is withdrawn.
invitations-question-back = Go back
