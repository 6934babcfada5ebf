"""The cost of BigQuery, and which principals use the slots while a job waits."""
