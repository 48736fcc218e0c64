# Was der Stand eines Vertrags bedeutet, für seine Personen und für den Vertrieb.
contract-tag-draft = Noch nicht unterschrieben
contract-tag-not-started = Beginnt später
contract-tag-active = Aktiv
contract-tag-ends-soon = Endet bald
contract-tag-grace = Nachfrist
contract-tag-suspended = Ruht
contract-tag-ended = Beendet
contract-draft = Der Vertrag { $number } ist noch nicht unterschrieben.
contract-not-started = Der Vertrag { $number } beginnt am { $date }.
contract-active = Der Vertrag { $number } ist aktiv und hat kein Enddatum.
contract-active-until = Der Vertrag { $number } ist aktiv bis { $date }.
contract-ends-soon = Der Vertrag { $number } { $days ->
    [0] endet heute, am { $date }.
    [one] endet morgen, am { $date }.
   *[other] endet in { $days } Tagen, am { $date }.
  }
contract-grace-reading = Der Vertrag { $number } ist beendet. Bis { $date } kann noch alles angesehen, aber nichts geändert werden.
contract-grace = Der Vertrag { $number } ist beendet. Der Zugang besteht noch bis { $date }.
contract-suspended = Der Vertrag { $number } ruht.
contract-ended = Der Vertrag { $number } endete am { $date }.
