"""Texts of timelines of jobs, and of what is upstream and downstream."""
