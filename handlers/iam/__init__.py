"""Grants in the policies of buckets, datasets and projects: reads, compares and removes them."""
