# The frame around every page: title prefix, top bar, menus, footer.
layout-error-title = Error:
layout-skip = Skip to main content
layout-menu = Open menu
layout-navigation = Main
layout-organization = Organization
layout-organization-switch = Switch organization
layout-your-account = Your account
layout-profile = Profile
layout-sessions = Where you are signed in
layout-sign-in = Sign in
layout-sign-out = Sign out
layout-help = Help and contact
layout-copied = Copied
layout-demo-label = Demo
layout-demo-text = This is a demo with invented people and companies.
layout-demo-mail = Open the mailbox
layout-demo-crm = Open the CRM
