"""Renders a page, or one part of a page that is already open."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import flask
from jinja2 import Environment, StrictUndefined

from dashboard import formats
from dashboard.assets import asset
from dashboard.charts.run_bars import run_paths
from dashboard.charts.units import measure
from dashboard.compiled.loader import CompiledLoader
from dashboard.page import Page
from dashboard.page_request import NOTICE, PROBLEM, PageRequest
from dashboard.registry import in_navigation
from dashboard.security import csrf
from shared.errors import TransientError
from shared.lazy.pattern import lazy_pattern
from shared.texts import LANGUAGES
from shared.texts.dashboard import common

TEMPLATES = Path(__file__).parent / "templates"
PART = "part"
MOST_NOTICE = 1_000  # bytes; a browser keeps 4,096 of a cookie, and hexadecimal digits need twice as many
_PART_NAME = lazy_pattern(r"[a-z_]{1,30}")


def prepare(app: flask.Flask) -> None:
    """Sets up the templates: filters, macros and the conversion of values."""
    environment = app.jinja_env
    environment.loader = CompiledLoader(TEMPLATES)
    environment.undefined = StrictUndefined
    environment.finalize = formats.shown
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(formats.FILTERS, measure=measure, run_paths=run_paths)
    environment.globals.update(address=address, asset=asset, csrf_token=csrf.token, csrf_field=csrf.FIELD, c=common)
    environment.globals["sentences"] = formats.sentences
    for path in sorted((TEMPLATES / "macros").glob("*.html")):
        environment.globals[path.stem] = _Macros(environment, f"macros/{path.name}")


class _Macros:
    """The macros of a file, compiled on first use, so that the first page compiles only its own."""

    def __init__(self, environment: Environment, name: str) -> None:
        self._environment, self._name = environment, name

    @cached_property
    def _module(self) -> Any:
        return self._environment.get_template(self._name).module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def page(request: PageRequest, shown: Page, template: str, context: dict[str, Any]) -> str:
    """The page as HTML; with `?part=NAME` only the block NAME of its template, for a page that refreshes itself."""
    part = request.args.get(PART, "")
    context = {"request": request, "page": shown, **context}
    if not part:
        return flask.render_template(template, **context, **frame(request))
    made = flask.current_app.jinja_env.get_template(template)
    block = made.blocks.get(part) if _PART_NAME.fullmatch(part) else None
    if block is None:
        flask.abort(404)
    return "".join(block(made.new_context({**context, "part": part})))


def frame(request: PageRequest, *, counts: bool = True) -> dict[str, Any]:
    """The content of the frame around a page: the navigation with its counts (from a database), languages, notices."""
    notice: str = flask.g.get("shown_notice", "")
    return {
        "navigation": [(each, _badge(each, request) if counts else 0) for each in in_navigation()],
        "other_languages": other_languages(request),
        "notice": "" if notice.startswith(PROBLEM) else notice,
        "refusal": notice.removeprefix(PROBLEM) if notice.startswith(PROBLEM) else "",
    }


def other_languages(request: PageRequest) -> list[str]:
    """The languages that the reader can switch to."""
    return [language for language in LANGUAGES if language != request.locale.language]


def remember_notice(response: flask.Response) -> flask.Response:
    """The response with the cookie of the notice for the next page, or without the notice shown on this page."""
    if NOTICE in flask.g:
        whole = flask.g.get(NOTICE).encode()[:MOST_NOTICE].decode(errors="ignore")  # never half a letter
        value = whole.encode().hex()
        response.set_cookie(NOTICE, value, max_age=60, secure=flask.request.is_secure, httponly=True, samesite="Strict")
    elif flask.g.get("shown_notice"):
        response.delete_cookie(NOTICE, secure=flask.request.is_secure, httponly=True, samesite="Strict")
    return response


def read_notice() -> str:
    """The notice left by the previous page."""
    try:
        return bytes.fromhex(flask.request.cookies.get(NOTICE, "")).decode()
    except ValueError:
        return ""


def _badge(shown: Page, request: PageRequest) -> int:
    """The count beside a page in the navigation; None while its database does not respond."""
    try:
        return shown.badge(request) if shown.badge else 0
    except TransientError:
        return 0


def address(**changes: str | None) -> str:
    """The address of this page with other values in its query string; None removes a value."""
    request = flask.request
    passing = (PART, "lang", "upto")  # of an update, and what a cookie remembers
    values = {name: each for name, each in request.args.to_dict(flat=False).items() if name not in passing}
    values |= {name: [value] if value is not None else [] for name, value in changes.items()}
    query = urlencode(values, doseq=True)
    path = quote(request.path) if request.method == "GET" else "/"
    return f"{path}?{query}" if query else path
