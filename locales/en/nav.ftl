# The main navigation.
nav-home = Home
nav-services = Services
nav-members = People
nav-requests = Requests to join
nav-roles = Roles
nav-audit = History
nav-sales = Accounts
nav-sales-invitations = Invitations
nav-sales-registrations = Registrations
nav-operations = Operations
