"""Which coalitions gain by a side contract after a contract has spoken, decided exactly by linear programs."""
