# Einträge des Protokolls, ein Satz für jede Aktion.
audit-other = { $actor }: { $action } ({ $target })
audit-actor-visitor = Jemand ohne Anmeldung
audit-actor-crm = Das CRM ({ $name })
audit-actor-client = Das Programm { $name }
audit-actor-provider = Der Identitätsanbieter ({ $name })
audit-actor-system = Das Portal ({ $name })
audit-actor-gone = Jemand, der nicht mehr bekannt ist
audit-person-created = { $actor }: Person hinzugefügt ({ $target })
audit-person-identity-linked = { $actor } hat eine Anmeldung mit { $target } verknüpft
audit-person-profile-changed = { $actor } hat das Profil von { $target } geändert
audit-person-refreshed = { $actor } hat die Angaben von { $target } aktualisiert
audit-person-signed-in = { $actor } hat sich angemeldet
audit-session-started = { $actor } hat sich angemeldet
audit-session-refused = { $actor }: Eine Anmeldung wurde abgelehnt
audit-session-ended = { $because ->
    [replaced] { $target } hat sich neu angemeldet; die Sitzung davor ist beendet
    [expired] Eine Sitzung von { $target } hat die längste Dauer von Sitzungen erreicht
    [by_operator] { $actor } hat { $target } abgemeldet
    [by_admin] { $actor } hat { $target } abgemeldet
    [provider] { $actor } hat { $target } abgemeldet
   *[other] { $actor } hat eine Sitzung beendet
  }
audit-membership-created = { $target } ist beigetreten, mit der Rolle: { $roles }
audit-membership-removed = { $own_wish ->
    [yes] { $target } ist ausgetreten
   *[other] { $actor } hat { $target } entfernt
  }
audit-membership-handed-over = { $count ->
    [one] Ein offener Fall von { $target } wurde an { $kind ->
        [queue] „{ $to }“
       *[member] jemanden aus der Firma
      } übergeben: { $cases }
   *[other] { $count } offene Fälle von { $target } wurden an { $kind ->
        [queue] „{ $to }“
       *[member] jemanden aus der Firma
      } übergeben: { $cases }
  }
audit-membership-restored = { $actor } hat die Sperre von { $target } aufgehoben
audit-membership-suspended = { $actor } hat { $target } gesperrt
audit-membership-roles-changed = { $actor } hat die Rollen von { $target } geändert: von „{ $before }“ zu „{ $after }“
audit-membership-dates-changed = { $actor } hat geändert, von wann bis wann { $target } Zugang hat
audit-organization-created = { $actor }: Organisation hinzugefügt ({ $target })
audit-organization-updated = { $actor } hat die Organisation { $target } aktualisiert
audit-contract-created = { $actor }: Vertrag hinzugefügt ({ $target })
audit-contract-changed = { $actor } hat den Vertrag { $target } geändert
audit-contract-moved-away = { $actor } hat den Vertrag { $target } einer anderen Firma zugeordnet
audit-connection-silent = { $actor }: Das CRM { $target } ist seit { $since } nicht erreichbar, länger als sein letzter Stand gelten darf
audit-connection-heard-again = { $actor }: Das CRM { $target } ist wieder lesbar
audit-contract-step-ahead = { $actor } hat geschrieben, dass der Vertrag { $target } bald beginnt oder endet
audit-contract-end-held = { $actor }: Das Ende des Vertrags { $target } wartet auf eine Entscheidung
audit-contract-end-released = { $actor } hat den Vertrag { $target } enden lassen
audit-contract-end-discarded = { $actor } hat den Vertrag { $target } beibehalten
audit-invitation-created = { $actor } hat die Einladung { $target } erstellt
audit-invitation-resent = { $actor } hat die Einladung { $target } erneut gesendet
audit-invitation-link-made = { $actor } hat einen neuen Link für die Einladung { $target } erzeugt
audit-invitation-sent = Der Mailserver hat die E-Mail der Einladung { $target } angenommen
audit-invitation-bounced = Die E-Mail der Einladung { $target } konnte nicht zugestellt werden
audit-invitation-not-sent = { $actor } wollte eine Einladung senden, die nicht möglich war ({ $why })
audit-invitation-opened = Die Einladung { $target } wurde geöffnet
audit-invitation-redeemed = { $actor } hat die Einladung { $target } angenommen
audit-invitation-refused = Die Einladung { $target } konnte nicht angenommen werden
audit-invitation-declined = Die Einladung { $target } wurde abgelehnt
audit-invitation-revoked = { $actor } hat die Einladung { $target } zurückgezogen
audit-invitation-expired = Die Einladung { $target } ist abgelaufen
audit-invitation-reminded = { $actor } hat an die Einladung { $target } erinnert
audit-invitation-superseded = Die Einladung { $target } wurde durch eine neuere ersetzt
audit-invitation-asked-again = Jemand hat um eine neue Einladung gebeten ({ $target })
audit-invitation-other-address-asked = Jemand möchte die Einladung { $target } mit einer anderen Adresse annehmen
audit-registration-sent = { $actor } hat sich registriert ({ $target })
audit-registration-placed = { $actor }: Die Registrierung { $target } wartet auf eine Entscheidung
audit-registration-approved = { $actor } hat die Registrierung { $target } angenommen
audit-registration-declined = { $actor } hat die Registrierung { $target } abgelehnt
audit-registration-withdrawn = { $actor } hat die Registrierung { $target } zurückgezogen
audit-registration-not-confirmed = Das CRM hat die Registrierung { $target } nicht bestätigt
audit-task-closed = { $actor } hat die Aufgabe { $target } erledigt
audit-feed-read-again = { $actor } hat das CRM { $target } von vorn lesen lassen
audit-delivery-replayed = { $actor } hat die Zustellung { $target } erneut gesendet
audit-deliveries-replayed = { $actor } hat { $count } unzustellbare Nachrichten von { $target } erneut gesendet
audit-delivery-parked = { $actor } hat die Zustellung { $target } zurückgestellt
audit-delivery-skipped = { $actor } hat die Zustellung { $target } aufgegeben: { $reason }
audit-review-resolved = { $actor } hat entschieden, welchen Datensatz { $target } meint
audit-destination-paused = { $actor } hat { $target } angehalten: { $reason }
audit-destination-resumed = { $actor } hat { $target } fortgesetzt
