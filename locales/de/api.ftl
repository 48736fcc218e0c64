# Die Referenzseite der API.
api-reference-title = API-Referenz
api-reference-intro = Was Programme vom Portal erfragen können. Die Beschreibungen sind auf Englisch.
api-reference-document = Dasselbe als OpenAPI-Dokument
api-reference-scopes = Berechtigungen
api-reference-scope = Berechtigung
api-reference-body = Inhalt der Anfrage
api-reference-answers = Antworten: { $name }
api-reference-fields = Felder: { $name }
api-reference-status = Status
api-reference-meaning = Bedeutung
api-reference-kind = Art
api-reference-name = Name
api-reference-required = erforderlich
