# What is shared beside memberships.
profile-shared-membership = As a member of { $name }
profile-shared-invitation = Your invitation to { $name }
profile-shared-registration = Your registration of { $name }
profile-shared-company = Company
profile-shared-language = Language
profile-shared-state = State
profile-shared-reason = Why
profile-shared-is-lead = To get to know us, without a contract
profile-shared-consent = Consent
profile-shared-score-points = Points by which we sort inquiries
profile-shared-invitation-id = Invitation’s number
profile-shared-registration-id = Registration’s number
profile-shared-fact = Kind of record
profile-shared-yes = Yes
profile-shared-no = No
