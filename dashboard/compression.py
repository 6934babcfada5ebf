"""Compresses pages: a serverless front end passes on what the function sends."""

from __future__ import annotations

import gzip

import flask

SMALL = 1_000  # bytes that are not worth compressing
LEVEL = 5
_TYPES = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")


def compress(response: flask.Response) -> flask.Response:
    """The response compressed with gzip, if the browser accepts that and the response is a text of some length."""
    response.vary.add("Accept-Encoding")
    if not flask.request.accept_encodings.quality("gzip") or response.mimetype not in _TYPES:
        return response
    if response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) >= SMALL:
        response.set_data(gzip.compress(content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
