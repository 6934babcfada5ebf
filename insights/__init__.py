"""Answers from the databases: access, jobs, cost, and changes before an incident.

This layer reads the databases and stores nothing.
"""
