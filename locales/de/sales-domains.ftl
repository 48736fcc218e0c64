# Mail-Domains eines Kunden.
sales-domains = Mail-Domains
sales-domains-none = Das CRM nennt keine.
sales-domains-about = Hat der Kunde es so entschieden, kommt jede Person mit einer Adresse bei einer bestätigten Domain von selbst hinein. Bestätigen Sie nur, was Sie geprüft haben.
sales-domain-confirm = Bestätigen
sales-domain-give-up = Zurücknehmen
sales-domain-confirmed = Bestätigt am { $date }
sales-domain-open = Nicht bestätigt
sales-domain-saved = Die Domain ist gespeichert.
sales-domain-already = Das war schon so.
sales-domain-webmail = Ein öffentlicher Maildienst gehört niemandem.
