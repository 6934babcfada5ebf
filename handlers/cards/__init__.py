"""Incidents as Adaptive Cards: pure functions from an incident to a Teams message."""
