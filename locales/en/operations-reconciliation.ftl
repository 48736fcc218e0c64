operations-reconciliation-is-undone = Undone
operations-reconciliation-undo = Undo
operations-reconciliation-undo-all = Undo all that was mended
operations-reconciliation-undone = It is as before. What the CRM is told is under “Deliveries”.
operations-reconciliation-changed-since = Nothing was undone: somebody has changed it since.
operations-reconciliation-no-way-back = This cannot be undone here. What was made or ended in the CRM is changed there.
operations-reconciliation-not-mended = There is nothing to undo.
operations-reconciliation-waits = It would end more access at once than the brake lets pass. It waits under “Connections”, and another operator decides.
operations-reconciliation-kept-all = Left as they are: { $changed } changed since, { $left } that cannot be undone here.
operations-reconciliation-record = the record
operations-reconciliation-link = link
operations-reconciliation-nothing = nothing
operations-held-own = Your own request: another operator releases it
operations-reconciliation-undone-all = { $count ->
    [0] Nothing was undone.
    [one] One difference was undone.
   *[other] { $count } differences were undone.
}
operations-reconciliation-waits-all = { $count ->
    [one] One would end too much access at once and waits for another operator.
   *[other] { $count } would end too much access at once and wait for another operator.
}
