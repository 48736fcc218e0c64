# Wozu die angemeldete Person eingewilligt hat.
consents-title = Einwilligungen
consents-intro = Wozu Sie eingewilligt haben. Sie können es jederzeit widerrufen; Ihnen entsteht kein Nachteil.
consents-none = Sie haben in nichts eingewilligt
consents-none-text = Es braucht auch nichts: Das Portal funktioniert ohne.
consents-no-text = Dieser Wortlaut wird nicht mehr verwendet. Schreiben Sie uns, wenn Sie ihn noch einmal lesen möchten.
consents-given = Gegeben
consents-version = Fassung des Textes
consents-state = Stand
consents-valid = Gültig
consents-withdrawn = Widerrufen am { $at }
consents-withdraw = Widerrufen
consents-withdrawn-now = Ihre Einwilligung ist widerrufen, und wir haben es weitergegeben.
consents-withdrawn-before = Sie war schon widerrufen.
