operations-reconciliation-is-undone = Rückgängig gemacht
operations-reconciliation-undo = Rückgängig machen
operations-reconciliation-undo-all = Alles Behobene rückgängig machen
operations-reconciliation-undone = Es ist wie zuvor. Was das CRM erfährt, steht unter „Zustellungen“.
operations-reconciliation-changed-since = Nichts wurde rückgängig gemacht: Es wurde seither geändert.
operations-reconciliation-no-way-back = Das lässt sich hier nicht rückgängig machen. Was im CRM angelegt oder beendet wurde, wird dort geändert.
operations-reconciliation-not-mended = Es gibt nichts rückgängig zu machen.
operations-reconciliation-waits = Damit endeten auf einmal mehr Zugänge, als die Bremse durchlässt. Es wartet unter „Verbindungen“, und jemand anderes vom Betrieb entscheidet.
operations-reconciliation-kept-all = Unverändert: { $changed } seither geändert, { $left } hier nicht rückgängig zu machen.
operations-reconciliation-record = der Datensatz
operations-reconciliation-link = Verknüpfung
operations-reconciliation-nothing = nichts
operations-held-own = Von Ihnen veranlasst: jemand anderes gibt es frei
operations-reconciliation-undone-all = { $count ->
    [0] Nichts wurde rückgängig gemacht.
    [one] Ein Unterschied wurde rückgängig gemacht.
   *[other] { $count } Unterschiede wurden rückgängig gemacht.
}
operations-reconciliation-waits-all = { $count ->
    [one] Bei einem endeten zu viele Zugänge auf einmal; es wartet auf jemand anderen vom Betrieb.
   *[other] Bei { $count } endeten zu viele Zugänge auf einmal; sie warten auf jemand anderen vom Betrieb.
}
