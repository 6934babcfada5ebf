"""Remediations in BigQuery."""
