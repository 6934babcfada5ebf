"""Escalation: the notifications while nobody acknowledges an incident."""
