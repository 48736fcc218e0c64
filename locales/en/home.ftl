# The signed-in person's own pages: start page, services, why.
home-title = Home
home-hello = Hello, { $name }
home-contract = Contract
home-no-contract = No contract is on file here.
home-roles = Your roles
home-no-roles = You have no role yet. Someone who runs the company’s account can give you one.
home-open = Open to you
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
home-no-way-in = You cannot use this at the moment
home-why = See why, step by step
home-services = Your services
home-members = People and invitations
home-consoles = Your work
home-console-open = Open
home-sales = Customers
home-sales-text = Find a company, see its contract and people, and invite someone.
home-registrations = Registrations
home-registrations-text = People who ask to come in, with what the CRM knows about them.
home-operations = Operations
home-operations-text = What goes to other systems, what is stuck, and what happened.
home-nowhere-title = You do not belong to a company here yet
home-nowhere-text = Were you invited? Open the link in the mail again. If nobody has invited you, register with your company’s contract number.
home-register = Register

services-title = Services
services-intro = What you may use for each company, and what is missing for the rest.
services-open = You may use this
services-reading = For reading only
services-closed = Not for you at the moment
services-go = Go to { $service }
services-ask = Ask { $names }.
services-why = Why may I use this for { $organization }, and that not?
services-none-title = No services yet
services-none-text = Services appear here as soon as you belong to a company.
services-home = Go to the start page

why-title = Why you may, and why not
why-intro = Four conditions decide about every request: you, your membership, the contract, your role. All four must hold.
why-yes = You may use this
why-no = You may not use this
why-reading = For reading only.
why-person = Account
why-membership = Membership
why-contract = Contract
why-role = Role
why-not-asked = Not checked, because the contract decides first.
why-none-title = There is nothing to explain yet
why-none-text = You do not belong to a company here.
