"""Faults in BigQuery."""
