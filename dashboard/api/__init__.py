"""The JSON API `/api/v1`: the answers of the pages and the command line, for programs.

No module of this package is imported before the first request to the API, because pydantic would double the cold start
of pages.
"""
