# What the signed-in person has agreed to.
consents-title = Consents
consents-intro = What you have agreed to. You can withdraw it at any time; it costs you nothing.
consents-none = You have not agreed to anything
consents-none-text = Nothing is needed: the portal works without it.
consents-no-text = This wording is no longer in use. Write to us if you want to read it again.
consents-given = Given
consents-version = Version of the text
consents-state = State
consents-valid = Valid
consents-withdrawn = Withdrawn on { $at }
consents-withdraw = Withdraw
consents-withdrawn-now = Your consent is withdrawn, and we have passed it on.
consents-withdrawn-before = It was withdrawn before.
