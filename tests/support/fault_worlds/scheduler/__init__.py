"""Faults in Cloud Scheduler."""
