"""Remediations in Airflow."""
