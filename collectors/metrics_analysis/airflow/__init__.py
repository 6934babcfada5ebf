"""Airflow: evidence read from its web server, and reports of its tasks."""
