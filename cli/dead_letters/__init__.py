"""Rejected and undelivered messages."""
