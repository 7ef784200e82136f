"""Pictures: mechanisms, verdicts and deals, drawn with matplotlib where it is installed."""
