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
mail-reason-admin = You get this because you run the account of { $organization } at { $brand }.
mail-reason-lender = You get this because you may lend the portal of { $brand } your CRM credential.
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
mail-join-request-what-next = Approve only people you know. Nobody has access before you decide.
mail-join-request-button = Decide

mail-last-admin-subject = { $organization } would have lost its last administrator
mail-last-admin-heading = An organization needs an administrator
mail-last-admin-intro = A change in the CRM, in a user directory or a date would have ended the access of { $person }, the last administrator of { $organization }. The portal kept it.
mail-last-admin-what-next = Agree with the customer on a new administrator, then end the old access.
mail-last-admin-button = Open operations
mail-operator-news-subject = The portal of { $brand } needs you: { $count } new
mail-operator-news-heading = The portal needs you
mail-operator-news-intro = This has come up since the last letter, and the portal cannot mend it alone:
mail-operator-news-button = Open operations
mail-operator-news-pause = One letter tells of everything new; the next comes when something else is new.

mail-membership-suspended-subject = Your access for { $organization } is suspended
mail-membership-suspended-heading = Your access is suspended
mail-membership-suspended-intro = Your access to the portal of { $brand } for { $organization } was suspended. Your data is kept.
mail-membership-suspended-what-next = An administrator of { $organization } can restore it. If you think this is a mistake, ask there first.

mail-registration-approved-subject = Welcome to { $brand }
mail-registration-approved-heading = You now have access
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
mail-registration-received-what-next = Your request is being checked, and you get another email with the decision. You need not do anything. If it was not you, ignore this email: without a sign-in nothing happens.

mail-invitation-news-subject = { $subject }
mail-invitation-news-reason = You get this because you invited people for { $organization } at { $brand }.
mail-invitation-news-button = Open the invitation
mail-invitation-news-invited = Invited
mail-invitation-news-from = Asks
mail-invitation-joined-subject = { $invitee } joined { $organization }
mail-invitation-joined-heading = Your invitation was accepted
mail-invitation-joined-intro = { $invitee } accepted your invitation and now belongs to { $organization }.
mail-invitation-joined-what-next = You need not do anything. Roles can be changed at any time.
mail-invitation-declined-subject = { $invitee } declined your invitation
mail-invitation-declined-heading = Your invitation was declined
mail-invitation-declined-intro = { $invitee } does not want to use the portal for { $organization }.
mail-invitation-declined-what-next = Nothing happens by itself. If it was a mistake, invite again.
mail-invitation-expired-subject = Your invitation to { $invitee } has expired
mail-invitation-expired-heading = An invitation has expired
mail-invitation-expired-intro = { $invitee } did not accept your invitation for { $organization } in time.
mail-invitation-expired-what-next = If it is still wanted, send it again: the link in the new email is valid for as long as the first one was.
mail-invitations-expired-subject = { $count } of your invitations have expired
mail-invitations-expired-heading = Invitations have expired
mail-invitations-expired-intro = { $count } of your invitations for { $organization } were not accepted in time.
mail-invitations-expired-what-next = Send those again that are still wanted.
mail-invitations-expired-button = Open the invitations
mail-invitation-asked-again-subject = { $invitee } asks for a new invitation
mail-invitation-asked-again-heading = Somebody asks for a new invitation
mail-invitation-asked-again-intro = { $invitee } opened the invitation for { $organization } after it had expired, and asks for a new one.
mail-invitation-asked-again-what-next = Send it again if it is still wanted. Otherwise do nothing.
mail-invitation-other-subject = { $other } asks to use your invitation
mail-invitation-other-heading = Somebody asks to use another address
mail-invitation-other-intro = { $other } holds your invitation for { $organization }, signed in with another address than the one you invited.
mail-invitation-other-what-next = Ask first, by phone for instance, whether it is the person you meant. If so, invite the other address instead. Nobody has access before you do.
mail-invitation-other-button = Decide

mail-contract = Contract
mail-contract-step-subject = { $what ->
    [begins] Contract { $number } begins on { $day }
    [over] Access by contract { $number } ends on { $day }
   *[ends] Contract { $number } ends on { $day }
}
mail-contract-step-intro = { $what ->
    [begins] Contract { $number } of { $organization } with { $brand } begins on { $day }. From that day on its people have access to what it contains.
    [reading] The last day of contract { $number } of { $organization } with { $brand } is { $day }. In the days of grace after it, people can still read but change nothing.
    [grace] The last day of contract { $number } of { $organization } with { $brand } is { $day }. In the days of grace after it, access goes on unchanged.
    [over] Contract { $number } of { $organization } with { $brand } has ended. The days of grace last until { $day }; then access ends.
   *[ends] The last day of contract { $number } of { $organization } with { $brand } is { $day }. Access ends with that day.
}
mail-contract-step-next = { $what ->
    [begins] Nothing has to be done. Colleagues can be invited beforehand.
   *[ends] If you mean to go on, talk to your contact at { $brand } in time. People, roles and data stay as they are: a contract that goes on lets everybody in again.
}
mail-contract-step-rep-next = Whoever runs the account there has been told as well. A change of the contract in the CRM counts here at once.
mail-contract-step-button = See the contract
mail-credential-subject = { $connection } needs a credential: { $count } changes wait
mail-credential-heading = Changes wait for a credential
mail-credential-intro = The portal of { $brand } has no user of its own in { $connection }, and nobody lends it a credential now. Changes that wait: { $count }. Nothing is lost.
mail-credential-what-next = On the page you read what a credential is used for and how it is destroyed, and lend yours for a few hours. You are asked at most once a day.
mail-credential-button = Lend a credential
mail-differences-subject = { $connection } and the portal of { $brand } differ: { $count }
mail-differences-heading = The CRM and the portal differ
mail-differences-intro = The last comparison with { $connection } found what is not the same on both sides:
mail-differences-what-next = Nothing was changed. On the page you see each difference, whose word counts, and mend it.
mail-differences-button = Show the differences
