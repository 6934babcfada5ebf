"""The rule engine: evaluates compiled Sigma rules on one log entry. Pure, and light to import."""
