"""Results of data quality checks: what a check found, and the incident about a check that does not pass."""
