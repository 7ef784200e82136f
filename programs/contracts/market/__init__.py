"""The market game of an exchange economy: raids on the efficient contract, and the steps of the theorem about it."""
