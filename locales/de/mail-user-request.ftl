# Der Brief über einen Benutzer, der im CRM angefordert wurde.
mail-reason-requester = Sie erhalten dies, weil Sie im CRM einen Benutzer von { $organization } angefordert haben.
mail-user-request-subject = { $user } bei { $organization }: { $became ->
    [provisioned] hat Zugang
    [exists] hatte schon Zugang
    [suspended] ist gesperrt
    [invited] ist eingeladen
   *[missing] es fehlt etwas
}
mail-user-request-heading = Der Benutzer, den Sie angefordert haben
mail-user-request-became = { $became ->
    [provisioned] { $user } hat jetzt Zugang zum Portal für { $organization }, mit dem Konto, das schon bekannt war.
    [exists] { $user } war schon Benutzer von { $organization }. Dem CRM wurde noch einmal gemeldet, wie es darum steht.
    [suspended] { $user } ist Benutzer von { $organization }, aber gesperrt. Wer das Konto von { $organization } verwaltet, kann den Zugang wiederherstellen.
    [invited] { $user } hat noch kein Konto. Eine Einladung für { $organization } ist unterwegs; der Zugang beginnt, wenn sie angenommen ist.
   *[missing] { $user } konnte nicht Benutzer von { $organization } werden.
}
mail-user-request-malformed = Der Datensatz im CRM hat keine E-Mail-Adresse, an die geschrieben werden kann. Tragen Sie dort eine ein und fordern Sie erneut an.
mail-user-request-no-contract = Kein Vertrag von { $organization } gibt Zugang zum Portal. Fordern Sie erneut an, wenn es einen gibt.
mail-user-request-no-seat = Alle Plätze des Vertrags sind vergeben oder versprochen. Lassen Sie einen Benutzer entfernen, eine Einladung zurücknehmen oder den Vertrag erweitern, und fordern Sie erneut an.
mail-user-request-suspended-person = Diese Person ist vom Portal ausgeschlossen. Fragen Sie, wer es betreibt.
mail-user-request-opted-out = Laut CRM möchte diese Person keine E-Mails, deshalb wurde niemand eingeladen.
mail-user-request-limit = Heute wurden zu viele Einladungen gesendet. Fordern Sie morgen erneut an.
mail-user-request-other = Am Datensatz im CRM steht, warum.
mail-user-request-button = Vertriebskonsole öffnen
