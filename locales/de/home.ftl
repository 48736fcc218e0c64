# Die eigenen Seiten einer angemeldeten Person: Startseite, Dienste, Warum.
home-title = Start
home-hello = Guten Tag, { $name }
home-contract = Vertrag
home-no-contract = Hier ist kein Vertrag hinterlegt.
home-roles = Ihre Rollen
home-no-roles = Sie haben noch keine Rolle. Wer das Firmenkonto verwaltet, kann Ihnen eine geben.
home-open = Sie können nutzen
home-waiting = Wartet auf Sie
home-requests = { $count ->
    [one] Eine Person möchte beitreten
   *[other] { $count } Personen möchten beitreten
  }
home-ending = { $count ->
    [one] Eine Einladung läuft innerhalb von zwei Tagen ab
   *[other] { $count } Einladungen laufen innerhalb von zwei Tagen ab
  }
home-bounced = { $count ->
    [one] Eine Einladung konnte nicht zugestellt werden
   *[other] { $count } Einladungen konnten nicht zugestellt werden
  }
home-no-way-in = Im Moment haben Sie hier keinen Zugang
home-why = Warum? Schritt für Schritt
home-services = Ihre Dienste
home-members = Personen und Einladungen
home-consoles = Ihre Arbeit
home-console-open = Öffnen
home-sales = Firmen
home-sales-text = Eine Firma finden, ihren Vertrag und ihre Personen sehen, jemanden einladen.
home-registrations = Registrierungen
home-registrations-text = Personen, die Zugang möchten, und was das CRM über sie weiß.
home-operations = Betrieb
home-operations-text = Was an andere Systeme geht, was feststeckt und wer was geändert hat.
home-nowhere-title = Sie gehören hier noch zu keiner Firma
home-nowhere-text = Sind Sie eingeladen? Dann öffnen Sie den Link in der E-Mail noch einmal. Wenn Sie niemand eingeladen hat, registrieren Sie sich mit der Vertragsnummer Ihrer Firma.
home-register = Registrieren

services-title = Dienste
services-intro = Was Sie für jede Firma nutzen können und warum etwas fehlt.
services-open = Für Sie verfügbar
services-reading = Nur zum Lesen
services-closed = Für Sie nicht verfügbar
services-go = Zu { $service }
services-ask = Eine passende Rolle bekommen Sie von: { $names }.
services-own-roles = Sie verwalten dieses Firmenkonto: eigene Rollen ändern
services-why = Ihr Zugang für { $organization }, Schritt für Schritt erklärt
services-none-title = Noch keine Dienste
services-none-text = Dienste erscheinen hier, sobald Sie zu einer Firma gehören.
services-home = Zur Startseite

why-title = Ihr Zugang, Schritt für Schritt
why-intro = Vier Bedingungen entscheiden über jeden Zugriff: Ihr Konto, Ihre Mitgliedschaft, der Vertrag, Ihre Rolle. Alle vier müssen erfüllt sein.
why-title-of = Zugang von { $name }, Schritt für Schritt
why-intro-of = Vier Bedingungen entscheiden über jede Anfrage von { $name }: das Konto, die Mitgliedschaft, der Vertrag, die Rolle. Alle vier müssen erfüllt sein.
why-none-of = { $name } gehört hier zu keiner Firma.
why-mended-by-admin = Wer das Konto von { $organization } verwaltet, kann das ändern.
why-mended-by-sales = { $brand } kann das ändern: Es hängt davon ab, was mit der Firma vereinbart ist.
why-mended-by-operator = Nur { $brand } kann das ändern.
why-mended-by-itself = Das endet von selbst, sobald die Kundendaten erreichbar sind.
why-application-roles = Beim Dienst heißt das: { $roles }
why-of = Warum? Zugang von { $name }
why-yes = Das können Sie nutzen
why-no = Das können Sie nicht nutzen
why-yes-of = Kann das nutzen
why-no-of = Kann das nicht nutzen
why-reading = Nur zum Lesen.
why-person = Konto
why-membership = Mitgliedschaft
why-contract = Vertrag
why-role = Rolle
why-not-asked = Nicht geprüft, weil zuerst der Vertrag entscheidet.
why-none-title = Hier gibt es noch nichts zu erklären
why-none-text = Sie gehören hier noch zu keiner Firma.
home-seats = Plätze
home-seats-of = { $taken } von { $limit } belegt
home-seats-any = { $taken } belegt, beliebig viele erlaubt
