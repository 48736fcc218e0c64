# Rollen auf Karten.
roles-title = Rollen
roles-intro = Was jede Rolle bedeutet und wer sie hat.
roles-can = Darf
roles-cannot = Darf nicht
roles-nobody = Noch niemand hat sie.
roles-holders = Haben sie jetzt: { $names }
roles-holders-more = Haben sie jetzt: { $names } und andere
roles-applications = Was das in den Anwendungen bedeutet
roles-not-offered = Diese Rolle wird nicht mehr angeboten.
roles-product-missing = Ihr Vertrag enthält das Produkt „{ $product }“ nicht, deshalb öffnet diese Rolle nichts. Fragen Sie { $brand }.
roles-people = Alle mit der Rolle „{ $role }“
