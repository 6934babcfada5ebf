"""The headers of every response: no inline script, no style attribute, no request to other hosts, no frame."""

from __future__ import annotations

import flask

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

SHOWN_ELSEWHERE = "badge"  # a picture for pages of other sites


def protect(response: flask.Response) -> flask.Response:
    """The response with the headers. Pages are never cached; versioned files are."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    if flask.request.endpoint == SHOWN_ELSEWHERE:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if flask.request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
