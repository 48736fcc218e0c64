# Briefe. Jeder Text eines Briefs kennt $brand, $support und die eigenen Werte des Briefs.
mail-greeting = Guten Tag { $name },
mail-greeting-plain = Guten Tag,
mail-contact = Fragen? Schreiben Sie an { $support }.
mail-link-shown = Die Schaltfläche führt zu:
mail-unexpected = Haben Sie das nicht erwartet?
mail-person = Person
mail-address = Adresse
mail-organization = Organisation
mail-company = Firma
mail-reference = Referenz
mail-message = Nachricht:
mail-reason-admin = Sie erhalten dies, weil Sie das Konto von { $organization } bei { $brand } verwalten.
mail-reason-lender = Sie erhalten dies, weil Sie dem Portal von { $brand } Ihre CRM-Zugangsdaten leihen dürfen.
mail-reason-operator = Sie erhalten dies, weil Sie das Portal von { $brand } betreiben.
mail-reason-member = Sie erhalten dies, weil Sie bei { $brand } zu { $organization } gehören.
mail-reason-applicant = Sie erhalten dies, weil sich jemand mit Ihrer Adresse bei { $brand } registriert hat.

mail-invitation-subject = { $reminder ->
    [yes] Erinnerung: { $inviter } lädt Sie zu { $brand } ein
   *[no] { $inviter } lädt Sie zu { $brand } ein
}
mail-invitation-heading = Sie sind eingeladen
mail-invitation-preview = { $inviter } lädt Sie für { $organization } ein. Gültig bis { $until }.
mail-invitation-intro = { $inviter } lädt Sie ein, das Portal von { $brand } für { $organization } zu nutzen.
mail-invitation-intro-company = { $inviter } von { $company } lädt Sie ein, das Portal von { $brand } für { $organization } zu nutzen.
mail-invitation-intro-lead = { $inviter } lädt Sie ein, das Portal von { $brand } kennenzulernen.
mail-invitation-intro-lead-company = { $inviter } von { $company } lädt Sie ein, das Portal von { $brand } kennenzulernen.
mail-invitation-reminder = Sie haben noch nicht geantwortet.
mail-invitation-note = { $inviter } schreibt:
mail-invitation-roles = Was Sie tun können:
mail-invitation-until = Die Einladung gilt bis { $until }.
mail-invitation-button = Einladung ansehen
mail-invitation-sign-in = Mit dem Öffnen des Links nehmen Sie nichts an: Sie entscheiden auf der Seite. Melden Sie sich dann mit { $email } an.
mail-invitation-ask = Fragen zur Einladung? { $inviter }, { $asked }
mail-invitation-ask-phone = Fragen zur Einladung? { $inviter }, { $asked }, { $phone }
mail-invitation-unexpected = Sie müssen nichts tun: Die Einladung endet von selbst. Wenn Sie { $inviter } nicht kennen, schreiben Sie an { $support }.
mail-invitation-reason = Sie erhalten dies, weil { $inviter } die Adresse { $email } zu { $brand } eingeladen hat.

mail-join-request-subject = { $applicant } möchte zu { $organization } gehören
mail-join-request-heading = Eine Beitrittsanfrage
mail-join-request-intro = { $applicant } möchte zu { $organization } gehören und wartet auf Ihre Entscheidung.
mail-join-request-what-next = Nehmen Sie nur Personen an, die Sie kennen. Vor Ihrer Entscheidung hat niemand Zugang.
mail-join-request-button = Entscheiden

mail-last-admin-subject = { $organization } hätte niemanden mehr, der das Firmenkonto verwaltet
mail-last-admin-heading = Das Firmenkonto braucht jemanden, der es verwaltet
mail-last-admin-intro = Eine Änderung im CRM, in einem Nutzerverzeichnis oder ein Datum hätte den Zugang von { $person } beendet. Niemand sonst verwaltet { $organization }; deshalb hat das Portal den Zugang erhalten.
mail-last-admin-what-next = Vereinbaren Sie mit dem Kunden, wer künftig verwaltet, und beenden Sie dann den alten Zugang.
mail-last-admin-button = Betrieb öffnen
mail-operator-news-subject = Das Portal von { $brand } braucht Sie: { $count } neu
mail-operator-news-heading = Das Portal braucht Sie
mail-operator-news-intro = Das kam seit der letzten Nachricht hinzu, und allein kann das Portal es nicht beheben:
mail-operator-news-button = Betrieb öffnen
mail-operator-news-pause = Eine Nachricht nennt alles Neue; die nächste kommt, wenn wieder etwas neu ist.

mail-membership-suspended-subject = Ihr Zugang für { $organization } ist gesperrt
mail-membership-suspended-heading = Ihr Zugang ist gesperrt
mail-membership-suspended-intro = Ihr Zugang zum Portal von { $brand } für { $organization } wurde gesperrt. Ihre Daten bleiben erhalten.
mail-membership-suspended-what-next = Wer { $organization } verwaltet, kann die Sperre aufheben. Wenn Sie einen Irrtum vermuten, fragen Sie zuerst dort.

mail-registration-approved-subject = Willkommen bei { $brand }
mail-registration-approved-heading = Sie haben jetzt Zugang
mail-registration-approved-intro = Ihre Registrierung wurde angenommen. Sie können das Portal jetzt für { $organization } nutzen.
mail-registration-approved-what-next = Melden Sie sich mit dem Konto an, mit dem Sie sich registriert haben.
mail-registration-approved-button = Portal öffnen

mail-registration-declined-subject = Ihre Registrierung bei { $brand }
mail-registration-declined-heading = Ihre Registrierung wurde nicht angenommen
mail-registration-declined-intro = Wir konnten Ihre Registrierung für { $company } nicht annehmen.
mail-registration-declined-what-next = Wenn Sie einen Irrtum vermuten, schreiben Sie an { $support } und nennen Sie die Referenz.

mail-registration-received-subject = Wir haben Ihre Registrierung bei { $brand } erhalten
mail-registration-received-heading = Wir haben Ihre Registrierung erhalten
mail-registration-received-intro = Vielen Dank. Ihre Registrierung für { $company } ist eingegangen.
mail-registration-received-what-next = Sie wird jetzt geprüft, und Sie erhalten eine weitere E-Mail mit der Entscheidung. Sie müssen nichts tun. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren: Ohne Anmeldung geschieht nichts.

mail-invitation-news-subject = { $subject }
mail-invitation-news-reason = Sie erhalten diese Nachricht, weil Sie bei { $brand } Personen für { $organization } eingeladen haben.
mail-invitation-news-button = Einladung öffnen
mail-invitation-news-invited = Eingeladen
mail-invitation-news-from = Anfrage von
mail-invitation-joined-subject = { $invitee } gehört jetzt zu { $organization }
mail-invitation-joined-heading = Ihre Einladung wurde angenommen
mail-invitation-joined-intro = { $invitee } hat Ihre Einladung angenommen und gehört jetzt zu { $organization }.
mail-invitation-joined-what-next = Sie müssen nichts tun. Rollen lassen sich jederzeit ändern.
mail-invitation-declined-subject = { $invitee } hat Ihre Einladung abgelehnt
mail-invitation-declined-heading = Ihre Einladung wurde abgelehnt
mail-invitation-declined-intro = { $invitee } möchte das Portal für { $organization } nicht nutzen.
mail-invitation-declined-what-next = Von selbst geschieht nichts weiter. War es ein Versehen, laden Sie noch einmal ein.
mail-invitation-expired-subject = Ihre Einladung an { $invitee } ist abgelaufen
mail-invitation-expired-heading = Eine Einladung ist abgelaufen
mail-invitation-expired-intro = { $invitee } hat Ihre Einladung für { $organization } nicht rechtzeitig angenommen.
mail-invitation-expired-what-next = Wird sie noch gebraucht, senden Sie sie noch einmal: Der Link in der neuen E-Mail gilt so lange wie der erste.
mail-invitations-expired-subject = { $count } Ihrer Einladungen sind abgelaufen
mail-invitations-expired-heading = Einladungen sind abgelaufen
mail-invitations-expired-intro = { $count } Ihrer Einladungen für { $organization } wurden nicht rechtzeitig angenommen.
mail-invitations-expired-what-next = Senden Sie die noch einmal, die noch gebraucht werden.
mail-invitations-expired-button = Einladungen öffnen
mail-invitation-asked-again-subject = { $invitee } bittet um eine neue Einladung
mail-invitation-asked-again-heading = Bitte um eine neue Einladung
mail-invitation-asked-again-intro = { $invitee } hat die Einladung für { $organization } erst nach ihrem Ablauf geöffnet und bittet um eine neue.
mail-invitation-asked-again-what-next = Senden Sie sie noch einmal, wenn sie noch gebraucht wird. Sonst müssen Sie nichts tun.
mail-invitation-other-subject = { $other } möchte Ihre Einladung nutzen
mail-invitation-other-heading = Bitte um eine andere Adresse
mail-invitation-other-intro = { $other } hat Ihre Einladung für { $organization } vor sich, ist aber mit einer anderen Adresse angemeldet als der, die Sie eingeladen haben.
mail-invitation-other-what-next = Fragen Sie zuerst nach, zum Beispiel am Telefon, ob es die gemeinte Person ist. Wenn ja, laden Sie stattdessen die andere Adresse ein. Vorher hat niemand Zugang.
mail-invitation-other-button = Entscheiden

mail-contract = Vertrag
mail-contract-step-subject = { $what ->
    [begins] Vertrag { $number } beginnt am { $day }
    [over] Der Zugang aus Vertrag { $number } endet am { $day }
   *[ends] Vertrag { $number } endet am { $day }
}
mail-contract-step-intro = { $what ->
    [begins] Der Vertrag { $number } von { $organization } mit { $brand } beginnt am { $day }. Ab diesem Tag haben die Personen Zugang zu allem, was er enthält.
    [reading] Der letzte Tag des Vertrags { $number } von { $organization } mit { $brand } ist der { $day }. In der Nachfrist danach kann man noch lesen, aber nichts ändern.
    [grace] Der letzte Tag des Vertrags { $number } von { $organization } mit { $brand } ist der { $day }. In der Nachfrist danach bleibt der Zugang unverändert.
    [over] Der Vertrag { $number } von { $organization } mit { $brand } ist beendet. Die Nachfrist läuft bis { $day }; dann endet der Zugang.
   *[ends] Der letzte Tag des Vertrags { $number } von { $organization } mit { $brand } ist der { $day }. Mit diesem Tag endet der Zugang.
}
mail-contract-step-next = { $what ->
    [begins] Es ist nichts zu tun. Kolleginnen und Kollegen können vorher eingeladen werden.
   *[ends] Wenn es weitergehen soll, sprechen Sie rechtzeitig mit Ihrer Ansprechperson bei { $brand }. Personen, Rollen und Daten bleiben bestehen: Geht der Vertrag weiter, sind alle wieder dabei.
}
mail-contract-step-rep-next = Wer das Konto dort verwaltet, wurde ebenfalls benachrichtigt. Eine Änderung des Vertrags im CRM gilt hier sofort.
mail-contract-step-button = Vertrag ansehen
mail-credential-subject = { $connection } braucht Zugangsdaten: { $count } Änderungen warten
mail-credential-heading = Änderungen warten auf Zugangsdaten
mail-credential-intro = Das Portal von { $brand } hat in { $connection } keinen eigenen Benutzer, und niemand leiht ihm gerade Zugangsdaten. Änderungen, die warten: { $count }. Verloren geht nichts.
mail-credential-what-next = Auf der Seite lesen Sie, wofür Zugangsdaten gebraucht und wie sie vernichtet werden, und leihen Ihre für ein paar Stunden. Sie werden höchstens einmal am Tag gefragt.
mail-credential-button = Zugangsdaten leihen
mail-differences-subject = { $connection } und das Portal von { $brand } weichen voneinander ab: { $count }
mail-differences-heading = CRM und Portal weichen voneinander ab
mail-differences-intro = Der letzte Abgleich mit { $connection } fand, was nicht auf beiden Seiten gleich ist:
mail-differences-what-next = Geändert wurde nichts. Auf der Seite sehen Sie jeden Unterschied und wessen Wort gilt, und beheben ihn.
mail-differences-button = Unterschiede zeigen
