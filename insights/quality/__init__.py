"""Data quality checks: their latest results, and the history of a check."""
