# Betrieb: Zustellungen und Entscheidungen darüber.
operations-title = Betrieb
operations-intro = Was das Portal anderen Systemen mitteilt und was auf Sie wartet.
operations-tabs = Betrieb
operations-tab-overview = Überblick
operations-tab-deliveries = Zustellungen
operations-tab-dead-letters = Unzustellbar
operations-tab-matches = Zuordnungen
operations-tab-connections = Verbindungen
operations-tab-audit = Protokoll
operations-well-title = Nichts steckt fest
operations-well-text = Jede Änderung ist angekommen oder unterwegs.
operations-feeds-unreadable = Ein Änderungsstrom ist nicht lesbar
operations-feeds-since = { $name }, seit { $age }: { $error }
operations-destinations = Wohin Änderungen gehen
operations-destination = Ziel
operations-destination-mail = E-Mail
operations-state = Zustand
operations-waiting = Wartend
operations-oldest = Älteste wartet
operations-dead = Unzustellbar
operations-review = Zu entscheiden
operations-parked-count = Zurückgestellt
operations-last-success = Letzte Ankunft
operations-calls = Aufrufe
operations-calls-unlimited = { $used } in letzter Zeit, keine Grenze bekannt
operations-calls-used = { $used } von { $allowed } in { $seconds } Sekunden, { $reserve } von 100 bleiben für Einladungen und Änderungen des Zugangs
operations-calls-reported = das CRM nennt die Grenze
operations-calls-learnt = aus Ablehnungen des CRM gelernt
operations-calls-set = die Grenze der Einstellungen
operations-calls-day = { $left } von { $allowed } für den Tag übrig
operations-closed-until = Nichts wird gesendet bis
operations-actions = Aktionen
operations-never = Nie
operations-pause = Anhalten
operations-resume = Fortsetzen
operations-tasks = Aufgaben
operations-task = Aufgabe
operations-about = Betrifft
operations-since = Seit
operations-task-close = Erledigt
operations-task-closed = Die Aufgabe ist erledigt.
operations-task-gone = Die Aufgabe war schon erledigt.
operations-task-address-taken = Ein Identitätsanbieter meldete eine Adresse, die jemand anderem gehört
operations-task-nobody-runs = Eine Organisation gehört jetzt zu einer anderen Art, und niemand dort hat eine Rolle, mit der man sie verwaltet
operations-task-last-admin = Eine Organisation hätte niemanden mehr, der sie verwaltet
operations-task-bad-record = Ein Datensatz des CRM war nicht zu verstehen
operations-task-mass-disabled = Ein Nutzerverzeichnis hat ungewöhnlich viele Personen gesperrt; die übrigen behalten den Zugang, bis Sie dies schließen
operations-task-directory-unreadable = Änderungen in einem Nutzerverzeichnis sind nicht lesbar; bis dahin wird hier niemand ausgesperrt, der dort gesperrt wird
operations-task-mass-end = Das CRM beendete ungewöhnlich viele Verträge; der Rest wartet auf Sie
operations-task-seats-exceeded = Es sind mehr Personen aktiv, als der Vertrag Plätze hat
operations-task-invitation-request = Eine im CRM gewünschte Einladung war nicht möglich
operations-task-credentials-refused = Ein Ziel lehnt unsere Zugangsdaten ab
operations-task-credential-missing = Änderungen warten auf CRM-Zugangsdaten, die jemand leiht
operations-task-dead-letters = Es gibt unzustellbare Nachrichten
operations-task-feed-unreadable = Der Änderungsstrom einer Verbindung ist seit einer Weile nicht lesbar
operations-task-crm-silent = Ein CRM ist länger nicht erreichbar, als sein letzter Stand gelten darf
operations-task-other = Etwas anzusehen: { $word }
operations-mood-working = Läuft
operations-mood-retrying = Versucht erneut
operations-mood-paused = Angehalten
operations-mood-down = Gestört
operations-age-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
operations-age-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
operations-age-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
operations-age-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tagen
}
operations-deliveries-title = Zustellungen
operations-deliveries-intro = Jede Änderung auf dem Weg zu einem anderen System, die neueste zuerst. Abgeschlossene bleiben 30 Tage.
operations-deliveries-empty = Keine Zustellungen
operations-deliveries-empty-text = Zu diesem Filter passt nichts.
operations-all-destinations = Alle Ziele
operations-all-states = Alle Zustände
operations-filter = Filter
operations-filter-show = Anzeigen
operations-pages = Seiten
operations-newest = Neueste
operations-older = Ältere
operations-change = Änderung
operations-attempts = Versuche
operations-recorded = Zeitpunkt
operations-state-waiting = Wartet
operations-state-claimed = Unterwegs
operations-state-done = Angekommen
operations-state-merged = Durch eine neuere ersetzt
operations-state-dead = Unzustellbar
operations-state-review = Zu entscheiden
operations-state-parked = Zurückgestellt
operations-state-skipped = Aufgegeben
operations-kind-membership-changed = Mitglied geändert
operations-kind-signed-in = Anmeldung
operations-kind-invitation-moved = Status der Einladung geändert
operations-kind-lead-registered = Lead registriert
operations-kind-person-stands = Zugang und Rollen einer Person
operations-kind-mail = E-Mail
operations-kind-other = Änderung ({ $word })
operations-dead-title = Unzustellbar
operations-dead-intro = Änderungen, die ohne Ihr Zutun nicht ankommen. Spätere Änderungen desselben Datensatzes warten dahinter.
operations-dead-empty = Nichts steckt fest
operations-dead-never = Bisher ist nichts fehlgeschlagen.
operations-dead-last = Letzter Fehlschlag: { $at }
operations-how-many = Anzahl
operations-cause = Ursache
operations-show-these = Diese anzeigen
operations-replay-all = Alle erneut senden
operations-replay-all-title = Unzustellbare erneut senden?
operations-replay-all-text = Jede wird gesendet wie beim ersten Mal, in der Reihenfolge der Änderungen. Was schon ankam, wird nicht doppelt angewandt.
operations-replay-all-button = { $count ->
    [one] { $count } erneut senden
   *[other] { $count } erneut senden
}
operations-replayed-all = { $count ->
    [one] { $count } unzustellbare Nachricht wird erneut gesendet.
   *[other] { $count } unzustellbare Nachrichten werden erneut gesendet.
}
operations-back = Zurück
operations-cause-gave-up = Mehr als einen halben Tag lang war kein Versuch erfolgreich
operations-help-gave-up = Sehen Sie sich die Antworten an. Wenn das andere System wieder arbeitet, senden Sie erneut.
operations-cause-worker-lost = Jeder Arbeitsprozess, der es versuchte, brach ab
operations-help-worker-lost = Das Portal endete mehrmals beim Senden. Sehen Sie im Log des Portals nach und senden Sie dann erneut.
operations-cause-unreadable = Das Gespeicherte ist nicht lesbar
operations-help-unreadable = Die gespeicherte Änderung ist beschädigt oder von anderer Version. Geben Sie sie auf und ändern Sie den Datensatz erneut.
operations-cause-mailbox = Der Mailserver lehnte den Empfänger ab
operations-help-mailbox = Die Adresse ist vermutlich falsch. Erfragen Sie die richtige und laden Sie neu ein; geben Sie diese dann auf.
operations-cause-policy = Der Mailserver lehnt unsere E-Mail nach eigener Regel ab
operations-help-policy = Lassen Sie die Domain des Absenders prüfen (SPF, DKIM, DMARC) und senden Sie dann erneut.
operations-cause-sealed = Die E-Mail lässt sich nicht entschlüsseln
operations-help-sealed = Der Schlüssel hat sich seither geändert. Geben Sie sie auf und senden Sie eine neue.
operations-cause-erased = Die E-Mail wurde schon gesendet
operations-help-erased = Ihr Inhalt ist gelöscht. Geben Sie sie auf.
operations-cause-unsendable = Die E-Mail lässt sich nicht zusammensetzen
operations-help-unsendable = Geben Sie sie auf und senden Sie eine neue. Tritt es wieder auf, melden Sie es mit der Antwort.
operations-cause-not-found = Den Datensatz gibt es nicht mehr
operations-help-not-found = Er wurde dort gelöscht oder zusammengeführt. Stellen Sie ihn wieder her und senden Sie erneut, oder geben Sie dies auf.
operations-cause-invalid-field = Das andere System nimmt einen Wert nicht an
operations-help-invalid-field = Die Antwort nennt das Feld. Berichtigen Sie dort Datensatz oder Regel und senden Sie dann erneut.
operations-cause-forbidden = Das dürfen wir dort nicht schreiben
operations-help-forbidden = Geben Sie unserem Benutzer dort das Recht und senden Sie dann erneut.
operations-cause-refused = Das andere System lehnte es ab
operations-help-refused = Die Antwort nennt den Grund. Beheben Sie ihn dort und senden Sie dann erneut.
operations-cause-needs-review = Mehr als ein Datensatz könnte gemeint sein
operations-help-needs-review = Entscheiden Sie auf der Seite Zuordnungen, welcher es ist.
operations-cause-other = Das andere System lehnte es ab ({ $word })
operations-help-other = Die Antwort nennt den Grund. Beheben Sie ihn dort und senden Sie erneut, oder geben Sie es auf.
operations-delivery-title = Zustellung
operations-delivery-card = Diese Zustellung
operations-said = Letzte Antwort
operations-next-attempt = Nächster Versuch
operations-behind = Dahinter
operations-behind-count = { $count ->
    [one] { $count } spätere Änderung desselben Datensatzes wartet
   *[other] { $count } spätere Änderungen desselben Datensatzes warten
}
operations-waits-behind = Wenn die Änderung davor abgeschlossen ist
operations-merged-into = Ersetzt durch
operations-merged-link = Die neuere Zustellung
operations-remote = Datensatz dort
operations-author = Urheber
operations-request = Anfrage
operations-told = Was gesendet wird
operations-masked = Namen und Adressen sind verdeckt.
operations-no-attempt = Noch kein Versuch.
operations-raw = Was geantwortet wurde
operations-verdict-done = Angekommen
operations-verdict-retry = Ohne Erfolg, wird wiederholt
operations-verdict-throttled = Bat um Geduld
operations-verdict-waits = Wartet auf Zugangsdaten; das zählte nicht als Versuch
operations-verdict-auth-broken = Unsere Zugangsdaten wurden abgelehnt
operations-verdict-needs-review = Mehr als ein Datensatz könnte gemeint sein
operations-verdict-rejected = Abgelehnt
operations-verdict-lost = Der Arbeitsprozess brach ab
operations-verdict-other = Unterwegs
operations-replay = Erneut senden
operations-replayed = Sie wird erneut gesendet.
operations-park = Zurückstellen
operations-parked = Sie ist zurückgestellt. Spätere Änderungen desselben Datensatzes warten.
operations-skip = Aufgeben
operations-skip-title = Diese Zustellung aufgeben?
operations-skip-text = Das andere System erfährt nie von dieser Änderung. Spätere Änderungen desselben Datensatzes gehen weiter. Das lässt sich nicht zurücknehmen.
operations-skip-button = Aufgeben
operations-skipped = Sie ist aufgegeben.
operations-not-possible = Das geht nicht mehr: Sie ist unterwegs oder abgeschlossen.
operations-problem = Es gibt ein Problem
operations-reason = Grund
operations-reason-hint = Für das Protokoll. Nennen Sie keine Personen.
operations-reason-missing = Nennen Sie den Grund
operations-pause-title = Dieses Ziel anhalten?
operations-pause-text = An { $name } wird nichts gesendet, bis jemand fortsetzt. Änderungen warten und gehen nicht verloren.
operations-paused = Das Ziel ist angehalten.
operations-resumed = Das Ziel läuft wieder.
operations-matches-title = Zuordnungen
operations-matches-intro = Mehr als ein Datensatz des anderen Systems könnte gemeint sein. Das Portal rät nicht, sondern fragt Sie.
operations-matches-empty = Nichts zu entscheiden
operations-matches-empty-text = Jede Person wurde zweifelsfrei gefunden.
operations-details = Einzelheiten
operations-choose = Dieser
operations-none-of-these = Keiner davon
operations-none-of-these-there = Ist es niemand davon, dann ändern Sie dort die Adresse des Nutzers und senden Sie die Zustellung noch einmal.
operations-create-new = Neuen Datensatz anlegen
operations-chosen = Entschieden. Es wird erneut gesendet.
operations-decide-match = Entscheiden, welcher Datensatz gemeint ist
operations-connections-title = Verbindungen
operations-connections-intro = Jedes CRM, in beiden Richtungen.
operations-adapter = Adapter
operations-audit-title = Protokoll
operations-audit-intro = Wer was wann getan hat. Die Einträge sind verkettet, damit eine nachträgliche Änderung auffällt.
operations-audit-verify = Prüfen
operations-audit-verified = { $count ->
    [one] { $count } Eintrag geprüft, alles in Ordnung.
   *[other] { $count } Einträge geprüft, alles in Ordnung.
}
operations-audit-broken = Unstimmige Stellen: { $count }. Die erste: { $chain }, Eintrag { $seq }: { $fault }
operations-fault-altered = er wurde geändert oder eingefügt
operations-fault-gap = davor fehlen Einträge
operations-fault-cut = die neuesten Einträge fehlen
operations-fault-beyond-head = am Ende kamen Einträge hinzu
operations-fault-head-altered = das Ende der Kette wurde geändert
operations-fault-missing = die Kette oder ihr Anfang wurde entfernt
operations-audit-about = Kennung einer Person, eines Ziels oder einer Organisation
operations-audit-action = Aktion, wie membership.suspended
operations-audit-what = Was
operations-audit-when = Wann
operations-audit-chain = Kette
operations-audit-empty = Keine Einträge
operations-audit-empty-text = Zu dieser Suche passt nichts.
operations-feed-read = Feed gelesen
operations-feed-age = vor { $age }
operations-feed-waiting = Datensätze, die auf andere warten
operations-feed-error = Der Feed war nicht lesbar
operations-feed-look = Jetzt nachsehen
operations-feed-looking = Das Portal sieht jetzt nach.
operations-feed-read-again = Alles neu lesen
operations-feed-read-again-done = Alles wird neu gelesen. Nur was fehlte, ändert etwas.
operations-held = Zurückgehalten
operations-held-count = { $count } Vertragsenden warten auf Sie
operations-held-title = Zurückgehaltene Vertragsenden
operations-held-intro = { $name } beendete in einer Stunde ungewöhnlich viele Verträge. Durch diese hat noch niemand Zugang verloren. Stimmt es, lassen Sie sie enden; sonst behalten Sie sie bei und fragen Sie im CRM nach.
operations-held-empty = Nichts wird zurückgehalten
operations-held-empty-text = Jedes Vertragsende ist wirksam.
operations-held-contract = Vertrag
operations-held-select = Auswahl
operations-held-select-one = { $contract } auswählen
operations-held-organization = Organisation
operations-held-becomes = Würde zu
operations-held-until = { $status }, letzter Tag { $day }
operations-held-received = Gemeldet
operations-held-selected = Ausgewählte Verträge
operations-held-end = Enden lassen
operations-held-keep = Beibehalten
operations-held-none = Nichts wurde entschieden: Nichts war ausgewählt, oder jemand war schneller.
operations-held-ended = { $count ->
    [one] { $count } Vertrag ist beendet.
   *[other] { $count } Verträge sind beendet.
}
operations-held-kept = { $count ->
    [one] { $count } Vertrag bleibt bestehen.
   *[other] { $count } Verträge bleiben bestehen.
}

# Abgleich: beide Seiten verglichen.
operations-tab-reconciliation = Abgleich
operations-reconciliation-title = Abgleich mit den CRMs
operations-reconciliation-intro = Liest beide Seiten und nennt, was nicht gleich ist. Der Abgleich ändert nichts.
operations-reconciliation-never = Nie abgeglichen
operations-reconciliation-runs = Läuft
operations-reconciliation-stands = Wartet auf das CRM
operations-reconciliation-done = Abgeglichen
operations-reconciliation-began = Begonnen
operations-reconciliation-records = Gelesene Datensätze
operations-reconciliation-count = { $found }, davon { $left } noch offen
operations-reconciliation-none = Beide Seiten stimmen überein
operations-reconciliation-none-text = Zwischen CRM und Portal unterscheidet sich nichts.
operations-reconciliation-start = Jetzt abgleichen
operations-reconciliation-show = Unterschiede zeigen
operations-reconciliation-started = Der Abgleich läuft. Sein Ergebnis erscheint hier.
operations-reconciliation-under-way = Ein Abgleich läuft bereits.
operations-reconciliation-run-title = Unterschiede
operations-reconciliation-of = { $name }, Abgleich vom { $at }
operations-reconciliation-what = Unterschied
operations-reconciliation-ours = Im Portal
operations-reconciliation-theirs = Im CRM
operations-reconciliation-owner = Wessen Wort gilt
operations-reconciliation-owner-portal = Das des Portals: das CRM erfährt es noch einmal
operations-reconciliation-owner-crm = Das des CRM: der Datensatz wird noch einmal gelesen
operations-reconciliation-owner-nobody = Niemandes: im CRM entscheiden
operations-reconciliation-missing-here = Fehlt im Portal
operations-reconciliation-missing-there = Fehlt im CRM
operations-reconciliation-differs = Weicht ab
operations-reconciliation-broken-link = Verknüpfung gerissen
operations-reconciliation-duplicate = Zwei Datensätze für ein Mitglied
operations-reconciliation-account = Firma
operations-reconciliation-contact = Kontakt
operations-reconciliation-contract = Vertrag
operations-reconciliation-membership = Mitglied
operations-reconciliation-mend = Beheben
operations-reconciliation-mend-all = Alles beheben, was sich beheben lässt
operations-reconciliation-is-mended = Behoben
operations-reconciliation-mended = Es ist behoben. Was das CRM erfährt, steht unter „Zustellungen“.
operations-reconciliation-mended-before = Es wurde schon behoben.
operations-reconciliation-not-by-us = Das lässt sich hier nicht beheben. Entscheiden Sie im CRM, welcher Datensatz stimmt, und gleichen Sie dann noch einmal ab.
operations-reconciliation-csv = Als CSV herunterladen
operations-reconciliation-first = Erste Seite
operations-reconciliation-next = Nächste Seite
operations-task-differences = Ein Abgleich fand Unterschiede zwischen CRM und Portal
operations-reconciliation-mended-all = { $count ->
    [one] Ein Unterschied wurde behoben.
   *[other] { $count } Unterschiede wurden behoben.
}

operations-tab-receipts = Belege
operations-receipts-title = Belege
operations-receipts-intro = Jedes Mal, wenn Zugang endete oder zurückkam: wie lange es dauerte, für wie viele, und ob die Verzeichnisse es wissen.
operations-receipts-empty = Noch hat kein Zugang geendet
operations-receipts-empty-text = Wenn ein Vertrag endet oder jemand gesperrt wird, steht hier der Beleg.
operations-receipts-csv = Alle als CSV
operations-receipts-json = Alle als JSON
operations-receipts-whose = Wessen Zugang
operations-receipts-what = Was geschah
operations-receipts-decided = In Kraft
operations-receipts-counted = Wie viele
operations-receipts-refused = Erste Anfrage abgewiesen
operations-receipts-directory = Verzeichnisse
operations-receipts-ended = Endete
operations-receipts-restored = Kam zurück
operations-receipts-everywhere = Überall
operations-receipts-contract = Vertrag { $number }
operations-receipts-after-heard = { $heard }, nachdem wir davon erfuhren
operations-receipts-after-crm = { $heard }, nachdem wir davon erfuhren, { $changed } nach der Änderung im CRM
operations-receipts-counts =
    { $members ->
        [one] 1 Mitglied
       *[other] { $members } Mitglieder
    }, { $sessions ->
        [one] 1 offene Sitzung
       *[other] { $sessions } offene Sitzungen
    }
operations-receipts-millis = { $count } ms
operations-receipts-seconds = { $count } s
operations-receipts-minutes = { $count } min
operations-receipts-hours = { $count } h
operations-receipts-none-needed = Keines zu unterrichten
operations-receipts-waiting =
    { $count ->
        [one] 1 wartet
       *[other] { $count } warten
    }
operations-receipts-told = Unterrichtet nach { $after }
operations-receipts-given-up = Von einer Person aufgegeben
operations-receipts-nobody = Dort ist niemand bekannt
