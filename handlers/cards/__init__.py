"""Incidents as Adaptive Cards: pure functions, from what is known of an incident to a Teams message."""
