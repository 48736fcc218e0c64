# The reference page of the API.
api-reference-title = API reference
api-reference-intro = What programs can ask of the portal. The descriptions are in English.
api-reference-document = The same as an OpenAPI document
api-reference-scopes = Scopes
api-reference-scope = Scope
api-reference-body = Body
api-reference-answers = Answers: { $name }
api-reference-fields = Fields: { $name }
api-reference-status = Status
api-reference-meaning = Meaning
api-reference-kind = Kind
api-reference-name = Name
api-reference-required = required
