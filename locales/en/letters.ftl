# Letters to staff.
mail-reason-owner = You get this because the account is yours at { $brand }.
mail-reason-desk = You get this because you decide registrations at { $brand }.
mail-registration-waiting-subject = { $applicant } waits for your decision ({ $company })
mail-registration-waiting-heading = A registration waits for you
mail-registration-waiting-intro = { $applicant } has registered for { $company }. Nobody has access before you decide.
mail-registration-waiting-what-next = On the page stands what the CRM says about the company, the contract and the address.
mail-registration-waiting-button = Decide
