"""Compresses pages, because a serverless front end does not."""

from __future__ import annotations

import gzip

import flask

SMALL = 1_000  # bytes that are not worth compressing
LEVEL = 5  # of a page, which waits for it
BEST = 9
TYPES = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")


def compress(response: flask.Response) -> flask.Response:
    """The response compressed with gzip, if the browser accepts it and the response is a text above a minimum size."""
    response.vary.add("Accept-Encoding")
    if not is_accepted() or response.mimetype not in TYPES:
        return response
    if response.status_code != 200 or "Content-Encoding" in response.headers:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) >= SMALL:
        response.set_data(gzip.compress(content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def is_accepted() -> bool:
    """Whether the browser reads gzip."""
    return bool(flask.request.accept_encodings.quality("gzip"))


def packed(content: bytes) -> bytes:
    """A file that is compressed once and sent often."""
    return gzip.compress(content, BEST, mtime=0)
