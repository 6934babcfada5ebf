"""Escalation: what happens while nobody acknowledges an incident."""
