# Plätze: wie viele es gibt, und um mehr bitten.
seats-title = Plätze
seats-taken = Belegte Plätze: { $taken } von { $limit }.
seats-any = { $taken ->
    [one] Eine Person ist aktiv. Ihr Vertrag erlaubt beliebig viele.
   *[other] { $taken } Personen sind aktiv. Ihr Vertrag erlaubt beliebig viele.
  }
seats-exceeded = Mehr Personen als Plätze
seats-exceeded-text = Ihr Vertrag hat jetzt { $limit ->
    [one] einen Platz
   *[other] { $limit } Plätze
  }, und { $taken } Personen sind aktiv. Deshalb hat niemand den Zugang verloren, und niemand wird ihn deshalb verlieren.
seats-exceeded-do = Bis alle wieder Platz haben, können Sie niemanden einladen oder aufnehmen und keine Sperre aufheben. Sperren oder entfernen Sie, wer keinen Zugang mehr braucht, oder bitten Sie um mehr Plätze.
seats-ask = Um mehr Plätze bitten
seats-ask-about = Ihre Ansprechperson bei { $brand } erhält Ihre Anfrage und sieht sie bei den Kundendaten. Neue Plätze gelten, sobald der Vertrag sie hat.
seats-more = Wie viele mehr?
seats-more-wrong = Geben Sie eine Zahl von 1 bis { $most } ein.
seats-message = Möchten Sie etwas ergänzen?
seats-message-hint = Zum Beispiel wofür und ab wann.
seats-message-long = Kürzen Sie dies auf { $most } Zeichen.
seats-send = Anfrage senden
seats-asked = Sie haben um mehr Plätze gebeten
seats-asked-on = Angefragt am { $date }. Nach einer Woche können Sie noch einmal fragen.
seats-asked-now = Ihre Anfrage wurde gesendet.
seats-need-none = Ihr Vertrag erlaubt beliebig viele Personen. Eine Anfrage ist nicht nötig.
seats-link = Plätze
seats-ask-link = Um mehr Plätze bitten
sales-seats-asked = Der Kunde hat am { $date } um { $more ->
    [one] einen weiteren Platz
   *[other] { $more } weitere Plätze
  } gebeten.
sales-seats-exceeded = Mehr Personen als Plätze
audit-organization-seats-asked = { $actor } hat für { $target } um { $more ->
    [one] einen weiteren Platz
   *[other] { $more } weitere Plätze
  } gebeten
operations-task-seats-asked = Ein Kunde bittet um mehr Plätze
mail-reason-service-desk = Sie erhalten dies, weil Sie im Service von { $brand } arbeiten.
mail-seats-asked-subject = { $organization } bittet um mehr Plätze
mail-seats-asked-intro = { $asker } von { $organization } bittet um { $more ->
    [one] einen weiteren Platz
   *[other] { $more } weitere Plätze
  }. Belegt: { $taken } von { $limit }.
mail-seats-asked-next = Ändern Sie den Vertrag im CRM: Die neuen Plätze gelten hier sofort. Die Anfrage ist auch in den Kundendaten vermerkt.
mail-seats-asked-button = Kunden ansehen
mail-seats-exceeded-subject = { $organization }: mehr Personen als Plätze
mail-seats-exceeded-intro = Der Vertrag von { $organization } mit { $brand } hat jetzt { $limit ->
    [one] einen Platz
   *[other] { $limit } Plätze
  }, und { $taken } Personen sind aktiv. Deshalb hat niemand den Zugang verloren.
mail-seats-exceeded-next = Bis alle wieder Platz haben, können Sie niemanden einladen oder aufnehmen und keine Sperre aufheben. Sperren oder entfernen Sie { $many ->
    [one] eine Person
   *[other] { $many } Personen
  }, oder bitten Sie um mehr Plätze.
mail-seats-exceeded-rep-next = Wer das Konto dort verwaltet, wurde ebenfalls benachrichtigt und kann Sie um mehr Plätze bitten oder Personen sperren. Eine Änderung des Vertrags im CRM gilt hier sofort.
mail-seats-exceeded-button = Plätze ansehen
