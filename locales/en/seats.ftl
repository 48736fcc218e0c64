# Seats: how many there are, and asking for more.
seats-title = Seats
seats-taken = Seats taken: { $taken } of { $limit }.
seats-any = { $taken ->
    [one] One person is active. Your contract allows any number.
   *[other] { $taken } people are active. Your contract allows any number.
  }
seats-exceeded = More people than seats
seats-exceeded-text = Your contract now has { $limit ->
    [one] one seat
   *[other] { $limit } seats
  }, and { $taken } people are active. Nobody has lost access because of that, and nobody will.
seats-exceeded-do = Until people fit again, nobody can be invited, approved or restored. Suspend or remove those who no longer need access, or ask for more seats.
seats-ask = Ask for more seats
seats-ask-about = Your contact at { $brand } gets your request and sees it in their customer records. New seats count as soon as the contract has them.
seats-more = How many more?
seats-more-wrong = Enter a number from 1 to { $most }.
seats-message = Anything to add?
seats-message-hint = For example what they are for, and from when.
seats-message-long = Shorten this to { $most } characters.
seats-send = Send the request
seats-asked = You have asked for more seats
seats-asked-on = Asked on { $date }. You can ask again a week later.
seats-asked-now = Your request was sent.
seats-need-none = Your contract allows any number of people: there is nothing to ask for.
seats-link = Seats
seats-ask-link = Ask for more seats
sales-seats-asked = They asked for { $more ->
    [one] one more seat
   *[other] { $more } more seats
  } on { $date }.
sales-seats-exceeded = More people than seats
audit-organization-seats-asked = { $actor } asked for { $more ->
    [one] one more seat
   *[other] { $more } more seats
  } for { $target }
operations-task-seats-asked = A customer asks for more seats
mail-reason-service-desk = You get this because you work at the service desk of { $brand }.
mail-seats-asked-subject = { $organization } asks for more seats
mail-seats-asked-intro = { $asker } of { $organization } asks for { $more ->
    [one] one more seat
   *[other] { $more } more seats
  }. Taken: { $taken } of { $limit }.
mail-seats-asked-next = Change the contract in the CRM: the new seats count here at once. The request is also noted on the account.
mail-seats-asked-button = See the account
mail-seats-exceeded-subject = { $organization }: more people than seats
mail-seats-exceeded-intro = The contract of { $organization } with { $brand } now has { $limit ->
    [one] one seat
   *[other] { $limit } seats
  }, and { $taken } people are active. Nobody has lost access because of that.
mail-seats-exceeded-next = Until people fit again, nobody can be invited, approved or restored. Suspend or remove { $many ->
    [one] one person
   *[other] { $many } people
  }, or ask for more seats.
mail-seats-exceeded-rep-next = Those who run the account there have been told as well. They can ask you for more seats, or suspend people. A change of the contract in the CRM counts here at once.
mail-seats-exceeded-button = See the seats
