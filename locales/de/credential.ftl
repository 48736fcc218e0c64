# CRM-Zugangsdaten, die jemand aus dem Kollegium leiht.
credential-title = Zugangsdaten für { $name }
credential-intro = Das Portal hat in diesem CRM keinen eigenen Benutzer. Es arbeitet mit dem, was ihm jemand aus dem Kollegium für eine Weile leiht.
credential-problem = Es wurde nichts aufbewahrt
credential-why = Was Sie wissen sollten, bevor Sie Ihre leihen
credential-why-asked = Warum Sie gefragt werden: In { $name } gibt es keinen Benutzer für das Portal. Ohne Zugangsdaten erfährt das CRM nichts von dem, was Kunden hier tun.
credential-why-written = Was in Ihrem Namen geschieht: Kontakte, Leads, Einladungen, Anmeldungen und Änderungen von Rollen werden ins CRM geschrieben. Dort stehen Sie als die Person, die schrieb. Wer es wirklich war, steht wie immer im Datensatz.
credential-why-read = Solange sie geliehen sind, liest das Portal damit auch Firmen, Kontakte, Verträge und was Seiten davon zeigen. Lesen verbraucht keine Nutzung.
credential-why-kept = Wie sie aufbewahrt werden: verschlüsselt. Vorher werden sie einmal ausprobiert. Niemand sieht sie wieder, auch Sie nicht, und sie stehen in keinem Protokoll.
credential-why-destroyed = Wie sie vernichtet werden: Sie werden überschrieben, wenn die Zeit um ist, nach der letzten Nutzung, wenn das CRM sie ablehnt, wenn Sie sie zurücknehmen und wenn Sie nicht mehr zum Portal gehören. Was dann wartet, wartet weiter; verloren geht nichts.
credential-lend = Ihre Zugangsdaten leihen
credential-login = Ihr Benutzername im CRM
credential-login-hint = So, wie Sie sich dort anmelden.
credential-value-http = Ihr Zugriffstoken
credential-hint-http = Ein Token, das das CRM als „Bearer“ annimmt.
credential-value-salesforce = Ihr Zugriffstoken
credential-hint-salesforce = Das Token einer Ihrer Sitzungen, zum Beispiel aus „sf org display“. Es gilt so lange wie diese Sitzung.
credential-value-dynamics365 = Ihr Zugriffstoken
credential-hint-dynamics365 = Ein Token für diese Umgebung, zum Beispiel aus „az account get-access-token“. Es gilt etwa eine Stunde.
credential-value-hubspot = Das Token einer privaten App
credential-hint-hubspot = Aus Einstellungen, Integrationen, Private Apps. Es beginnt mit „pat-“.
credential-value-odoo = Ihr API-Schlüssel
credential-hint-odoo = Aus Ihren Einstellungen in Odoo, Kontosicherheit, Neuer API-Schlüssel.
credential-value-odoo-login = Ihr API-Schlüssel oder Passwort
credential-hint-odoo-login = Besser ein API-Schlüssel, aus Ihren Einstellungen in Odoo, Kontosicherheit: Den können Sie auch dort zurücknehmen.
credential-how-long = Für wie lange
credential-how-long-hint = Kürzer ist besser. Sie können sie vorher zurücknehmen.
credential-how-often = Für wie viele Nutzungen
credential-how-often-hint = Eine Nutzung ist ein Aufruf, der schreibt; er trägt bis zu hundert Änderungen und mehr.
credential-hours = { $count ->
    [24] Einen Tag
    [72] Drei Tage
    [168] Eine Woche
    [one] Eine Stunde
   *[other] { $count } Stunden
  }
credential-uses = { $count ->
    [0] Beliebig viele, bis die Zeit um ist
    [one] Einmal
   *[other] { $count } Nutzungen
  }
credential-try = Ausprobieren und leihen
credential-no-value = Geben Sie die Zugangsdaten ein.
credential-odd-value = Das können keine Zugangsdaten sein: Es ist zu lang oder enthält Zeilenumbrüche.
credential-no-login = Geben Sie Ihren Benutzernamen im CRM ein.
credential-no-hours = Wählen Sie, für wie lange.
credential-no-uses = Wählen Sie, für wie viele Nutzungen.
credential-not-accepted = Das CRM nimmt sie nicht an. Prüfen Sie, ob alles kopiert wurde und noch gilt.
credential-not-set-up = Das CRM nimmt sie an, aber dort fehlt etwas: { $text }
credential-not-reached = Das CRM gab keine Antwort, also ließ sich nichts ausprobieren. Versuchen Sie es gleich noch einmal.
credential-too-often = Sie haben in einer Viertelstunde fünf Werte ausprobiert, die das CRM nicht annimmt. Warten Sie fünfzehn Minuten und versuchen Sie es dann noch einmal.
credential-taken = Jemand aus dem Kollegium leiht schon Zugangsdaten. Es gibt sie nur einmal zur selben Zeit.
credential-kept = Das CRM hat sie angenommen. Was wartete, geht jetzt hinaus.
credential-wiped = Die Zugangsdaten sind vernichtet.
credential-none = Es waren keine Zugangsdaten geliehen.
credential-lent-by = { $name } leiht Zugangsdaten
credential-nothing-waits = Es sind keine Zugangsdaten geliehen. Nichts wartet darauf.
credential-waits = { $count ->
    [one] Eine Änderung wartet seit { $since } auf Zugangsdaten.
   *[other] { $count } Änderungen warten auf Zugangsdaten, die erste seit { $since }.
  }
credential-waits-text = Nichts ist fehlgeschlagen und nichts geht verloren. Es geht der Reihe nach hinaus, sobald jemand Zugangsdaten leiht.
credential-time-left = Verbleibende Zeit
credential-until = bis { $at }
credential-uses-label = Nutzungen
credential-uses-left = Noch { $left } von { $of } Nutzungen
credential-uses-so-far = { $used ->
    [0] beliebig viele; noch nicht genutzt
    [one] beliebig viele; einmal genutzt
   *[other] beliebig viele; { $used } Mal genutzt
  }
credential-last-used = Zuletzt genutzt
credential-never-shown = Die Zugangsdaten selbst werden nie gezeigt.
credential-take-back = Zurücknehmen und vernichten
credential-wipe = Vernichten
credential-open = Einzelheiten
credential-lend-link = Ihre leihen
credential-label = Zugangsdaten
credential-ended-expired = Die Zugangsdaten von { $name } wurden am { $at } vernichtet: Ihre Zeit war um. Nutzungen: { $used }.
credential-ended-used-up = Die Zugangsdaten von { $name } wurden am { $at } mit der letzten Nutzung vernichtet. Nutzungen: { $used }.
credential-ended-taken-back = { $name } nahm die Zugangsdaten am { $at } zurück; sie sind vernichtet. Nutzungen: { $used }.
credential-ended-wiped = Jemand aus dem Kollegium vernichtete am { $at } die Zugangsdaten von { $name }. Nutzungen: { $used }.
credential-ended-refused = Die Zugangsdaten von { $name } wurden am { $at } vernichtet: Das CRM lehnte sie ab. Nutzungen: { $used }.
credential-ended-lender-left = Die Zugangsdaten von { $name } wurden am { $at } vernichtet: { $name } darf keine mehr leihen. Nutzungen: { $used }.
credential-ended-connection-left = Die Zugangsdaten von { $name } wurden am { $at } vernichtet: Die Verbindung lieh keine mehr. Nutzungen: { $used }.
credential-ended-unreadable = Die Zugangsdaten von { $name } wurden am { $at } vernichtet: Sie ließen sich nicht mehr öffnen, weil der Schlüssel des Portals oder die Adresse des CRM geändert wurde. Nutzungen: { $used }.
