"""Texts of the JSON API, its tokens, the badge and the assistant server."""
