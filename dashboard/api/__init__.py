"""The JSON API `/api/v1`: the same answers as the pages and the command line have, for programs.

Nothing of this package is imported before the first request to it: pydantic would double the cold start of pages.
"""
