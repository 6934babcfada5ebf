"""Reads runs from Airflow."""
