# Mails an den Betreiber des Portals.
mail-reason-owner = Sie erhalten dies, weil Sie diesen Kunden bei { $brand } betreuen.
mail-reason-desk = Sie erhalten dies, weil Sie bei { $brand } über Registrierungen entscheiden.
mail-registration-waiting-subject = { $applicant } wartet auf Ihre Entscheidung ({ $company })
mail-registration-waiting-heading = Eine Registrierung wartet auf Sie
mail-registration-waiting-intro = { $applicant } hat sich für { $company } registriert. Bevor Sie entscheiden, hat niemand Zugang.
mail-registration-waiting-what-next = Auf der Seite steht, was das CRM zu Firma, Vertrag und Adresse sagt.
mail-registration-waiting-button = Entscheiden
