"""Owners: who is responsible for a resource, with tier, runbook and channel."""
