# Der Rahmen jeder Seite: Titelvorsatz, Kopfleiste, Menüs, Fußzeile.
layout-error-title = Fehler:
layout-skip = Zum Hauptinhalt springen
layout-menu = Menü öffnen
layout-navigation = Hauptmenü
layout-organization = Organisation
layout-organization-switch = Organisation wechseln
layout-your-account = Ihr Konto
layout-profile = Profil
layout-sessions = Angemeldete Geräte
layout-sign-in = Anmelden
layout-sign-out = Abmelden
layout-help = Hilfe und Kontakt
layout-copied = Kopiert
layout-demo-label = Demo
layout-demo-text = Dies ist eine Demo mit erfundenen Personen und Firmen.
layout-demo-mail = Postfach öffnen
layout-demo-crm = CRM öffnen
