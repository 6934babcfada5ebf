"""The copy of the history in BigQuery."""
