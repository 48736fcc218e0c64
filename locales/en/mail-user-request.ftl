# The letter about a user asked for in a CRM.
mail-reason-requester = You get this because you asked for a user of { $organization } in the CRM.
mail-user-request-subject = { $user } at { $organization }: { $became ->
    [provisioned] has access
    [exists] had access before
    [suspended] is suspended
    [invited] is invited
   *[missing] something is missing
}
mail-user-request-heading = The user you asked for
mail-user-request-became = { $became ->
    [provisioned] { $user } has access to the portal for { $organization } now, with the account that was known already.
    [exists] { $user } was a user of { $organization } before. The CRM was told again how that stands.
    [suspended] { $user } is a user of { $organization }, but suspended. An administrator of { $organization } can restore the access.
    [invited] { $user } has no account yet. An invitation for { $organization } is on its way; access begins when it is accepted.
   *[missing] { $user } could not be made a user of { $organization }.
}
mail-user-request-malformed = The record in the CRM has no email address that can be written to. Enter one there and ask again.
mail-user-request-no-contract = No contract of { $organization } gives access to the portal. Ask again when one does.
mail-user-request-no-seat = All seats of the contract are taken or promised. Have a user removed or an invitation withdrawn, or the contract extended, and ask again.
mail-user-request-suspended-person = This person is kept out of the portal. Ask those who operate it.
mail-user-request-opted-out = The CRM says that this person wants no email, so nobody was invited.
mail-user-request-limit = Too many invitations were sent today. Ask again tomorrow.
mail-user-request-other = The CRM’s record says why.
mail-user-request-button = Open the sales console
