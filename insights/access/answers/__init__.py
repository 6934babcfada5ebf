"""Answers about access for a person: who can do what on a resource, what a principal can do, and how that changed."""
