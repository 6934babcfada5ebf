"""Grants in IAM policies: reads, compares, removes and restores them; and service accounts."""
