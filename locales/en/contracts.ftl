# What a contract's standing means, for its people and for sales.
contract-tag-draft = Not signed yet
contract-tag-not-started = Starts later
contract-tag-active = Active
contract-tag-ends-soon = Ends soon
contract-tag-grace = Grace period
contract-tag-suspended = On hold
contract-tag-ended = Ended
contract-draft = Contract { $number } is not signed yet.
contract-not-started = Contract { $number } starts on { $date }.
contract-active = Contract { $number } is active and has no end date.
contract-active-until = Contract { $number } is active until { $date }.
contract-ends-soon = Contract { $number } { $days ->
    [0] ends today, on { $date }.
    [one] ends tomorrow, on { $date }.
   *[other] ends in { $days } days, on { $date }.
  }
contract-grace-reading = Contract { $number } has ended. Until { $date } everything can still be looked at, but not changed.
contract-grace = Contract { $number } has ended. Access continues until { $date }.
contract-suspended = Contract { $number } is on hold.
contract-ended = Contract { $number } ended on { $date }.
