# Was die eingeladene Person sieht.
invitation-title = Sie sind eingeladen
invitation-lead = { $inviter } von { $company } lädt { $email } ein, das Portal von { $brand } für { $organization } zu nutzen.
invitation-lead-lead = { $inviter } von { $company } lädt { $email } ein, das Portal von { $brand } kennenzulernen.
invitation-note = { $inviter } schreibt:
invitation-given = Was Sie tun können
invitation-until = Gültig bis
invitation-contact = Fragen
invitation-continue = Weiter
invitation-continue-next = Als Nächstes melden Sie sich als { $email } an oder legen ein Konto für diese Adresse an. Angenommen wird erst etwas, wenn Sie zustimmen.
invitation-not-me = Das bin ich nicht
invitation-you = Sie sind angemeldet als { $email }.
invitation-you-allowed = Sie sind angemeldet als { $email }. { $name }, Sie können mit dieser Adresse annehmen.
invitation-accept = Einladung annehmen
invitation-decline = Ablehnen
invitation-switch = Anderes Konto verwenden
invitation-open-portal = Portal öffnen
invitation-sign-in = Anmelden
invitation-no-address = Keine Adresse

invitation-other-title = Diese Einladung gilt einer anderen Adresse
invitation-other-text = Sie sind mit einer anderen angemeldet. Es geht nichts verloren: Die Einladung bleibt, wie sie ist.
invitation-two-invited = Eingeladen
invitation-two-you = Sie sind angemeldet als
invitation-ask-other = { $inviter } bitten, meine Adresse zuzulassen
invitation-other-next = Die Einladung gilt bis { $until }.
invitation-asked-other = Wir haben gefragt. Lautet die Antwort Ja, kommt eine Einladung an Ihre eigene Adresse.
invitation-asked-other-before = Die Frage ist schon gestellt. Warten Sie auf die Antwort, oder rufen Sie an.

invitation-unverified-title = Ihre Adresse ist nicht bestätigt
invitation-unverified-text = Der Dienst, mit dem Sie sich angemeldet haben, bestätigt nicht, dass diese Adresse Ihnen gehört. Bestätigen Sie sie dort und melden Sie sich noch einmal an, oder verwenden Sie ein anderes Konto.

invitation-member-title = Sie gehören schon zu { $organization }
invitation-member-text = Sie brauchen keine Einladung zu { $organization }: Sie sind schon Mitglied.
invitation-suspended-title = Ihr Zugang für { $organization } ist gesperrt
invitation-suspended-text = Eine Einladung ändert daran nichts. Wer { $organization } verwaltet, kann die Sperre aufheben.

invitation-expired-title = Diese Einladung ist abgelaufen
invitation-expired-text = Die Einladung für { $organization } ist am { $at } abgelaufen.
invitation-expired-ask = Sie können um eine neue bitten. Wir sagen dann der Person Bescheid, die Sie eingeladen hat.
invitation-expired-asked = Sie haben am { $at } um eine neue gebeten. Die Person, die Sie eingeladen hat, weiß Bescheid.
invitation-ask-again = Um neue Einladung bitten
invitation-asked-again = Wir haben der Person Bescheid gesagt, die Sie eingeladen hat. Eine neue Einladung kommt per E-Mail.
invitation-replaced-title = Es gibt eine neuere Einladung
invitation-replaced-text = Dieser Link wurde am { $at } durch einen neueren ersetzt. Suchen Sie die neueste E-Mail zu { $organization }.
invitation-revoked-title = Diese Einladung wurde zurückgezogen
invitation-revoked-text = Die Einladung für { $organization } wurde am { $at } zurückgezogen. Kommt das unerwartet, fragen Sie nach.
invitation-declined-title = Diese Einladung wurde abgelehnt
invitation-declined-text = Die Einladung für { $organization } wurde am { $at } abgelehnt. War das ein Versehen, bitten Sie um eine neue.
invitation-superseded-title = Eine andere Einladung ist an ihre Stelle getreten
invitation-superseded-text = Am { $at } wurde stattdessen eine andere Adresse zu { $organization } eingeladen. Die E-Mail liegt in jenem Postfach.
invitation-used-title = Diese Einladung wurde schon angenommen
invitation-used-text = Die Einladung für { $organization } wurde am { $at } angenommen. Waren Sie das, melden Sie sich an.
invitation-used-by-you-title = Sie haben diese Einladung angenommen
invitation-used-by-you-text = Sie gehören seit { $at } zu { $organization }.
invitation-unknown-title = Dieser Link funktioniert nicht
invitation-unknown-text = Vielleicht ist die Adresse unvollständig: Mailprogramme brechen lange Links manchmal um. Öffnen Sie den Link noch einmal aus der E-Mail, oder kopieren Sie ihn ganz.
invitation-none-title = Hier ist keine Einladung geöffnet
invitation-none-text = Öffnen Sie den Link aus der Einladung in diesem Browser.

invitation-decline-title = Einladung ablehnen?
invitation-decline-text = { $inviter } erfährt, dass Sie das Portal für { $organization } nicht nutzen möchten. Der Link funktioniert dann nicht mehr.
invitation-decline-back = Zurück
invitation-declined-done = Sie haben die Einladung abgelehnt.
invitation-forgotten-title = Dann müssen Sie nichts tun
invitation-forgotten-text = Die Einladung ist in diesem Browser nicht mehr geöffnet. Ohne Anmeldung geschieht nichts, und die Einladung endet von selbst.
invitation-forgotten-tell = Kam die E-Mail aus Versehen zu Ihnen, sagen Sie der Person Bescheid, die sie gesendet hat.

invitation-joined = Willkommen. Sie gehören jetzt zu { $organization }.
invitation-refused-no-seat = Alle Plätze des Vertrags sind belegt, deshalb können Sie noch nicht beitreten. Fragen Sie die Person, die Sie eingeladen hat. Die Einladung bleibt gültig.
invitation-refused-roles-gone = Die Person, die Sie eingeladen hat, darf diese Rollen nicht mehr geben. Bitten Sie die Organisation um eine neue Einladung.
invitation-refused-suspended-person = Ihr Konto in diesem Portal ist gesperrt. Schreiben Sie uns, wenn das ein Irrtum ist.
invitation-refused-address-in-use = Ihre Adresse gehört jemandem, der sich hier mit einem anderen Konto anmeldet. Schreiben Sie uns, dann sehen wir es uns an.

# Was die Verwaltung sieht.
invitations-new-title = Personen einladen
invitations-new-intro = Jede Person bekommt eine E-Mail mit einem eigenen Link und entscheidet selbst, ob sie annimmt.
invitations-people = Wen möchten Sie einladen?
invitations-people-hint = Eine Adresse je Zeile. Namen dürfen dabeistehen: Kim Beispiel <kim@kunde.example>. Kopierte Zellen aus einer Tabelle funktionieren auch.
invitations-people-missing = Geben Sie mindestens eine E-Mail-Adresse ein
invitations-people-wrong = Geben Sie eine E-Mail-Adresse im richtigen Format ein, wie name@example.com
invitations-people-too-many = Die Liste darf höchstens { $limit } Adressen haben
invitations-roles = Rollen
invitations-roles-hint = Alle auf der Liste bekommen dieselben Rollen. Sie können sie später ändern.
invitations-roles-none = Wählen Sie mindestens eine Rolle
invitations-roles-unknown = Wählen Sie Rollen aus der Liste
invitations-roles-above = Die Rolle „{ $role }“ dürfen Sie mit dieser Einladung nicht geben
invitations-role-can = Darf
invitations-role-cannot = Darf nicht
invitations-role-not-in-contract = Nicht Teil Ihres Vertrags. Fragen Sie Ihren Lieferanten, wenn Sie sie brauchen.
invitations-language = Sprache der E-Mail
invitations-language-hint = Im Portal kann jede Person eine andere Sprache wählen.
invitations-language-usual = Die übliche Sprache des Portals
invitations-note = Nachricht
invitations-note-hint = Sie steht in der E-Mail und auf der Seite der Einladung.
invitations-note-too-long = Die Nachricht darf höchstens { $limit } Zeichen haben
invitations-optional = optional
invitations-seats = { $taken } von { $limit } Plätzen des Vertrags sind belegt{ $promised ->
    [0] .
    [one] , ein weiterer ist durch eine offene Einladung zugesagt.
   *[other] , { $promised } weitere sind durch offene Einladungen zugesagt.
  }
invitations-check = Vor dem Senden prüfen
invitations-cancel = Abbrechen

invitations-preview-title = Vor dem Senden prüfen
invitations-preview-intro =
    { $sendable ->
        [0] Aus dieser Liste kann niemand eingeladen werden. Es wurde nichts gesendet.
        [one] Eine Person wird eingeladen{ $others ->
            [0] .
           *[other] , { $others } nicht.
        } Noch wurde nichts gesendet.
       *[other] { $sendable } Personen werden eingeladen{ $others ->
            [0] .
           *[other] , { $others } nicht.
        } Noch wurde nichts gesendet.
    }
invitations-preview-caption = Adressen und was mit ihnen geschieht
invitations-preview-send =
    { $count ->
        [one] Einladung senden
       *[other] { $count } Einladungen senden
    }
invitations-change = Ändern
invitations-address = Adresse
invitations-result = Ergebnis
invitations-explanation = Was es bedeutet
invitations-line = Zeile { $line }
invitations-open = Einladung öffnen
invitations-sent-title = Einladungen gesendet
invitations-sent-intro =
    { $sent ->
        [0] Niemand wurde eingeladen.
        [one] Eine Einladung ist unterwegs.
       *[other] { $sent } Einladungen sind unterwegs.
    } { $others ->
        [0] { "" }
        [one] Eine wurde nicht gesendet.
       *[other] { $others } wurden nicht gesendet.
    }
invitations-sent-caption = Adressen und was mit ihnen geschehen ist
invitations-sent-one = { $name } ist eingeladen. Die E-Mail ist unterwegs.
invitations-row-sent = Eingeladen
invitations-row-sent-text = Die E-Mail ist unterwegs.
invitations-to-members = Zu den Personen
invitations-more = Weitere einladen

invitations-class-ready = Bereit
invitations-class-ready-text = Kann eingeladen werden.
invitations-class-webmail = Öffentlicher Maildienst
invitations-class-webmail-text = Kann eingeladen werden. Nehmen Sie eine Firmenadresse, wenn es eine gibt.
invitations-class-malformed = Keine Adresse
invitations-class-malformed-text = Geben Sie eine E-Mail-Adresse im richtigen Format ein, wie name@example.com.
invitations-class-repeated = Doppelt in der Liste
invitations-class-repeated-text = Steht schon weiter oben.
invitations-class-already-member = Schon Mitglied
invitations-class-already-member-text = Gehört schon zur Organisation. Rollen ändern Sie in der Liste der Personen.
invitations-class-suspended-member = Gesperrt
invitations-class-suspended-member-text = Ist ein gesperrtes Mitglied. Heben Sie stattdessen die Sperre in der Liste der Personen auf.
invitations-class-already-invited = Schon eingeladen
invitations-class-already-invited-text = Wurde am { $at } eingeladen und hat noch nicht geantwortet. Sie können diese Einladung noch einmal senden.
invitations-class-no-contract = Kein Vertrag
invitations-class-no-contract-text = Die Organisation hat keinen Vertrag, der Zugang zum Portal gibt.
invitations-class-no-seat = Kein Platz frei
invitations-class-no-seat-text = Der Vertrag hat { $seats } Plätze. Alle sind vergeben, { $promised } davon an Eingeladene. Entfernen Sie zuerst jemanden, oder ziehen Sie eine Einladung zurück.
invitations-class-opted-out = Möchte keine E-Mails
invitations-class-opted-out-text = Diese Person hat uns gebeten, keine E-Mails zu senden.
invitations-class-address-limit = Heute zu oft
invitations-class-address-limit-text = An diese Adresse gingen heute schon so viele Einladungen, wie erlaubt sind. Versuchen Sie es morgen wieder.
invitations-class-inviter-limit = Ihr Tageslimit ist erreicht
invitations-class-inviter-limit-text = Sie haben heute schon so viele Einladungen gesendet, wie erlaubt sind. Versuchen Sie es morgen wieder.

invitations-state-queued = Unterwegs
invitations-state-retrying = E-Mail verzögert
invitations-state-sent = Gesendet
invitations-state-opened = Geöffnet
invitations-state-bounced = Nicht zugestellt
invitations-state-redeemed = Angenommen
invitations-state-declined = Abgelehnt
invitations-state-revoked = Zurückgezogen
invitations-state-expired = Abgelaufen
invitations-state-superseded = Ersetzt

invitations-crumbs = Sie sind hier
invitations-one-title = Einladung für { $name }
invitations-timeline = Verlauf
invitations-details = Einzelheiten
invitations-inviter = Eingeladen von
invitations-until = Gültig bis
invitations-step-created = Eingeladen von { $name }
invitations-step-renewed = Neuer Link erzeugt; der vorige gilt nicht mehr
invitations-step-reminded = Erinnert; beide Links funktionieren
invitations-step-queued = Die E-Mail wartet auf den Versand
invitations-step-retrying = Die E-Mail konnte noch nicht übergeben werden; wir versuchen es weiter
invitations-step-accepted = E-Mail vom Mailserver angenommen
invitations-step-handed-over = Link kopiert, um ihn weiterzugeben
invitations-step-bounced = Die E-Mail konnte nicht zugestellt werden
invitations-step-opened = Von einem Menschen geöffnet
invitations-step-not-opened = Noch nicht geöffnet
invitations-step-redeemed = Angenommen von { $name }
invitations-step-not-redeemed = Noch nicht angenommen
invitations-step-declined = Abgelehnt von { $name }
invitations-step-revoked = Zurückgezogen
invitations-step-expired = Abgelaufen
invitations-step-superseded = Stattdessen wurde eine andere Adresse eingeladen
invitations-delivery-title = Die E-Mail ist nicht angekommen
invitations-delivery-retrying = Der Mailserver hat die E-Mail noch nicht angenommen: { $reason }. Wir versuchen es weiter. Sie können auch einen Link kopieren und weitergeben.
invitations-delivery-bounced = Der Mailserver hat die E-Mail abgelehnt: { $reason }. Prüfen Sie die Adresse, oder kopieren Sie einen Link und geben ihn weiter.
invitations-other-title = Jemand möchte eine andere Adresse verwenden
invitations-other-text = { $name } hat sich als { $email } angemeldet und am { $at } darum gebeten, mit dieser Adresse anzunehmen. Fragen Sie zuerst nach, ob es die gemeinte Person ist. Der neue Link geht per E-Mail dorthin.
invitations-other-button = Stattdessen { $email } einladen
invitations-resend = Noch einmal senden
invitations-resend-wait = Sie können sie ab { $at } noch einmal senden.
invitations-resent = Die Einladung an { $name } ist noch einmal unterwegs. Der Link in der früheren E-Mail funktioniert nicht mehr.
invitations-over = Diese Einladung ist nicht mehr offen. Es wurde nichts geändert.
invitations-anew = Neu einladen
invitations-link = Link kopieren
invitations-link-title = Neuen Link erzeugen?
invitations-link-text = Sie bekommen einen Link für { $name }, den Sie selbst weitergeben, zum Beispiel im Chat. Der Link in der E-Mail funktioniert dann nicht mehr.
invitations-link-safe = Er funktioniert nur für die Person, die sich als { $email } anmeldet.
invitations-link-make = Neuen Link erzeugen
invitations-link-made-title = Der neue Link
invitations-link-made-text = Geben Sie ihn an { $name } weiter. Er gilt bis { $until }.
invitations-link-label = Link
invitations-link-copy = Kopieren
invitations-link-once = Er wird nur hier und nur jetzt gezeigt. Wird er noch einmal gebraucht, erzeugen Sie einen neuen.
invitations-revoke = Zurückziehen
invitations-revoke-title = Einladung für { $name } zurückziehen?
invitations-revoke-text = Der Link funktioniert dann nicht mehr. { $name } bekommt darüber keine E-Mail. Sie können jederzeit neu einladen.
invitations-revoked = Die Einladung für { $name } ist zurückgezogen.
invitations-question-back = Zurück
