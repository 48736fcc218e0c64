# Mail domains of an account.
sales-domains = Mail domains
sales-domains-none = The CRM names none.
sales-domains-about = If the customer has decided so, whoever has an address at a confirmed domain gets in by themselves. Confirm only what you have checked.
sales-domain-confirm = Confirm
sales-domain-give-up = Take back
sales-domain-confirmed = Confirmed on { $date }
sales-domain-open = Not confirmed
sales-domain-saved = The domain is saved.
sales-domain-already = That was so already.
sales-domain-webmail = A public mail service belongs to nobody.
