"""Reads jobs and tables of BigQuery, and copies the history to it."""
