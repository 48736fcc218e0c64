# Die Vertriebskonsole.
sales-title = Vertrieb
sales-filter = Filter
sales-filter-apply = Anwenden
sales-filter-clear = Filter zurücksetzen
sales-no-match-text = Versuchen Sie es mit weniger Buchstaben, oder setzen Sie den Filter zurück.
sales-pages = Seiten
sales-first-page = Erste Seite
sales-previous-page = Vorige Seite
sales-next-page = Nächste Seite
sales-actions = Aktionen
sales-optional = optional
sales-cancel = Abbrechen

sales-accounts-title = Firmen
sales-accounts-intro = Die Firmen aus Ihrem CRM und was ihre Verträge erlauben.
sales-accounts-search = Name oder Nummer
sales-accounts-no-match = Keine Firma gefunden
sales-accounts-none = Noch keine Firmen
sales-accounts-none-text = Sie erscheinen hier, sobald das CRM sie gemeldet hat.
sales-account = Firma
sales-number = Nummer
sales-about = Angaben
sales-kind = Art
sales-kind-customer = Kunde
sales-kind-prospect = Interessent
sales-kind-partner = Partner
sales-kind-vendor = Lieferant
sales-kind-contractor = Auftragnehmer
sales-all-kinds = Jede Art
sales-owner = Zuständig
sales-all-owners = Alle
sales-mine = Ich

sales-contract = Vertrag
sales-standing-none = Kein Vertrag
sales-standing-active = Gilt
sales-standing-active-until = Gilt bis { $day }
sales-standing-grace = Beendet, Nachfrist bis { $day }
sales-standing-suspended = Ruht
sales-standing-ended = Beendet am { $day }
sales-standing-later = Beginnt am { $day }
sales-standing-draft = Noch nicht vereinbart
sales-contract-seats = { $seats ->
    [one] 1 Platz
   *[other] { $seats } Plätze
}
sales-contract-any-seats = Beliebig viele Plätze
sales-seats = { $taken } von { $limit } Plätzen belegt
sales-seats-any = { $taken ->
    [0] Noch niemand hat Zugang
    [one] 1 Person hat Zugang
   *[other] { $taken } Personen haben Zugang
}
sales-seats-full = Kein Platz frei

sales-contacts = Kontakte
sales-contact = Kontakt
sales-contacts-search = Name oder Adresse eines Kontakts
sales-contacts-none = Keine Kontakte
sales-contacts-none-text = Das CRM hat keinen Kontakt zu dieser Firma. Sie können jede Adresse einladen.
sales-contacts-no-match = Kein Kontakt gefunden
sales-portal = Im Portal
sales-portal-member = Mitglied
sales-portal-suspended = Gesperrt
sales-portal-invited = Eingeladen
sales-portal-bounced = E-Mail nicht zugestellt
sales-portal-not-yet = Noch nicht
sales-opted-out = Möchte keine E-Mail
sales-no-address = Keine gültige Adresse
sales-members = Personen im Portal
sales-members-none = Noch niemand. Laden Sie zuerst die Person ein, die das Konto verwalten wird.
sales-members-more = Und weitere.
sales-admin = Verwaltet das Konto
sales-no-admin = Niemand verwaltet das Konto

sales-leads-title = Leads
sales-leads-intro = Personen aus Firmen ohne Vertrag. Eine Einladung gibt ihnen einen ersten Einblick.
sales-leads-search = Name, Adresse oder Firma
sales-leads-none = Keine Leads
sales-leads-none-text = Sie erscheinen hier, sobald das CRM sie gemeldet hat oder sich jemand als neue Firma registriert.
sales-leads-no-match = Kein Lead gefunden
sales-name = Name
sales-company = Firma

sales-invite = Einladen
sales-invite-address = Eine Adresse einladen
sales-invite-title = Jemanden einladen
sales-invite-lead-title = Einen Lead einladen
sales-see-invitation = Einladung ansehen
sales-email = E-Mail-Adresse
sales-email-fixed = Wie im CRM. Ändern Sie sie dort, wenn sie falsch ist.
sales-email-empty = Geben Sie eine E-Mail-Adresse ein
sales-email-wrong = Geben Sie eine E-Mail-Adresse im richtigen Format ein, wie name@example.com
sales-invitee-name = Name
sales-language = Sprache der E-Mail
sales-language-hint = Die E-Mail wird in dieser Sprache geschrieben.
sales-language-empty = Wählen Sie die Sprache der E-Mail
sales-roles = Was wird diese Person tun?
sales-roles-hint = Wählen Sie mindestens eine Rolle. Wer die Firma im Portal verwaltet, kann es später ändern.
sales-roles-empty = Wählen Sie mindestens eine Rolle
sales-roles-wrong = Eine dieser Rollen kann hier nicht mehr vergeben werden. Wählen Sie andere
sales-roles-none = Keine Rolle dieser Art ist eingerichtet. Wenden Sie sich an den Betrieb des Portals.
sales-role-can = Darf
sales-role-cannot = Darf nicht
sales-note = Persönliche Nachricht
sales-note-hint = Sie steht in der E-Mail über der Schaltfläche.
sales-note-long = Die persönliche Nachricht darf höchstens 1000 Zeichen haben
sales-preview = Die E-Mail
sales-preview-button = Prüfen und ansehen
sales-send = Einladung senden
sales-invited = Die Einladung an { $email } ist unterwegs.

sales-preflight = Vor dem Senden
sales-preflight-ready = Diese Adresse kann eingeladen werden.
sales-preflight-webmail = Das ist eine Adresse bei einem öffentlichen Maildienst. Sie kann eingeladen werden, sagt aber nichts über die Firma.
sales-preflight-malformed = Das ist keine E-Mail-Adresse.
sales-preflight-repeated = Diese Adresse ist doppelt aufgeführt.
sales-preflight-already-member = Diese Adresse gehört schon einem Mitglied.
sales-preflight-suspended-member = Diese Adresse gehört einem gesperrten Mitglied. Wer die Firma verwaltet, kann die Sperre aufheben.
sales-preflight-already-invited = Diese Adresse wurde am { $at } eingeladen, und die Einladung ist noch offen.
sales-preflight-no-contract = Die Firma hat keinen Vertrag, der Zugang gibt.
sales-preflight-no-seat = Alle { $seats } Plätze sind belegt oder zugesagt, { $promised } davon durch offene Einladungen.
sales-preflight-opted-out = Das CRM sagt, dass diese Person keine E-Mail möchte.
sales-preflight-address-limit = An diese Adresse gingen heute schon so viele Einladungen, wie erlaubt sind.
sales-preflight-inviter-limit = Sie haben heute schon so viele Einladungen gesendet, wie erlaubt sind.

sales-invitations-title = Einladungen
sales-invitations-intro = Der Stand jeder Einladung.
sales-invitations-search = Name, Adresse oder Firma
sales-invitations-no-match = Keine Einladung gefunden
sales-invitations-none = Noch keine Einladung
sales-invitations-none-text = Wählen Sie eine Firma und laden Sie einen ihrer Kontakte ein.
sales-invitations-all = Alle Einladungen dieser Firma
sales-invitations-of = Nur Einladungen von { $name }.
sales-invitations-everybody = Alle zeigen
sales-invitee = Eingeladen
sales-inviter = Eingeladen von
sales-all-inviters = Allen
sales-sent-by-me = Mir
sales-made = Erstellt
sales-state = Status
sales-all-states = Jeder Status
sales-state-queued = Unterwegs
sales-state-sent = Gesendet
sales-state-opened = Geöffnet
sales-state-bounced = Nicht zugestellt
sales-state-redeemed = Angenommen
sales-state-declined = Abgelehnt
sales-state-revoked = Zurückgezogen
sales-state-expired = Abgelaufen
sales-state-superseded = Ersetzt
sales-funnel = Die letzten 30 Tage
sales-funnel-made = Eingeladen
sales-funnel-sent = Gesendet
sales-funnel-opened = Von einem Menschen geöffnet
sales-funnel-redeemed = Angenommen
sales-funnel-note = Höchstens die neuesten { $limit } Einladungen.
sales-funnel-bounced = { $count ->
    [one] Eine E-Mail konnte nicht zugestellt werden.
   *[other] { $count } E-Mails konnten nicht zugestellt werden.
}

sales-timeline = Verlauf
sales-step-created = Eingeladen
sales-step-renewed = Neuer Link erzeugt; der alte gilt nicht mehr
sales-step-reminded = Erinnert; beide Links gelten
sales-step-queued = E-Mail unterwegs
sales-step-accepted = Vom Mailserver angenommen
sales-step-handed-over = Link weitergegeben
sales-step-bounced = E-Mail nicht zugestellt
sales-step-opened = Von einem Menschen geöffnet
sales-step-redeemed = Angenommen
sales-step-declined = Abgelehnt
sales-step-revoked = Zurückgezogen
sales-step-expired = Abgelaufen
sales-step-superseded = Durch eine andere Einladung ersetzt
sales-about-invitation = Die Einladung
sales-roles-offered = Angeboten
sales-expires = Gültig bis
sales-more = Weitere Aktionen
sales-resend = Erneut senden
sales-resent = Die Einladung wird mit einem neuen Link erneut gesendet. Der alte Link gilt nicht mehr.
sales-too-soon = Die letzte E-Mail ging gerade erst hinaus. Sie können sie ab { $at } erneut senden.
sales-over = Diese Einladung ist nicht mehr offen. Laden Sie die Person neu ein.
sales-revoke = Zurückziehen
sales-revoke-text = Der Link gilt sofort nicht mehr.
sales-revoked = Die Einladung wurde zurückgezogen.
sales-make-link = Link zum Weitergeben erzeugen
sales-make-link-text = Für ein Telefonat oder einen Chat. Der Link in der E-Mail gilt dann nicht mehr.
sales-new-link = Neuer Link
sales-new-link-text = Er wird nur jetzt gezeigt und gilt nur für die eingeladene Adresse.
sales-copy = Kopieren
sales-other-title = Jemand möchte eine andere Adresse verwenden
sales-other-text = { $email } hat am { $at } gebeten, diese Einladung nutzen zu dürfen. Prüfen Sie zuerst, ob es die gemeinte Person ist.
sales-other-invite = Diese Adresse stattdessen einladen
