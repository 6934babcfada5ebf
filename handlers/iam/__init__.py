"""Grants in the policies of buckets, datasets and projects: read, compare, take away."""
