"""Escalation: notifications while nobody acknowledges an incident."""
