"""Faults in Airflow."""
