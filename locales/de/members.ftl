# Die Personen einer Organisation: die Liste, eine Person, mehrere zugleich.
members-title = Personen
members-intro = Alle von { $organization }: Mitglieder, offene Einladungen und Personen, die beitreten möchten.
members-invite = Personen einladen
members-read-only = Der Vertrag ist in der Nachfrist. Sie können alles ansehen, aber bis zur Verlängerung nichts ändern.
members-only-admin = Nur Sie verwalten dieses Firmenkonto
members-only-admin-text = Geben Sie einer zweiten Person diese Rolle, damit jemand handeln kann, wenn Sie nicht da sind.
members-filter = Personen finden
members-filter-apply = Anzeigen
members-search = Name oder Adresse
members-status = Status
members-role = Rolle
members-size = Zeilen
members-any-status = Jeder Status
members-any-role = Jede Rolle
members-caption = Personen der Organisation
members-person = Person
members-roles = Rollen
members-no-roles = Noch keine
members-seen = Letzte Anmeldung
members-never = Nie
members-source = Herkunft
members-actions = Aktionen
members-select = Auswählen
members-select-one = { $name } auswählen
members-menu = Aktionen für { $name }
members-menu-open = Person öffnen
members-menu-roles = Rollen ändern
members-menu-suspend = Sperren …
members-menu-restore = Sperre aufheben …
members-menu-remove = Entfernen …
members-menu-invitation = Einladung öffnen
members-menu-request = Anfrage öffnen
members-state-requested = Möchte beitreten
members-state-bounced = E-Mail kam zurück
members-state-expired = Einladung abgelaufen
members-state-invited = Eingeladen
members-state-active = Aktiv
members-state-upcoming = Beginnt später
members-state-ended = Zugang beendet
members-state-suspended = Gesperrt
members-until = bis { $date }
members-from = ab { $date }
members-on = am { $date }
members-open-until = offen bis { $date }
members-since = seit { $date }
members-source-invitation = Einladung
members-source-registration = Registrierung
members-source-import = Import
members-source-directory = Firmenverzeichnis
members-source-crm = CRM
members-source-request = Registrierung
members-invited-by = Eingeladen von { $name }
members-showing = { $count ->
    [one] Eine Person angezeigt
   *[other] { $count } Personen angezeigt
  }
members-pages = Seiten der Liste
members-previous = Zurück
members-next = Weiter
members-none-title = Keine Treffer
members-none-text = Prüfen Sie die Schreibweise, oder lassen Sie sich alle anzeigen.
members-clear = Alle anzeigen
members-none-here-title = Auf dieser Seite steht niemand mehr
members-none-here-text = Die Liste hat sich geändert, seit Sie sie geöffnet haben.
members-first-page = Zur ersten Seite
members-alone-title = Bisher sind nur Sie hier
members-alone-text = Laden Sie die Kolleginnen und Kollegen ein, die bestellen, melden oder bezahlen.
members-several = Ausgewählte Personen
members-several-suspend = Sperren …
members-several-restore = Sperre aufheben …
members-several-role = Rolle, die Sie geben
members-several-give = Rolle geben …
members-help-title = Diese Seite sehen nur Personen, die das Firmenkonto verwalten
members-help-text = Diese Personen verwalten das Konto von { $organization }. Wenden Sie sich an eine von ihnen, wenn sich etwas ändern soll.
members-help-nobody = Im Moment verwaltet niemand das Konto von { $organization }. Schreiben Sie uns, dann finden wir jemanden.
members-help-home = Zur Startseite

member-way = Sie sind hier
member-roles = Rollen
member-change-roles = Rollen ändern
member-role-given = Gegeben von { $name } am { $date }
member-role-since = Seit { $date }
member-services = Was diese Person nutzen kann
member-service-open = Hat Zugang
member-service-closed = Kein Zugang
member-service-why = Warum: { $service }
member-history = Verlauf
member-history-none = Bisher ist nichts verzeichnet.
member-history-all = Ganzer Verlauf dieser Person
member-facts = Über diese Person
member-fact-reason = Grund der Sperre
member-fact-starts = Zugang ab
member-fact-ends = Zugang bis
member-fact-since = Mitglied seit
member-fact-source = Herkunft
member-fact-seen = Letzte Anmeldung
member-fact-sessions = Gerade angemeldet
member-fact-told = In den Daten von { $brand }
member-sessions = { $count ->
    [0] Nirgends
    [one] Auf einem Gerät
   *[other] Auf { $count } Geräten
  }
member-told-linked = Auf dem neuesten Stand.
member-told-waiting = Die letzte Änderung ist unterwegs.
member-told-stuck = Die letzte Änderung konnte nicht weitergegeben werden. { $brand } kümmert sich darum.
member-told-not-linked = Noch mit keinem Kontakt verbunden.
member-access = Zugang
member-suspend = Sperren
member-suspend-dots = Sperren …
member-restore = Sperre aufheben
member-remove = Entfernen
member-remove-dots = Entfernen …
member-leave = Verlassen
member-leave-dots = Diese Firma verlassen …
member-cancel = Abbrechen
member-optional = optional
member-reason = Grund
member-reason-hint = Nur wer das Firmenkonto verwaltet, kann ihn lesen.
member-this-person = Diese Person
member-to-people = Zu den Personen
member-only-admin-title = Nur { $name } verwaltet dieses Firmenkonto
member-only-admin-text = Geben Sie zuerst jemand anderem die Rolle, die das Konto verwaltet. Danach ist das möglich.
member-suspend-self-title = Sie können sich nicht selbst sperren
member-suspend-self = Das kann jemand anders tun, der das Firmenkonto verwaltet.
member-suspend-title = { $name } sperren?
member-suspend-at-once = { $name } kann ab dem nächsten Klick nichts von { $organization } mehr nutzen, auf keinem Gerät.
member-suspend-keeps = Rollen und Verlauf bleiben erhalten. Sie können die Sperre von { $name } jederzeit aufheben, solange ein Platz frei ist.
member-suspend-elsewhere = Arbeitet { $name } auch für andere Firmen, ändert sich dort nichts.
member-suspended = { $name } ist gesperrt.
member-already-suspended = { $name } ist schon gesperrt.
member-restore-title = Sperre von { $name } aufheben?
member-restore-roles = { $name } bekommt wieder Zugang, mit den bisherigen Rollen: { $roles }.
member-restore-seat = Das belegt einen Platz Ihres Vertrags.
member-restored = { $name } hat wieder Zugang.
member-already-active = { $name } ist nicht gesperrt.
member-no-seat-title = Alle Plätze sind belegt
member-no-seat = Ihr Vertrag hat { $seats } Plätze, und alle sind belegt. Sperren oder entfernen Sie zuerst jemanden, oder fragen Sie nach mehr Plätzen.
member-remove-title = { $name } entfernen?
member-remove-at-once = { $name } gehört nicht mehr zu { $organization } und kann ab dem nächsten Klick nichts mehr nutzen.
member-remove-seat = Der Platz wird frei.
member-remove-history = Der bisherige Verlauf bleibt erhalten.
member-remove-again = Für eine Rückkehr ist eine neue Einladung nötig.
member-removed = { $name } ist entfernt.
member-leave-title = { $organization } verlassen?
member-leave-at-once = Sie gehören nicht mehr zu { $organization } und können ab dem nächsten Klick nichts mehr nutzen.
member-left = Sie haben { $organization } verlassen.
member-problem = Es gibt ein Problem
member-roles-title = Rollen von { $name }
member-roles-legend = Was tut diese Person?
member-roles-hint = Wählen Sie jede Aufgabe, die zutrifft.
member-roles-save = Rollen speichern
member-roles-changed = Die Rollen von { $name } sind gespeichert.
member-roles-unchanged = Es wurde nichts geändert.
member-roles-none = Wählen Sie mindestens eine Rolle. Um den Zugang ganz zu nehmen, sperren oder entfernen Sie die Person.
member-roles-unknown = Wählen Sie nur Rollen dieser Seite. Eine davon wird nicht mehr angeboten.
member-roles-above = Die Rolle „{ $role }“ können Sie nicht geben, weil sie mehr umfasst als Ihre eigene.
member-roles-last-admin = Niemand sonst verwaltet dieses Firmenkonto. Geben Sie zuerst jemand anderem die Rolle dafür.

several-nobody = Es war niemand ausgewählt. Wählen Sie zuerst Personen aus und dann, was geschehen soll.
several-suspend-title = Mehrere Personen sperren?
several-suspend-effect = { $count ->
    [one] Diese Person kann ab dem nächsten Klick nichts mehr nutzen. Rollen und Verlauf bleiben.
   *[other] Diese { $count } Personen können ab dem nächsten Klick nichts mehr nutzen. Rollen und Verlauf bleiben.
  }
several-suspend-button = { $count ->
    [one] Eine Person sperren
   *[other] { $count } Personen sperren
  }
several-suspend-done = { $count ->
    [0] Niemand wurde gesperrt.
    [one] Eine Person ist gesperrt.
   *[other] { $count } Personen sind gesperrt.
  }
several-suspend-already = ist schon gesperrt
several-restore-title = Sperre mehrerer Personen aufheben?
several-restore-effect = { $count ->
    [one] Diese Person bekommt wieder Zugang, mit den bisherigen Rollen.
   *[other] Diese { $count } Personen bekommen wieder Zugang, mit den bisherigen Rollen.
  }
several-restore-button = { $count ->
    [one] Sperre einer Person aufheben
   *[other] Sperre von { $count } Personen aufheben
  }
several-restore-done = { $count ->
    [0] Keine Sperre wurde aufgehoben.
    [one] Eine Person hat wieder Zugang.
   *[other] { $count } Personen haben wieder Zugang.
  }
several-restore-already = ist nicht gesperrt
several-give-role-title = Die Rolle „{ $role }“ geben?
several-give-role-effect = { $count ->
    [one] Diese Person bekommt die Rolle „{ $role }“ zu den bisherigen dazu.
   *[other] Diese { $count } Personen bekommen die Rolle „{ $role }“ zu den bisherigen dazu.
  }
several-give-role-button = { $count ->
    [one] Einer Person die Rolle geben
   *[other] { $count } Personen die Rolle geben
  }
several-give-role-done = { $count ->
    [0] Niemand hat die Rolle „{ $role }“ bekommen.
    [one] Eine Person hat jetzt die Rolle „{ $role }“.
   *[other] { $count } Personen haben jetzt die Rolle „{ $role }“.
  }
several-give-role-already = hat die Rolle schon
several-oneself = das sind Sie selbst
several-last-admin = niemand sonst verwaltet das Firmenkonto
several-no-seat = kein Platz ist frei
several-above-ceiling = die Rolle umfasst mehr als Ihre eigene
several-not-givable = diese Rolle können Sie hier jetzt nicht geben
several-left-out = Ausgelassen: { $names }.
several-left-out-more = Ausgelassen: { $names } und { $count } weitere.
several-left-out-title = Ausgelassen
several-nothing = Es gibt also nichts zu tun.
several-back = Zurück zu den Personen
member-hand-over-title = Offene Fälle
member-hand-over-load = Was aus den offenen Fällen wird
member-hand-over-back = Zurück
member-hand-over-who = Wer die offenen Fälle übernimmt
member-hand-over-none = { $name } hat keinen offenen Fall.
member-hand-over-to = { $count ->
    [one] Ein offener Fall geht an { $to }.
   *[other] { $count } offene Fälle gehen an { $to }.
  }
member-hand-over-named = { $count ->
    [one] Ein offener Fall geht an die Person, die Sie nennen; an { $to }, wenn Sie niemanden nennen.
   *[other] { $count } offene Fälle gehen an die Person, die Sie nennen; an { $to }, wenn Sie niemanden nennen.
  }
member-hand-over-queue = { $count ->
    [one] Ein offener Fall geht an „{ $to }“, weil in Ihrer Firma niemand dafür vorgesehen ist.
   *[other] { $count } offene Fälle gehen an „{ $to }“, weil in Ihrer Firma niemand dafür vorgesehen ist.
  }
member-hand-over-nobody = { $count ->
    [one] Für einen offenen Fall ist dann niemand zuständig: Niemand kann ihn übernehmen.
   *[other] Für { $count } offene Fälle ist dann niemand zuständig: Niemand kann sie übernehmen.
  }
member-hand-over-unknown = Ob es offene Fälle gibt, ist gerade nicht zu erfahren. Wenn ja, gehen sie an { $to }.
member-hand-over-unknown-nobody = Ob es offene Fälle gibt, ist gerade nicht zu erfahren.
member-hand-over-not-offered = Offene Fälle werden hier nicht übergeben.
