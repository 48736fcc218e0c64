# Rollen auf Karten.
roles-title = Rollen
roles-intro = Was jede Rolle bedeutet und wer sie hat.
roles-can = Darf
roles-cannot = Darf nicht
roles-nobody = Noch niemand hat sie.
roles-holders = Zurzeit: { $names }
roles-holders-more = Zurzeit: { $names } und andere
roles-applications = Was das in den Anwendungen bedeutet
roles-not-offered = Diese Rolle wird nicht mehr angeboten.
roles-product-missing = Ihr Vertrag umfasst „{ $product }“ nicht, deshalb öffnet diese Rolle nichts. Fragen Sie { $brand } danach.
roles-people = Alle mit der Rolle „{ $role }“
