# A CRM credential that a colleague lends.
credential-title = A credential for { $name }
credential-intro = The portal has no user of its own in this CRM. It works with what a colleague lends it for a while.
credential-problem = Nothing was kept
credential-why = What you should know before you lend yours
credential-why-asked = Why you are asked: there is no user for the portal in { $name }. Without a credential the CRM learns nothing of what customers do here.
credential-why-written = What happens in your name: contacts, leads, invitations, sign-ins and changes of roles are written to the CRM. The CRM shows you as the user who wrote them. Who really did it stands in the record, as always.
credential-why-read = While it is lent, the portal also reads companies, contacts, contracts and what pages show of them. Reading takes no use.
credential-why-kept = How it is kept: encrypted. It is tried once before. Nobody sees it again, you neither, and it stands in no log.
credential-why-destroyed = How it is destroyed: it is overwritten when its time is over, after its last use, when the CRM refuses it, when you take it back, and when you leave the portal's staff. What waits then goes on waiting; nothing is lost.
credential-lend = Lend your credential
credential-login = Your user name in the CRM
credential-login-hint = As you sign in there.
credential-value-http = Your access token
credential-hint-http = A token that the CRM accepts as “Bearer”.
credential-value-salesforce = Your access token
credential-hint-salesforce = The token of a session of yours, for example from “sf org display”. It holds as long as that session.
credential-value-dynamics365 = Your access token
credential-hint-dynamics365 = A token for this environment, for example from “az account get-access-token”. It holds for about an hour.
credential-value-hubspot = The token of a private app
credential-hint-hubspot = From Settings, Integrations, Private apps. It begins with “pat-”.
credential-value-odoo = Your API key
credential-hint-odoo = From your preferences in Odoo, Account security, New API key.
credential-value-odoo-login = Your API key or password
credential-hint-odoo-login = Better an API key, from your preferences in Odoo, Account security: you can take it back there too.
credential-how-long = For how long
credential-how-long-hint = Shorter is better. You can take it back before.
credential-how-often = For how many uses
credential-how-often-hint = A use is one call that writes; it carries up to a hundred changes and more.
credential-hours = { $count ->
    [24] A day
    [72] Three days
    [168] A week
    [one] An hour
   *[other] { $count } hours
  }
credential-uses = { $count ->
    [0] Any number, until the time is over
    [one] Once
   *[other] { $count } uses
  }
credential-try = Try it and lend it
credential-no-value = Enter the credential.
credential-odd-value = This cannot be a credential: it is too long, or has line breaks in it.
credential-no-login = Enter your user name in the CRM.
credential-no-hours = Choose for how long.
credential-no-uses = Choose for how many uses.
credential-not-accepted = The CRM does not accept it. Check that it was copied whole and still holds.
credential-not-set-up = The CRM accepts it, but something is missing there: { $text }
credential-not-reached = The CRM gave no answer, so it could not be tried. Try again in a moment.
credential-too-often = You have tried five values in a quarter of an hour that the CRM does not accept. Wait fifteen minutes, then try again.
credential-taken = A colleague lends a credential already. There is one at a time.
credential-kept = The CRM accepted it. What waited goes out now.
credential-wiped = The credential is wiped.
credential-none = No credential was lent.
credential-lent-by = { $name } lends a credential
credential-nothing-waits = No credential is lent. Nothing waits for one.
credential-waits = { $count ->
    [one] One change has waited for a credential since { $since }.
   *[other] { $count } changes wait for a credential, the first since { $since }.
  }
credential-waits-text = Nothing failed and nothing is lost. It goes out, in order, as soon as somebody lends a credential.
credential-time-left = Time left
credential-until = until { $at }
credential-uses-label = Uses
credential-uses-left = { $left } of { $of } uses left
credential-uses-so-far = { $used ->
    [0] any number; not used yet
    [one] any number; used once
   *[other] any number; used { $used } times
  }
credential-last-used = Last used
credential-never-shown = The credential itself is never shown.
credential-take-back = Take it back and wipe it
credential-wipe = Wipe it
credential-open = Details
credential-lend-link = Lend yours
credential-label = Credential
credential-ended-expired = The credential of { $name } was wiped at { $at }: its time was over. Uses: { $used }.
credential-ended-used-up = The credential of { $name } was wiped at { $at } with its last use. Uses: { $used }.
credential-ended-taken-back = { $name } took the credential back at { $at }; it was wiped. Uses: { $used }.
credential-ended-wiped = A colleague wiped the credential of { $name } at { $at }. Uses: { $used }.
credential-ended-refused = The credential of { $name } was wiped at { $at }: the CRM refused it. Uses: { $used }.
credential-ended-lender-left = The credential of { $name } was wiped at { $at }: { $name } may lend none any more. Uses: { $used }.
credential-ended-connection-left = The credential of { $name } was wiped at { $at }: the connection did not borrow any more. Uses: { $used }.
credential-ended-unreadable = The credential of { $name } was wiped at { $at }: it could not be opened, as the portal’s key or the address of the CRM had changed. Uses: { $used }.
