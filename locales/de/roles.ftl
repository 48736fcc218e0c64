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
roles-opens-nothing = Diese Rolle wird hier nicht mehr angeboten und öffnet nichts. Nehmen Sie sie weg und geben Sie eine andere.
roles-staff-only = Die Rolle „{ $role }“ vergibt nur { $brand }.
roles-staff-only-note = Diese Rolle vergibt nur { $brand }. Fragen Sie { $brand } danach.
roles-wrong-kind = Die Rolle „{ $role }“ ist für Firmen wie diese nicht vorgesehen.
roles-no-product = Die Rolle „{ $role }“ braucht „{ $product }“; das umfasst kein geltender Vertrag.
roles-product-missing = Ihr Vertrag umfasst „{ $product }“ nicht, deshalb öffnet diese Rolle nichts. Fragen Sie { $brand } danach.
roles-people = Alle mit der Rolle „{ $role }“
