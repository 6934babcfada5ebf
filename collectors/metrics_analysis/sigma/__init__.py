"""The rule engine: evaluates compiled Sigma rules on one log entry. No state, and fast to import."""
