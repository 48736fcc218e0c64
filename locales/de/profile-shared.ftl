# Was neben Mitgliedschaften geteilt wird.
profile-shared-membership = Als Mitglied von { $name }
profile-shared-invitation = Ihre Einladung zu { $name }
profile-shared-registration = Ihre Registrierung von { $name }
profile-shared-company = Firma
profile-shared-language = Sprache
profile-shared-state = Stand
profile-shared-reason = Warum
profile-shared-is-lead = Zum Kennenlernen, ohne Vertrag
profile-shared-consent = Einwilligung
profile-shared-score-points = Punkte, nach denen wir Anfragen ordnen
profile-shared-invitation-id = Nummer der Einladung
profile-shared-registration-id = Nummer der Registrierung
profile-shared-fact = Art des Datensatzes
profile-shared-yes = Ja
profile-shared-no = Nein
