"""Static files with names that change with their content, so that browsers can cache them for a year."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import flask

from dashboard import compression

FOLDER = Path(__file__).parent / "static"
YEAR = 31_536_000
_VERSION_LENGTH = 12


@cache
def files() -> Mapping[str, bytes]:
    """The content of every static file by its path in the folder, read once, because the files are small and few."""
    paths = (path for path in FOLDER.rglob("*") if path.is_file())
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths}


@cache
def version(name: str) -> str:
    """The version of a static file: a digest of its content. Raises KeyError if the file does not exist."""
    return hashlib.sha256(files()[name]).hexdigest()[:_VERSION_LENGTH]


@cache
def _packed(name: str) -> bytes:
    """The compressed content of a static file, kept because the first paint of every page waits for the style sheet."""
    return compression.packed(files()[name])


def asset(name: str) -> str:
    """The address of a static file, such as `/static/0f3a…/style.css`."""
    return flask.url_for("static_file", digest=version(name), name=name)


def static_file(digest: str, name: str) -> flask.Response:
    """The content of a static file. The address of another version returns the current content, which is not cached."""
    if name not in files():
        flask.abort(404)
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if mimetype in compression.TYPES and compression.is_accepted():
        response = flask.Response(_packed(name), mimetype=mimetype, headers={"Content-Encoding": "gzip"})
    else:
        response = flask.Response(files()[name], mimetype=mimetype)
    is_current = digest == version(name)
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if is_current else "no-cache"
    return response
