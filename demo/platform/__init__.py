"""Simulated services of Google Cloud, Airflow and Teams on loopback, used by the demo and the tests."""
