"""The rule engine: compiled Sigma rules against one log entry. Pure, and light to import."""
