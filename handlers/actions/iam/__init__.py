"""Remediations of IAM policies, keys and accounts."""
