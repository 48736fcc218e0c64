# Further entries of the audit log.
audit-membership-signed-out = { $actor } hat { $target } überall abgemeldet
audit-organization-signed-out = { $actor } hat alle von { $target } abgemeldet
audit-organization-invite-policy-changed = { $after ->
    [same_domain] { $actor } hat erlaubt, dass jede Adresse derselben Domain eine Einladung annimmt
    [any_verified] { $actor } hat erlaubt, dass jede bestätigte Adresse eine Einladung annimmt
   *[other] { $actor } lässt nur noch die eingeladene Adresse eine Einladung annehmen
  }
audit-organization-join-policy-changed = { $after ->
    [verified_domain] { $actor } lässt Kolleginnen und Kollegen mit bestätigter Domain von selbst hinein
   *[other] { $actor } will über alle entscheiden, die beitreten möchten
  }
audit-organization-domain-confirmed = { $actor } hat bestätigt, dass { $domain } zur Firma gehört
audit-organization-domain-given-up = { $actor } hat zurückgenommen, dass { $domain } zur Firma gehört
audit-person-suspended = { $actor } hält { $target } fern: { $reason }
audit-person-restored = { $actor } hat { $target } wieder zugelassen
audit-consent-withdrawn = { $actor } hat eine Einwilligung widerrufen ({ $purpose })
audit-reconciliation-started = { $actor } hat einen Abgleich mit dem CRM begonnen
audit-reconciliation-mended = { $actor } hat behoben, was vom CRM abwich
audit-membership-told-again = { $actor } hat dem CRM noch einmal gesagt, wie es um { $target } steht
audit-client-created = { $actor } hat dem Programm { $name } erlaubt, die API aufzurufen
audit-client-rotated = { $actor } hat dem Programm { $name } ein neues Geheimnis gegeben
audit-client-revoked = { $actor } hat dem Programm { $name } das Recht entzogen, die API aufzurufen
audit-signing-key-made = Das Portal hat einen Schlüssel gemacht, der Mitteilungen an Dienste unterschreibt
audit-signing-key-removed = Das Portal hat einen Schlüssel entfernt, der nicht mehr gebraucht wird
audit-credential-lent = { $actor } hat dem Portal Zugangsdaten für { $connection } geliehen
audit-credential-refused = { $actor } hat Zugangsdaten für { $connection } ausprobiert, die das CRM nicht annahm
audit-credential-wiped = { $because ->
    [expired] Die Zugangsdaten für { $connection } wurden vernichtet: Ihre Zeit war um
    [used_up] Die Zugangsdaten für { $connection } wurden mit der letzten Nutzung vernichtet
    [taken_back] { $actor } hat die Zugangsdaten für { $connection } zurückgenommen
    [refused] Die Zugangsdaten für { $connection } wurden vernichtet: Das CRM lehnte sie ab
    [lender_left] Die Zugangsdaten für { $connection } wurden vernichtet: Wer sie lieh, darf keine mehr leihen
    [connection_left] Die Zugangsdaten für { $connection } wurden vernichtet: Die Verbindung leiht keine mehr
    [unreadable] Die Zugangsdaten für { $connection } wurden vernichtet: Sie ließen sich nicht mehr öffnen
   *[other] { $actor } hat die Zugangsdaten für { $connection } vernichtet
  }
audit-webhook-created = { $actor } hat den Webhook-Empfänger { $name } hinzugefügt
audit-webhook-rotated = { $actor } hat dem Webhook-Empfänger { $name } ein neues Geheimnis gegeben
audit-webhook-removed = { $actor } hat den Webhook-Empfänger { $name } entfernt
audit-delivery-dead = Die Zustellung { $target } an { $destination } war nicht möglich
audit-reconciliation-undone = { $actor } machte rückgängig, was nach einem Abgleich mit dem CRM behoben worden war
audit-membership-mend-undone = { $actor } hat dem CRM gesagt, was es vor einem Abgleich von { $target } hatte
audit-catalogue-imported = { $actor } hat Rollen und Dienste aus der Einstellungsdatei übernommen (Version { $version }): { $changes }
audit-catalogue-saved = { $actor } hat Version { $version } der Rollen und Dienste gespeichert: { $changes }
