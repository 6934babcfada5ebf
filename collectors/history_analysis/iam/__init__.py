"""Reads IAM policies, roles, accounts and audit logs."""
