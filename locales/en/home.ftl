# The signed-in person's own pages: start page, services, why.
home-title = Home
home-hello = Hello, { $name }
home-contract = Contract
home-no-contract = No contract is on file here.
home-roles = Your roles
home-no-roles = You have no role yet. Someone who runs the company’s account can give you one.
home-open = You can use
home-waiting = Waiting for you
home-requests = { $count ->
    [one] One person asks to join
   *[other] { $count } people ask to join
  }
home-ending = { $count ->
    [one] One invitation runs out within two days
   *[other] { $count } invitations run out within two days
  }
home-bounced = { $count ->
    [one] One invitation could not be delivered
   *[other] { $count } invitations could not be delivered
  }
home-no-way-in = You have no access at the moment
home-why = See why, step by step
home-services = Your services
home-members = People and invitations
home-consoles = Your work
home-console-open = Open
home-sales = Accounts
home-sales-text = Find a company, see its contract and people, and invite someone.
home-registrations = Registrations
home-registrations-text = People who ask for access, with what the CRM knows about them.
home-operations = Operations
home-operations-text = What goes to other systems, what is stuck, and who changed what.
home-nowhere-title = You do not belong to a company here yet
home-nowhere-text = Were you invited? Open the link in the email again. If nobody has invited you, register with your company’s contract number.
home-register = Register

services-title = Services
services-intro = What you can use for each company, and why something is missing.
services-open = Available to you
services-reading = Read only
services-closed = Not available to you
services-go = Go to { $service }
services-ask = { $names } can give you a role for it.
services-own-roles = You run this account: change your own roles
services-why = Your access for { $organization }, explained step by step
services-none-title = No services yet
services-none-text = Services appear here as soon as you belong to a company.
services-home = Go to the start page

why-title = Your access, step by step
why-intro = Four conditions decide about every request: your account, your membership, the contract, your role. All four must hold.
why-title-of = Access of { $name }, step by step
why-intro-of = Four conditions decide about every request of { $name }: the account, the membership, the contract, the role. All four must hold.
why-none-of = { $name } does not belong to a company here.
why-mended-by-admin = Somebody who runs the account of { $organization } can change this.
why-mended-by-sales = { $brand } can change this: it depends on what is agreed with the company.
why-mended-by-operator = Only { $brand } can change this.
why-mended-by-itself = This ends by itself as soon as the customer records can be reached.
why-application-roles = The service calls this: { $roles }
why-of = Why? Access of { $name }
why-yes = You can use this
why-no = You cannot use this
why-yes-of = Can use this
why-no-of = Cannot use this
why-reading = For reading only.
why-person = Account
why-membership = Membership
why-contract = Contract
why-role = Role
why-not-asked = Not checked, because the contract decides first.
why-none-title = There is nothing to explain yet
why-none-text = You do not belong to a company here.
home-seats = Seats
home-seats-of = { $taken } of { $limit } taken
home-seats-any = { $taken } taken, any number allowed
