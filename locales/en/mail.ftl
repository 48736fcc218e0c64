# Letters. Every text of a letter sees $brand, $support and the letter's own values.
mail-greeting = Hello { $name },
mail-greeting-plain = Hello,
mail-contact = Questions? Write to { $support }.
mail-link-shown = The button leads to:
mail-unexpected = Did not expect this?
mail-person = Person
mail-address = Address
mail-organization = Organization
mail-company = Company
mail-reference = Reference
mail-message = Message:
mail-reason = Reason:
mail-reason-admin = You get this because you run the account of { $organization } at { $brand }.
mail-reason-operator = You get this because you operate the portal of { $brand }.
mail-reason-member = You get this because you belong to { $organization } at { $brand }.
mail-reason-applicant = You get this because somebody registered with your address at { $brand }.

mail-invitation-subject = { $reminder ->
    [yes] Reminder: { $inviter } invites you to { $brand }
   *[no] { $inviter } invites you to { $brand }
}
mail-invitation-heading = You are invited
mail-invitation-preview = { $inviter } invites you for { $organization }. Valid until { $until }.
mail-invitation-intro = { $inviter } invites you to use the portal of { $brand } for { $organization }.
mail-invitation-intro-company = { $inviter } of { $company } invites you to use the portal of { $brand } for { $organization }.
mail-invitation-intro-lead = { $inviter } invites you to get to know the portal of { $brand }.
mail-invitation-intro-lead-company = { $inviter } of { $company } invites you to get to know the portal of { $brand }.
mail-invitation-reminder = You have not answered yet.
mail-invitation-note = { $inviter } writes:
mail-invitation-roles = What you will be able to do:
mail-invitation-until = The invitation is valid until { $until }.
mail-invitation-button = Look at the invitation
mail-invitation-sign-in = Opening the link accepts nothing: you decide on the page. Then sign in with { $email }.
mail-invitation-ask = Questions about the invitation? { $inviter }, { $asked }
mail-invitation-ask-phone = Questions about the invitation? { $inviter }, { $asked }, { $phone }
mail-invitation-unexpected = You need not do anything: the invitation ends by itself. If you do not know { $inviter }, write to { $support }.
mail-invitation-reason = You get this because { $inviter } invited { $email } to { $brand }.

mail-join-request-subject = { $applicant } asks to join { $organization }
mail-join-request-heading = A request to join
mail-join-request-intro = { $applicant } asks to join { $organization } and waits for your decision.
mail-join-request-what-next = Let in only people you know. Nobody has access before you decide.
mail-join-request-button = Decide

mail-last-admin-subject = { $organization } would have lost its last administrator
mail-last-admin-heading = An organization needs an administrator
mail-last-admin-intro = A change in the CRM or a date would have ended the access of { $person }, the last administrator of { $organization }. The portal kept it.
mail-last-admin-what-next = Agree with the customer on a new administrator, then end the old access.
mail-last-admin-button = Open operations

mail-membership-suspended-subject = Your access for { $organization } is suspended
mail-membership-suspended-heading = Your access is suspended
mail-membership-suspended-intro = Your access to the portal of { $brand } for { $organization } was suspended. Your data is kept.
mail-membership-suspended-what-next = An administrator of { $organization } can restore it. If you think this is a mistake, ask there first.

mail-registration-approved-subject = Welcome to { $brand }
mail-registration-approved-heading = You are in
mail-registration-approved-intro = Your registration was approved. You can use the portal for { $organization } now.
mail-registration-approved-what-next = Sign in with the account you registered with.
mail-registration-approved-button = Open the portal

mail-registration-declined-subject = Your registration at { $brand }
mail-registration-declined-heading = Your registration was not accepted
mail-registration-declined-intro = We could not accept your registration for { $company }.
mail-registration-declined-what-next = If you think this is a mistake, write to { $support } and name the reference.

mail-registration-received-subject = We received your registration at { $brand }
mail-registration-received-heading = We received your registration
mail-registration-received-intro = Thank you. Your registration for { $company } has arrived.
mail-registration-received-what-next = Somebody checks it now, and you get another mail with the decision. You need not do anything. If it was not you, ignore this mail: without a sign-in nothing happens.
